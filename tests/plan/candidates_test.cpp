// Clusters and configurations that are multiplied out, counted by hand, and answers to --why-not.
#include "plan/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "plan/plan.h"
#include "plan/search/configuration_space.h"
#include "tests/support/shipped.h"
#include "workloads/load/load_model.h"

namespace scalesim::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PlanRequest request_of(const std::string& system, const std::string& gpu, int max_gpus) {
  PlanRequest request;
  request.systems = {system};
  request.gpus = {gpu};
  request.max_gpus = max_gpus;
  return request;
}

TEST(Candidates, OfOneGpuAreCountedByHand) {
  // The offer: 1, 2, 4 or 8 GPUs a node, two kinds of cards, one fabric. Nodes are 2, 3, 4, 6, 8, 12, 16.
  // Up to 16 GPUs: 1 + 7 x 2 of one GPU a node, 1 + 5 x 2 of two, 1 + 3 x 2 of four, 1 + 1 x 2 of eight.
  // Up to 8: 1 + 5 x 2, 1 + 3 x 2, 1 + 1 x 2, 1. Up to 7: 1 + 4 x 2, 1 + 2 x 2, 1. Up to 2: 1 + 1 x 2, 1.
  const struct {
    int max_gpus;
    std::size_t count;
  } cases[] = {{16, 15 + 11 + 7 + 3}, {8, 11 + 7 + 3 + 1}, {7, 9 + 5 + 1}, {2, 3 + 1}, {1, 1}};
  for (const auto& c : cases) {
    const auto found = candidates(request_of("pcie", "rtx4090", c.max_gpus), PriceBook(shipped()));
    EXPECT_EQ(found.size(), c.count) << c.max_gpus;
    for (const Candidate& candidate : found) EXPECT_LE(candidate.cluster.gpus(), c.max_gpus);
  }
}

TEST(Candidates, StandInTheOrderOfTheListsAndSayWhatWasAsked) {
  const auto found = candidates(request_of("pcie", "rtx4090", 3), PriceBook(shipped()));
  std::vector<std::string> texts;
  for (const Candidate& c : found)
    texts.push_back(std::to_string(c.cluster.nodes) + "x" + std::to_string(c.cluster.gpus_per_node) + " " +
                    c.nic + " " + c.fabric);
  EXPECT_THAT(texts, ElementsAre("1x1  ", "2x1 1x100Gb single_switch", "3x1 1x100Gb single_switch",
                                 "2x1 2x200Gb single_switch", "3x1 2x200Gb single_switch", "1x2  "));
}

TEST(Candidates, AreEachThereOnce) {
  PriceBook book(shipped());
  const std::size_t before = candidates(request_of("pcie", "rtx4090", 4), book).size();
  book.add_offers(
      "[[offer]]\nsystem = \"pcie\"\ngpu = [\"rtx4090\"]\ngpus_per_node = [1, 3]\n"
      "nic = [\"1x100Gb\"]\nfabric = [\"switch\"]\n",
      "own.toml");
  EXPECT_EQ(candidates(request_of("pcie", "rtx4090", 4), book).size(), before + 1);  // one node of three
}

TEST(Candidates, OfASystemThatNobodyOffersAreAsItIs) {
  // No offer has the RTX 4090 D.
  const auto found = candidates(request_of("pcie", "rtx4090d", 1024), PriceBook(shipped()));
  ASSERT_FALSE(found.empty());
  for (const Candidate& candidate : found) EXPECT_EQ(candidate.cluster.gpu.name, "rtx4090d");
  // The DGX is offered, but never with another GPU.
  EXPECT_TRUE(candidates(request_of("dgx-h100", "rtx4090", 64), PriceBook(shipped())).empty());
  EXPECT_THROW(candidates(request_of("pcie", "rtx4091", 64), PriceBook(shipped())), InputError);
}

TEST(Candidates, AreOnlyOfTheWantedGpus) {
  PlanRequest request;
  request.gpus = {"h100-sxm"};
  request.max_gpus = 8;
  std::set<std::string> systems;
  for (const Candidate& candidate : candidates(request, PriceBook(shipped()))) {
    EXPECT_EQ(candidate.cluster.gpu.name, "h100-sxm");
    systems.insert(candidate.cluster.name);
  }
  EXPECT_EQ(systems.count("dgx-h100"), 1u);
  EXPECT_EQ(systems.count("dgx-a100"), 0u);
}

