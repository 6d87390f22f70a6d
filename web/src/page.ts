// The frame around every view: title, facts, a bar of controls, panels, and what went in.
import { make_chart, type Instance, type Option } from "./chart";
import { give_picture, give_text } from "./clipboard";
import { choice, swatch } from "./controls";
import { el, slug } from "./dom";
import { drawing_picture, picture, type LegendEntry } from "./picture";
import { ViewState } from "./state";
import { DataTable, to_csv, type RowLead, type Rows } from "./table";
import { Theme } from "./theme";

export interface ChartPanel {
  title: string;
  /** One sentence that says what to see. */
  note?: string;
  option: () => Option;
  rows: () => Rows;
  legend?: () => LegendEntry[];
  /** Shows the legend above the chart; else the page's switches are the legend. */
  shown_legend?: boolean;
  controls?: HTMLElement[];
  wide?: boolean;
  height?: number;
  /** Called with the data index and series index of a clicked mark. */
  click?: (params: any) => void;
}

/** An SVG drawing in place of a chart. */
export interface DrawingPanel {
  title: string;
  note: string;
  rows: () => Rows;
  draw: (width: number) => SVGSVGElement;
  below: HTMLElement;
}

export class Page {
  readonly state = new ViewState();
  readonly theme = new Theme(this.state);
  private status = el("p", { class: "status", role: "status" });
  private bar = el("div", { class: "bar", role: "group", "aria-label": "What the page shows" });
  private panels = el("div", { class: "panels" });
  private silence = 0;
  private redraws: (() => void)[] = [];

  constructor(private root: HTMLElement) {
    const redraw = () => this.redraws.forEach((draw) => draw());
    this.state.on_change(redraw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  }

  /** Builds the frame: call once, after every panel and control is added. */
  finish(title: string, kind: string, facts: [string, string][]): void {
    document.title = `${title} \u2013 scalesim`;
    this.bar.append(
      choice(this.state, "theme", "Theme", [["auto", "Auto"], ["light", "Light"], ["dark", "Dark"]]),
      el("button", { type: "button", click: () => this.say(give_text(location.href, "link.txt")) }, "Copy link to this view"));
    this.root.replaceChildren(
      el("header", {},
        el("p", { class: "kind" }, `scalesim \u00b7 ${kind}`),
        el("h1", {}, title),
        el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))),
      this.bar,
      el("main", {}, this.panels),
      this.status);
    this.redraws.forEach((draw) => draw());
  }

  control(node: HTMLElement): void {
    this.bar.append(node);
  }

  /** `draw` runs now and whenever the reader changes something. */
  on_redraw(draw: () => void): void {
    this.redraws.push(draw);
  }

  section(title: string, ...content: (Node | null)[]): HTMLElement {
    const node = el("section", { class: "panel", id: slug(title), "aria-labelledby": `${slug(title)}-title` },
      el("h2", { id: `${slug(title)}-title` }, title), ...content);
    this.panels.append(node);
    return node;
  }

  chart(panel: ChartPanel): HTMLElement {
    const holder = el("div", { class: "chart", role: "img", "aria-label": `Chart: ${panel.title}. ${panel.note ?? ""} The numbers are in the table below it.` });
    holder.style.height = `${panel.height ?? 340}px`;
    const numbers = new DataTable({ caption: panel.title });
    const details = el("details", {}, el("summary", {}, "The numbers"), numbers.element);
    let chart: Instance | undefined;
    const draw = () => {
      chart ??= this.start(holder, panel);
      chart.setOption(panel.option(), { notMerge: true });
      if (details.open) numbers.show(panel.rows());
    };
    details.addEventListener("toggle", () => { if (details.open) numbers.show(panel.rows()); });
    const copy_csv = () => this.say(give_text(to_csv(panel.rows()), `${slug(panel.title)}.csv`));
    const copy_picture = async () =>
      this.say(give_picture(await picture(chart!, panel.title, panel.legend?.() ?? [], this.theme.palette), `${slug(panel.title)}.png`));
    const node = this.section(panel.title,
      panel.note ? el("p", { class: "note" }, panel.note) : null,
      panel.controls ? el("div", { class: "controls" }, ...panel.controls) : null,
      panel.shown_legend ? this.legend(panel.legend!) : null,
      holder,
      this.tools(panel.title, [["Copy CSV", copy_csv], ["Copy PNG", copy_picture]]),
      details);
    if (panel.wide) node.classList.add("wide");
    this.on_redraw(draw);
    return node;
  }

  drawing(panel: DrawingPanel): HTMLElement {
    const holder = el("div", { class: "drawing" });
    const numbers = new DataTable({ caption: panel.title });
    const details = el("details", {}, el("summary", {}, "The numbers"), numbers.element);
    details.addEventListener("toggle", () => numbers.show(panel.rows()));
    let drawn = 0;
    const draw = () => {
      drawn = holder.clientWidth;
      holder.replaceChildren(panel.draw(drawn));
    };
    new ResizeObserver(() => { if (Math.abs(holder.clientWidth - drawn) > 1) draw(); }).observe(holder);
    const copy_picture = async () => this.say(give_picture(await drawing_picture(holder.querySelector("svg")!), `${slug(panel.title)}.png`));
    const copy_csv = () => this.say(give_text(to_csv(panel.rows()), `${slug(panel.title)}.csv`));
    const node = this.section(panel.title, el("p", { class: "note" }, panel.note), holder, panel.below,
      this.tools(panel.title, [["Copy CSV", copy_csv], ["Copy PNG", copy_picture]]), details);
    node.classList.add("wide");
    this.on_redraw(draw);
    return node;
  }

  private legend(entries: () => LegendEntry[]): HTMLElement {
    const list = el("ul", { class: "legend" });
    this.on_redraw(() => list.replaceChildren(...entries().map(({ name, mark }) =>
      el("li", {}, swatch({ ...mark, dash: [0, 99] }), name))));
    return list;
  }

  /** A table that is always open, with its CSV. */
  table(title: string, rows: () => Rows, note?: string, page?: number, lead?: RowLead): HTMLElement {
    const table = new DataTable({ caption: title, page, lead });
    this.on_redraw(() => table.show(rows()));
    const node = this.section(title, note ? el("p", { class: "note" }, note) : null, table.element,
      this.tools(title, [["Copy CSV", () => this.say(give_text(to_csv(rows()), `${slug(title)}.csv`))]]));
    node.classList.add("wide");
    return node;
  }

  async say(result: Promise<string>): Promise<void> {
    this.status.textContent = await result.catch((error: Error) => `That did not work: ${error.message}`);
    // The message before must not take this one with it.
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => { this.status.textContent = ""; }, 4000);
  }

  private tools(title: string, actions: [string, () => void][]): HTMLElement {
    return el("p", { class: "tools" },
      ...actions.map(([label, act]) => el("button", { type: "button", "aria-label": `${label}: ${title}`, click: act }, label)));
  }

  private start(holder: HTMLElement, panel: ChartPanel): Instance {
    const chart = make_chart(holder);
    // Reachable from a browser's console, and from the tests.
    (holder as any).chart = chart;
    if (panel.click) chart.on("click", panel.click);
    return chart;
  }
}
