// A machine for the eye: as text for a terminal, as an SVG picture, as a Graphviz graph.
#pragma once

#include <string>

#include "topology/reading.h"

namespace scalesim::topology {

/// "8 GPUs, 1 NIC".
std::string device_counts(const MachineReport& report);

/// Matrix with bandwidths, tree, ring and findings. `colour` adds ANSI codes: green is near, red is far. With a
/// `width` above 0 the matrix is cut into blocks of columns that fit.
std::string text_drawing(const MachineReport& report, bool colour, int width = 0);

/// A standalone SVG: NUMA nodes as frames, switches and devices inside, NVLinks above, each link's width its
/// bandwidth.
std::string svg_drawing(const MachineReport& report);

/// A Graphviz graph for `dot -Tsvg`: one edge per pair of links, labelled with kind and bandwidth.
std::string dot_drawing(const Machine& machine);

/// The lines inside such a graph; every component's name starts with `prefix`.
std::string dot_components(const Machine& machine, const std::string& prefix);

}  // namespace scalesim::topology
