// Every document that the program writes is what its schema in report/schemas/ says, and says no more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "comm/profile/profile_json.h"
#include "core/file.h"
#include "report/documents/replay.h"
#include "run_command.h"
#include "schema_check.h"
#include "workloads/compute/compute_profile.h"

namespace scalesim::cli {
namespace {

/// Schema by schema the command lines that write such documents.
const std::map<std::string, std::vector<std::vector<std::string>>> kWords = {
    {"prediction",
     {{"predict", "--model", "resnet18", "--json"},
      {"predict", "--system", "pcie", "--gpus", "1,2", "--explore", "--json"}}},
    {"topology",
     {{"topo", "--system", "dgx-h100", "--nodes", "4", "--json"},
      {"topo", SCALESIM_SOURCE_DIR "/tests/topology/samples/scalesim.json", "--json"}}},
    {"model",
     {{"model", "resnet18", "--json"},
      {"model", "bert-large", "--gpu", "t4", "--mode", "inference", "--json"}}},
    {"comparison",
     {{"model", "--compare", "resnet18,alexnet", "--json"},
      {"model", "--compare", "resnet18,alexnet", "--gpu", "t4", "--json"}}},
    {"communication", {{"comm", "--system", "dgx-h100", "--nodes", "2", "-b", "1M", "-e", "4M", "--json"}}},
    {"plan",
     {{"plan", "--model", "resnet18", "--gpu", "rtx4090", "--max-gpus", "4", "--system", "pcie", "--epochs",
       "90", "--json"}}},
    {"ways",
     {{"plan", "--search", "pruned", "--model", "gpt2", "--system", "dgx-a100", "--gpus", "8", "--json"}}},
    {"validation", {{"validate", "server-gear-rtx3090", "decreasing-pcie", "--json"}}},
    {"list",
     {{"list", "models", "--json"},
      {"list", "gpus", "--json"},
      {"list", "systems", "--json"},
      {"list", "nics", "--json"},
      {"list", "tables", "--json"},
      {"list", "algorithms", "--json"},
      {"list", "strategies", "--json"},
      {"list", "formats", "--json"}}},
};

/// A profile with something in every list.
std::string profile() {
  comm::CommProfile profile;
  profile.backend = "mpi";
  profile.ranks = 2;
  profile.hosts = {"a", "b"};
  profile.gpus = {"NVIDIA A100", "NVIDIA A100"};
  profile.environment["NCCL_ALGO"] = "Ring";
  for (const double bytes : {1e3, 1e4, 1e5, 1e6, 1e7}) {
    comm::Sample sample;
    sample.ranks = 2;
    sample.bytes = Bytes(bytes);
    sample.median = Seconds(1e-5 + bytes * 1e-10);
    profile.samples.push_back(sample);
  }
  profile.fits = comm::fit_profile(profile.samples);
  profile.pairs.emplace_back();
  profile.contention.push_back({"2 groups", 2, 2, Bytes(1e6), Seconds(1e-3), Seconds(2e-3)});
  profile.warnings = {"one"};
  return comm::profile_json(profile);
}

std::string compute_profile() {
  workloads::ComputeProfile profile;
  profile.model = "resnet18";
  profile.batch = 32;
  profile.layers.push_back({"conv1", Seconds(1e-3), Seconds(2e-3)});
  profile.optimizer = Seconds(1e-4);
  return to_json(profile);
}

std::string replay() {
  report::Replay replay{"resnet18", "rtx4090", "ddp", "host memory", 32, {}, {}};
  for (const int ranks : {1, 2})
    replay.steps.push_back(
        {ranks, 1, true, Seconds(0.1), Seconds(0.1), Seconds(0.1), Seconds(0.1), 32.0 * ranks});
  replay.sizes.push_back({2, 1, false, Bytes(1e6), Seconds(1e-3), Seconds(1e-3)});
  return replay_json(replay);
}

/// What needs ranks or a GPU to be measured is written from made-up measurements.
std::map<std::string, std::string> measured() {
  return {{"profile", profile()}, {"compute_profile", compute_profile()}, {"replay", replay()}};
}

class Documents : public testing::TestWithParam<std::string> {};

TEST_P(Documents, AreWhatTheirSchemaSaysAndNoMore) {
  const std::string schema = GetParam();
  for (const std::vector<std::string>& words : kWords.at(schema)) {
    const Outcome result = run_scalesim(words);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(schema_error(result.out, schema + ".json"), "") << testing::PrintToString(words);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& [name, words] : kWords) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Every, Documents, testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

TEST(MeasuredDocuments, AreWhatTheirSchemaSaysAndNoMore) {
  for (const auto& [schema, document] : measured())
    EXPECT_EQ(schema_error(document, schema + ".json"), "") << schema;
}

TEST(Schemas, AreAllChecked) {
  for (const auto& file : std::filesystem::directory_iterator(SCALESIM_SOURCE_DIR "/report/schemas")) {
    const std::string name = file.path().stem();
    EXPECT_EQ(kWords.count(name) + measured().count(name), 1u) << name;
  }
}

}  // namespace
}  // namespace scalesim::cli
