// The table nccl-tests prints (all_reduce_perf and its siblings), also through mpirun and with -I's extra
// columns.
#include <algorithm>
#include <set>

#include "comm/logs/log_reader.h"
#include "comm/logs/log_text.h"
#include "core/error.h"
#include "core/number.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

struct Header {
  std::set<std::string, std::less<>> hosts;
  std::set<std::string, std::less<>> gpus;
  int ranks = 0;
  size_t time_column = 5;  ///< before 2020 there was no column "root"
};

/// "#  size  count  type  redop  root  time ...", where '#' is a word of its own.
size_t column_of_time(const std::vector<std::string_view>& words) {
  return static_cast<size_t>(std::find(words.begin(), words.end(), "time") - words.begin()) - 1;
}

/// "#  Rank  0 Group  0 Pid  6151 on  ubuntu device  0 [0x01] NVIDIA GeForce RTX 4090"
void read_device(const std::vector<std::string_view>& words, Header& header) {
  ++header.ranks;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "on") header.hosts.emplace(words[i + 1]);
    if (words[i].front() != '[') continue;
    std::string product;
    for (size_t k = i + 1; k < words.size(); ++k)
      product += fmt::format("{}{}", product.empty() ? "" : " ", words[k]);
    header.gpus.insert(product);
  }
}

/// Which test made the table: busbw / algbw tells all-reduce, gather-like ones and those without factor
/// apart; the name of the program, where the log has it, tells the rest.
Collective collective_of(std::string_view text, double factor, int ranks) {
  const std::pair<std::string_view, Collective> programs[] = {
      {"all_reduce_perf", Collective::all_reduce},
      {"all_gather_perf", Collective::all_gather},
      {"reduce_scatter_perf", Collective::reduce_scatter},
      {"broadcast_perf", Collective::broadcast},
      {"alltoall_perf", Collective::all_to_all},
      {"sendrecv_perf", Collective::send_receive},
      {"reduce_perf", Collective::reduce}};
  for (const auto& [program, collective] : programs) {
    const size_t found = text.find(program);
    // "reduce_perf" is also the end of "all_reduce_perf".
    if (found != std::string_view::npos && (found == 0 || text[found - 1] != '_')) return collective;
  }
  const auto near = [&](Collective collective) {
    return std::abs(factor / bus_factor(collective, ranks) - 1) < 0.03;
  };
  if (ranks > 2 && near(Collective::all_gather)) return Collective::all_gather;
  if (near(Collective::all_reduce)) return Collective::all_reduce;
  return ranks == 2 && near(Collective::all_gather) ? Collective::all_gather : Collective::broadcast;
}

struct Row {
  int line;
  double bytes, microseconds, algbw, busbw, wrong;
};

class NcclTests final : public LogReader {
 public:
  std::string_view name() const override { return "nccl-tests"; }
  std::string_view description() const override { return "the table of nccl-tests' *_perf programs"; }

  bool recognises(std::string_view text) const override {
    const auto has = [&](const char* word) { return text.find(word) != std::string_view::npos; };
    const bool table = has("busbw") && (has("out-of-place") || has("redop"));
    // A log that ends before its table is still recognised, so that the message can say what is missing.
    const bool opening = has("nThread") && has("nGpus") && has("minBytes");
    return (table || opening) && text.find('{') != 0;
  }

  CommProfile read(std::string_view text, const std::string& file) const override {
    Header header;
    std::vector<Row> rows;
    for (const LogLine& line : log_lines(text)) {
      const std::vector<std::string_view> words = line.words();
      if (words.empty()) continue;
      if (words.front().front() == '#') {
        if (words.size() > 6 && (words[1] == "Rank" || words[0] == "#Rank")) read_device(words, header);
        if (words.size() > 6 && words[1] == "size") header.time_column = column_of_time(words);
        continue;
      }
      // size count type redop root | time algbw busbw #wrong | ...
      if (!to_double(words.front()) || words.size() < 4) continue;
      rows.push_back(read_row(words, header.time_column, line.number, file));
    }
    return profile_of(header, rows, text, file);
  }

 private:
  static Row read_row(const std::vector<std::string_view>& words, size_t time, int line,
                      const std::string& file) {
    const auto cell = [&](size_t index, const char* what) {
      const std::optional<double> value = index < words.size() ? to_double(words[index]) : std::nullopt;
      if (value) return *value;
      throw InputError(Place{file, line, 0},
                       fmt::format("this row of nccl-tests has no {}: was the log cut short?", what));
    };
    // "N/A" where nothing was checked (-c 0); a floating-point error in tables of before 2022.
    const double wrong = time + 3 < words.size() ? to_double(words[time + 3]).value_or(0) : 0;
    return {line,
            cell(0, "size"),
            cell(time, "time"),
            cell(time + 1, "algbw"),
            cell(time + 2, "busbw"),
            wrong >= 1 ? wrong : 0};
  }

  static CommProfile profile_of(const Header& header, const std::vector<Row>& rows, std::string_view text,
                                const std::string& file) {
    CommProfile profile;
    profile.backend = "nccl";
    profile.transport = "GPU memory";
    profile.hosts.assign(header.hosts.begin(), header.hosts.end());
    profile.gpus.assign(header.gpus.begin(), header.gpus.end());
    if (header.ranks == 0) {
      throw InputError(
          Place{file, 1, 0},
          "this nccl-tests log has no '# Rank ...' lines, so the number of GPUs is unknown: keep them");
    }
    if (header.ranks < 2)
      throw InputError(Place{file, 1, 0},
                       "this nccl-tests log is of one GPU: there is nothing to learn from it");
    const auto largest = std::max_element(rows.begin(), rows.end(),
                                          [](const Row& a, const Row& b) { return a.algbw < b.algbw; });
    const double factor = rows.empty() || largest->algbw <= 0 ? 1 : largest->busbw / largest->algbw;
    const Collective collective = collective_of(text, factor, header.ranks);
    const int nodes = std::max(1, static_cast<int>(header.hosts.size()));
    double wrong = 0;
    for (const Row& row : rows) {
      if (row.bytes > 0 && row.microseconds > 0) {
        profile.samples.push_back(
            single_sample(collective, header.ranks, nodes, row.bytes, row.microseconds * 1e-6));
        profile.samples.back().wrong = static_cast<long>(row.wrong);
        wrong += row.wrong;
      }
    }
    if (wrong > 0) {
      profile.warnings.push_back(fmt::format(
          "{:.0f} elements had a wrong result in this log: the times may not be those of a sound system",
          wrong));
    }
    return finish_log(std::move(profile), file, "nccl-tests log");
  }
};

}  // namespace

std::unique_ptr<LogReader> make_log_reader_nccl_tests() { return std::make_unique<NcclTests>(); }

}  // namespace scalesim::comm
