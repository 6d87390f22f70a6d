// The layer table, totals and advice for people.
#include <fmt/format.h>

#include <algorithm>

#include "core/units_text.h"
#include "report/documents/model_report.h"
#include "report/text/table.h"
#include "report/text/width.h"
#include "workloads/memory/memory.h"
#include "workloads/model/counts.h"

namespace scalesim::report {
namespace {

using workloads::Layer;
using workloads::Model;
using workloads::Shape;

/// 25,557,032 -> "25.56 M".
std::string scaled(double value) {
  if (value == 0) return "";
  for (auto [unit, size] :
       {std::pair("T", 1e12), std::pair("G", 1e9), std::pair("M", 1e6), std::pair("k", 1e3)}) {
    if (value >= size) return fmt::format("{:.2f} {}", value / size, unit);
  }
  return fmt::format("{:.0f}", value);
}

std::string rate_text(double rate) {
  return rate < 100 ? fmt::format("{:.3g}", rate) : fmt::format("{:.0f}", rate);
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string shape_text(const Shape& shape) {
  if (shape.height == 1 && shape.width == 1) return std::to_string(shape.channels);
  if (shape.height == 1) return fmt::format("{} x {}", shape.channels, shape.width);
  return fmt::format("{} x {} x {}", shape.channels, shape.height, shape.width);
}

std::string op_text(const Layer& layer) {
  std::string text(to_text(layer.op));
  if (layer.op == workloads::Op::conv) {
    text += fmt::format(" {}x{}", layer.kernel_h, layer.kernel_w);
    if (layer.stride > 1) text += fmt::format("/{}", layer.stride);
    if (layer.groups > 1)
      text += layer.groups == layer.input.channels ? " depthwise" : fmt::format(" g{}", layer.groups);
    return text;
  }
  return layer.kind.empty() ? text : text + " " + layer.kind;
}

/// Keeps the end of a long name: it tells layers apart.
std::string shortened(const std::string& name, std::size_t width) {
  return display_width(name) <= width ? name : "~" + std::string(end_within(name, width - 1));
}

bool equal_work(const Layer& a, const Layer& b) {
  return a.op == b.op && a.kind == b.kind && a.input == b.input && a.output == b.output &&
         a.kernel_h == b.kernel_h && a.kernel_w == b.kernel_w && a.stride == b.stride &&
         a.groups == b.groups && a.parameter_count() == b.parameter_count();
}

/// Blocks [first, last) of layers, and how many equal ones follow in a row.
struct Run {
  std::size_t first, last;
  int repeats = 1;
};

std::vector<Run> runs_of(const Model& model, bool fold) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < model.layers.size();) {
    std::size_t end = i + 1;
    const int block = model.layers[i].block;
    while (block >= 0 && end < model.layers.size() && model.layers[end].block == block) ++end;
    const Run run{i, end};
    const auto same = [&](const Run& before) {
      if (block < 0 || model.layers[before.first].block < 0)
        return false;  // a layer outside blocks stands alone
      if (before.last - before.first != end - i) return false;
      for (std::size_t k = 0; k < end - i; ++k) {
        if (!equal_work(model.layers[before.first + k], model.layers[i + k])) return false;
      }
      return true;
    };
    if (fold && !runs.empty() && same(runs.back())) {
      ++runs.back().repeats;
    } else {
      runs.push_back(run);
    }
    i = end;
  }
  return runs;
}

std::vector<Column> layer_columns(const ModelReport& report) {
  std::vector<Column> columns = {{"layer", Align::left},     {"op", Align::left},
                                 {"output", Align::left, 4}, {"params", Align::right, 3},
                                 {"MACs", Align::right, 2},  {"moved", Align::right, 1}};
  if (report.time) {
    columns.push_back({"forward"});
    if (report.settings.mode == workloads::Mode::training) columns.push_back({"backward"});
    columns.push_back({"bound by", Align::left});
  }
  return columns;
}

std::vector<std::string> layer_cells(const ModelReport& report, std::size_t index, const std::string& repeats,
                                     std::size_t name_width) {
  const Layer& layer = report.model.layers[index];
  const double element = topology::bytes_per_element(report.settings.precision).value();
  std::vector<std::string> cells = {shortened(layer.name, name_width) + repeats,
                                    op_text(layer),
                                    shape_text(layer.output),
                                    scaled(static_cast<double>(layer.parameter_count())),
                                    scaled(static_cast<double>(layer.macs())),
                                    to_text(Bytes(workloads::mac_bytes(layer, element)))};
  if (report.time) {
    const workloads::LayerTime& time = report.time->layers[index];
    cells.push_back(to_text(time.forward));
    if (report.settings.mode == workloads::Mode::training) cells.push_back(to_text(time.backward));
    cells.emplace_back(to_text(time.bound));
  }
  return cells;
}

Table layer_table(const ModelReport& report, bool all_layers, std::size_t name_width) {
  Table table(layer_columns(report));
  for (const Run& run : runs_of(report.model, !all_layers)) {
    for (std::size_t i = run.first; i < run.last; ++i) {
      table.add(
          layer_cells(report, i, run.repeats > 1 ? fmt::format(" (x{})", run.repeats) : "", name_width));
    }
  }
  return table;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    widest = std::max(widest, display_width(std::string_view(text).substr(at, end - at)));
    at = end + 1;
  }
  return widest;
}

