// `scalesim completion SHELL`: what the shell needs to complete commands, options and names.
#include <ostream>

#include "cli/manual/completion.h"
#include "core/error.h"

namespace scalesim::cli {
namespace {

class CompletionCommand : public Command {
 public:
  std::string_view name() const override { return "completion"; }
  std::string_view summary() const override { return "a completion script for bash, zsh or fish"; }
  std::string_view usage() const override { return "completion bash|zsh|fish"; }
  WordChoices words() const override { return {{"bash", "zsh", "fish"}, ""}; }
  std::vector<Option> options() const override { return {}; }
  std::vector<std::string_view> examples() const override {
    return {"source <(scalesim completion bash)",
            "scalesim completion fish > ~/.config/fish/completions/scalesim.fish"};
  }

  int run(const Options& options, Context& context) const override {
    if (options.positional().size() != 1) throw InputError("completion needs one shell: bash, zsh or fish");
    context.out << completion_script(options.positional()[0], make_commands());
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_completion() { return std::make_unique<CompletionCommand>(); }

}  // namespace scalesim::cli
