// Shows what an answer took: its cost, the systems that were asked, and the plan. The words come from the page.
import type { Answer, Plan, Planned, Source, Step } from "./asking";
import { field } from "./settings";

const report = field("report");
const words = report.dataset;
const states = JSON.parse(words.states ?? "{}") as Record<string, string>;
const language = document.documentElement.lang;
const moments = new Intl.DateTimeFormat(language, {
  dateStyle: "medium",
  timeStyle: "long",
  timeZone: words.zone,
});
const MARKS: Record<string, string> = { OK: "is-green", STALE: "is-stale" };

export function filled(text: string | undefined, given: Record<string, unknown>): string {
  return (text ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(given[name]));
}

export function element(tag: string, text: string, ...classes: string[]): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.classList.add(...classes);
  return made;
}

export function tell(text: string | undefined): void {
  field("told").textContent = text ?? "";
}

export function running(): void {
  tell(words.running);
}

export function answered(answer: Answer, ms: number): void {
  tell(filled(words.answered, { ms: Math.round(ms), errors: answer.errors?.length ?? 0 }));
  const { cost = {}, sources = [], plan } = answer.extensions ?? {};
  field("cost").textContent = Object.entries(cost).map(([name, value]) => `${name} ${shown(value)}`).join(" · ") || "0";
  field("sources").replaceChildren(...sources.map(row));
  field("no-sources").hidden = sources.length > 0;
  field("plan").hidden = plan === undefined;
  field("levels").replaceChildren(...(plan === undefined ? [] : drawn(plan)));
  field("answer").textContent = JSON.stringify(answer, null, 2);
  field("facts").hidden = false;
}

export function copied(): void {
  tell(words.copied);
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function row(source: Source): HTMLElement {
  const made = document.createElement("tr");
  const name = element("th", source.source);
  name.setAttribute("scope", "row");
  const state = document.createElement("td");
  state.append(element("span", states[source.state] ?? source.state, "badge", MARKS[source.state] ?? "is-down"));
  const asOf = source.asOf === null ? (words.never ?? "") : moments.format(new Date(source.asOf));
  const numbers = [source.ms, source.calls, source.findings].map((one) => element("td", one.toLocaleString(language), "number"));
  made.append(name, state, element("td", asOf), ...numbers);
  return made;
}

// A level is a row of boxes, and a list in a list for those who do not see it. Each step stands in the first box of its
// record: a plan does not say for which of several it was taken.
function drawn({ levels, steps = [] }: Plan): HTMLElement[] {
  const left = [...steps];
  return levels.map((reads, index) => {
    const made = document.createElement("li");
    const boxes = document.createElement("ul");
    boxes.append(...reads.map((read) => box(read, take(left, read.record))));
    made.append(element("strong", filled(field("levels").dataset.level, { number: index + 1 })), boxes);
    return made;
  });
}

function take(left: Step[], record: string): Step[] {
  const taken = left.filter((step) => step.record === record);
  left.splice(0, left.length, ...left.filter((step) => step.record !== record));
  return taken;
}

function box(read: Planned, steps: Step[]): HTMLElement {
  const made = document.createElement("li");
  made.append(element("code", read.path.join(".")), ...steps.map(facts));
  return made;
}

function facts(step: Step): HTMLElement {
  const made = document.createElement("dl");
  for (const [name, value] of Object.entries(step)) {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    made.append(element("dt", name), element("dd", shown(value)));
  }
  return made;
}