/// Names give way until the table fits, but keep 12 columns; then columns go.
std::string fitting_table(const ModelReport& report, std::size_t width, bool all_layers) {
  constexpr std::size_t kLongest = 48, kShortest = 12;
  std::string text = layer_table(report, all_layers, kLongest).text();
  const std::size_t widest = widest_line(text);
  if (widest <= width) return text;
  const std::size_t longest_name = [&] {
    std::size_t longest = 0;
    for (const Layer& layer : report.model.layers)
      longest = std::max(longest, std::min(display_width(layer.name), kLongest));
    return longest;
  }();
  const std::size_t excess = widest - width;
  const std::size_t name_width = longest_name > excess + kShortest ? longest_name - excess : kShortest;
  return layer_table(report, all_layers, name_width).text(2, static_cast<int>(width));
}

std::string totals(const ModelReport& report) {
  const Model& model = report.model;
  const double element = topology::bytes_per_element(report.settings.precision).value();
  std::string text =
      fmt::format("{}: {} parameters, {} MACs, {} moved, {} activations for one {} of {}\n", model.name,
                  grouped(model.parameter_count()), scaled(static_cast<double>(model.macs())),
                  to_text(Bytes(workloads::mac_bytes(model, element))),
                  scaled(static_cast<double>(workloads::activation_count(model))),
                  model.tokens_per_sample > 0 ? "sequence" : "sample", shape_text(model.input));
  if (!model.source.empty()) text += fmt::format("  {}\n", model.source);
  return text;
}

std::string time_text(const ModelReport& report) {
  const workloads::StepTime& time = *report.time;
  const bool training = report.settings.mode == workloads::Mode::training;
  std::string text =
      fmt::format("{} on {}, batch {}, {}, {}{}: ", training ? "Training step" : "Inference",
                  report.gpu->product, report.settings.batch, to_text(report.settings.precision),
                  to_text(report.settings.layout), report.settings.compiled ? ", compiled" : "");
  text += fmt::format("{} (within {:.0f} %), {} {}/s, GPU busy {:.0f} % of the time\n", to_text(time.total()),
                      100 * time.relative_error, rate_text(report.samples_per_second()),
                      report.model.sample_unit, 100 * report.gpu_utilization());
  if (training) {
    text += fmt::format("  forward {}, backward {}, optimizer {}", to_text(time.forward),
                        to_text(time.backward), to_text(time.optimizer));
  } else {
    text += fmt::format("  kernels {}", to_text(time.forward));
  }
  return text + fmt::format(", launching {}\n", to_text(time.launch));
}

std::string memory_text(const ModelReport& report) {
  const workloads::MemoryUse& use = report.memory;
  std::string text = fmt::format("Memory: {}", to_text(use.total()));
  const char* sign = " =";
  for (auto [name, bytes] : {std::pair("weights", use.weights), std::pair("gradients", use.gradients),
                             std::pair("optimizer", use.optimizer), std::pair("activations", use.activations),
                             std::pair("buffers", use.buffers)}) {
    if (bytes.value() <= 0) continue;
    text += fmt::format("{} {} {}", sign, name, to_text(bytes));
    sign = " +";
  }
  text += "\n";
  if (report.gpu && use.total() > report.gpu->memory) {
    text +=
        fmt::format("  does not fit {} of {}: the largest part is {}; {}\n", to_text(report.gpu->memory),
                    report.gpu->product, use.largest(),
                    use.largest() == "activations" ? "a smaller --batch or --recompute full makes it fit"
                                                   : "shard it over more GPUs (--strategy fsdp, --tp, --pp)");
  }
  return text;
}

