// How the GPUs of one machine are joined by links of their own: bridges, direct meshes, NVSwitch.
#pragma once

#include <string>
#include <vector>

#include "topology/machine/machine.h"
#include "topology/machine/wiring.h"
#include "topology/parts/gpu.h"

namespace scalesim::topology {

/// GPUs `a` and `b` joined by `count` links.
struct DirectLinks {
  int a = 0;
  int b = 0;
  int count = 1;
};
/// "0-3:2" is two links between GPU 0 and GPU 3; without a colon one. Throws InputError.
DirectLinks parse_direct_links(const std::string& text);

/// `machine` with its GPUs joined as `wiring` says by the links of `gpu`, which must have some; `direct`
/// replaces the usual pairs. Pairs beyond the machine's GPUs are left out.
Machine with_gpu_links(Machine machine, const GpuSpec& gpu, NodeWiring wiring,
                       const std::vector<DirectLinks>& direct = {});

/// NVSwitch came with the DGX-2 and is the rule since Ampere; before, and at other vendors, GPUs are joined
/// directly.
NodeWiring usual_nvlink_wiring(const GpuSpec& gpu, int gpus);

/// How `gpus` GPUs with `links_per_gpu` links each are joined without a switch: all to all as wide as the
/// links allow, or the hybrid cube mesh of the DGX-1 (two quads and four links across). Throws InputError
/// when neither is possible.
std::vector<DirectLinks> direct_mesh(int gpus, int links_per_gpu);

/// Adds `link` between components `a` and `b`, once per direction.
void join_both_ways(Machine& machine, int a, int b, Link link);

}  // namespace scalesim::topology
