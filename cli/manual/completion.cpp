// Writes completion scripts: commands, options, fixed choices, files, and the names that `scalesim list`
// knows.
#include "cli/manual/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/shell/parse.h"
#include "comm/collective/collective.h"
#include "core/error.h"

namespace scalesim::cli {
namespace {

using Commands = std::vector<std::unique_ptr<Command>>;

std::string dashed(const Option& option) { return (option.name.size() == 1 ? "-" : "--") + option.name; }

std::vector<Option> options_of(const Command& command) {
  std::vector<Option> options = command.options();
  options.insert(options.end(), common_options().begin(), common_options().end());
  return options;
}

/// The kind of `scalesim list` whose names an option takes, or "".
std::string listed_kind(const Option& option) {
  if (option.name == "model" || option.name == "gpu" || option.name == "system") return option.name + "s";
  return "";
}

bool takes_file(const Option& option) {
  return option.value.find("FILE") != std::string::npos || option.value == "DIR";
}

/// Text inside single quotes of a POSIX shell or fish.
std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4)
    text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

std::string names_of(const Commands& commands) {
  std::string names;
  for (const auto& command : commands) names += std::string(command->name()) + " ";
  return names + "help";
}

/// The bash branch that completes the value behind `option`, or "" when nothing is known about it.
std::string bash_value(const Option& option) {
  if (option.value.empty() || option.implicit) return "";
  const std::string head = fmt::format("      {}) ", dashed(option));
  if (!option.choices.empty())
    return fmt::format("{}COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return;;\n", head,
                       fmt::join(option.choices, " "));
  const std::string kind = listed_kind(option);
  if (!kind.empty())
    return fmt::format(
        "{}COMPREPLY=($(compgen -f -W \"$(scalesim list {} 2>/dev/null | cut -d ' ' -f 1)\" -- \"$word\")); "
        "return;;\n",
        head, kind);
  return takes_file(option) ? head + "COMPREPLY=($(compgen -f -- \"$word\")); return;;\n" : "";
}

std::string bash_script(const Commands& commands) {
  std::string script = fmt::format(
      "# bash completion for scalesim: source it, or put it into bash-completion's folder.\n"
      "_scalesim() {{\n"
      "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\" "
      "command=predict\n"
      "  local commands=\"{}\" options=\"\" words=\"\" kind=\"\"\n"
      "  case \" $commands \" in *\" ${{COMP_WORDS[1]}} \"*) [ \"$COMP_CWORD\" -gt 1 ] && "
      "command=\"${{COMP_WORDS[1]}}\";; esac\n"
      "  if [ \"$COMP_CWORD\" = 1 ] && [ \"${{word#-}}\" = \"$word\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$commands\" -- \"$word\")); return\n  fi\n"
      "  case \"$command\" in\n"
      "    help) COMPREPLY=($(compgen -W \"$commands\" -- \"$word\")); return;;\n",
      names_of(commands));
  for (const auto& command : commands) {
    std::string names;
    std::string values;
    for (const Option& option : options_of(*command)) {
      names += (names.empty() ? "" : " ") + dashed(option);
      values += bash_value(option);
    }
    const WordChoices words = command->words();
    script += fmt::format("    {}) options=\"{}\" words=\"{}\" kind=\"{}\"\n", command->name(), names,
                          fmt::join(words.choices, " "), words.kind);
    if (!values.empty()) script += "      case \"$before\" in\n" + values + "      esac\n";
    script += "      ;;\n";
  }
  return script +
         "  esac\n"
         "  if [ \"${word#-}\" = \"$word\" ] && [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" "
         "-- "
         "\"$word\"))\n"
         "  elif [ \"${word#-}\" = \"$word\" ]; then\n"
         "    [ -n \"$kind\" ] && words=\"$(scalesim list $kind 2>/dev/null | cut -d ' ' -f 1)\"\n"
         "    COMPREPLY=($(compgen -f -W \"$words\" -- \"$word\"))\n"
         "  else COMPREPLY=($(compgen -W \"$options\" -- \"$word\")); fi\n"
         "}\ncomplete -o filenames -F _scalesim scalesim\n";
}

/// Square brackets and colons end a description in zsh.
std::string zsh_text(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') safe += '\\';
    safe += letter;
  }
  return safe;
}

std::string zsh_action(const Option& option) {
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  const std::string kind = listed_kind(option);
  if (!kind.empty()) return fmt::format("{{_scalesim_names {}}}", kind);
  return takes_file(option) ? "_files" : " ";
}

