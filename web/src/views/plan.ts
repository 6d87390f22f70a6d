// What to buy: every offer as a point of price and speed, the Pareto front, and a table that compares chosen ones.
import { frame, tooltip, value_axis, vertical, type AxisKind, type Option } from "../chart";
import { add_inputs, add_warnings } from "../common";
import { choice, switches } from "../controls";
import { el } from "../dom";
import { count, money, plain, seconds, times, watts } from "../format";
import type { Page } from "../page";
import type { Offer, Plan } from "../schema";
import type { Cell, Column, Rows } from "../table";
import { Comparison, title_of } from "./comparison";

const COSTS: [string, string][] = [["capex", "Purchase"], ["own3", "3 years of ownership"], ["cost_per_speedup", "Cost per speed-up"]];
const SPEEDS: [string, string][] = [["speedup", "Speed-up"], ["throughput", "Throughput"]];

export function offer_columns(currency: string): Column[] {
  const price = (value: number) => money(value, currency);
  return [
    { title: "Offer", key: "offer" }, { title: "System", key: "system" }, { title: "GPU", key: "gpu" }, { title: "Nodes", key: "nodes" }, { title: "GPUs", key: "gpus" },
    { title: "Strategy", key: "strategy" }, { title: "Purchase", key: "capex", format: price }, { title: "Running, per year", key: "opex_per_year", format: price },
    { title: "Power", key: "power_w", format: watts }, { title: "Speed-up", key: "speedup", format: times }, { title: "Throughput", key: "throughput", format: plain },
    { title: "Cost per speed-up", key: "cost_per_speedup", format: price }, { title: "Time to target", key: "time_to_target_s", format: seconds },
    { title: "On the front", key: "pareto" }, { title: "Fits", key: "fits" }];
}

export function offer_cells(offer: Offer, index: number): Cell[] {
  return [index + 1, offer.system, offer.gpu, offer.nodes, offer.gpus, offer.strategy, offer.capex, offer.opex_per_year, offer.power_w, offer.speedup,
    offer.throughput, offer.cost_per_speedup, offer.time_to_target_s, offer.pareto, offer.fits];
}

const MANY = 4000;

function ends(values: number[]): number[] {
  return values.length ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] : [];
}

class Offers {
  readonly systems: string[];
  readonly currency: string;
  readonly best: number;
  private series_offers: number[][] = [];

  constructor(private page: Page, private document: Plan, private comparison: Comparison) {
    this.systems = [...new Set(document.offers.map((offer) => offer.system))];
    this.currency = document.offers[0]?.currency ?? "";
    const key = (offer: Offer) => JSON.stringify([offer.system, offer.gpu, offer.gpus, offer.nodes, offer.strategy, offer.capex]);
    const best = document.best ? key(document.best) : "";
    this.best = document.offers.findIndex((offer) => key(offer) === best);
  }

  /** The chosen cost of an offer; the choice is read once, for there may be thousands of offers. */
  private cost(): (offer: Offer) => number | null {
    const chosen = this.page.state.get("cost", "capex");
    if (chosen === "own3") return (offer) => (offer.capex === null ? null : offer.capex + 3 * (offer.opex_per_year ?? 0));
    return (offer) => offer[chosen as "capex" | "cost_per_speedup"];
  }

  shown(): number[] {
    const hidden = this.page.state.members("hide");
    const fitting = this.page.state.get("fits", "fitting") === "fitting";
    return this.document.offers.flatMap((offer, index) => (hidden.has(offer.system) || (fitting && !offer.fits) ? [] : [index]));
  }

  option(): Option {
    const { palette } = this.page.theme;
    const { offers } = this.document;
    const [kind_x, kind_y] = [this.page.state.get("x", "log") as AxisKind, this.page.state.get("y", "log") as AxisKind];
    const cost = this.cost();
    const speed = this.page.state.get("speed", "speedup") as "speedup" | "throughput";
    const place = (index: number) => [cost(offers[index]), offers[index][speed]];
    const drawable = this.shown().filter((index) => cost(offers[index]) !== null);
    const front = drawable.filter((index) => offers[index].pareto).sort((a, b) => cost(offers[a])! - cost(offers[b])!);
    const by_system = this.systems.map((system) => drawable.filter((index) => offers[index].system === system));
    const compared = this.comparison.members().filter((index) => drawable.includes(index));
    this.series_offers = [...by_system, front, this.best >= 0 && drawable.includes(this.best) ? [this.best] : [], compared];
    const name_y = SPEEDS.find(([key]) => key === this.page.state.get("speed", "speedup"))![1];
    const name_x = COSTS.find(([key]) => key === this.page.state.get("cost", "capex"))![1];
    return {
      ...frame(palette),
      ...tooltip(palette, "item", (p) => this.hover(this.series_offers[p.seriesIndex]?.[p.dataIndex])),
      xAxis: value_axis(palette, `${name_x} (${this.currency})`, { kind: kind_x, format: count, extent: ends(drawable.map((index) => cost(offers[index])!)), extra: kind_x === "linear" ? { scale: true } : {} }),
      yAxis: vertical(palette, name_y, { kind: kind_y, base: 2, format: plain, extent: ends(drawable.map((index) => offers[index][speed])) }),
      series: [
        ...by_system.map((members, index) => {
          const mark = this.page.theme.mark(index);
          // Thousands of points are drawn in one go, and very many as dots; they still answer to hovering and clicks.
          return { type: "scatter", name: this.systems[index], symbol: mark.symbol, symbolSize: drawable.length > MANY ? 3.5 : members.length > 500 ? 5 : 8, color: mark.color,
            itemStyle: { color: mark.color, opacity: 0.65 }, large: members.length > 500, largeThreshold: 500, data: members.map(place), emphasis: { disabled: true } };
        }),
        { type: "line", name: "Pareto front", data: front.map(place), step: "end", symbol: "circle", symbolSize: 7, color: palette.text,
          itemStyle: { color: palette.surface, borderColor: palette.text, borderWidth: 2 }, lineStyle: { color: palette.text, width: 2 }, emphasis: { disabled: true }, z: 4 },
        { type: "scatter", name: "best", data: this.series_offers[this.systems.length + 1].map(place), symbol: "path://M0,-10L2.9,-3.1L10,-3.1L4.4,1.6L6.2,9L0,4.6L-6.2,9L-4.4,1.6L-10,-3.1L-2.9,-3.1Z", symbolSize: 24,
          itemStyle: { color: palette.slow, borderColor: palette.surface, borderWidth: 1.5 }, z: 6 },
        { type: "scatter", name: "compared", data: compared.map(place), symbol: "circle", symbolSize: 18, itemStyle: { color: "transparent", borderColor: palette.text, borderWidth: 2.5 }, z: 5, silent: true }],
    };
  }

