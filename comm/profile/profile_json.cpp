// Writing and reading profiles with nlohmann/json, which stays in this file.
#include "comm/profile/profile_json.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema = "scalesim.profile/1";

Json links_of(const CommProfile& profile) {
  Json links = Json::array();
  for (const Fit& fit : profile.fits) {
    for (const Regime& regime : fit.regimes) {
      Json link = {{"scope", fit.scope},
                   {"collective", to_text(fit.collective)},
                   {"ranks", fit.ranks},
                   {"nodes", fit.nodes},
                   {"from", regime.from.value()},
                   {"to", regime.to.value()},
                   {"alpha_s", regime.alpha.value()},
                   {"beta_s_per_byte", regime.beta}};
      link["bandwidth"] = regime.beta > 0 ? Json(1 / regime.beta) : Json(nullptr);
      link["residual"] = regime.residual;
      links.push_back(std::move(link));
    }
  }
  return links;
}

Json sample_json(const Sample& sample) {
  const double algbw = sample.median.value() > 0 ? sample.bytes.value() / sample.median.value() : 0;
  return {{"collective", to_text(sample.collective)},
          {"ranks", sample.ranks},
          {"nodes", sample.nodes},
          {"bytes", sample.bytes.value()},
          {"median_s", sample.median.value()},
          {"low_s", sample.low.value()},
          {"high_s", sample.high.value()},
          {"p95_s", sample.p95.value()},
          {"min_s", sample.minimum.value()},
          {"repetitions", sample.repetitions},
          {"outliers", sample.outliers},
          {"wrong", sample.wrong},
          {"algbw", algbw},
          {"busbw", algbw * bus_factor(sample.collective, sample.ranks)},
          {"scope", sample.scope},
          {"estimate_s", sample.estimate.value()}};
}

Json pairs_json(const CommProfile& profile) {
  Json pairs = Json::array();
  for (const ProfilePair& pair : profile.pairs) {
    pairs.push_back({{"a", pair.a},
                     {"b", pair.b},
                     {"host_a", pair.host_a},
                     {"host_b", pair.host_b},
                     {"bytes", pair.bytes.value()},
                     {"latency_s", pair.latency.value()},
                     {"forward", pair.forward.value()},
                     {"backward", pair.backward.value()}});
  }
  return pairs;
}

Json contention_json(const CommProfile& profile) {
  Json all = Json::array();
  for (const Contention& one : profile.contention) {
    all.push_back({{"groups", one.groups},
                   {"count", one.count},
                   {"ranks", one.ranks},
                   {"bytes", one.bytes.value()},
                   {"alone_s", one.alone.value()},
                   {"together_s", one.together.value()}});
  }
  return all;
}

/// Line and column of a byte offset, both from 1.
Place place_of(std::string_view text, size_t offset, const std::string& file) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  const size_t start = before.rfind('\n');
  return {file, line,
          static_cast<int>(before.size() - (start == std::string_view::npos ? 0 : start + 1)) + 1};
}

/// Typed access with sentences instead of library exceptions. `where` is "samples[3]".
class Reader {
 public:
  Reader(const Json& object, std::string where, std::string file)
      : object_(object), where_(std::move(where)), file_(std::move(file)) {
    if (!object.is_object()) throw wrong(fmt::format("{} must be an object", where_));
  }

  std::string text(const char* key) const {
    const Json& value = need(key);
    if (!value.is_string()) throw wrong(fmt::format("'{}' in {} must be text", key, where_));
    return value.get<std::string>();
  }
  std::string text(const char* key, const char* fallback) const {
    return object_.contains(key) ? text(key) : std::string(fallback);
  }
  double number(const char* key, double least) const {
    const Json& value = need(key);
    if (!value.is_number() || value.get<double>() < least) {
      throw wrong(fmt::format("'{}' in {} must be a number of at least {}", key, where_, least));
    }
    return value.get<double>();
  }
  double number(const char* key, double least, double fallback) const {
    return object_.contains(key) && !object_[key].is_null() ? number(key, least) : fallback;
  }
  int integer(const char* key, int least, int fallback) const {
    const double value = number(key, least, fallback);
    if (value != static_cast<int>(value))
      throw wrong(fmt::format("'{}' in {} must be a whole number", key, where_));
    return static_cast<int>(value);
  }
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> result;
    if (!object_.contains(key)) return result;
    if (!object_[key].is_array()) throw wrong(fmt::format("'{}' in {} must be a list", key, where_));
    for (const Json& item : object_[key]) {
      if (!item.is_string()) throw wrong(fmt::format("'{}' in {} must be a list of texts", key, where_));
      result.push_back(item.get<std::string>());
    }
    return result;
  }
  InputError wrong(const std::string& message) const { return {Place{file_, 0, 0}, message}; }

 private:
  const Json& need(const char* key) const {
    if (!object_.contains(key)) throw wrong(fmt::format("{} has no '{}'", where_, key));
    return object_[key];
  }
  const Json& object_;
  std::string where_;
  std::string file_;
};

