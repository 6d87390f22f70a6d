// A model's layers: what each costs, where the time goes, and how near the hardware's roof each one works.
import { category_axis, frame, tooltip, value_axis, vertical, type Option } from "../chart";
import { add_findings } from "../common";
import { pick } from "../controls";
import { el } from "../dom";
import { bytes, count, flops, percent, plain, seconds } from "../format";
import type { Page } from "../page";
import type { Layer, Model } from "../documents/model";
import { known_columns, type Cell, type Rows } from "../table";

const ALL = "all operations";

const ELEMENT_BYTES: Record<string, number> = { fp32: 4, tf32: 4, fp16: 2, bf16: 2, fp8: 1 };

/** "64 x 112 x 112": channels, height, width. */
const shape = (sizes: number[] | undefined) => sizes?.join(" \u00d7 ");

/** What fills the memory of one GPU, largest first. */
function memory_rows(memory: Record<string, number>): Rows {
  const bar = (value: number) => el("span", {}, bytes(value), el("span", { class: "cell-bar", style: `width:${(100 * value) / Math.max(1, memory.total)}%` }));
  const parts = Object.entries(memory).filter(([part]) => part !== "total").sort((a, b) => b[1] - a[1]);
  return {
    columns: [{ title: "Part", key: "part" }, { title: "Memory", key: "bytes", format: bar }, { title: "Share", key: "share", format: percent }],
    rows: [...parts, ["total", memory.total] as [string, number]].map(([part, value]) => [part, value, value / memory.total]),
  };
}

class Layers {
  readonly timed: boolean;
  readonly ops: string[];

  constructor(private page: Page, private document: Model) {
    this.timed = document.layers.some((layer) => typeof layer.forward_s === "number");
    const cost = new Map<string, number>();
    for (const layer of document.layers) cost.set(layer.op, (cost.get(layer.op) ?? 0) + this.cost(layer));
    this.ops = [...cost].sort((a, b) => b[1] - a[1]).map(([op]) => op);
  }

  /** FLOPs that the forward pass of the whole batch computes: two per multiply-accumulate. A causal mask lets kernels skip
   *  the half of the scores above the diagonal, which MACs count as the literature does. */
  private flops(layer: Layer): number {
    const computed = layer.op === "attention" && layer.kind?.startsWith("causal") ? 0.5 : 1;
    return 2 * computed * layer.macs * (this.document.batch ?? 1);
  }

  /** Bytes the forward pass moves: activations once per sample, parameters once. Counts are of one sample. */
  private moved(layer: Layer): number {
    const weights = Math.min(layer.mac_bytes, layer.parameters * (ELEMENT_BYTES[this.document.precision ?? ""] ?? 4));
    return (this.document.batch ?? 1) * (layer.mac_bytes - weights) + weights;
  }

  private cost(layer: Layer): number {
    return this.timed ? (layer.forward_s ?? 0) + (layer.backward_s ?? 0) : layer.macs;
  }

  chosen(): Layer[] {
    const op = this.page.state.get("op", ALL);
    return this.document.layers.filter((layer) => op === ALL || layer.op === op);
  }

  table(): Rows {
    const longest = Math.max(1e-12, ...this.document.layers.flatMap((layer) => [layer.forward_s ?? 0, layer.backward_s ?? 0]));
    const bar = (style: string) => (value: number) =>
      el("span", {}, seconds(value), el("span", { class: `cell-bar ${style}`, style: `width:${(100 * value) / longest}%` }));
    const columns = [
      { title: "Layer", key: "name" }, { title: "Operation", key: "op" }, { title: "Parameters", key: "parameters", format: count },
      { title: "MACs", key: "macs", format: count }, { title: "Memory access", key: "mac_bytes", format: bytes },
      { title: "Kept for backward", key: "kept_bytes", format: bytes }, { title: "Output", key: "output" }];
    const times = [{ title: "Forward", key: "forward_s", format: bar("") }, { title: "Backward", key: "backward_s", format: bar("second") }, { title: "Bound by", key: "bound" }];
    return known_columns({
      columns: this.timed ? [...columns.slice(0, 2), ...times, ...columns.slice(2)] : columns,
      rows: this.chosen().map((l): Cell[] => [l.name, l.op, ...(this.timed ? [l.forward_s, l.backward_s, l.bound] : []), l.parameters, l.macs, l.mac_bytes, l.kept_bytes, shape(l.output)]),
    });
  }

