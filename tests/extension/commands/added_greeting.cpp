// A command added as one file: says its word as often as --times says.
#include <ostream>

#include "cli/shell/command.h"

namespace scalesim::cli {
namespace {

class Greeting final : public Command {
 public:
  std::string_view name() const override { return "added-greeting"; }
  std::string_view summary() const override { return "says hello"; }
  std::string_view usage() const override { return "added-greeting [options]"; }
  std::vector<Option> options() const override {
    return {{"times", "N", "how often (default 1)", false, {}, {}}};
  }
  int run(const Options& options, Context& context) const override {
    for (std::int64_t i = options.integer("times", 1, 1, 9); i > 0; --i) context.out << "hello\n";
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_command_added_greeting() { return std::make_unique<Greeting>(); }

}  // namespace scalesim::cli
