// A machine as a drawing: GPUs on a ring, a line per link, slow ones red and dashed; and as the matrix people know.
import { add_findings, add_warnings, provenance_badge } from "../common";
import { choice } from "../controls";
import { el } from "../dom";
import { bandwidth, bytes, plain, seconds, watts } from "../format";
import type { Page } from "../page";
import type { ClusterFacts, GpuFacts, Link, NicFacts, Topology } from "../documents/topology";
import { known_columns, type Rows } from "../table";
import { draw_fabric } from "./fabric_drawing";
import { Drawing } from "./topology_drawing";
import { kind_of, KINDS, link_text } from "./topology_links";

function rows_of(document: Topology) {
  return {
    columns: [{ title: "From", key: "a" }, { title: "To", key: "b" }, { title: "Class", key: "class" }, { title: "Links", key: "count" },
      { title: "Bandwidth", key: "bandwidth", format: bandwidth }, { title: "Meaning", key: "meaning" }],
    rows: document.links.map((link) => [link.a, link.b, link.class, link.count, link.bandwidth, kind_of(link).meaning]),
  };
}

/** The table of `nvidia-smi topo -m`, with the slow cells marked. */
function matrix(document: Topology): HTMLElement {
  const names = [...document.gpus.map((gpu) => `gpu${gpu.index}`), ...document.nics.map((nic) => `nic${nic.index}`)];
  const cells = new Map<string, Link>();
  for (const link of document.links) {
    cells.set(`${link.a} ${link.b}`, link);
    cells.set(`${link.b} ${link.a}`, link);
  }
  const cell = (a: string, b: string) => {
    const link = cells.get(`${a} ${b}`);
    if (a === b) return el("td", { class: "self" }, "X");
    return link ? el("td", { class: `link-${kind_of(link).id}`, title: `${a} \u2013 ${b}: ${kind_of(link).meaning}` }, link_text(link)) : el("td", {}, "\u2013");
  };
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Matrix of links" },
    el("table", { class: "matrix" },
      el("caption", { class: "hidden" }, "Matrix of links"),
      el("thead", {}, el("tr", {}, el("td", {}), ...names.map((name) => el("th", { scope: "col" }, name.toUpperCase())))),
      el("tbody", {}, ...names.map((a) => el("tr", {}, el("th", { scope: "row" }, a.toUpperCase()), ...names.map((b) => cell(a, b)))))));
}

const MANY_DEVICES = 48;

/** The matrix, made only when it is asked for where it has thousands of cells. */
function matrix_or_offer(document: Topology): HTMLElement {
  const devices = document.gpus.length + document.nics.length;
  if (devices <= MANY_DEVICES) return matrix(document);
  const details = el("details", {}, el("summary", {}, `The matrix of ${devices} by ${devices} devices`));
  details.addEventListener("toggle", () => { if (details.childElementCount === 1) details.append(matrix(document)); });
  return details;
}

/** "12 of 12 at 25 GB/s" */
function nvlinks_of({ nvlinks }: GpuFacts): string | null {
  if (!nvlinks) return null;
  const of_all = nvlinks.links === null ? "" : ` of ${nvlinks.links}`;
  return nvlinks.active === 0 ? "inactive" : `${nvlinks.active}${of_all}${nvlinks.per_link === null ? "" : ` at ${bandwidth(nvlinks.per_link)}`}`;
}

function pcie_of({ pcie_generation, pcie_width }: GpuFacts): string | null {
  return [pcie_generation ? `gen ${pcie_generation}` : "", pcie_width ? `x${pcie_width}` : ""].filter((part) => part).join(" ") || null;
}

