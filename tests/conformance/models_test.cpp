// Laws for every network of the zoo and every model file that is shipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/shipped.h"
#include "workloads/load/load_model.h"
#include "workloads/model/counts.h"
#include "workloads/model/model.h"

namespace scalesim::workloads {
namespace {

/// Each law in one test over all networks: thousands of separate tests would mostly start processes.
template <class Law>
void for_every_model(Law law) {
  for (const std::string& name : model_names(shipped())) {
    SCOPED_TRACE(name);
    law(name, load_model(name, {}, shipped()));
  }
}

TEST(EveryModel, CarriesItsNameAndASource) {
  for_every_model([](const std::string& name, const Model& model) {
    EXPECT_EQ(model.name, name);
    EXPECT_FALSE(model.source.empty());
  });
}

TEST(EveryModel, LayersReadOnlyWhatWasWrittenBefore) {
  for_every_model([](const std::string&, const Model& model) {
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      const Layer& layer = model.layers[i];
      ASSERT_FALSE(layer.sources.empty()) << layer.name;
      for (int source : layer.sources) {
        EXPECT_GE(source, -1) << layer.name;
        EXPECT_LT(source, static_cast<int>(i)) << layer.name;
      }
    }
  });
}

TEST(EveryModel, EveryResultIsUsed) {
  for_every_model([](const std::string&, const Model& model) {
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
  });
}

TEST(EveryModel, LayersSeeAsManyElementsAsWereWritten) {
  for_every_model([](const std::string&, const Model& model) {
    for (const Layer& layer : model.layers) {
      if (layer.op != Op::conv && layer.op != Op::linear && layer.op != Op::batch_norm &&
          layer.op != Op::activation)
        continue;
      const int source = layer.sources[0];
      const Shape& from = source < 0 ? model.input : model.layers[static_cast<std::size_t>(source)].output;
      // Where a joint product is divided among its readers (arXiv 2302.05442), their parts are the whole of
      // it.
      if (layer.op == Op::activation && source >= 0 && layer.input.elements() < from.elements()) {
        std::int64_t read = 0;
        for (const Layer& reader : model.layers)
          if (reader.sources[0] == source) read += reader.input.elements();
        EXPECT_EQ(read, from.elements()) << layer.name;
      } else {
        EXPECT_EQ(layer.input.elements(), from.elements()) << layer.name;
      }
    }
  });
}

TEST(EveryModel, CountsAreSumsOfPositiveParts) {
  for_every_model([](const std::string&, const Model& model) {
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
  });
}

TEST(EveryModel, BlocksAreNumberedInOrder) {
  for_every_model([](const std::string&, const Model& model) {
    int last = -1;
    for (const Layer& layer : model.layers) {
      if (layer.block < 0) continue;
      EXPECT_TRUE(layer.block == last || layer.block == last + 1) << layer.name;
      last = std::max(last, layer.block);
    }
  });
}

TEST(EveryModel, MoreInputIsMoreWork) {
  for_every_model([](const std::string& name, const Model& model) {
    ModelOptions larger;
    if (model.tokens_per_sample > 0) {
      larger.sequence = model.tokens_per_sample / 2;
      EXPECT_LT(load_model(name, larger, shipped()).macs(), model.macs());
    } else {
      larger.image = model.input.height * 2;
      EXPECT_GT(load_model(name, larger, shipped()).macs(), model.macs());
    }
  });
}

TEST(EveryModel, IsFoundInCapitalsAndWithOtherPunctuation) {
  for_every_model([](const std::string& name, const Model& model) {
    std::string spelled = name;
    std::replace(spelled.begin(), spelled.end(), '_', '-');
    std::transform(spelled.begin(), spelled.end(), spelled.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(load_model(spelled, {}, shipped()).parameter_count(), model.parameter_count());
  });
}

TEST(Models, NamesAreUnique) {
  const std::vector<std::string> names = model_names(shipped());
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

}  // namespace
}  // namespace scalesim::workloads
