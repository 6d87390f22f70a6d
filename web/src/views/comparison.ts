// The chosen offers side by side: a column each, what is best in every row marked.
import { el } from "../dom";
import type { Page } from "../page";
import type { Offer, Plan } from "../documents/plan";
import type { Cell } from "../table";
import { offer_columns } from "./plan";

export function title_of(offer: Offer, index: number): string {
  const what = offer.title ?? `${offer.gpus} \u00d7 ${offer.gpu}, ${offer.system}`;
  return `${index >= 0 ? `#${index + 1}: ` : ""}${what}, ${offer.strategy}`;
}

const LESS_IS_BETTER = new Set(["capex", "opex_per_year", "power_w", "cost_per_speedup", "time_to_target_s", "cost", "cost_of_run", "cost_per_million", "co2_kg_of_run"]);
const MORE_IS_BETTER = new Set(["speedup", "throughput"]);

export class Comparison {
  private place = el("div", {});

  private offers: Offer[];

  constructor(private page: Page, private document: Plan) {
    this.offers = document.offers;
  }

  members(): number[] {
    return [...this.page.state.members("compare")].map(Number).filter((index) => index >= 0 && index < this.offers.length);
  }

  toggle(index: number): void {
    this.page.state.toggle("compare", String(index));
  }

  /** The check box of an offer in the list of offers. */
  box(index: number): HTMLElement {
    return el("input", { type: "checkbox", checked: this.members().includes(index), "aria-label": `Compare offer ${index + 1}`, change: () => this.toggle(index) });
  }

  add(): void {
    this.page.section("Comparison", this.place).classList.add("wide");
    this.page.on_redraw(() => this.draw());
  }

  private draw(): void {
    const members = this.members();
    if (!members.length) {
      this.place.replaceChildren(el("p", { class: "note" }, "Click points above, or tick offers below, to put them side by side."));
      return;
    }
    const columns = offer_columns(this.document);
    const cells = members.map((index) => columns.map((column) => column.value(this.offers[index], index)));
    const row = (at: number) => {
      const values = cells.map((cell) => cell[at]);
      const best = this.best(columns[at].key, values);
      return el("tr", {}, el("th", { scope: "row" }, columns[at].title), ...values.map((value) =>
        el("td", { class: typeof value === "number" ? "number" : undefined, "data-value": value === null || value === undefined ? "" : String(value) },
          members.length > 1 && value === best ? el("strong", { title: "best of these" }, this.text(columns[at], value), " \u2713") : this.text(columns[at], value))));
    };
    this.place.replaceChildren(
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Comparison of offers" },
        el("table", { class: "comparison" },
          el("caption", { class: "hidden" }, "Comparison of offers"),
          el("thead", {}, el("tr", {}, el("td", {}), ...members.map((index) => el("th", { scope: "col" }, `#${index + 1} `,
            el("button", { type: "button", "aria-label": `Remove offer ${index + 1}`, click: () => this.toggle(index) }, "\u2715"))))),
          el("tbody", {}, ...columns.map((_, at) => at).slice(1).map(row)))),
      el("p", { class: "tools" }, el("button", { type: "button", click: () => this.page.state.replace("compare", new Set()) }, "Clear")));
  }

  private best(key: string, values: Cell[]): number | null {
    const numbers = values.filter((value): value is number => typeof value === "number");
    if (!numbers.length) return null;
    if (LESS_IS_BETTER.has(key)) return Math.min(...numbers);
    return MORE_IS_BETTER.has(key) ? Math.max(...numbers) : null;
  }

  private text(column: { format?: (value: any, row: Cell[]) => string | Node }, value: Cell): string | Node {
    if (value === null || value === undefined) return "\u2013";
    return column.format ? column.format(value, []) : typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  }
}
