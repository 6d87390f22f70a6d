// Boost.Program_options behind one function, with our own sentences instead of its errors.
#include "cli/shell/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "core/error.h"
#include "report/text/table.h"

namespace scalesim::cli {
namespace {

namespace po = boost::program_options;

constexpr int kHelpColumn = 31;

std::string dashed(const std::string& name) { return (name.size() == 1 ? "-" : "--") + name; }

void declare(po::options_description& description, const Option& option) {
  const std::string name = option.name.size() == 1 ? "," + option.name : option.name;
  if (option.value.empty()) {
    description.add_options()(name.c_str(), option.help.c_str());
    return;
  }
  auto* value = po::value<std::vector<std::string>>()->composing();
  if (option.implicit) value->implicit_value({*option.implicit}, *option.implicit);
  description.add_options()(name.c_str(), value, option.help.c_str());
}

/// "--gpus -3" would read as an unknown option "-3"; glued it reaches the range check and its better
/// sentence.
std::vector<std::string> glue_negative_numbers(const std::vector<std::string>& words,
                                               const std::vector<Option>& known) {
  std::vector<std::string> result;
  for (const std::string& word : words) {
    const bool negative =
        word.size() > 1 && word[0] == '-' && std::isdigit(static_cast<unsigned char>(word[1]));
    const bool takes_value =
        !result.empty() && std::any_of(known.begin(), known.end(), [&](const Option& option) {
          return !option.value.empty() && !option.implicit && result.back() == dashed(option.name);
        });
    if (negative && takes_value)
      result.back() += (result.back().starts_with("--") ? "=" : "") + word;
    else
      result.push_back(word);
  }
  return result;
}

/// Takes a bare "--json" out of `words` and returns its option. Left in, the library would make the next word
/// its value and `topo --json FILE` would write over FILE.
std::vector<const Option*> take_bare_optionals(std::vector<std::string>& words,
                                               const std::vector<Option>& known) {
  std::vector<const Option*> taken;
  for (auto word = words.begin(); word != words.end() && *word != "--";) {
    const auto option = std::find_if(known.begin(), known.end(), [&](const Option& candidate) {
      return candidate.implicit && *word == dashed(candidate.name);
    });
    if (option == known.end()) {
      ++word;
    } else {
      taken.push_back(&*option);
      word = words.erase(word);
    }
  }
  return taken;
}

InputError unknown_option(const std::string& name, const std::vector<Option>& known) {
  std::vector<std::string> names;
  for (const Option& option : known) names.push_back(dashed(option.name));
  return unknown_name("option", name, names, "--help lists them");
}

std::string plain(std::string name) {
  name.erase(0, name.find_first_not_of('-'));
  return name;
}

po::parsed_options parse(const std::vector<std::string>& words, const std::vector<Option>& known,
                         const po::options_description& description,
                         const po::positional_options_description& rest) {
  namespace style = po::command_line_style;
  try {
    return po::command_line_parser(glue_negative_numbers(words, known))
        .options(description)
        .positional(rest)
        .style(style::unix_style & ~style::allow_guessing)
        .run();
  } catch (const po::unknown_option& wrong) {
    throw unknown_option(wrong.get_option_name(), known);
  } catch (const po::invalid_command_line_syntax& wrong) {
    const std::string name = plain(wrong.get_option_name());
    const auto option =
        std::find_if(known.begin(), known.end(), [&](const Option& o) { return o.name == name; });
    if (option == known.end()) throw unknown_option(wrong.get_option_name(), known);
    if (option->value.empty()) throw InputError(fmt::format("option '{}' takes no value", dashed(name)));
    throw InputError(
        fmt::format("option '{}' needs a value: {} {}", dashed(name), dashed(name), option->value));
  } catch (const po::error& wrong) {
    throw InputError(fmt::format("cannot read the options: {} (--help lists them)", wrong.what()));
  }
}

void check_choice(const Option& option, const std::string& value) {
  if (option.choices.empty()) return;
  if (std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end())
    throw unknown_name(dashed(option.name), value, option.choices,
                       fmt::format("one of {}", fmt::join(option.choices, ", ")));
}

}  // namespace

const std::vector<Option>& common_options() {
  static const std::vector<Option> options = {
      {"data", "DIR", "add or replace catalogue files (a folder laid out like data/)", true, {}, {}},
      {"quiet", "", "no progress and no warnings", false, {}, {}},
      {"verbose", "", "say more about what is done", false, {}, {}},
      {"help", "", "show this help", false, {}, {}},
  };
  return options;
}

Options parse_words(const std::vector<std::string>& given, const std::vector<Option>& known) {
  std::vector<std::string> words = given;
  const std::vector<const Option*> bare = take_bare_optionals(words, known);
  po::options_description description;
  for (const Option& option : known) declare(description, option);
  description.add_options()("positional", po::value<std::vector<std::string>>());
  po::positional_options_description rest;
  rest.add("positional", -1);
  Options::Values values;
  std::vector<std::string> positional;
  for (const Option* option : bare) {
    if (!option->repeatable && values.count(option->name) > 0)
      throw InputError(fmt::format("option '{}' is given twice: once is enough", dashed(option->name)));
    values[option->name].push_back(*option->implicit);
  }
  for (const po::option& found : parse(words, known, description, rest).options) {
    if (found.string_key == "positional" || found.position_key >= 0) {
      positional.insert(positional.end(), found.value.begin(), found.value.end());
      continue;
    }
    const std::string name = plain(found.string_key);
    const auto option =
        std::find_if(known.begin(), known.end(), [&](const Option& o) { return o.name == name; });
    SCALESIM_CHECK(option != known.end());
    auto& stored = values[name];
    if (!option->repeatable && !stored.empty())
      throw InputError(fmt::format("option '{}' is given twice: once is enough", dashed(name)));
    for (const std::string& value : found.value) check_choice(*option, value);
    if (found.value.empty())
      stored.push_back(option->implicit.value_or(""));
    else
      stored.insert(stored.end(), found.value.begin(), found.value.end());
  }
  return {std::move(values), std::move(positional)};
}

std::string help_text(const Command& command, int width) {
  std::string text =
      fmt::format("Usage: scalesim {}\n\n{}\n\nOptions:\n", command.usage(), command.summary());
  std::vector<Option> all = command.options();
  all.insert(all.end(), common_options().begin(), common_options().end());
  for (const Option& option : all) {
    const std::string value = option.value.empty() ? ""
                              : option.implicit    ? "[=" + option.value + "]"
                                                   : " " + option.value;
    std::string help = option.help;
    if (!option.choices.empty()) help += fmt::format(" ({})", fmt::join(option.choices, ", "));
    const std::size_t room =
        width > 0 ? static_cast<std::size_t>(std::max(20, width - kHelpColumn)) : help.size() + 1;
    std::string left = fmt::format("  {:<28} ", dashed(option.name) + value);
    for (const std::string& line : report::wrapped(help, room)) {
      text += left + line + "\n";
      left = std::string(kHelpColumn, ' ');
    }
  }
  if (!command.examples().empty()) text += "\nExamples:\n";
  for (const std::string_view example : command.examples()) text += fmt::format("  {}\n", example);
  return text;
}

}  // namespace scalesim::cli
