// What happens at scale that no datasheet says: slow hosts, jitter, flapping links, failures; and what of it
// a user may say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/data_catalogue.h"
#include "core/provenance.h"
#include "core/units.h"

namespace scalesim::sim {

/// What the command line may say; unset fields keep those of data/calibration/reality.toml.
struct RealityOptions {
  std::optional<double> failures_per_gpu_hour;
  std::optional<Seconds> restart;           ///< from a failure until the job computes again
  std::optional<Seconds> checkpoint;        ///< to write one; else its bytes over what the nodes write
  std::optional<Seconds> checkpoint_every;  ///< else the interval with the best goodput
  std::optional<BytesPerSecond> storage;    ///< what one node writes
  std::optional<double> slow_hosts;         ///< share of hosts, in [0, 1]
  std::int64_t evaluate_every = 0;          ///< steps between evaluations; 0: none
  std::int64_t evaluation_samples = 0;      ///< forward passes of one evaluation, over all GPUs
  int draws = 200;                          ///< placements drawn for low and high
  std::uint64_t seed = 1;
};

struct Reality {
  double failures_per_gpu_hour = 0;
  Seconds restart{};
  BytesPerSecond storage_per_node{};
  double slow_hosts = 0;
  double slow_host_factor = 1;
  double step_jitter = 0;  ///< part of StepConstants::rank_deviation that is drawn anew every step
  double flaps_per_nic_hour = 0;
  Seconds flap{};  ///< what one flap costs
  Provenance provenance = Provenance::assumed;
  std::string source;
};

/// data/calibration/reality.toml with what `options` say in its place.
Reality load_reality(const DataCatalogue& data, const RealityOptions& options);

}  // namespace scalesim::sim
