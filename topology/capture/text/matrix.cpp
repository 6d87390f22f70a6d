// Strict reading of a device-by-device table. Every repair needs one and only one outcome and leaves a
// warning.
#include "topology/capture/text/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "core/error.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

constexpr std::size_t kMostDevices = 1024;
constexpr std::size_t kMostRepairs = 4;
constexpr int kMostNvlinks = 36;

using Cells = std::vector<std::string>;  ///< an empty cell is not known

std::vector<std::string_view> alphabet(MatrixKind kind) {
  switch (kind) {
    case MatrixKind::classes:
      return {"NODE", "XGMI", "PCIE", "PCIe", "PIX", "PXB", "PHB", "SYS", "SOC", "PSB", "HT", "NA", "X"};
    case MatrixKind::peer_status:
      return {"CNS", "GNS", "TNS", "OK", "NS", "DR", "U", "X"};
    case MatrixKind::rocm:
      return {"XGMI", "PCIE"};
  }
  SCALESIM_CHECK(!"a kind of matrix");
  return {};
}

/// Length of a counted class (NV12, ICN3) at the start of `text`, zero when there is none.
std::size_t counted_class(std::string_view text) {
  for (std::string_view name : {std::string_view("NV"), std::string_view("ICN")}) {
    if (text.substr(0, name.size()) != name) continue;
    std::size_t end = name.size();
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end]))) ++end;
    const std::optional<int> count = whole_number(text.substr(name.size(), end - name.size()));
    return count && *count >= 1 && *count <= kMostNvlinks ? end : 0;
  }
  return 0;
}

/// One word as the cells it holds: one, or several that lost their tab. Empty when it is no cell.
Cells split_cells(std::string_view word, MatrixKind kind) {
  if (kind == MatrixKind::rocm && whole_number(word)) return {std::string(word)};
  Cells cells;
  while (!word.empty()) {
    std::size_t length = kind == MatrixKind::classes ? counted_class(word) : 0;
    for (std::string_view name : alphabet(kind))
      if (length == 0 && word.substr(0, name.size()) == name) length = name.size();
    if (length == 0) return {};
    cells.emplace_back(word.substr(0, length));
    word.remove_prefix(length);
  }
  return cells;
}

struct RowText {
  Cells cells;
  std::string_view values;                ///< what follows the cells, with its tabs
  std::vector<std::string_view> leading;  ///< values that stand before the cells
  bool glued = false;
};

Place place_of(const MatrixBlock::Row& row, const std::string& file) { return {file, row.line + 1, 0}; }

std::string words_for(MatrixKind kind) {
  return kind == MatrixKind::classes ? "X, NV#, PIX, PXB, PHB, NODE, SYS, SOC or PSB"
                                     : fmt::format("{}", fmt::join(alphabet(kind), ", "));
}

/// Splits a row into its link cells (at most as many as there are devices) and the values after them.
RowText split_row_text(const MatrixBlock& block, const MatrixBlock::Row& row, const std::string& file) {
  RowText result;
  std::string_view rest = row.rest;
  const std::string& label = block.devices[static_cast<std::size_t>(row.device)];
  while (result.cells.size() < block.devices.size()) {
    const std::size_t start = rest.find_first_not_of(" \t|");
    if (start == std::string_view::npos) break;
    const std::size_t end = std::min(rest.find_first_of(" \t|", start), rest.size());
    const std::string_view word = rest.substr(start, end - start);
    if (result.leading.size() < block.leading_affinities) {
      result.leading.push_back(word);
      rest.remove_prefix(end);
      continue;
    }
    Cells cells = split_cells(word, block.kind);
    if (cells.empty()) {
      const bool affinity = std::isdigit(static_cast<unsigned char>(word.front())) || !known(word);
      if (affinity && !block.affinities.empty()) break;  // a short row: its values begin
      throw InputError(place_of(row, file),
                       fmt::format("row {} has '{}' under {}; expected {}", label, word.substr(0, 40),
                                   block.devices[result.cells.size()], words_for(block.kind)));
    }
    if (result.cells.size() + cells.size() > block.devices.size())
      throw InputError(place_of(row, file), fmt::format("row {} has more than the {} cells its header names",
                                                        label, block.devices.size()));
    result.glued = result.glued || cells.size() > 1;
    result.cells.insert(result.cells.end(), cells.begin(), cells.end());
    rest.remove_prefix(end);
  }
  result.values = rest;
  const std::vector<std::string_view> after = words_of(rest);
  if (!after.empty() && !split_cells(after.front(), MatrixKind::classes).empty() &&
      !whole_number(after.front()) && known(after.front()) && block.kind == MatrixKind::classes)
    throw InputError(place_of(row, file), fmt::format("row {} has more than the {} cells its header names",
                                                      label, block.devices.size()));
  return result;
}

