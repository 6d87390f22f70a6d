// One evaluator asked about many configurations against one for each, and against the played tasks, on a real
// model.
#include "sim/evaluate/step_evaluator.h"
#include "sim/evaluate/memory_needed.h"
#include "topology/system/load_cluster.h"
#include "workloads/load/load_model.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "sim/engine/step_parts.h"

namespace scalesim::sim {
namespace {

class StepEvaluatorTest : public testing::Test {
 protected:
  StepEvaluatorTest() {
    scenario.model = workloads::load_model("gpt2-medium", {}, data);
    scenario.compute.precision = topology::Precision::bf16;
    scenario.compute.optimizer = workloads::Optimizer::adam;
    scenario.global_batch = 64;
    topology::ClusterOptions options;
    options.nodes = 2;
    system.cluster = topology::load_cluster("dgx-a100", options, data);
    system.collectives = comm::make_nccl_model(system.cluster, data);
    constants = load_step_constants(data);
  }

  /// Every division of 16 GPUs by powers of two that the batch allows.
  std::vector<Configuration> configurations() const {
    std::vector<Configuration> all;
    for (const char* strategy : {"ddp", "zero1", "zero2", "fsdp", "hsdp"})
      for (const int tensor : {1, 2, 8})
        for (const int pipeline : {1, 2, 4})
          for (const int context : {1, 2})
            for (const int chunks : {1, 3}) {
              if (tensor * pipeline * context > 16 || (chunks > 1 && pipeline == 1)) continue;
              Configuration c;
              c.gpus = 16;
              c.strategy = strategy;
              c.parallel.tensor = tensor;
              c.parallel.pipeline = pipeline;
              c.parallel.context = context;
              c.parallel.virtual_stages = chunks;
              c.parallel.microbatch = 1 + all.size() % 2;
              c.parallel.sequence_parallel = tensor > 1 && all.size() % 3 != 0;
              c.recompute = static_cast<workloads::Recompute>(all.size() % 3);
              c.overlap = all.size() % 4 != 0;
              all.push_back(c);
            }
    return all;
  }

  Scenario asked(const Configuration& c) const {
    Scenario one = scenario;
    one.strategy = c.strategy;
    one.parallel = c.parallel;
    one.compute.recompute = c.recompute;
    one.overlap = c.overlap;
    return one;
  }

  DataCatalogue data = DataCatalogue::embedded();
  Scenario scenario;
  System system;
  StepConstants constants;
};

TEST_F(StepEvaluatorTest, AnswersAsTheSimulatorDoesForEveryConfiguration) {
  StepEvaluator model(scenario, system, data, constants);
  int answered = 0;
  for (const Configuration& c : configurations()) {
    const Scenario one = asked(c);
    StepEvaluator simulator(one, system, data, constants);
    StepEvaluator::Played played;
    try {
      played = simulator.play_step(c.gpus);
    } catch (const InputError& wrong) {
      EXPECT_THROW(model.evaluate(c), InputError) << wrong.message();
      continue;
    }
    const Layout layout = simulator.layout(c.gpus);
    const double step =
        simulator.read(parts_of(played.step, played.line), plan_batch(one, layout), c.gpus).step.value();
    const Evaluation evaluation = model.evaluate(c);
    EXPECT_NEAR(evaluation.outcome.step.value(), step, 1e-9 * step) << c.strategy;
    EXPECT_DOUBLE_EQ(evaluation.memory.value(),
                     memory_needed(one, layout, simulator.strategy().zero_stage()).value());
    ++answered;
  }
  EXPECT_GT(answered, 60);
}

TEST_F(StepEvaluatorTest, TheOrderOfQuestionsChangesNothing) {
  StepEvaluator forwards(scenario, system, data, constants), backwards(scenario, system, data, constants);
  std::vector<Configuration> all = configurations();
  std::vector<double> there, back;
  const auto ask = [](StepEvaluator& model, const Configuration& c) {
    try {
      return model.evaluate(c).outcome.step.value();
    } catch (const InputError&) {
      return -1.0;
    }
  };
  for (const Configuration& c : all) there.push_back(ask(forwards, c));
  for (auto c = all.rbegin(); c != all.rend(); ++c) back.insert(back.begin(), ask(backwards, *c));
  EXPECT_EQ(there, back);
}

TEST_F(StepEvaluatorTest, TellsWhatWouldDivide) {
  StepEvaluator model(scenario, system, data, constants);
  Configuration c;
  c.gpus = 16;
  c.parallel.tensor = 3;
  try {
    model.evaluate(c);
    FAIL() << "16 GPUs are not a multiple of 3";
  } catch (const InputError& wrong) {
    EXPECT_NE(wrong.message().find("use 15 or 18 GPUs"), std::string::npos) << wrong.message();
  }
}

}  // namespace
}  // namespace scalesim::sim
