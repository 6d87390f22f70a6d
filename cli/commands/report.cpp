// `scalesim report FILE`: a document that --json wrote, on a server perhaps, shown as a page on a laptop.
#include "cli/shell/command.h"
#include "core/error.h"
#include "core/file.h"
#include "report/json/document.h"

namespace scalesim::cli {
namespace {

class ReportCommand : public Command {
 public:
  std::string_view name() const override { return "report"; }
  std::string_view summary() const override { return "a page from a document that --json wrote"; }
  std::string_view usage() const override { return "report FILE.json --html FILE"; }
  std::vector<Option> options() const override { return {html_option()}; }
  std::vector<std::string_view> examples() const override {
    return {"scalesim predict --model resnet50 --json=curves.json",
            "scalesim report curves.json --html curves.html"};
  }

  int run(const Options& options, Context& context) const override {
    if (options.positional().size() != 1 || !options.has("html"))
      throw InputError(
          "report needs one JSON file and --html FILE: scalesim report curves.json --html curves.html");
    const std::string file = options.positional()[0];
    deliver_html(options, report::checked_document(read_file(file), file), context);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_report() { return std::make_unique<ReportCommand>(); }

}  // namespace scalesim::cli
