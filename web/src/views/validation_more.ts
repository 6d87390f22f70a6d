// What stands beside the tables of a validation: errors by kind, rules of thumb, and fits to the user's own measurements.
import { el } from "../dom";
import { percent, plain, times } from "../format";
import type { Page } from "../page";
import type { FittedRow, ValidationFit, ValidationGroup, ValidationRule } from "../schema";
import type { Rows } from "../table";

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

export function add_rules(page: Page, rules: ValidationRule[]): void {
  for (const rule of rules) {
    page.section(`Rule: ${rule.name}`, el("p", {}, rule.description), el("p", { class: "note" }, rule.source),
      rule.sentences.length ? el("ul", {}, ...rule.sentences.map((text) => el("li", {}, text))) : null).classList.add("wide");
    if (rule.workloads.length)
      page.table(`Work that the rule ${rule.name} may come from`, () => ({
        columns: [
          { title: "Model", key: "model" }, { title: "GPU", key: "gpu" }, { title: "Batch per GPU", key: "batch_per_gpu" }, { title: "Strategy", key: "strategy" },
          { title: "Each further one adds", key: "marginal" }, { title: "Off by", key: "distance", format: percent }, { title: "Fits", key: "fits" }],
        rows: rule.workloads.map((w) => [w.model, w.gpu, w.batch_per_gpu, w.strategy, shares(w.marginal), w.distance, w.fits]),
      }), undefined, 10);
  }
}

function fitted_rows(rows: FittedRow[]): Rows {
  return {
    columns: [
      { title: "GPUs", key: "gpus" }, { title: "Measured", key: "measured_speedup", format: times }, { title: "Predicted", key: "predicted_speedup", format: times },
      { title: "Low", key: "low", format: times }, { title: "High", key: "high", format: times }, { title: "Error", key: "error", format: percent }],
    rows: rows.map((r) => [r.gpus, r.measured_speedup, r.predicted_speedup, r.low, r.high, r.error]),
  };
}

const lines = (text: string | string[]) => (Array.isArray(text) ? text : text ? [text] : []);

export function add_fits(page: Page, fits: ValidationFit[]): void {
  for (const fit of fits) {
    page.section(`Fit: ${fit.curve}`, el("p", {}, `${plain(fit.rows)} rows, residual ${percent(fit.residual)}`),
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