/** GPUs and NICs with all that the readings tell of them. */
function device_rows(document: Topology): Rows {
  const gpu_row = (gpu: GpuFacts) => [`GPU${gpu.index}`, gpu.name, gpu.part === gpu.name ? null : gpu.part, gpu.numa, gpu.cpus, gpu.memory, nvlinks_of(gpu), pcie_of(gpu), gpu.mig, gpu.ecc,
    gpu.power_limit, gpu.performance_state, null, null, null, gpu.bus_id];
  const nic_row = (nic: NicFacts) => [`NIC${nic.index}`, nic.name, null, nic.numa, null, null, null, null, null, null, null, null, nic.rate, nic.up, nic.layer, nic.bus_id];
  return known_columns({
    columns: [{ title: "Device", key: "device" }, { title: "Name", key: "name" }, { title: "Taken for", key: "part" }, { title: "NUMA", key: "numa" }, { title: "CPUs", key: "cpus" },
      { title: "Memory", key: "memory", format: bytes }, { title: "NVLinks", key: "nvlinks" }, { title: "PCIe", key: "pcie" }, { title: "MIG", key: "mig" }, { title: "ECC", key: "ecc" },
      { title: "Power limit", key: "power_limit", format: watts }, { title: "State", key: "performance_state" }, { title: "Rate", key: "rate", format: bandwidth },
      { title: "Up", key: "up" }, { title: "Layer", key: "layer" }, { title: "Bus", key: "bus_id" }],
    rows: [...document.gpus.map(gpu_row), ...document.nics.map(nic_row)],
  });
}

/** Every wire with where its bandwidth comes from: what the times of collectives rest on. */
function add_wiring(page: Page, document: Topology): void {
  const { wiring = [], components = [] } = document;
  if (!wiring.length) return;
  const words = (text: string) => text.replaceAll("_", " ");
  const name = (at: number) => (components[at] ? `${words(components[at].kind)} ${components[at].index}` : String(at));
  page.table("Wires and where their speed comes from", () => ({
    columns: [{ title: "From", key: "from" }, { title: "To", key: "to" }, { title: "Kind", key: "kind", format: words }, { title: "Links", key: "count" },
      { title: "Bandwidth", key: "bandwidth", format: bandwidth }, { title: "Provenance", key: "provenance", format: provenance_badge }, { title: "Source", key: "source" }],
    rows: wiring.map((wire) => [name(wire.from), name(wire.to), wire.kind, wire.count, wire.bandwidth, wire.provenance, wire.source]),
    cards: true,
  }), "One direction each.", 8);
}

function add_peers(page: Page, document: Topology): void {
  if (!document.peers?.length) return;
  page.table("Peer access", () => known_columns({
    columns: [{ title: "From", key: "from" }, { title: "To", key: "to" }, { title: "Status", key: "status" }, { title: "Capability", key: "capability" }],
    rows: document.peers!.map((peer) => [`GPU${peer.from}`, `GPU${peer.to}`, peer.status, peer.capability]),
  }), "As nvidia-smi topo -p2p says it.", 12);
}

/** What joins the nodes; the pictures above are of one of them. */
function add_cluster(page: Page, cluster: ClusterFacts): void {
  const { fabric, switches } = cluster;
  const facts: [string, string][] = [
    ["Nodes", plain(cluster.nodes)], ["GPUs", plain(cluster.gpus)], ["GPUs per node", plain(cluster.gpus_per_node)],
    ["NICs per node", `${plain(cluster.nics_per_node)}${cluster.nic_rate === null ? "" : ` at ${bandwidth(cluster.nic_rate)}`}`],
    ["Fabric", `${fabric.kind}${fabric.technology ? `, ${fabric.technology}` : ""}${fabric.rdma ? ", RDMA" : ""}`],
    ["Oversubscription", `${plain(fabric.oversubscription)} : 1`], ["Latency of a hop", seconds(fabric.hop_latency)]];
  const tiers: [number, string, string][] = switches ? [[switches.leaves, "leaf", "leaves"], [switches.aggregations, "between", "between"], [switches.spines, "spine", "spines"]] : [];
  const told = tiers.filter(([number]) => number > 0).map(([number, one, many]) => `${plain(number)} ${number === 1 ? one : many}`);
  if (told.length) facts.push(["Switches", told.join(", ")]);
  const holder = el("div", { class: "drawing" });
  let drawn = 0;
  const draw = () => {
    drawn = holder.clientWidth;
    holder.replaceChildren(draw_fabric(cluster, page.theme.palette, Math.max(280, Math.min(drawn, 900))));
  };
  new ResizeObserver(() => { if (Math.abs(holder.clientWidth - drawn) > 1) draw(); }).observe(holder);
  page.on_redraw(draw);
  const slow = cluster.fabric.oversubscription > 1 ? " Red and dashed: less bandwidth upwards than the nodes could fill." : "";
  page.section("Cluster", el("p", { class: "note" }, `The machine and the matrix below are of one node; all are equal.${slow}`), holder,
    el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))).classList.add("wide");
}

