// Writes troff with the man macros (man-pages(7)): NAME, SYNOPSIS, OPTIONS, EXAMPLES, EXIT STATUS, SEE ALSO.
#include "cli/manual/manual.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/shell/parse.h"

namespace scalesim::cli {
namespace {

/// Text as troff: backslashes and hyphens stay themselves, and no line begins a request.
std::string roff(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\\')
      result += "\\e";
    else if (letter == '-')
      result += "\\-";
    else
      result += letter;
  }
  if (!result.empty() && (result[0] == '.' || result[0] == '\'')) result.insert(0, "\\&");
  return result;
}

std::string heading(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return fmt::format(".TH {} 1 \"\" \"scalesim {}\" \"User Commands\"\n", roff(upper), SCALESIM_VERSION);
}

std::string option_entry(const Option& option) {
  const std::string dashes = option.name.size() == 1 ? "-" : "--";
  std::string entry = fmt::format(".TP\n\\fB{}\\fR", roff(dashes + option.name));
  const std::string value = fmt::format("\\fI{}\\fR", roff(option.value));
  if (!option.value.empty()) entry += option.implicit ? "[=" + value + "]" : " " + value;
  entry += "\n" + roff(option.help);
  if (!option.choices.empty()) entry += roff(fmt::format(" ({})", fmt::join(option.choices, ", ")));
  if (option.repeatable) entry += "; may be repeated";
  return entry + "\n";
}

std::string exit_status() {
  return ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n2\nbad input or usage, explained in one sentence\n.TP\n3\n"
         "a check that was asked for failed\n.TP\n70\na bug in scalesim\n";
}

}  // namespace

std::string manual_overview(const std::vector<std::unique_ptr<Command>>& commands) {
  std::string page = heading("scalesim");
  page +=
      ".SH NAME\nscalesim \\- how much faster training gets with more GPUs, and which hardware to buy\n"
      ".SH SYNOPSIS\n\\fBscalesim\\fR [\\fICOMMAND\\fR] [\\fIoptions\\fR]\n"
      ".SH DESCRIPTION\nReads the topology of machines, measures or models their links, simulates one "
      "training step and "
      "prints speed\\-up curves with the price of every point. Without a command it predicts.\n.SH "
      "COMMANDS\n";
  std::string others;
  for (const auto& command : commands) {
    page += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(command->name()), roff(command->summary()));
    others += fmt::format("{}\n.BR scalesim\\-{} (1)", others.empty() ? "" : ",", roff(command->name()));
  }
  return page + exit_status() + ".SH SEE ALSO" + others + "\n";
}

std::string manual_page(const Command& command) {
  std::string page = heading(fmt::format("scalesim-{}", command.name()));
  page += fmt::format(".SH NAME\nscalesim\\-{} \\- {}\n.SH SYNOPSIS\n\\fBscalesim\\fR {}\n.SH OPTIONS\n",
                      roff(command.name()), roff(command.summary()), roff(command.usage()));
  for (const Option& option : command.options()) page += option_entry(option);
  for (const Option& option : common_options()) page += option_entry(option);
  if (!command.examples().empty()) page += ".SH EXAMPLES\n";
  for (const std::string_view example : command.examples())
    page += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(example));
  return page + exit_status() + ".SH SEE ALSO\n.BR scalesim (1)\n";
}

}  // namespace scalesim::cli
