// Model files of kind "layers": a list of [[layer]] tables, each reading the one before it or those it names
// in `from`.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>

#include "workloads/load/model_file.h"

#include "core/toml.h"

namespace scalesim::workloads {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 24;

struct File {
  Builder builder;
  std::map<std::string, Node> nodes;  ///< by layer name
};

using Write =
    std::function<void(const TomlTable&, const std::string& name, const std::vector<Node>& from, Builder&)>;

int small(const TomlTable& t, std::string_view key, int fallback, int low = 1) {
  return t.has(key) ? static_cast<int>(t.integer_in(key, low, 1 << 16)) : fallback;
}

Conv conv_of(const TomlTable& t, const Builder& b) {
  Conv conv;
  conv.kernel = small(t, "kernel", 1);
  conv.stride = small(t, "stride", 1);
  conv.padding = small(t, "padding", -1, 0);
  conv.dilation = small(t, "dilation", 1);
  conv.bias = t.boolean("bias", true);
  conv.groups = t.has("groups") ? t.integer_in("groups", 1, kLargest) : 1;
  if (b.shape().channels % conv.groups != 0) {
    throw t.error("groups",
                  fmt::format("{} channels do not divide into {} groups", b.shape().channels, conv.groups));
  }
  return conv;
}

void conv(const TomlTable& t, const std::string& name, const std::vector<Node>&, Builder& b) {
  const Conv spec = conv_of(t, b);
  const std::int64_t channels = t.integer_in("channels", 1, kLargest);
  if (channels % spec.groups != 0) {
    throw t.error("channels", fmt::format("{} channels do not divide into {} groups", channels, spec.groups));
  }
  b.conv(name, channels, spec);
}

void depthwise(const TomlTable& t, const std::string& name, const std::vector<Node>&, Builder& b) {
  Conv spec = conv_of(t, b);
  spec.groups = b.shape().channels;
  b.conv(name, spec.groups, spec);
}

Window window_of(const TomlTable& t) {
  Window window;
  window.kernel = small(t, "kernel", 2);
  window.stride = small(t, "stride", window.kernel);
  window.padding = small(t, "padding", 0, 0);
  window.ceil = t.boolean("ceil", false);
  return window;
}

void need_two(const TomlTable& t, const std::vector<Node>& from) {
  if (from.size() < 2) throw t.error("from", "needs two or more layers to join: from = [\"a\", \"b\"]");
}

void sum(const TomlTable& t, const std::string& name, const std::vector<Node>& from, Builder& b) {
  need_two(t, from);
  for (Node node : from) {
    if (b.shape_of(node) != b.shape_of(from[0]))
      throw t.error("from", "the layers to add have different shapes");
  }
  Node total = from[0];
  for (std::size_t i = 1; i < from.size(); ++i) total = b.add({total, from[i]}, name).here();
}

void concat(const TomlTable& t, const std::string& name, const std::vector<Node>& from, Builder& b) {
  need_two(t, from);
  for (Node node : from) {
    if (b.shape_of(node).height != b.shape_of(from[0]).height ||
        b.shape_of(node).width != b.shape_of(from[0]).width) {
      throw t.error("from", "the layers to concatenate have different heights or widths");
    }
  }
  b.concat(from, name);
}

/// Self-attention on query, key and value beside each other in the channels.
void attention(const TomlTable& t, const std::string& name, const std::vector<Node>&, Builder& b) {
  const std::int64_t heads = t.integer_in("heads", 1, kLargest), channels = b.shape().channels;
  if (channels % 3 != 0 || channels / 3 % heads != 0) {
    throw t.error("heads",
                  fmt::format("{} channels are no query, key and value of {} heads", channels, heads));
  }
  Layer core;
  core.name = name;
  core.op = Op::attention;
  core.kind = "full";
  core.batch = heads;
  core.m = core.n = b.shape().height * b.shape().width;
  core.k = channels / 3 / heads;
  core.output = {channels / 3, b.shape().height, b.shape().width};
  b.push(std::move(core));
}

void embedding(const TomlTable& t, const std::string& name, const std::vector<Node>&, Builder& b) {
  const std::int64_t channels = t.integer_in("channels", 1, kLargest);
  Layer layer;
  layer.name = name;
  layer.op = Op::embedding;
  layer.output = {channels, b.shape().height, b.shape().width};
  layer.parameters = {{"weight", t.integer_in("vocabulary", 1, kLargest) * channels}};
  b.push(std::move(layer));
}

const std::map<std::string, Write>& writers() {
  static const std::map<std::string, Write> table = {
      {"conv", conv},
      {"depthwise", depthwise},
      {"linear",
       [](auto& t, auto& name, auto&, Builder& b) {
         b.linear(name, t.integer_in("channels", 1, kLargest), t.boolean("bias", true));
       }},
      {"flatten", [](auto&, auto&, auto&, Builder& b) { b.flatten(); }},
      {"batch_norm", [](auto&, auto& name, auto&, Builder& b) { b.norm(name); }},
      {"layer_norm",
       [](auto& t, auto& name, auto&, Builder& b) { b.layer_norm(name, t.boolean("bias", true)); }},
      {"activation", [](auto& t, auto&, auto&, Builder& b) { b.act(t.text("kind", "relu")); }},
      {"max_pool", [](auto& t, auto& name, auto&, Builder& b) { b.max_pool(name, window_of(t)); }},
      {"average_pool", [](auto& t, auto& name, auto&, Builder& b) { b.average_pool(name, window_of(t)); }},
      {"global_pool", [](auto&, auto& name, auto&, Builder& b) { b.global_pool(name); }},
      {"softmax", [](auto&, auto& name, auto&, Builder& b) { b.softmax(name); }},
      {"dropout", [](auto&, auto& name, auto&, Builder& b) { b.dropout(name); }},
      {"add", sum},
      {"concat", concat},
      {"attention", attention},
      {"embedding", embedding},
  };
  return table;
}

std::vector<std::string> known_ops() {
  std::vector<std::string> names;
  for (const auto& [name, write] : writers()) names.push_back(name);
  return names;
}

std::vector<Node> sources(const TomlTable& t, const File& file) {
  std::vector<Node> from;
  for (const std::string& name : t.optional_texts("from")) {
    const auto found = file.nodes.find(name);
    if (found == file.nodes.end()) {
      std::vector<std::string> known;
      for (const auto& [layer, node] : file.nodes) known.push_back(layer);
      throw t.error("from", unknown_name("layer", name, known).message());
    }
    from.push_back(found->second);
  }
  return from;
}

void read_layer(const TomlTable& t, File& file, std::size_t index) {
  const std::string op = t.text("op");
  const auto writer = writers().find(op);
  if (writer == writers().end()) throw t.error("op", unknown_name("op", op, known_ops()).message());
  const std::string name = t.text("name", op + std::to_string(index));
  const std::vector<Node> from = sources(t, file);
  if (!from.empty()) file.builder.at(from[0]);
  writer->second(t, name, from, file.builder);
  if (!file.nodes.emplace(name, file.builder.here()).second) {
    throw t.error("name", fmt::format("a layer '{}' is there already", name));
  }
}

Shape input_shape(const TomlTable& t, const ModelOptions& options) {
  const std::vector<std::int64_t> sizes = t.integers("input");
  if (sizes.empty() || sizes.size() > 3 || *std::min_element(sizes.begin(), sizes.end()) < 1 ||
      *std::max_element(sizes.begin(), sizes.end()) > kLargest) {
    throw t.error("input", "give channels, height and width, as in input = [3, 224, 224]");
  }
  if (sizes.size() == 2) return {sizes[0], 1, options.sequence.value_or(sizes[1])};
  if (sizes.size() == 1) return {sizes[0], 1, 1};
  return {sizes[0], options.image.value_or(sizes[1]), options.image.value_or(sizes[2])};
}

}  // namespace

Model read_layers(const TomlTable& table, const std::string& name, const ModelOptions& options) {
  File file{Builder(table.text("name", name), input_shape(table, options), table.text("source", "")),
            {{"input", -1}}};
  const std::vector<TomlTable> layers = table.tables("layer");
  if (layers.empty()) throw table.error("layer", "a model of kind \"layers\" needs at least one [[layer]]");
  for (std::size_t i = 0; i < layers.size(); ++i) read_layer(layers[i], file, i);
  return file.builder.take();
}

}  // namespace scalesim::workloads
