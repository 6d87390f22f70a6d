// Keys of model files: limits, defaults, and the sentence for each slip.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/load/model_file.h"

#include "core/toml.h"
#include "tests/support/error_of.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;

TransformerConfig config(const std::string& more, const ModelOptions& options = {}) {
  const std::string text = "hidden = 64\nlayers = 2\nheads = 4\n" + more;
  return read_transformer(TomlTable::parse(text, "mine.toml"), "mine", options);
}

std::string slip(const std::string& more) {
  return error_of([&] { config(more); });
}

std::string slip_in_all(const std::string& text) {
  return error_of([&] { read_transformer(TomlTable::parse(text, "mine.toml"), "mine", {}); });
}

TEST(TransformerKeys, RequiredSizesHaveLimits) {
  const char* rest[] = {"layers = 1\nheads = 1\nhidden = ", "hidden = 64\nheads = 1\nlayers = ",
                        "head_dim = 8\nhidden = 64\nlayers = 1\nheads = "};
  const char* high[] = {"16777216", "10000", "16777216"};
  const char* above[] = {"16777217", "10001", "16777217"};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(slip_in_all(std::string(rest[i]) + high[i] + "\n"), "no error") << i;
    EXPECT_EQ(slip_in_all(std::string(rest[i]) + "1\n"), "no error") << i;
    EXPECT_THAT(slip_in_all(std::string(rest[i]) + "0\n"),
                HasSubstr(std::string("is 0, but must lie between 1 and ") + high[i]));
    EXPECT_THAT(slip_in_all(std::string(rest[i]) + above[i] + "\n"), HasSubstr("must lie between 1 and"));
  }
}

struct Limit {
  const char* key;
  int low;
};

TEST(TransformerKeys, OptionalCountsHaveLimits) {
  const Limit limits[] = {{"head_dim", 1}, {"ffn", 1},         {"vocabulary", 1}, {"sequence", 1},
                          {"experts", 0},  {"token_types", 0}, {"kv_heads", 1},   {"positions", 0}};
  for (const Limit& limit : limits) {
    const std::string key = limit.key;
    EXPECT_EQ(slip(key + " = " + std::to_string(limit.low) + "\n"), "no error") << key;
    const std::string range = "must lie between " + std::to_string(limit.low) + " and 16777216";
    EXPECT_THAT(slip(key + " = " + std::to_string(limit.low - 1) + "\n"), HasSubstr(range));
    EXPECT_THAT(slip(key + " = 16777217\n"), HasSubstr(range));
    if (key != "kv_heads") {
      EXPECT_EQ(slip(key + " = 16777216\n"), "no error") << key;
    }
  }
}

TEST(TransformerKeys, DefaultsOfAPlainAndOfAGatedModel) {
  const TransformerConfig plain = config("");
  EXPECT_EQ(plain.name, "mine");
  EXPECT_EQ(plain.source, "");
  EXPECT_EQ(plain.shape.kv_heads, 4);
  EXPECT_EQ(plain.shape.head_dim, 16);
  EXPECT_EQ(plain.shape.ffn, 256);
  EXPECT_EQ(plain.shape.vocabulary, 50257);
  EXPECT_EQ(plain.shape.sequence, 1024);
  EXPECT_EQ(plain.shape.experts, 0);
  EXPECT_EQ(plain.shape.experts_per_token, 0);
  EXPECT_EQ(plain.positions, 1024);
  EXPECT_EQ(plain.token_types, 0);
  EXPECT_EQ(plain.norm, "layernorm");
  EXPECT_EQ(plain.activation, "gelu");
  EXPECT_TRUE(plain.bias && plain.qkv_bias && plain.fused_qkv && plain.dropout);
  EXPECT_TRUE(plain.shape.tied_embeddings && plain.shape.causal);
  EXPECT_FALSE(plain.rotary || plain.head_bias || plain.post_norm || plain.shared_norm || plain.parallel ||
               plain.pooler || plain.shape.gated_mlp);
  const TransformerConfig gated = config("gated_mlp = true\n");
  EXPECT_EQ(gated.norm, "rmsnorm");
  EXPECT_EQ(gated.activation, "silu");
  EXPECT_EQ(gated.positions, 0);
  EXPECT_TRUE(gated.rotary && gated.shape.gated_mlp && gated.shape.causal);
  EXPECT_FALSE(gated.bias || gated.qkv_bias || gated.fused_qkv || gated.dropout ||
               gated.shape.tied_embeddings || gated.head_bias);
}

