// What a probe measured: time or bandwidth over message size, one curve per collective and group, and the fit.
import { frame, tooltip, value_axis, vertical, type AxisKind, type Option } from "../chart";
import { add_warnings } from "../common";
import { choice, switches } from "../controls";
import { el } from "../dom";
import { bandwidth, bytes, percent, plain, power_of_two_bytes, seconds, times } from "../format";
import type { Page } from "../page";
import type { Profile, ProfileLink, ProfileSample } from "../documents/profile";
import { known_columns, type Rows } from "../table";

interface Group {
  name: string;
  samples: ProfileSample[];
  fits: ProfileLink[];
}

function same(a: ProfileSample, b: ProfileLink | ProfileSample): boolean {
  return a.collective === b.collective && a.ranks === b.ranks && (a.nodes ?? 1) === (b.nodes ?? 1);
}

function groups_of(document: Profile): Group[] {
  const groups: Group[] = [];
  for (const sample of document.samples) {
    const group = groups.find((g) => same(sample, g.samples[0]));
    if (group) group.samples.push(sample);
    else {
      const nodes = sample.nodes && sample.nodes > 1 ? ` on ${sample.nodes} nodes` : "";
      groups.push({ name: `${sample.collective}, ${sample.ranks} ranks${nodes}`, samples: [sample], fits: (document.links ?? []).filter((link) => same(sample, link)) });
    }
  }
  for (const group of groups) group.samples.sort((a, b) => a.bytes - b.bytes);
  return groups;
}

/** What the fit says for this size, null outside every regime. */
export function fitted(fits: ProfileLink[], size: number): number | null {
  const regime = fits.find((fit) => size >= (fit.from ?? 0) && size <= (fit.to ?? Infinity));
  return regime ? regime.alpha_s + regime.beta_s_per_byte * size : null;
}

class Curves {
  readonly groups: Group[];

  constructor(private page: Page, private document: Profile) {
    this.groups = groups_of(document);
  }

  shown(): { group: Group; index: number }[] {
    const hidden = this.page.state.members("hide");
    return this.groups.map((group, index) => ({ group, index })).filter(({ group }) => !hidden.has(group.name));
  }

  private what(): string {
    return this.page.state.get("what", "median_s");
  }

  /** The chosen quantity of a sample, when `time` took the place of its median. */
  private quantity(sample: ProfileSample, time: number | null): number | null {
    if (time === null) return null;
    if (this.what() === "median_s") return time;
    const measured = sample[this.what() as "algbw" | "busbw"];
    return measured === null || measured === undefined ? null : (measured * sample.median_s) / time;
  }

  option(): Option {
    const { palette } = this.page.theme;
    const format = this.what() === "median_s" ? seconds : bandwidth;
    const shown = this.shown();
    const series = shown.flatMap(({ group, index }) => {
      const mark = this.page.theme.mark(index);
      const points = { type: "scatter", name: group.name, symbol: mark.symbol, symbolSize: 8, color: mark.color, itemStyle: { color: mark.color },
        data: group.samples.map((s) => [s.bytes, this.quantity(s, s.median_s)]) };
      const fit = { type: "line", name: `${group.name} (fit)`, symbol: "none", silent: true, color: mark.color, lineStyle: { color: mark.color, width: 1.75, type: mark.dash.length ? mark.dash : "solid" },
        data: group.samples.map((s) => [s.bytes, this.quantity(s, fitted(group.fits, s.bytes))]) };
      return [points, fit];
    });
    const hover = (p: any) => {
      const group = shown[Math.floor(p.seriesIndex / 2)]?.group;
      const sample = group?.samples[p.dataIndex];
      if (!sample) return "";
      const guess = fitted(group.fits, sample.bytes);
      return el("div", {}, el("strong", {}, group.name), el("div", {}, `${power_of_two_bytes(sample.bytes)}: ${seconds(sample.median_s)}, p95 ${seconds(sample.p95_s)}`),
        el("div", {}, `algbw ${bandwidth(sample.algbw)}, busbw ${bandwidth(sample.busbw)}`), guess === null ? "" : el("div", {}, `fit ${seconds(guess)} (${percent(guess / sample.median_s - 1)})`));
    };
    return {
      ...frame(palette),
      ...tooltip(palette, "item", hover),
      xAxis: value_axis(palette, "message size", { kind: "log", base: 2, format: power_of_two_bytes, extent: this.document.samples.map((s) => s.bytes) }),
      yAxis: vertical(palette, { median_s: "time (median)", algbw: "algorithm bandwidth", busbw: "bus bandwidth" }[this.what()] ?? "", {
        kind: this.page.state.get("y", "log") as AxisKind, format }),
      series,
    };
  }

  rows(): Rows {
    return known_columns({
      columns: [{ title: "Collective", key: "collective" }, { title: "Ranks", key: "ranks" }, { title: "Size", key: "bytes", format: power_of_two_bytes },
        { title: "Median", key: "median_s", format: seconds }, { title: "Low", key: "low_s", format: seconds }, { title: "High", key: "high_s", format: seconds },
        { title: "95 % below", key: "p95_s", format: seconds }, { title: "Fit", key: "fit_s", format: seconds },
        { title: "Algbw", key: "algbw", format: bandwidth }, { title: "Busbw", key: "busbw", format: bandwidth }, { title: "Repetitions", key: "repetitions" },
        { title: "Far off", key: "outliers" }, { title: "Wrong", key: "wrong" }],
      rows: this.shown().flatMap(({ group }) => group.samples.map((s) => [s.collective, s.ranks, s.bytes, s.median_s, s.low_s, s.high_s, s.p95_s, fitted(group.fits, s.bytes), s.algbw, s.busbw,
        s.repetitions, s.outliers, s.wrong])),
    });
  }

