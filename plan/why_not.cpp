// Answers --why-not from a finished plan.
#include <fmt/format.h>

#include "core/error.h"
#include "core/number.h"
#include "plan/plan.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::plan {
namespace {

struct Wanted {
  int gpus = 0;
  std::string gpu, system;
};

/// "8x rtx4090", "8xrtx4090 pcie", "16 x a100 nvlink".
Wanted parse_wanted(const std::string& text, const DataCatalogue& data) {
  Wanted wanted;
  const LeadingNumber<int> gpus = leading_integer<int>(text);
  wanted.gpus = gpus.value;
  std::string tail(gpus.rest);
  const std::size_t x = tail.find_first_not_of(' ');
  if (!gpus || wanted.gpus < 1 || x == std::string::npos || tail[x] != 'x')
    throw InputError(fmt::format(
        "--why-not '{}': write the number of GPUs, x and their name, such as '8x rtx4090'", text));
  tail.erase(0, tail.find_first_not_of(' ', x + 1) == std::string::npos ? tail.size()
                                                                        : tail.find_first_not_of(' ', x + 1));
  const std::size_t space = tail.find(' ');
  wanted.gpu = topology::GpuCatalogue(data).find(tail.substr(0, space)).name;
  if (space != std::string::npos) wanted.system = tail.substr(space + 1);
  return wanted;
}

template <class T>
bool matches(const Wanted& wanted, const T& cluster) {
  return cluster.gpus == wanted.gpus && cluster.gpu == wanted.gpu &&
         (wanted.system.empty() || cluster.system == wanted.system);
}

}  // namespace

std::vector<std::string> why_not(const Plan& plan, const std::string& cluster, const DataCatalogue& data) {
  const Wanted wanted = parse_wanted(cluster, data);
  std::vector<std::string> answers;
  for (std::size_t i = 0; i < plan.offers.size(); ++i) {
    const Offer& offer = plan.offers[i];
    if (!matches(wanted, offer)) continue;
    const Offer& best = plan.offers[*plan.best];
    answers.push_back(fmt::format("{}: it is offer {} of {}, {} per speed-up beside {} of {}", offer.title(),
                                  i + 1, plan.offers.size(), to_text(offer.cost_per_speedup),
                                  to_text(best.cost_per_speedup), best.title()));
  }
  for (const Rejected& rejected : plan.rejected)
    if (matches(wanted, rejected)) answers.push_back(fmt::format("{}: {}", rejected.title, rejected.reason));
  if (answers.empty())
    answers.push_back(
        fmt::format("nobody offers {}x {}{}: add it with [[offer]] in an --offers file, or raise --max-gpus",
                    wanted.gpus, wanted.gpu, wanted.system.empty() ? "" : " as " + wanted.system));
  return answers;
}

}  // namespace scalesim::plan
