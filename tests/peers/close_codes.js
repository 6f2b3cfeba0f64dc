// What a WebSocket below any GraphQL client gets for each way to break the protocol graphql-transport-ws.
// Usage: node close_codes.js ws://.../graphql
import WebSocket from "ws";

const [url] = process.argv.slice(2);
const PROTOCOL = "graphql-transport-ws";
const INIT = { type: "connection_init" };
const NO_TEXT = Buffer.from([0xff, 0xfe]);
const LONG = { query: "subscription { sourceStateChanged { name } }" };

/** How a socket ends on which these messages are sent, `afterAck` when the beginning has been acknowledged. */
function ending({ protocols = PROTOCOL, messages = [], afterAck = [], headers = {} }) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, protocols, { headers });
    const seen = { opened: false, types: [] };
    const say = (message) => {
      // What is said to be text, and is none.
      if (message === NO_TEXT) return socket.send(NO_TEXT, { binary: false });
      socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
    };
    socket.on("open", () => {
      seen.opened = true;
      messages.forEach(say);
    });
    socket.on("message", (data) => {
      const { type } = JSON.parse(data);
      seen.types.push(type);
      if (type === "connection_ack") afterAck.forEach(say);
    });
    socket.on("unexpected-response", (_, response) => {
      resolve({ ...seen, status: response.statusCode });
      socket.terminate();
    });
    socket.on("error", (error) => (seen.error = error.message));
    socket.on("close", (code, reason) => resolve({ ...seen, code, reason: reason.toString() }));
  });
}

const cases = {
  "no JSON": { messages: ["{"] },
  "no object": { messages: ["[]"] },
  "bytes": { messages: [Buffer.from("{}")] },
  "unknown type": { messages: [{ type: "start" }] },
  "no query": { messages: [INIT], afterAck: [{ type: "subscribe", id: "1", payload: {} }] },
  "no id": { messages: [INIT], afterAck: [{ type: "subscribe", payload: LONG }] },
  "long id": { messages: [INIT], afterAck: [{ type: "subscribe", id: "i".repeat(200), payload: LONG }] },
  "variables are a list": { messages: [INIT], afterAck: [{ type: "subscribe", id: "1", payload: { ...LONG, variables: [] } }] },
  "before init": { messages: [{ type: "subscribe", id: "1", payload: LONG }] },
  "wrong token": { messages: [{ ...INIT, payload: { Authorization: "Bearer no" } }] },
  "old protocol": { protocols: "graphql-ws", messages: [INIT] },
  "no protocol": { protocols: [], messages: [INIT] },
  "never init": {},
  "same id twice": {
    messages: [INIT],
    afterAck: [{ type: "subscribe", id: "1", payload: LONG }, { type: "subscribe", id: "1", payload: LONG }],
  },
  "init twice": { messages: [INIT, INIT] },
  "too large": { messages: ["x".repeat(300_000)] },
  "no text": { messages: [NO_TEXT] },
  "foreign page with a token": {
    headers: { Origin: "https://evil.example" },
    messages: [{ ...INIT, payload: { Authorization: "Bearer no" } }],
  },
  "foreign page with a cookie": { headers: { Origin: "https://evil.example", Cookie: "a=b" } },
};

const found = await Promise.all(Object.entries(cases).map(async ([name, one]) => [name, await ending(one)]));
console.log(JSON.stringify(Object.fromEntries(found)));
