// Compares our NCCL model with golden values computed by NCCL itself: every latency and bandwidth cell within
// 0.1 us and 0.1 GB/s, every predicted time within 0.1 us (or the print's rounding), every chosen algorithm
// and protocol equal. usage: check_vectors FILE; the file's format is described in its first lines. Exit 3
// when anything differs.
#include <cmath>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include "comm/models/nccl/node.h"
#include "core/error.h"
#include "core/file.h"
#include "core/number.h"

namespace scalesim::comm {
namespace {

struct Cell {
  Collective collective;
  NcclAlgorithm algorithm;
  NcclProtocol protocol;
  double latency, bandwidth;
};
struct Prediction {
  Collective collective;
  std::uint64_t bytes;
  double time, bus;
  NcclAlgorithm algorithm;
  NcclProtocol protocol;
};
struct Block {
  std::string machine;
  int gpus = 0;
  NcclSystem system;
  std::vector<Cell> cells;
  std::vector<Prediction> predictions;
};

Collective parse_short(const std::string& word) {
  return word == "ag"   ? Collective::all_gather
         : word == "rs" ? Collective::reduce_scatter
                        : Collective::all_reduce;
}

PathType parse_path(const std::string& word) {
  const char* names[] = {"LOC", "NVL", "NVB", "C2C", "PIX", "PXB", "P2C", "PXN", "PHB", "SYS", "NET", "DIS"};
  for (int i = 0; i < 12; ++i) {
    if (word == names[i]) return static_cast<PathType>(i);
  }
  throw InputError("unknown path type '" + word + "'");
}

NcclGraph parse_graph(std::istringstream& words) {
  NcclGraph graph;
  std::string skip, bandwidths, types;
  int pattern = 0, same = 0;
  words >> skip >> pattern >> skip >> graph.cross_nic >> skip >> graph.channels >> skip >> bandwidths >>
      skip >> types >> skip >> same;
  const LeadingNumber<double> intra = leading_double(bandwidths);
  graph.bandwidth_intra = intra.value;
  graph.bandwidth_inter = leading_double(intra.rest.substr(1)).value;
  const size_t slash = types.find('/');
  graph.type_intra = parse_path(types.substr(0, slash));
  graph.type_inter = parse_path(types.substr(slash + 1));
  graph.pattern = static_cast<NcclPattern>(pattern);
  graph.same_channels = same != 0;
  return graph;
}

int capability_of(const std::string& machine) {
  const std::vector<std::pair<const char*, int>> known = {
      {"h100", 90}, {"b200", 100}, {"a100", 80}, {"v100", 70}, {"4090", 89}};
  for (const auto& [name, capability] : known) {
    if (machine.rfind(name, 0) == 0) return capability;
  }
  throw InputError("unknown machine '" + machine + "'");
}

std::vector<Block> parse(const std::string& text) {
  std::vector<Block> blocks;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string first, word;
    if (!(words >> first) || first[0] == '#') continue;
    if (first == "==") {
      Block block;
      std::string nodes, gpus;
      words >> block.machine >> nodes >> gpus;
      block.system.nodes = to_integer<int>(nodes.substr(6)).value();
      block.gpus = to_integer<int>(gpus.substr(5)).value();
      block.system.ranks = block.system.nodes * block.gpus;
      block.system.compute_capability = capability_of(block.machine);
      const bool amd = block.machine.find("amd") != std::string::npos || block.machine.rfind("a100", 0) == 0;
      block.system.cpu = amd ? NcclCpu::amd : NcclCpu::intel;
      blocks.push_back(block);
      continue;
    }
    if (blocks.empty()) throw InputError("values before the first '==' line");
    Block& block = blocks.back();
    if (first == "ring") {
      block.system.ring = parse_graph(words);
    } else if (first == "tree") {
      block.system.tree = parse_graph(words);
    } else if (first == "nvls") {
      block.system.nvls = parse_graph(words);
    } else if (first == "comm") {
      words >> word >> block.system.channels;
    } else if (first == "T") {
      Prediction p{};
      std::string collective, unit, label, choice;
      words >> collective >> p.bytes >> p.time >> unit >> label >> p.bus >> choice;
      p.collective = parse_short(collective);
      const size_t slash = choice.find('/');
      std::string algorithm = choice.substr(0, slash);
      std::erase(algorithm, '_');
      p.algorithm = parse_nccl_algorithm(algorithm);
      p.protocol = parse_nccl_protocol(choice.substr(slash + 1));
      block.predictions.push_back(p);
    } else {
      Cell cell{};
      std::string algorithm, protocol, label;
      words >> algorithm >> protocol >> label >> cell.latency >> label >> cell.bandwidth;
      std::erase(algorithm, '_');
      cell.collective = parse_short(first);
      cell.algorithm = parse_nccl_algorithm(algorithm);
      cell.protocol = parse_nccl_protocol(protocol);
      block.cells.push_back(cell);
    }
  }
  return blocks;
}

/// Prints what differs; returns how many comparisons failed.
int compare(const Block& block, int& compared) {
  int wrong = 0;
  const NcclTuning tuning(block.system);
  for (const Cell& cell : block.cells) {
    const NcclCell& ours = tuning.cell(cell.collective, cell.algorithm, cell.protocol);
    ++compared;
    if (std::abs(ours.latency - cell.latency) <= 0.1 && std::abs(ours.bandwidth - cell.bandwidth) <= 0.1)
      continue;
    ++wrong;
    std::printf("%s x%d %s %s/%s: %.2f us %.2f GB/s, expected %.2f %.2f\n", block.machine.c_str(),
                block.system.nodes, std::string(to_text(cell.collective)).c_str(),
                std::string(to_text(cell.algorithm)).c_str(), std::string(to_text(cell.protocol)).c_str(),
                ours.latency, ours.bandwidth, cell.latency, cell.bandwidth);
  }
  for (const Prediction& p : block.predictions) {
    const NcclChoice ours = tuning.choose(p.collective, p.bytes);
    const double bus =
        static_cast<double>(p.bytes) / ours.time / 1000 * bus_factor(p.collective, block.system.ranks);
    ++compared;
    if (ours.algorithm == p.algorithm && ours.protocol == p.protocol &&
        std::abs(ours.time - p.time) <= 0.1 + 6e-8 * p.time &&  // NCCL computes in float

        std::abs(bus - p.bus) <= 0.1) {
      continue;
    }
    ++wrong;
    std::printf("%s x%d %s %llu B: %s/%s %.1f us, expected %s/%s %.1f us\n", block.machine.c_str(),
                block.system.nodes, std::string(to_text(p.collective)).c_str(),
                static_cast<unsigned long long>(p.bytes), std::string(to_text(ours.algorithm)).c_str(),
                std::string(to_text(ours.protocol)).c_str(), ours.time,
                std::string(to_text(p.algorithm)).c_str(), std::string(to_text(p.protocol)).c_str(), p.time);
  }
  return wrong;
}

/// The machines of the file, as its header describes them.
NcclNode node_of(const Block& block) {
  const auto has = [&](const char* word) { return block.machine.find(word) != std::string::npos; };
  NcclNode node;
  node.gpus = block.gpus;
  node.compute_capability = block.system.compute_capability;
  node.cpu = block.system.cpu;
  node.multicast = block.system.nvls.has_value();
  node.nvlink = has("h100") ? 370.8 : has("b200") ? 721.8 : has("a100") ? 240 : 120;
  node.pcie = has("h100") || has("b200") ? 48 : has("v100") ? 12 : 24;
  node.nics = has("_4nic") ? 4 : has("nic1") ? 1 : 8;
  node.nic = has("nic1") ? 12.5 : has("a100") ? 25 : 50;
  node.network = node.nics * node.nic;
  if (has("4090")) {
    node.fabric = NcclFabric::host_memory;
    node.sockets = block.gpus > 4 ? 2 : 1;
    node.pcie_path = node.sockets > 1 ? PathType::sys : PathType::phb;
    node.inter_socket = has("amd") ? 16 : 22;
  }
  return node;
}

int compare_graph(const Block& block, const char* name, const NcclGraph& ours, const NcclGraph& theirs) {
  const bool equal = ours.channels == theirs.channels &&
                     std::abs(ours.bandwidth_intra - theirs.bandwidth_intra) < 0.1 &&
                     std::abs(ours.bandwidth_inter - theirs.bandwidth_inter) < 0.1 &&
                     ours.pattern == theirs.pattern && ours.type_intra == theirs.type_intra &&
                     ours.cross_nic == theirs.cross_nic && ours.same_channels == theirs.same_channels &&
                     (block.system.nodes == 1 || ours.type_inter == theirs.type_inter);
  if (equal) return 0;
  const auto print = [](const char* who, const NcclGraph& g) {
    std::printf("    %s: %d channels x %.1f/%.1f pattern %d types %d/%d crossNic %d same %d\n", who,
                g.channels, g.bandwidth_intra, g.bandwidth_inter, static_cast<int>(g.pattern),
                static_cast<int>(g.type_intra), static_cast<int>(g.type_inter), g.cross_nic, g.same_channels);
  };
  std::printf("%s x%d %s graph differs\n", block.machine.c_str(), block.system.nodes, name);
  print("ours    ", ours);
  print("expected", theirs);
  return 1;
}

/// The closed-form graphs against those NCCL found by search.
int compare_graphs(const Block& block, int& compared) {
  const NcclSystem ours = closed_form_system(node_of(block), block.system.nodes);
  int wrong = compare_graph(block, "ring", ours.ring, block.system.ring);
  wrong += compare_graph(block, "tree", ours.tree, block.system.tree);
  compared += 3;
  if (block.system.nvls) {
    ++compared;
    if (ours.nvls) wrong += compare_graph(block, "nvls", *ours.nvls, *block.system.nvls);
    if (!ours.nvls) ++wrong;
  }
  if (ours.channels != block.system.channels) {
    std::printf("%s x%d: %d channels, expected %d\n", block.machine.c_str(), block.system.nodes,
                ours.channels, block.system.channels);
    ++wrong;
  }
  return wrong;
}

int run(const std::string& path) {
  int wrong = 0, compared = 0;
  const std::vector<Block> blocks = parse(read_file(path));
  for (const Block& block : blocks) wrong += compare(block, compared) + compare_graphs(block, compared);
  std::printf("%zu configurations, %d values compared, %d differ\n", blocks.size(), compared, wrong);
  return wrong == 0 && compared > 0 ? 0 : 3;
}

}  // namespace
}  // namespace scalesim::comm

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: check_vectors FILE\n");
    return 2;
  }
  try {
    return scalesim::comm::run(argv[1]);
  } catch (const scalesim::InputError& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
    return 2;
  }
}
