// Draws the ring of GPUs and NICs as SVG; the device under the pointer or the focus shows its links alone.
import { el, svg } from "../dom";
import { bandwidth } from "../format";
import type { Page } from "../page";
import type { Link, Topology } from "../documents/topology";
import { kind_of, KINDS, link_text, type LinkKind } from "./topology_links";

interface Place {
  name: string;
  title: string;
  detail: string;
  x: number;
  y: number;
  angle: number;
}

export class Drawing {
  readonly readout = el("p", { class: "readout", "aria-live": "polite" });

  constructor(private page: Page, private document: Topology) {}

  /** More devices than boxes with names have room for. */
  private get crowded(): boolean {
    return this.document.gpus.length > 24;
  }

  sample(kind: LinkKind): SVGElement {
    return svg("svg", { width: 34, height: 14, "aria-hidden": "true" },
      svg("line", { x1: 0, x2: 34, y1: 7, y2: 7, stroke: kind.color(this.page.theme.palette), "stroke-width": kind.width + 0.5, "stroke-dasharray": kind.dash || undefined }));
  }

  /** GPUs on an inner ring in their order, each NIC on an outer ring beside its nearest GPUs. */
  private places(size: number): Map<string, Place> {
    const { gpus, nics } = this.document;
    const places = new Map<string, Place>();
    const middle = size / 2;
    const put = (name: string, title: string, detail: string, angle: number, radius: number) =>
      places.set(name, { name, title, detail, angle, x: middle + radius * Math.sin(angle), y: middle - radius * Math.cos(angle) });
    // On a phone the rings are further apart, for the boxes are larger beside them.
    const inner = nics.length ? size * (size < 420 ? 0.3 : 0.33) : size * 0.4;
    gpus.forEach((gpu, i) => {
      const numa = gpu.numa === null ? "" : `NUMA ${gpu.numa}`;
      put(`gpu${gpu.index}`, `GPU${gpu.index}`, numa, ((i + 0.5) / gpus.length) * 2 * Math.PI, inner);
    });
    const wished = nics.map((nic) => ({ nic, angle: this.angle_of(`nic${nic.index}`, places) })).sort((a, b) => a.angle - b.angle);
    // Neighbours keep their distance on the outer ring.
    const gap = Math.min((2 * Math.PI) / Math.max(1, nics.length), 0.36);
    let last = -Infinity;
    for (const { nic, angle } of wished) {
      last = Math.max(angle, last + gap);
      put(`nic${nic.index}`, `NIC${nic.index}`, "", last, size * 0.44);
    }
    return places;
  }

  private nearest(name: string): Link[] {
    const links = this.document.links.filter((link) => (link.a === name || link.b === name) && (link.a + link.b).includes("gpu"));
    const rank = (link: Link) => KINDS.indexOf(kind_of(link));
    const best = Math.min(...links.map(rank));
    return links.filter((link) => rank(link) === best);
  }

  private angle_of(name: string, places: Map<string, Place>): number {
    const near = this.nearest(name).map((link) => places.get(link.a === name ? link.b : link.a)).filter((p): p is Place => !!p);
    if (!near.length) return 0;
    const angle = Math.atan2(near.reduce((s, p) => s + Math.sin(p.angle), 0), near.reduce((s, p) => s + Math.cos(p.angle), 0));
    return angle < 0 ? angle + 2 * Math.PI : angle;
  }

  private visible(): Link[] {
    const hidden = this.page.state.members("hide");
    const wish = this.page.state.get("nics", "nearest");
    const near = new Set(this.document.nics.flatMap((nic) => this.nearest(`nic${nic.index}`)));
    return this.document.links.filter((link) => {
      if (hidden.has(kind_of(link).id)) return false;
      const with_nic = link.a.startsWith("nic") || link.b.startsWith("nic");
      if (!with_nic || wish === "all") return true;
      return wish === "nearest" && near.has(link);
    });
  }

