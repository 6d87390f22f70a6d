// PyTorch's bucket rules on a model small enough to fill the buckets by hand.
#include "sim/step/buckets.h"

#include <gtest/gtest.h>

namespace scalesim::sim {
namespace {

LayerWork layer_of(std::vector<std::int64_t> elements) {
  LayerWork layer;
  layer.parameters = std::move(elements);
  return layer;
}

TEST(Buckets, FillBackwardAndCloseOnceTheLimitIsReached) {
  Work work;
  // Elements by layer: 0: 100, 1: 200 and 10, 2: none, 3: 50 and 5. Four bytes each.
  work.layers = {layer_of({100}), layer_of({200, 10}), layer_of({}), layer_of({50, 5})};
  // Backward order: 5 50 | 10 200 | 100, in bytes 20 200 40 800 400. First limit 200 B, then 500 B:
  // bucket 0: 20+200 = 220 >= 200, ready after layer 3. bucket 1: 40+800 = 840 >= 500, layer 1. bucket 2:
  // 400, layer 0.
  const auto buckets = gradient_buckets(work, {Bytes(200), Bytes(500), Bytes(4)});
  ASSERT_EQ(buckets.size(), 3u);
  EXPECT_EQ(buckets[0].bytes.value(), 220);
  EXPECT_EQ(buckets[0].ready_layer, 3);
  EXPECT_EQ(buckets[1].bytes.value(), 840);
  EXPECT_EQ(buckets[1].ready_layer, 1);
  EXPECT_EQ(buckets[2].bytes.value(), 400);
  EXPECT_EQ(buckets[2].ready_layer, 0);
}

TEST(Buckets, EveryGradientIsInExactlyOneBucketForAnyLimits) {
  Work work;
  for (std::int64_t i = 1; i <= 40; ++i) {
    work.layers.push_back(layer_of({i * 97 % 1000 + 1, i}));
    work.layers.back().expert = i % 3 == 0;
  }
  for (const double cap : {1.0, 64.0, 1000.0, 1e4, 1e9}) {
    double elements = 0;
    for (const Bucket& bucket : gradient_buckets(work, {Bytes(cap / 2), Bytes(cap), Bytes(2)}))
      elements += static_cast<double>(bucket.elements);
    EXPECT_EQ(elements, work.parameters()) << cap;
  }
}

TEST(Buckets, GradientsOfExpertsHaveBucketsOfTheirOwn) {
  Work work;
  work.layers = {layer_of({10}), layer_of({20}), layer_of({30})};
  work.layers[1].expert = true;
  // One bucket with layers 2 and 0 (40 elements, ready after layer 0), one with layer 1 (20, ready after 1).
  const auto buckets = gradient_buckets(work, {Bytes(1e9), Bytes(1e9), Bytes(1)});
  ASSERT_EQ(buckets.size(), 2u);
  EXPECT_TRUE(buckets[0].expert);
  EXPECT_EQ(buckets[0].elements, 20);
  EXPECT_EQ(buckets[1].elements, 40);
  EXPECT_EQ(buckets[1].ready_layer, 0);
}

TEST(Buckets, AModelWithoutParametersHasNone) {
  Work work;
  work.layers = {layer_of({}), layer_of({})};
  EXPECT_TRUE(gradient_buckets(work, {Bytes(1), Bytes(1), Bytes(4)}).empty());
}

}  // namespace
}  // namespace scalesim::sim