export function show_topology(page: Page, document: Topology): void {
  add_warnings(page, document);
  add_findings(page, "Findings", document.findings ?? []);
  if (document.cluster && document.cluster.nodes > 1) add_cluster(page, document.cluster);
  const drawing = new Drawing(page, document);
  const kinds = KINDS.filter((kind) => document.links.some((link) => kind_of(link) === kind));
  const boxes = kinds.map((kind) => {
    const input = el("input", { type: "checkbox", change: () => page.state.toggle("hide", kind.id) });
    const sample = el("span", { class: "swatch" });
    page.on_redraw(() => {
      input.checked = !page.state.members("hide").has(kind.id);
      sample.replaceChildren(drawing.sample(kind));
    });
    const many = document.links.filter((link) => kind_of(link) === kind).length;
    return el("label", { class: "switch" }, input, sample, `${kind.label}: ${kind.meaning} (${many})`);
  });
  page.control(el("fieldset", { class: "switches" }, el("legend", {}, "Links"), ...boxes));
  if (document.nics.length)
    page.control(choice(page.state, "nics", "NIC links", [["nearest", "Nearest"], ["all", "All"], ["none", "None"]]));
  page.drawing({
    title: "Drawing", rows: () => rows_of(document), draw: (width) => drawing.draw(width), below: drawing.readout,
    note: `Choose a GPU or NIC (pointer, tab or tap) to see its links alone.${document.gpus.length > 24 ? " GPUs are on the inner ring, NICs on the outer." : ""}`,
  });
  if (document.links_left_out)
    page.section("Matrix", el("p", { class: "note" }, `${plain(document.links_left_out)} pairs of devices are too many to list; the wires below say what joins them.`)).classList.add("wide");
  else page.section("Matrix", el("p", { class: "note" }, "As nvidia-smi topo -m prints it; slow links are red and underlined."), matrix_or_offer(document)).classList.add("wide");
  page.table("Devices", () => device_rows(document), document.source ? `Read from: ${document.source}` : undefined, 24);
  add_peers(page, document);
  add_wiring(page, document);
  const names = new Set(document.gpus.map((gpu) => gpu.name).filter((name) => name));
  const nodes = document.cluster && document.cluster.nodes > 1 ? `${document.cluster.nodes} nodes of ` : "";
  const origin: [string, string][] = document.name ? [["Name", document.name]] : [];
  const each = nodes ? " per node" : "";
  page.finish(document.gpus.length ? `${nodes}${document.gpus.length} GPU${document.gpus.length === 1 ? "" : "s"}${names.size === 1 ? `, ${[...names][0]}` : ""}` : "No GPU", "topology", [...origin,
    [`GPUs${each}`, plain(document.gpus.length)], [`NICs${each}`, plain(document.nics.length)],
    ["GPU pairs across sockets", plain(document.links.filter((link) => kind_of(link).id === "socket" && link.a.startsWith("gpu") && link.b.startsWith("gpu")).length)], ["Findings", plain((document.findings ?? []).length)]]);
}
