// Decodes block strings.
#include "workloads/build/mobile_words.h"

#include <cctype>

#include "core/error.h"
#include "core/number.h"

namespace scalesim::workloads {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    if (end != 0 && !text.empty()) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

double number(std::string_view text) {
  const std::optional<double> value = to_double(text);
  SCALESIM_CHECK(value.has_value());
  return *value;
}

std::vector<int> kernel_list(std::string_view text) {
  std::vector<int> kernels;
  for (std::string_view part : split(text, '.')) kernels.push_back(static_cast<int>(number(part)));
  return kernels;
}

std::string_view act_name(std::string_view code) {
  if (code == "re") return "relu";
  if (code == "r6") return "relu6";
  if (code == "sw") return "silu";
  SCALESIM_CHECK(code == "hs");
  return "hard_swish";
}

std::int64_t& width_word(MobileBlock& block, std::string_view key) {
  if (key == "c") return block.channels;
  if (key == "fc") return block.expand_from;
  if (key == "m") return block.middle;
  if (key == "q") return block.squeezed;
  if (key == "gs") return block.group;
  if (key == "cc") return block.experts;
  if (key == "h") return block.heads;
  SCALESIM_CHECK(key == "d");
  return block.head_dim;
}

void set_word(MobileBlock& block, std::string_view word) {
  if (word == "noskip" || word == "skip") {
    block.skip = word == "skip";
    return;
  }
  const std::size_t letters =
      word.size() > 1 && std::isalpha(static_cast<unsigned char>(word[1])) && word[0] != 'n' ? 2 : 1;
  const std::string_view key = word.substr(0, letters), value = word.substr(letters);
  const auto whole = [&] { return static_cast<std::int64_t>(number(value)); };
  if (key == "n")
    block.act = act_name(value);
  else if (key == "k")
    block.kernels = kernel_list(value);
  else if (key == "a")
    block.expand_kernels = kernel_list(value);
  else if (key == "p")
    block.project_kernels = kernel_list(value);
  else if (key == "r")
    block.repeats = static_cast<int>(number(value));
  else if (key == "s")
    block.stride = static_cast<int>(number(value));
  else if (key == "v")
    block.key_stride = static_cast<int>(number(value));
  else if (key == "se")
    block.squeeze = number(value);
  else if (key == "e")
    block.expansion = number(value);
  else if (key == "x")
    block.compression = number(value);
  else
    width_word(block, key) = whole();
}

MobileBlock decode(std::string_view text) {
  const auto words = split(text, '_');
  MobileBlock block;
  block.type = words.front();
  block.skip = block.type != "cn";
  for (std::size_t i = 1; i < words.size(); ++i) set_word(block, words[i]);
  return block;
}

}  // namespace

std::vector<std::vector<MobileBlock>> decode_blocks(std::string_view text) {
  std::vector<std::vector<MobileBlock>> stages;
  for (std::string_view words : split(text, '|')) {
    std::vector<MobileBlock>& stage = stages.emplace_back();
    for (std::string_view block : split(words, ' ')) stage.push_back(decode(block));
  }
  return stages;
}

}  // namespace scalesim::workloads
