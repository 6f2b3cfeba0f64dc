// The control room: draws the bars of panels with ECharts, renews panels, and moves along the wall. All words and numbers
// come from the page; where this does not run the page shows the same.
import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GridComponent, TooltipComponent, CanvasRenderer]);

const STREAM_AFTER_MS = 3_000; // whoever only looks in needs no stream
const TURN_MS = 20_000;
const BAR_PX = 26;
const CHANGES = "subscription { sourceStateChanged { name state } }";

const room = document.querySelector<HTMLElement>("[data-room]");
const isStill = matchMedia("(prefers-reduced-motion: reduce)");
const charts = new Map<Element, EChartsType>();
const asked = new Set<string>();

interface Piece {
  name: string;
  value: number;
  color: string;
}

// --- Charts ----------------------------------------------------------------------------------------------------------

function piecesOf(bar: Element): Piece[] {
  return [...bar.querySelectorAll<SVGRectElement>("rect")].map((piece) => ({
    name: piece.dataset.name ?? "",
    value: Number(piece.dataset.value),
    color: getComputedStyle(piece).color,
  }));
}

function draw(panel: Element): void {
  const chart = panel.querySelector<HTMLElement>("[data-chart]");
  const list = chart?.querySelector<HTMLElement>(".bars");
  if (!chart || !list) return;
  const bars = [...list.querySelectorAll("li")];
  const labels = bars.map((bar) => bar.querySelector(".bar-label")?.textContent ?? "");
  const texts = bars.map((bar) => bar.querySelector(".bar-text")?.textContent ?? "");
  const pieces = bars.map(piecesOf);
  const names = (pieces[0] ?? []).map((piece) => piece.name);
  const { color: ink, fontFamily, fontSize } = getComputedStyle(list);
  const size = Math.round(parseFloat(fontSize) * 0.85);

  const canvas = document.createElement("div");
  canvas.className = "drawn";
  canvas.style.height = `${bars.length * Math.max(BAR_PX, size * 2.15)}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", list.getAttribute("aria-label") ?? "");
  chart.insertBefore(canvas, list);
  const drawn = init(canvas, undefined, { renderer: "canvas" });
  charts.set(panel, drawn);
  drawn.setOption({
    animation: false,
    textStyle: { color: ink, fontFamily, fontSize: size },
    grid: { left: 0, right: size * 5, top: 0, bottom: 0, outerBoundsMode: "same" },
    xAxis: { type: "value", show: false },
    yAxis: {
      type: "category",
      inverse: true,
      data: labels,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: ink, fontSize: size, lineHeight: size, width: size * 11, overflow: "break" },
    },
    // HTML of a tooltip would bring styles of its own, which the policy of the page forbids.
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", confine: true },
    series: names.map((name, index) => ({
      name,
      type: "bar",
      stack: "all",
      barMaxWidth: 16,
      data: pieces.map((bar) => ({ value: bar[index]?.value ?? 0, itemStyle: { color: bar[index]?.color } })),
      label: {
        show: index === names.length - 1,
        position: "right",
        color: ink,
        fontSize: size,
        formatter: ({ dataIndex }: { dataIndex: number }) => texts[dataIndex] ?? "",
      },
    })),
  });
}

function erase(panel: Element): void {
  charts.get(panel)?.dispose();
  charts.delete(panel);
  panel.querySelector(".drawn")?.remove();
}

// --- Panels ----------------------------------------------------------------------------------------------------------

function panels(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-panel]")];
}

async function renew(name: string): Promise<void> {
  const before = document.querySelector<HTMLElement>(`[data-panel="${name}"]`);
  // Nobody's place is taken away while they are reading a table or on their way through links.
  if (!before || asked.has(name) || before.contains(document.activeElement)) return;
  asked.add(name);
  try {
    const answer = await fetch(`/liveroom/panels/${name}?lang=${document.documentElement.lang}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const after = holder.content.firstElementChild;
    if (!after || before.contains(document.activeElement)) return;
    const wasOpen = before.querySelector("details")?.open ?? false;
    erase(before);
    before.replaceWith(after);
    const details = after.querySelector("details");
    if (details) details.open = wasOpen;
    draw(after);
    tellOffline(false);
  } catch {
    tellOffline(true);
  } finally {
    asked.delete(name);
  }
}

function tellOffline(is: boolean): void {
  const notice = document.querySelector<HTMLElement>("[data-offline]");
  if (notice) notice.hidden = !is;
}

function follow(): void {
  const states = new Map<string, string>();
  const address = new URL("/graphql", location.href);
  address.searchParams.set("query", CHANGES);
  const events = new EventSource(address);
  events.addEventListener("next", ({ data }: MessageEvent<string>) => {
    const change = JSON.parse(data).data?.sourceStateChanged;
    if (!change) return;
    const known = states.get(change.name);
    states.set(change.name, change.state);
    // The first that is told of each is how it is, and the page knows that.
    if (known === undefined || known === change.state) return;
    for (const panel of panels()) {
      if (panel.dataset.sources?.split(" ").includes(change.name) && panel.dataset.panel) void renew(panel.dataset.panel);
    }
  });
  events.addEventListener("complete", () => events.close());
}

function keepFresh(): void {
  const everyMs = Number(panels()[0]?.dataset.refreshS ?? 30) * 1000;
  setInterval(() => {
    if (!document.hidden) for (const panel of panels()) if (panel.dataset.panel) void renew(panel.dataset.panel);
  }, everyMs);
}

// --- The wall --------------------------------------------------------------------------------------------------------

function turn(): void {
  const hold = document.querySelector<HTMLButtonElement>("[data-hold]");
  if (!hold || isStill.matches) return;
  let isHeld = false;
  const words = [hold.textContent ?? "", hold.dataset.held ?? ""];
  hold.hidden = false;
  hold.addEventListener("click", () => {
    isHeld = !isHeld;
    hold.textContent = words[Number(isHeld)] ?? "";
  });
  setInterval(() => {
    if (isHeld || isStill.matches) return;
    const isAtEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    scrollTo({ top: isAtEnd ? 0 : scrollY + innerHeight * 0.9, behavior: "smooth" });
  }, TURN_MS);
}

if (room) {
  panels().forEach(draw);
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  // Colours are of the scheme in which they were drawn.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    panels().forEach((panel) => {
      erase(panel);
      draw(panel);
    }),
  );
  keepFresh();
  setTimeout(follow, STREAM_AFTER_MS);
  turn();
}