  private hover(index: number | undefined): HTMLElement | string {
    const offer = index === undefined ? undefined : this.document.offers[index];
    if (!offer) return "";
    return el("div", {}, el("strong", {}, title_of(offer, index!)), el("div", {}, `${times(offer.speedup)}, ${plain(offer.throughput)} samples/s`),
      el("div", {}, `purchase ${money(offer.capex, this.currency)}, ${money(offer.opex_per_year, this.currency)} a year`),
      el("div", {}, `${money(offer.cost_per_speedup, this.currency)} per speed-up, ${watts(offer.power_w)}`),
      offer.pareto ? el("div", {}, "on the Pareto front") : "", offer.fits ? "" : el("div", {}, "does not fit in memory"));
  }

  /** The offer of a clicked mark. */
  clicked(params: any): void {
    const index = this.series_offers[params.seriesIndex]?.[params.dataIndex];
    if (index !== undefined) this.comparison.toggle(index);
  }

  private made: { of: string; rows: Rows } | undefined;

  /** The list is made anew only when what is shown changed. */
  rows(): Rows {
    const of = this.page.state.get("hide", "") + this.page.state.get("fits", "");
    if (this.made?.of !== of) this.made = { of, rows: this.make_rows() };
    return this.made.rows;
  }

  private make_rows(): Rows {
    return { columns: offer_columns(this.currency), rows: this.shown().map((index) => offer_cells(this.document.offers[index], index)) };
  }

  legend() {
    return [...this.systems.map((name, index) => ({ name, mark: { ...this.page.theme.mark(index), dash: [0, 99] } })),
      { name: "Pareto front", mark: { color: this.page.theme.palette.text, dash: [], symbol: "circle" } }];
  }
}

export function show_plan(page: Page, document: Plan): void {
  const comparison = new Comparison(page, document.offers);
  const offers = new Offers(page, document, comparison);
  page.control(switches(page.state, "hide", "Systems", offers.systems, (i) => ({ ...page.theme.mark(i), dash: [0, 99] })));
  page.control(choice(page.state, "cost", "Cost", COSTS));
  page.control(choice(page.state, "speed", "Speed", SPEEDS));
  const axes: [string, string][] = [["log", "Log"], ["linear", "Linear"]];
  page.control(choice(page.state, "x", "Cost axis", axes));
  page.control(choice(page.state, "y", "Speed axis", axes));
  page.control(choice(page.state, "fits", "Offers", [["fitting", "That fit"], ["all", "All"]]));
  add_warnings(page, document);
  if (document.best)
    page.section("The best offer", el("p", { class: "best" }, `${title_of(document.best, offers.best)}: ${times(document.best.speedup)} for ${money(document.best.capex, document.best.currency)}`),
      el("p", { class: "note" }, `${money(document.best.cost_per_speedup, document.best.currency)} per speed-up, ${watts(document.best.power_w)}, ${money(document.best.opex_per_year, document.best.currency)} a year to run.`)).classList.add("wide");
  page.chart({
    title: "Price and speed", wide: true, height: 520, option: () => offers.option(), rows: () => offers.rows(), legend: () => offers.legend(),
    note: "Every offer is a point; the line joins those that nothing beats in both price and speed (the Pareto front); the star is the best. Click a point to compare it.",
    click: (params) => offers.clicked(params),
  });
  comparison.add();
  page.table("Offers", () => offers.rows(), "Tick offers to compare them.", 25, {
    title: "Compare", cell: (row) => comparison.box(Number(row[0]) - 1) });
  add_inputs(page, document.inputs);
  const front = document.offers.filter((offer) => offer.pareto).length;
  page.finish("Which cluster to buy", "plan", [["Offers", plain(document.offers.length)], ["On the Pareto front", plain(front)], ["Systems", plain(offers.systems.length)], ["Currency", offers.currency]]);
}
