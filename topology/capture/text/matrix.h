// Finds and reads the device-by-device tables of nvidia-smi and its relatives, glued, shifted or cut as
// people paste them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scalesim::topology {

/// Which tool's alphabet the cells of a table are from.
enum class MatrixKind { classes, peer_status, rocm };

enum class Affinity { cpu, numa, gpu_memory_numa, other };

/// Where a table stands in a text; nothing of it is checked yet.
struct MatrixBlock {
  MatrixKind kind = MatrixKind::classes;
  int header_line = 0;  ///< from 0
  std::vector<std::string> devices;
  std::vector<Affinity> affinities;
  std::size_t leading_affinities = 0;  ///< how many affinity columns stand before the devices
  std::vector<std::string> unknown_columns;
  struct Row {
    int line = 0;  ///< from 0
    int device = 0;
    std::string_view rest;  ///< after the row's label
  };
  std::vector<Row> rows;
  std::vector<std::string> strangers;  ///< rows whose label is no column
  std::string_view line_before;        ///< last line with text above the header: a prompt, a title
};

/// Every table of `text`, which must outlive the answer.
std::vector<MatrixBlock> find_matrices(std::string_view text);

/// A table with every cell known.
struct Matrix {
  struct Values {
    std::optional<std::string> cpus, numa, memory_numa;
  };
  std::vector<std::string> devices;
  std::vector<std::vector<std::string>> cells;  ///< cells[i][j]; the diagonal is "X"
  std::vector<Values> values;                   ///< by device
  std::vector<std::string> warnings;
};

/// Reads a block strictly. Lost cells are restored only where header, diagonal and symmetry leave one
/// reading, each with a warning that names the row. Throws InputError otherwise: unknown cell, asymmetry,
/// missing rows.
Matrix read_matrix(const MatrixBlock& block, const std::string& file);

/// Device labels: "GPU3" (or another vendor's "PPU3") is a GPU, everything else a NIC.
bool is_gpu_label(std::string_view label);
/// The number at the end of "GPU3" and "NIC12"; nothing for "mlx5_0".
std::optional<int> label_number(std::string_view label);

}  // namespace scalesim::topology
