// Draws a table with ECharts, which is loaded only when somebody wants a chart.
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, ScatterChart, GridComponent, TooltipComponent, CanvasRenderer]);

export type Kind = "bar" | "line" | "map";

/** A point of a chart: what it is called, its value, which line it is of, and where it lies on a map. */
export interface Point {
  name: string;
  value: number;
  group: string;
  place?: [number, number];
}

const BAR_PX = 24;
const HEIGHT_PX = 360;
const NAMED_MAX = 25; // more names than these would lie over one another
let drawn: EChartsType | undefined;
new ResizeObserver(() => drawn?.resize()).observe(document.getElementById("report") as HTMLElement);

export function draw(place: HTMLElement, kind: Kind, points: Point[]): void {
  drawn?.dispose();
  place.style.height = `${kind === "bar" ? Math.max(120, points.length * BAR_PX + 40) : HEIGHT_PX}px`;
  const { color, fontFamily } = getComputedStyle(place);
  const accent = getComputedStyle(document.getElementById("csv") as HTMLElement).color;
  const names = { type: "category", data: points.map(({ name }) => name) };
  const values = { type: "value", axisLabel: { color } };
  const shown = { left: 8, right: kind === "bar" ? 40 : 120, top: 16, bottom: 8, outerBoundsMode: "same" };
  const named = { show: points.length <= NAMED_MAX, formatter: "{b}", position: "right", color };
  const moments = [...new Set(points.map(({ name }) => name))];
  const groups = [...new Set(points.map(({ group }) => group))];
  // A moment that comes more than once is of several lines.
  const isSplit = moments.length < points.length;
  const of = {
    bar: {
      xAxis: values,
      yAxis: { ...names, inverse: true, axisLabel: { color, width: 140, overflow: "truncate" } },
      series: [{ type: "bar", data: points.map(({ value }) => value), label: { show: true, position: "right", color } }],
    },
    line: {
      xAxis: { type: "category", data: moments, axisLabel: { color, hideOverlap: true, formatter: (one: string) => one.slice(0, 10) } },
      yAxis: values,
      series: (isSplit ? groups : [""]).map((group) => ({
        type: "line",
        name: group,
        endLabel: { show: isSplit, formatter: "{a}", color },
        data: moments.map((one) => points.find((at) => at.name === one && (!isSplit || at.group === group))?.value ?? null),
      })),
    },
    // Where things lie to one another: no map of somebody else's lies beneath.
    map: {
      xAxis: { ...values, scale: true },
      yAxis: { ...values, scale: true },
      series: [{ type: "scatter", symbolSize: 12, label: named, data: points.map(({ name, place: at }) => ({ name, value: at })) }],
    },
  }[kind];
  const tooltip = { trigger: kind === "line" ? "axis" : "item" };
  drawn = init(place, undefined, { renderer: "canvas" });
  drawn.setOption({ animation: false, ...(isSplit && kind === "line" ? {} : { color: [accent] }), textStyle: { color, fontFamily }, grid: shown, tooltip, ...of });
}
