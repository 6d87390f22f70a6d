// Splitting logs into lines and words.
#include "comm/logs/log_text.h"

#include <algorithm>

#include "core/error.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Open MPI's --tag-output and Slurm's --label put "[1,0]<stdout>:" or "0: " before every line.
std::string_view without_tag(std::string_view line) {
  const size_t tag = line.find("<stdout>:");
  if (tag != std::string_view::npos && tag < 32) return line.substr(tag + 9);
  const size_t colon = line.find(": ");
  const bool numbered = colon != std::string_view::npos && colon > 0 && colon < 6 &&
                        std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                                    [](char c) { return c >= '0' && c <= '9'; });
  return numbered ? line.substr(colon + 2) : line;
}

}  // namespace

std::vector<std::string_view> LogLine::words() const {
  std::vector<std::string_view> words;
  size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && blank(text[at])) ++at;
    const size_t start = at;
    while (at < text.size() && !blank(text[at])) ++at;
    if (at > start) words.push_back(text.substr(start, at - start));
  }
  return words;
}

std::vector<LogLine> log_lines(std::string_view text) {
  std::vector<LogLine> lines;
  int number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back({++number, without_tag(text.substr(0, end))});
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

Sample single_sample(Collective collective, int ranks, int nodes, double bytes, double seconds) {
  Sample sample;
  sample.collective = collective;
  sample.ranks = ranks;
  sample.nodes = nodes;
  sample.bytes = Bytes(bytes);
  sample.median = sample.low = sample.high = sample.p95 = sample.minimum = Seconds(seconds);
  sample.repetitions = 1;
  return sample;
}

CommProfile finish_log(CommProfile profile, const std::string& file, std::string_view format) {
  if (profile.samples.empty()) {
    throw InputError(Place{file, 0, 0},
                     fmt::format("this {} holds no row of results: was it cut short?", format));
  }
  for (const Sample& sample : profile.samples) profile.ranks = std::max(profile.ranks, sample.ranks);
  profile.fits = fit_profile(profile.samples);
  return profile;
}

}  // namespace scalesim::comm
