// What all documents have in common: they are JSON with a schema of ours.
#pragma once

#include <string>

namespace scalesim::report {

/// `text` as it is, once it is known to be such a document. Throws InputError naming `file`.
std::string checked_document(const std::string& text, const std::string& file);

}  // namespace scalesim::report
