// Dispatch and the one place where errors become sentences and exit codes.
#include "cli/application.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <ostream>

#include "cli/shell/interruption.h"
#include "cli/shell/parse.h"
#include "cli/shell/terminal.h"
#include "comm/probe/exchange.h"
#include "core/error.h"
#include "core/units_text.h"
#include "report/text/prose.h"

namespace scalesim::cli {
namespace {

constexpr int kDone = 0;
constexpr int kBadInput = 2;
constexpr int kBug = 70;

using Commands = std::vector<std::unique_ptr<Command>>;

std::vector<std::string> names_of(const Commands& commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) names.emplace_back(command->name());
  return names;
}

const Command& find_command(const Commands& commands, const std::string& name) {
  for (const auto& command : commands)
    if (command->name() == name) return *command;
  throw unknown_name("command", name, names_of(commands), "'scalesim help' lists them");
}

std::string overview(const Commands& commands) {
  std::string text =
      "scalesim: if I train this model on more GPUs, how much faster does it get, and which hardware should "
      "I buy?\n\n"
      "Usage: scalesim [COMMAND] [options]        (no command means predict)\n\nCommands:\n";
  for (const auto& command : commands)
    text += fmt::format("  {:<10} {}\n", command->name(), command->summary());
  text += "  help       this text, or 'help COMMAND' for one command\n";
  return text + "\nTry: scalesim --model resnet50 --gpu rtx4090\n";
}

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

std::string next_questions() {
  std::string text = "\nTry next:\n";
  for (const auto& [command, what] :
       {std::pair("scalesim --model bert-large --gpu h100-sxm --plot", "curves drawn here"),
        std::pair("scalesim topo", "what will hurt here"),
        std::pair("scalesim plan --model resnet50 --budget \"2M CNY\"", "what to buy")})
    text += fmt::format("  {:<52} {}\n", command, what);
  return text + "'scalesim help' lists all commands.\n";
}

/// Runs a command with --quiet and --verbose as asked.
int run_loudly(const Command& command, const Options& options, Context& context) {
  if (options.has("quiet") && options.has("verbose"))
    throw InputError("--quiet and --verbose exclude each other: keep one");
  std::ostream silent(nullptr);
  Context chosen{context.out, options.has("quiet") ? silent : context.err, context.data, context.world,
                 options.has("verbose")};
  const auto start = std::chrono::steady_clock::now();
  const int code = command.run(options, chosen);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (chosen.verbose)
    chosen.err << fmt::format("{}: done in {}, exit {}\n", command.name(), to_text(Seconds(taken.count())),
                              code);
  return code;
}

int dispatch(std::vector<std::string> words, Context context) {
  const Commands commands = make_commands();
  const bool bare = words.empty();
  const bool named = !bare && !is_option(words[0]);
  if (!named && !bare && words[0] == "--version")
    return context.out << "scalesim " SCALESIM_VERSION "\n", kDone;
  if (!named && words.size() == 1 && words[0] == "--help")
    return context.out << report::fitted(overview(commands), terminal_width(context.out)), kDone;
  if (named && words[0] == "help") {
    context.out << (words.size() > 1
                        ? help_text(find_command(commands, words[1]), terminal_width(context.out))
                        : report::fitted(overview(commands), terminal_width(context.out)));
    return kDone;
  }
  const Command& command = find_command(commands, named ? words[0] : "predict");
  if (named) words.erase(words.begin());
  std::vector<Option> known = command.options();
  known.insert(known.end(), common_options().begin(), common_options().end());
  const Options options = parse_words(words, known);
  if (options.has("help")) return context.out << help_text(command, terminal_width(context.out)), kDone;
  for (const std::string& folder : options.all("data")) context.data.add_folder(folder);
  // Files are written by rank 0, whose folders the other hosts need not have.
  comm::from_rank_0(context.world, [&] { return check_outputs(options), std::string(); });
  const int code = run_loudly(command, options, context);
  // A person who typed the name alone sees what else there is to ask.
  if (bare && terminal_width(context.out) > 0)
    context.out << report::fitted(next_questions(), terminal_width(context.out));
  return code;
}

/// The exit code of `work`, or of the error that ends it, with a sentence on `err`.
int told(const std::function<int()>& work, std::ostream& err) {
  try {
    return work();
  } catch (const InputError& wrong) {
    // The first rank to leave makes mpirun stop the others: what is said here is the reason, and enough.
    std::signal(SIGTERM, SIG_IGN);
    err << "scalesim: " << wrong.what() << "\n";
    return kBadInput;
  } catch (const Stopped& stopped) {
    if (*stopped.what() != 0) err << "scalesim: " << stopped.what() << "\n";
    return kBadInput;
  } catch (const std::exception& bug) {
    err << "scalesim: " << bug.what()
        << "; this is a bug in scalesim, please report it with the command line\n";
    return kBug;
  }
}

}  // namespace

int run_application(const std::vector<std::string>& words, job::World& world, std::ostream& out,
                    std::ostream& err) {
  std::ostream silent(nullptr);
  std::ostream& my_out = world.rank() == 0 ? out : silent;
  std::ostream& my_err = world.rank() == 0 ? err : silent;
  return told(
      [&] {
        const int code = dispatch(words, Context{my_out, my_err, DataCatalogue::embedded(), world});
        my_out.flush();
        if (world.rank() == 0 && !my_out)
          throw InputError("cannot write the answer to standard output: is the disk full?");
        return code;
      },
      my_err);
}

int run_program(const std::vector<std::string>& words,
                const std::function<std::unique_ptr<job::World>()>& join, std::ostream& out,
                std::ostream& err) {
  return told(
      [&] {
        const std::unique_ptr<job::World> world = join();
        return run_application(words, *world, out, err);
      },
      err);
}

}  // namespace scalesim::cli
