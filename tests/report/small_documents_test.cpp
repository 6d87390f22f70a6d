// The smaller answers from made-up figures, each of them different: collectives, ways to train, plans, lists,
// measured steps, fitted probes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/documents/communication.h"
#include "report/documents/compute_profile.h"
#include "report/documents/configurations.h"
#include "report/documents/list.h"
#include "report/documents/plan.h"
#include "report/documents/replay.h"
#include "report/json/document.h"
#include "report/text/fit_table.h"

namespace scalesim::report {
namespace {

using testing::HasSubstr;

std::string laid_out(const std::string& json) { return nlohmann::ordered_json::parse(json).dump(2) + "\n"; }

/// 1 MB takes a quarter of a millisecond, whatever the group; nothing takes no time.
class QuarterOfAMillisecond : public comm::CollectiveModel {
 public:
  std::string_view name() const override { return "quarter"; }
  comm::CollectiveTime time(comm::Collective, Bytes bytes, const comm::Group&) const override {
    return {Seconds(bytes.value() * 0.25e-9), {}, {}, "Ring", "LL", 4, "PCIe", Provenance::measured};
  }
  std::vector<Input> inputs() const override { return {}; }
  std::string explain(comm::Collective, Bytes, const comm::Group&) const override { return "because"; }
};

Communication communication_of(bool explain) {
  sim::System system;
  system.cluster.name = "pcie";
  system.cluster.gpu.name = "rtx4090";
  system.collectives = std::make_shared<QuarterOfAMillisecond>();
  return communication(comm::Collective::all_reduce, system, {4, 2, 1}, {Bytes(0), Bytes(1e6)}, explain);
}

// 1 MB in 250 us is 4 GB/s; an all-reduce of four ranks carries 2 * 3 / 4 of that on every link.
TEST(CommunicationDocument, RatesAreBytesOverTime) {
  const Communication answer = communication_of(false);
  ASSERT_EQ(answer.rows.size(), 2u);
  EXPECT_EQ(answer.rows[0].algbw, BytesPerSecond(0));
  EXPECT_EQ(answer.rows[0].busbw, BytesPerSecond(0));
  EXPECT_DOUBLE_EQ(answer.rows[1].algbw.value(), 4e9);
  EXPECT_DOUBLE_EQ(answer.rows[1].busbw.value(), 6e9);
  EXPECT_FALSE(answer.rows[1].explanation);
  EXPECT_EQ(communication_of(true).rows[1].explanation, "because");
}

TEST(CommunicationDocument, TextIsLaidOutLikeNcclTests) {
  EXPECT_EQ(communication_text(communication_of(true)),
            "# all_reduce over 4 GPUs in 2 nodes of pcie (rtx4090), times by model 'quarter'\n"
            "#       size         time     algbw     busbw   algorithm protocol bound by\n"
            "#        (B)         (us)    (GB/s)    (GB/s)\n"
            "           0         0.00      0.00      0.00   Ring      LL       PCIe\n"
            "             because\n"
            "     1000000       250.00      4.00      6.00   Ring      LL       PCIe\n"
            "             because\n");
  Communication one = communication_of(false);
  one.group.nodes = 1;
  one.rows.clear();
  EXPECT_THAT(communication_text(one), HasSubstr("4 GPUs in 1 node of pcie"));
}

TEST(CommunicationDocument, JsonHoldsEveryFigureUnderItsName) {
  Communication answer = communication_of(true);
  answer.rows.erase(answer.rows.begin());
  answer.rows[0].time.time = Seconds(0.5);
  answer.rows[0].time.low = Seconds(0.25);
  answer.rows[0].time.high = Seconds(0.75);
  answer.rows[0].algbw = BytesPerSecond(2.5);
  answer.rows[0].busbw = BytesPerSecond(3.5);
  EXPECT_EQ(communication_json(answer), laid_out(R"({"schema": "scalesim.communication/1",
    "collective": "all_reduce", "system": "pcie", "gpus": 4, "nodes": 2, "model": "quarter",
    "rows": [{"bytes": 1000000, "time_s": 0.5, "time_low_s": 0.25, "time_high_s": 0.75, "algbw": 2.5,
              "busbw": 3.5, "algorithm": "Ring", "protocol": "LL", "channels": 4, "bottleneck": "PCIe",
              "provenance": "measured"}]})"));
}

ConfigurationsReport ways() {
  ConfigurationsReport r;
  r.model = "gpt";
  r.cluster = "2 x dgx";
  r.throughput_unit = "tokens/s";
  r.search = "pruned";
  r.gpus = 16;
  r.global_batch = 64;
  r.memory = 80e9;
  r.searched.configurations = 12345;
  r.searched.too_large = 1000;
  r.searched.impossible = 999;
  r.searched.evaluated = 17;
  r.searched.least_memory = 90e9;
  ConfigurationsReport::Row row{"tp8 pp2", 60e9, {}, 0.40625};
  row.outcome.step = Seconds(0.5);
  row.outcome.compute = Seconds(0.375);
  row.outcome.exposed = Seconds(0.0625);
  row.outcome.bubble = Seconds(0.03125);
  row.outcome.optimizer = Seconds(0.015625);
  row.outcome.samples = 64;
  r.rows = {row};
  return r;
}

// 95 % of 80 GB are 76.0 GB; 64 samples in half a second are 128 a second; 40.625 % is 40.6 %.
TEST(ConfigurationsDocument, TextCountsWaysAndRanksThem) {
  EXPECT_EQ(configurations_text(ways(), 0),
            "gpt on 16 GPUs (2 x dgx), 64 samples a step\n"
            "12,345 ways: 1,000 do not fit in 76.0 GB of a GPU, 999 cannot be laid out, 17 timed\n"
            "\n"
            "   trained by    step  tokens/s  of peak  compute  waiting   bubble   memory\n"
            "1  tp8 pp2     500 ms       128   40.6 %   375 ms  62.5 ms  31.2 ms  60.0 GB\n");
  ConfigurationsReport bounded = ways();
  bounded.searched.ruled_out = 1;
  EXPECT_THAT(configurations_text(bounded, 0), HasSubstr(" 17 timed, 1 ruled out by a bound\n\n"));
}

TEST(ConfigurationsDocument, TextSaysWhatIsMissingWhereNoneFits) {
  ConfigurationsReport none = ways();
  none.rows.clear();
  EXPECT_THAT(configurations_text(none, 0),
              testing::EndsWith(" 17 timed\n\nNo way fits: at the least it takes 90.0 GB on every GPU. Add "
                                "GPUs or larger ones.\n"));
}

TEST(ConfigurationsDocument, JsonHoldsEveryFigureUnderItsName) {
  ConfigurationsReport r = ways();
  r.searched.ruled_out = 5;
  EXPECT_EQ(configurations_json(r), laid_out(R"({"schema": "scalesim.ways/1", "model": "gpt",
    "cluster": "2 x dgx", "gpus": 16, "global_batch": 64, "throughput_unit": "tokens/s", "search": "pruned",
    "ways": 12345, "too_large": 1000, "impossible": 999, "timed": 17, "ruled_out": 5,
    "best": [{"way": "tp8 pp2", "step_s": 0.5, "throughput": 128.0, "mfu": 0.40625, "compute_s": 0.375,
              "exposed_communication_s": 0.0625, "bubble_s": 0.03125, "optimizer_s": 0.015625,
              "memory_bytes": 60000000000.0}]})"));
}

Money yuan(double amount) { return {amount, "CNY"}; }

plan::Offer offer() {
  plan::Offer o;
  o.system = "pcie";
  o.gpu = "rtx4090";
  o.nodes = 2;
  o.gpus = 16;
  o.gpus_per_node = 8;
  o.nic = "1x100Gb";
  o.fabric = "switch";
  o.strategy = "fsdp";
  o.microbatch = 3;
  o.global_batch = 48;
  o.memory = Bytes(20e9);
  o.cost = {yuan(1), yuan(2),  yuan(3),     yuan(4), yuan(5), yuan(6),  yuan(7), yuan(8),
            yuan(9), yuan(10), Watts(5600), 12.5,    13.5,    yuan(14), 15.5};
  o.spent = {16, "USD"};
  o.throughput = 17;
  o.speedup = 18;
  o.speedup_low = 19;
  o.speedup_high = 20;
  o.cost_per_speedup = yuan(21);
  o.cost_per_million = yuan(22);
  o.time_to_target = Seconds(23);
  o.cost_of_run = yuan(24);
  o.co2_of_run = 25;
  o.beaten_by_best = 0.26;
  o.pareto = true;
  plan::BillLine line{"GPU", "rtx4090", 16, yuan(27), yuan(28), yuan(29), yuan(30), {}};
  line.quoted = {yuan(31), "list", "a shop", "2026-05"};
  o.bill.lines = {line};
  return o;
}

plan::Plan plan_of(std::vector<plan::Offer> offers) {
  plan::Plan p;
  p.model = "net";
  p.throughput_unit = "images/s";
  p.currency = "CNY";
  p.years = 4;
  p.rent = true;
  p.reference = "one rtx4090";
  p.reference_throughput = 500;
  p.offers = std::move(offers);
  p.warnings = {"careful"};
  return p;
}

TEST(PlanJson, AnOfferHoldsEveryFigureUnderItsName) {
  const auto document = nlohmann::ordered_json::parse(plan_json(plan_of({offer()})));
  EXPECT_EQ(document["offers"][0].dump(2) + "\n",
            laid_out(R"({"title": "2 x 8 rtx4090, pcie, 1x100Gb switch", "system": "pcie", "gpu": "rtx4090",
    "nodes": 2, "gpus": 16, "gpus_per_node": 8, "nic": "1x100Gb", "fabric": "switch", "strategy": "fsdp",
    "microbatch": 3, "global_batch": 48, "memory_bytes": 20000000000.0, "capex": 3.0, "opex_per_year": 8.0,
    "cost": 16.0, "currency": "USD", "power_w": 5600.0, "speedup": 18.0, "speedup_low": 19.0,
    "speedup_high": 20.0, "throughput": 17.0, "cost_per_speedup": 21.0, "cost_per_million": 22.0,
    "time_to_target_s": 23.0, "cost_of_run": 24.0, "co2_kg_of_run": 25.0, "beaten_by_best": 0.26,
    "pareto": true, "fits": true,
    "ownership": {"parts": 1.0, "spares": 2.0, "energy_per_year": 4.0, "colocation_per_year": 5.0,
                  "maintenance_per_year": 6.0, "staff_per_year": 7.0, "total": 9.0, "per_hour": 10.0,
                  "kwh_per_year": 12.5, "co2_kg_per_year": 13.5, "rent_per_hour": 14.0,
                  "break_even_months": 15.5}})"));
}

TEST(PlanJson, WhatIsNotKnownIsNull) {
  plan::Offer bare = offer();
  bare.nic.clear();
  bare.fabric.clear();
  bare.time_to_target.reset();
  bare.cost_of_run.reset();
  bare.co2_of_run.reset();
  bare.cost.co2_per_year.reset();
  bare.cost.rent_per_hour.reset();
  bare.cost.break_even_months.reset();
  bare.bill.lines[0].quoted.date.clear();
  plan::Plan p = plan_of({bare});
  p.best = 0;
  const auto document = nlohmann::json::parse(plan_json(p));
  const auto& one = document["offers"][0];
  for (const char* name : {"nic", "fabric", "time_to_target_s", "cost_of_run", "co2_kg_of_run"})
    EXPECT_TRUE(one[name].is_null()) << name;
  for (const char* name : {"co2_kg_per_year", "rent_per_hour", "break_even_months"})
    EXPECT_TRUE(one["ownership"][name].is_null()) << name;
  EXPECT_TRUE(document["bill"][0]["date"].is_null());
}

TEST(PlanJson, TheChosenOffersStandUnderTheirNames) {
  std::vector<plan::Offer> offers(4, offer());
  for (std::size_t i = 0; i < offers.size(); ++i) offers[i].gpus = static_cast<int>(i);
  plan::Plan p = plan_of(offers);
  auto document = nlohmann::ordered_json::parse(plan_json(p));
  for (const char* name : {"best", "knee", "next", "fastest"}) EXPECT_TRUE(document[name].is_null()) << name;
  EXPECT_EQ(document["bill"].dump(), "[]");
  p.best = 0, p.knee = 1, p.next = 2, p.fastest = 3;
  document = nlohmann::ordered_json::parse(plan_json(p));
  EXPECT_EQ(document["best"]["gpus"], 0);
  EXPECT_EQ(document["knee"]["gpus"], 1);
  EXPECT_EQ(document["next"]["gpus"], 2);
  EXPECT_EQ(document["fastest"]["gpus"], 3);
  EXPECT_EQ(document["bill"].dump(2) + "\n",
            laid_out(R"([{"role": "GPU", "part": "rtx4090", "count": 16, "unit_price": 27.0, "total": 28.0,
                          "kind": "list", "source": "a shop", "date": "2026-05"}])"));
}

TEST(PlanJson, TheRestIsToldInOrder) {
  plan::Plan p = plan_of({offer(), offer()});
  p.offers[1].gpu = "h100";
  p.rejected = {{"a title", "nvlink", "a100", 4, 3, 12, "too dear"}};
  p.tipping = {{"price", "CNY", 1.5, 2.5, 1}};
  auto document = nlohmann::ordered_json::parse(plan_json(p));
  document["offers"] = nlohmann::ordered_json::array();
  EXPECT_EQ(document.dump(2) + "\n", laid_out(R"({"schema": "scalesim.plan/1", "model": "net",
    "throughput_unit": "images/s", "currency": "CNY", "years": 4.0, "rent": true,
    "reference": {"name": "one rtx4090", "throughput": 500.0}, "offers": [], "best": null, "knee": null,
    "next": null, "fastest": null, "bill": [],
    "tipping": [{"input": "price", "unit": "CNY", "now": 1.5, "then": 2.5,
                 "overtaken_by": "2 x 8 h100, pcie, 1x100Gb switch"}],
    "rejected": [{"title": "a title", "system": "nvlink", "gpu": "a100", "nodes": 3, "gpus": 12,
                  "reason": "too dear"}],
    "warnings": ["careful"]})"));
}

TEST(ListDocument, TextAndJsonHoldNamesAndWhatTheyAre) {
  const std::vector<ListEntry> entries = {{"a100", "a card"}, {"h", "newer"}};
  EXPECT_EQ(list_text(entries, 0), "name  what it is\na100  a card\nh     newer\n");
  EXPECT_EQ(list_json("gpus", entries), laid_out(R"({"schema": "scalesim.list/1", "kind": "gpus",
    "entries": [{"name": "a100", "description": "a card"}, {"name": "h", "description": "newer"}]})"));
}

std::string refusal(const std::string& text) {
  try {
    checked_document(text, "x.json");
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "not refused";
}

TEST(CheckedDocument, OnlyDocumentsOfScalesimPass) {
  const std::string good = R"({"schema": "scalesim.list/1"})";
  EXPECT_EQ(checked_document(good, "x.json"), good);
  EXPECT_EQ(refusal("{]"),
            "x.json: not JSON (at byte 2); give a file that 'scalesim ... --json=x.json' wrote");
  for (const char* other : {"[]", "1", "{}", R"({"schema": "other/1"})", R"({"schema": 1})",
                            R"({"schema": "scalesimX"})", R"({"schema": "a scalesim.list/1"})"})
    EXPECT_EQ(refusal(other),
              "x.json: no \"schema\": \"scalesim.KIND/1\" in it; give a file that --json wrote")
        << other;
}

// 64 samples in 100 + 200 ms forward, 300 + 200 ms backward and 200 ms optimizer: 64 a second.
TEST(ComputeProfileText, AddsTheLayersUp) {
  workloads::ComputeProfile profile;
  profile.model = "net";
  profile.gpu = "rtx4090";
  profile.batch = 64;
  profile.layers = {{"a", Seconds(0.1), Seconds(0.3)}, {"b", Seconds(0.2), Seconds(0.2)}};
  profile.optimizer = Seconds(0.2);
  EXPECT_EQ(compute_profile_text(profile),
            "net on rtx4090: 2 layers, forward 300 ms, backward 500 ms, optimizer 200 ms, 64.0 samples/s\n");
}

// A nanosecond a byte is 1 GB/s, times 2 * 3 / 4 for the all-reduce of four ranks.
TEST(FitTable, HoldsARowForEachRegime) {
  comm::CommProfile profile;
  EXPECT_EQ(fit_table(profile), "");
  comm::Fit fit;
  fit.collective = comm::Collective::all_reduce;
  fit.ranks = 4;
  fit.regimes = {{Bytes(8), Bytes(1024), Seconds(5e-6), 0, 0.015},
                 {Bytes(1024), Bytes(1048576), Seconds(7e-6), 1e-9, 0.25}};
  profile.fits = {fit};
  fit.scope = "intra-node";
  fit.collective = comm::Collective::broadcast;
  fit.ranks = 2;
  fit.regimes.erase(fit.regimes.begin());
  profile.fits.push_back(fit);
  EXPECT_EQ(fit_table(profile),
            "  fitted                 ranks  sizes   latency  bus bandwidth  residual\n"
            "  all_reduce                 4  8..1K   5.00 us              -     1.5 %\n"
            "  all_reduce                 4  1K..1M  7.00 us      1.50 GB/s    25.0 %\n"
            "  broadcast, intra-node      2  1K..1M  7.00 us      1.00 GB/s    25.0 %\n");
}

TEST(ReplayDocument, TextIsExact) {
  Replay replay{"net", "rtx4090", "ddp", "shm", 32, {}, {}};
  replay.steps = {{2, 3, true, Seconds(0.12), Seconds(0.16), Seconds(0.152), Seconds(0.168), 64}};
  // (168 - 152) / 160 = 10 %, half of it either way; 120 / 160 - 1 = -25 %.
  EXPECT_EQ(
      replay_text(replay),
      "net on rtx4090, 32 samples per GPU, ddp; computing stood in for by waiting\n"
      "ranks hosts  probed  predicted (ms)  measured (ms)  +-%   error   speed-up predicted  measured\n"
      "    2     3     yes          120.00         160.00  5.0  -25.0%                   -         -\n");
}

TEST(ReplayDocument, JsonHoldsEveryFigureUnderItsName) {
  Replay replay{"net", "rtx4090", "ddp", "shm", 32, {}, {}};
  replay.steps = {{1, 1, true, Seconds(0.5), Seconds(0.25), Seconds(0.125), Seconds(0.375), 32},
                  {4, 2, false, Seconds(1), Seconds(0.5), Seconds(0.4375), Seconds(0.5625), 128}};
  replay.sizes = {{4, 2, true, Bytes(1024), Seconds(0.75), Seconds(0.5)}};
  // 128 / 1 over 32 / .5 = 2; 128 / .5 over 32 / .25 = 2.
  EXPECT_EQ(replay_json(replay), laid_out(R"({"schema": "scalesim.replay/1", "model": "net",
    "gpu": "rtx4090", "batch_per_gpu": 32, "strategy": "ddp", "transport": "shm",
    "steps": [{"ranks": 1, "nodes": 1, "probed": true, "predicted_s": 0.5, "measured_s": 0.25,
               "measured_low_s": 0.125, "measured_high_s": 0.375, "error": 1.0, "predicted_speedup": 1.0,
               "measured_speedup": 1.0},
              {"ranks": 4, "nodes": 2, "probed": false, "predicted_s": 1.0, "measured_s": 0.5,
               "measured_low_s": 0.4375, "measured_high_s": 0.5625, "error": 1.0, "predicted_speedup": 2.0,
               "measured_speedup": 2.0}],
    "collectives": [{"collective": "all_reduce", "ranks": 4, "nodes": 2, "probed": true, "bytes": 1024.0,
                     "predicted_s": 0.75, "measured_s": 0.5, "error": 0.5}]})"));
}

TEST(ReplayDocument, AnErrorOfTheBoundItselfIsNotWorse) {
  Replay replay;
  replay.steps = {{2, 1, true, Seconds(1.5), Seconds(1), Seconds(1), Seconds(1), 1}};
  EXPECT_FALSE(replay.worse_than(0.5));
  EXPECT_TRUE(replay.worse_than(0.49));
  EXPECT_EQ(Replay{}.alone(), nullptr);
  EXPECT_FALSE(Replay{}.worse_than(0));
}

}  // namespace
}  // namespace scalesim::report
