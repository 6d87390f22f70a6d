// A bar with an estimate of the end, for work that takes longer than a person likes to wait without a sign.
#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>

namespace scalesim::cli {

/// Draws on `err` while it lives: only when that is a terminal, not with --quiet, and only after a second of
/// work. Leaves an empty line behind.
class Progress {
 public:
  /// `what` is counted: "clusters".
  Progress(std::ostream& err, std::string what, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// To be called often; draws at most ten times a second. The first call's `done` was there before.
  void at(std::size_t done, std::size_t all);

 private:
  using Clock = std::chrono::steady_clock;
  std::ostream& err_;
  std::string what_;
  bool shown_;  ///< whether anybody looks
  bool drawn_ = false, begun_ = false;
  Clock::time_point start_ = Clock::now(), last_ = start_;
  std::size_t first_ = 0;
};

/// "clusters  412 of 1680 [=====>         ]  24 %, 12 s left", as wide as `width` or shorter. Nothing is said
/// of the end before the first of this run is done.
std::string progress_line(const std::string& what, std::size_t done, std::size_t all, std::size_t done_before,
                          double seconds, int width);

}  // namespace scalesim::cli