std::string_view diagonal_of(MatrixKind kind) { return kind == MatrixKind::rocm ? "0" : "X"; }

/// Whether `cells` can be the row of `device`: self on the diagonal only, and equal to its column wherever
/// both are known.
bool fits(const std::vector<Cells>& rows, std::size_t device, const Cells& cells, MatrixKind kind) {
  for (std::size_t j = 0; j < cells.size(); ++j) {
    if (cells[j].empty()) continue;
    if ((j == device) != (cells[j] == diagonal_of(kind))) return false;
    if (kind == MatrixKind::peer_status) continue;  // directed: a pair may be allowed one way only
    const std::string& mirrored = j == device || rows[j].empty() ? std::string() : rows[j][device];
    if (!mirrored.empty() && mirrored != cells[j]) return false;
  }
  return true;
}

/// `cells` with what the other rows' columns say where it is unknown.
Cells completed(const std::vector<Cells>& rows, std::size_t device, Cells cells, MatrixKind kind) {
  for (std::size_t j = 0; j < cells.size(); ++j) {
    if (!cells[j].empty()) continue;
    if (j == device) {
      cells[j] = diagonal_of(kind);
    } else if (kind != MatrixKind::peer_status && !rows[j].empty()) {
      cells[j] = rows[j][device];
    }
  }
  return cells;
}

/// Every distinct full row that a short one can stand for: one cell lost anywhere, or the end cut off.
std::vector<Cells> possible_rows(const std::vector<Cells>& rows, std::size_t device, const Cells& cells,
                                 MatrixKind kind, bool has_values) {
  std::vector<Cells> possible;
  const std::size_t count = rows.size();
  auto consider = [&](Cells candidate) {
    if (!fits(rows, device, candidate, kind)) return;
    candidate = completed(rows, device, std::move(candidate), kind);
    if (std::find(possible.begin(), possible.end(), candidate) == possible.end())
      possible.push_back(std::move(candidate));
  };
  if (cells.size() + 1 == count) {
    for (std::size_t lost = 0; lost < count; ++lost) {
      Cells candidate = cells;
      candidate.insert(candidate.begin() + static_cast<std::ptrdiff_t>(lost), std::string());
      consider(std::move(candidate));
    }
  } else if (!has_values) {
    Cells candidate = cells;
    candidate.resize(count);
    consider(std::move(candidate));
  }
  return possible;
}

bool is_cpu_list(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789,-") == std::string_view::npos;
}

/// Values by column for the text after the cells. Two tabs stand between NUMA Affinity and GPU NUMA ID, so
/// tabs place values only where some are empty; with blanks alone a lone last value is ambiguous and stays
/// unknown.
std::vector<std::optional<std::string_view>> place_values(std::string_view text, std::size_t columns) {
  std::vector<std::optional<std::string_view>> placed(columns);
  std::vector<std::string_view> present;
  std::string blanked(text);
  std::replace(blanked.begin(), blanked.end(), '|', ' ');
  for (std::string_view word : words_of(text))
    if (word != "|") present.push_back(word);
  if (present.size() >= columns) {
    for (std::size_t i = 0; i < columns; ++i) placed[i] = present[i];
    return placed;
  }
  if (text.find('\t') == std::string_view::npos) {
    if (!present.empty() && (is_cpu_list(present.front()) || !known(present.front())))
      placed[0] = present.front();
    return placed;
  }
  std::vector<std::string_view> fields;
  std::string_view rest = text.substr(text.find('\t') + 1);
  while (true) {
    const std::size_t tab = rest.find('\t');
    fields.push_back(trim(rest.substr(0, tab)));
    if (tab == std::string_view::npos) break;
    rest.remove_prefix(tab + 1);
  }
  if (fields.size() == columns + 1 && columns == 3 && fields[2].empty())
    fields.erase(fields.begin() + 2);  // the padding tab
  for (std::size_t i = 0; i < std::min(columns, fields.size()); ++i)
    if (!fields[i].empty()) placed[i] = fields[i];
  return placed;
}

