// Comparison of the zoo with what timm prints for its networks, shared by the tests of its families.
#pragma once

#include <string_view>

namespace scalesim::workloads {

/// `table` has a network per line: its name, its parameters in millions, then for each image size billions of
/// multiply-accumulates and millions of activations ("-": not compared). From results/benchmark-*.csv of
/// huggingface/pytorch-image-models, as measured there. Reports every difference to GoogleTest.
void expect_counts_of_timm(std::string_view table);

}  // namespace scalesim::workloads