TEST(TransformerKeys, SomeDefaultsFollowOtherKeys) {
  EXPECT_FALSE(config("bias = false\n").qkv_bias);
  EXPECT_TRUE(config("bias = false\nqkv_bias = true\n").qkv_bias);
  EXPECT_TRUE(config("shared_norm = true\n").parallel);
  EXPECT_FALSE(config("shared_norm = true\nparallel = false\n").parallel);
  EXPECT_EQ(config("rotary = true\n").positions, 0);
  EXPECT_EQ(config("sequence = 77\n").positions, 77);
  EXPECT_EQ(config("", {.sequence = 50, .image = {}}).positions, 50);
  // The table of positions keeps the file's length when the command line asks for fewer.
  const TransformerConfig shorter = config("sequence = 77\n", {.sequence = 50, .image = {}});
  EXPECT_EQ(shorter.positions, 77);
  EXPECT_EQ(shorter.shape.sequence, 50);
  EXPECT_EQ(config("experts = 8\n").shape.experts_per_token, 2);
  EXPECT_EQ(config("experts = 2\n").shape.experts_per_token, 2);
  EXPECT_EQ(config("experts = 1\n").shape.experts_per_token, 0);
  EXPECT_EQ(config("experts = 8\nexperts_per_token = 8\n").shape.experts_per_token, 8);
}

TEST(TransformerKeys, SequencesEndWithTheLearnedPositions) {
  EXPECT_EQ(slip("sequence = 16\npositions = 16\n"), "no error");
  EXPECT_THAT(slip("sequence = 17\npositions = 16\n"),
              HasSubstr("a sequence of 17 is longer than the 16 learned positions of mine"));
  EXPECT_EQ(slip("sequence = 17\npositions = 0\n"), "no error");
}

TEST(TransformerKeys, ShapesThatDoNotFitSayWhy) {
  EXPECT_THAT(slip("kv_heads = 3\n"), HasSubstr("4 heads cannot share 3 kv_heads evenly"));
  EXPECT_THAT(slip("kv_heads = 8\n"), HasSubstr("4 heads cannot share 8 kv_heads evenly"));
  EXPECT_EQ(slip("kv_heads = 2\n"), "no error");
  EXPECT_THAT(slip_in_all("hidden = 64\nlayers = 1\nheads = 7\n"),
              HasSubstr("hidden = 64 is no multiple of heads = 7: give head_dim"));
  EXPECT_THAT(slip("experts = 4\nexperts_per_token = 0\n"),
              HasSubstr("0 of 4 experts per token: give 1 to 4"));
  EXPECT_THAT(slip("experts = 4\nexperts_per_token = 5\n"),
              HasSubstr("5 of 4 experts per token: give 1 to 4"));
  EXPECT_EQ(slip("experts = 4\nexperts_per_token = 4\n"), "no error");
  EXPECT_THAT(slip("norm = 'batchnorm'\n"), HasSubstr("unknown norm 'batchnorm'"));
  EXPECT_THAT(slip("activation = 'tanh'\n"), HasSubstr("unknown activation 'tanh'"));
  for (const char* known : {"norm = 'rmsnorm'\n", "norm = 'layernorm'\n", "activation = 'relu'\n",
                            "activation = 'silu'\n", "activation = 'gelu'\n"}) {
    EXPECT_EQ(slip(known), "no error");
  }
}

