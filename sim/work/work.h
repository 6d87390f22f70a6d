// What one rank computes for one micro-batch, layer by layer, with the collectives that sit between its
// layers.
#pragma once

#include <string>
#include <vector>

#include "comm/collective/model.h"
#include "core/data_catalogue.h"
#include "sim/scenario/layout.h"
#include "sim/scenario/scenario.h"
#include "workloads/compute/step.h"
#include "workloads/compute/time.h"

namespace scalesim::sim {

/// A collective between two layers that every rank waits for.
struct LayerMessage {
  comm::Collective collective = comm::Collective::all_reduce;
  Bytes bytes{};
  Axis axis = Axis::none;  ///< tensor, context, or data for expert exchange
  double hidden_by = 0;    ///< seconds of the layer's own compute that it runs beside (ring attention)
  int times = 1;
  bool operator==(const LayerMessage&) const = default;
};

struct LayerWork {
  Seconds forward{};
  Seconds backward{};         ///< with the recomputed forward in it
  Seconds weight_gradient{};  ///< part of backward that no earlier layer waits for
  std::vector<LayerMessage> forward_messages, backward_messages;
  std::vector<std::int64_t> parameters;  ///< elements of each tensor on this rank, in definition order
  bool expert = false;                   ///< averaged among expert_gradient_group only
  int block = -1;
  Bytes buffers{};  ///< running statistics of a batch norm
  Bytes output{};   ///< activation handed to the next layer
};

struct Work {
  std::vector<LayerWork> layers;
  Seconds forward{}, backward{};
  Seconds launch{};                    ///< host time to launch one micro-batch
  double optimizer_per_parameter = 0;  ///< seconds
  double relative_error = 0.1;
  double arithmetic = 0;  ///< seconds of forward and backward in layers bound by arithmetic
  std::int64_t microbatch = 1;

  double parameters() const;
};

/// What the compute model says of the step that Scenario::step_time measures: one undivided GPU.
Seconds modelled_step(const Scenario& scenario, const topology::GpuSpec& gpu, const DataCatalogue& data);
Seconds modelled_step(const Scenario& scenario, const topology::GpuSpec& gpu,
                      const workloads::ComputeConstants& constants);

/// Times the rank's share on `gpu` for micro-batches of `microbatch` samples. With Scenario::step_time every
/// compute time is scaled by what the user measured over what the model says for one undivided GPU.
Work make_work(const Scenario& scenario, const topology::GpuSpec& gpu, std::int64_t microbatch,
               const DataCatalogue& data);
/// The same with the calibration of these settings looked up before (workloads::find_constants).
Work make_work(const Scenario& scenario, const topology::GpuSpec& gpu, std::int64_t microbatch,
               const workloads::ComputeConstants& constants);

/// All compute times multiplied, for the ends of the calibration's uncertainty.
Work scaled(Work work, double factor);

/// The work of a model whose layer times are given: no tensor, context or expert groups.
Work work_from(const workloads::Model& model, const workloads::StepTime& time, std::int64_t microbatch);

}  // namespace scalesim::sim
