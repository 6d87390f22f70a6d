// Puts a document into the page built from web/.
#include "report/html/html.h"

#include "core/error.h"

namespace scalesim::report {
namespace {

constexpr std::string_view kPlaceholder = "SCALESIM_DOCUMENT";

}  // namespace

bool html_available() { return !page_shell().empty(); }

std::string escape_for_script(std::string_view json_document) {
  // In JSON "<" stands only inside strings, where \u003c means the same.
  std::string escaped;
  escaped.reserve(json_document.size());
  for (const char letter : json_document) {
    if (letter == '<')
      escaped += "\\u003c";
    else
      escaped += letter;
  }
  return escaped;
}

std::string html_page(std::string_view json_document) {
  const std::string_view shell = page_shell();
  if (shell.empty())
    throw InputError("--html is not in this build, for " + std::string(page_missing()) +
                     "; then build again, or use --json");
  const std::size_t at = shell.find(kPlaceholder);
  SCALESIM_CHECK(at != std::string_view::npos);
  std::string page(shell.substr(0, at));
  page += escape_for_script(json_document);
  return page.append(shell.substr(at + kPlaceholder.size()));
}

}  // namespace scalesim::report
