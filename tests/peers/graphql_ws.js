// The client of graphql-ws: what a subscription tells it.
// Usage: node graphql_ws.js ws://.../graphql '{"query": ...}' how-many-answers '{connectionParams}'
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, operation, most, params] = process.argv.slice(2);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: params ? JSON.parse(params) : undefined,
  retryAttempts: 0,
});
const answers = [];
let failure = null;
try {
  for await (const answer of client.iterate(JSON.parse(operation))) {
    answers.push(answer);
    if (answers.length === Number(most)) break;
  }
} catch (error) {
  failure = Array.isArray(error) ? error : { code: error.code, reason: error.reason };
}
await client.dispose();
console.log(JSON.stringify({ answers, failure }));
