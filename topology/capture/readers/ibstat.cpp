// `ibstat`: RDMA adapters with the state and rate of their ports. The rate of a port that is down means
// nothing.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr double kFastestPort = 1e5;  ///< Gb/s

struct Port {
  std::string state, physical;
  std::optional<double> rate;  ///< Gb/s
};

/// "mlx5_2" before "mlx5_10", though ibstat lists them as text.
bool natural_less(const std::string& a, const std::string& b) {
  const std::size_t da = a.find_last_not_of("0123456789") + 1, db = b.find_last_not_of("0123456789") + 1;
  const int na = whole_number(std::string_view(a).substr(da)).value_or(-1),
            nb = whole_number(std::string_view(b).substr(db)).value_or(-1);
  return std::tuple(a.substr(0, da), na, a) < std::tuple(b.substr(0, db), nb, b);
}

void finish_port(NicReading& nic, const Port& port) {
  if (port.state.empty()) return;
  const bool up = port.state == "Active" && (port.physical.empty() || port.physical == "LinkUp");
  nic.up = nic.up.value_or(false) || up;
  if (up && port.rate) nic.rate = nic.rate.value_or(BytesPerSecond(0)) + BytesPerSecond(*port.rate * 1e9 / 8);
}

class Ibstat : public Reader {
 public:
  std::string_view name() const override { return "ibstat"; }
  std::string_view description() const override {
    return "ibstat: RDMA adapters, the state and rate of their ports";
  }

  int recognises(const std::string& text) const override {
    for (std::string_view line : lines_of(text))
      if (adapter(line)) return 90;
    return 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    Reading reading;
    Port port;
    for (std::string_view line : lines_of(text)) {
      if (const auto name = adapter(line)) {
        if (!reading.nics.empty()) finish_port(reading.nics.back(), port);
        if (reading.nics.size() >= 1024) throw InputError({file, 0, 0}, "more than 1024 adapters are listed");
        port = Port();
        reading.nics.emplace_back();
        reading.nics.back().name = name;
        continue;
      }
      const std::size_t colon = line.find(':');
      if (reading.nics.empty() || colon == std::string_view::npos) continue;
      const std::string_view key = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
      if (starts_with_word(key, "Port ") && value.empty() && whole_number(key.substr(5))) {
        finish_port(reading.nics.back(), port);
        port = Port();
      }
      if (key == "State") port.state = std::string(value);
      if (key == "Physical state") port.physical = std::string(value);
      if (key == "Rate") port.rate = rate(value);
      if (key == "Link layer") reading.nics.back().layer = known(value);
    }
    if (reading.nics.empty())
      throw InputError({file, 1, 0}, "no \"CA 'name'\" line was found; expected the output of 'ibstat'");
    finish_port(reading.nics.back(), port);
    number(reading, file);
    return reading;
  }

 private:
  /// "CA 'mlx5_0'".
  static std::optional<std::string> adapter(std::string_view line) {
    line = trim(line);
    if (line.substr(0, 4) != "CA '" || line.size() < 6 || line.back() != '\'') return std::nullopt;
    return std::string(line.substr(4, line.size() - 5));
  }
  static std::optional<double> rate(std::string_view value) {
    const std::optional<double> number = leading_number(value);
    return number && *number > 0 && *number <= kFastestPort ? number : std::nullopt;
  }
  static void number(Reading& reading, const std::string& file) {
    std::stable_sort(reading.nics.begin(), reading.nics.end(),
                     [](const NicReading& a, const NicReading& b) { return natural_less(*a.name, *b.name); });
    for (std::size_t i = 0; i < reading.nics.size(); ++i) {
      reading.nics[i].index = static_cast<int>(i);
      if (i > 0 && reading.nics[i].name == reading.nics[i - 1].name)
        throw InputError({file, 0, 0}, fmt::format("adapter {} is listed twice", *reading.nics[i].name));
    }
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_ibstat() { return std::make_unique<Ibstat>(); }

}  // namespace scalesim::topology
