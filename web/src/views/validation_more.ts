// What stands beside the tables of a validation: errors by kind, rules of thumb, and fits to the user's own measurements.
import { el } from "../dom";
import { bandwidth, percent, plain, times } from "../format";
import type { Page } from "../page";
import type { FittedRow, ValidationFit, ValidationGroup, ValidationRule } from "../documents/validation";
import { known_columns, type Rows } from "../table";

export function add_groups(page: Page, groups: ValidationGroup[]): void {
  if (!groups.length) return;
  page.table("Errors by kind", () => ({
    columns: [
      { title: "Kind", key: "kind" }, { title: "Fitted to", key: "fitted" }, { title: "Points", key: "points" }, { title: "Mean error", key: "mape", format: percent },
      { title: "Median error", key: "median", format: percent }, { title: "Bias", key: "bias", format: percent }, { title: "Worst error", key: "worst", format: percent }],
    rows: groups.map((g) => [g.kind, g.fitted, g.points, g.mape, g.median, g.bias, g.worst]),
  }), "Tables that constants were fitted to are counted apart: only the others say how right a new prediction will be.");
}

/** "0.87, 0.65, 0.51": what the second, third, ... unit adds. */
const shares = (values: number[]) => values.map((value) => plain(value)).join(", ");

/** What the rule implies: of the machine, of the batch, of the shape that a machine would have. */
function add_rule_details(page: Page, rule: ValidationRule): void {
  const unit = rule.unit ?? "unit";
  if (rule.implied?.length)
    page.table(`What the rule ${rule.name} says of a step`, () => known_columns({
      columns: [{ title: `${unit}s`, key: "units" }, { title: "Step", key: "step", format: times }, { title: "Spent waiting", key: "exposed_share", format: percent },
        { title: "Bus bandwidth", key: "bus_bandwidth", format: bandwidth }],
      rows: rule.implied!.map((i) => [i.units, i.step, i.exposed_share, i.bus_bandwidth]),
    }), "Against the step of one; the bandwidth is what the nearest work would see with nothing hidden.").classList.remove("wide");
  if (rule.batches?.length)
    page.table(`Batches that obey the rule ${rule.name}`, () => ({
      columns: [{ title: "Model", key: "model" }, { title: "GPU", key: "gpu" }, { title: "Batch per GPU", key: "batch_per_gpu", format: plain }],
      rows: rule.batches!.map((b) => [b.model, b.gpu, b.batch_per_gpu]),
    }), "A dash: none of those tried does.", 10).classList.remove("wide");
  if (rule.shapes?.length)
    page.table(`Shapes of machines and the rule ${rule.name}`, () => ({
      columns: [{ title: "Shape", key: "name" }, { title: "Each further one adds", key: "marginal" }, { title: "Off by at most", key: "worst", format: percent }, { title: "Possible", key: "possible" }],
      rows: rule.shapes!.map((s) => [s.name, shares(s.marginal), s.worst, s.possible]),
      cards: true,
    }));
}

export function add_rules(page: Page, rules: ValidationRule[]): void {
  for (const rule of rules) {
    page.section(`Rule: ${rule.name}`, el("p", {}, rule.description), el("p", { class: "note" }, rule.source),
      rule.sentences.length ? el("ul", {}, ...rule.sentences.map((text) => el("li", {}, text))) : null).classList.add("wide");
    add_rule_details(page, rule);
    if (rule.workloads.length)
      page.table(`Work that the rule ${rule.name} may come from`, () => ({
        columns: [
          { title: "Model", key: "model" }, { title: "GPU", key: "gpu" }, { title: "Batch per GPU", key: "batch_per_gpu" }, { title: "Strategy", key: "strategy" },
          { title: "Each further one adds", key: "marginal" }, { title: "Off by", key: "distance", format: percent }, { title: "Fits", key: "fits" }],
        rows: rule.workloads.map((w) => [w.model, w.gpu, w.batch_per_gpu, w.strategy, shares(w.marginal), w.distance, w.fits]),
        cards: true,
      }), undefined, 10);
  }
}

function fitted_rows(rows: FittedRow[]): Rows {
  return known_columns({
    columns: [
      { title: "GPUs", key: "gpus" }, { title: "Measured", key: "measured_speedup", format: times }, { title: "Predicted", key: "predicted_speedup", format: times },
      { title: "Low", key: "low", format: times }, { title: "High", key: "high", format: times }, { title: "Error", key: "error", format: percent }, { title: "Simulated", key: "simulated_speedup", format: times }],
    rows: rows.map((r) => [r.gpus, r.measured_speedup, r.predicted_speedup, r.low, r.high, r.error, r.simulated_speedup]),
  });
}

const lines = (text: string | string[]) => (Array.isArray(text) ? text : text ? [text] : []);

export function add_fits(page: Page, fits: ValidationFit[]): void {
  for (const fit of fits) {
    page.section(`Fit: ${fit.curve}`, el("p", {}, `${plain(fit.rows)} rows, residual ${percent(fit.residual)}${fit.noise === undefined ? "" : `, noise ${percent(fit.noise)}`}`),
      el("ul", {}, ...[...lines(fit.reading), ...lines(fit.notes)].map((text) => el("li", {}, text)))).classList.add("wide");
    page.table(`Parameters of ${fit.curve}`, () => ({
      columns: [
        { title: "Parameter", key: "name" }, { title: "Value", key: "value", format: plain }, { title: "Low", key: "low", format: plain }, { title: "High", key: "high", format: plain },
        { title: "Can be told", key: "identifiable" }, { title: "Remark", key: "remark" }],
      rows: fit.parameters.map((p) => [p.name, p.value, p.low, p.high, p.identifiable, p.remark]),
    }));
    if (fit.held_out.length) page.table(`Left out of the fit: ${fit.curve}`, () => fitted_rows(fit.held_out), "Predicted without having seen them.");
    if (fit.next.length) page.table(`What comes next: ${fit.curve}`, () => fitted_rows(fit.next));
  }
}
