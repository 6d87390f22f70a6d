// A machine as a drawing: GPUs on a ring, a line per link, slow ones red and dashed; and as the matrix people know.
import { add_findings, add_inputs, add_warnings } from "../common";
import { choice } from "../controls";
import { el } from "../dom";
import { bandwidth, plain, seconds } from "../format";
import type { Page } from "../page";
import type { ClusterFacts, Link, Topology } from "../schema";
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

/** What joins the nodes; the pictures above are of one of them. */
function add_cluster(page: Page, cluster: ClusterFacts): void {
  const { fabric, switches } = cluster;
  const facts: [string, string][] = [
    ["Nodes", plain(cluster.nodes)], ["GPUs", plain(cluster.gpus)], ["GPUs per node", plain(cluster.gpus_per_node)],
    ["NICs per node", `${plain(cluster.nics_per_node)}${cluster.nic_rate === null ? "" : ` at ${bandwidth(cluster.nic_rate)}`}`],
    ["Fabric", `${fabric.kind}${fabric.technology ? `, ${fabric.technology}` : ""}${fabric.rdma ? ", RDMA" : ""}`],
    ["Oversubscription", `${plain(fabric.oversubscription)} : 1`], ["Latency of a hop", seconds(fabric.hop_latency)]];
  if (switches) facts.push(["Switches", `${plain(switches.leaves)} leaves, ${plain(switches.aggregations)} between, ${plain(switches.spines)} spine${switches.spines === 1 ? "" : "s"}`]);
  page.section("Cluster", el("p", { class: "note" }, "The drawing and the matrix are of one node; all are equal."),
    el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))).classList.add("wide");
}

export function show_topology(page: Page, document: Topology): void {
  add_warnings(page, document);
  add_findings(page, "Findings", document.findings ?? []);
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
    note: "Choose a GPU or NIC (pointer, tab or tap) to see its links alone.",
  });
  page.section("Matrix", el("p", { class: "note" }, "As nvidia-smi topo -m prints it; slow links are red and underlined."), matrix(document)).classList.add("wide");
  page.table("Devices", () => ({
    columns: [{ title: "Device", key: "device" }, { title: "Name", key: "name" }, { title: "NUMA", key: "numa" }, { title: "CPUs", key: "cpus" }],
    rows: [...document.gpus.map((gpu) => [`GPU${gpu.index}`, gpu.name, gpu.numa, gpu.cpus]), ...document.nics.map((nic) => [`NIC${nic.index}`, nic.name, null, null])],
  }));
  if (document.cluster && document.cluster.nodes > 1) add_cluster(page, document.cluster);
  add_inputs(page, document.inputs);
  const names = new Set(document.gpus.map((gpu) => gpu.name).filter((name) => name));
  page.finish(document.gpus.length ? `${document.gpus.length} GPUs${names.size === 1 ? `, ${[...names][0]}` : ""}` : "No GPU", "topology", [
    ["GPUs", plain(document.gpus.length)], ["NICs", plain(document.nics.length)],
    ["GPU pairs across sockets", plain(document.links.filter((link) => kind_of(link).id === "socket" && link.a.startsWith("gpu") && link.b.startsWith("gpu")).length)], ["Findings", plain((document.findings ?? []).length)]]);
}