Model layers(const std::string& text, const ModelOptions& options = {}) {
  return read_model(TomlTable::parse("kind = 'layers'\n" + text, "mine.toml"), "mine", options);
}

/// One layer on 12 channels of 8 x 8.
Layer layer(const std::string& keys) { return layers("input = [12, 8, 8]\n[[layer]]\n" + keys).layers.at(0); }

std::string layer_slip(const std::string& keys) {
  return error_of([&] { layer(keys); });
}

TEST(LayerKeys, SmallNumbersHaveLimits) {
  const std::string conv = "op = 'conv'\nchannels = 4\npadding = 65536\n";
  for (const char* key : {"kernel", "stride", "dilation"}) {
    const std::string text = conv + key + " = ";
    EXPECT_EQ(layer_slip(text + "1\n"), "no error") << key;
    EXPECT_EQ(layer_slip(text + "65536\n"), "no error") << key;
    EXPECT_THAT(layer_slip(text + "0\n"), HasSubstr("must lie between 1 and 65536")) << key;
    EXPECT_THAT(layer_slip(text + "65537\n"), HasSubstr("must lie between 1 and 65536")) << key;
  }
  EXPECT_THAT(layer_slip("op = 'conv'\nchannels = 4\npadding = -1\n"), HasSubstr("between 0 and 65536"));
  EXPECT_EQ(layer_slip("op = 'conv'\nchannels = 4\npadding = 0\n"), "no error");
  EXPECT_THAT(layer_slip("op = 'max_pool'\npadding = -1\n"), HasSubstr("between 0 and 65536"));
  EXPECT_THAT(layer_slip("op = 'max_pool'\nkernel = 0\n"), HasSubstr("between 1 and 65536"));
  for (const char* op : {"conv", "linear"}) {
    const std::string text = std::string("op = '") + op + "'\nchannels = ";
    EXPECT_THAT(layer_slip(text + "0\n"), HasSubstr("between 1 and 16777216"));
    EXPECT_THAT(layer_slip(text + "16777217\n"), HasSubstr("between 1 and 16777216"));
    EXPECT_EQ(layer_slip(text + "16777216\n"), "no error");
  }
}

TEST(LayerKeys, AConvolutionKeepsItsSizeAndHasABiasUnlessTold) {
  const Layer plain = layer("op = 'conv'\nchannels = 4\nkernel = 3\n");
  EXPECT_EQ(plain.output, (Shape{4, 8, 8}));
  EXPECT_EQ(plain.parameter_count(), 4 * 12 * 9 + 4);
  EXPECT_EQ(plain.stride, 1);
  const Layer spread =
      layer("op = 'conv'\nchannels = 4\nkernel = 3\ndilation = 2\npadding = 0\nbias = false\n");
  EXPECT_EQ(spread.output, (Shape{4, 4, 4}));  // a filter of 5 x 5
  EXPECT_EQ(spread.parameter_count(), 4 * 12 * 9);
  const Layer grouped = layer("op = 'conv'\nchannels = 6\ngroups = 3\nstride = 2\n");
  EXPECT_EQ(grouped.output, (Shape{6, 4, 4}));
  EXPECT_EQ(grouped.parameter_count(), 6 * 4 + 6);
  const Layer depthwise = layer("op = 'depthwise'\nkernel = 3\n");
  EXPECT_EQ(depthwise.groups, 12);
  EXPECT_EQ(depthwise.parameter_count(), 12 * 9 + 12);
}

TEST(LayerKeys, GroupsMustDivideBothSides) {
  EXPECT_THAT(layer_slip("op = 'conv'\nchannels = 10\ngroups = 5\n"),
              HasSubstr("12 channels do not divide into 5 groups"));
  EXPECT_THAT(layer_slip("op = 'conv'\nchannels = 10\ngroups = 3\n"),
              HasSubstr("10 channels do not divide into 3 groups"));
  EXPECT_THAT(layer_slip("op = 'conv'\nchannels = 10\ngroups = 0\n"), HasSubstr("between 1 and 16777216"));
}

