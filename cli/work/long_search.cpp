// Joins plan::spread with signals, files and the terminal.
#include "cli/work/long_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <ostream>
#include <thread>

#include "cli/shell/interruption.h"
#include "cli/shell/progress.h"
#include "comm/probe/exchange.h"
#include "comm/probe/identity.h"
#include "core/error.h"
#include "core/file.h"
#include "plan/distribute/checkpoint.h"
#include "plan/distribute/spread.h"

namespace scalesim::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kBetweenCheckpoints = std::chrono::seconds(2);

/// Options that change neither a task nor its result.
constexpr std::string_view kNotAsked[] = {"checkpoint", "resume", "threads", "json",    "csv",
                                          "html",       "rows",   "quiet",   "verbose", "why-not"};

std::string folder_fingerprint(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".toml")
      files[entry.path().string()] = read_file(entry.path().string());
  std::string all;
  for (const auto& [path, text] : files) all += path + "\n" + text;
  return plan::fingerprint(all);
}

/// What is named by an option and exists as a file or folder is part of the question.
void add_file(plan::Question& question, const std::string& path) {
  std::error_code failure;
  if (fs::is_regular_file(path, failure)) question.files[path] = plan::fingerprint(read_file(path));
  if (fs::is_directory(path, failure)) question.files[path] = folder_fingerprint(path);
}

plan::Question question_of(const Command& command, const Options& options, std::size_t tasks) {
  plan::Question question;
  question.program = comm::program_identity();
  question.tasks = tasks;
  std::vector<std::string> names = {"data"};
  for (const Option& option : command.options()) names.push_back(option.name);
  for (const std::string& name : names) {
    if (!options.has(name) || std::count(std::begin(kNotAsked), std::end(kNotAsked), name) > 0) continue;
    question.words[name] = fmt::format("{}", fmt::join(options.all(name), ", "));
    for (const std::string& value : options.all(name)) add_file(question, value);
  }
  return question;
}

/// The checkpoint file of one search. A file that the user named stays; one that was named here goes when all
/// is done.
class Keeper {
 public:
  Keeper(plan::Question question, const Options& options)
      : question_(std::move(question)),
        named_(options.has("checkpoint") || options.has("resume")),
        path_(options.has("checkpoint") ? options.text("checkpoint")
              : options.has("resume")   ? options.text("resume")
                                        : "scalesim-plan-" + plan::fingerprint(question_) + ".checkpoint") {
    if (named_) check_writable(path_);
  }

  void keep(const plan::Results& results) {
    if (written_ == results.size() + 1) return;
    last_ = Clock::now();
    write_file(path_, plan::write_checkpoint(question_, results));
    written_ = results.size() + 1;
  }

  /// Where a checkpoint cannot be written is said when it matters: at an interruption.
  bool try_to_keep(const plan::Results& results) {
    try {
      keep(results);
      return true;
    } catch (const InputError&) {
      return false;
    }
  }

  bool due() const { return Clock::now() - last_ >= kBetweenCheckpoints; }

  void done(const plan::Results& results) {
    if (written_ == 0) return;
    std::error_code failure;
    if (named_)
      keep(results);
    else
      fs::remove(path_, failure);
  }

  const std::string& path() const { return path_; }

 private:
  plan::Question question_;
  bool named_;
  std::string path_;
  std::size_t written_ = 0;  ///< one more than the results in the file; 0: nothing written
  Clock::time_point last_ = Clock::now();
};

std::string how_to_go_on(const std::string& path) {
  return fmt::format("the same command with --resume {} goes on from there", path);
}

/// What is said when mpirun ends the job: it leaves some hundredths of a second for it. The file is there
/// before.
std::string last_words(Keeper& keeper, const plan::Results& known) {
  constexpr const char* kStopped =
      "scalesim: stopped before the end (Ctrl-C, or mpirun ended the job since a rank died); ";
  if (!keeper.try_to_keep(known))
    return fmt::format("{}nothing is kept: cannot write '{}'\n", kStopped, keeper.path());
  return fmt::format("{}what was done is kept: {}\n", kStopped, how_to_go_on(keeper.path()));
}

/// Rank 0's part of search().
class Search {
 public:
  Search(const plan::Tasks& tasks, const Options& options, const std::string& counted, Context& context,
         Keeper& file, plan::Results done)
      : tasks_(tasks),
        world_(context.world),
        counted_(counted),
        keeper_(file),
        known_(std::move(done)),
        interruption_(world_.distributed() ? last_words(keeper_, known_) : ""),
        progress_(context.err, counted, options.has("quiet")) {}

  plan::Results run(int threads) {
    plan::Onlooker onlooker;
    onlooker.stop = [this] { return interruption_.asked(); };
    onlooker.progress = [this](std::size_t done, std::size_t all) { progress_.at(done, all); };
    onlooker.keep = [this](const plan::Results& results) {
      if (interruption_.asked() || keeper_.due()) keeper_.try_to_keep(results);
    };
    plan::Results results = plan::spread(tasks_, std::move(known_), world_, threads, onlooker);
    if (results.size() < tasks_.count()) stop(results);
    keeper_.done(results);
    return results;
  }

 private:
  [[noreturn]] void stop(const plan::Results& results) {
    keeper_.keep(results);
    throw Stopped(world_.distributed() ? ""
                                       : fmt::format("stopped with {} of {} {} done; {}", results.size(),
                                                     tasks_.count(), counted_, how_to_go_on(keeper_.path())));
  }

  const plan::Tasks& tasks_;
  job::World& world_;
  const std::string& counted_;
  Keeper& keeper_;
  plan::Results known_;
  const Interruption interruption_;
  Progress progress_;
};

}  // namespace

std::vector<Option> search_options() {
  return {
      {"checkpoint", "FILE", "where an interrupted search is kept (default: a file here)", false, {}, {}},
      {"resume", "FILE", "go on from the checkpoint of an interrupted search", false, {}, {}},
      {"threads", "N", "(default: all processors)", false, {}, {}},
  };
}

int search_threads(const Options& options, const job::World& world) {
  const int processors = static_cast<int>(std::thread::hardware_concurrency()) / world.local_size();
  return static_cast<int>(options.integer("threads", std::max(1, processors), 1, 1024));
}

std::optional<plan::Results> search(const plan::Tasks& tasks, const Command& command, const Options& options,
                                    const std::string& counted, Context& context) {
  job::World& world = context.world;
  const int threads = search_threads(options, world);
  if (world.distributed()) comm::require_same_program(world);
  if (world.rank() != 0) {
    comm::from_rank_0(world, [] { return std::string(); });
    plan::spread(tasks, {}, world, threads);
    return std::nullopt;
  }
  std::optional<Keeper> keeper;
  plan::Results known;
  comm::from_rank_0(world, [&] {
    const plan::Question question = question_of(command, options, tasks.count());
    if (options.has("resume"))
      known = plan::read_checkpoint(read_file(options.text("resume")), options.text("resume"), question);
    keeper.emplace(question, options);
    return std::string();
  });
  return Search(tasks, options, counted, context, *keeper, std::move(known)).run(threads);
}

}  // namespace scalesim::cli
