// One thread plays both sides: computing only lets time pass, so its ends are known without waiting for them,
// and the thread is free to be inside the collective that runs beside it.
#include "comm/probe/replay.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace scalesim::comm {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLeastSteps = 2;
constexpr int kMostSteps = 60;

Clock::time_point later(Clock::time_point start, Seconds time) {
  return start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time.value()));
}

}  // namespace

void prepare_replay(const ReplayStep& step, Channel& channel) {
  Bytes largest{};
  for (const ReplayPart& part : step) largest = std::max(largest, part.bytes);
  // All-to-all has the largest buffers on both sides: enough for every other collective of that size.
  channel.prepare(Collective::all_to_all, largest + Bytes(4.0 * channel.size()));
}

Seconds play(const ReplayStep& step, Channel& channel) {
  const Clock::time_point start = Clock::now();
  std::vector<Clock::time_point> ends;
  Clock::time_point computed = start, last = start;
  for (const ReplayPart& part : step) {
    Clock::time_point ready = start;
    for (const int before : part.after) ready = std::max(ready, ends.at(static_cast<std::size_t>(before)));
    if (part.bytes > Bytes(0)) {
      std::this_thread::sleep_until(ready);
      channel.move(part.collective, part.bytes);
      ends.push_back(Clock::now());
    } else {
      computed = later(std::max(ready, computed), part.duration);
      ends.push_back(computed);
    }
    last = std::max(last, ends.back());
  }
  std::this_thread::sleep_until(last);
  return Seconds(std::chrono::duration<double>(Clock::now() - start).count());
}

Series replay(const ReplayStep& step, Channel& channel, Seconds time) {
  prepare_replay(step, channel);
  const double warm_up = channel.maximum({play(step, channel).value()})[0];
  const int steps =
      std::clamp(static_cast<int>(time.value() / std::max(warm_up, 1e-6)), kLeastSteps, kMostSteps);
  Series series;
  for (int i = 0; i < steps; ++i) series.times.push_back(play(step, channel).value());
  return series;
}

}  // namespace scalesim::comm
