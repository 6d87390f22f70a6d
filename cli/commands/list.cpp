// `scalesim list KIND`: the names that the other commands understand.
#include <fmt/format.h>

#include <ostream>

#include "cli/shell/command.h"
#include "cli/shell/terminal.h"
#include "core/error.h"
#include "core/toml.h"
#include "report/documents/list.h"
#include "report/text/table.h"
#include "sim/step/strategy.h"
#include "topology/capture/reading/reader.h"
#include "topology/parts/gpu.h"
#include "topology/parts/gpu_catalogue.h"
#include "workloads/load/load_model.h"
#include "workloads/model/model.h"

namespace scalesim::cli {
namespace {

class ListCommand : public Command {
 public:
  std::string_view name() const override { return "list"; }
  std::string_view summary() const override { return "the names that other commands understand"; }
  std::string_view usage() const override { return "list KIND [options]"; }
  WordChoices words() const override { return {report::list_kinds(), ""}; }
  std::vector<Option> options() const override {
    return {{"json", "FILE", "write JSON instead of text", false, "", {}}};
  }
  std::vector<std::string_view> examples() const override { return {"scalesim list gpus"}; }

  int run(const Options& options, Context& context) const override {
    if (options.positional().size() != 1)
      throw InputError(fmt::format("list needs one kind: {}", fmt::join(report::list_kinds(), ", ")));
    const std::string& kind = options.positional()[0];
    const std::vector<report::ListEntry> entries = report::list_entries(kind, context.data);
    if (options.has("json"))
      deliver(options, "json", report::list_json(kind, entries), context);
    else
      context.out << report::list_text(entries, terminal_width(context.out));
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_list() { return std::make_unique<ListCommand>(); }

}  // namespace scalesim::cli
