// What the largest point of each curve depends on, what to change first, and what is left of it over weeks.
import { swatch } from "../controls";
import { el } from "../dom";
import { percent, plain, seconds } from "../format";
import type { Page } from "../page";
import type { Curve, Explanation, Point, Prediction } from "../documents/prediction";
import { known_columns, type Rows } from "../table";

type Shown = () => { curve: Curve; index: number }[];

/** The largest point that fits; the largest of all when none does. */
export function largest(curve: Curve): Point | undefined {
  return [...curve.points].reverse().find((point) => point.fits) ?? curve.points[curve.points.length - 1];
}

const signed = (gain: number) => `${gain > 0 ? "+" : ""}${percent(gain)}`;

function words(curve: Curve, { first, layer, layer_share, gpus }: Explanation): string {
  const pace = largest(curve)?.pace;
  return [`${gpus} GPU${gpus === 1 ? "" : "s"}: ${first ? `change first: ${first}` : "nothing to change brings more than half a per cent"}.`,
    layer ? `The longest layer is ${layer}, ${percent(layer_share)} of the compute.` : "",
    pace ? `The others wait for ${pace}.` : ""].filter((part) => part).join(" ");
}

function change_rows(shown: Shown): Rows {
  const explained = shown().flatMap(({ curve }) => (curve.explanation ? [{ curve, explanation: curve.explanation }] : []));
  const all = explained.flatMap(({ explanation: e }) => [...e.sensitivity, ...e.switches]);
  const most = Math.max(1e-9, ...all.map(({ gain }) => Math.abs(gain)));
  const bar = (gain: number) =>
    el("span", {}, signed(gain), el("span", { class: `cell-bar ${gain < 0 ? "second" : ""}`, style: `width:${(100 * Math.abs(gain)) / most}%` }));
  return {
    columns: [{ title: "Change", key: "what" }, { title: "Throughput", key: "gain", format: bar }, { title: "How", key: "kind" }, { title: "System", key: "system" }, { title: "GPUs", key: "gpus" }],
    rows: explained.flatMap(({ curve, explanation: e }) => [
      ...e.sensitivity.map(({ what, gain }) => [what, gain, "10 % better", curve.system, e.gpus]),
      ...e.switches.map(({ what, gain }) => [what, gain, "switch", curve.system, e.gpus])]),
  };
}

export function add_explanations(page: Page, document: Prediction, shown: Shown): void {
  if (!document.curves.some((curve) => curve.explanation)) return;
  const list = el("dl", { class: "choices" });
  page.on_redraw(() => list.replaceChildren(...shown().flatMap(({ curve, index }) => (curve.explanation ? [
    el("dt", {}, swatch(page.theme.mark(index)), " ", curve.system), el("dd", {}, words(curve, curve.explanation))] : []))));
  const node = page.table("What to change first", () => change_rows(shown),
    "At the largest number of GPUs that fits: what each thing brings when it alone is 10 % better, and what the switches you have bring.", 12);
  node.querySelector(".note")!.after(list);
}

export function add_long_run(page: Page, document: Prediction, shown: Shown): void {
  if (!document.curves.some((curve) => curve.points.some((point) => point.goodput !== undefined))) return;
  const unit = document.curves[0].points[0]?.throughput_unit ?? "";
  page.table("Over weeks", () => known_columns({
    columns: [
      { title: "System", key: "system" }, { title: "GPUs", key: "gpus" }, { title: "Of the time trains", key: "goodput", format: percent },
      { title: `Sustained ${unit}`, key: "sustained_throughput", format: plain }, { title: "A failure every", key: "mean_failure_s", format: seconds },
      { title: "A checkpoint takes", key: "checkpoint_s", format: seconds }, { title: "One every", key: "checkpoint_interval_s", format: seconds },
      { title: "An evaluation takes", key: "evaluation_s", format: seconds }],
    rows: shown().flatMap(({ curve }) => {
      const p = largest(curve);
      return p ? [[curve.system, p.gpus, p.goodput, p.sustained_throughput, p.mean_failure_s, p.checkpoint_s || null, p.checkpoint_interval_s, p.evaluation_s || null]] : [];
    }),
    cards: true,
  }), "What failures, checkpoints and evaluations leave of the throughput in a long run (goodput), at the largest number of GPUs that fits.", 10);
}
