// Curves and bars for a terminal, drawn with Unicode: a look at the shape before opening a page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/curve/prediction.h"

namespace scalesim::report {

/// One curve of a plot. Points are (x, y), x ascending.
struct PlotSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool reference = false;  ///< a dotted line beneath the others, without a letter
};

struct PlotOptions {
  int width = 80;            ///< columns of the whole plot, at least 30
  int height = 16;           ///< rows of the drawing area
  bool logarithmic = false;  ///< both axes
  bool colour = false;       ///< ANSI colours beside the letters
};

/// Lines of braille dots over labelled axes. Every series has a letter at its last point and in the legend,
/// so curves are told apart without colour.
std::string plot_curves(const std::vector<PlotSeries>& series, const std::string& x_name,
                        const std::string& y_name, const PlotOptions& options);

/// A bar in eighths of a character: share 0..1 of `width` columns.
std::string plot_bar(double share, int width);

/// Speed-up curves with the ideal line, then the parts of the step at the largest count of each system as
/// bars.
std::string prediction_plot(const sim::Prediction& prediction, const PlotOptions& options);

}  // namespace scalesim::report
