// Open complaints by district, as a chart: asks the graph and writes complaints.html. Needs Node 18 and no package.
import { writeFileSync } from "node:fs";

const HUB = "http://127.0.0.1:8000";
const QUERY = `{
  areas(first: 13, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
    nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } }
  }
}`;

const response = await fetch(`${HUB}/graphql`, {
  method: "POST",
  headers: { "X-Api-Key": process.env.SIMPUL_KEY, "Content-Type": "application/json" },
  body: JSON.stringify({ query: QUERY }),
});
const { data, errors = [] } = await response.json();
for (const error of errors) console.log(error.extensions.code, error.message);
if (!data) process.exit(1);

// A department that is down leaves null behind, and everything else stays.
const districts = (data.areas?.nodes ?? []).filter((one) => one.complaints);
const escaped = (text) => text.replace(/[&<]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const most = Math.max(1, ...districts.map((one) => one.complaints.totalCount));
const rows = districts.map(
  ({ name, complaints: { totalCount } }) =>
    `<tr><th>${escaped(name)}</th><td><meter max="${most}" value="${totalCount}"></meter> ${totalCount}</td></tr>`,
);
writeFileSync("complaints.html", `<!doctype html><meta charset="utf-8"><title>Complaints</title><table>${rows.join("")}</table>`);
const total = districts.reduce((sum, one) => sum + one.complaints.totalCount, 0);
console.log(`${districts.length} districts, ${total} open complaints: open complaints.html in a browser`);
