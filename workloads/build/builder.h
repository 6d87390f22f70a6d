// Writes a network down layer by layer. A cursor stands on the tensor the next layer reads, so a chain is a
// chain of calls and a branch is `auto x = b.here(); ... b.at(x)`. Shapes, sources and parameters follow by
// themselves.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/model/model.h"

namespace scalesim::workloads {

/// A convolution; padding -1 keeps the size at stride 1 ("same" for odd kernels).
struct Conv {
  int kernel = 1;
  int stride = 1;
  int padding = -1;
  std::int64_t groups = 1;
  bool bias = false;
  int dilation = 1;
  int kernel_w = 0;  ///< 0: as `kernel`, which is then the height
};

/// A pooling window.
struct Window {
  int kernel = 2;
  int stride = 2;
  int padding = 0;
  bool ceil = false;  ///< sizes round up
};

/// Position of a tensor: the layer that made it, or -1 for the model's input.
using Node = int;

class Builder {
 public:
  Builder(std::string_view name, Shape input, std::string_view source);

  Node here() const { return cursor_; }
  Builder& at(Node node) { return cursor_ = node, view_.reset(), *this; }
  Shape shape() const { return view_ ? *view_ : shape_of(cursor_); }
  Shape shape_of(Node node) const;

  /// Names given while the scope lives are prefixed with its path; a block also gets the next block number.
  class [[nodiscard]] Scope {
   public:
    Scope(Builder& builder, std::string_view name, bool is_block);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Builder& builder_;
    std::size_t length_;
    int block_;
  };
  Scope in(std::string_view name) { return Scope(*this, name, false); }
  Scope in(std::string_view name, int index) { return Scope(*this, numbered(name, index), false); }
  Scope block(std::string_view name) { return Scope(*this, name, true); }
  Scope block(std::string_view name, int index) { return Scope(*this, numbered(name, index), true); }

  Builder& conv(std::string_view name, std::int64_t channels, const Conv& conv = {});
  Builder& depthwise(std::string_view name, int kernel, int stride = 1, bool bias = false);
  /// Batch norm with weight and bias.
  Builder& norm(std::string_view name);
  /// Layer norm over the channels of each position; without bias an RMS norm.
  Builder& layer_norm(std::string_view name, bool bias = true);
  /// Statistics per sample and group of channels, so it cannot be folded into a convolution.
  Builder& group_norm(std::string_view name);
  /// relu, relu6 and leaky_relu overwrite their input when `in_place`; others need it for backward.
  Builder& act(std::string_view kind = "relu", bool in_place = true);
  /// Dense layer on every position (channels only).
  Builder& linear(std::string_view name, std::int64_t channels, bool bias = true);
  /// The next layer sees the tensor in another shape of as many elements; nothing is moved, so no layer is
  /// added.
  Builder& view(const Shape& shape);
  Builder& flatten() { return view({shape().elements(), 1, 1}); }
  Builder& max_pool(std::string_view name, const Window& window);
  Builder& average_pool(std::string_view name, const Window& window);
  /// Average over all positions, or to size x size.
  Builder& global_pool(std::string_view name, std::int64_t size = 1);
  /// Sum of tensors of equal shape.
  Builder& add(std::initializer_list<Node> nodes, std::string_view name = "add");
  Builder& multiply(std::initializer_list<Node> nodes, std::string_view name = "multiply");
  /// Element-wise product of `node` with a gate of one value per channel (squeeze-excite).
  Builder& scale(Node node, Node gate, std::string_view name = "scale");
  Builder& concat(const std::vector<Node>& nodes, std::string_view name = "concat");
  Builder& dropout(std::string_view name = "dropout");
  Builder& softmax(std::string_view name, std::string_view kind = "");
  /// An operator that only moves elements.
  Builder& shuffle(std::string_view name, std::string_view kind, const Shape& output);
  /// Any layer; input, sources, name prefix and block are filled in when left empty.
  Builder& push(Layer layer);
  /// Says how tensor parallelism divides the layer under the cursor.
  Builder& cut(TensorCut cut);
  /// Adds a parameter tensor to the layer under the cursor.
  Builder& parameter(std::string_view name, std::int64_t elements);

  void reserve(std::size_t layers) { model_.layers.reserve(layers); }
  Model& model() { return model_; }
  /// The finished network; the builder is empty afterwards.
  Model take();

 private:
  std::string numbered(std::string_view name, int index) const;
  std::string path(std::string_view name) const;
  Layer& add_layer(std::string_view name, Op op, std::string_view kind, const Shape& output);
  Builder& pool(std::string_view name, std::string_view kind, const Window& window);
  Builder& combine(std::initializer_list<Node> nodes, std::string_view name, std::string_view kind);

  Model model_;
  Node cursor_ = -1;
  std::optional<Shape> view_;
  std::string prefix_;
  int block_ = -1;
  int blocks_ = 0;
};

}  // namespace scalesim::workloads
