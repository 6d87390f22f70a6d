// The JSON that nccl-tests writes with -J (2.17 and newer).
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "comm/logs/log_reader.h"
#include "comm/logs/log_text.h"
#include "core/error.h"
#include "core/number.h"
#include "fmt/core.h"

namespace scalesim::comm {

namespace {

using Json = nlohmann::json;

/// all_reduce_perf from the first word of "args"; broadcast-like when it is not there.
Collective collective_of(const Json& document) {
  std::string program;
  if (document.contains("args") && document["args"].is_array() && !document["args"].empty() &&
      document["args"][0].is_string()) {
    program = document["args"][0].get<std::string>();
  }
  const std::pair<const char*, Collective> programs[] = {{"all_reduce", Collective::all_reduce},
                                                         {"all_gather", Collective::all_gather},
                                                         {"reduce_scatter", Collective::reduce_scatter},
                                                         {"broadcast", Collective::broadcast},
                                                         {"alltoall", Collective::all_to_all},
                                                         {"sendrecv", Collective::send_receive},
                                                         {"reduce", Collective::reduce}};
  for (const auto& [word, collective] : programs) {
    if (program.find(word) != std::string::npos) return collective;
  }
  return Collective::all_reduce;
}

double number_in(const Json& object, const char* key, const std::string& file, size_t row) {
  // Some releases quote their numbers.
  if (object.is_object() && object.contains(key)) {
    if (object[key].is_number()) return object[key].get<double>();
    if (object[key].is_string()) {
      if (const auto value = to_double(object[key].get<std::string>())) return *value;
    }
  }
  throw InputError(Place{file, 0, 0},
                   fmt::format("results[{}] of this nccl-tests JSON has no number '{}'", row, key));
}

class NcclTestsJson final : public LogReader {
 public:
  std::string_view name() const override { return "nccl-tests-json"; }
  std::string_view description() const override { return "nccl-tests' -J file"; }

  bool recognises(std::string_view text) const override {
    const size_t start = text.find_first_not_of(" \t\r\n");
    return start != std::string_view::npos && text[start] == '{' &&
           text.find("\"out_of_place\"") != std::string_view::npos;
  }

  CommProfile read(std::string_view text, const std::string& file) const override {
    Json document;
    try {
      document = Json::parse(text);
    } catch (const Json::parse_error& error) {
      const auto line =
          1 + std::count(text.begin(),
                         text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size())), '\n');
      throw InputError(Place{file, static_cast<int>(line), 0},
                       "this is not JSON from here on: was the file cut short?");
    }
    CommProfile profile;
    profile.backend = "nccl";
    profile.transport = "GPU memory";
    const auto [ranks, nodes] = read_devices(document, profile, file);
    if (!document.contains("results") || !document["results"].is_array()) {
      throw InputError(Place{file, 0, 0}, "this nccl-tests JSON has no list 'results'");
    }
    const Collective collective = collective_of(document);
    for (size_t row = 0; row < document["results"].size(); ++row) {
      const Json& result = document["results"][row];
      const double bytes = number_in(result, "size", file, row);
      const double time = number_in(result.value("out_of_place", Json::object()), "time", file, row);
      if (bytes > 0 && time > 0)
        profile.samples.push_back(single_sample(collective, ranks, nodes, bytes, time * 1e-6));
    }
    return finish_log(std::move(profile), file, "nccl-tests JSON");
  }

 private:
  static std::pair<int, int> read_devices(const Json& document, CommProfile& profile,
                                          const std::string& file) {
    if (document.contains("nccl_version")) {
      profile.environment["nccl"] = document["nccl_version"].is_string()
                                        ? document["nccl_version"].get<std::string>()
                                        : document["nccl_version"].dump();
    }
    std::set<std::string> hosts, gpus;
    int ranks = 0;
    if (document.contains("devices") && document["devices"].is_array()) {
      for (const Json& device : document["devices"]) {
        ++ranks;
        for (const char* key : {"hostname", "host"}) {
          if (device.contains(key) && device[key].is_string()) hosts.insert(device[key].get<std::string>());
        }
        for (const char* key : {"device_name", "name"}) {
          if (device.contains(key) && device[key].is_string()) gpus.insert(device[key].get<std::string>());
        }
      }
    }
    if (ranks < 2) {
      throw InputError(
          Place{file, 0, 0},
          "this nccl-tests JSON lists fewer than two 'devices', so there is nothing to learn from it");
    }
    profile.hosts.assign(hosts.begin(), hosts.end());
    profile.gpus.assign(gpus.begin(), gpus.end());
    return {ranks, std::max(1, static_cast<int>(hosts.size()))};
  }
};

}  // namespace

std::unique_ptr<LogReader> make_log_reader_nccl_tests_json() { return std::make_unique<NcclTestsJson>(); }

}  // namespace scalesim::comm
