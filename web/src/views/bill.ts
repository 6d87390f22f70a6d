// What the best offer is made of and what owning it costs, line by line, with where each price comes from.
import { el } from "../dom";
import { money, percent, plain, with_unit } from "../format";
import type { Page } from "../page";
import type { BillLine, Offer, Ownership, Plan } from "../documents/plan";
import type { Rows } from "../table";

/** Ownership as people name it: [key, words, how it is shown]. */
const OWNERSHIP: [keyof Ownership, string, "money" | "plain"][] = [
  ["parts", "parts", "money"], ["spares", "spares", "money"], ["energy_per_year", "energy, a year", "money"],
  ["colocation_per_year", "colocation, a year", "money"], ["maintenance_per_year", "maintenance, a year", "money"], ["staff_per_year", "staff, a year", "money"],
  ["total", "owning it, all years", "money"], ["per_hour", "an hour of work", "money"], ["rent_per_hour", "renting as many GPUs, an hour", "money"],
  ["break_even_months", "months after which buying is cheaper", "plain"], ["kwh_per_year", "kWh a year", "plain"], ["co2_kg_per_year", "kg of CO\u2082 a year", "plain"]];

function bill_rows(bill: BillLine[], currency: string): Rows {
  const whole = Math.max(1e-9, bill.reduce((sum, line) => sum + line.total, 0));
  const price = (value: number) => money(value, currency);
  const bar = (value: number) => el("span", { title: percent(value / whole) }, price(value), el("span", { class: "cell-bar", style: `width:${(100 * value) / whole}%` }));
  return {
    columns: [
      { title: "Part", key: "part" }, { title: "For", key: "role" }, { title: "Pieces", key: "count" }, { title: "Each", key: "unit_price", format: price },
      { title: "Together", key: "total", format: bar }, { title: "Price is", key: "kind" }, { title: "Date", key: "date" }, { title: "Source", key: "source" }],
    rows: bill.map((line) => [line.part, line.role, line.count, line.unit_price, line.total, line.kind, line.date, line.source]),
    cards: true,
  };
}

function ownership_rows(offer: Offer): Rows {
  const known = OWNERSHIP.filter(([key]) => offer.ownership![key] !== null && offer.ownership![key] !== undefined && offer.ownership![key] !== 0);
  const formats = new Map(known.map(([, words, kind]) => [words, kind]));
  return {
    columns: [
      { title: "Cost", key: "cost" },
      { title: `Amount (${offer.currency})`, key: "amount", format: (value, row) => formats.get(String(row[0])) === "money" ? money(value, offer.currency) : plain(value) }],
    rows: known.map(([key, words]) => [words, offer.ownership![key]]),
  };
}

export function add_bill(page: Page, document: Plan): void {
  const { best, bill } = document;
  if (!best || !bill?.length) return;
  page.table("Bill of materials", () => bill_rows(bill, best.currency), "Of the best offer, the whole cluster: bars are shares of the purchase.", 50);
  if (best.ownership) page.table("Cost of owning it", () => ownership_rows(best)).classList.remove("wide");
}

/** Inputs that, changed so far, make another offer the best. */
export function add_tipping(page: Page, document: Plan): void {
  const tipping = document.tipping ?? [];
  if (!tipping.length) return;
  const value = (number: number, row: unknown[]) => (row[4] === document.best?.currency ? money(number, row[4] as string) : with_unit(number, String(row[4])));
  page.table("What would change the decision", () => ({
    columns: [{ title: "Input", key: "input" }, { title: "Change", key: "change", format: (v) => `${v > 0 ? "+" : ""}${percent(v)}` }, { title: "Now", key: "now", format: value },
      { title: "From", key: "then", format: value }, { title: "Unit", key: "unit" }, { title: "Then better", key: "overtaken_by" }],
    rows: tipping.map((t) => [t.input, t.then / t.now - 1, t.now, t.then, t.unit, t.overtaken_by]), cards: true,
  }), "Each input changed alone, everything else as it is: from there on, another offer costs less per speed-up.", 10);
}

export function add_rejected(page: Page, document: Plan): void {
  const rejected = document.rejected ?? [];
  if (!rejected.length) return;
  page.table("Put aside", () => ({
    columns: [{ title: "Cluster", key: "title" }, { title: "Why", key: "reason" }],
    rows: rejected.map(({ title, reason }) => [title, reason]), cards: true,
  }), `${plain(rejected.length)} clusters do not meet a limit or cannot train the model.`, 6).classList.remove("wide");
}
