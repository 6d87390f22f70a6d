// The parts of one training step as stacked bars over the number of GPUs, for one system at a time.
import { category_axis, frame, tooltip, vertical, type Option } from "../chart";
import { choice, pick } from "../controls";
import { el } from "../dom";
import { percent, seconds } from "../format";
import type { Page } from "../page";
import type { Point, Prediction } from "../documents/prediction";
import type { Rows } from "../table";

const PARTS: [keyof Point & string, string][] = [
  ["compute_s", "compute"], ["exposed_communication_s", "waiting for communication"], ["bubble_s", "pipeline bubble"],
  ["input_s", "waiting for input"], ["straggler_s", "stragglers"], ["optimizer_s", "optimizer"]];

// Patterns beside colours, so the parts are told apart in grey too: [turn, line, gap], the first part stays plain.
const PATTERNS: ([number, number, number] | null)[] = [null, [0.8, 2, 4], [-0.8, 2, 4], [0, 2, 4], [1.57, 2, 4], [0.8, 4, 3]];

function decal(ink: string, index: number): object | undefined {
  const pattern = PATTERNS[index];
  return pattern ? { symbol: "rect", color: ink, rotation: pattern[0], dashArrayX: [1, 0], dashArrayY: [pattern[1], pattern[2]] } : { symbol: "none" };
}

function pattern_box(ink: string, color: string, index: number): HTMLElement {
  const pattern = PATTERNS[index];
  const [turn, line, gap] = pattern ?? [0, 0, 1];
  return el("span", { class: "box", style: `background: repeating-linear-gradient(${Math.round(turn * 57.3)}deg, ${ink} 0 ${line}px, ${color} ${line}px ${line + gap}px)` });
}

export function add_breakdown(page: Page, document: Prediction): void {
  const systems = document.curves.map((curve) => curve.system);
  if (!systems.length) return;
  const points = () => document.curves.find((c) => c.system === page.state.get("step-system", systems[0]))?.points ?? [];
  const share = () => page.state.get("step-unit", "time") === "share";
  const value = (point: Point, part: string): number => {
    const part_s = point[part as keyof Point] as number;
    return share() ? part_s / point.step_s : part_s;
  };
  const format = (v: number) => (share() ? percent(v) : seconds(v));
  const color = (key: string) => page.theme.mark(PARTS.findIndex((part) => part[0] === key)).color;
  // A part that is nowhere (no pipeline: no bubble) needs no colour.
  const used = () => PARTS.filter(([key]) => points().some((point) => (point[key] as number) > 0));

  const hover = (params: any[]) => el("div", {}, el("div", {}, `${params[0].axisValue} GPUs, step ${seconds(points()[params[0].dataIndex].step_s)}`),
    ...params.map((p) => el("div", {}, el("strong", {}, `${p.seriesName}: ${format(p.value)}`))));

  const option = (): Option => {
    const { palette } = page.theme;
    return {
      ...frame(palette),
      ...tooltip(palette, "axis", hover),
      xAxis: category_axis(palette, "GPUs", points().map((point) => String(point.gpus))),
      yAxis: vertical(palette, share() ? "share of the step" : "time of one step", { format, extra: { max: share() ? 1 : undefined } }),
      series: used().map(([key, name]) => ({
        type: "bar", stack: "step", name, barMaxWidth: 60, itemStyle: { color: color(key), decal: decal(palette.surface, PARTS.findIndex((part) => part[0] === key)) },
        data: points().map((point) => value(point, key)), emphasis: { disabled: true },
      })),
    };
  };
  const rows = (): Rows => ({
    columns: [{ title: "GPUs", key: "gpus" }, { title: "Step", key: "step_s", format: seconds },
      ...PARTS.map(([key, title]) => ({ key, title, format: seconds })),
      { title: "All communication", key: "communication_s", format: seconds }],
    rows: points().map((point) => [point.gpus, point.step_s, ...PARTS.map(([key]) => point[key] as number), point.communication_s]),
  });
  const legend = () => used().map(([key, name]) => ({ name, mark: { ...page.theme.mark(PARTS.findIndex((part) => part[0] === key)), dash: [], symbol: "rect" } }));
  const names = el("ul", { class: "legend" });
  page.on_redraw(() => names.replaceChildren(...legend().map(({ name, mark }) =>
    el("li", {}, pattern_box(page.theme.palette.surface, mark.color, PARTS.findIndex((part) => part[1] === name)), name))));
  page.chart({
    title: "Where the step goes", wide: true, height: 360,
    note: "Communication hidden behind compute is not in the bar: only what the step waits for.",
    option, rows, legend,
    controls: [pick(page.state, "step-system", "System", systems, systems[0]), choice(page.state, "step-unit", "As", [["time", "Time"], ["share", "Share"]]), names],
  });
}