  fits(): Rows {
    return {
      columns: [{ title: "Scope", key: "scope" }, { title: "Collective", key: "collective" }, { title: "Ranks", key: "ranks" },
        { title: "From", key: "from", format: power_of_two_bytes }, { title: "To", key: "to", format: power_of_two_bytes },
        { title: "Latency (alpha)", key: "alpha_s", format: seconds }, { title: "Bandwidth (1/beta)", key: "bandwidth", format: bandwidth },
        { title: "Seconds per byte (beta)", key: "beta_s_per_byte", format: (v) => v.toExponential(2) },
        { title: "Residual", key: "residual", format: percent }],
      rows: (this.document.links ?? []).map((l) => [l.scope, l.collective, l.ranks, l.from, l.to, l.alpha_s, l.beta_s_per_byte > 0 ? 1 / l.beta_s_per_byte : null, l.beta_s_per_byte, l.residual]),
    };
  }

  legend() {
    return this.shown().map(({ group, index }) => ({ name: group.name, mark: this.page.theme.mark(index) }));
  }
}

/** Two ranks at a time: which link is slow. Bars are shares of the fastest. */
function add_pairs(page: Page, document: Profile): void {
  const pairs = document.pairs ?? [];
  if (!pairs.length) return;
  const fastest = Math.max(...pairs.flatMap((pair) => [pair.forward, pair.backward]));
  const bar = (value: number) => el("span", {}, bandwidth(value), el("span", { class: "cell-bar", style: `width:${(100 * value) / fastest}%` }));
  page.table("Pairs of ranks", () => ({
    columns: [{ title: "Rank", key: "a" }, { title: "Host", key: "host_a" }, { title: "Rank", key: "b" }, { title: "Host", key: "host_b" }, { title: "Size", key: "bytes", format: power_of_two_bytes },
      { title: "Latency", key: "latency_s", format: seconds }, { title: "Forward", key: "forward", format: bar }, { title: "Backward", key: "backward", format: bar }],
    rows: pairs.map((p) => [p.a, p.host_a, p.b, p.host_b, p.bytes, p.latency_s, p.forward, p.backward]),
  }), "Measured two at a time, one direction after the other.", 28);
}

function add_concurrent(page: Page, document: Profile): void {
  const all = document.concurrent ?? [];
  if (!all.length) return;
  page.table("Groups at the same time", () => ({
    columns: [{ title: "Groups", key: "groups" }, { title: "Size", key: "bytes", format: power_of_two_bytes }, { title: "One alone", key: "alone_s", format: seconds },
      { title: "All together", key: "together_s", format: seconds }, { title: "Slowed down", key: "slowdown", format: times }],
    rows: all.map((c) => [c.groups, c.bytes, c.alone_s, c.together_s, c.together_s / c.alone_s]),
  }), "About 1: the groups share no link. Near the number of groups: they share one.");
}

function add_environment(page: Page, document: Profile): void {
  const facts = Object.entries(document.environment ?? {});
  if (!facts.length) return;
  page.table("Software and settings", () => ({ columns: [{ title: "What", key: "name" }, { title: "Value", key: "value" }], rows: facts }), undefined, 12);
}

export function show_profile(page: Page, document: Profile): void {
  const curves = new Curves(page, document);
  if (!document.samples.length) return show_without_samples(page, document);
  page.control(switches(page.state, "hide", "Measured", curves.groups.map((group) => group.name), (i) => page.theme.mark(i)));
  page.control(choice(page.state, "what", "Show", [["median_s", "Time"], ["busbw", "Bus bandwidth"], ["algbw", "Algorithm bandwidth"]]));
  page.control(choice(page.state, "y", "Vertical axis", [["log", "Log"], ["linear", "Linear"]]));
  add_warnings(page, document);
  page.chart({
    title: "Measured and fitted", wide: true, height: 440, option: () => curves.option(), rows: () => curves.rows(), legend: () => curves.legend(),
    note: "Symbols are measured medians, lines the fit: latency plus size divided by bandwidth, piece by piece.",
  });
  page.table("The fit", () => curves.fits(), "The residual is how far the measured medians are from the fit, relatively.", 20);
  finish(page, document);
}

/** A probe whose time was too short: what it still knows, and no empty chart. */
function show_without_samples(page: Page, document: Profile): void {
  add_warnings(page, document);
  page.section("Nothing was measured", el("p", {}, "No collective was timed: give the probe more time (--time-budget) or smaller messages (-e).")).classList.add("wide");
  finish(page, document);
}

function finish(page: Page, document: Profile): void {
  add_pairs(page, document);
  add_concurrent(page, document);
  add_environment(page, document);
  const hosts = [...new Set(document.hosts)];  // the document has one for each rank
  page.finish(`${document.ranks} ranks on ${hosts.length} host${hosts.length === 1 ? "" : "s"}`, "measured links", [
    ...(document.gpus?.length ? [["GPUs", [...new Set(document.gpus)].join(", ")] as [string, string]] : []), ["Backend", document.backend], ["Transport", document.transport], ["Hosts", hosts.join(", ")], ["Samples", plain(document.samples.length)],
    ["Largest message", bytes(Math.max(0, ...document.samples.map((s) => s.bytes)))]]);
}
