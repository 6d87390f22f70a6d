// toml++ behind TomlTable: the only file that includes it.
#include "core/toml.h"

#include <fmt/format.h>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <map>
#include <set>

#include "core/toml_check.h"

namespace scalesim::inline core {

struct TomlTable::Document {
  std::string file;
  toml::table root;
};

struct TomlTable::Node {
  std::shared_ptr<Document> document;
  const toml::table* table = nullptr;
  std::set<std::string, std::less<>> asked;
  std::vector<std::shared_ptr<Node>> children;
};

namespace {

Place place_of(const std::string& file, const toml::source_region& region) {
  return {file, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

std::string_view type_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

}  // namespace

TomlTable TomlTable::parse(std::string_view text, const std::string& file) {
  auto document = std::make_shared<Document>();
  document->file = file;
  refuse_bare_unicode(text, file);
  try {
    document->root = toml::parse(text, file);
  } catch (const toml::parse_error& wrong) {
    throw InputError(place_of(file, wrong.source()), fmt::format("not valid TOML: {}", wrong.description()));
  }
  auto node = std::make_shared<Node>();
  node->document = document;
  node->table = &document->root;
  return TomlTable(std::move(node));
}

bool TomlTable::has(std::string_view key) const {
  node_->asked.emplace(key);
  return node_->table->contains(key);
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, value] : *node_->table) result.emplace_back(key.str());
  return result;
}

Place TomlTable::place() const { return place_of(node_->document->file, node_->table->source()); }

Place TomlTable::place(std::string_view key) const {
  const toml::node* value = node_->table->get(key);
  return value ? place_of(node_->document->file, value->source()) : place();
}

InputError TomlTable::error(std::string_view key, const std::string& message) const {
  return {place(key), message};
}

namespace {

/// The node of a key that must exist, of C++ type T; `wanted` completes "key 'x' must be ...".
template <class T>
T value_of(const toml::table& table, const TomlTable& owner, std::string_view key, std::string_view wanted) {
  const toml::node* node = table.get(key);
  if (!node) {
    const std::string near = nearest_name(key, owner.keys());
    const std::string hint = near.empty() ? "" : fmt::format(" (is '{}' meant to be it?)", near);
    throw owner.error(near.empty() ? key : near,
                      fmt::format("key '{}' is missing: it must be {}{}", key, wanted, hint));
  }
  const auto value = node->value<T>();
  const bool text_for_number = !std::is_same_v<T, std::string> && node->is_string();
  const bool number_for_text = std::is_same_v<T, std::string> && !node->is_string();
  const bool number_for_flag = std::is_same_v<T, bool> && !node->is_boolean();
  const bool flag_for_number = !std::is_same_v<T, bool> && node->is_boolean();
  if (!value || text_for_number || number_for_text || number_for_flag || flag_for_number)
    throw owner.error(key, fmt::format("key '{}' is {}, but must be {}", key, type_text(*node), wanted));
  return *value;
}

template <class T>
std::vector<T> list_of(const toml::table& table, const TomlTable& owner, std::string_view key,
                       std::string_view wanted) {
  const toml::node* node = table.get(key);
  if (!node || !node->is_array())
    throw owner.error(key, fmt::format("key '{}' must be a list of {}", key, wanted));
  std::vector<T> result;
  for (const toml::node& item : *node->as_array()) {
    const auto value = item.value<T>();
    if (!value || (std::is_same_v<T, std::string> && !item.is_string()))
      throw owner.error(
          key, fmt::format("key '{}' must be a list of {}, but holds {}", key, wanted, type_text(item)));
    result.push_back(*value);
  }
  return result;
}

}  // namespace

std::string TomlTable::text(std::string_view key) const {
  has(key);
  return value_of<std::string>(*node_->table, *this, key, "a text in quotes");
}
double TomlTable::number(std::string_view key) const {
  has(key);
  return value_of<double>(*node_->table, *this, key, "a number");
}
std::int64_t TomlTable::integer(std::string_view key) const {
  has(key);
  return value_of<std::int64_t>(*node_->table, *this, key, "a whole number");
}
bool TomlTable::boolean(std::string_view key) const {
  has(key);
  return value_of<bool>(*node_->table, *this, key, "true or false");
}
std::vector<std::string> TomlTable::texts(std::string_view key) const {
  has(key);
  return list_of<std::string>(*node_->table, *this, key, "texts");
}
std::vector<double> TomlTable::numbers(std::string_view key) const {
  has(key);
  return list_of<double>(*node_->table, *this, key, "numbers");
}
std::vector<std::int64_t> TomlTable::integers(std::string_view key) const {
  has(key);
  return list_of<std::int64_t>(*node_->table, *this, key, "whole numbers");
}

std::string TomlTable::text(std::string_view key, std::string_view fallback) const {
  return has(key) ? text(key) : std::string(fallback);
}
double TomlTable::number(std::string_view key, double fallback) const {
  return has(key) ? number(key) : fallback;
}
std::int64_t TomlTable::integer(std::string_view key, std::int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}
bool TomlTable::boolean(std::string_view key, bool fallback) const {
  return has(key) ? boolean(key) : fallback;
}
std::vector<std::string> TomlTable::optional_texts(std::string_view key) const {
  return has(key) ? texts(key) : std::vector<std::string>{};
}

double TomlTable::number_in(std::string_view key, double low, double high) const {
  const double value = number(key);
  if (!(value >= low && value <= high))
    throw error(key, fmt::format("key '{}' is {}, but must lie between {} and {}", key, value, low, high));
  return value;
}
std::int64_t TomlTable::integer_in(std::string_view key, std::int64_t low, std::int64_t high) const {
  const std::int64_t value = integer(key);
  if (value < low || value > high)
    throw error(key, fmt::format("key '{}' is {}, but must lie between {} and {}", key, value, low, high));
  return value;
}

Money TomlTable::money(std::string_view key) const {
  return at_key(key, [&] { return parse_money(text(key)); });
}

TomlTable TomlTable::table(std::string_view key) const {
  has(key);
  const toml::node* node = node_->table->get(key);
  if (!node || !node->is_table())
    throw error(key, fmt::format("key '{}' must be a table: write [{}]", key, key));
  auto child = std::make_shared<Node>();
  child->document = node_->document;
  child->table = node->as_table();
  node_->children.push_back(child);
  return TomlTable(std::move(child));
}

std::optional<TomlTable> TomlTable::optional_table(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  return table(key);
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  std::vector<TomlTable> result;
  if (!has(key)) return result;
  const toml::array* list = node_->table->get(key)->as_array();
  if (!list) throw error(key, fmt::format("key '{}' must be a list of tables: write [[{}]]", key, key));
  for (const toml::node& item : *list) {
    if (!item.is_table())
      throw error(key, fmt::format("key '{}' must be a list of tables: write [[{}]]", key, key));
    auto child = std::make_shared<Node>();
    child->document = node_->document;
    child->table = item.as_table();
    node_->children.push_back(child);
    result.push_back(TomlTable(std::move(child)));
  }
  return result;
}

void TomlTable::refuse_unknown_keys() const {
  const std::vector<std::string> asked(node_->asked.begin(), node_->asked.end());
  for (const std::string& key : keys())
    if (!node_->asked.count(key)) throw error(key, unknown_name("key", key, asked).message());
  for (const std::shared_ptr<Node>& child : node_->children) TomlTable(child).refuse_unknown_keys();
}

}  // namespace scalesim::inline core
