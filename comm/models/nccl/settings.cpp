// NCCL's own syntax of lists, and the few switches that its model of time knows.
#include "comm/models/nccl/settings.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "core/error.h"
#include "core/number.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

constexpr std::array<std::string_view, nccl_tuned_collectives> functions = {
    "broadcast", "reduce", "allgather", "reducescatter", "allreduce"};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= text.size();) {
    const size_t to = std::min(text.find(at, from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

/// Rows of the collectives that a prefix names; all without one.
std::vector<size_t> rows_of(const std::string& prefix) {
  if (prefix.empty()) return {0, 1, 2, 3, 4};
  for (size_t row = 0; row < functions.size(); ++row)
    if (functions[row] == lower(prefix)) return {row};
  throw unknown_name("collective of NCCL", prefix, {functions.begin(), functions.end()});
}

/// "ring,tree", "^nvls" or "ring;allreduce:tree": calls set(row, element, on) for every element of every row
/// that the text decides.
template <class Number>
void read_list(const std::string& text, size_t elements, const Number& number,
               const std::function<void(size_t, size_t, bool)>& set) {
  const std::vector<std::string> entries = split(text, ';');
  for (const std::string& entry : entries) {
    const size_t colon = entry.find(':');
    const bool prefixed = colon != std::string::npos;
    if (!prefixed && &entry != &entries.front())
      throw InputError(fmt::format(
          "'{}': every entry behind the first needs a collective, such as 'allreduce:{}'", text, entry));
    std::string list = prefixed ? entry.substr(colon + 1) : entry;
    const bool all_but = !list.empty() && list.front() == '^';
    if (all_but) list.erase(0, 1);
    for (const size_t row : rows_of(prefixed ? entry.substr(0, colon) : "")) {
      for (size_t element = 0; element < elements; ++element) set(row, element, all_but);
      for (const std::string& name : split(list, ',')) set(row, number(name), !all_but);
    }
  }
}

int whole(const std::string& name, const std::string& value, int low, int high) {
  const std::optional<int> number = to_integer<int>(value);
  if (!number || *number < low || *number > high)
    throw InputError(fmt::format("{}={}: must be a whole number between {} and {}", name, value, low, high));
  return *number;
}

/// 0 and 1 decide; 2 leaves it to NCCL.
std::optional<bool> flag(const std::string& name, const std::string& value) {
  const int number = whole(name, value, 0, 2);
  return number == 2 ? std::nullopt : std::optional<bool>(number == 1);
}

struct Variable {
  std::string_view name;
  void (*read)(NcclSettings&, const std::string& name, const std::string& value);
};

constexpr Variable variables[] = {
    {"NCCL_ALGO",
     [](NcclSettings& s, const std::string&, const std::string& value) {
       const auto number = [](const std::string& n) { return static_cast<size_t>(parse_nccl_algorithm(n)); };
       read_list(value, nccl_algorithms, number,
                 [&](size_t row, size_t a, bool on) { s.algorithm_off[row][a] = !on; });
     }},
    {"NCCL_PROTO",
     [](NcclSettings& s, const std::string&, const std::string& value) {
       const auto number = [](const std::string& n) { return static_cast<size_t>(parse_nccl_protocol(n)); };
       read_list(value, nccl_protocols, number,
                 [&](size_t row, size_t p, bool on) { s.protocol[row][p] = on; });
     }},
    {"NCCL_NVLS_ENABLE",
     [](NcclSettings& s, const std::string& n, const std::string& value) { s.nvls = flag(n, value); }},
    {"NCCL_COLLNET_ENABLE",
     [](NcclSettings& s, const std::string& n, const std::string& value) { s.collnet = flag(n, value); }},
    {"NCCL_PAT_ENABLE",
     [](NcclSettings& s, const std::string& n, const std::string& value) { s.pat = flag(n, value); }},
    {"NCCL_P2P_DISABLE",
     [](NcclSettings& s, const std::string& n, const std::string& value) {
       if (whole(n, value, 0, 1) == 1) s.peer_access = false;
     }},
    {"NCCL_NET_OVERHEAD",
     [](NcclSettings& s, const std::string& n, const std::string& value) {
       s.net_overhead = whole(n, value, 0, 1'000'000) * 1e-3;  // given in ns
     }},
    {"NCCL_MAX_NCHANNELS", [](NcclSettings& s, const std::string& n,
                              const std::string& value) { s.most_channels = whole(n, value, 1, 64); }},
};

}  // namespace

NcclSettings parse_nccl_settings(const std::vector<std::string>& assignments) {
  NcclSettings settings;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos)
      throw InputError(
          fmt::format("'{}': write a variable and its value, such as NCCL_ALGO=Ring", assignment));
    const std::string name = assignment.substr(0, equals);
    const auto* const known = std::find_if(std::begin(variables), std::end(variables),
                                           [&](const Variable& variable) { return variable.name == name; });
    if (known == std::end(variables)) {
      std::vector<std::string> names;
      for (const Variable& variable : variables) names.emplace_back(variable.name);
      throw unknown_name("variable of NCCL", name, names, "others do not change what is predicted here");
    }
    known->read(settings, name, assignment.substr(equals + 1));
  }
  return settings;
}

}  // namespace scalesim::comm
