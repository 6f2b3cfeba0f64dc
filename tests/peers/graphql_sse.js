// The client of graphql-sse in distinct connections mode: what an operation tells it.
// Usage: node graphql_sse.js http://.../graphql '{"query": ...}' how-many-answers '{headers}'
import { createClient } from "graphql-sse";

const [url, operation, most, headers] = process.argv.slice(2);
const client = createClient({ url, headers: headers ? JSON.parse(headers) : undefined, retryAttempts: 0 });
const answers = [];
let failure = null;
try {
  for await (const answer of client.iterate(JSON.parse(operation))) {
    answers.push(answer);
    if (answers.length === Number(most)) break;
  }
} catch (error) {
  failure = { message: error.message, status: error.response?.status ?? null };
}
client.dispose();
console.log(JSON.stringify({ answers, failure }));
