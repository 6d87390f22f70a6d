// Block strings of mobile networks, word by word.
#include "workloads/build/mobile_words.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace scalesim::workloads {
namespace {

MobileBlock one(std::string_view text) {
  const auto stages = decode_blocks(text);
  EXPECT_EQ(stages.size(), 1u);
  EXPECT_EQ(stages.at(0).size(), 1u);
  return stages.at(0).at(0);
}

TEST(MobileWords, WhatIsNotSaidKeepsItsDefault) {
  const MobileBlock block = one("ds");
  EXPECT_EQ(block.type, "ds");
  EXPECT_EQ(block.repeats, 1);
  EXPECT_EQ(block.stride, 1);
  EXPECT_EQ(block.kernels, std::vector<int>{3});
  EXPECT_EQ(block.expand_kernels, std::vector<int>{1});
  EXPECT_EQ(block.project_kernels, std::vector<int>{1});
  EXPECT_EQ(block.expansion, 1);
  EXPECT_EQ(block.squeeze, 0);
  EXPECT_EQ(block.compression, 0);
  EXPECT_EQ(block.key_stride, 1);
  EXPECT_EQ(block.act, "");
  EXPECT_TRUE(block.skip);
  for (const std::int64_t width : {block.channels, block.expand_from, block.middle, block.squeezed,
                                   block.group, block.experts, block.heads, block.head_dim}) {
    EXPECT_EQ(width, 0);
  }
}

TEST(MobileWords, EveryNumberGoesToItsOwnField) {
  const MobileBlock block = one("ir_r2_k5_a7_p9_s3_v4_e6.5_x0.75_se0.25_c24_fc32_m40_q48_gs8_cc6_h12_d64");
  EXPECT_EQ(block.type, "ir");
  EXPECT_EQ(block.repeats, 2);
  EXPECT_EQ(block.kernels, std::vector<int>{5});
  EXPECT_EQ(block.expand_kernels, std::vector<int>{7});
  EXPECT_EQ(block.project_kernels, std::vector<int>{9});
  EXPECT_EQ(block.stride, 3);
  EXPECT_EQ(block.key_stride, 4);
  EXPECT_EQ(block.expansion, 6.5);
  EXPECT_EQ(block.compression, 0.75);
  EXPECT_EQ(block.squeeze, 0.25);
  EXPECT_EQ(block.channels, 24);
  EXPECT_EQ(block.expand_from, 32);
  EXPECT_EQ(block.middle, 40);
  EXPECT_EQ(block.squeezed, 48);
  EXPECT_EQ(block.group, 8);
  EXPECT_EQ(block.experts, 6);
  EXPECT_EQ(block.heads, 12);
  EXPECT_EQ(block.head_dim, 64);
}

TEST(MobileWords, KernelsAreListsPartedByDots) {
  const MobileBlock block = one("ir_k3.5.7_a1.1_p1.3");
  EXPECT_EQ(block.kernels, (std::vector<int>{3, 5, 7}));
  EXPECT_EQ(block.expand_kernels, (std::vector<int>{1, 1}));
  EXPECT_EQ(block.project_kernels, (std::vector<int>{1, 3}));
}

TEST(MobileWords, ActivationsHaveShortNames) {
  EXPECT_EQ(one("ir_nre").act, "relu");
  EXPECT_EQ(one("ir_nr6").act, "relu6");
  EXPECT_EQ(one("ir_nsw").act, "silu");
  EXPECT_EQ(one("ir_nhs").act, "hard_swish");
  EXPECT_THROW(decode_blocks("ir_nxx"), InternalError);
}

TEST(MobileWords, OnlyAPlainConvolutionSkipsNothingUnlessItSaysSo) {
  EXPECT_TRUE(one("ir_c8").skip);
  EXPECT_FALSE(one("ir_noskip_c8").skip);
  EXPECT_FALSE(one("cn_c8").skip);
  EXPECT_TRUE(one("cn_c8_skip").skip);
  EXPECT_EQ(one("ir_noskip_c8").channels, 8);
}

TEST(MobileWords, StagesArePartedByBarsAndBlocksBySpaces) {
  const auto stages = decode_blocks("ds_c8|ir_c16  ir_c24_s2 |er_c32");
  ASSERT_EQ(stages.size(), 3u);
  ASSERT_EQ(stages[0].size(), 1u);
  ASSERT_EQ(stages[1].size(), 2u);
  ASSERT_EQ(stages[2].size(), 1u);
  EXPECT_EQ(stages[0][0].channels, 8);
  EXPECT_EQ(stages[1][0].channels, 16);
  EXPECT_EQ(stages[1][1].channels, 24);
  EXPECT_EQ(stages[1][1].stride, 2);
  EXPECT_EQ(stages[1][0].stride, 1);
  EXPECT_EQ(stages[2][0].type, "er");
  EXPECT_TRUE(decode_blocks("").empty());
}

TEST(MobileWords, AWordNobodyKnowsOrWithoutANumberIsRefused) {
  for (const char* text : {"ir_z3", "ir_kx", "ir_r", "ir_zz3", "ir_c", "ir_se"}) {
    EXPECT_THROW(decode_blocks(text), InternalError) << text;
  }
}

}  // namespace
}  // namespace scalesim::workloads
