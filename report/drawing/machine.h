// A machine for the eye: as text for a terminal, as an SVG picture, as a Graphviz graph.
#pragma once

#include <string>

#include "topology/capture/reading/reading.h"

namespace scalesim::report {

/// "8 GPUs, 1 NIC".
std::string device_counts(const topology::MachineReport& report);

/// Matrix with bandwidths, tree, ring and findings. `colour` adds ANSI codes: green is near, red is far. With
/// a `width` above 0 the matrix is cut into blocks of columns that fit.
std::string text_drawing(const topology::MachineReport& report, bool colour, int width = 0);

/// A standalone SVG: NUMA nodes as frames, switches and devices inside, NVLinks above, each link's width its
/// bandwidth.
std::string svg_drawing(const topology::MachineReport& report);

/// A Graphviz graph for `dot -Tsvg`: one edge per pair of links, labelled with kind and bandwidth.
std::string dot_drawing(const topology::Machine& machine);

/// The lines inside such a graph; every component's name starts with `prefix`.
std::string dot_components(const topology::Machine& machine, const std::string& prefix);

}  // namespace scalesim::report