Matrix::Values read_values(const MatrixBlock& block, const MatrixBlock::Row& row, const RowText& text,
                           std::vector<std::string>& warnings) {
  Matrix::Values values;
  const std::string& label = block.devices[static_cast<std::size_t>(row.device)];
  auto placed = place_values(text.values, block.affinities.size() - block.leading_affinities);
  placed.insert(placed.begin(), text.leading.begin(), text.leading.end());
  for (std::size_t i = 0; i < std::min(placed.size(), block.affinities.size()); ++i) {
    if (!placed[i]) continue;
    const std::optional<std::string> value = known(*placed[i]);
    if (!value) continue;
    if (block.affinities[i] == Affinity::other) continue;
    if (!is_cpu_list(*value)) {
      warnings.push_back(
          fmt::format("line {}, row {}: affinity '{}' is not a list of numbers and was left out",
                      row.line + 1, label, value->substr(0, 40)));
      continue;
    }
    if (block.affinities[i] == Affinity::cpu) values.cpus = value;
    if (block.affinities[i] == Affinity::numa) values.numa = value;
    if (block.affinities[i] == Affinity::gpu_memory_numa) values.memory_numa = value;
  }
  const bool wants_numa =
      std::find(block.affinities.begin(), block.affinities.end(), Affinity::numa) != block.affinities.end();
  const auto said_unknown = [&] {
    for (std::size_t i = 0; i < std::min(placed.size(), block.affinities.size()); ++i)
      if (block.affinities[i] == Affinity::numa && placed[i]) return true;
    return false;
  };
  if (is_gpu_label(label) && wants_numa && values.cpus && !values.numa && !said_unknown())
    warnings.push_back(
        fmt::format("line {}, row {}: CPU affinity '{}' is followed by no NUMA node (perhaps they run "
                    "together); NUMA is unknown",
                    row.line + 1, label, values.cpus->substr(0, 40)));
  return values;
}

void refuse_oddities(const MatrixBlock& block, const std::string& file) {
  const Place header{file, block.header_line + 1, 0};
  if (block.devices.size() > kMostDevices)
    throw InputError(header, fmt::format("the header names {} devices; at most {} are expected",
                                         block.devices.size(), kMostDevices));
  std::set<std::string_view> seen;
  for (const std::string& device : block.devices)
    if (!seen.insert(device).second)
      throw InputError(header, fmt::format("the header names {} twice", device));
  if (block.rows.empty())
    throw InputError(header, fmt::format("the header names {} devices but no row follows; the text is cut",
                                         block.devices.size()));
  if (!block.strangers.empty())
    throw InputError(header,
                     fmt::format("row {} has no column of its name in the header", block.strangers.front()));
  std::set<int> rows;
  for (const MatrixBlock::Row& row : block.rows)
    if (!rows.insert(row.device).second)
      throw InputError(place_of(row, file), fmt::format("row {} stands twice",
                                                        block.devices[static_cast<std::size_t>(row.device)]));
}

/// Replaces short rows by the one full row they can stand for.
void repair_short_rows(const MatrixBlock& block, const std::vector<RowText>& texts, const std::string& file,
                       std::vector<Cells>& rows, std::vector<std::string>& warnings) {
  std::size_t repairs = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const MatrixBlock::Row& row = block.rows[i];
    const auto device = static_cast<std::size_t>(row.device);
    const std::string& label = block.devices[device];
    if (texts[i].cells.size() == block.devices.size()) continue;
    const bool has_values = !words_of(texts[i].values).empty();
    const auto possible = ++repairs <= kMostRepairs
                              ? possible_rows(rows, device, texts[i].cells, block.kind, has_values)
                              : std::vector<Cells>();
    if (possible.size() != 1)
      throw InputError(
          place_of(row, file),
          fmt::format("row {} has {} of {} cells, and the other rows do not say which are missing", label,
                      texts[i].cells.size(), block.devices.size()));
    rows[device] = possible.front();
    warnings.push_back(
        fmt::format("line {}, row {}: {} of {} cells are there; the rest was restored from the other rows",
                    row.line + 1, label, texts[i].cells.size(), block.devices.size()));
  }
}

