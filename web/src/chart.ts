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
  extra?: object;
}

/** A value axis named `name`; a logarithmic one has ticks at the powers of `base`. */
export function value_axis(palette: Palette, name: string, options: AxisOptions = {}): object {
  return {
    type: options.kind === "log" ? "log" : "value",
    logBase: options.base ?? 10,
    name,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: palette.muted, fontSize: 13 },
    axisLine: { show: true, lineStyle: { color: palette.muted } },
    axisTick: { show: true, lineStyle: { color: palette.muted } },
    axisLabel: { color: palette.text, formatter: options.format, hideOverlap: true },
    splitLine: { lineStyle: { color: palette.line } },
    ...options.extra,
  };
}

/** The name of a vertical axis stands level above it, so it needs no room beside labels of any width. */
export function vertical(palette: Palette, name: string, options: AxisOptions = {}): object {
  const axis = value_axis(palette, name, options) as any;
  return { ...axis, nameLocation: "end", nameGap: 12, nameTextStyle: { ...axis.nameTextStyle, align: "left", padding: [0, 0, 0, -40] } };
}

export function category_axis(palette: Palette, name: string, data: string[]): object {
  return { ...value_axis(palette, name), type: "category", data, splitLine: { show: false } };
}

/** What all charts share; the grid makes room for labels by itself. */
export function frame(palette: Palette): object {
  return {
    animation: false,
    textStyle: { fontFamily: "system-ui, sans-serif", color: palette.text },
    grid: { left: 8, right: 22, top: 40, bottom: 34, containLabel: true },
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
