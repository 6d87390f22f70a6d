// The grid: point k is 2^(k/8) (1 + (k%8)/8) bytes, so powers of two are exact.
#include "comm/models/profile/size_table.h"

#include <algorithm>
#include <cmath>
#include <mutex>

namespace scalesim::comm {

namespace {

constexpr int points_per_octave = 8;
constexpr int octaves = 44;

double bytes_of(int point) {
  return std::ldexp(1.0 + static_cast<double>(point % points_per_octave) / points_per_octave,
                    point / points_per_octave);
}

int point_below(double bytes) {
  int exponent = 0;
  const double mantissa = 2 * std::frexp(bytes, &exponent);  // in [1, 2), bytes = mantissa 2^(exponent-1)
  const int point = (exponent - 1) * points_per_octave + static_cast<int>((mantissa - 1) * points_per_octave);
  return std::clamp(point, 0, octaves * points_per_octave - 1);
}

}  // namespace

SizeTable::SizeTable(const std::function<double(double bytes)>& time) {
  double highest = 0;
  for (int point = 0; point <= octaves * points_per_octave; ++point) {
    highest = std::max(highest, time(bytes_of(point)));
    seconds_.push_back(highest);
  }
}

double SizeTable::at(double bytes) const {
  if (bytes <= 0) return 0;
  if (bytes <= 1) return seconds_.front();
  const int point = point_below(bytes);
  const double from = bytes_of(point), to = bytes_of(point + 1);
  const auto index = static_cast<size_t>(point);
  return seconds_[index] + (seconds_[index + 1] - seconds_[index]) * (bytes - from) / (to - from);
}

double SizeTable::grid_point(double bytes) { return bytes <= 1 ? 1 : bytes_of(point_below(bytes)); }

const SizeTable& SizeTableCache::get(Collective collective, const Group& group,
                                     const std::function<double(double bytes)>& time) const {
  const std::pair key(collective, group);
  {
    const std::shared_lock lock(mutex_);
    const auto found = tables_.find(key);
    if (found != tables_.end()) return *found->second;
  }
  auto built = std::make_unique<const SizeTable>(time);
  const std::unique_lock lock(mutex_);
  return *tables_.try_emplace(key, std::move(built)).first->second;
}

}  // namespace scalesim::comm