TEST(LayerKeys, WindowsHalveUnlessTold) {
  EXPECT_EQ(layer("op = 'max_pool'\n").output, (Shape{12, 4, 4}));
  EXPECT_EQ(layer("op = 'max_pool'\n").kind, "max");
  const Layer three = layer("op = 'average_pool'\nkernel = 3\n");  // steps of 3: (8 - 3) / 3 + 1
  EXPECT_EQ(three.output, (Shape{12, 2, 2}));
  EXPECT_EQ(three.kind, "average");
  EXPECT_EQ(layer("op = 'max_pool'\nkernel = 3\nceil = true\n").output, (Shape{12, 3, 3}));
  EXPECT_EQ(layer("op = 'max_pool'\nkernel = 3\nstride = 1\npadding = 1\n").output, (Shape{12, 8, 8}));
}

TEST(LayerKeys, OtherOperatorsTakeWhatTheyNeed) {
  EXPECT_EQ(layer("op = 'linear'\nchannels = 5\n").parameter_count(), 65);
  EXPECT_EQ(layer("op = 'linear'\nchannels = 5\nbias = false\n").parameter_count(), 60);
  EXPECT_EQ(layer("op = 'layer_norm'\n").parameter_count(), 24);
  EXPECT_EQ(layer("op = 'layer_norm'\nbias = false\n").parameter_count(), 12);
  EXPECT_EQ(layer("op = 'activation'\n").kind, "relu");
  EXPECT_EQ(layer("op = 'activation'\nkind = 'gelu'\n").kind, "gelu");
  EXPECT_EQ(layer("op = 'softmax'\n").op, Op::softmax);
  EXPECT_EQ(layer("op = 'dropout'\n").name, "dropout0");
  EXPECT_EQ(layer("op = 'global_pool'\n").output, (Shape{12, 1, 1}));
  const Layer table = layer("op = 'embedding'\nchannels = 7\nvocabulary = 100\n");
  EXPECT_EQ(table.output, (Shape{7, 8, 8}));
  EXPECT_EQ(table.parameter_count(), 700);
  EXPECT_THAT(layer_slip("op = 'embedding'\nchannels = 7\nvocabulary = 0\n"), HasSubstr("between 1 and"));
  // 12 channels are query, key and value of 4; two heads of 2 on 64 positions.
  const Layer core = layer("op = 'attention'\nheads = 2\n");
  EXPECT_EQ(core.output, (Shape{4, 8, 8}));
  EXPECT_EQ(core.macs(), 2 * 2 * 64 * 64 * 2);
  EXPECT_EQ(core.kind, "full");
  EXPECT_THAT(layer_slip("op = 'attention'\nheads = 3\n"),
              HasSubstr("12 channels are no query, key and value of 3 heads"));
  EXPECT_THAT(error_of([] { layers("input = [8, 4]\n[[layer]]\nop = 'attention'\nheads = 2\n"); }),
              HasSubstr("8 channels are no query, key and value of 2 heads"));
}

constexpr const char* kFork =
    "input = [12, 8, 8]\n[[layer]]\nname = 'a'\nop = 'conv'\nchannels = 12\n"
    "[[layer]]\nname = 'b'\nop = 'conv'\nchannels = 6\nfrom = ['input']\n"
    "[[layer]]\nname = 'c'\nop = 'max_pool'\nfrom = ['a']\n[[layer]]\n";

std::string fork_slip(const std::string& keys) {
  return error_of([&] { layers(kFork + keys); });
}

