// The explorer: sliders over the grid that `predict --explore` wrote; what lies between its points is interpolated.
import { frame, line_series, reference_line, tooltip, value_axis, vertical, type Option } from "../chart";
import { choice } from "../controls";
import { el } from "../dom";
import { count, money, plain, times } from "../format";
import type { Page } from "../page";
import type { Grid, GridSurface, Prediction } from "../documents/prediction";
import type { Rows } from "../table";

/** Where `x` lies in ascending `axis`: the left neighbour and the way to the right one, on a logarithmic scale. */
export function locate(axis: number[], x: number): { left: number; part: number } {
  let left = 0;
  while (left + 2 < axis.length && axis[left + 1] <= x) ++left;
  if (axis.length === 1) return { left: 0, part: 0 };
  const part = Math.log(x / axis[left]) / Math.log(axis[left + 1] / axis[left]);
  return { left, part: Math.min(1, Math.max(0, part)) };
}

/** Geometric interpolation in batch and bandwidth for one GPU count; null when a corner does not fit in memory. */
export function value_at(grid: Grid, surface: GridSurface, values: (number | null)[], batch: number, factor: number, count: number): number | null {
  const b = locate(grid.batches, batch);
  const f = locate(grid.bandwidth_factors, factor);
  let sum = 0;
  for (const [db, wb] of [[0, 1 - b.part], [1, b.part]])
    for (const [df, wf] of [[0, 1 - f.part], [1, f.part]]) {
      if (wb * wf === 0) continue;
      const value = values[((b.left + db) * grid.bandwidth_factors.length + f.left + df) * surface.gpus.length + count];
      if (value === null || value === undefined || value <= 0) return null;
      sum += wb * wf * Math.log(value);
    }
  return Math.exp(sum);
}

interface Slider {
  node: HTMLElement;
  value: () => number;
}

/** A slider on a logarithmic scale from `low` to `high`. */
function slider(page: Page, key: string, label: string, low: number, high: number, start: number, format: (v: number) => string, whole = false): Slider {
  const steps = 200;
  const to_value = (position: number) => {
    const value = low * (high / low) ** (position / steps);
    return whole ? Math.round(value) : value;
  };
  const to_position = (value: number) => (high === low ? 0 : Math.round((Math.log(value / low) / Math.log(high / low)) * steps));
  const fallback = String(to_position(start));
  const output = el("output", {});
  const input = el("input", { type: "range", min: 0, max: steps, step: 1, disabled: high === low, input: () => page.state.set(key, input.value, fallback) });
  const show = () => {
    input.value = page.state.get(key, fallback);
    output.textContent = format(to_value(Number(input.value)));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  page.state.on_change(show);
  show();
  return { node: el("label", { class: "slider" }, label, input, output), value: () => to_value(Number(input.value)) };
}

export function add_explorer(page: Page, document: Prediction, grid: Grid): void {
  const last = <T>(values: T[]) => values[values.length - 1];
  const batch = slider(page, "e-batch", "Batch per GPU", grid.batches[0], last(grid.batches), document.batch_per_gpu, plain, true);
  const link = slider(page, "e-link", "Link bandwidth", grid.bandwidth_factors[0], last(grid.bandwidth_factors), 1, (v) => `${plain(v)}\u00d7 of today`);
  const all_counts = grid.systems.flatMap((surface) => surface.gpus);
  const gpus = slider(page, "e-gpus", "Up to GPUs", 1, Math.max(...all_counts), Math.max(...all_counts), plain, true);
  const priced = grid.systems.some((surface) => surface.gpu_price);
  const price = priced ? slider(page, "e-price", "Price of a GPU", 0.25, 4, 1, (v) => `${plain(v)}\u00d7 of today`) : null;
  const currency = grid.systems.find((surface) => surface.gpu_price)?.gpu_price?.currency ?? "";

  const curve = (surface: GridSurface) => surface.gpus.flatMap((n, index) => {
    if (n > gpus.value()) return [];
    const at = (values: (number | null)[]) => value_at(grid, surface, values, batch.value(), link.value(), index);
    const speedup = at(surface.speedup);
    const cost = price && surface.gpu_price && speedup ? (price.value() * surface.gpu_price.amount * n) / speedup : null;
    return [{ gpus: n, speedup, throughput: at(surface.throughput), cost }];
  });
  const costs = () => price !== null && page.state.get("e-show", "speedup") === "cost";
  const shown = (p: { speedup: number | null; cost: number | null }) => (costs() ? p.cost : p.speedup);
  const format = (value: number | null | undefined) => (costs() ? money(value, currency) : times(value));
  const visible = () => {
    const hidden = page.state.members("hide");
    return grid.systems.filter(({ system }) => !hidden.has(system));
  };
  const index_of = (system: string) => Math.max(0, document.curves.findIndex((c) => c.system === system));
  const option = (): Option => {
    const { palette } = page.theme;
    const ends = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192].filter((n) => n < gpus.value()).concat(gpus.value());
    const most = gpus.value();
    const kind = most > 16 ? "log" : "linear";
    const curves = visible().map((surface) => ({ surface, points: curve(surface) }));
    const values = curves.flatMap(({ points }) => points.flatMap((p) => shown(p) ?? []));
    const ideal = costs() ? [] : [reference_line("ideal", palette.muted, ends.map((n) => [n, n]))];
    return {
      ...frame(palette),
      ...tooltip(palette, "axis", (params) => el("div", {}, el("div", {}, `${params[0].axisValue} GPUs, interpolated`),
        ...params.filter((p: any) => p.seriesName !== "ideal").map((p: any) => el("div", {}, el("strong", {}, `${p.seriesName}: ${format(p.value[1])}`))))),
      xAxis: value_axis(palette, "GPUs", { kind, base: 2, format: plain, extra: { min: 1, minInterval: 1 } }),
      yAxis: costs()
        ? vertical(palette, `${currency} per speed-up`, { format: count, extra: { min: 0 } })
        : vertical(palette, "speed-up", { format: times, kind, base: 2, extent: [1, most, ...values] }),
      series: [
        ...curves.map(({ surface, points }) => line_series(surface.system, page.theme.mark(index_of(surface.system)), points.map((p) => [p.gpus, shown(p)]))),
        ...ideal],
    };
  };
  const rows = (): Rows => ({
    columns: [{ title: "System", key: "system" }, { title: "GPUs", key: "gpus" }, { title: "Speed-up", key: "speedup", format: times },
      { title: "Throughput", key: "throughput", format: plain },
      { title: "Cost per speed-up", key: "cost_per_speedup", format: (v) => money(v, currency) }],
    rows: visible().flatMap((surface) => curve(surface).map((p) => [surface.system, p.gpus, p.speedup, p.throughput, p.cost])),
  });
  page.chart({
    title: "Explorer", wide: true, height: 380, option, rows,
    note: `Interpolated between ${grid.batches.length} batch sizes and ${grid.bandwidth_factors.length} link speeds that scalesim simulated; ask scalesim itself before you buy.`,
    legend: () => visible().map(({ system }) => ({ name: system, mark: page.theme.mark(index_of(system)) })),
    controls: [batch.node, link.node, gpus.node, ...(price ? [price.node, choice(page.state, "e-show", "Show", [["speedup", "Speed-up"], ["cost", "Cost per speed-up"]])] : [])],
  });
}
