// The traces of real steps by the rules that https://ui.perfetto.dev applies when it reads the JSON format
// (perfetto.dev/docs/getting-started/other-formats): rows named, slices of a row nested, arrows bound to
// slices.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/file.h"
#include "run_command.h"

namespace scalesim::cli {
namespace {

using nlohmann::json;
using Row = std::pair<int, int>;

/// Perfetto keeps whole nanoseconds: it cuts off the rest of "ts" and of "dur", each on its own.
std::int64_t nanoseconds(const json& microseconds) {
  return static_cast<std::int64_t>(microseconds.get<double>() * 1000);
}

struct Slice {
  std::int64_t start = 0, end = 0;
  std::string name;
};

struct Trace {
  std::map<Row, std::vector<Slice>> rows;
  std::map<Row, std::map<std::string, json>> named;  ///< metadata: what -> its argument
  std::map<int, std::vector<json>> arrows;           ///< by id
  std::vector<json> collectives;
};

Row row_of(const json& event) { return {event["pid"], event["tid"]}; }

Trace read(const std::string& text) {
  Trace trace;
  const json document = json::parse(text);
  for (const json& event : document["traceEvents"]) {
    const std::string phase = event["ph"];
    if (phase == "X") {
      const std::int64_t start = nanoseconds(event["ts"]);
      trace.rows[row_of(event)].push_back({start, start + nanoseconds(event["dur"]), event["name"]});
      if (event["args"].contains("collective")) trace.collectives.push_back(event["args"]);
    } else if (phase == "M") {
      EXPECT_TRUE(trace.named[row_of(event)].emplace(event["name"], event["args"]).second) << event;
    } else {
      EXPECT_TRUE(phase == "s" || phase == "f") << event;
      trace.arrows[event["id"]].push_back(event);
    }
  }
  return trace;
}

Trace trace_of(std::vector<std::string> words) {
  const std::string file = testing::TempDir() + "scalesim_trace.json";
  words.insert(words.end(), {"--trace", file, "--quiet"});
  const Outcome outcome = run_command("predict", words);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return read(read_file(file));
}

/// Slices that begin in another one of their row end in it too: Perfetto drops what overlaps in part.
void expect_nested(std::vector<Slice> slices) {
  std::stable_sort(slices.begin(), slices.end(), [](const Slice& a, const Slice& b) {
    return std::pair(a.start, -a.end) < std::pair(b.start, -b.end);
  });
  std::vector<Slice> open;
  for (const Slice& slice : slices) {
    while (!open.empty() && open.back().end <= slice.start) open.pop_back();
    if (!open.empty()) {
      EXPECT_LE(slice.end, open.back().end) << slice.name << " in " << open.back().name;
    }
    open.push_back(slice);
  }
}

/// Whether a slice of the arrow end's row runs at its time.
bool bound(const Trace& trace, const json& end) {
  const auto row = trace.rows.find(row_of(end));
  const std::int64_t time = nanoseconds(end["ts"]);
  return row != trace.rows.end() && std::any_of(row->second.begin(), row->second.end(), [&](const Slice& s) {
           return s.start <= time && time < s.end;
         });
}

class TraceOf : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(TraceOf, FollowsTheRulesOfPerfetto) {
  const Trace trace = trace_of(GetParam());
  ASSERT_FALSE(trace.rows.empty());
  for (const auto& [row, slices] : trace.rows) {
    ASSERT_TRUE(trace.named.count(row)) << row.first << "." << row.second << " has no name";
    EXPECT_TRUE(trace.named.at(row).count("thread_name"));
    EXPECT_TRUE(trace.named.at(row).count("thread_sort_index"));
    expect_nested(slices);
  }
  ASSERT_FALSE(trace.arrows.empty());
  for (const auto& [id, ends] : trace.arrows) {
    ASSERT_EQ(ends.size(), 2u) << id;
    EXPECT_EQ(ends[0]["ph"], "s");
    EXPECT_EQ(ends[1]["ph"], "f");
    EXPECT_EQ(ends[1]["bp"], "e") << "else it binds to the slice that begins after it";
    EXPECT_EQ(ends[0]["cat"], ends[1]["cat"]);
    EXPECT_EQ(ends[0]["name"], ends[1]["name"]);
    EXPECT_LE(ends[0]["ts"].get<double>(), ends[1]["ts"].get<double>()) << ends[1];
    for (const json& end : ends) EXPECT_TRUE(bound(trace, end)) << end;
  }
  ASSERT_FALSE(trace.collectives.empty());
  for (const json& arguments : trace.collectives) {
    EXPECT_GT(arguments["bytes"].get<double>(), 0) << arguments;
    if (arguments["ranks"] > 1) {
      EXPECT_FALSE(arguments["algorithm"].get<std::string>().empty()) << arguments;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    WaysToTrain, TraceOf,
    testing::Values(std::vector<std::string>{"--model", "resnet50", "--system", "pcie", "--gpus", "8"},
                    std::vector<std::string>{"--model", "gpt2", "--system", "nvlink", "--gpus", "16",
                                             "--nodes", "2", "--strategy", "fsdp"},
                    std::vector<std::string>{"--model", "gpt2", "--system", "nvlink", "--gpus", "8",
                                             "--strategy", "zero1"},
                    std::vector<std::string>{"--model", "gpt2", "--system", "nvlink", "--gpus", "8", "--tp",
                                             "2", "--pp", "4"}),
    [](const auto& test) { return std::string("Way") + std::to_string(test.index); });

}  // namespace
}  // namespace scalesim::cli
