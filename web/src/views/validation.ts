// Predictions beside measurements: every point on a scatter, every curve beside its prediction, every error in a list.
import { frame, line_series, reference_line, tooltip, value_axis, vertical, type AxisKind, type Option } from "../chart";
import { add_warnings } from "../common";
import { choice, pick, switches } from "../controls";
import { el } from "../dom";
import { count, percent, plain, times } from "../format";
import type { Page } from "../page";
import type { Validation, ValidationRow, ValidationTable } from "../documents/validation";
import { known_columns, type Column, type Rows } from "../table";
import { add_fits, add_groups, add_rules } from "./validation_more";

const CLOSE = 0.1;
/** With more tables than this they are drawn and switched by kind. */
const MANY_TABLES = 12;

interface Pair {
  row: ValidationRow;
  table: ValidationTable;
  measured: number;
  predicted: number;
}

const quantity_of = (table: ValidationTable) => table.quantity ?? "speedup";
const name_of = (row: ValidationRow, table: ValidationTable) => row.label ?? table.name;

function pair(table: ValidationTable, row: ValidationRow): Pair | null {
  const measured = row.measured_speedup ?? row.measured, predicted = row.predicted_speedup ?? row.predicted;
  return typeof measured === "number" && typeof predicted === "number" ? { row, table, measured, predicted } : null;
}

class Tables {
  /** What a colour and a switch stand for: a table, or a kind of tables where there are many. */
  readonly groups: string[];
  readonly quantities: string[];
  readonly by_kind: boolean;

  constructor(private page: Page, private document: Validation) {
    this.by_kind = document.tables.length > MANY_TABLES;
    this.groups = [...new Set(document.tables.map((table) => this.group(table)))];
    this.quantities = [...new Set(document.tables.map(quantity_of))];
  }

  private group(table: ValidationTable): string {
    return this.by_kind ? table.kind : table.name;
  }

  shown(): ValidationTable[] {
    const hidden = this.page.state.members("hide");
    return this.document.tables.filter((table) => !hidden.has(this.group(table)));
  }

  private quantity(): string {
    const chosen = this.page.state.get("quantity", this.quantities[0]);
    return this.quantities.includes(chosen) ? chosen : this.quantities[0];
  }

  /** The points of each group in the chosen quantity. */
  private pairs(): { group: string; index: number; pairs: Pair[] }[] {
    const tables = this.shown().filter((table) => quantity_of(table) === this.quantity());
    return this.groups.map((group, index) => ({
      group, index, pairs: tables.filter((table) => this.group(table) === group).flatMap((table) => table.rows.map((row) => pair(table, row)).filter((p): p is Pair => p !== null)) }))
      .filter(({ pairs }) => pairs.length);
  }

  legend() {
    return this.pairs().map(({ group, index }) => ({ name: group, mark: this.page.theme.mark(index) }));
  }

  private format(unit: string | undefined): (value: number) => string {
    return unit === undefined || unit === "speedup" ? times : (value) => `${count(value)} ${unit}`;
  }

  private hover({ row, table, measured, predicted }: Pair): HTMLElement {
    const format = this.format(row.unit);
    return el("div", {}, el("strong", {}, name_of(row, table)), row.label ? el("div", {}, table.name) : "",
      el("div", {}, `${row.gpus} GPUs${row.bytes ? `, ${count(row.bytes)}B` : ""}: measured ${format(measured)}, predicted ${format(predicted)}`),
      el("div", {}, `error ${percent(row.error)}`));
  }

