// Published sweeps as observations of the NCCL model: what was measured, on which node, by which harness.
#pragma once

#include <string>
#include <vector>

#include "comm/models/nccl/correction.h"

namespace scalesim::comm {

/// One measured point with everything that does not depend on the constants.
struct Observation {
  std::string system;
  std::string doubt;  ///< why the source itself says that the figure is not the hardware's; empty: none
  NcclNode node;
  Group group;
  Collective collective = Collective::all_reduce;
  NcclHarness harness;
  double bytes = 0;
  double time = 0;  ///< us
  size_t tuning = 0;
  NcclChoice choice;
  bool asked = false;  ///< a row of the table given on the command line
};

struct Observations {
  std::vector<NcclTuning> tunings;
  std::vector<Observation> rows;
  int skipped = 0;  ///< rows that state no hardware or no time
};

/// Rows of a CSV with the columns system, gpu, nodes, gpus, interconnect, nic, collective, size_bytes,
/// time_us, busbw_GBps, note. A row becomes a cluster by what its columns say about GPU, wiring and NICs; no
/// row, system or source is treated apart. Throws InputError.
void add_table(const std::string& path, Observations& data);

/// data/calibration/sweeps.toml. Throws InputError.
void add_shipped_sweeps(Observations& data);

/// What the corrected model says for one observation, in us.
double predicted_time(const Observations& data, const Observation& row, const NcclCalibration& constants);

}  // namespace scalesim::comm
