// The fabric of a cluster as SVG: nodes below, switches in tiers above them, at most a dozen of each drawn.
import { svg } from "../dom";
import type { Palette } from "../theme";
import type { ClusterFacts } from "../documents/topology";

/** Boxes of a tier, fewer on a phone. */
const MOST = 12;
const TIER = 84;
/** Room for the names of the tiers. */
const LEFT = 80;

interface Tier {
  name: string;
  count: number;
}

function tiers_of(cluster: ClusterFacts): Tier[] {
  const { leaves = 0, aggregations = 0, spines = 0 } = cluster.switches ?? {};
  return [{ name: "spine", count: spines }, { name: "between", count: aggregations }, { name: "leaf", count: leaves }, { name: "node", count: cluster.nodes }]
    .filter(({ count }) => count > 0);
}

/** Which of the upper tier's drawn boxes a lower one is cabled to: all of them, or its own leaf in a tree. */
function cabled(cluster: ClusterFacts, lower: Tier, at: number, drawn: number, above: number): number[] {
  const everyone = Array.from({ length: above }, (_, i) => i);
  if (lower.name !== "node" || cluster.fabric.kind !== "fat_tree") return everyone;
  return [Math.floor((at * above) / drawn)];
}

export function draw_fabric(cluster: ClusterFacts, palette: Palette, width: number): SVGSVGElement {
  const tiers = tiers_of(cluster);
  const most = width < 420 ? 6 : MOST;
  const height = tiers.length * TIER;
  const slow = cluster.fabric.oversubscription > 1;
  const places = tiers.map(({ count }, row) => {
    const drawn = Math.min(count, most);
    return Array.from({ length: drawn }, (_, i) => ({ x: LEFT + ((i + 0.5) / drawn) * (width - LEFT), y: 40 + row * TIER }));
  });
  const lines = tiers.slice(1).flatMap((lower, row) => places[row + 1].flatMap((from, i) =>
    cabled(cluster, lower, i, places[row + 1].length, places[row].length).map((j) => {
      const to = places[row][j];
      // Above the leaves there is less than the nodes could fill: that is where an oversubscribed fabric is slow.
      const short = slow && lower.name !== "node";
      return svg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, stroke: short ? palette.slow : palette.series[0], "stroke-width": 1.25, "stroke-dasharray": short ? "3 4" : undefined });
    })));
  const box = Math.min(46, (width - LEFT) / most - 6);
  const boxes = tiers.flatMap(({ name, count }, row) => [
    svg("text", { x: 4, y: 34 + row * TIER, fill: palette.text, "font-size": 13, "font-weight": 600 }, count === 1 ? name : `${count} ${name === "leaf" ? "leaves" : name === "between" ? name : `${name}s`}`),
    count > places[row].length ? svg("text", { x: 4, y: 51 + row * TIER, fill: palette.muted, "font-size": 11 }, `${places[row].length} drawn`) : null,
    ...places[row].flatMap(({ x, y }) => [svg("rect", { x: x - box / 2, y: y - 12, width: box, height: 24, rx: name === "node" ? 4 : 12, fill: palette.surface, stroke: palette.text, "stroke-width": 1.5 }),
      name === "node" && box > 44 ? svg("text", { x, y: y + 4, "text-anchor": "middle", fill: palette.text, "font-size": 11 }, `${cluster.gpus_per_node} GPU${cluster.gpus_per_node === 1 ? "" : "s"}`) : null])]);
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "font-family": "system-ui, sans-serif",
    "aria-label": `${cluster.nodes} nodes under ${tiers.slice(0, -1).map(({ name, count }) => `${count} ${name}`).join(", ") || "no switch"}` },
  svg("rect", { width, height, fill: palette.surface }), ...lines, ...boxes.filter((node): node is SVGTextElement | SVGRectElement => node !== null));
}
