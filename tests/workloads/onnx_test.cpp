// ONNX files the tests write themselves, byte by byte (the format is protobuf: fields of varints and of
// lengths), good and bad; and the public files, when SCALESIM_ONNX_CORPUS names their folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "workloads/load/load_model.h"
#include "workloads/load/model_file.h"

namespace scalesim::workloads {
namespace {

using ::testing::HasSubstr;

/// A protobuf message under construction.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3).varint(value);
  }
  Message& bytes(int field, const std::string& value) {
    varint((static_cast<std::uint64_t>(field) << 3) | 2).varint(value.size());
    text_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return bytes(field, value.text_); }
  const std::string& text() const { return text_; }

 private:
  Message& varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7) text_ += static_cast<char>((value & 127) | 128);
    text_ += static_cast<char>(value);
    return *this;
  }
  std::string text_;
};

using Sizes = std::vector<std::int64_t>;

/// Field numbers as in onnx.proto. A size of 0 is left open.
Message value_info(const std::string& name, const Sizes& sizes) {
  Message shape;
  for (std::int64_t size : sizes) {
    Message dim;
    size > 0 ? dim.number(1, static_cast<std::uint64_t>(size)) : dim.bytes(2, "N");
    shape.message(1, dim);
  }
  return Message().bytes(1, name).message(2, Message().message(1, Message().number(1, 1).message(2, shape)));
}

/// A float tensor whose values are left out: nothing here reads them.
Message tensor(const std::string& name, const Sizes& sizes) {
  Message t;
  for (std::int64_t size : sizes) t.number(1, static_cast<std::uint64_t>(size));
  return t.number(2, 1).bytes(8, name);
}

Message attribute(const std::string& name, const Sizes& values) {
  Message a;
  a.bytes(1, name);
  for (std::int64_t value : values) a.number(8, static_cast<std::uint64_t>(value));
  return a.number(20, 7);
}

Message node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
             const std::vector<Message>& attributes = {}) {
  Message n;
  for (const std::string& input : inputs) n.bytes(1, input);
  n.bytes(2, output).bytes(3, output).bytes(4, op);
  for (const Message& a : attributes) n.message(5, a);
  return n;
}

struct Graph {
  std::vector<Message> nodes, inputs, outputs, initializers;
  std::uint64_t opset = 13;
  std::string text() const {
    Message g;
    for (const Message& n : nodes) g.message(1, n);
    g.bytes(2, "graph");
    for (const Message& t : initializers) g.message(5, t);
    for (const Message& i : inputs) g.message(11, i);
    for (const Message& o : outputs) g.message(12, o);
    return Message().number(1, 7).message(7, g).message(8, Message().bytes(1, "").number(2, opset)).text();
  }
};

/// conv 3 -> 8, relu, an operator nobody knows, global pool, and a dense layer to 10.
Graph small_network() {
  Graph g;
  g.inputs = {value_info("x", {0, 3, 16, 16})};
  g.outputs = {value_info("y", {0, 10})};
  g.initializers = {tensor("w", {8, 3, 3, 3}), tensor("b", {8}), tensor("fc", {8, 10})};
  g.nodes = {node("Conv", {"x", "w", "b"}, "c", {attribute("pads", {1, 1, 1, 1})}),
             node("Relu", {"c"}, "r"),
             node("NobodyKnowsMe", {"r"}, "u"),
             node("GlobalAveragePool", {"r"}, "p"),
             node("Flatten", {"p"}, "f"),
             node("MatMul", {"f", "fc"}, "y")};
  return g;
}

class Onnx : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      read(small_network());
    } catch (const InputError& wrong) {
      if (std::string(wrong.what()).find("without ONNX") != std::string::npos) GTEST_SKIP() << wrong.what();
      throw;
    }
  }
  static std::string write(const std::string& text) {
    const std::string path =
        ::testing::TempDir() + "scalesim_onnx_test_" + std::to_string(::getpid()) + ".onnx";
    write_file(path, text);
    return path;
  }
  static Model read(const Graph& graph, const ModelOptions& options = {}) {
    return read_text(graph.text(), options);
  }
  static Model read_text(const std::string& text, const ModelOptions& options = {}) {
    const std::string path = write(text);
    const struct Remove {
      std::string path;
      ~Remove() { std::filesystem::remove(path); }
    } remove{path};
    return load_model(path, options, DataCatalogue::embedded());
  }
  static std::string error_of(const std::string& text) {
    try {
      read_text(text);
    } catch (const InputError& wrong) {
      return wrong.message();
    }
    return "no error";
  }
};

