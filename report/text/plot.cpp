// Braille has 2 x 4 dots per character: 80 columns give 140 dots across, enough to see where a curve bends.
#include "report/text/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/units_text.h"
#include "report/text/table.h"

namespace scalesim::report {
namespace {

constexpr int kDotsAcross = 2;
constexpr int kDotsDown = 4;
constexpr int kColours[] = {34, 33, 32, 35, 36, 31};  // ANSI blue, yellow, green, magenta, cyan, red

std::string utf8(char32_t code) {
  std::string text;
  text += static_cast<char>(0xE0 | (code >> 12));
  text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
  text += static_cast<char>(0x80 | (code & 0x3F));
  return text;
}

struct Cell {
  int dots = 0;     ///< braille bits
  char letter = 0;  ///< drawn instead of dots
  int series = -1;  ///< whose colour
};

/// Dots in a grid of characters, the first row on top.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns), rows_(rows), cells_(static_cast<std::size_t>(columns * rows)) {}

  int dots_across() const { return columns_ * kDotsAcross; }
  int dots_down() const { return rows_ * kDotsDown; }

  void dot(int x, int y, int series) {
    if (x < 0 || y < 0 || x >= dots_across() || y >= dots_down()) return;
    // Bits of a braille pattern, column by column (Unicode 15, U+2800).
    static constexpr int bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    Cell& cell = at(x / kDotsAcross, y / kDotsDown);
    cell.dots |= bits[x % kDotsAcross][y % kDotsDown];
    cell.series = series;
  }

  void line(int x0, int y0, int x1, int y1, int series, int gap) {
    const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (int i = 0; i <= steps; i += gap)
      dot(x0 + static_cast<int>(std::lround(static_cast<double>(x1 - x0) * i / steps)),
          y0 + static_cast<int>(std::lround(static_cast<double>(y1 - y0) * i / steps)), series);
  }

  /// Where another letter stands already, this one moves to its left.
  void letter(int x, int y, char letter, int series) {
    int column = std::clamp(x / kDotsAcross, 0, columns_ - 1);
    const int row = std::clamp(y / kDotsDown, 0, rows_ - 1);
    while (column > 0 && at(column, row).letter != 0) --column;
    Cell& cell = at(column, row);
    cell.letter = letter;
    cell.series = series;
  }

  std::string row(int y, bool colour) const {
    std::string text;
    for (int x = 0; x < columns_; ++x) {
      const Cell& cell = cells_[static_cast<std::size_t>(y * columns_ + x)];
      std::string sign = " ";
      if (cell.letter != 0)
        sign = std::string(1, cell.letter);
      else if (cell.dots != 0)
        sign = utf8(0x2800 + static_cast<char32_t>(cell.dots));
      if (colour && cell.series >= 0 && sign != " ")
        sign = fmt::format("\x1b[{}m{}\x1b[0m",
                           kColours[static_cast<std::size_t>(cell.series) % std::size(kColours)], sign);
      text += sign;
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }

 private:
  Cell& at(int x, int y) { return cells_[static_cast<std::size_t>(y * columns_ + x)]; }
  int columns_;
  int rows_;
  std::vector<Cell> cells_;
};

/// Values to dots, linear or logarithmic.
struct Scale {
  double low = 0;
  double high = 1;
  bool logarithmic = false;
  double place(double value) const {
    if (logarithmic) return std::log(value / low) / std::log(high / low);
    return (value - low) / (high - low);
  }
  double value(double place) const {
    return logarithmic ? low * std::pow(high / low, place) : low + place * (high - low);
  }
};

Scale scale_of(const std::vector<PlotSeries>& series, bool vertical, bool logarithmic) {
  double low = INFINITY;
  double high = -INFINITY;
  for (const PlotSeries& one : series)
    for (const auto& [x, y] : one.points) {
      low = std::min(low, vertical ? y : x);
      high = std::max(high, vertical ? y : x);
    }
  if (vertical && !logarithmic) low = std::min(low, 0.0);
  if (!(high > low)) high = low + 1;
  return {low, high, logarithmic};
}

/// Values to write on an axis: powers of two on a logarithmic one, else the ends and the middle.
std::vector<double> ticks_of(const Scale& scale) {
  if (!scale.logarithmic) return {scale.low, scale.value(0.5), scale.high};
  const int first = static_cast<int>(std::ceil(std::log2(scale.low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log2(scale.high) + 1e-9));
  std::vector<double> ticks;
  for (int power = first; power <= last; power += 1 + (last - first) / 6) ticks.push_back(std::exp2(power));
  return ticks;
}

std::string axis_number(double value) { return fmt::format("{:.3g}", value); }

char letter_of(std::size_t index) { return static_cast<char>('A' + index % 26); }

void draw(Canvas& canvas, const PlotSeries& series, const Scale& across, const Scale& up, int index,
          int gap) {
  const auto x_of = [&](double x) {
    return static_cast<int>(std::lround(across.place(x) * (canvas.dots_across() - 1)));
  };
  const auto y_of = [&](double y) {
    return static_cast<int>(std::lround((1 - up.place(y)) * (canvas.dots_down() - 1)));
  };
  for (std::size_t i = 0; i + 1 < series.points.size(); ++i)
    canvas.line(x_of(series.points[i].first), y_of(series.points[i].second), x_of(series.points[i + 1].first),
                y_of(series.points[i + 1].second), index, gap);
  if (index >= 0 && !series.points.empty())
    canvas.letter(x_of(series.points.back().first), y_of(series.points.back().second),
                  letter_of(static_cast<std::size_t>(index)), index);
}

/// The line under the plot with its numbers.
std::string bottom_axis(const Scale& across, int margin, int columns, const std::string& name) {
  std::string numbers(static_cast<std::size_t>(columns), ' ');
  for (const double tick : ticks_of(across)) {
    const std::string text = axis_number(tick);
    const int at =
        static_cast<int>(std::lround(across.place(tick) * (columns - 1))) - static_cast<int>(text.size() / 2);
    const auto start = static_cast<std::size_t>(std::clamp(at, 0, columns - static_cast<int>(text.size())));
    numbers.replace(start, text.size(), text);
  }
  std::string line;
  for (int i = 0; i < columns; ++i) line += "\u2500";
  const std::string space(static_cast<std::size_t>(margin), ' ');
  const std::string middle(
      static_cast<std::size_t>(std::max(0, (columns - static_cast<int>(name.size())) / 2)), ' ');
  return fmt::format("{}\u2514{}\n{} {}\n{} {}{}\n", space, line, space,
                     numbers.substr(0, numbers.find_last_not_of(' ') + 1), space, middle, name);
}

/// The number beside each row of the drawing, empty where there is none.
std::vector<std::string> side_labels(const Scale& up, int rows) {
  std::vector<std::string> labels(static_cast<std::size_t>(rows));
  for (const double tick : ticks_of(up)) {
    const long row = std::lround((1 - up.place(tick)) * (rows - 1));
    labels[static_cast<std::size_t>(std::clamp<long>(row, 0, rows - 1))] = axis_number(tick);
  }
  return labels;
}

std::string legend(const std::vector<PlotSeries>& series, int margin, bool colour) {
  std::string text;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].reference) {
      text +=
          fmt::format("{} \u00b7 {}\n", std::string(static_cast<std::size_t>(margin), ' '), series[i].name);
      continue;
    }
    const std::string letter(1, letter_of(i));
    const std::string sign =
        colour ? fmt::format("\x1b[{}m{}\x1b[0m", kColours[i % std::size(kColours)], letter) : letter;
    text +=
        fmt::format("{} {} {}\n", std::string(static_cast<std::size_t>(margin), ' '), sign, series[i].name);
  }
  return text;
}

