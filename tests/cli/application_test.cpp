// The whole program as a function: words in, exit code and texts out.
#include "cli/application.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "run_command.h"
#include "schema_check.h"

namespace scalesim::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Outcome run(const std::vector<std::string>& words) { return run_scalesim(words); }

/// Exactly one sentence on the error stream, nothing on the answer, exit 2.
void expect_refused(const std::vector<std::string>& words, const std::string& part) {
  const Outcome result = run(words);
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, StartsWith("scalesim: "));
  EXPECT_THAT(result.err, HasSubstr(part));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

TEST(Application, UnknownNamesAreNamedWithTheNearest) {
  expect_refused({"--model", "resnet81"}, "did you mean 'resnet18'?");
  expect_refused({"--gpu", "rtx4900"}, "did you mean 'rtx4090'?");
  expect_refused({"--system", "dgx-h10"}, "did you mean 'dgx-h100'?");
  expect_refused({"--stratgy", "ddp"}, "did you mean '--strategy'?");
  expect_refused({"--strategy", "dpd"}, "did you mean 'ddp'?");
  expect_refused({"predcit"}, "did you mean 'predict'?");
}

TEST(Application, ValuesOutOfRangeAreRefused) {
  expect_refused({"--gpus", "0"}, "--gpus 0");
  expect_refused({"--gpus", "-3"}, "--gpus -3");
  expect_refused({"--batch", "-1"}, "--batch -1");
  expect_refused({"--batch", "many"}, "--batch many");
  expect_refused({"--step-time", "215"}, "has no unit");
  expect_refused({"--json=/no/such/dir/x"}, "/no/such/dir/x");
  expect_refused({"--batch", "8", "--global-batch", "64"}, "exclude each other");
}

TEST(Application, ABatchThatDoesNotFitIsAResult) {
  const Outcome result = run({"--batch", "1000000000", "--gpus", "1,2", "--system", "pcie"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("does not fit"));
}

/// The program where joining the job throws `failure`.
template <class Failure>
Outcome run_unjoined(const Failure& failure) {
  std::ostringstream out, err;
  const int code = run_program(
      {"list", "gpus"}, [&]() -> std::unique_ptr<job::World> { throw failure; }, out, err);
  return {code, out.str(), err.str()};
}

TEST(Application, AJobThatCannotBeJoinedIsOneSentence) {
  const Outcome refused = run_unjoined(InputError("MPI is not installed here"));
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err, "scalesim: MPI is not installed here\n");
  EXPECT_THAT(refused.out, IsEmpty());
  const Outcome bug = run_unjoined(std::runtime_error("MPI_Init said 15"));
  EXPECT_EQ(bug.code, 70);
  EXPECT_THAT(bug.err, StartsWith("scalesim: MPI_Init said 15; this is a bug"));
}

TEST(Application, TheProgramRunsInTheJobThatItJoined) {
  std::ostringstream out, err;
  EXPECT_EQ(run_program({"--version"}, job::single_rank_world, out, err), 0);
  EXPECT_THAT(out.str(), StartsWith("scalesim "));
}

TEST(Application, ThePredictionIsValidAgainstItsSchema) {
  const Outcome result = run({"--model", "resnet18", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(schema_error(result.out, "prediction.json"), "");
}

TEST(Application, TheSchemaRefusesADocumentWithAMissingKey) {
  nlohmann::json document = nlohmann::json::parse(run({"--system", "pcie", "--json"}).out);
  document["curves"][0]["points"][0].erase("speedup");
  EXPECT_NE(schema_error(document.dump(), "prediction.json"), "");
}

TEST(Application, TheSameQuestionGivesTheSameBytes) {
  EXPECT_EQ(run({"--model", "vgg16", "--json"}).out, run({"--model", "vgg16", "--json"}).out);
}

std::vector<double> speedups(const std::vector<std::string>& words) {
  std::vector<double> result;
  const auto document = nlohmann::json::parse(run(words).out);
  for (const auto& point : document["curves"][0]["points"]) result.push_back(point["speedup"]);
  return result;
}

TEST(Application, ResNet18ScalesWorseOverPcieThanOverNvlinkAndBothCurvesAreConcave) {
  const auto pcie =
      speedups({"--model", "resnet18", "--system", "pcie", "--gpu", "rtx4090", "--gpus", "1-8", "--json"});
  const auto nvlink = speedups(
      {"--model", "resnet18", "--system", "nvlink", "--gpu", "a100-sxm4-80gb", "--gpus", "1-8", "--json"});
  ASSERT_EQ(pcie.size(), 8u);
  ASSERT_EQ(nvlink.size(), 8u);
  for (std::size_t i = 1; i < 8; ++i) EXPECT_LT(pcie[i], nvlink[i]) << i + 1 << " GPUs";
  // The second GPU also brings what is paid once (latencies, batch-norm broadcast); by n (1 - c) for n > 1
  // alone, a fixed loss c of a step makes the first difference 1 - 2c and all others 1 - c, so concavity
  // holds up to that c.
  constexpr double kPaidOnce = 0.01;
  for (const auto& curve : {pcie, nvlink})
    for (std::size_t i = 2; i < 8; ++i)
      EXPECT_LE(curve[i] - curve[i - 1], curve[i - 1] - curve[i - 2] + kPaidOnce) << i + 1 << " GPUs";
}

}  // namespace
}  // namespace scalesim::cli
