// Speed-up curves and what explains them: efficiency, the parts of a step, the price of each point.
import { band_series, frame, line_series, reference_line, tooltip, value_axis, vertical, type AxisKind, type Option } from "../chart";
import { add_inputs, add_warnings, provenance_badge } from "../common";
import { choice, pick, switches } from "../controls";
import { el } from "../dom";
import { bytes, count, money, percent, plain, seconds, times } from "../format";
import type { Page } from "../page";
import type { Curve, Point, Prediction } from "../documents/prediction";
import { known_columns, type Column, type Rows } from "../table";
import { add_breakdown } from "./breakdown";
import { add_explanations, add_long_run, largest } from "./explanation";
import { add_explorer } from "./explorer";

/** A quantity drawn over the number of GPUs. */
interface Quantity {
  title: string;
  note: string;
  axis: string;
  key: string;
  value: (point: Point) => number | null;
  format: (value: number | null | undefined) => string;
  /** On the axis, where it differs. */
  label?: (value: number) => string;
  ideal?: (gpus: number) => number;
  band?: boolean;
  wide?: boolean;
  scaled?: boolean;
}

class Curves {
  constructor(private page: Page, private document: Prediction) {}

  /** Visible curves with their place in the document, which decides their marks. */
  shown(): { curve: Curve; index: number }[] {
    const hidden = this.page.state.members("hide");
    return this.document.curves.map((curve, index) => ({ curve, index })).filter(({ curve }) => !hidden.has(curve.system));
  }

  kind(axis: "x" | "y"): AxisKind {
    return this.page.state.get(axis, this.default_axis()) as AxisKind;
  }

  default_axis(): AxisKind {
    return this.largest() > 16 ? "log" : "linear";
  }

  smallest(): number {
    return Math.min(this.largest(), ...this.document.curves.flatMap((curve) => curve.points.map((point) => point.gpus)));
  }

  largest(): number {
    return Math.max(1, ...this.document.curves.flatMap((curve) => curve.points.map((point) => point.gpus)));
  }

  private data(curve: Curve, quantity: Quantity): object[] {
    const { surface } = this.page.theme.palette;
    return curve.points.map((point) => ({
      value: [point.gpus, quantity.value(point)],
      // A point whose memory does not fit is hollow: it cannot be run.
      ...(point.fits ? {} : { itemStyle: { color: surface, borderWidth: 2 }, symbolSize: 9 }),
    }));
  }

  option(quantity: Quantity): Option {
    const { palette } = this.page.theme;
    const kind_y = quantity.scaled ? this.kind("y") : "linear";
    const series: object[] = [];
    for (const { curve, index } of this.shown()) {
      const mark = this.page.theme.mark(index);
      if (quantity.band)
        series.push(band_series(curve.system, mark.color, curve.points.map((p) => [p.gpus, p.speedup_low, p.speedup_high])));
      const line = line_series(curve.system, mark, [], { data: this.data(curve, quantity) }) as any;
      line.itemStyle.borderColor = mark.color;
      series.push(line);
    }
    if (quantity.ideal) {
      const ends = this.kind("x") === "log" || kind_y === "log" ? powers(this.smallest(), this.largest()) : [this.smallest(), this.largest()];
      series.push(reference_line("ideal", palette.muted, ends.map((gpus) => [gpus, quantity.ideal!(gpus)])));
    }
    const values = this.shown().flatMap(({ curve }) => curve.points.flatMap((p) => [quantity.value(p) ?? this.smallest(), ...(quantity.band ? [p.speedup_low] : [])]));
    const least = Math.min(...values, kind_y === "log" ? this.smallest() : 0);
    const most = Math.max(...values, quantity.ideal?.(this.largest()) ?? 0);
    return {
      ...frame(palette),
      ...tooltip(palette, "axis", (params) => this.hover(quantity, params)),
      xAxis: value_axis(palette, "GPUs", { kind: this.kind("x"), base: 2, format: plain, extra: { min: this.smallest(), max: this.kind("x") === "log" ? undefined : this.largest(), minInterval: 1 } }),
      yAxis: vertical(palette, quantity.axis, { kind: kind_y, base: 2, format: quantity.label ?? quantity.format, extent: [least, most], extra: kind_y === "log" ? {} : { min: least < 0 ? undefined : 0 } }),
      series,
    };
  }

