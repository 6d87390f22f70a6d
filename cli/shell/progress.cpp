// Draws over its own line with a carriage return.
#include "cli/shell/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/shell/terminal.h"

namespace scalesim::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(1);
constexpr auto kBetween = std::chrono::milliseconds(100);

std::string left_text(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.0f} s left", seconds);
  if (seconds < 5940) return fmt::format("{:.0f} min left", seconds / 60);
  return fmt::format("{:.1f} h left", seconds / 3600);
}

std::string bar(double share, int cells) {
  if (cells < 4) return {};
  const int full = std::clamp(static_cast<int>(share * cells), 0, cells);
  std::string text(static_cast<std::size_t>(full), '=');
  if (full < cells) text += '>';
  text.resize(static_cast<std::size_t>(cells), ' ');
  return " [" + text + "]";
}

}  // namespace

std::string progress_line(const std::string& what, std::size_t done, std::size_t all, std::size_t done_before,
                          double seconds, int width) {
  const double share = all == 0 ? 1 : static_cast<double>(done) / static_cast<double>(all);
  const std::string head = fmt::format("{}  {} of {}", what, done, all);
  std::string tail = fmt::format("  {:.0f} %", 100 * share);
  if (done > done_before && done < all)
    tail +=
        ", " + left_text(seconds * static_cast<double>(all - done) / static_cast<double>(done - done_before));
  const int room = width - static_cast<int>(head.size() + tail.size()) - 3;
  std::string line = head + bar(share, std::min(room, 40)) + tail;
  line.resize(std::min(line.size(), static_cast<std::size_t>(std::max(0, width))));
  return line;
}

Progress::Progress(std::ostream& err, std::string what, bool quiet)
    : err_(err), what_(std::move(what)), shown_(!quiet && is_terminal(err)) {}

Progress::~Progress() {
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
}

void Progress::at(std::size_t done, std::size_t all) {
  if (!begun_) first_ = done;
  begun_ = true;
  const Clock::time_point now = Clock::now();
  if (!shown_ || now - start_ < kPatience || now - last_ < kBetween) return;
  last_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  err_ << "\r" << progress_line(what_, done, all, first_, seconds, drawing_width(err_) - 1) << "\x1b[K"
       << std::flush;
}

}  // namespace scalesim::cli
