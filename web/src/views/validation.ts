// Predictions beside measurements: every point on a scatter, every table on its curve, every error in a list.
import { frame, line_series, reference_line, tooltip, value_axis, vertical, type AxisKind, type Option } from "../chart";
import { add_inputs, add_warnings } from "../common";
import { choice, pick, switches } from "../controls";
import { el } from "../dom";
import { percent, plain, times } from "../format";
import type { Page } from "../page";
import type { Validation, ValidationRow, ValidationTable } from "../schema";
import type { Column, Rows } from "../table";

const CLOSE = 0.1;

class Tables {
  constructor(private page: Page, private document: Validation) {}

  shown(): { table: ValidationTable; index: number }[] {
    const hidden = this.page.state.members("hide");
    return this.document.tables.map((table, index) => ({ table, index })).filter(({ table }) => !hidden.has(table.name));
  }

  legend() {
    return this.shown().map(({ table, index }) => ({ name: table.name, mark: this.page.theme.mark(index) }));
  }

  private hover(table: ValidationTable, row: ValidationRow): HTMLElement {
    return el("div", {}, el("strong", {}, table.name), el("div", {}, `${row.gpus} GPUs: measured ${times(row.measured_speedup)}, predicted ${times(row.predicted_speedup)}`),
      el("div", {}, `error ${percent(row.error)}`));
  }

  scatter(): Option {
    const { palette } = this.page.theme;
    const kind = this.page.state.get("axes", "log") as AxisKind;
    const rows = this.shown().flatMap(({ table }) => table.rows);
    const most = Math.max(2, ...rows.flatMap((row) => [row.measured_speedup, row.predicted_speedup]));
    const least = Math.min(1, ...rows.flatMap((row) => [row.measured_speedup, row.predicted_speedup]));
    const from = kind === "log" ? least : 0;
    const diagonal = (factor: number) => [[from, from * factor], [most, most * factor]];
    const shown = this.shown();
    return {
      ...frame(palette),
      ...tooltip(palette, "item", (p) => {
        const found = shown[p.seriesIndex];
        return found ? this.hover(found.table, found.table.rows[p.dataIndex]) : "";
      }),
      xAxis: value_axis(palette, "measured speed-up", { kind, base: 2, format: times, extent: [least, most] }),
      yAxis: vertical(palette, "predicted speed-up", { kind, base: 2, format: times, extent: [least * (1 - CLOSE), most * (1 + CLOSE)] }),
      series: [
        ...shown.map(({ table, index }) => {
          const mark = this.page.theme.mark(index);
          return { type: "scatter", name: table.name, symbol: mark.symbol, symbolSize: 9, color: mark.color, itemStyle: { color: mark.color, opacity: 0.85 },
            data: table.rows.map((row) => [row.measured_speedup, row.predicted_speedup]) };
        }),
        reference_line("exact", palette.text, diagonal(1)),
        reference_line("10 % over", palette.muted, diagonal(1 + CLOSE)),
        reference_line("10 % under", palette.muted, diagonal(1 - CLOSE))],
    };
  }

  private readonly columns: Column[] = [
    { title: "Table", key: "table" }, { title: "GPUs", key: "gpus" },
    { title: "Measured", key: "measured_speedup", format: times }, { title: "Predicted", key: "predicted_speedup", format: times },
    { title: "Error", key: "error", format: percent }];

  points(): Rows {
    return {
      columns: this.columns,
      rows: this.shown().flatMap(({ table }) => table.rows.map((r) => [table.name, r.gpus, r.measured_speedup, r.predicted_speedup, r.error])),
    };
  }

  summary(): Rows {
    const widest = Math.max(1e-9, ...this.document.tables.map((table) => Math.abs(table.worst)));
    const bar = (value: number) => el("span", {}, percent(value), el("span", { class: "cell-bar", style: `width:${(100 * Math.abs(value)) / widest}%` }));
    return {
      columns: [
        { title: "Table", key: "name" }, { title: "Kind", key: "kind" }, { title: "Points", key: "points" },
        { title: "Mean error", key: "mape", format: bar }, { title: "Worst error", key: "worst", format: bar }, { title: "Source", key: "source" }],
      rows: this.shown().map(({ table }) => [table.name, table.kind, table.rows.length, table.mape, table.worst, table.source]),
    };
  }

  chosen(): ValidationTable {
    const { tables } = this.document;
    return tables.find((table) => table.name === this.page.state.get("table", tables[0].name)) ?? tables[0];
  }

  curve(): Option {
    const { palette } = this.page.theme;
    const table = this.chosen();
    const rows = [...table.rows].sort((a, b) => a.gpus - b.gpus);
    const most = Math.max(2, ...rows.map((row) => row.gpus));
    const kind = most > 16 ? "log" : "linear";
    const ends = kind === "log" ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096].filter((n) => n < most).concat(most) : [1, most];
    return {
      ...frame(palette),
      ...tooltip(palette, "axis", (params) => {
        const row = rows.find((r) => r.gpus === Number(params[0].axisValue));
        return row ? this.hover(table, row) : "";
      }),
      xAxis: value_axis(palette, "GPUs", { kind, base: 2, extra: { min: 1 } }),
      yAxis: vertical(palette, "speed-up", { kind, base: 2, format: times }),
      series: [
        line_series("measured", this.page.theme.mark(0), rows.map((r) => [r.gpus, r.measured_speedup])),
        line_series("predicted", this.page.theme.mark(1), rows.map((r) => [r.gpus, r.predicted_speedup])),
        reference_line("ideal", palette.muted, ends.map((n) => [n, n]))],
    };
  }

  chosen_rows(): Rows {
    const table = this.chosen();
    return { columns: this.columns, rows: table.rows.map((r) => [table.name, r.gpus, r.measured_speedup, r.predicted_speedup, r.error]) };
  }
}

export function show_validation(page: Page, document: Validation): void {
  const tables = new Tables(page, document);
  const names = document.tables.map((table) => table.name);
  if (names.length <= 24) page.control(switches(page.state, "hide", "Tables", names, (i) => page.theme.mark(i)));
  page.control(choice(page.state, "axes", "Axes", [["log", "Log"], ["linear", "Linear"]]));
  add_warnings(page, document);
  page.chart({
    title: "Predicted against measured", wide: true, height: 520, option: () => tables.scatter(), rows: () => tables.points(), legend: () => tables.legend(),
    note: "A point on the diagonal is exact, above it too hopeful, below it too gloomy; the outer lines are 10 % off.",
  });
  page.table("Errors by table", () => tables.summary());
  if (names.length)
    page.chart({
      title: "One table", wide: true, height: 360, option: () => tables.curve(), rows: () => tables.chosen_rows(),
      note: "Measured and predicted speed-up over the number of GPUs.",
      legend: () => [{ name: "measured", mark: page.theme.mark(0) }, { name: "predicted", mark: page.theme.mark(1) }],
      controls: [pick(page.state, "table", "Table", names, names[0])],
      shown_legend: true,
    });
  add_inputs(page, document.inputs);
  page.finish("Predictions against measurements", "validation", [
    ["Tables", plain(names.length)], ["Points", plain(document.tables.reduce((sum, table) => sum + table.rows.length, 0))],
    ["Mean error", percent(document.mape)], ["Worst error", percent(document.worst)]]);
}
