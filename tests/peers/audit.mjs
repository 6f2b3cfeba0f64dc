// Asks a server all that the audits of `graphql-http` ask, and prints how each went, as JSON.
// Usage: node audit.mjs URL
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
const shown = results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null }));
process.stdout.write(JSON.stringify(shown) + "\n");
