// pugixml turned into plain values, so that no reader sees the library and recursion is bounded.
#include "topology/capture/text/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

namespace scalesim::topology {
namespace {

constexpr int kDeepest = 100;

/// Line of a byte offset, from a list of line starts.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }
  int line(std::ptrdiff_t offset) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(),
                                        static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)));
    return static_cast<int>(after - starts_.begin());
  }

 private:
  std::vector<std::size_t> starts_;
};

XmlElement convert(const pugi::xml_node& node, const std::string& file, const Lines& lines, int depth) {
  XmlElement element;
  element.name = node.name();
  element.place = {file, lines.line(node.offset_debug()), 0};
  if (depth > kDeepest)
    throw InputError(element.place, fmt::format("elements are nested more than {} levels deep", kDeepest));
  for (const pugi::xml_attribute& attribute : node.attributes())
    element.attributes.emplace_back(attribute.name(), attribute.value());
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element)
      element.children.push_back(convert(child, file, lines, depth + 1));
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) element.text += child.value();
  }
  return element;
}

}  // namespace

std::string_view XmlElement::attribute(std::string_view key) const {
  for (const auto& [name_, value] : attributes)
    if (name_ == key) return value;
  return {};
}

bool XmlElement::has(std::string_view key) const {
  return std::any_of(attributes.begin(), attributes.end(),
                     [&](const auto& attribute) { return attribute.first == key; });
}

const XmlElement* XmlElement::child(std::string_view child_name) const {
  for (const XmlElement& element : children)
    if (element.name == child_name) return &element;
  return nullptr;
}

std::string_view XmlElement::at(std::string_view path) const {
  const XmlElement* element = this;
  while (element != nullptr && !path.empty()) {
    const std::size_t slash = path.find('/');
    element = element->child(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return element == nullptr ? std::string_view() : std::string_view(element->text);
}

XmlElement parse_xml(std::string_view text, const std::string& file, std::string_view root) {
  pugi::xml_document document;
  const pugi::xml_parse_result result =
      document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  const Lines lines(text);
  if (!result)
    throw InputError({file, lines.line(result.offset), 0},
                     fmt::format("the XML is damaged or cut ({}); expected a whole <{}> document",
                                 result.description(), root));
  const pugi::xml_node top = document.document_element();
  if (std::string_view(top.name()) != root)
    throw InputError({file, 1, 0}, fmt::format("the root element is <{}>; expected <{}>", top.name(), root));
  return convert(top, file, lines, 0);
}

}  // namespace scalesim::topology