void restore_missing_row(const MatrixBlock& block, std::vector<Cells>& rows,
                         std::vector<std::string>& warnings) {
  for (std::size_t device = 0; device < rows.size(); ++device) {
    if (!rows[device].empty()) continue;
    rows[device] = completed(rows, device, Cells(rows.size()), block.kind);
    warnings.push_back(
        fmt::format("row {} is missing and was restored from its column", block.devices[device]));
  }
}

/// Self on the diagonal, every cell known, and (where pairs are undirected) the same from both sides.
void check_matrix(const MatrixBlock& block, const std::vector<Cells>& rows, const std::string& file) {
  auto line_of = [&](std::size_t device) {
    for (const MatrixBlock::Row& row : block.rows)
      if (row.device == static_cast<int>(device)) return row.line + 1;
    return block.header_line + 1;
  };
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows.size(); ++j) {
      const Place place{file, line_of(i), 0};
      if (rows[i][j].empty())
        throw InputError(
            place, fmt::format("nothing says how {} and {} are joined; the text is cut or a row is missing",
                               block.devices[i], block.devices[j]));
      if ((i == j) != (rows[i][j] == diagonal_of(block.kind)))
        throw InputError(
            place,
            fmt::format(
                "row {} has '{}' under {}; {} belongs on the diagonal and nowhere else, so cells are shifted",
                block.devices[i], rows[i][j], block.devices[j], diagonal_of(block.kind)));
    }
  for (std::size_t i = 0; i < rows.size() && block.kind != MatrixKind::peer_status; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (rows[i][j] != rows[j][i])
        throw InputError(
            Place{file, line_of(i), 0},
            fmt::format("{} to {} is {} but {} to {} is {}; the matrix must be symmetric", block.devices[i],
                        block.devices[j], rows[i][j], block.devices[j], block.devices[i], rows[j][i]));
}

}  // namespace

Matrix read_matrix(const MatrixBlock& block, const std::string& file) {
  refuse_oddities(block, file);
  Matrix matrix;
  matrix.devices = block.devices;
  matrix.values.resize(block.devices.size());
  for (const std::string& column : block.unknown_columns)
    matrix.warnings.push_back(fmt::format("line {}: column '{}' is not known and was left out",
                                          block.header_line + 1, column.substr(0, 40)));
  std::vector<RowText> texts;
  std::vector<Cells> rows(block.devices.size());
  for (const MatrixBlock::Row& row : block.rows) {
    texts.push_back(split_row_text(block, row, file));
    const RowText& text = texts.back();
    const auto device = static_cast<std::size_t>(row.device);
    if (text.glued)
      matrix.warnings.push_back(fmt::format("line {}, row {}: cells that ran together were split",
                                            row.line + 1, block.devices[device]));
    if (text.cells.size() == rows.size()) rows[device] = text.cells;
    matrix.values[device] = read_values(block, row, text, matrix.warnings);
  }
  repair_short_rows(block, texts, file, rows, matrix.warnings);
  if (block.rows.size() + 1 == rows.size()) restore_missing_row(block, rows, matrix.warnings);
  if (block.rows.size() < rows.size() &&
      std::any_of(rows.begin(), rows.end(), [](const Cells& row) { return row.empty(); }))
    throw InputError({file, block.header_line + 1, 0},
                     fmt::format("the header names {} devices but only {} rows follow; the text is cut",
                                 rows.size(), block.rows.size()));
  check_matrix(block, rows, file);
  for (Cells& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      if (&row == &rows[i]) row[i] = "X";
  matrix.cells = std::move(rows);
  return matrix;
}

}  // namespace scalesim::topology
