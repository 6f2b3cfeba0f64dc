// Open complaints by area, as a chart: asks the graph and writes complaints.html. Needs Node 18 and no package.
import { writeFileSync } from "node:fs";

const HUB = "http://127.0.0.1:8000";
const QUERY = `{
  areas(first: 100, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) {
    nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } }
  }
}`;

const key = process.env.SIMPUL_KEY;
if (!key) {
  console.error(`Put a key into SIMPUL_KEY first: ${HUB}/developers gives one.`);
  process.exit(1);
}
const response = await fetch(`${HUB}/graphql`, {
  method: "POST",
  headers: { "X-Api-Key": key, "Content-Type": "application/json" },
  body: JSON.stringify({ query: QUERY }),
});
const { data, errors = [] } = await response.json();
for (const error of errors) console.log(error.extensions.code, error.message);
if (!data) process.exit(1);

// A department that is down leaves null behind, and everything else stays.
const areas = (data.areas?.nodes ?? []).filter((one) => one.complaints);
const escaped = (text) => text.replace(/[&<]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const most = Math.max(1, ...areas.map((one) => one.complaints.totalCount));
const rows = areas.map(
  ({ name, complaints: { totalCount } }) =>
    `<tr><th>${escaped(name)}</th><td><meter max="${most}" value="${totalCount}"></meter> ${totalCount}</td></tr>`,
);
writeFileSync("complaints.html", `<!doctype html><meta charset="utf-8"><title>Complaints</title><table>${rows.join("")}</table>`);
const total = areas.reduce((sum, one) => sum + one.complaints.totalCount, 0);
console.log(`${areas.length} areas, ${total} open complaints: open complaints.html in a browser`);
