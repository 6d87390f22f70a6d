// Validation by valijson.
#include "schema_check.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/file.h"

namespace scalesim::cli {
namespace {

/// The schema lets later versions add keys; here a key that it does not name is one that it forgot.
void allow_no_more_keys(nlohmann::json& schema) {
  if (schema.is_object() && schema.contains("properties") && schema.value("type", "") == "object" &&
      !schema.contains("additionalProperties"))
    schema["additionalProperties"] = false;
  for (nlohmann::json& inner : schema)
    if (inner.is_structured()) allow_no_more_keys(inner);
}

}  // namespace

std::string schema_error(const std::string& document, const std::string& schema_name) {
  using Adapter = valijson::adapters::NlohmannJsonAdapter;
  auto schema_json =
      nlohmann::json::parse(read_file(std::string(SCALESIM_SOURCE_DIR) + "/report/schemas/" + schema_name));
  allow_no_more_keys(schema_json);
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(Adapter(schema_json), schema);
  const auto parsed = nlohmann::json::parse(document);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(schema, Adapter(parsed), &results)) return "";
  valijson::ValidationResults::Error error;
  std::string text;
  while (results.popError(error)) {
    for (const std::string& step : error.context) text += step;
    text += ": " + error.description + "\n";
  }
  return text;
}

}  // namespace scalesim::cli
