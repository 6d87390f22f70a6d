// What every document may carry: warnings and findings on top, inputs with their provenance at the end.
import { el } from "./dom";
import { bandwidth, with_unit } from "./format";
import type { Page } from "./page";
import type { Input } from "./documents/prediction";
import type { Finding } from "./documents/topology";

const STRENGTH = ["measured", "calibrated", "datasheet", "price list", "assumed"];

/** The word, with a bar that is full for "measured" and nearly empty for "assumed". */
export function provenance_badge(provenance: string): HTMLElement {
  const rank = STRENGTH.indexOf(provenance);
  const filled = rank < 0 ? 0 : STRENGTH.length - rank;
  return el("span", { class: "badge" },
    el("span", { class: "strength", "aria-hidden": "true" }, "\u25ae".repeat(filled) + "\u25af".repeat(STRENGTH.length - filled)),
    " ", provenance);
}

export function add_warnings(page: Page, document: { warnings?: string[] }): void {
  if (!document.warnings?.length) return;
  page.section("Warnings", el("ul", {}, ...document.warnings.map((text) => el("li", {}, text)))).classList.add("wide", "warnings");
}

const SIGNS: Record<string, string> = { error: "\u2716", warning: "\u25b2", advice: "\u25c6", note: "\u25cf" };

export function add_findings(page: Page, title: string, findings: Finding[]): void {
  if (!findings.length) return;
  page.section(title, el("ul", { class: "findings" }, ...findings.map(({ severity, code, text, advice, cost }) =>
    el("li", { class: `finding-${severity in SIGNS ? severity : "note"}` },
      el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[severity] ?? SIGNS.note),
      el("strong", {}, severity), " ", text, code ? el("code", {}, code) : null,
      advice ? el("div", { class: "advice-text" }, "\u2192 ", advice) : null, cost ? el("div", { class: "advice-text" }, "costs ", bandwidth(cost)) : null)))).classList.add("wide");
}

export function add_inputs(page: Page, inputs: Input[] | undefined): void {
  if (!inputs?.length) return;
  const cells = (input: Input) => [input.name, input.value, input.unit, input.provenance, input.source];
  const texts = new Map(inputs.map((input) => [cells(input).join("\n"), input.text]));
  page.table("Inputs and where they come from", () => ({
    columns: [
      { title: "Input", key: "name" },
      { title: "Value", key: "value", format: (value, row) => texts.get(row.join("\n")) || with_unit(value, String(row[2])) },
      { title: "Unit", key: "unit" },
      { title: "Provenance", key: "provenance", format: provenance_badge },
      { title: "Source", key: "source" },
    ],
    rows: inputs.map(cells), cards: true,
  }), "Measured beats calibrated beats datasheet; a price list and an assumption are the weakest. Measure what matters most to you.");
}