std::string zsh_option(const Option& option) {
  const std::string repeat = option.repeatable ? "*" : "";
  const bool optional_value = option.implicit.has_value();
  const std::string equals = option.value.empty()      ? ""
                             : option.name.size() == 1 ? "+"
                             : optional_value          ? "=-"
                                                       : "=";
  std::string spec = fmt::format("{}{}{}[{}]", repeat, dashed(option), equals, zsh_text(option.help));
  if (!option.value.empty())
    spec += fmt::format("{}{}:{}", optional_value ? "::" : ":", zsh_text(option.value), zsh_action(option));
  return quoted(spec);
}

/// What the words behind the command's name may be.
std::string zsh_words(const WordChoices& words) {
  if (!words.choices.empty()) return fmt::format("'*:word:({})'", fmt::join(words.choices, " "));
  return words.kind.empty() ? "'*:file:_files'" : fmt::format("'*:name:{{_scalesim_names {}}}'", words.kind);
}

std::string zsh_script(const Commands& commands) {
  std::string script =
      "#compdef scalesim\n"
      "_scalesim_names() { local -a names; names=(${(f)\"$(scalesim list $1 2>/dev/null | cut -d ' ' -f "
      "1)\"}); "
      "compadd -a names; _files }\n"
      "_scalesim() {\n  local command=predict\n  local -a commands\n  commands=(\n";
  for (const auto& command : commands)
    script += fmt::format(
        "    {}\n", quoted(fmt::format("{}:{}", command->name(), zsh_text(std::string(command->summary())))));
  script +=
      "    'help:how to use scalesim or one of its commands'\n  )\n"
      "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then _describe command commands; return; fi\n"
      "  if [[ $words[2] != -* ]]; then command=$words[2]; shift words; (( CURRENT-- )); fi\n"
      "  case $command in\n    help) _describe command commands;;\n";
  for (const auto& command : commands) {
    script += fmt::format("    {}) _arguments", command->name());
    for (const Option& option : options_of(*command)) script += " \\\n      " + zsh_option(option);
    script += " \\\n      " + zsh_words(command->words()) + ";;\n";
  }
  // Autoloaded, this file is the function's first call; sourced, it only announces the function.
  return script +
         "  esac\n}\n"
         "if [ \"$funcstack[1]\" = _scalesim ]; then _scalesim \"$@\"; else compdef _scalesim scalesim; fi\n";
}

std::string fish_option(const Command& command, const Option& option) {
  std::string line = fmt::format("complete -c scalesim -n '__scalesim_uses {}' {} {} -d {}", command.name(),
                                 option.name.size() == 1 ? "-s" : "-l", option.name, quoted(option.help));
  if (option.value.empty()) return line + "\n";
  if (!option.implicit) line += " -r";
  if (!option.choices.empty()) return fmt::format("{} -f -a '{}'\n", line, fmt::join(option.choices, " "));
  const std::string kind = listed_kind(option);
  if (!kind.empty())
    return fmt::format("{} -a '(scalesim list {} 2>/dev/null | string split -f 1 \" \")'\n", line, kind);
  return line + (takes_file(option) ? "\n" : " -f\n");
}

/// What the words behind the command's name may be; files where nothing is known.
std::string fish_words(const Command& command) {
  const WordChoices words = command.words();
  const std::string head = fmt::format("complete -c scalesim -n '__scalesim_uses {}'", command.name());
  if (!words.choices.empty()) return fmt::format("{} -f -a '{}'\n", head, fmt::join(words.choices, " "));
  if (words.kind.empty()) return "";
  return fmt::format("{} -a '(scalesim list {} 2>/dev/null | string split -f 1 \" \")'\n", head, words.kind);
}

std::string fish_script(const Commands& commands) {
  std::string script = fmt::format(
      "# fish completion for scalesim: put it into ~/.config/fish/completions/scalesim.fish\n"
      "set -g __scalesim_commands {}\n"
      "# Without a command scalesim predicts.\n"
      "function __scalesim_uses\n"
      "  set -l words (commandline -opc)\n"
      "  if test (count $words) -gt 1; and contains -- $words[2] $__scalesim_commands\n"
      "    test $words[2] = $argv[1]\n  else\n    test $argv[1] = predict\n  end\nend\n",
      names_of(commands));
  for (const auto& command : commands) {
    script += fmt::format("complete -c scalesim -n __fish_use_subcommand -a {} -d {}\n", command->name(),
                          quoted(std::string(command->summary())));
    script += fish_words(*command);
    for (const Option& option : options_of(*command)) script += fish_option(*command, option);
  }
  return script +
         fmt::format("complete -c scalesim -n '__scalesim_uses help' -f -a '{}'\n", names_of(commands));
}

}  // namespace

std::string completion_script(const std::string& shell, const Commands& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  throw unknown_name("shell", shell, {"bash", "zsh", "fish"}, "completion knows bash, zsh and fish");
}

std::vector<std::string> collective_names() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(comm::Collective::send_receive); ++i)
    names.emplace_back(to_text(static_cast<comm::Collective>(i)));
  return names;
}

}  // namespace scalesim::cli
