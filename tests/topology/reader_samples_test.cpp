// Every small sample of tests/topology/samples reads as its line of samples/INDEX says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "core/error.h"
#include "core/file.h"
#include "topology/capture/reading/reader.h"
#include "topology/machine/relations.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
namespace {

const std::string kFolder = std::string(SCALESIM_SOURCE_DIR) + "/tests/topology/samples/";

struct Sample {
  std::string file;
  std::string expected;
};
void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.file; }

std::vector<Sample> samples() {
  std::vector<Sample> all;
  std::istringstream index(read_file(kFolder + "INDEX"));
  for (std::string line; std::getline(index, line);) {
    const std::size_t bar = line.find(" | ");
    if (!line.empty() && line[0] != '#' && bar != std::string::npos)
      all.push_back({line.substr(0, bar), line.substr(bar + 3)});
  }
  return all;
}

/// "NV1 16 SOC 12" for the pairs of these kinds, sorted as the index sorts them: by text.
std::map<std::string, int> pairs(const Machine& machine, ComponentKind a, ComponentKind b) {
  std::map<std::string, int> count;
  for (const PairRelation& pair : pair_relations(machine))
    if (pair.a.kind == a && pair.b.kind == b)
      ++count[pair.path.text + (pair.path.count ? std::to_string(*pair.path.count) : "")];
  return count;
}

std::map<std::string, int> counts_in(std::istringstream words) {
  std::map<std::string, int> count;
  std::string name;
  int number = 0;
  while (words >> name >> number) count[name] = number;
  return count;
}

/// Values in order of first use, joined by " / ".
template <class Field>
std::string distinct(const std::vector<GpuReading>& gpus, Field field) {
  std::string text;
  std::set<std::string> seen;
  for (const GpuReading& gpu : gpus) {
    const std::string value = field(gpu).value_or("null");
    if (seen.insert(value).second) text += (text.empty() ? "" : " / ") + value;
  }
  return text;
}

std::string active_links(const std::vector<GpuReading>& gpus) {
  std::string text;
  for (const GpuReading& gpu : gpus) {
    int active = 0;
    for (const NvlinkState& link : gpu.nvlinks) active += link.rate.has_value();
    text += (text.empty() ? "" : " / ") + std::to_string(active);
  }
  return text;
}

void check(const std::string& key, const std::string& value, const MachineReport& report) {
  const Machine& machine = report.machine;
  if (key == "gpus") {
    EXPECT_EQ(report.gpus.size(), std::stoul(value));
    EXPECT_EQ(machine.count(ComponentKind::gpu), std::stoi(value));
  } else if (key == "nics") {
    EXPECT_EQ(report.nics.size(), std::stoul(value));
  } else if (key == "GG") {
    EXPECT_EQ(pairs(machine, ComponentKind::gpu, ComponentKind::gpu), counts_in(std::istringstream(value)));
  } else if (key == "GN") {
    EXPECT_EQ(pairs(machine, ComponentKind::gpu, ComponentKind::nic), counts_in(std::istringstream(value)));
  } else if (key == "NN") {
    EXPECT_EQ(pairs(machine, ComponentKind::nic, ComponentKind::nic), counts_in(std::istringstream(value)));
  } else if (key == "cpus") {
    EXPECT_EQ(distinct(report.gpus, [](const GpuReading& gpu) { return gpu.cpus; }), value);
  } else if (key == "numa") {
    EXPECT_EQ(distinct(report.gpus, [](const GpuReading& gpu) { return gpu.numa; }), value);
  } else if (key == "memory") {
    EXPECT_EQ(distinct(report.gpus, [](const GpuReading& gpu) { return gpu.memory_numa; }), value);
  } else if (key == "names") {
    std::string names;
    for (const NicReading& nic : report.nics) names += (names.empty() ? "" : " ") + nic.name.value_or("null");
    EXPECT_EQ(names, value);
  } else if (key == "nvlinks") {
    EXPECT_EQ(active_links(report.gpus), value);
  } else if (key == "peers") {
    std::map<std::string, int> statuses;
    for (const PeerStatus& peer : report.peers) ++statuses[peer.status];
    EXPECT_EQ(statuses, counts_in(std::istringstream(value)));
  } else if (key == "peer_access") {
    EXPECT_EQ(machine.peer_access, value == "null" ? std::nullopt : std::optional(value == "true"));
  } else if (key == "warnings") {
    EXPECT_EQ(machine.warnings.size(), std::stoul(value)) << testing::PrintToString(machine.warnings);
    const std::size_t colon = value.find(": ");
    if (colon != std::string::npos) {
      EXPECT_THAT(machine.warnings, testing::Contains(testing::HasSubstr(value.substr(colon + 2))));
    }
  } else {
    FAIL() << "the index has an unknown key '" << key << "'";
  }
}

class Samples : public testing::TestWithParam<Sample> {};

TEST_P(Samples, ReadAsTheIndexSays) {
  const GpuCatalogue gpus(DataCatalogue::embedded());
  const std::string text = read_file(kFolder + GetParam().file);
  if (GetParam().expected.rfind("error ", 0) == 0) {
    try {
      read_machine({{"sample", text}}, gpus);
      FAIL() << "an error was expected";
    } catch (const InputError& wrong) {
      EXPECT_THAT(wrong.what(), testing::HasSubstr(GetParam().expected.substr(6)));
      EXPECT_EQ(wrong.place().file, "sample");
      EXPECT_GT(wrong.place().line, 0);
    }
    return;
  }
  const MachineReport report = read_machine({{"sample", text}}, gpus);
  std::string facts = GetParam().expected + "; ";
  while (!facts.empty()) {
    const std::size_t end = facts.find("; "), space = facts.find(' ');
    check(facts.substr(0, space), facts.substr(space + 1, end - space - 1), report);
    facts.erase(0, end + 2);
  }
}

std::string test_name(const testing::TestParamInfo<Sample>& info) {
  std::string name = info.param.file;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Topology, Samples, testing::ValuesIn(samples()), test_name);

}  // namespace
}  // namespace scalesim::topology
