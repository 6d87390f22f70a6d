// Where documents go: standard output, or a file that is checked before the work and written whole after it.
#include <ostream>

#include "cli/shell/command.h"
#include "core/file.h"
#include "report/html/html.h"

namespace scalesim::cli {

void deliver(const Options& options, std::string_view option, std::string_view document, Context& context) {
  const std::string path = options.text(option);
  if (path.empty() || path == "-")
    context.out << document;
  else if (context.world.rank() == 0)
    write_file(path, document);
}

Option html_option() {
  return {"html", "FILE", "write a page with charts, for a browser (- is standard output)", false, {}, {}};
}

void deliver_html(const Options& options, std::string_view json_document, Context& context) {
  if (options.has("html")) deliver(options, "html", report::html_page(json_document), context);
}

void check_outputs(const Options& options) {
  if (options.has("html") && !report::html_available()) report::html_page("{}");  // throws what is missing
  for (const std::string_view name : {"json", "csv", "html", "trace", "out", "svg", "dot"}) {
    const std::string path = options.text(name);
    if (!path.empty() && path != "-") check_writable(path);
  }
}

}  // namespace scalesim::cli