// Parameters 8*3*9 + 8 + 80 = 304; MACs 256 * 216 + 80 = 55,376.
TEST_F(Onnx, CountsConvolutionsAndProducts) {
  const Model model = read(small_network());
  EXPECT_EQ(model.parameter_count(), 304);
  EXPECT_EQ(model.macs(), 256 * 216 + 80);
  EXPECT_EQ(model.input, (Shape{3, 16, 16}));
}

TEST_F(Onnx, AnUnknownOperatorIsKeptAndCostedByItsBytes) {
  const Model model = read(small_network());
  const auto unknown = std::find_if(model.layers.begin(), model.layers.end(),
                                    [](const Layer& l) { return l.op == Op::other; });
  ASSERT_NE(unknown, model.layers.end());
  EXPECT_EQ(unknown->kind, "NobodyKnowsMe");
  EXPECT_EQ(unknown->output, (Shape{8, 16, 16}));
}

TEST_F(Onnx, TheImageSizeOfTheCommandLineWins) {
  EXPECT_EQ(read(small_network(), {.sequence = {}, .image = 32}).macs(), 1024 * 216 + 80);
}

// Weights made by ConstantOfShape from an int64 initializer, as the files of light_* have them.
TEST_F(Onnx, WeightsMayBeConstantOfShape) {
  Graph g = small_network();
  g.initializers = {tensor("b", {8}), tensor("fc", {8, 10})};
  Message shape;
  shape.number(1, 4).number(2, 7);
  for (std::uint64_t size : {8, 3, 3, 3}) shape.number(7, size);
  g.initializers.push_back(shape.bytes(8, "shape"));
  g.nodes.insert(g.nodes.begin(), node("ConstantOfShape", {"shape"}, "w"));
  const Model model = read(g);
  EXPECT_EQ(model.parameter_count(), 304);
  EXPECT_EQ(model.macs(), 256 * 216 + 80);
}

// Weights in Constant nodes, as PaddlePaddle exports them.
TEST_F(Onnx, WeightsMayBeConstantNodes) {
  Graph g = small_network();
  g.initializers = {tensor("b", {8}), tensor("fc", {8, 10})};
  g.nodes.insert(g.nodes.begin(),
                 node("Constant", {}, "w",
                      {Message().bytes(1, "value").message(5, tensor("", {8, 3, 3, 3})).number(20, 4)}));
  EXPECT_EQ(read(g).parameter_count(), 304);
}

TEST_F(Onnx, AFileCutAnywhereIsRefusedInOneSentence) {
  const std::string whole = small_network().text();
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    const std::string error = error_of(whole.substr(0, length));
    EXPECT_NE(error, "no error") << length;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST_F(Onnx, ACycleIsRefused) {
  Graph g = small_network();
  g.nodes[1] = node("Add", {"c", "again"}, "r");
  g.nodes.push_back(node("Relu", {"r"}, "again"));
  EXPECT_THAT(error_of(g.text()), HasSubstr("cycle"));
}

TEST_F(Onnx, AnAbsurdDimensionIsRefused) {
  Graph g = small_network();
  g.initializers[0] = tensor("w", {std::int64_t{1} << 60, 3, 3, 3});
  EXPECT_THAT(error_of(g.text()), HasSubstr("1152921504606846976"));
  g = small_network();
  g.inputs = {value_info("x", {1, 3, std::int64_t{1} << 60, 16})};
  EXPECT_THAT(error_of(g.text()), HasSubstr("1152921504606846976"));
}

// libonnx divides by a stride of zero and would count anything with a dilation of 2^60.
TEST_F(Onnx, AttributesThatNoOperatorCanHaveAreRefused) {
  for (const char* name : {"strides", "dilations", "kernel_shape", "pads"}) {
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{1} << 60}) {
      if (value == 0 && std::string(name) == "pads") continue;
      Graph g = small_network();
      g.nodes[0] = node("Conv", {"x", "w", "b"}, "c", {attribute(name, Sizes(4, value))});
      EXPECT_THAT(error_of(g.text()), HasSubstr(name)) << value;
      EXPECT_THAT(error_of(g.text()), HasSubstr("must lie between")) << value;
    }
  }
}