Plan small_plan() {
  Plan plan;
  plan.best = 0;
  plan.offers.resize(2);
  const char* systems[] = {"pcie", "nvbridge"};
  for (std::size_t i = 0; i < 2; ++i) {
    Offer& offer = plan.offers[i];
    offer.system = systems[i];
    offer.gpu = "rtx4090";
    offer.gpus = offer.gpus_per_node = 8;
    offer.cost_per_speedup = {1000.0 * double(i + 1), "USD"};
  }
  Rejected rejected;
  rejected.title = "one RTX";
  rejected.system = "pcie";
  rejected.gpu = "rtx4090";
  rejected.gpus = 1;
  rejected.reason = "too slow";
  plan.rejected.push_back(rejected);
  return plan;
}

TEST(WhyNot, NamesThePlaceOfAnOfferAndTheReasonOfARejectedOne) {
  const Plan plan = small_plan();
  const std::string best = plan.offers[0].title(), second = plan.offers[1].title();
  const std::string first_answer =
      best + ": it is offer 1 of 2, 1,000 USD per speed-up beside 1,000 USD of " + best;
  const std::string second_answer =
      second + ": it is offer 2 of 2, 2,000 USD per speed-up beside 1,000 USD of " + best;
  for (const char* text : {"8x rtx4090", "8xrtx4090", "8 x rtx4090", "8  x  rtx4090"})
    EXPECT_THAT(why_not(plan, text, shipped()), ElementsAre(first_answer, second_answer)) << text;
  EXPECT_THAT(why_not(plan, "8xrtx4090 pcie", shipped()), ElementsAre(first_answer));
  EXPECT_THAT(why_not(plan, "8x rtx4090 nvbridge", shipped()), ElementsAre(second_answer));
  EXPECT_THAT(why_not(plan, "1x rtx4090", shipped()), ElementsAre("one RTX: too slow"));
  EXPECT_THAT(why_not(plan, "8x h100-sxm", shipped()),
              ElementsAre("nobody offers 8x h100-sxm: add it with [[offer]] in an --offers file, or raise "
                          "--max-gpus"));
  EXPECT_THAT(why_not(plan, "1x rtx4090 nvbridge", shipped()),
              ElementsAre(HasSubstr("nobody offers 1x rtx4090 as nvbridge: add it")));
}

TEST(WhyNot, RefusesWhatIsNoCluster) {
  for (const char* text : {"", "8", "x rtx4090", "0x rtx4090", "-1x rtx4090", "8 rtx4090", "8*rtx4090"}) try {
      why_not(small_plan(), text, shipped());
      ADD_FAILURE() << text;
    } catch (const InputError& wrong) {
      EXPECT_EQ(wrong.message(), std::string("--why-not '") + text +
                                     "': write the number of GPUs, x and their name, such as '8x rtx4090'");
    }
  for (const char* text : {"8x", "8x ", "8x rtx4091"})
    EXPECT_THROW(why_not(small_plan(), text, shipped()), InputError) << text;
}

sim::Scenario scenario_of(const std::string& model, std::int64_t batch) {
  sim::Scenario scenario;
  scenario.model = workloads::load_model(model, {}, shipped());
  scenario.global_batch = batch;
  return scenario;
}

/// One way for everything but the layout.
Choices plain() {
  Choices choices;
  choices.strategies = {"ddp"};
  choices.recompute = {workloads::Recompute::none};
  return choices;
}

std::vector<std::string> layouts(const std::string& model, std::int64_t batch, const Choices& choices,
                                 int gpus) {
  std::vector<std::string> found;
  const ConfigurationSpace space(scenario_of(model, batch), choices, gpus, 8);
  for (const ShardingChoice& b : space.branches())
    found.push_back("tp" + std::to_string(b.tensor) + " pp" + std::to_string(b.pipeline) + " cp" +
                    std::to_string(b.context) + " ep" + std::to_string(b.expert) + " dp" +
                    std::to_string(b.data));
  return found;
}

TEST(Layouts, AreThoseThatTheModelDividesBy) {
  // GPT-2: 12 heads, 12 blocks, 1024 tokens.
  EXPECT_THAT(layouts("gpt2", 3, plain(), 3),
              ElementsAre("tp1 pp1 cp1 ep1 dp3", "tp1 pp3 cp1 ep1 dp1", "tp3 pp1 cp1 ep1 dp1"));
  EXPECT_THAT(layouts("gpt2", 4, plain(), 3), ElementsAre("tp1 pp3 cp1 ep1 dp1", "tp3 pp1 cp1 ep1 dp1"));
  EXPECT_THAT(layouts("gpt2", 4, plain(), 5), ElementsAre("tp1 pp5 cp1 ep1 dp1"));
  EXPECT_THAT(layouts("gpt2", 4, plain(), 13), ElementsAre());  // more stages than blocks
  Choices stages = plain();
  stages.pipeline = {12};
  EXPECT_THAT(layouts("gpt2", 1, stages, 12), ElementsAre("tp1 pp12 cp1 ep1 dp1"));
  // Choices that do not divide the GPUs are left out, zero and less too.
  Choices tensor = plain();
  tensor.tensor = {0, -1, 2, 5};
  EXPECT_THAT(layouts("gpt2", 1, tensor, 2), ElementsAre("tp2 pp1 cp1 ep1 dp1"));
  // A convolutional network has neither heads nor tokens.
  EXPECT_THAT(layouts("resnet50", 2, plain(), 2), ElementsAre("tp1 pp1 cp1 ep1 dp2", "tp1 pp2 cp1 ep1 dp1"));
}