TEST(LayerKeys, JoinedLayersMustFit) {
  EXPECT_THAT(fork_slip("op = 'add'\nfrom = ['a', 'b']\n"),
              HasSubstr("the layers to add have different shapes"));
  EXPECT_THAT(fork_slip("op = 'concat'\nfrom = ['a', 'c']\n"),
              HasSubstr("the layers to concatenate have different heights or widths"));
  EXPECT_THAT(fork_slip("op = 'concat'\nfrom = ['a']\n"), HasSubstr("needs two or more layers to join"));
  EXPECT_THAT(fork_slip("op = 'add'\nfrom = ['a']\n"), HasSubstr("needs two or more layers to join"));
  EXPECT_THAT(fork_slip("op = 'add'\nfrom = ['a', 'd']\n"), HasSubstr("unknown layer 'd'"));
  EXPECT_THAT(fork_slip("name = 'a'\nop = 'dropout'\n"), HasSubstr("a layer 'a' is there already"));
  EXPECT_THAT(fork_slip("name = 'input'\nop = 'dropout'\n"), HasSubstr("a layer 'input' is there already"));
  const Model joined = layers(std::string(kFork) + "op = 'concat'\nfrom = ['a', 'b', 'input']\n");
  EXPECT_EQ(joined.layers.back().output, (Shape{30, 8, 8}));
  EXPECT_EQ(joined.layers.back().sources, (std::vector<int>{0, 1, -1}));
  const Model summed = layers(std::string(kFork) + "op = 'add'\nfrom = ['a', 'input', 'a']\n");
  EXPECT_EQ(summed.layers.size(), 5u);  // three tensors are two sums
  EXPECT_EQ(summed.layers[3].sources, (std::vector<int>{0, -1}));
  EXPECT_EQ(summed.layers[4].sources, (std::vector<int>{3, 0}));
}

Shape input_of(const std::string& sizes, const ModelOptions& options = {}) {
  return layers("input = " + sizes + "\n[[layer]]\nop = 'dropout'\n", options).input;
}

TEST(LayerKeys, InputsHaveOneToThreeSizes) {
  EXPECT_EQ(input_of("[5]"), (Shape{5, 1, 1}));
  EXPECT_EQ(input_of("[5, 6]"), (Shape{5, 1, 6}));
  EXPECT_EQ(input_of("[5, 6, 7]"), (Shape{5, 6, 7}));
  EXPECT_EQ(input_of("[1, 1, 16777216]"), (Shape{1, 1, 16777216}));
  const ModelOptions options{.sequence = 9, .image = 11};
  EXPECT_EQ(input_of("[5]", options), (Shape{5, 1, 1}));
  EXPECT_EQ(input_of("[5, 6]", options), (Shape{5, 1, 9}));
  EXPECT_EQ(input_of("[5, 6, 7]", options), (Shape{5, 11, 11}));
  for (const char* wrong : {"[]", "[1, 2, 3, 4]", "[3, 0, 8]", "[3, 8, -1]", "[1, 1, 16777217]"}) {
    EXPECT_THAT(error_of([&] { input_of(wrong); }), HasSubstr("give channels, height and width")) << wrong;
  }
}

TEST(ModelFiles, UnknownKeysAndKindsAreRefused) {
  EXPECT_THAT(error_of([] { layers("input = [3]\nfoo = 1\n[[layer]]\nop = 'dropout'\n"); }),
              HasSubstr("foo"));
  EXPECT_THAT(layer_slip("op = 'dropout'\nkernel = 3\n"), HasSubstr("kernel"));
  EXPECT_THAT(layer_slip("op = 'rotate'\n"), HasSubstr("unknown op 'rotate'"));
  EXPECT_THAT(error_of([] { layers("input = [3]\n"); }), HasSubstr("needs at least one [[layer]]"));
  const Model named = layers(
      "name = 'net'\nsource = 'paper'\naliases = ['n']\ninput = [3]\n[[layer]]\n"
      "op = 'dropout'\n");
  EXPECT_EQ(named.name, "net");
  EXPECT_EQ(named.source, "paper");
}

}  // namespace
}  // namespace scalesim::workloads
