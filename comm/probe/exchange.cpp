// Doubles packed into the texts that job::World carries.
#include "comm/probe/exchange.h"

#include <cstring>

#include "core/error.h"

namespace scalesim::comm {

std::vector<std::vector<double>> gather_numbers(job::World& world, const std::vector<double>& mine) {
  std::string bytes(mine.size() * sizeof(double), '\0');
  if (!mine.empty()) std::memcpy(bytes.data(), mine.data(), bytes.size());
  std::vector<std::vector<double>> all;
  for (const std::string& text : world.gather(bytes)) {
    std::vector<double>& numbers = all.emplace_back(text.size() / sizeof(double));
    if (!numbers.empty()) std::memcpy(numbers.data(), text.data(), text.size());
  }
  return all;
}

std::string from_rank_0(job::World& world, const std::function<std::string()>& make) {
  constexpr char kMade = '+', kFailed = '-';
  std::string text;
  if (world.rank() == 0) try {
      text = kMade + make();
    } catch (const InputError& wrong) {
      text = kFailed + std::string(wrong.what());
    }
  text = world.broadcast(text);
  SCALESIM_CHECK(!text.empty());
  if (text[0] == kFailed) throw InputError(text.substr(1));
  return text.substr(1);
}

}  // namespace scalesim::comm
