// What lies in --data DIR wins over what is compiled in, calibration included.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "core/file.h"
#include "run_command.h"

namespace scalesim::cli {
namespace {

namespace fs = std::filesystem;

/// A folder for --data that holds shipped files with some of their numbers replaced; removed at the end.
class OwnData {
 public:
  OwnData() : folder_(fs::temp_directory_path() / ("scalesim-own-data-" + std::to_string(::getpid()))) {}
  ~OwnData() { fs::remove_all(folder_); }
  OwnData(const OwnData&) = delete;
  OwnData& operator=(const OwnData&) = delete;

  /// The shipped file with `key = value` in the place of its own line of `key`.
  void replace(const std::string& path, const std::string& key, const std::string& value) {
    const std::string shipped = read_file(SCALESIM_SOURCE_DIR "/data/" + path);
    const std::regex line("(^|\n)" + key + " = [^\n]*");
    EXPECT_TRUE(std::regex_search(shipped, line)) << path << " has no " << key;
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << std::regex_replace(shipped, line, "$1" + key + " = " + value);
  }
  std::string folder() const { return folder_.string(); }

 private:
  fs::path folder_;
};

nlohmann::json predict(const OwnData& data) {
  const Outcome result = run_command("predict", {"--model", "resnet50", "--system", "dgx-h100", "--nodes",
                                                 "2", "--gpus", "16", "--json", "--data", data.folder()});
  EXPECT_EQ(result.code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

nlohmann::json input(const nlohmann::json& prediction, const std::string& name) {
  for (const auto& each : prediction["inputs"])
    if (each["name"] == name) return each;
  ADD_FAILURE() << "no input " << name;
  return {};
}

TEST(DataFolder, CalibratesComputeNetworkAndStep) {
  OwnData data;
  data.replace("calibration/compute/pytorch-tensor-hopper.toml", "source", "\"my own runs\"");
  data.replace("calibration/nccl.toml", "launch", "20");
  data.replace("calibration/step.toml", "rank_deviation", "0.04");
  const nlohmann::json prediction = predict(data);
  EXPECT_EQ(input(prediction, "compute_calibration")["source"], "my own runs");
  EXPECT_DOUBLE_EQ(input(prediction, "collective launch")["value"].get<double>(), 20e-6);
  EXPECT_DOUBLE_EQ(input(prediction, "rank speed deviation")["value"].get<double>(), 0.04);
}

// A job of 16 GPUs with a failure per GPU in 1,000 hours fails every 1000 / 16 hours.
TEST(DataFolder, SaysHowOftenGpusFail) {
  OwnData data;
  data.replace("calibration/reality.toml", "failures_per_gpu_hour", "0.001");
  const nlohmann::json point = predict(data)["curves"][0]["points"][0];
  EXPECT_NEAR(point["mean_failure_s"].get<double>(), 1000.0 / 16 * 3600, 1);
}

// A misspelt constant would leave the default in its place.
TEST(DataFolder, RefusesAConstantThatNobodyReads) {
  OwnData data;
  data.replace("calibration/nccl.toml", "launch", "3\nlunch = 20");
  const Outcome result =
      run_command("comm", {"--system", "dgx-h100", "-b", "1M", "-e", "1M", "--data", data.folder()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, testing::HasSubstr("lunch"));
}

}  // namespace
}  // namespace scalesim::cli
