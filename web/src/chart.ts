// The only place with ECharts: which of its parts the page carries, and what all charts share.
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { EChartsCoreOption } from "echarts/core";
import type { Mark, Palette } from "./theme";

echarts.use([BarChart, CustomChart, LineChart, ScatterChart, AriaComponent, GridComponent, TooltipComponent, CanvasRenderer]);

export type Option = EChartsCoreOption;
export type Instance = echarts.ECharts;

/** Makes a chart in `holder` that follows its size. */
export function make_chart(holder: HTMLElement): Instance {
  const chart = echarts.init(holder, null, { renderer: "canvas" });
  new ResizeObserver(() => chart.resize()).observe(holder);
  return chart;
}

export type AxisKind = "log" | "linear";

interface AxisOptions {
  kind?: AxisKind;
  base?: number;
  format?: (value: number) => string;
  /** The smallest and largest value drawn: a logarithmic axis then ends near them rather than at the next power. */
  extent?: number[];
  extra?: object;
}

/** Ticks of a logarithmic axis: powers of two thinned to at most nine, or 1, 2, 5, 10 within three powers of ten. */
export function log_ticks(low: number, high: number, base: number): number[] {
  const first = Math.ceil(Math.log(low) / Math.log(base) - 1e-9);
  const last = Math.floor(Math.log(high) / Math.log(base) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / (innerWidth < 600 ? 6 : 9)));
  const ticks = [];
  for (let power = first - 1; power <= last; power += 1)
    for (const part of base === 10 && last - first < 3 ? [1, 2, 5] : [1]) {
      const tick = part * base ** power;
      if ((power - first) % step === 0 && tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  return ticks;
}

function log_range(low: number, high: number, base: number): object {
  const ends = [low / 1.08, high * 1.08];
  const ticks = { customValues: log_ticks(ends[0], ends[1], base) };
  return { min: ends[0], max: ends[1], ticks };
}

/** A value axis named `name`; a logarithmic one has ticks at the powers of `base`. */
export function value_axis(palette: Palette, name: string, options: AxisOptions = {}): object {
  const known = options.kind === "log" && options.extent?.length ? options.extent.filter((value) => value > 0) : [];
  const range: any = known.length ? log_range(Math.min(...known), Math.max(...known), options.base ?? 10) : {};
  return {
    type: options.kind === "log" ? "log" : "value",
    logBase: options.base ?? 10,
    name,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: palette.muted, fontSize: 13 },
    axisLine: { show: true, lineStyle: { color: palette.muted } },
    min: range.min,
    max: range.max,
    axisTick: { show: true, lineStyle: { color: palette.muted }, ...range.ticks },
    axisLabel: { color: palette.text, formatter: options.format, hideOverlap: true, ...range.ticks },
    splitLine: { lineStyle: { color: palette.line } },
    ...options.extra,
  };
}

/** The name of a vertical axis stands level above it, so it needs no room beside labels of any width. */
export function vertical(palette: Palette, name: string, options: AxisOptions = {}): object {
  const axis = value_axis(palette, name, options) as any;
  return { ...axis, nameLocation: "end", nameGap: 12, nameTextStyle: { ...axis.nameTextStyle, align: "left", padding: [0, 0, 0, -4] } };
}

export function category_axis(palette: Palette, name: string, data: string[]): object {
  return { ...value_axis(palette, name), type: "category", data, splitLine: { show: false }, axisTick: { show: false } };
}

/** What all charts share; the grid makes room for labels by itself. */
export function frame(palette: Palette, top = 40): object {
  return {
    animation: false,
    textStyle: { fontFamily: "system-ui, sans-serif", color: palette.text },
    grid: { left: 8, right: 22, top, bottom: 34, containLabel: true },
  };
}

/** A tooltip whose content is a DOM node, so names from the document are never read as HTML. */
export function tooltip(palette: Palette, trigger: "axis" | "item", content: (params: any) => HTMLElement | string): object {
  return {
    tooltip: {
      trigger,
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.muted,
      textStyle: { color: palette.text, fontSize: 13 },
      axisPointer: { type: "line", lineStyle: { color: palette.muted } },
      formatter: content,
    },
  };
}

export function line_series(name: string, mark: Mark, data: (number | null)[][], more: object = {}): object {
  return {
    type: "line", name, data,
    symbol: mark.symbol, symbolSize: 8, showAllSymbol: true,
    color: mark.color, itemStyle: { color: mark.color },
    lineStyle: { color: mark.color, width: 2.25, type: mark.dash.length ? mark.dash : "solid" },
    emphasis: { disabled: true },
    ...more,
  };
}

/** The area between low and high: rows of [x, low, high]. */
export function band_series(name: string, color: string, rows: number[][]): object {
  return {
    type: "custom", name, silent: true, clip: true, data: rows, encode: { x: 0, y: [1, 2] }, z: 1,
    tooltip: { show: false },
    renderItem: (params: any, api: any) => {
      if (params.dataIndex !== 0 || rows.length < 2) return null;
      const upper = rows.map((row) => api.coord([row[0], row[2]]));
      const lower = rows.map((row) => api.coord([row[0], row[1]])).reverse();
      return { type: "polygon", shape: { points: [...upper, ...lower] }, style: { fill: color, opacity: 0.16 } };
    },
  };
}

/** A thin reference line without symbols, such as "ideal". */
export function reference_line(name: string, color: string, data: number[][]): object {
  return {
    type: "line", name, data, silent: true, symbol: "none", color,
    lineStyle: { color, width: 1.5, type: [4, 4] }, emphasis: { disabled: true }, z: 0,
  };
}
