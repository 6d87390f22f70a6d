// A family whose networks are rows of one table: the row has a name, and one function writes any row down.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/error.h"
#include "workloads/build/builder.h"
#include "workloads/build/family.h"

namespace scalesim::workloads {

template <class Row>
class VariantFamily : public Family {
 public:
  using Build = Model (*)(const Row&, const ModelOptions&);
  VariantFamily(std::span<const Row> rows, Build function) : rows_(rows), build_(function) {}

  std::vector<std::string_view> names() const override {
    std::vector<std::string_view> names;
    for (const Row& row : rows_) names.push_back(row.name);
    return names;
  }

  Model build(std::string_view name, const ModelOptions& options) const override {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.name == name; });
    SCALESIM_CHECK(row != rows_.end());
    return build_(*row, options);
  }

 private:
  std::span<const Row> rows_;
  Build build_;
};

/// `rows` is a constant table that outlives the family.
template <class Rows, class Build>
std::unique_ptr<Family> make_variants(const Rows& rows, Build function) {
  using Row = std::remove_cvref_t<decltype(*std::begin(rows))>;
  return std::make_unique<VariantFamily<Row>>(std::span<const Row>(rows), function);
}

/// Square RGB input of the size asked for, or `usual`.
inline Shape image_input(const ModelOptions& options, std::int64_t usual) {
  const std::int64_t size = options.image.value_or(usual);
  return {3, size, size};
}

}  // namespace scalesim::workloads
