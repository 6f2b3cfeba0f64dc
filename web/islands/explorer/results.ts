// The answer as a table, a chart or a file, and what was wrong with it. All words come from the page.
import type { Answer } from "./asking";
import type { Kind, Point } from "./chart";
import { element, filled } from "./report";
import { field } from "./settings";
import { csvOf, labelOf, numbersOf, positionOf, tableOf, type Table } from "./table";

const ROWS_SHOWN_MAX = 500;
const POINTS_MAX = 200;

const results = field("results");
const chart = field("chart");
const label = field<HTMLSelectElement>("chart-label");
const value = field<HTMLSelectElement>("chart-value");
const buttons = [...results.querySelectorAll<HTMLButtonElement>("button[data-show]")];
const language = document.documentElement.lang;
let table: Table | null = null;
let shownAs = "table";

export function found(answer: Answer): void {
  const findings = (answer.extensions?.sources ?? []).filter((one) => one.findings > 0);
  const errors = (answer.errors ?? []).map((one) => element("li", told(one)));
  const dirty = findings.map((one) =>
    element("li", filled(results.dataset.finding, { source: one.source, count: one.findings.toLocaleString(language) })),
  );
  field("wrong").replaceChildren(...errors, ...dirty);
  field("nothing-wrong").hidden = errors.length + dirty.length > 0;
  table = tableOf(answer.data);
  field("as-table").hidden = table === null;
  field("no-table").hidden = table !== null;
  results.hidden = false;
  if (table === null) return;
  const numbers = numbersOf(table).filter((one) => !positionOf(table as Table)?.includes(one));
  label.replaceChildren(...table.columns.map((one) => new Option(one)));
  value.replaceChildren(...numbers.map((one) => new Option(one)));
  const can: Record<string, boolean> = { bar: numbers.length > 0, line: numbers.length > 0, map: positionOf(table) !== null };
  for (const button of buttons) button.hidden = can[button.dataset.show ?? ""] === false;
  void show(can[shownAs] === false ? "table" : shownAs);
}

function told({ message, path, extensions }: NonNullable<Answer["errors"]>[number]): string {
  const where = [extensions?.code, path?.join(".")].filter(Boolean).join(", ");
  return where ? `${message} (${where})` : message;
}

async function show(how: string): Promise<void> {
  if (table === null) return;
  if (how !== shownAs) label.value = "";
  shownAs = how;
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === how));
  field("rows").hidden = how !== "table";
  chart.hidden = how === "table";
  field("axes").hidden = how === "table";
  field("value-axis").hidden = how === "map";
  if (how === "table") return list(table);
  label.value ||= labelOf(table, how === "line");
  const points = pointsOf(table, how as Kind);
  const said = { rows: points.length, column: how === "map" ? label.value : value.value };
  chart.setAttribute("aria-label", filled(results.dataset.chart, said));
  field("count").textContent = filled(results.dataset.shown, { shown: points.length, rows: table.rows.length });
  (await import("./chart")).draw(chart, how as Kind, points);
}

function list({ columns, rows }: Table): void {
  const head = document.createElement("tr");
  head.append(...columns.map((one) => element("th", one)));
  for (const one of head.children) one.setAttribute("scope", "col");
  const lines = rows.slice(0, ROWS_SHOWN_MAX).map((row) => {
    const line = document.createElement("tr");
    line.append(
      ...row.map((one) =>
        typeof one === "number"
          ? element("td", one.toLocaleString(language, { maximumFractionDigits: 6 }), "number")
          : element("td", String(one ?? "")),
      ),
    );
    return line;
  });
  field("rows-head").replaceChildren(head);
  field("rows-body").replaceChildren(...lines);
  field("count").textContent = filled(results.dataset.shown, { shown: lines.length, rows: rows.length });
}

function pointsOf({ columns, rows }: Table, kind: Kind): Point[] {
  const at = (name: string): number => columns.indexOf(name);
  const places = positionOf({ columns, rows })?.map(at);
  const named = columns.indexOf(labelOf({ columns, rows }, false));
  const points = rows.flatMap((row): Point[] => {
    const place = places?.map((one) => row[one]);
    const number = kind === "map" ? place?.[0] : row[at(value.value)];
    if (number === null || number === undefined) return [];
    return [{ name: String(row[at(label.value)] ?? ""), value: Number(number), group: String(row[named] ?? ""), place: place as [number, number] }];
  });
  if (kind === "line") points.sort((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
  return points.slice(0, POINTS_MAX);
}

for (const button of buttons) button.addEventListener("click", () => void show(button.dataset.show ?? "table"));
for (const select of [label, value]) select.addEventListener("change", () => void show(shownAs));
field("csv").addEventListener("click", () => {
  if (table === null) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csvOf(table)], { type: "text/csv" }));
  link.download = "simpul.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
});