TEST_F(Onnx, AnOperatorWithoutItsInputsIsRefused) {
  Graph g = small_network();
  g.nodes[0] = node("Gemm", {"x"}, "c");
  EXPECT_THAT(error_of(g.text()), HasSubstr("needs 2"));
}

// Before operator set 13 the axes of Unsqueeze were an attribute; since then they are a second input.
TEST_F(Onnx, InputsAreCountedByTheFilesOwnOperatorSet) {
  Graph g = small_network();
  g.inputs.push_back(value_info("v", {4}));
  g.outputs.push_back(value_info("wide", {1, 4}));
  g.nodes.push_back(node("Unsqueeze", {"v"}, "wide", {attribute("axes", {0})}));
  g.opset = 11;
  EXPECT_GT(read(g).macs(), 0);
  g.opset = 13;
  EXPECT_THAT(error_of(g.text()), HasSubstr("needs 2"));
}

// The file has 2^31 bytes by name only: nothing of it is read.
TEST_F(Onnx, AFileLargerThanTheFormatAllowsIsNotRead) {
  const std::string path = write("x");
  std::filesystem::resize_file(path, std::uintmax_t{1} << 31);
  EXPECT_THROW(load_model(path, {}, DataCatalogue::embedded()), InputError);
  std::filesystem::remove(path);
}

TEST_F(Onnx, LostExternalWeightsAreNamed) {
  Graph g = small_network();
  g.initializers[0] = tensor("w", {8, 3, 3, 3})
                          .message(13, Message().bytes(1, "location").bytes(2, "weights.bin"))
                          .number(14, 1);
  EXPECT_THAT(error_of(g.text()), HasSubstr("weights.bin"));
}

TEST_F(Onnx, GarbageIsRefused) {
  EXPECT_NE(error_of("not a model"), "no error");
  EXPECT_NE(error_of(std::string(1000, '\xff')), "no error");
  EXPECT_NE(error_of(""), "no error");
}

// Figures of reference/architectures.md (end): convolutions and products computed with libonnx's shape
// inference.
TEST_F(Onnx, PublicFilesHaveThePublishedCounts) {
  const char* folder = std::getenv("SCALESIM_ONNX_CORPUS");
  if (!folder) GTEST_SKIP() << "SCALESIM_ONNX_CORPUS names no folder with the public files";
  const struct {
    const char* file;
    double gmacs;
    std::int64_t parameters;  // 0: not published
  } rows[] = {
      {"light_resnet50", 4.08918, 25557032},   {"light_vgg19", 19.6321, 143667240},
      {"light_squeezenet", 0.349152, 1235496}, {"light_densenet121", 2.83416, 0},
      {"light_inception_v1", 1.4316, 6998552},
  };
  for (const auto& row : rows) {
    const Model model =
        load_model(std::string(folder) + "/" + row.file + ".onnx", {}, DataCatalogue::embedded());
    EXPECT_NEAR(static_cast<double>(model.macs()) / 1e9, row.gmacs, 5e-5) << row.file;
    if (row.parameters > 0) {
      EXPECT_EQ(model.parameter_count(), row.parameters) << row.file;
    }
  }
  // The ones with traps must read at all: weights in Constant nodes, and If subgraphs with an LSTM inside.
  const std::string base = std::string(folder) + "/";
  EXPECT_GT(load_model(base + "ch_ppocr_mobile_v2.0_cls_infer.onnx", {}, DataCatalogue::embedded())
                .parameter_count(),
            100000);
  const Model silero = load_model(base + "silero_vad_v5.onnx", {}, DataCatalogue::embedded());
  EXPECT_TRUE(std::any_of(silero.layers.begin(), silero.layers.end(),
                          [](const Layer& l) { return l.op == Op::scan; }));
  EXPECT_GT(load_model(base + "light_bvlc_alexnet.onnx", {}, DataCatalogue::embedded()).macs(), 0);
}

}  // namespace
}  // namespace scalesim::workloads
