// What to buy: every offer as a point of price and speed, the Pareto front, and a table that compares chosen ones.
import { frame, tooltip, value_axis, vertical, type AxisKind, type Option } from "../chart";
import { add_warnings } from "../common";
import { choice, switches } from "../controls";
import { el } from "../dom";
import { bytes, count, money, percent, plain, seconds, times, watts } from "../format";
import type { Page } from "../page";
import type { Offer, Plan } from "../documents/plan";
import type { Cell, Column, Rows } from "../table";
import { add_bill, add_rejected, add_tipping } from "./bill";
import { Comparison, title_of } from "./comparison";

/** What the horizontal axis may show. Rented clusters have no purchase. */
function costs_of(document: Plan): [string, string][] {
  const years = document.years ?? 3;
  const owned: [string, string] = ["owned", `${years} years of ${document.rent ? "rent" : "ownership"}`];
  const purchase: [string, string] = ["capex", "Purchase"], each: [string, string] = ["cost_per_speedup", "Cost per speed-up"];
  if (document.rent) return [owned, each];
  // The front is of the cost over the years, where the document knows it.
  return document.offers.some((offer) => typeof offer.cost === "number") ? [owned, purchase, each] : [purchase, owned, each];
}
const SPEEDS: [string, string][] = [["speedup", "Speed-up"], ["throughput", "Throughput"]];

type OfferColumn = Column & { value: (offer: Offer, index: number) => Cell };

/** What is known of the offers, most asked for first; a column of which no offer knows anything is left out. */
export function offer_columns(document: Plan): OfferColumn[] {
  const { offers } = document;
  const price = (value: number) => money(value, offers[0]?.currency ?? "");
  const of = (title: string, key: keyof Offer, format?: Column["format"]): OfferColumn => ({ title, key, format, value: (offer) => offer[key] as Cell });
  const all = [
    { title: "Offer", key: "offer", value: (_: Offer, index: number) => index + 1 }, of("System", "system"), of("GPU", "gpu"), of("Nodes", "nodes"), of("GPUs", "gpus"),
    of("Strategy", "strategy"), of("Purchase", "capex", price), of("Running, per year", "opex_per_year", price), of(`Over ${document.years ?? 3} years`, "cost", price),
    of("Power", "power_w", watts), of("Speed-up", "speedup", times), of("Low", "speedup_low", times), of("High", "speedup_high", times),
    of("Throughput", "throughput", plain), of("Cost per speed-up", "cost_per_speedup", price), of("Per million samples", "cost_per_million", price),
    of("Best is cheaper in", "beaten_by_best", (v) => `${percent(v)} of draws`), of("Run takes", "time_to_target_s", seconds), of("Run costs", "cost_of_run", price),
    of("CO\u2082 of the run, kg", "co2_kg_of_run", plain), of("NICs of a node", "nic"), of("Fabric", "fabric"), of("Memory per GPU", "memory_bytes", bytes),
    of("Micro-batch", "microbatch"), of("Global batch", "global_batch"), of("On the front", "pareto"), of("Fits", "fits")];
  return all.filter((column) => column.key === "offer" || offers.some((offer) => column.value(offer, 0) !== null && column.value(offer, 0) !== undefined));
}

const MANY = 4000;

/** " (14.4 to 17.2)" where the offer says how sure its speed-up is. */
function range(offer: Offer): string {
  return offer.speedup_low === undefined || offer.speedup_high === undefined ? "" : ` (${plain(offer.speedup_low)} to ${plain(offer.speedup_high)})`;
}

function ends(values: number[]): number[] {
  return values.length ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] : [];
}

class Offers {
  readonly systems: string[];
  readonly currency: string;
  readonly best: number;
  readonly costs: [string, string][];
  private series_offers: number[][] = [];

  constructor(private page: Page, private document: Plan, private comparison: Comparison) {
    this.systems = [...new Set(document.offers.map((offer) => offer.system))];
    this.costs = costs_of(document);
    this.currency = document.offers[0]?.currency ?? "";
    const key = (offer: Offer) => JSON.stringify([offer.system, offer.gpu, offer.gpus, offer.nodes, offer.strategy, offer.capex]);
    const best = document.best ? key(document.best) : "";
    this.best = document.offers.findIndex((offer) => key(offer) === best);
  }