  scatter(): Option {
    const { palette } = this.page.theme;
    const kind = this.page.state.get("axes", "log") as AxisKind;
    const groups = this.pairs();
    const all = groups.flatMap(({ pairs }) => pairs);
    const unit = all[0]?.row.unit;
    const format = this.format(unit);
    const speedup = unit === undefined || unit === "speedup";
    const values = all.flatMap((p) => [p.measured, p.predicted]);
    const most = values.reduce((a, b) => Math.max(a, b), speedup ? 2 : 0);
    const least = values.reduce((a, b) => Math.min(a, b), speedup ? 1 : most);
    const from = kind === "log" ? least : 0;
    const base = speedup ? 2 : 10;
    const words = speedup ? "speed-up" : `${this.quantity()} (${unit})`;
    const diagonal = (factor: number) => [[from, from * factor], [most, most * factor]];
    return {
      ...frame(palette),
      ...tooltip(palette, "item", (p) => {
        const found = groups[p.seriesIndex]?.pairs[p.dataIndex];
        return found ? this.hover(found) : "";
      }),
      xAxis: value_axis(palette, `measured ${words}`, { kind, base, format: speedup ? format : count, extent: [least, most] }),
      yAxis: vertical(palette, `predicted ${words}`, { kind, base, format: speedup ? format : count, extent: [least * (1 - CLOSE), most * (1 + CLOSE)] }),
      series: [
        ...groups.map(({ group, index, pairs }) => {
          const mark = this.page.theme.mark(index);
          return { type: "scatter", name: group, symbol: mark.symbol, symbolSize: all.length > 200 ? 7 : 9, color: mark.color, itemStyle: { color: mark.color, opacity: all.length > 200 ? 0.6 : 0.85 },
            data: pairs.map((p) => [p.measured, p.predicted]) };
        }),
        reference_line("exact", palette.text, diagonal(1)),
        reference_line("10 % over", palette.muted, diagonal(1 + CLOSE)),
        reference_line("10 % under", palette.muted, diagonal(1 - CLOSE))],
    };
  }

  private columns(tables: ValidationTable[]): Column[] {
    const labelled = tables.some((table) => table.rows.some((row) => row.label));
    const value = (number: number, row: unknown[]) => this.format(labelled ? (row[row.length - 1] as string) : undefined)(number);
    return [
      { title: "Table", key: "table" }, ...(labelled ? [{ title: "Curve", key: "curve" }] : []), { title: "GPUs", key: "gpus" },
      { title: "Measured", key: "measured", format: value }, { title: "Predicted", key: "predicted", format: value },
      { title: "Error", key: "error", format: percent }, { title: "Batch per GPU", key: "batch_per_gpu" }, { title: "Precision", key: "precision" }, { title: "Framework", key: "framework" },
      { title: "Measured on", key: "measured_on" }, { title: "Trust", key: "trust" }, { title: "Source", key: "source" }, ...(labelled ? [{ title: "Unit", key: "unit" }] : [])];
  }

  private rows_of(tables: ValidationTable[], keep: (row: ValidationRow, table: ValidationTable) => boolean = () => true): Rows {
    const columns = this.columns(tables);
    const labelled = columns[1].key === "curve";
    return known_columns({
      columns,
      rows: tables.flatMap((table) => table.rows.filter((row) => keep(row, table)).map((r) => [
        table.name, ...(labelled ? [r.label ?? ""] : []), r.gpus, r.measured_speedup ?? r.measured, r.predicted_speedup ?? r.predicted, r.error, r.batch_per_gpu, r.precision, r.framework,
        r.measured_on, r.trust, r.source, ...(labelled ? [r.unit ?? "speedup"] : [])])),
    });
  }

  points(): Rows {
    return this.rows_of(this.shown());
  }

  summary(): Rows {
    // One table that is far off must not shrink the bars of all others.
    const widest = Math.max(1e-9, Math.min(1, Math.max(...this.document.tables.map((table) => Math.abs(table.worst ?? 0)))));
    const bar = (value: number) => el("span", {}, percent(value), el("span", { class: "cell-bar", style: `width:${Math.min(100, (100 * Math.abs(value)) / widest)}%` }));
    const more = this.document.tables.some((table) => table.fitted !== undefined);
    return {
      columns: [
        { title: "Table", key: "name" }, { title: "Mean error", key: "mape", format: bar }, { title: "Worst error", key: "worst", format: bar },
        { title: "Points", key: "points" }, { title: "Kind", key: "kind" },
        ...(more ? [{ title: "Fitted to", key: "fitted" }, { title: "Not counted", key: "not_counted" }] : []), { title: "Source", key: "source" }],
      rows: this.shown().map((table) => [table.name, table.mape, table.worst, table.points ?? table.rows.length, table.kind,
        ...(more ? [(table.fitted ?? []).join(", "), table.not_counted] : []), table.source]),
    };
  }

