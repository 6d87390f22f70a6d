// Checkpoints as JSON.
#include "plan/distribute/checkpoint.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace scalesim::plan {
namespace {

using Json = nlohmann::json;

constexpr const char* kSchema = "scalesim.checkpoint/1";

Json question_json(const Question& question) {
  return {{"program", question.program},
          {"options", question.words},
          {"files", question.files},
          {"tasks", question.tasks}};
}

std::string option_text(const std::map<std::string, std::string>& words, const std::string& name) {
  const auto found = words.find(name);
  if (found == words.end()) return fmt::format("no --{}", name);
  return found->second.empty() ? "--" + name : fmt::format("--{} {}", name, found->second);
}

/// The first key that is not the same in both, or "".
std::string first_difference(const std::map<std::string, std::string>& a,
                             const std::map<std::string, std::string>& b) {
  std::map<std::string, std::string> all = a;
  all.insert(b.begin(), b.end());
  for (const auto& [key, value] : all)
    if (!a.count(key) || !b.count(key) || a.at(key) != b.at(key)) return key;
  return {};
}

void require_same(const Json& kept, const std::string& file, const Question& asked) {
  const auto refuse = [&](const std::string& why) {
    throw InputError(fmt::format("'{}' cannot be resumed: {}", file, why));
  };
  const auto words = kept.at("options").get<std::map<std::string, std::string>>();
  if (const std::string option = first_difference(words, asked.words); !option.empty())
    refuse(fmt::format(
        "it is of another question, asked with {}, not {}: repeat its options or leave --resume out",
        option_text(words, option), option_text(asked.words, option)));
  const auto files = kept.at("files").get<std::map<std::string, std::string>>();
  if (const std::string changed = first_difference(files, asked.files); !changed.empty())
    refuse(fmt::format("'{}' has changed since: leave --resume out", changed));
  if (kept.at("program") != asked.program || kept.at("tasks") != asked.tasks)
    refuse("another build of scalesim wrote it, whose results may differ: leave --resume out");
}

}  // namespace

std::string fingerprint(std::string_view bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char byte : bytes) value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return fmt::format("{:016x}", value);
}

std::string fingerprint(const Question& question) { return fingerprint(question_json(question).dump()); }

std::string write_checkpoint(const Question& question, const Results& results) {
  Json document = question_json(question);
  document["schema"] = kSchema;
  Json& done = document["results"] = Json::array();
  for (const auto& [task, result] : results) done.push_back({task, result});
  return document.dump() + "\n";
}

Results read_checkpoint(const std::string& text, const std::string& file, const Question& question) {
  const Json document = Json::parse(text, nullptr, false);
  if (!document.is_object() || document.value("schema", "") != kSchema)
    throw InputError(
        fmt::format("'{}' is no checkpoint of scalesim: give the file that an interrupted 'scalesim "
                    "plan' named",
                    file));
  try {
    require_same(document, file, question);
    Results results;
    for (const Json& row : document.at("results")) {
      const auto task = row.at(0).get<std::size_t>();
      if (task < question.tasks) results[task] = row.at(1).get<std::string>();
    }
    return results;
  } catch (const Json::exception&) {
    throw InputError(fmt::format("'{}' is a damaged checkpoint: leave --resume out", file));
  }
}

}  // namespace scalesim::plan
