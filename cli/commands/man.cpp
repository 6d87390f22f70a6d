// `scalesim man`: the man pages, which the build writes with --into and the installation copies.
#include <filesystem>
#include <ostream>

#include "cli/manual/manual.h"
#include "core/error.h"
#include "core/file.h"

namespace scalesim::cli {
namespace {

class ManCommand : public Command {
 public:
  std::string_view name() const override { return "man"; }
  std::string_view summary() const override { return "the manual as man pages"; }
  std::string_view usage() const override { return "man [COMMAND] [options]"; }
  WordChoices words() const override {
    WordChoices names;
    for (const auto& command : make_commands()) names.choices.emplace_back(command->name());
    return names;
  }
  std::vector<Option> options() const override {
    return {{"into", "DIR", "write every page into this folder instead of printing one", false, {}, {}}};
  }
  std::vector<std::string_view> examples() const override {
    return {"scalesim man predict | man -l -", "scalesim man --into ~/.local/share/man/man1"};
  }

  int run(const Options& options, Context& context) const override {
    const auto commands = make_commands();
    if (options.has("into")) return write_all(options.text("into"), commands), 0;
    if (options.positional().empty()) return context.out << manual_overview(commands), 0;
    context.out << manual_page(find(options.positional()[0], commands));
    return 0;
  }

 private:
  using Commands = std::vector<std::unique_ptr<Command>>;

  static const Command& find(const std::string& name, const Commands& commands) {
    std::vector<std::string> names;
    for (const auto& command : commands) {
      if (command->name() == name) return *command;
      names.emplace_back(command->name());
    }
    throw unknown_name("command", name, names, "'scalesim help' lists them");
  }

  static void write_all(const std::string& folder, const Commands& commands) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw InputError("--into " + folder + ": cannot make this folder: " + error.message());
    for (const auto& command : commands)
      write_file(folder + "/scalesim-" + std::string(command->name()) + ".1", manual_page(*command));
    write_file(folder + "/scalesim.1", manual_overview(commands));
  }
};

}  // namespace

std::unique_ptr<Command> make_command_man() { return std::make_unique<ManCommand>(); }

}  // namespace scalesim::cli
