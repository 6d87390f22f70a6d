// OSU micro-benchmarks: "# OSU MPI Allreduce Latency Test v5.9", then size and average latency in
// microseconds. The output does not say how many ranks took part; the word after --ranks in a leading
// comment, or 2, is taken.
#include <algorithm>

#include "comm/logs/log_reader.h"
#include "comm/logs/log_text.h"
#include "core/error.h"
#include "core/number.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

struct Title {
  std::string_view words;  ///< in "# OSU MPI <words> ..."
  Collective collective;
};
constexpr Title titles[] = {{"Allreduce", Collective::all_reduce},
                            {"Allgather", Collective::all_gather},
                            {"Reduce_scatter", Collective::reduce_scatter},
                            {"Broadcast", Collective::broadcast},
                            {"Bcast", Collective::broadcast},
                            {"Reduce ", Collective::reduce},
                            {"All-to-All", Collective::all_to_all},
                            {"Alltoall", Collective::all_to_all},
                            {"Latency Test", Collective::send_receive}};

/// "# ranks: 8", "mpirun -np 8 ..." or "-n 8" anywhere in the log.
int ranks_of(const std::vector<LogLine>& lines) {
  for (const LogLine& line : lines) {
    const std::vector<std::string_view> words = line.words();
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      const bool says =
          words[i] == "-np" || words[i] == "-n" || words[i] == "ranks:" || words[i] == "processes:";
      if (const auto value = to_double(words[i + 1]); says && value && *value >= 2)
        return static_cast<int>(*value);
    }
  }
  return 0;
}

class Osu final : public LogReader {
 public:
  std::string_view name() const override { return "osu"; }
  std::string_view description() const override { return "OSU micro-benchmarks (osu_allreduce and others)"; }
  bool recognises(std::string_view text) const override {
    return text.find("# OSU ") != std::string_view::npos;
  }

  CommProfile read(std::string_view text, const std::string& file) const override {
    const std::vector<LogLine> lines = log_lines(text);
    CommProfile profile;
    profile.backend = "mpi";
    profile.transport = "host memory";
    const int stated = ranks_of(lines);
    std::optional<Collective> collective;
    for (const LogLine& line : lines) {
      const std::vector<std::string_view> words = line.words();
      if (words.empty()) continue;
      if (line.text.find("# OSU ") != std::string_view::npos) {
        collective = collective_in(line, file);
        continue;
      }
      const std::optional<double> bytes = to_double(words.front());
      if (!bytes || !collective) continue;
      const std::optional<double> latency = words.size() > 1 ? to_double(words[1]) : std::nullopt;
      if (!latency)
        throw InputError(Place{file, line.number, 0}, "this OSU row has no latency: was the log cut short?");
      const int ranks = *collective == Collective::send_receive ? 2 : stated;
      if (ranks == 0) {
        throw InputError(
            Place{file, line.number, 0},
            "OSU's output does not say how many ranks took part: add a line '# ranks: 8' to the file");
      }
      if (*bytes <= 0 || *latency <= 0) continue;
      // OSU counts bytes per rank for gathers, nccl-tests the whole buffer.
      const bool whole = *collective == Collective::all_gather || *collective == Collective::all_to_all;
      profile.samples.push_back(
          single_sample(*collective, ranks, 1, whole ? *bytes * ranks : *bytes, *latency * 1e-6));
    }
    return finish_log(std::move(profile), file, "OSU log");
  }

 private:
  static Collective collective_in(const LogLine& line, const std::string& file) {
    for (const Title& title : titles) {
      if (line.text.find(title.words) != std::string_view::npos) return title.collective;
    }
    throw InputError(
        Place{file, line.number, 0},
        "this OSU test is not a collective that is understood: use osu_allreduce, osu_allgather, osu_bcast, "
        "osu_reduce, osu_alltoall or osu_latency");
  }
};

}  // namespace

std::unique_ptr<LogReader> make_log_reader_osu() { return std::make_unique<Osu>(); }

}  // namespace scalesim::comm