Sample read_sample(const Reader& reader) {
  Sample sample;
  sample.collective = parse_collective(reader.text("collective"));
  sample.ranks = reader.integer("ranks", 1, 1);
  sample.nodes = reader.integer("nodes", 1, 1);
  sample.bytes = Bytes(reader.number("bytes", 0));
  sample.median = Seconds(reader.number("median_s", 0));
  const double median = sample.median.value();
  sample.low = Seconds(reader.number("low_s", 0, median));
  sample.high = Seconds(reader.number("high_s", 0, median));
  sample.p95 = Seconds(reader.number("p95_s", 0, median));
  sample.minimum = Seconds(reader.number("min_s", 0, median));
  sample.repetitions = reader.integer("repetitions", 0, 1);
  sample.outliers = reader.integer("outliers", 0, 0);
  sample.wrong = reader.integer("wrong", 0, 0);
  sample.scope = reader.text("scope", "");
  sample.estimate = Seconds(reader.number("estimate_s", 0, 0));
  return sample;
}

ProfilePair read_pair(const Reader& reader) {
  ProfilePair pair;
  pair.a = reader.integer("a", 0, 0);
  pair.b = reader.integer("b", 0, 0);
  pair.host_a = reader.text("host_a", "");
  pair.host_b = reader.text("host_b", "");
  pair.bytes = Bytes(reader.number("bytes", 0));
  pair.latency = Seconds(reader.number("latency_s", 0));
  pair.forward = BytesPerSecond(reader.number("forward", 0));
  pair.backward = BytesPerSecond(reader.number("backward", 0));
  return pair;
}

Contention read_contention(const Reader& reader) {
  Contention one;
  one.groups = reader.text("groups");
  one.count = reader.integer("count", 1, 1);
  one.ranks = reader.integer("ranks", 1, 1);
  one.bytes = Bytes(reader.number("bytes", 0));
  one.alone = Seconds(reader.number("alone_s", 0));
  one.together = Seconds(reader.number("together_s", 0));
  return one;
}

/// The objects of an optional list.
template <class Read>
auto read_list(const Json& document, const char* key, const std::string& file, Read read) {
  std::vector<decltype(read(std::declval<const Reader&>()))> items;
  if (!document.contains(key)) return items;
  if (!document[key].is_array())
    throw InputError(Place{file, 0, 0}, fmt::format("'{}' in the profile must be a list", key));
  for (size_t i = 0; i < document[key].size(); ++i) {
    items.push_back(read(Reader(document[key][i], fmt::format("{}[{}]", key, i), file)));
  }
  return items;
}

}  // namespace

std::string profile_json(const CommProfile& profile) {
  Json document = {{"schema", schema},
                   {"backend", profile.backend},
                   {"transport", profile.transport},
                   {"ranks", profile.ranks},
                   {"hosts", profile.hosts},
                   {"gpus", profile.gpus},
                   {"environment", Json::object()}};
  for (const auto& [name, value] : profile.environment) document["environment"][name] = value;
  document["links"] = links_of(profile);
  document["samples"] = Json::array();
  for (const Sample& sample : profile.samples) document["samples"].push_back(sample_json(sample));
  document["pairs"] = pairs_json(profile);
  document["concurrent"] = contention_json(profile);
  document["warnings"] = profile.warnings;
  return document.dump(2) + "\n";
}

CommProfile parse_profile_json(std::string_view text, const std::string& file) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw InputError(place_of(text, error.byte, file),
                     "this is not JSON from here on: was the file cut short?");
  }
  const Reader reader(document, "the profile", file);
  if (reader.text("schema") != schema) {
    throw reader.wrong(
        fmt::format("'{}' is not a communication profile; expected \"{}\"", reader.text("schema"), schema));
  }
  CommProfile profile;
  profile.backend = reader.text("backend");
  profile.transport = reader.text("transport");
  profile.ranks = reader.integer("ranks", 1, 1);
  profile.hosts = reader.texts("hosts");
  profile.gpus = reader.texts("gpus");
  profile.warnings = reader.texts("warnings");
  if (document.contains("environment") && document["environment"].is_object()) {
    for (const auto& [name, value] : document["environment"].items()) {
      if (value.is_string()) profile.environment[name] = value.get<std::string>();
    }
  }
  if (!document.contains("samples") || !document["samples"].is_array())
    throw reader.wrong("the profile has no list 'samples'");
  for (size_t i = 0; i < document["samples"].size(); ++i) {
    profile.samples.push_back(
        read_sample(Reader(document["samples"][i], fmt::format("samples[{}]", i), file)));
  }
  profile.pairs = read_list(document, "pairs", file, read_pair);
  profile.contention = read_list(document, "concurrent", file, read_contention);
  profile.fits = fit_profile(profile.samples);
  return profile;
}

}  // namespace scalesim::comm
