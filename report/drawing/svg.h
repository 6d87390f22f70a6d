// The strokes that pictures of machines and clusters are made of, so that both look alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "topology/machine/machine.h"

namespace scalesim::report::svg {

/// Text for inside an element or attribute.
std::string escaped(std::string_view text);
/// Without the maker's name; whole UTF-8 characters only; a cut name ends in "..".
std::string shortened(std::string text, std::size_t most);
/// Wider is faster: 12 GB/s (gen3 x16) draws 1.5, 900 GB/s draws 8.
double stroke(const std::optional<BytesPerSecond>& bandwidth);
std::string rate_of(const std::optional<BytesPerSecond>& bandwidth);
std::string_view fill_of(topology::ComponentKind kind);

/// A line as wide as `bandwidth`, dashed where that is not known.
std::string line(double x1, double y1, double x2, double y2, const std::optional<BytesPerSecond>& bandwidth,
                 std::string_view colour);
/// `anchor` is start, middle or end.
std::string words(double x, double y, double size, std::string_view anchor, std::string_view colour,
                  std::string_view text);
std::string rectangle(double left, double top, double width, double height, std::string_view fill,
                      std::string_view edge, double round = 5);
/// The whole document: white ground, `title` at the top, then `body`.
std::string document(double width, double height, std::string_view title, std::string_view body);

}  // namespace scalesim::report::svg