  draw(width: number): SVGSVGElement {
    const size = Math.min(width, 640);
    const { palette } = this.page.theme;
    const places = this.places(size);
    const lines = this.visible().flatMap((link) => {
      const [a, b] = [places.get(link.a), places.get(link.b)];
      if (!a || !b) return [];
      const kind = kind_of(link);
      const width = this.crowded ? 0.6 : kind.width + (kind.id === "nvlink" ? Math.min(4, Math.sqrt(link.count ?? 1) - 1) : 0);
      const text = `${a.title} \u2013 ${b.title}: ${link_text(link)}, ${kind.meaning}${link.bandwidth ? `, ${bandwidth(link.bandwidth)}` : ""}`;
      const line = svg("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y, stroke: kind.color(palette), "stroke-width": width, "stroke-dasharray": kind.dash || undefined }, svg("title", {}, text));
      return [{ link, line }];
    });
    const show = (name: string | null) => {
      const rest = this.crowded ? "0.3" : "1";
      for (const { link, line } of lines) line.setAttribute("opacity", name === null ? rest : link.a === name || link.b === name ? "1" : "0.07");
      this.readout.textContent = name === null ? "" : this.describe(name);
    };
    show(null);
    const nodes = [...places.values()].map((place) => this.node(place, size < 420 ? 0.8 : 1, show));
    const heights = [...places.values()].map((place) => place.y);
    const top = Math.min(size / 2, ...heights) - 26;
    const height = Math.max(size / 2, ...heights) + 26 - top;
    return svg("svg", { viewBox: `0 ${top} ${size} ${height}`, width: size, height, role: "group", "aria-label": "Drawing of the machine", "font-family": "system-ui, sans-serif" },
      svg("rect", { y: top, width: size, height, fill: palette.surface }), ...lines.map(({ line }) => line), ...nodes);
  }

  private node(place: Place, scale: number, show: (name: string | null) => void): SVGElement {
    const { palette } = this.page.theme;
    const gpu = place.name.startsWith("gpu");
    if (this.crowded) return this.dot(place, show);
    const [w, h] = gpu ? [56, place.detail ? 38 : 26] : [48, 22];
    return svg("g", { tabindex: 0, role: "button", class: "device", "aria-label": this.describe(place.name), transform: `translate(${place.x},${place.y}) scale(${scale})`,
      mouseenter: () => show(place.name), mouseleave: () => show(null), focus: () => show(place.name), blur: () => show(null), click: () => show(place.name) },
      svg("rect", { x: -w / 2, y: -h / 2, width: w, height: h, rx: gpu ? 7 : 11, fill: palette.surface, stroke: palette.text, "stroke-width": 1.5 }),
      svg("text", { "text-anchor": "middle", y: place.detail ? -2 : 5, fill: palette.text, "font-size": 13, "font-weight": 600 }, place.title),
      place.detail ? svg("text", { "text-anchor": "middle", y: 13, fill: palette.muted, "font-size": 11 }, place.detail) : null);
  }

  /** One of very many: its number alone. */
  private dot(place: Place, show: (name: string | null) => void): SVGElement {
    const { palette } = this.page.theme;
    const gpu = place.name.startsWith("gpu");
    return svg("g", { tabindex: 0, role: "button", class: "device", "aria-label": this.describe(place.name), transform: `translate(${place.x},${place.y})`,
      mouseenter: () => show(place.name), mouseleave: () => show(null), focus: () => show(place.name), blur: () => show(null), click: () => show(place.name) },
    svg("rect", { x: -8, y: -7, width: 16, height: 14, rx: gpu ? 3 : 7, fill: palette.surface, stroke: palette.text }),
    svg("text", { "text-anchor": "middle", y: 3, fill: palette.text, "font-size": 9 }, place.name.slice(3)));
  }

  private describe(name: string): string {
    const by_text = new Map<string, string[]>();
    for (const link of this.document.links) {
      if (link.a !== name && link.b !== name) continue;
      const text = `${link_text(link)} (${kind_of(link).meaning})`;
      by_text.set(text, [...(by_text.get(text) ?? []), (link.a === name ? link.b : link.a).toUpperCase()]);
    }
    const device = this.document.gpus.find((gpu) => `gpu${gpu.index}` === name) ?? this.document.nics.find((nic) => `nic${nic.index}` === name);
    const links = [...by_text].map(([text, others]) => `${text} to ${others.join(", ")}`).join("; ");
    return `${name.toUpperCase()}${device?.name ? `, ${device.name}` : ""}: ${links || "no links known"}.`;
  }
}
