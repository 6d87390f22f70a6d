// Hand-written input: a TOML table whose every error names file, line, column and the remedy.
// Keys that were never asked for are errors, so a misspelt key cannot be ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/money.h"
#include "core/units.h"
#include "core/units_text.h"

namespace scalesim::inline core {

/// A view of one table of a parsed document; copies share the document. Not for use by two threads at once.
class TomlTable {
 public:
  /// Throws InputError with the place of a syntax error. `file` is only the name used in messages.
  static TomlTable parse(std::string_view text, const std::string& file);

  bool has(std::string_view key) const;
  std::vector<std::string> keys() const;

  /// The value of a key that must be there. Throws InputError when it is missing or has another type.
  std::string text(std::string_view key) const;
  double number(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  std::vector<double> numbers(std::string_view key) const;
  std::vector<std::int64_t> integers(std::string_view key) const;

  /// The same with a default for a key that may be missing.
  std::string text(std::string_view key, std::string_view fallback) const;
  double number(std::string_view key, double fallback) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback) const;
  bool boolean(std::string_view key, bool fallback) const;
  std::vector<std::string> optional_texts(std::string_view key) const;  ///< empty when missing

  /// Number within [low, high]; the error names the range.
  double number_in(std::string_view key, double low, double high) const;
  std::int64_t integer_in(std::string_view key, std::int64_t low, std::int64_t high) const;

  /// A quantity is written as text with its unit; a bare number is an error.
  template <class Q>
  Q quantity(std::string_view key) const {
    return at_key(key, [&] { return parse_quantity<Q>(text(key)); });
  }
  template <class Q>
  std::optional<Q> optional_quantity(std::string_view key) const {
    return has(key) ? std::optional<Q>(quantity<Q>(key)) : std::nullopt;
  }
  Money money(std::string_view key) const;

  TomlTable table(std::string_view key) const;
  std::optional<TomlTable> optional_table(std::string_view key) const;
  /// An array of tables (`[[key]]`); empty when missing.
  std::vector<TomlTable> tables(std::string_view key) const;

  /// Throws InputError for the first key of this table and of every table taken from it that nobody asked
  /// for.
  void refuse_unknown_keys() const;

  /// An error placed at the value of `key` (or at the table when the key is missing).
  InputError error(std::string_view key, const std::string& message) const;
  Place place() const;
  Place place(std::string_view key) const;

 private:
  struct Document;
  struct Node;
  explicit TomlTable(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  /// Runs `read`; an InputError without a place gets the place of `key`.
  template <class Read>
  auto at_key(std::string_view key, Read read) const {
    try {
      return read();
    } catch (const InputError& wrong) {
      if (!wrong.place().file.empty()) throw;
      throw error(key, wrong.message());
    }
  }
  std::shared_ptr<Node> node_;
};

}  // namespace scalesim::inline core
