// A file that was read already: readers and systems are made from texts, so that standard input is read once.
#pragma once

#include <string>
#include <utility>

namespace scalesim::topology {

using FileText = std::pair<std::string, std::string>;  ///< name for messages, content

}  // namespace scalesim::topology
