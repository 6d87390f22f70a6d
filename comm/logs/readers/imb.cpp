// Intel MPI Benchmarks: "# Benchmarking Allreduce", "# #processes = 8", then #bytes #repetitions t_min t_max
// t_avg[usec].
#include <string>

#include "comm/logs/log_reader.h"
#include "comm/logs/log_text.h"
#include "core/error.h"
#include "core/number.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

struct Title {
  std::string_view name;
  Collective collective;
};
constexpr Title titles[] = {{"Allreduce", Collective::all_reduce},
                            {"Allgather", Collective::all_gather},
                            {"Reduce_scatter", Collective::reduce_scatter},
                            {"Bcast", Collective::broadcast},
                            {"Reduce", Collective::reduce},
                            {"Alltoall", Collective::all_to_all}};

class Imb final : public LogReader {
 public:
  std::string_view name() const override { return "imb"; }
  std::string_view description() const override { return "Intel MPI Benchmarks (IMB-MPI1)"; }
  bool recognises(std::string_view text) const override {
    return text.find("# Benchmarking ") != std::string_view::npos &&
           text.find("#repetitions") != std::string_view::npos;
  }

  CommProfile read(std::string_view text, const std::string& file) const override {
    CommProfile profile;
    profile.backend = "mpi";
    profile.transport = "host memory";
    std::optional<Collective> collective;
    int ranks = 0;
    bool has_times = false;
    for (const LogLine& line : log_lines(text)) {
      const std::vector<std::string_view> words = line.words();
      if (words.size() >= 3 && words[0] == "#" && words[1] == "Benchmarking") {
        collective = collective_named(words[2]);
        has_times = false;
      } else if (const size_t at = line.text.find("#processes = "); at != std::string_view::npos) {
        ranks =
            static_cast<int>(to_double(LogLine{0, line.text.substr(at + 13)}.words().front()).value_or(0));
      } else if (line.text.find("t_max[usec]") != std::string_view::npos) {
        has_times = true;
      } else if (collective && has_times && ranks > 1 && !words.empty() && to_double(words.front())) {
        add_row(words, *collective, ranks, line.number, file, profile);
      }
    }
    return finish_log(std::move(profile), file, "IMB log");
  }

 private:
  static std::optional<Collective> collective_named(std::string_view word) {
    for (const Title& title : titles) {
      if (word == title.name) return title.collective;
    }
    return std::nullopt;
  }

  /// t_max is what the slowest rank needed, which is what a step waits for.
  static void add_row(const std::vector<std::string_view>& words, Collective collective, int ranks, int line,
                      const std::string& file, CommProfile& profile) {
    const auto bytes = to_double(words[0]);
    const auto slowest = words.size() >= 5 ? to_double(words[3]) : std::nullopt;
    if (!slowest) throw InputError(Place{file, line, 0}, "this IMB row has no t_max: was the log cut short?");
    if (*bytes <= 0 || *slowest <= 0) return;
    const bool whole = collective == Collective::all_gather || collective == Collective::all_to_all;
    Sample sample = single_sample(collective, ranks, 1, whole ? *bytes * ranks : *bytes, *slowest * 1e-6);
    sample.repetitions = static_cast<int>(to_double(words[1]).value_or(1));
    profile.samples.push_back(sample);
  }
};

}  // namespace

std::unique_ptr<LogReader> make_log_reader_imb() { return std::make_unique<Imb>(); }

}  // namespace scalesim::comm