  private hover(quantity: Quantity, params: any[]): HTMLElement {
    const gpus = Number(params[0].axisValue);
    const lines = this.shown().flatMap(({ curve }) =>
      curve.points.filter((point) => point.gpus === gpus).map((point) => el("div", {},
        el("strong", {}, `${curve.system}: ${quantity.format(quantity.value(point))}`),
        quantity.band ? ` (${times(point.speedup_low)} to ${times(point.speedup_high)})` : "",
        point.fits ? "" : ", does not fit in memory")));
    return el("div", {}, el("div", {}, `${gpus} GPU${gpus === 1 ? "" : "s"}`), ...lines);
  }

  rows(quantity: Quantity): Rows {
    const columns: Column[] = [
      { title: "System", key: "system" }, { title: "GPUs", key: "gpus" },
      { title: quantity.title, key: quantity.key, format: quantity.format }];
    if (quantity.band)
      columns.push({ title: "Low", key: "speedup_low", format: times }, { title: "High", key: "speedup_high", format: times });
    return {
      columns,
      rows: this.shown().flatMap(({ curve }) => curve.points.map((p) =>
        [curve.system, p.gpus, quantity.value(p), ...(quantity.band ? [p.speedup_low, p.speedup_high] : [])])),
    };
  }

  add(quantity: Quantity): void {
    this.page.chart({
      title: quantity.title, note: quantity.note, wide: quantity.wide, height: quantity.wide ? 420 : 320,
      option: () => this.option(quantity),
      rows: () => this.rows(quantity),
      legend: () => this.legend(),
    });
  }

  legend() {
    return this.shown().map(({ curve, index }) => ({ name: curve.system, mark: this.page.theme.mark(index) }));
  }

  /** All of every point, for those who take the figures elsewhere. */
  everything(figures: Quantity[]): Rows {
    return known_columns({
      columns: [
        { title: "System", key: "system" }, { title: "GPUs", key: "gpus" }, { title: "Nodes", key: "nodes" },
        ...figures.map(({ title, key, format }) => ({ title, key, format })),
        { title: "Limited by", key: "bottleneck" }, { title: "Fits", key: "fits" }],
      rows: this.shown().flatMap(({ curve }) => curve.points.map((p) => [curve.system, p.gpus, p.nodes, ...figures.map((figure) => figure.value(p)), p.bottleneck, p.fits])),
    });
  }
}

function powers(smallest: number, largest: number): number[] {
  const all = [];
  for (let gpus = smallest; gpus < largest; gpus *= 2) all.push(gpus);
  return [...all, largest];
}

const SPEEDUP: Quantity = {
  title: "Speed-up", key: "speedup", axis: "speed-up", value: (p) => p.speedup, format: times, ideal: (gpus) => gpus, band: true, wide: true, scaled: true,
  note: "How many times the throughput of one GPU. The dashed grey line is ideal; the shade is the uncertainty; a hollow point does not fit in memory.",
};
const EFFICIENCY: Quantity = {
  title: "Efficiency", key: "efficiency", axis: "efficiency", value: (p) => p.efficiency, format: percent, ideal: () => 1,
  note: "Speed-up divided by GPUs: the share of each GPU you paid for that works for you.",
};
const MARGINAL: Quantity = {
  title: "Marginal efficiency", key: "marginal_efficiency", axis: "marginal efficiency", value: (p) => p.marginal_efficiency, format: percent, ideal: () => 1,
  note: "What each GPU added since the point before brings. Where it falls, stop adding.",
};

/** The price panel needs one currency; the first one found is it. */
function currency_of(document: Prediction): string | undefined {
  return document.curves.flatMap((c) => c.points).find((p) => p.cost_per_speedup)?.cost_per_speedup?.currency;
}

function cost_of(document: Prediction): Quantity | null {
  const currency = currency_of(document);
  if (!currency) return null;
  return {
    title: "Cost per speed-up", key: `cost_per_speedup_${currency}`, axis: `${currency} per speed-up`, wide: true,
    value: (p) => (p.cost_per_speedup?.currency === currency ? p.cost_per_speedup.amount : null),
    format: (value) => money(value, currency), label: count,
    note: "Price of the GPU boards divided by the speed-up: what one more \u201ctimes as fast\u201d costs. Lower is better.",
  };
}