  private sums(): { op: string; layers: number; macs: number; forward: number; backward: number }[] {
    return this.ops.map((op) => {
      const layers = this.document.layers.filter((layer) => layer.op === op);
      const sum = (value: (layer: Layer) => number) => layers.reduce((total, layer) => total + value(layer), 0);
      return { op, layers: layers.length, macs: sum((l) => l.macs), forward: sum((l) => l.forward_s ?? 0), backward: sum((l) => l.backward_s ?? 0) };
    });
  }

  by_operation(): Option {
    const { palette } = this.page.theme;
    const sums = this.sums().slice(0, 12).reverse();
    const format = this.timed ? seconds : count;
    const bar = (name: string, index: number, value: (sum: (typeof sums)[0]) => number) => ({
      type: "bar", stack: "cost", name, barMaxWidth: 26, emphasis: { disabled: true }, data: sums.map(value),
      itemStyle: { color: this.page.theme.mark(index).color, decal: index ? { symbol: "rect", color: palette.surface, rotation: 0.8, dashArrayX: [1, 0], dashArrayY: [2, 4] } : { symbol: "none" } } });
    return {
      ...frame(palette, 8),
      ...tooltip(palette, "axis", (params) => el("div", {}, el("div", {}, params[0].name), ...params.map((p: any) => el("div", {}, el("strong", {}, `${p.seriesName}: ${format(p.value)}`))))),
      xAxis: value_axis(palette, this.timed ? "time of all layers" : "multiply-accumulates", { format }),
      yAxis: category_axis(palette, "", sums.map((sum) => sum.op)),
      series: this.timed ? [bar("forward", 0, (s) => s.forward), bar("backward", 1, (s) => s.backward)] : [bar("MACs", 0, (s) => s.macs)],
    };
  }

  operation_rows(): Rows {
    return {
      columns: [{ title: "Operation", key: "op" }, { title: "Layers", key: "layers" }, { title: "MACs", key: "macs", format: count },
        { title: "Forward", key: "forward_s", format: seconds }, { title: "Backward", key: "backward_s", format: seconds }],
      rows: this.sums().map((s) => [s.op, s.layers, s.macs, this.timed ? s.forward : null, this.timed ? s.backward : null]),
    };
  }

  /** Layers that calculate and whose time is known: only they have a place under the roof. */
  roofed(): Layer[] {
    return this.document.layers.filter((layer) => layer.macs > 0 && layer.mac_bytes > 0 && (layer.forward_s ?? 0) > 0);
  }

  roofline(): Option {
    const { palette } = this.page.theme;
    const layers = this.roofed();
    const ops = this.ops.filter((op) => layers.some((layer) => layer.op === op));
    const x = (layer: Layer) => this.flops(layer) / this.moved(layer);
    const y = (layer: Layer) => this.flops(layer) / layer.forward_s!;
    const groups = ops.map((op) => layers.filter((layer) => layer.op === op));
    const roof = this.document.roofline;
    const left = Math.min(...layers.map(x), roof ? roof.flops_per_s / roof.bytes_per_s : Infinity) / 2;
    const right = Math.max(...layers.map(x), roof ? (2 * roof.flops_per_s) / roof.bytes_per_s : 0) * 2;
    const line = roof ? [[left, left * roof.bytes_per_s], [roof.flops_per_s / roof.bytes_per_s, roof.flops_per_s], [right, roof.flops_per_s]] : [];
    return {
      ...frame(palette),
      ...tooltip(palette, "item", (p) => {
        const layer = groups[p.seriesIndex]?.[p.dataIndex];
        return layer ? el("div", {}, el("strong", {}, layer.name), el("div", {}, `${layer.op}: ${flops(y(layer))} at ${plain(x(layer))} FLOP per byte`),
          el("div", {}, `${seconds(layer.forward_s)} forward`)) : "";
      }),
      xAxis: value_axis(palette, "FLOP per byte of memory access", { kind: "log", format: plain, extent: [left, right] }),
      yAxis: vertical(palette, "FLOP per second", { kind: "log", format: flops, extent: [...layers.map(y), ...line.map((point) => point[1])] }),
      series: [
        ...groups.map((group, index) => {
          const mark = this.page.theme.mark(index);
          return { type: "scatter", name: ops[index], symbol: mark.symbol, symbolSize: 9, itemStyle: { color: mark.color, opacity: 0.8 }, color: mark.color, data: group.map((l) => [x(l), y(l)]) };
        }),
        ...(roof ? [{ type: "line", name: "roof", data: line, symbol: "none", silent: true, lineStyle: { color: palette.text, width: 2 }, color: palette.text }] : [])],
    };
  }

