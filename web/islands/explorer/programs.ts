// The same question as a program would ask it. A key is read from the environment, so that none gets into a file.
import { shown } from "./settings";

export type Form = "curl" | "typescript" | "python";

export interface Question {
  query: string;
  variables?: unknown;
}

const address = (): string => `${location.origin}/graphql`;

function body({ query, variables }: Question): string {
  return JSON.stringify(variables === undefined ? { query } : { query, variables }, null, 2);
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function curl(question: Question): string {
  const lines = Object.entries(shown("$SIMPUL_KEY")).map(([name, value]) =>
    value.includes("$SIMPUL_KEY") ? `-H "${name}: ${value}"` : `-H ${shellQuoted(`${name}: ${value}`)}`,
  );
  return ["curl -s " + address(), ...lines, `-d ${shellQuoted(body(question))}`].join(" \\\n  ");
}

const inTemplate = (text: string): string => `\`${text.replace(/[`\\]|\$\{/g, "\\$&")}\``;

function typescript({ query, variables }: Question): string {
  const headers = Object.entries(shown("${process.env.SIMPUL_KEY}")).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${value.includes("${") ? `\`${value}\`` : JSON.stringify(value)},`,
  );
  return [
    `const query = ${inTemplate(query)};`,
    `const variables = ${JSON.stringify(variables ?? {}, null, 2)};`,
    `const response = await fetch(${JSON.stringify(address())}, {`,
    '  method: "POST",',
    "  headers: {",
    ...headers,
    "  },",
    "  body: JSON.stringify({ query, variables }),",
    "});",
    "const { data, errors } = await response.json();",
    "console.log(JSON.stringify(data), errors);",
    "",
  ].join("\n");
}

// A text of JSON is one of Python, too; what reads better between three quotes is written so.
const inPython = (text: string): string => (/"""|\\/.test(text) ? JSON.stringify(text) : `"""${text}\n"""`);

function python({ query, variables }: Question): string {
  const headers = Object.entries(shown("{os.environ['SIMPUL_KEY']}")).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${value.includes("{os") ? "f" : ""}${JSON.stringify(value)},`,
  );
  return [
    "import json",
    "import os",
    "import urllib.request",
    "",
    `query = ${inPython(query)}`,
    `variables = json.loads(${JSON.stringify(JSON.stringify(variables ?? {}))})`,
    "headers = {",
    ...headers,
    "}",
    'body = json.dumps({"query": query, "variables": variables}).encode()',
    `request = urllib.request.Request(${JSON.stringify(address())}, body, headers)`,
    "with urllib.request.urlopen(request) as response:",
    "    answer = json.load(response)",
    'print(json.dumps(answer["data"]), answer.get("errors"))',
    "",
  ].join("\n");
}

const FORMS: Record<Form, (question: Question) => string> = { curl, typescript, python };

export const program = (form: Form, question: Question): string => FORMS[form](question);
