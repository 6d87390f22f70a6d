// Prints what was fitted to a probe.
#include "report/text/fit_table.h"

#include <fmt/format.h>

#include "core/units_text.h"
#include "report/text/table.h"

namespace scalesim::report {
namespace {

/// Bus bandwidth at which bytes stream once latency is paid: the figure to hold against the hardware's.
std::string stream_bandwidth(const comm::Fit& fit, const comm::Regime& regime) {
  if (regime.beta <= 0) return "-";
  return to_text(BytesPerSecond(comm::bus_factor(fit.collective, fit.ranks) / regime.beta));
}

}  // namespace

std::string fit_table(const comm::CommProfile& profile) {
  if (profile.fits.empty()) return "";
  Table table({{"fitted", Align::left},
               {"ranks"},
               {"sizes", Align::left},
               {"latency"},
               {"bus bandwidth"},
               {"residual"}});
  for (const comm::Fit& fit : profile.fits)
    for (const comm::Regime& regime : fit.regimes)
      table.add({std::string(to_text(fit.collective)) + (fit.scope.empty() ? "" : ", " + fit.scope),
                 std::to_string(fit.ranks),
                 message_size_text(regime.from) + ".." + message_size_text(regime.to), to_text(regime.alpha),
                 stream_bandwidth(fit, regime), fmt::format("{:.1f} %", 100 * regime.residual)});
  return table.text();
}

}  // namespace scalesim::report