std::string list_item(const std::string& text, std::size_t width, const std::string& first,
                      const std::string& rest) {
  std::string result, line = first;
  bool empty = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!empty && display_width(line) + 1 + display_width(word) > width) {
      result += line + "\n";
      line = rest;
      empty = true;
    }
    line += (empty ? "" : " ") + word;
    empty = false;
    at = end + 1;
  }
  return result + line + "\n";
}

std::string advice_text(const ModelReport& report, std::size_t width) {
  if (report.advice.empty()) return {};
  std::string text = "What makes it slow\n";
  for (const workloads::Advice& advice : report.advice) text += list_item(advice.text, width, "  - ", "    ");
  return text;
}

void sort_reports(std::vector<ModelReport>& reports) {
  std::stable_sort(reports.begin(), reports.end(), [](const ModelReport& a, const ModelReport& b) {
    if (a.time && b.time)
      return a.time->total() / static_cast<double>(a.settings.batch) <
             b.time->total() / static_cast<double>(b.settings.batch);
    return a.model.macs() < b.model.macs();
  });
}

/// The most striking pair: fewer MACs, yet slower.
std::string inversion(const std::vector<ModelReport>& reports) {
  const ModelReport *slow = nullptr, *fast = nullptr;
  double most = 1;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    for (std::size_t k = i + 1; k < reports.size(); ++k) {
      const double ratio = static_cast<double>(reports[i].model.macs()) /
                           std::max<double>(1, static_cast<double>(reports[k].model.macs()));
      if (reports[k].time && ratio > most) most = ratio, fast = &reports[i], slow = &reports[k];
    }
  }
  if (!slow) return {};
  return fmt::format(
      "Fewer FLOPs are not lower latency: {} has {:.1f} times fewer MACs than {}, yet takes {:.2f} times as "
      "long.\n",
      slow->model.name, most, fast->model.name, (slow->time->total() / fast->time->total()));
}

}  // namespace

std::string model_text(const ModelReport& report, std::size_t width, bool all_layers) {
  std::string text = totals(report) + "\n" + fitting_table(report, width, all_layers) + "\n";
  if (report.time) text += time_text(report);
  return text + memory_text(report) + advice_text(report, width);
}

std::string comparison_text(std::vector<ModelReport> reports, int width) {
  sort_reports(reports);
  const bool timed = reports.front().time.has_value();
  std::vector<Column> columns = {{"model", Align::left},
                                 {"MACs"},
                                 {"params"},
                                 {"moved", Align::right, 2},
                                 {"activations", Align::right, 3}};
  if (timed) {
    columns.insert(columns.end(),
                   {{"latency"}, {"samples/s"}, {"GPU busy", Align::right, 4}, {"FLOP/s", Align::right, 1}});
  }
  Table table(columns);
  for (const ModelReport& report : reports) {
    const double element = topology::bytes_per_element(report.settings.precision).value();
    std::vector<std::string> row = {report.model.name, scaled(static_cast<double>(report.model.macs())),
                                    scaled(static_cast<double>(report.model.parameter_count())),
                                    to_text(Bytes(workloads::mac_bytes(report.model, element))),
                                    scaled(static_cast<double>(workloads::activation_count(report.model)))};
    if (timed) {
      const double passes = report.settings.mode == workloads::Mode::training ? 3 : 1;
      row.push_back(to_text(report.time->total()));
      row.push_back(rate_text(report.samples_per_second()));
      row.push_back(fmt::format("{:.0f} %", 100 * report.gpu_utilization()));
      row.push_back(to_text(Flops(2 * passes * static_cast<double>(report.model.macs())) /
                            Seconds(1 / report.samples_per_second())));
    }
    table.add(std::move(row));
  }
  std::string text;
  if (timed) {
    const ModelReport& any = reports.front();
    text = fmt::format("{} on {}, batch {}, {}: fastest first\n",
                       any.settings.mode == workloads::Mode::training ? "Training" : "Inference",
                       any.gpu->product, any.settings.batch, to_text(any.settings.precision));
  }
  return text + table.text(2, width) + (timed ? inversion(reports) : "");
}

}  // namespace scalesim::report
