// Where in a text the tables are: a header is a line of nothing but device and affinity names, followed by a
// row that starts with the first of them.
#include <algorithm>
#include <array>
#include <cctype>

#include "topology/capture/text/matrix.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }
bool upper(char c) { return std::isupper(static_cast<unsigned char>(c)); }
bool lower(char c) { return std::islower(static_cast<unsigned char>(c)); }

/// What Markdown and mail add around a line.
std::string_view unquote(std::string_view line) {
  std::string_view rest = line;
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '>')) rest.remove_prefix(1);
  return rest.empty() || (!rest.empty() && line.find('>') == std::string_view::npos) ? line : rest;
}

/// Length of a numbered label in capitals at the start of `text`: GPU0, NIC12, PPU3. Zero when there is none.
std::size_t numbered_label(std::string_view text) {
  std::size_t letters = 0;
  while (letters < text.size() && upper(text[letters])) ++letters;
  const std::string_view word = text.substr(0, letters);
  const bool processor = letters == 3 && word.substr(1) == "PU" && word != "CPU";
  if (!processor && word != "NIC" && word != "HCA") return 0;
  std::size_t end = letters;
  while (end < text.size() && digit(text[end]) && end - letters < 6) ++end;
  return end > letters ? end : 0;
}

/// Length of a verbs name (mlx5_0, mlx5_bond_1, rocep4s0f0, hfi1_0): small letters with a digit. It ends
/// where the next name begins, for headers lose their tabs.
std::size_t verbs_name(std::string_view text) {
  if (text.empty() || !lower(text.front())) return 0;
  std::size_t end = 0;
  bool has_digit = false;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_' || text[end] == '.')) {
    if (end > 0 && (text.compare(end, 3, "mlx") == 0 || numbered_label(text.substr(end)) > 0 ||
                    text.compare(end, 3, "CPU") == 0))
      break;
    has_digit = has_digit || digit(text[end]);
    ++end;
  }
  return has_digit ? end : 0;
}

struct AffinityName {
  std::array<std::string_view, 3> words;
  Affinity affinity;
};
constexpr std::array<AffinityName, 5> kAffinities = {{{{"GPU", "NUMA", "ID"}, Affinity::gpu_memory_numa},
                                                      {{"CPU", "Affinity", ""}, Affinity::cpu},
                                                      {{"NUMA", "Affinity", ""}, Affinity::numa},
                                                      {{"Node", "Affinity", ""}, Affinity::numa},
                                                      {{"NUMA", "", ""}, Affinity::numa}}};

struct FoundAffinity {
  Affinity affinity;
  std::size_t length;
};

/// The affinity heading at the start of `text`, with or without blanks inside.
std::optional<FoundAffinity> affinity_name(std::string_view text) {
  for (const AffinityName& name : kAffinities) {
    std::size_t at = 0;
    bool all = true;
    for (std::string_view word : name.words) {
      if (word.empty()) break;
      while (at > 0 && at < text.size() && text[at] == ' ') ++at;
      all = all && text.compare(at, word.size(), word) == 0;
      at += word.size();
    }
    if (all) return FoundAffinity{name.affinity, at};
  }
  return std::nullopt;
}

struct Header {
  std::vector<std::string> devices;
  std::vector<Affinity> affinities;
  std::vector<std::string> unknown;
  std::size_t leading = 0;
};

/// The names of a header line; nothing when the line holds anything that is no name.
std::optional<Header> read_header(std::string_view line) {
  Header header;
  line = unquote(line);
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == ' ' || line[at] == '\t' || line[at] == '|') {
      ++at;
      continue;
    }
    const std::string_view rest = line.substr(at);
    if (const auto found = affinity_name(rest)) {
      if (header.devices.empty()) ++header.leading;
      header.affinities.push_back(found->affinity);
      at += found->length;
      continue;
    }
    std::size_t length = numbered_label(rest);
    if (length == 0 && !header.devices.empty()) length = verbs_name(rest);
    if (length > 0 && header.affinities.size() == header.leading) {
      header.devices.emplace_back(rest.substr(0, length));
      at += length;
      continue;
    }
    if (header.devices.empty() || header.affinities.empty() || header.unknown.size() > 4) return std::nullopt;
    const std::size_t end = std::min(rest.find_first_of("\t|"), rest.find("  "));
    header.unknown.emplace_back(trim(rest.substr(0, end)));
    header.affinities.push_back(Affinity::other);
    at = end == std::string_view::npos ? line.size() : at + end;
  }
  if (header.devices.empty() || !is_gpu_label(header.devices.front())) return std::nullopt;
  return header;
}