  roofline_rows(): Rows {
    return {
      columns: [{ title: "Layer", key: "name" }, { title: "Operation", key: "op" }, { title: "FLOP per byte", key: "intensity", format: plain },
        { title: "Reached", key: "flops_per_s", format: flops }, { title: "Forward", key: "forward_s", format: seconds }],
      rows: this.roofed().map((l) => [l.name, l.op, this.flops(l) / this.moved(l), this.flops(l) / l.forward_s!, l.forward_s]),
    };
  }

  roofline_legend() {
    const roofed = this.roofed();
    return this.ops.filter((op) => roofed.some((layer) => layer.op === op)).map((name, index) => ({ name, mark: this.page.theme.mark(index) }));
  }
}

export function show_model(page: Page, document: Model): void {
  const layers = new Layers(page, document);
  add_findings(page, "Advice", document.advice.map((advice) => {
    const layers = advice.layers?.length ? `layers: ${advice.layers.slice(0, 8).join(", ")}${advice.layers.length > 8 ? ` and ${advice.layers.length - 8} more` : ""}` : null;
    const stake = advice.at_stake_s ? `at stake: ${seconds(advice.at_stake_s)}` : null;
    return { severity: "advice", code: advice.code, text: advice.text, advice: [layers, stake].filter((part) => part).join("; ") || null, cost: null };
  }));
  page.chart({
    title: layers.timed ? "Time by operation" : "Work by operation", option: () => layers.by_operation(), rows: () => layers.operation_rows(), height: 380,
    note: layers.timed ? "All layers of one operation together; plain is forward, striped is backward." : "Name a GPU (--gpu) to see times.",
    legend: () => (layers.timed ? ["forward", "backward"] : ["MACs"]).map((name, index) => ({ name, mark: { ...page.theme.mark(index), dash: [], symbol: "rect" } })),
  });
  const roofed = layers.roofed().length;
  if (roofed)
    page.chart({
      title: "Roofline", option: () => layers.roofline(), rows: () => layers.roofline_rows(), legend: () => layers.roofline_legend(), height: 380,
      shown_legend: true,
      note: `${document.roofline ? "The line is the most the GPU can do" : "The GPU's roof is not in the document"}; ${roofed} layers that calculate are drawn, the forward pass. Above the slope a layer finds data in the GPU's cache.`,
    });
  if (document.memory_bytes) page.table("Memory of one GPU", () => memory_rows(document.memory_bytes!), `Batch ${plain(document.batch ?? 1)}${document.mode ? `, ${document.mode}` : ""}.`);
  const filter = pick(page.state, "op", "Show", [ALL, ...layers.ops], ALL);
  const table = page.table("Layers", () => layers.table(), "Sort by a click on a column.");
  table.querySelector("h2")!.after(el("div", { class: "controls" }, filter));
  const facts: [string, string][] = [
    ["Parameters", count(document.parameters)], ["MACs", count(document.macs)], ["Memory access", bytes(document.mac_bytes)], ["Activations", count(document.activations)],
    ["Layers", plain(document.layers.length)]];
  if (document.input) facts.push(["Input", shape(document.input)!]);
  if (document.tokens_per_sample) facts.push(["Tokens per sample", plain(document.tokens_per_sample)]);
  if (document.mode) facts.push(["Mode", document.mode]);
  if (document.batch) facts.push(["Batch", plain(document.batch)]);
  if (document.precision) facts.push(["Precision", document.precision]);
  if (typeof document.latency_s === "number") facts.push([`Time of a batch of ${document.batch ?? 1}`, seconds(document.latency_s)]);
  if (typeof document.throughput === "number") facts.push(["Throughput", `${plain(document.throughput)} ${document.throughput_unit ?? "/s"}`]);
  if (typeof document.gpu_utilization === "number") facts.push(["GPU utilisation", percent(document.gpu_utilization)]);
  if (document.source) facts.push(["Counted from", document.source]);
  page.finish(document.gpu ? `${document.name} on ${document.gpu}` : document.name, "model", facts);
}