TEST(Layouts, OfExpertsDivideExpertsAndReplicas) {
  // Mixtral: 8 experts; 3 replicas hold one share, 6 replicas 1 or 2 (3 and 6 do not divide 8).
  Choices choices = plain();
  choices.tensor = choices.pipeline = choices.context = {1};
  EXPECT_THAT(layouts("mixtral-8x7b", 3, choices, 3), ElementsAre("tp1 pp1 cp1 ep1 dp3"));
  EXPECT_THAT(layouts("mixtral-8x7b", 6, choices, 6),
              ElementsAre("tp1 pp1 cp1 ep1 dp6", "tp1 pp1 cp1 ep2 dp6"));
  choices.context = {2};
  EXPECT_THAT(layouts("mixtral-8x7b", 1, choices, 2),
              ElementsAre("tp1 pp1 cp2 ep1 dp1", "tp1 pp1 cp2 ep2 dp1"));
}

TEST(Layouts, ShardNothingAmongOneReplicaAndNoPipelineUnderFsdp) {
  Choices choices = plain();
  choices.strategies = {"ddp", "fsdp"};
  choices.tensor = {1};
  choices.context = {1};
  std::vector<std::string> found;
  const ConfigurationSpace space(scenario_of("gpt2", 4), choices, 2, 8);
  for (const ShardingChoice& b : space.branches())
    found.push_back(b.strategy + " pp" + std::to_string(b.pipeline));
  EXPECT_THAT(found, ElementsAre("ddp pp1", "fsdp pp1", "ddp pp2"));
  EXPECT_EQ(space.gpus(), 2);
  EXPECT_EQ(space.gpus_per_node(), 8);
}

TEST(Shares, DivideTheSamplesOfAReplica) {
  const ConfigurationSpace space(scenario_of("gpt2", 12), plain(), 6, 8);
  const auto shares = [&](int tensor, int context, int data) {
    ShardingChoice branch;
    branch.tensor = tensor, branch.context = context, branch.data = data;
    std::string text;
    for (const MicrobatchChoice& s : space.shares(branch))
      text += (s.sequence_parallel ? "sp" : "") + std::to_string(s.microbatch) + "x" +
              std::to_string(s.microbatches) + " ";
    return text;
  };
  EXPECT_EQ(shares(1, 1, 3), "1x4 2x2 4x1 ");
  EXPECT_EQ(shares(2, 1, 6), "sp1x2 sp2x1 1x2 2x1 ");
  EXPECT_EQ(shares(3, 1, 12), "1x1 ");          // 1024 tokens do not divide by 3
  EXPECT_EQ(shares(4, 256, 12), "sp1x1 1x1 ");  // by 1024 they do
  EXPECT_EQ(shares(4, 512, 12), "1x1 ");        // by 2048 not
}

TEST(Orders, OfAxesAreThoseOfMoreThanOneRank) {
  Choices choices = plain();
  choices.overlap = {true};
  const ConfigurationSpace space(scenario_of("gpt2", 8), choices, 8, 8);
  const auto mappings = [&](int tensor, int context, int data) {
    ShardingChoice branch;
    branch.tensor = tensor, branch.context = context, branch.data = data;
    std::vector<std::string> found;
    for (const ScheduleChoice& order : space.orders(branch, {}))
      if (order.gradient_bytes == 4 && order.context_method == "ring") found.push_back(order.mapping);
    EXPECT_EQ(space.order_count(branch, {}), space.orders(branch, {}).size());
    return found;
  };
  EXPECT_THAT(mappings(1, 1, 1), ElementsAre("tp-cp-dp-pp"));
  EXPECT_THAT(mappings(1, 1, 2), ElementsAre("dp-tp-cp-pp"));
  EXPECT_THAT(mappings(2, 1, 2), ElementsAre("tp-dp-cp-pp", "dp-tp-cp-pp"));
  EXPECT_THAT(mappings(2, 2, 1), ElementsAre("tp-cp-dp-pp", "cp-tp-dp-pp"));
}

}  // namespace
}  // namespace scalesim::plan