  /** Every curve that has a speed-up, by a name of its own. */
  curves(): { name: string; table: ValidationTable; rows: ValidationRow[] }[] {
    return this.document.tables.filter((table) => quantity_of(table) === "speedup").flatMap((table) => {
      const labels = [...new Set(table.rows.map((row) => row.label ?? ""))];
      return labels.map((label) => ({ name: label === "" ? table.name : `${table.name}: ${label}`, table, rows: table.rows.filter((row) => (row.label ?? "") === label) }));
    });
  }

  chosen() {
    const curves = this.curves();
    return curves.find(({ name }) => name === this.page.state.get("table", curves[0].name)) ?? curves[0];
  }

  curve(): Option {
    const { palette } = this.page.theme;
    const { table, rows: unsorted } = this.chosen();
    const rows = unsorted.map((row) => pair(table, row)).filter((p): p is Pair => p !== null).sort((a, b) => a.row.gpus - b.row.gpus);
    const most = Math.max(2, ...rows.map(({ row }) => row.gpus));
    const kind = most > 16 ? "log" : "linear";
    const ends = kind === "log" ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096].filter((n) => n < most).concat(most) : [1, most];
    return {
      ...frame(palette),
      ...tooltip(palette, "axis", (params) => {
        const found = rows.find(({ row }) => row.gpus === Number(params[0].axisValue));
        return found ? this.hover(found) : "";
      }),
      xAxis: value_axis(palette, "GPUs", { kind, base: 2, format: plain, extra: { min: 1, minInterval: 1 } }),
      yAxis: vertical(palette, "speed-up", { kind, base: 2, format: times }),
      series: [
        line_series("measured", this.page.theme.mark(0), rows.map((p) => [p.row.gpus, p.measured])),
        line_series("predicted", this.page.theme.mark(1), rows.map((p) => [p.row.gpus, p.predicted])),
        reference_line("ideal", palette.muted, ends.map((n) => [n, n]))],
    };
  }

  chosen_rows(): Rows {
    const { table, rows } = this.chosen();
    return this.rows_of([table], (row) => rows.includes(row));
  }
}

export function show_validation(page: Page, document: Validation): void {
  const tables = new Tables(page, document);
  if (document.tables.length) page.control(switches(page.state, "hide", tables.by_kind ? "Kinds" : "Tables", tables.groups, (i) => ({ ...page.theme.mark(i), dash: [0, 99] })));
  if (tables.quantities.length > 1) page.control(pick(page.state, "quantity", "Quantity", tables.quantities, tables.quantities[0]));
  if (document.tables.length) page.control(choice(page.state, "axes", "Axes", [["log", "Log"], ["linear", "Linear"]]));
  add_warnings(page, document);
  add_fits(page, document.fits ?? []);
  if (document.tables.length)
    page.chart({
      title: "Predicted against measured", wide: true, height: 520, option: () => tables.scatter(), rows: () => tables.points(), legend: () => tables.legend(),
      note: "A point on the diagonal is exact, above it too large, below it too small; the outer lines are 10 % off.",
    });
  add_groups(page, (document.groups ?? []).filter(({ points }) => points > 0));
  if (document.tables.length) page.table("Errors by table", () => tables.summary());
  const curves = tables.curves().map(({ name }) => name);
  if (curves.length)
    page.chart({
      title: "One table", wide: true, height: 360, option: () => tables.curve(), rows: () => tables.chosen_rows(),
      note: "Measured and predicted speed-up over the number of GPUs.",
      legend: () => [{ name: "measured", mark: page.theme.mark(0) }, { name: "predicted", mark: page.theme.mark(1) }],
      controls: [pick(page.state, "table", "Table", curves, curves[0])],
      shown_legend: true,
    });
  add_rules(page, document.rules ?? []);
  const points = document.tables.reduce((sum, table) => sum + (table.points ?? table.rows.length), 0);
  if (!points) return page.finish((document.rules ?? []).map(({ name }) => name).join(", ") || "Nothing was compared", "validation", []);
  page.finish("Predictions against measurements", "validation", [
    ["Tables", plain(document.tables.length)], ["Points", plain(points)],
    ["Mean error", percent(document.mape)], ...(document.median === undefined ? [] : [["Median error", percent(document.median)] as [string, string]]), ["Worst error", percent(document.worst)],
    ...(typeof document.max_mape === "number" ? [["Mean error asked for", `at most ${percent(document.max_mape)}`] as [string, string]] : [])]);
}
