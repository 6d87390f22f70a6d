// What a price book accepts, which of several prices it takes, and which part it chooses, at every border.
#include "plan/cost/price_book.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/shipped.h"
#include "topology/system/load_cluster.h"

namespace scalesim::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PriceBook book_with(const std::string& offers) {
  PriceBook book(shipped());
  book.add_offers(offers, "own.toml");
  return book;
}

/// What is said of an offers file; "" when it is accepted.
std::string refusal(const std::string& offers) {
  try {
    book_with(offers);
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "";
}

BytesPerSecond gigabits(double rate) { return BytesPerSecond(rate * 1e9 / 8); }

std::string part_with(const std::string& key, long value) {
  return fmt::format("[[part]]\nname = \"p\"\nrole = \"r\"\nhost = \"h\"\nsource = \"s\"\n{} = {}\n", key,
                     value);
}

topology::Cluster cluster_of(const std::string& system, const std::optional<std::string>& gpu = {}) {
  topology::ClusterOptions options;
  options.gpu = gpu;
  return topology::load_cluster(system, options, shipped());
}

TEST(PriceBook, WholeNumbersOfAPartHaveLimits) {
  struct Case {
    const char* key;
    long low, high;
  };
  for (const Case& c : {Case{"slots", 1, 1024}, Case{"ports", 2, 4096}}) {
    EXPECT_EQ(refusal(part_with(c.key, c.low)), "");
    EXPECT_EQ(refusal(part_with(c.key, c.high)), "");
    for (const long wrong : {c.low - 1, c.high + 1})
      EXPECT_THAT(refusal(part_with(c.key, wrong)),
                  HasSubstr(fmt::format("key '{}' is {}, but must lie between {} and {}", c.key, wrong, c.low,
                                        c.high)));
  }
}

TEST(PriceBook, NodesOfAnOfferHaveOneTo1024Gpus) {
  const auto offer = [](const std::string& sizes) {
    return "[[offer]]\nsystem = \"pcie\"\ngpus_per_node = [" + sizes + "]\n";
  };
  for (const int wrong : {0, 1025})
    EXPECT_THAT(refusal(offer(fmt::format("1, {}", wrong))),
                HasSubstr(fmt::format("{} GPUs in a node: 1 to 1024", wrong)));
  EXPECT_THAT(book_with(offer("1, 1024")).offers().back().gpus_per_node, ElementsAre(1, 1024));
}

TEST(PriceBook, AnOfferIsReadWithAllItsLists) {
  const PriceBook book = book_with(
      "[[offer]]\nsystem = \"own.toml\"\ngpu = [\"rtx4090\", \"h100-sxm\"]\nnic = [\"1x100Gb\"]\n"
      "fabric = [\"rail\", \"switch\"]\n");
  const OfferEntry& entry = book.offers().back();
  EXPECT_EQ(entry.system, "own.toml");
  EXPECT_THAT(entry.gpus, ElementsAre("rtx4090", "h100-sxm"));
  EXPECT_TRUE(entry.gpus_per_node.empty());
  EXPECT_THAT(entry.nics, ElementsAre("1x100Gb"));
  EXPECT_THAT(entry.fabrics, ElementsAre("rail", "switch"));
  EXPECT_EQ(book.offers().size(), PriceBook(shipped()).offers().size() + 1);
}

TEST(PriceBook, RefusesWithThePlace) {
  const std::string usd = "money = \"1 USD\"\n";
  const struct {
    std::string offers, sentence;
  } cases[] = {{"[[offer]]\nsystem = \"pciee\"\n", "own.toml:2:10: unknown system 'pciee'"},
               {"[[offer]]\nsystem = \"pcie\"\ngpu = [\"rtx4091\"]\n", "own.toml:3:7: "},
               {"[[part]]\nname = \"copper-cable\"\nrole = \"cable\"\nsource = \"s\"\n",
                "own.toml:2:8: part 'copper-cable' is already known: give it a new price with [[price]]"},
               {"[[price]]\npart = \"rtx4091\"\n" + usd, "own.toml:2:8: unknown part 'rtx4091'"},
               {"[[price]]\npart = \"rtx4090\"\n" + usd + "[[price]]\npart = \"rtx4090\"\n" + usd,
                "own.toml:5:8: 'rtx4090' has two prices, the first in line 2: keep one of them"},
               {"[[price]]\npart = \"rtx4090\"\nmoney = \"1 GBP\"\n",
                "own.toml:3:9: no exchange rate for GBP: data/prices/exchange_rates.toml has them"},
               {"[[price]]\npart = \"rtx4090\"\nmoney = \"-1 USD\"\n", "own.toml:3:9: '-1 USD' is negative"},
               {"[[price]]\npart = \"rtx4090\"\nmoney = \"1\"\n", "own.toml:3:9: '1' has no currency"},
               {"[[price]]\npart = \"rtx4090\"\ncolour = 1\n" + usd, "colour"},
               {"prices = 1\n", "prices"}};
  for (const auto& c : cases) EXPECT_THAT(refusal(c.offers), HasSubstr(c.sentence)) << c.offers;
}

TEST(PriceBook, OneFileMayPriceAPieceAndItsHour) {
  const PriceBook book = book_with(
      "[[price]]\npart = \"rtx4090\"\nmoney = \"1 USD\"\n"
      "[[price]]\npart = \"rtx4090\"\nmoney = \"2 USD\"\nkind = \"cloud per hour\"\n");
  const topology::GpuSpec gpu = cluster_of("pcie", "rtx4090").gpu;
  EXPECT_EQ(book.gpu(gpu)->money.amount, 1);
  EXPECT_EQ(book.gpu(gpu)->kind, "quote");
  EXPECT_EQ(book.gpu(gpu)->source, "the offers file");
  EXPECT_EQ(book.gpu_hour(gpu)->money.amount, 2);
}

TEST(PriceBook, APartIsReadWithItsDefaults) {
  const PriceBook book = book_with(
      "[[part]]\nname = \"bare\"\nrole = \"fan\"\nhost = \"own\"\nsource = \"s\"\n"
      "[[part]]\nname = \"full\"\nrole = \"pump\"\nhost = \"own\"\nper = \"gpu\"\nslots = 3\nports = 5\n"
      "rate = \"8 Gb/s\"\npower = \"7 W\"\nmoney = \"20 USD\"\nlow = \"10 USD\"\nhigh = \"40 USD\"\n"
      "kind = \"k\"\ndate = \"d\"\nreach = \"hall\"\nsource = \"s\"\n"
      "[[part]]\nname = \"sure\"\nrole = \"lid\"\nhost = \"own\"\nmoney = \"20 USD\"\nsource = \"s\"\n");
  EXPECT_THAT(book.host_roles("own"), ElementsAre("fan", "pump", "lid"));
  const Part& bare = *book.host_part("own", "fan", 1000000);  // no slots: room for any number
  EXPECT_EQ(bare.slots, 0);
  EXPECT_EQ(bare.ports, 0);
  EXPECT_FALSE(bare.per_gpu);
  EXPECT_EQ(bare.rate.value(), 0);
  EXPECT_FALSE(bare.power);
  EXPECT_FALSE(bare.price);
  EXPECT_EQ(book.host_part("own", "pump", 4), nullptr);
  const Part& full = *book.host_part("own", "pump", 3);
  EXPECT_EQ(full.slots, 3);
  EXPECT_EQ(full.ports, 5);
  EXPECT_TRUE(full.per_gpu);
  EXPECT_EQ(full.rate.value(), 1e9);
  EXPECT_EQ(full.power->value(), 7);
  EXPECT_EQ(full.reach, "hall");
  EXPECT_EQ(full.price->money.amount, 20);
  EXPECT_EQ(full.price->kind, "k");
  EXPECT_EQ(full.price->source, "s");
  EXPECT_EQ(full.price->date, "d");
  EXPECT_EQ(full.low.amount, 10);
  EXPECT_EQ(full.high.amount, 40);
  const Part& sure = *book.host_part("own", "lid", 1);
  EXPECT_EQ(sure.price->kind, "quote");
  EXPECT_EQ(sure.low.amount, 20);
  EXPECT_EQ(sure.high.amount, 20);
}

TEST(PriceBook, ANewPriceOfAPartIsSure) {
  const PriceBook book = book_with("[[price]]\npart = \"nvlink-bridge\"\nmoney = \"99 EUR\"\n");
  EXPECT_EQ(PriceBook(shipped()).bridge()->low.amount, 80);
  EXPECT_EQ(book.bridge()->price->money.amount, 99);
  EXPECT_EQ(book.bridge()->low.amount, 99);
  EXPECT_EQ(book.bridge()->high.amount, 99);
  EXPECT_EQ(book.bridge()->high.currency, "EUR");
}

TEST(PriceBook, HostsNeedTheirRolesInTheOrderOfTheFile) {
  const PriceBook book(shipped());
  EXPECT_THAT(book.host_roles("pcie"), ElementsAre("chassis", "CPUs", "memory", "storage"));
  EXPECT_THAT(book.host_roles("nvlink"), ElementsAre("GPU board", "chassis", "CPUs", "memory", "storage"));
  EXPECT_TRUE(book.host_roles("none").empty());
}

TEST(PriceBook, TheSmallestPartWithRoomIsTaken) {
  const auto part = [](int slots) {
    return fmt::format("[[part]]\nname = \"p{}\"\nrole = \"r\"\nhost = \"h\"\nsource = \"s\"\n{}", slots,
                       slots ? fmt::format("slots = {}\n", slots) : "");
  };
  const PriceBook book = book_with(part(8) + part(2) + part(0) + part(4));
  const struct {
    int gpus;
    const char* name;
  } cases[] = {{1, "p2"}, {2, "p2"}, {3, "p4"}, {4, "p4"}, {5, "p8"}, {8, "p8"}, {9, "p0"}};
  for (const auto& c : cases) EXPECT_EQ(book.host_part("h", "r", c.gpus)->name, c.name) << c.gpus;
  EXPECT_EQ(book.host_part("other", "r", 1), nullptr);
  EXPECT_EQ(book.host_part("h", "other", 1), nullptr);
}

TEST(PriceBook, TheSlowestSwitchAndCableThatCarryARateAreTaken) {
  const PriceBook book(shipped());
  const struct {
    double rate;
    const char *network, *rack, *hall;  // "" : none
  } cases[] = {{10, "switch-100g-32", "copper-cable", "active-optical-cable-200g"},
               {100, "switch-100g-32", "copper-cable", "active-optical-cable-200g"},
               {101, "switch-200g-40", "copper-cable", "active-optical-cable-200g"},
               {200, "switch-200g-40", "copper-cable", "active-optical-cable-200g"},
               {201, "switch-400g-64", "copper-cable", "optical-link-400g"},
               {400, "switch-400g-64", "copper-cable", "optical-link-400g"},
               {401, "switch-800g-64", "", ""},
               {800, "switch-800g-64", "", ""},
               {801, "", "", ""}};
  const auto name = [](const Part* part) { return part ? part->name : ""; };
  for (const auto& c : cases) {
    EXPECT_EQ(name(book.network_switch(gigabits(c.rate))), c.network) << c.rate;
    EXPECT_EQ(name(book.cable(gigabits(c.rate), "rack")), c.rack) << c.rate;
    EXPECT_EQ(name(book.cable(gigabits(c.rate), "hall")), c.hall) << c.rate;
  }
  EXPECT_EQ(book.cable(gigabits(1), "moon"), nullptr);
}

TEST(PriceBook, OfEquallyFastSwitchesTheFirstIsTaken) {
  const PriceBook book = book_with(
      "[[part]]\nname = \"late\"\nrole = \"switch\"\nrate = \"100 Gb/s\"\nports = 2\nsource = \"s\"\n"
      "[[part]]\nname = \"late-cable\"\nrole = \"cable\"\nreach = \"rack\"\nrate = \"400 Gb/s\"\n"
      "source = \"s\"\n"
      "[[part]]\nname = \"late-bridge\"\nrole = \"NVLink bridge\"\nsource = \"s\"\n");
  EXPECT_EQ(book.network_switch(gigabits(100))->name, "switch-100g-32");
  EXPECT_EQ(book.cable(gigabits(100), "rack")->name, "copper-cable");
  EXPECT_EQ(book.bridge()->name, "nvlink-bridge");
}

TEST(PriceBook, TakesTheHomeCurrencyElseTheFirstAndNeverAnHour) {
  const PriceBook book(shipped());
  topology::NicSpec nic;
  nic.name = "own";
  const auto price = [](double amount, const char* currency, const char* kind) {
    return topology::Price{{amount, currency}, kind, "", ""};
  };
  EXPECT_FALSE(book.nic(nic));
  nic.prices = {price(1, "CNY", "cloud per hour")};
  EXPECT_FALSE(book.nic(nic));
  nic.prices.push_back(price(2, "USD", "street"));
  nic.prices.push_back(price(3, "EUR", "street"));
  EXPECT_EQ(book.nic(nic)->money.amount, 2);
  nic.prices.push_back(price(4, "CNY", "list"));
  nic.prices.push_back(price(5, "CNY", "list"));
  EXPECT_EQ(book.nic(nic)->money.amount, 4);
  // The shipped file of the RTX 4090: 1599 and 2125 USD, then 15000 CNY; 0.74 USD an hour.
  const topology::GpuSpec gpu = cluster_of("pcie", "rtx4090").gpu;
  EXPECT_EQ(book.gpu(gpu)->money.amount, 15000);
  EXPECT_EQ(book.gpu(gpu)->money.currency, "CNY");
  EXPECT_EQ(book.gpu_hour(gpu)->money.amount, 0.74);
}

TEST(PriceBook, PricesOfASystemAreToldApartByTheirKind) {
  const PriceBook book(shipped());
  topology::Cluster cluster = cluster_of("pcie", "rtx4090");
  EXPECT_FALSE(book.whole_node(cluster));
  EXPECT_FALSE(book.own_chassis(cluster));
  cluster.prices = {{{7, "USD"}, "list, chassis", "", ""}, {{9, "USD"}, "list, whole node", "", ""}};
  EXPECT_EQ(book.whole_node(cluster)->money.amount, 9);
  EXPECT_EQ(book.own_chassis(cluster)->money.amount, 7);
}

TEST(PriceBook, AQuoteForASystemIsForItsOwnGpusAsManyAsItHas) {
  const PriceBook book = book_with("[[price]]\npart = \"dgx-h100\"\nmoney = \"1000 USD\"\n");
  topology::Cluster cluster = cluster_of("dgx-h100");
  EXPECT_EQ(book.whole_node(cluster)->money.amount, 1000);
  cluster.gpus_per_node = 4;
  EXPECT_EQ(book.whole_node(cluster)->money.amount, 270000);  // as the system's own file says
  cluster.gpus_per_node = 8;
  cluster.gpu.name = "a100-sxm4-80gb";
  EXPECT_EQ(book.whole_node(cluster)->money.amount, 270000);
  EXPECT_EQ(PriceBook(shipped()).whole_node(cluster_of("dgx-h100"))->money.amount, 270000);
}

TEST(PriceBook, ScaledMultipliesEveryPriceAndAgain) {
  const PriceBook book = book_with(
      "[[price]]\npart = \"l40s\"\nmoney = \"1000 USD\"\n"
      "[[price]]\npart = \"l40s\"\nmoney = \"4 USD\"\nkind = \"per hour\"\n");
  const PriceBook scaled = book.scaled(0.5).scaled(3);  // 1.5 in all
  const topology::GpuSpec quoted = cluster_of("pcie", "l40s").gpu;
  const topology::GpuSpec gpu = cluster_of("pcie", "rtx4090").gpu;
  EXPECT_EQ(scaled.gpu(quoted)->money.amount, 1500);
  EXPECT_EQ(scaled.gpu_hour(quoted)->money.amount, 6);
  EXPECT_EQ(scaled.gpu(gpu)->money.amount, 22500);
  EXPECT_DOUBLE_EQ(scaled.gpu_hour(gpu)->money.amount, 1.11);
  EXPECT_EQ(scaled.whole_node(cluster_of("dgx-h100"))->money.amount, 405000);
  EXPECT_EQ(scaled.bridge()->price->money.amount, 247.5);  // 165
  EXPECT_EQ(scaled.bridge()->low.amount, 120);             // 80
  EXPECT_EQ(scaled.bridge()->high.amount, 375);            // 250
  EXPECT_EQ(book.bridge()->price->money.amount, 165);
  EXPECT_EQ(book.gpu(quoted)->money.amount, 1000);
}

}  // namespace
}  // namespace scalesim::plan
