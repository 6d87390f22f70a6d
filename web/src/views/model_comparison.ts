// Several models side by side: which is fastest, and what each has to do for it.
import { category_axis, frame, tooltip, value_axis, type Option } from "../chart";
import { choice } from "../controls";
import { el } from "../dom";
import { bytes, count, percent, plain, seconds } from "../format";
import type { Page } from "../page";
import type { ModelComparison } from "../documents/comparison";
import type { Rows } from "../table";

const QUANTITIES: [string, string][] = [["throughput", "Throughput"], ["latency_s", "Time"], ["macs", "MACs"], ["parameters", "Parameters"]];
/** What the axis says beside: of what. */
const OF: Record<string, string> = { latency_s: "of a batch", macs: "of a sample" };
const FORMATS: Record<string, (value: number | null | undefined) => string> = { throughput: plain, latency_s: seconds, macs: count, parameters: count };

export function show_model_comparison(page: Page, document: ModelComparison): void {
  const { models } = document;
  const timed = models.some((model) => typeof model.latency_s === "number");
  const quantities = timed ? QUANTITIES : QUANTITIES.slice(2);
  const unit = models[0]?.throughput_unit ? `(${models[0].throughput_unit})` : "";
  const what = () => page.state.get("what", quantities[0][0]);
  const value = (model: (typeof models)[0]) => (model as unknown as Record<string, number | null>)[what()] ?? null;

  const option = (): Option => {
    const { palette } = page.theme;
    const format = FORMATS[what()] ?? plain;
    const rows = [...models].reverse();
    return {
      ...frame(palette, 8),
      ...tooltip(palette, "axis", (params) => el("div", {}, el("strong", {}, `${params[0].name}: ${format(params[0].value)}`))),
      xAxis: value_axis(palette, [quantities.find(([key]) => key === what())?.[1], what() === "throughput" ? unit : OF[what()]].filter((part) => part).join(" "), { format }),
      yAxis: category_axis(palette, "", rows.map((model) => model.name)),
      series: [{ type: "bar", name: what(), barMaxWidth: 28, data: rows.map(value), itemStyle: { color: page.theme.mark(0).color }, emphasis: { disabled: true } }],
    };
  };
  const rows = (): Rows => ({
    columns: [{ title: "Model", key: "name" }, { title: "Time", key: "latency_s", format: seconds }, { title: `Throughput ${unit}`, key: "throughput", format: plain },
      { title: "GPU utilisation", key: "gpu_utilization", format: percent }, { title: "Parameters", key: "parameters", format: count },
      { title: "MACs", key: "macs", format: count }, { title: "Memory access", key: "mac_bytes", format: bytes }, { title: "Activations", key: "activations", format: count }],
    rows: models.map((m) => [m.name, m.latency_s, m.throughput, m.gpu_utilization, m.parameters, m.macs, m.mac_bytes, m.activations]),
  });
  page.control(choice(page.state, "what", "Show", quantities));
  page.chart({ title: "Models", wide: true, height: 120 + 40 * models.length, option, rows, note: timed ? "The fastest is on top." : "Name a GPU (--gpu) to see times." });
  page.table("All figures", rows);
  page.finish(`${models.length} models${document.gpu ? ` on ${document.gpu}` : ""}`, "models compared", [
    ["Mode", document.mode ?? ""], ["Batch", plain(document.batch)], ["Precision", document.precision ?? ""]]);
}