/// One system's step at its largest count that fits: what the GPUs do, longest first.
std::string step_bars(const sim::Curve& curve, const PlotOptions& options) {
  const auto fits =
      std::find_if(curve.points.rbegin(), curve.points.rend(), [](const sim::Point& p) { return p.fits; });
  if (fits == curve.points.rend()) return "";
  const std::vector<std::pair<std::string, Seconds>> parts = {
      {"compute", fits->compute},        {"waiting for communication", fits->exposed_communication},
      {"pipeline bubble", fits->bubble}, {"waiting for input", fits->input},
      {"stragglers", fits->straggler},   {"optimizer", fits->optimizer}};
  std::string text = fmt::format("\n{}: the step on {} GPU{}, {}\n", curve.system, fits->gpus,
                                 fits->gpus == 1 ? "" : "s", to_text(fits->step));
  const int width = std::max(10, options.width - 48);
  for (const auto& [name, time] : parts) {
    if (!(time > Seconds(0))) continue;
    const double share = time / fits->step;
    text += fmt::format("  {:<25} {:>9} {:>5.1f} % {}\n", name, to_text(time), 100 * share,
                        plot_bar(share, width));
  }
  return text;
}

}  // namespace

std::string plot_bar(double share, int width) {
  const auto eighths = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
  std::string bar;
  for (int i = 0; i < eighths / 8; ++i) bar += utf8(0x2588);
  // U+2589 is seven eighths, U+258F one eighth.
  if (eighths % 8 != 0) bar += utf8(static_cast<char32_t>(0x2590 - eighths % 8));
  return bar;
}

std::string plot_curves(const std::vector<PlotSeries>& series, const std::string& x_name,
                        const std::string& y_name, const PlotOptions& options) {
  const Scale across = scale_of(series, false, options.logarithmic);
  const Scale up = scale_of(series, true, options.logarithmic);
  constexpr int margin = 7;
  const int columns = std::max(30, options.width) - margin - 1;
  Canvas canvas(columns, options.height);
  for (const PlotSeries& one : series)
    if (one.reference) draw(canvas, one, across, up, -1, 3);
  for (std::size_t i = 0; i < series.size(); ++i)
    if (!series[i].reference) draw(canvas, series[i], across, up, static_cast<int>(i), 1);
  const std::vector<std::string> labels = side_labels(up, options.height);
  std::string text = fmt::format("{:>{}} {}\n", "", margin, y_name);
  for (int row = 0; row < options.height; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    text += fmt::format("{:>{}}{}{}\n", label, margin, label.empty() ? "\u2502" : "\u2524",
                        canvas.row(row, options.colour));
  }
  return text + bottom_axis(across, margin, columns, x_name) + legend(series, margin, options.colour);
}

std::string prediction_plot(const sim::Prediction& prediction, const PlotOptions& options) {
  std::vector<PlotSeries> series;
  double largest = 1;
  for (const sim::Curve& curve : prediction.curves) {
    PlotSeries one{curve.system, {}, false};
    for (const sim::Point& point : curve.points) {
      one.points.emplace_back(point.gpus, point.speedup);
      largest = std::max(largest, static_cast<double>(point.gpus));
    }
    series.push_back(std::move(one));
  }
  PlotOptions chosen = options;
  chosen.logarithmic = largest > 16;
  PlotSeries ideal{"ideal", {}, true};
  for (double gpus = 1; gpus < largest; gpus *= 2) ideal.points.emplace_back(gpus, gpus);
  ideal.points.emplace_back(largest, largest);
  series.push_back(std::move(ideal));
  std::string text = plot_curves(series, "GPUs", "speed-up", chosen);
  for (const sim::Curve& curve : prediction.curves) text += step_bars(curve, options);
  return text;
}

}  // namespace scalesim::report