  /** The chosen cost of an offer; the choice is read once, for there may be thousands of offers. */
  private cost(): (offer: Offer) => number | null {
    const chosen = this.page.state.get("cost", this.costs[0][0]);
    const years = this.document.years ?? 3;
    if (chosen === "owned") return (offer) => offer.cost ?? (offer.capex === null ? null : offer.capex + years * (offer.opex_per_year ?? 0));
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
    // A front of other quantities would zigzag: then its points stand alone.
    const rises = front.every((index, i) => i === 0 || offers[index][speed] >= offers[front[i - 1]][speed]);
    const by_system = this.systems.map((system) => drawable.filter((index) => offers[index].system === system));
    const compared = this.comparison.members().filter((index) => drawable.includes(index));
    this.series_offers = [...by_system, front, this.best >= 0 && drawable.includes(this.best) ? [this.best] : [], compared];
    const name_y = SPEEDS.find(([key]) => key === this.page.state.get("speed", "speedup"))![1];
    const name_x = this.costs.find(([key]) => key === this.page.state.get("cost", this.costs[0][0]))![1];
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
          itemStyle: { color: palette.surface, borderColor: palette.text, borderWidth: 2 }, lineStyle: { color: palette.text, width: rises ? 2 : 0 }, emphasis: { disabled: true }, z: 4 },
        { type: "scatter", name: "best", data: this.series_offers[this.systems.length + 1].map(place), symbol: "path://M0,-10L2.9,-3.1L10,-3.1L4.4,1.6L6.2,9L0,4.6L-6.2,9L-4.4,1.6L-10,-3.1L-2.9,-3.1Z", symbolSize: 24,
          itemStyle: { color: palette.slow, borderColor: palette.surface, borderWidth: 1.5 }, z: 6 },
        { type: "scatter", name: "compared", data: compared.map(place), symbol: "circle", symbolSize: 18, itemStyle: { color: "transparent", borderColor: palette.text, borderWidth: 2.5 }, z: 5, silent: true }],
    };
  }

  private hover(index: number | undefined): HTMLElement | string {
    const offer = index === undefined ? undefined : this.document.offers[index];
    if (!offer) return "";
    return el("div", {}, el("strong", {}, title_of(offer, index!)), el("div", {}, `${times(offer.speedup)}${range(offer)}, ${plain(offer.throughput)} ${this.document.throughput_unit ?? "samples/s"}`),
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
    const columns = offer_columns(this.document);
    return { columns, rows: this.shown().map((index) => columns.map((column) => column.value(this.document.offers[index], index))) };
  }

  legend() {
    return [...this.systems.map((name, index) => ({ name, mark: { ...this.page.theme.mark(index), dash: [0, 99] } })),
      { name: "Pareto front", mark: { color: this.page.theme.palette.text, dash: [], symbol: "circle" } }];
  }
}

/** The best offer in words, then the others that a buyer should look at. */
function add_choices(page: Page, document: Plan, offers: Offers): void {
  const { best } = document;
  if (!best) return;
  const same = (offer: Offer) => offer.title !== undefined && offer.title === best.title && offer.strategy === best.strategy;
  const others = ([["Knee of the front", document.knee], ["Next step up", document.next], ["Fastest", document.fastest]] as [string, Offer | null | undefined][])
    .filter((other): other is [string, Offer] => !!other[1] && !same(other[1]));
  const words = (offer: Offer) => `${times(offer.speedup)} for ${money(document.rent ? offer.cost : offer.capex, offer.currency)}, ${money(offer.cost_per_speedup, offer.currency)} per speed-up`;
  page.section("The best offer", el("p", { class: "best" }, `${title_of(best, offers.best)}: ${times(best.speedup)}${range(best)} for ${money(document.rent ? best.cost : best.capex, best.currency)}`),
    el("p", { class: "note" }, `${money(best.cost_per_speedup, best.currency)} per speed-up, ${watts(best.power_w)}, ${money(best.opex_per_year, best.currency)} a year to run.`),
    others.length ? el("dl", { class: "choices" }, ...others.flatMap(([name, offer]) => [el("dt", {}, name), el("dd", {}, `${title_of(offer, -1)}: ${words(offer)}`)])) : null).classList.add("wide");
}

export function show_plan(page: Page, document: Plan): void {
  const comparison = new Comparison(page, document);
  const offers = new Offers(page, document, comparison);
  page.control(switches(page.state, "hide", "Systems", offers.systems, (i) => ({ ...page.theme.mark(i), dash: [0, 99] })));
  page.control(choice(page.state, "cost", "Cost", offers.costs));
  page.control(choice(page.state, "speed", "Speed", SPEEDS));
  const axes: [string, string][] = [["log", "Log"], ["linear", "Linear"]];
  page.control(choice(page.state, "x", "Cost axis", axes));
  page.control(choice(page.state, "y", "Speed axis", axes));
  page.control(choice(page.state, "fits", "Offers", [["fitting", "That fit"], ["all", "All"]]));
  add_warnings(page, document);
  add_choices(page, document, offers);
  page.chart({
    title: "Price and speed", wide: true, height: 520, option: () => offers.option(), rows: () => offers.rows(), legend: () => offers.legend(),
    note: "Every offer is a point; the line joins those that nothing beats in both price and speed (the Pareto front); the star is the best. Click a point to compare it.",
    click: (params) => offers.clicked(params),
  });
  comparison.add();
  add_tipping(page, document);
  add_bill(page, document);
  add_rejected(page, document);
  page.table("Offers", () => offers.rows(), "Tick offers to compare them.", 25, {
    title: "Compare", cell: (row) => comparison.box(Number(row[0]) - 1) });
  const front = document.offers.filter((offer) => offer.pareto).length;
  const subject: [string, string][] = document.model ? [["Model", document.model]] : [];
  if (document.reference) subject.push(["Speed-up 1 is", `${document.reference.name}, ${plain(document.reference.throughput)} ${document.throughput_unit ?? "samples/s"}`]);
  page.finish(document.rent ? "Which cluster to rent" : "Which cluster to buy", "plan", [...subject, ["Offers", plain(document.offers.length)], ["On the Pareto front", plain(front)], ["Systems", plain(offers.systems.length)], ["Currency", offers.currency]]);
}
