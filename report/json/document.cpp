// Reads a document only as far as to know that it is one.
#include "report/json/document.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace scalesim::report {
namespace {

nlohmann::json parsed(const std::string& text, const std::string& file) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& wrong) {
    throw InputError(fmt::format("{}: not JSON (at byte {}); give a file that 'scalesim ... --json={}' wrote",
                                 file, wrong.byte, file));
  }
}

}  // namespace

std::string checked_document(const std::string& text, const std::string& file) {
  const nlohmann::json document = parsed(text, file);
  const std::string schema = document.is_object() ? document.value("schema", nlohmann::json()).dump() : "";
  if (!schema.starts_with("\"scalesim."))
    throw InputError(
        fmt::format("{}: no \"schema\": \"scalesim.KIND/1\" in it; give a file that --json wrote", file));
  return text;
}

}  // namespace scalesim::report
