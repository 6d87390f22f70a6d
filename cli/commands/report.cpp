// `scalesim report FILE`: a document that --json wrote, on a server perhaps, shown as a page on a laptop.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/shell/command.h"
#include "core/error.h"
#include "core/file.h"
#include "report/html/html.h"

namespace scalesim::cli {
namespace {

/// The document as written, once it is known to be JSON with a schema of ours.
std::string checked_document(const std::string& file) {
  const std::string text = read_file(file);
  nlohmann::json document;
  try {
    document = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& wrong) {
    throw InputError(fmt::format("{}: not JSON (at byte {}); give a file that 'scalesim ... --json={}' wrote",
                                 file, wrong.byte, file));
  }
  const std::string schema = document.is_object() ? document.value("schema", nlohmann::json()).dump() : "";
  if (!schema.starts_with("\"scalesim."))
    throw InputError(
        fmt::format("{}: no \"schema\": \"scalesim.KIND/1\" in it; give a file that --json wrote", file));
  return text;
}

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
    deliver_html(options, checked_document(options.positional()[0]), context);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_report() { return std::make_unique<ReportCommand>(); }

}  // namespace scalesim::cli
