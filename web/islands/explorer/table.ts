// An answer as a table: its longest list of records, with a column for each value, named by the keys that lead to it.
export type Value = string | number | boolean | null;

export interface Table {
  columns: string[];
  rows: Value[][];
}

const isRecord = (one: unknown): one is Record<string, unknown> =>
  typeof one === "object" && one !== null && !Array.isArray(one);

function listsIn(data: unknown): Record<string, unknown>[][] {
  if (Array.isArray(data)) return data.length > 0 && data.every(isRecord) ? [data] : [];
  return isRecord(data) ? Object.values(data).flatMap(listsIn) : [];
}

// Lists of records within a record have no place in a row; lists of values stand in one cell.
function flat(record: Record<string, unknown>, before = ""): [string, Value][] {
  return Object.entries(record).flatMap(([key, value]): [string, Value][] => {
    if (key === "__typename") return [];
    if (isRecord(value)) return flat(value, `${before}${key}.`);
    if (!Array.isArray(value)) return [[before + key, value as Value]];
    return value.some(isRecord) ? [] : [[before + key, value.join(", ")]];
  });
}

// Lists that run beside one another, as the moments and values of a series, are a row for each of their places.
function spread(record: Record<string, unknown>): Record<string, unknown>[] {
  const lists = Object.entries(record).filter((one): one is [string, unknown[]] => Array.isArray(one[1]) && !one[1].some(isRecord));
  const [first] = lists;
  if (first === undefined || lists.length < 2 || lists.some(([, list]) => list.length !== first[1].length)) return [record];
  return first[1].map((_, at) => ({ ...record, ...Object.fromEntries(lists.map(([key, list]) => [key, list[at]])) }));
}

/** The table of an answer, or null where it has no list. */
export function tableOf(data: unknown): Table | null {
  const [longest] = listsIn(data).sort((one, other) => other.length - one.length);
  if (longest === undefined) return null;
  const records = longest.flatMap(spread).map((one) => new Map(flat(one)));
  const every = [...new Set(records.flatMap((one) => [...one.keys()]))];
  // A record that is null somewhere leaves its own name behind, beside those of its values elsewhere.
  const columns = every.filter((one) => !every.some((other) => other.startsWith(`${one}.`)));
  return columns.length === 0 ? null : { columns, rows: records.map((one) => columns.map((name) => one.get(name) ?? null)) };
}

// As exports do: a text that a spreadsheet would run as a formula has an apostrophe before it.
function cell(value: Value): string {
  const text = typeof value === "string" ? value.replace(/^[=+\-@\t\r\n]/, "'$&") : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvOf = ({ columns, rows }: Table): string =>
  [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

export const numbersOf = (table: Table): string[] =>
  table.columns.filter((_, at) => {
    const values = table.rows.map((row) => row[at]).filter((one) => one !== null);
    // A Decimal is a text, so that no digit is lost on the way.
    return values.length > 0 && values.every((one) => typeof one === "number" || /^-?\d+\.\d+$/.test(String(one)));
  });

/** What names the rows: a moment, else a name or label, else the first column that is no number. */
export function labelOf(table: Table, wantsTime: boolean): string {
  const numbers = numbersOf(table);
  const texts = table.columns.filter((one) => !numbers.includes(one));
  const times = texts.filter((one) => /^\d{4}-\d\d/.test(String(table.rows[0]?.[table.columns.indexOf(one)] ?? "")));
  const named = texts.filter((one) => /(name|label|title)$/i.test(one));
  return (wantsTime ? times[0] : undefined) ?? named[0] ?? texts[0] ?? table.columns[0] ?? "";
}

/** The columns of longitude and latitude, where there are both. */
export function positionOf({ columns }: Table): [string, string] | null {
  const latitude = columns.find((one) => /(^|\.)latitude$/.test(one));
  const longitude = latitude?.replace(/latitude$/, "longitude");
  return latitude !== undefined && longitude !== undefined && columns.includes(longitude) ? [longitude, latitude] : null;
}
