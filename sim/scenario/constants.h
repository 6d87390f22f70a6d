// Constants of a step that are neither compute nor network, fitted to measured scaling curves.
#pragma once

#include <string>

#include "core/data_catalogue.h"
#include "core/provenance.h"
#include "core/units.h"

namespace scalesim::sim {

struct StepConstants {
  double rank_deviation = 0;  ///< relative standard deviation of a rank's step time against its equals
  double compute_loss = 1;    ///< multiplies what a collective's SMs and memory traffic take from compute
  double communication_loss = 0.1;  ///< share of its rate that a collective loses to compute beside it
  Seconds bucket_overhead{};  ///< host and synchronisation time per collective, on the communication stream
  Seconds host_deviation{};   ///< standard deviation of a host thread's delays in a step: launches, hooks,
                              ///< synchronisation
  double decode_rate = 0;     ///< images that one core of a host reads, decodes and augments per second
  double relative_error = 0;  ///< left over by the fit, of the speed-up
  Provenance provenance = Provenance::assumed;
  std::string source;
};

/// data/calibration/step.toml.
StepConstants load_step_constants(const DataCatalogue& data);

}  // namespace scalesim::sim
