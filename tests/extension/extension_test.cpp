// Adding is one file: every plugin in this folder is found by its name, listed, and does its work in the
// commands as they are. None of them is named in any file but its own (and here, to be asked for).
#include <gmock/gmock.h>

#include <fstream>

#include "cli/application.h"
#include "comm/schedule/verify.h"
#include "core/csv.h"
#include "core/number.h"

namespace scalesim {
namespace {

using testing::HasSubstr;

std::string answer(std::vector<std::string> words) {
  std::ostringstream out, err;
  const auto world = job::single_rank_world();
  EXPECT_EQ(cli::run_application(words, *world, out, err), 0) << err.str();
  return out.str();
}

/// A file in the tests' folder.
std::string written(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

/// The column of the last line of a prediction as CSV.
double speedup_in(const std::string& csv) {
  const CsvTable table = parse_csv(csv, "answer");
  for (std::size_t i = 0; i < table.header.cells.size(); ++i)
    if (table.header.cells[i].text == "speedup") return to_double(table.rows.back().cells[i].text).value();
  ADD_FAILURE() << csv;
  return 0;
}

TEST(Extension, ACommandIsHelpedCompletedAndRun) {
  EXPECT_THAT(answer({"help"}), HasSubstr("says hello"));
  EXPECT_THAT(answer({"completion", "bash"}), HasSubstr("added-greeting"));
  EXPECT_EQ(answer({"added-greeting", "--times", "2"}), "hello\nhello\n");
}

// 3 x 3 x 3 x 8 weights of the convolution and 8 x 10 + 10 of the linear layer: 216 + 90.
TEST(Extension, AFamilyOfNetworksIsListedCountedAndTrained) {
  EXPECT_THAT(answer({"list", "models"}), HasSubstr("added_net"));
  EXPECT_THAT(answer({"model", "added_net"}), HasSubstr("added_net: 306 parameters"));
  EXPECT_THAT(answer({"predict", "--model", "added_net", "--system", "dgx-a100"}), HasSubstr("added_net"));
}

TEST(Extension, ACollectiveAlgorithmIsListedAndProved) {
  EXPECT_THAT(answer({"list", "algorithms"}), HasSubstr("added-star"));
  int found = 0;
  for (const auto& algorithm : comm::make_algorithms()) {
    if (algorithm->name() != "added-star") continue;
    ++found;
    for (const int ranks : {1, 2, 5})
      EXPECT_EQ(verify_schedule(algorithm->schedule(comm::Collective::all_reduce, ranks),
                                comm::Collective::all_reduce),
                "");
  }
  EXPECT_EQ(found, 1);
}

TEST(Extension, ATopologyFormatIsListedAndRecognised) {
  EXPECT_THAT(answer({"list", "formats"}), HasSubstr("added-format"));
  const std::string file = written("added.txt", "added-format A100-SXM4-80GB 3\n");
  const std::string told = answer({"topo", file, "--json"});
  EXPECT_THAT(told, HasSubstr("\"index\":2"));
  EXPECT_THAT(told, testing::Not(HasSubstr("\"index\":3")));
}

// 1 GiB among 4 ranks in 10 ms: 107.37 GB/s through the buffer, 2 (n-1)/n = 3/2 of that on the bus.
TEST(Extension, ALogIsRecognisedAndItsTimesAreAnswered) {
  const std::string file = written("added.log", "added-log 4\n1048576 0.0001\n1073741824 0.01\n");
  const std::string told =
      answer({"comm", "all_reduce", "--profile", file, "--gpus", "4", "-b", "1G", "-e", "1G"});
  EXPECT_THAT(told, HasSubstr("161.06"));
}

// One all-reduce behind the backward hides nothing of itself; ddp's buckets do, over the same links.
TEST(Extension, AStrategyIsListedAndPredicted) {
  EXPECT_THAT(answer({"list", "strategies"}), HasSubstr("added-lazy"));
  const std::vector<std::string> question = {"predict", "--model", "resnet50",  "--system",
                                             "pcie",    "--gpu",   "rtx4090",   "--gpus",
                                             "8",       "--csv",   "--strategy"};
  const auto speedup = [&](const std::string& strategy) {
    std::vector<std::string> words = question;
    words.push_back(strategy);
    return speedup_in(answer(words));
  };
  EXPECT_GT(speedup("added-lazy"), 1);
  EXPECT_LT(speedup("added-lazy"), speedup("ddp"));
}

// The last micro-batch goes back while the pipe is still full, so the order does not change the length of the
// step.
TEST(Extension, APipelineScheduleIsPredicted) {
  const auto step = [](const std::string& schedule) {
    return speedup_in(answer({"predict", "--model", "gpt2", "--system", "dgx-a100", "--gpus", "8", "--pp",
                              "4", "--microbatch", "1", "--batch", "8", "--csv", "--schedule", schedule}));
  };
  EXPECT_NEAR(step("added-lifo"), step("gpipe"), 0.05 * step("gpipe"));
}

// Four nodes whose ports get a quarter of their rate need longer than behind a switch that gives all of it.
TEST(Extension, AFabricIsPredicted) {
  const auto speedup = [](const std::string& fabric) {
    return speedup_in(answer({"predict", "--model", "bert-large", "--system", "dgx-a100", "--nodes", "4",
                              "--gpus", "32", "--csv", "--fabric", fabric}));
  };
  EXPECT_LT(speedup("added-bus"), speedup("switch"));
}

}  // namespace
}  // namespace scalesim
