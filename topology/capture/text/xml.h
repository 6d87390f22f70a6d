// XML as a plain tree of values. External entities and document types are never fetched or expanded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"

namespace scalesim::topology {

struct XmlElement {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlElement> children;
  std::string text;  ///< character data directly inside, joined
  Place place;

  /// Value of an attribute, empty when it is missing.
  std::string_view attribute(std::string_view key) const;
  bool has(std::string_view key) const;
  const XmlElement* child(std::string_view child_name) const;  ///< the first, or null
  /// Text of a descendant: at("pci/pci_gpu_link_info/pcie_gen/max_link_gen"); empty when it is not there.
  std::string_view at(std::string_view path) const;
};

/// Throws InputError with the place of damage, for nesting deeper than 100 levels, and for a root other than
/// `root`.
XmlElement parse_xml(std::string_view text, const std::string& file, std::string_view root);

}  // namespace scalesim::topology