function answers(document: Prediction, curves: Curves): Rows {
  return {
    columns: [
      { title: "System", key: "system" }, { title: "GPUs", key: "gpus" },
      { title: "Speed-up", key: "speedup", format: times }, { title: "Low", key: "speedup_low", format: times }, { title: "High", key: "speedup_high", format: times }, { title: "Efficiency", key: "efficiency", format: percent },
      { title: "Throughput", key: "throughput", format: (v) => `${plain(v)}\u00a0${document.curves[0]?.points[0]?.throughput_unit ?? ""}` },
      { title: "Step", key: "step_s", format: seconds },
      { title: "What limits it", key: "bottleneck" }, { title: "Links known from", key: "provenance", format: provenance_badge },
      { title: "About", key: "description" }],
    rows: curves.shown().filter(({ curve }) => curve.points.length).map(({ curve }) => {
      const point = largest(curve)!;
      return [curve.system, point.gpus, point.speedup, point.speedup_low, point.speedup_high, point.efficiency, point.throughput, point.step_s,
        point.fits ? point.bottleneck : "does not fit in memory", curve.provenance, curve.description];
    }),
    cards: true,
  };
}

/** Every other figure of a point, one of them drawn at a time. */
function more_figures(document: Prediction): Quantity[] {
  const unit = document.curves[0]?.points[0]?.throughput_unit ?? "samples/s";
  const quantity = (title: string, key: keyof Point, format: Quantity["format"], more: Partial<Quantity> = {}): Quantity =>
    ({ title, key, format, note: "", axis: title.toLowerCase(), value: (p) => (p[key] as number | null | undefined) ?? null, ...more });
  const all = [
    quantity(`Throughput (${unit})`, "throughput", plain, { label: count, axis: unit }), quantity("Time of a step", "step_s", seconds),
    quantity("Memory per GPU", "memory_bytes", bytes), quantity("GPU utilisation", "gpu_utilization", percent), quantity("Share of the peak (MFU)", "mfu", percent),
    quantity("Waiting for communication", "exposed_communication_s", seconds), quantity("All communication", "communication_s", seconds),
    quantity("Time that trains (goodput)", "goodput", percent), quantity(`Sustained throughput (${unit})`, "sustained_throughput", plain, { label: count, axis: unit }),
    quantity("A failure every", "mean_failure_s", seconds), quantity("A checkpoint takes", "checkpoint_s", seconds), quantity("A checkpoint every", "checkpoint_interval_s", seconds),
    quantity("Price of the GPU boards", "cost", (v) => plain(v), { label: count, value: (p) => p.cost?.amount ?? null, axis: currency_of(document) ?? "" })];
  return all.filter((one) => document.curves.some((curve) => curve.points.some((point) => one.value(point) !== null)));
}

/** One figure over the number of GPUs, chosen from a list; below it every figure of every point. */
function add_figures(page: Page, document: Prediction, curves: Curves): void {
  const figures = more_figures(document);
  const titles = figures.map(({ title }) => title);
  const chosen = () => figures.find(({ title }) => title === page.state.get("figure", titles[0])) ?? figures[0];
  page.chart({
    title: "All figures", wide: true, height: 340, option: () => curves.option(chosen()), rows: () => curves.everything(figures), legend: () => curves.legend(),
    note: "Choose what is drawn; the table below has all of them.", controls: [pick(page.state, "figure", "Figure", titles, titles[0])],
  });
}

export function show_prediction(page: Page, document: Prediction): void {
  const curves = new Curves(page, document);
  page.control(switches(page.state, "hide", "Systems", document.curves.map((c) => c.system), (i) => page.theme.mark(i)));
  const axes: [string, string][] = [["linear", "Linear"], ["log", "Log"]];
  page.control(choice(page.state, "x", "GPU axis", axes, curves.default_axis()));
  page.control(choice(page.state, "y", "Speed-up axis", axes, curves.default_axis()));
  add_warnings(page, document);
  page.table("The answer", () => answers(document, curves), "The largest number of GPUs of each curve that fits.");
  curves.add(SPEEDUP);
  add_explanations(page, document, () => curves.shown());
  curves.add(EFFICIENCY);
  curves.add(MARGINAL);
  add_breakdown(page, document);
  const cost = cost_of(document);
  if (cost) curves.add(cost);
  else page.section("Cost per speed-up", el("p", { class: "note" }, `No price is known for ${document.gpu}; give one with an offers file or a catalogue folder (--data).`));
  add_figures(page, document, curves);
  add_long_run(page, document, () => curves.shown());
  if (document.explore) add_explorer(page, document, document.explore);
  add_inputs(page, document.inputs);
  page.finish(`${document.model.name} on ${document.gpu}`, "prediction", [
    ["Parameters", count(document.model.parameters)],
    ["MACs per sample", count(document.model.macs)],
    ["FLOPs per step and GPU", count(document.model.flops_step)],
    ["Batch per GPU", plain(document.batch_per_gpu)],
    ["Precision", document.precision],
    ["Strategy", document.strategy],
  ]);
}
