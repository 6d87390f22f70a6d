// Laws for every network of the zoo and every model file that is shipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "workloads/counts.h"
#include "workloads/model.h"

namespace scalesim::workloads {
namespace {

const DataCatalogue& data() {
  static const DataCatalogue catalogue = DataCatalogue::embedded();
  return catalogue;
}

class EveryModel : public ::testing::TestWithParam<std::string> {
 protected:
  Model load(const ModelOptions& options = {}) const { return load_model(GetParam(), options, data()); }
};

TEST_P(EveryModel, CarriesItsNameAndASource) {
  const Model model = load();
  EXPECT_EQ(model.name, GetParam());
  EXPECT_FALSE(model.source.empty());
}

TEST_P(EveryModel, LayersReadOnlyWhatWasWrittenBefore) {
  const Model model = load();
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    ASSERT_FALSE(layer.sources.empty()) << layer.name;
    for (int source : layer.sources) {
      EXPECT_GE(source, -1) << layer.name;
      EXPECT_LT(source, static_cast<int>(i)) << layer.name;
    }
  }
}

TEST_P(EveryModel, EveryResultIsUsed) {
  const Model model = load();
  std::vector<bool> used(model.layers.size(), false);
  for (const Layer& layer : model.layers) {
    for (int source : layer.sources) {
      if (source >= 0) used[static_cast<std::size_t>(source)] = true;
    }
  }
  for (std::size_t i = 0; i + 1 < model.layers.size(); ++i) {
    const bool only_held = model.layers[i].op == Op::other && model.layers[i].input.elements() == 1;
    EXPECT_TRUE(used[i] || only_held) << model.layers[i].name;
  }
}

TEST_P(EveryModel, LayersSeeAsManyElementsAsWereWritten) {
  const Model model = load();
  for (const Layer& layer : model.layers) {
    if (layer.op != Op::conv && layer.op != Op::linear && layer.op != Op::batch_norm &&
        layer.op != Op::activation)
      continue;
    const int source = layer.sources[0];
    const Shape& from = source < 0 ? model.input : model.layers[static_cast<std::size_t>(source)].output;
    EXPECT_EQ(layer.input.elements(), from.elements()) << layer.name;
  }
}

TEST_P(EveryModel, CountsAreSumsOfPositiveParts) {
  const Model model = load();
  EXPECT_GT(model.parameter_count(), 0);
  EXPECT_GT(model.macs(), 0);
  for (const Layer& layer : model.layers) {
    EXPECT_FALSE(layer.name.empty());
    EXPECT_GT(layer.output.elements(), 0) << layer.name;
    EXPECT_GE(layer.macs(), 0) << layer.name;
    for (const Parameter& parameter : layer.parameters) EXPECT_GT(parameter.elements, 0) << layer.name;
    if (layer.op == Op::conv) {
      EXPECT_EQ(layer.input.channels % layer.groups, 0) << layer.name;
      EXPECT_EQ(layer.output.channels % layer.groups, 0) << layer.name;
    }
    const Work forward = work_of(layer, Pass::forward);
    EXPECT_GT(forward.writes, 0) << layer.name;
    EXPECT_GE(forward.reads, 0) << layer.name;
  }
}

TEST_P(EveryModel, BlocksAreNumberedInOrder) {
  int last = -1;
  for (const Layer& layer : load().layers) {
    if (layer.block < 0) continue;
    EXPECT_TRUE(layer.block == last || layer.block == last + 1) << layer.name;
    last = std::max(last, layer.block);
  }
}

TEST_P(EveryModel, MoreInputIsMoreWork) {
  const Model model = load();
  ModelOptions larger;
  if (model.tokens_per_sample > 0) {
    larger.sequence = model.tokens_per_sample / 2;
    EXPECT_LT(load(larger).macs(), model.macs());
  } else {
    larger.image = model.input.height * 2;
    EXPECT_GT(load(larger).macs(), model.macs());
  }
}

TEST_P(EveryModel, IsFoundInCapitalsAndWithOtherPunctuation) {
  std::string spelled = GetParam();
  std::replace(spelled.begin(), spelled.end(), '_', '-');
  std::transform(spelled.begin(), spelled.end(), spelled.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  EXPECT_EQ(load_model(spelled, {}, data()).parameter_count(), load().parameter_count());
}

INSTANTIATE_TEST_SUITE_P(Zoo, EveryModel, ::testing::ValuesIn(model_names(data())), [](const auto& row) {
  std::string name = row.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
});

TEST(Models, NamesAreUnique) {
  const std::vector<std::string> names = model_names(data());
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

}  // namespace
}  // namespace scalesim::workloads
