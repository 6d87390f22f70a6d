// Checks a JSON document against a schema of report/schemas/. Apart from the tests, for its headers compile
// slowly.
#pragma once

#include <string>

namespace scalesim::cli {

/// What is wrong with the document by the schema file `schema_name`, keys that it does not name included, or
/// "".
std::string schema_error(const std::string& document, const std::string& schema_name);

}  // namespace scalesim::cli
