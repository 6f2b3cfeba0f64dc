// Relay's own store and network, over what its compiler wrote with `persistConfig`: what a page gets.
// Usage: node relay.js http://.../graphql how-many
import Runtime from "relay-runtime";
import query from "./pageOpenComplaintsQuery.graphql.js";

const [url, first] = process.argv.slice(2);

// As Relay's guide to persisted queries has it.
async function fetchQuery(operation, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ doc_id: operation.id, variables }),
  });
  return response.json();
}

const environment = new Runtime.Environment({
  network: Runtime.Network.create(fetchQuery),
  store: new Runtime.Store(new Runtime.RecordSource()),
});
const told = await Runtime.fetchQuery(environment, query, { first: Number(first) })
  .toPromise()
  .catch((error) => ({ failure: error.message }));
console.log(JSON.stringify(told));