/// The label that starts a row and what follows it.
std::optional<std::pair<std::string_view, std::string_view>> split_row(std::string_view line) {
  line = unquote(line);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t' || line.front() == '|'))
    line.remove_prefix(1);
  std::size_t length = numbered_label(line);
  if (length == 0) length = verbs_name(line);
  if (length == 0) return std::nullopt;
  const std::string_view rest = line.substr(length);
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t' && rest.front() != '|')
    return std::nullopt;
  return std::pair(line.substr(0, length), rest);
}

bool is_peer_status(std::string_view word) {
  constexpr std::array<std::string_view, 7> kStatuses = {"OK", "CNS", "GNS", "TNS", "NS", "DR", "U"};
  return std::find(kStatuses.begin(), kStatuses.end(), word) != kStatuses.end();
}

MatrixKind kind_of(const MatrixBlock& block) {
  if (block.rows.empty()) return MatrixKind::classes;
  const std::vector<std::string_view> words = words_of(block.rows.front().rest);
  const std::size_t diagonal = static_cast<std::size_t>(block.rows.front().device);
  if (diagonal < words.size() && words[diagonal] == "0") return MatrixKind::rocm;
  const std::size_t count = std::min(words.size(), block.devices.size());
  const bool peer =
      std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count), is_peer_status);
  return peer ? MatrixKind::peer_status : MatrixKind::classes;
}

/// Rows of the table whose header stands at block.header_line; returns the line after the table.
std::size_t take_rows(const std::vector<std::string_view>& lines, MatrixBlock& block) {
  std::size_t at = static_cast<std::size_t>(block.header_line) + 1;
  std::size_t end = at;
  for (; at < lines.size() && block.rows.size() < block.devices.size(); ++at) {
    if (trim(lines[at]).empty()) continue;
    const bool ruler =
        lines[at].find_first_not_of("|-: \t") == std::string_view::npos;  // Markdown's second line
    if (ruler) continue;
    const auto row = split_row(lines[at]);
    if (!row) break;
    const auto place = std::find(block.devices.begin(), block.devices.end(), row->first);
    if (place == block.devices.end()) {
      block.strangers.emplace_back(row->first);
      break;
    }
    if (trim(row->second).empty() && block.rows.empty() && block.devices.size() > 1) break;  // another header
    block.rows.push_back(
        {static_cast<int>(at), static_cast<int>(place - block.devices.begin()), row->second});
    end = at + 1;
  }
  return end;
}

}  // namespace

bool is_gpu_label(std::string_view label) {
  return label.size() > 3 && label.substr(1, 2) == "PU" && upper(label.front()) && digit(label[3]);
}

std::optional<int> label_number(std::string_view label) {
  return !label.empty() && numbered_label(label) == label.size() ? whole_number(label.substr(3))
                                                                 : std::nullopt;
}

std::vector<MatrixBlock> find_matrices(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  std::vector<MatrixBlock> blocks;
  std::string_view before;
  for (std::size_t at = 0; at < lines.size();) {
    const auto header = read_header(lines[at]);
    if (!header) {
      if (!trim(lines[at]).empty()) before = lines[at];
      ++at;
      continue;
    }
    MatrixBlock block;
    block.header_line = static_cast<int>(at);
    block.devices = header->devices;
    block.affinities = header->affinities;
    block.leading_affinities = header->leading;
    block.unknown_columns = header->unknown;
    block.line_before = before;
    at = take_rows(lines, block);
    block.kind = kind_of(block);
    const bool certain = !block.rows.empty() || block.devices.size() > 1 || !block.affinities.empty();
    if (certain) blocks.push_back(std::move(block));
  }
  return blocks;
}

}  // namespace scalesim::topology
