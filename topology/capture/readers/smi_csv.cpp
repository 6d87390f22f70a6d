// `nvidia-smi --query-gpu=... --format=csv`: a header of field names, units in brackets, one row per GPU.
#include <fmt/format.h>

#include <unordered_map>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/reading/smi_fields.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

std::vector<std::string_view> split_commas(std::string_view line) {
  std::vector<std::string_view> values;
  while (true) {
    const std::size_t comma = line.find(',');
    values.push_back(trim(line.substr(0, comma)));
    if (comma == std::string_view::npos) return values;
    line.remove_prefix(comma + 1);
  }
}

std::unordered_map<std::string_view, const SmiField*> fields_by_column() {
  std::unordered_map<std::string_view, const SmiField*> fields;
  for (const SmiField& field : smi_fields())
    if (!field.csv.empty()) fields.emplace(field.csv, &field);
  return fields;
}

struct Header {
  std::vector<const SmiField*> columns;  ///< null where a column is of no interest
  int line = 0;                          ///< from 0
};

/// The header among the first lines (a pasted prompt may stand above it): it names the GPU and something
/// else.
std::optional<Header> find_header(const std::vector<std::string_view>& lines) {
  const auto fields = fields_by_column();
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 20); ++i) {
    const std::vector<std::string_view> names = split_commas(lines[i]);
    if (names.size() < 2) continue;
    Header header;
    header.line = static_cast<int>(i);
    int understood = 0;
    for (std::string_view name : names) {
      const auto found = fields.find(trim(name.substr(0, name.find('['))));
      header.columns.push_back(found == fields.end() ? nullptr : found->second);
      understood += found != fields.end();
    }
    if (understood >= 2 || (understood == 1 && names.size() == 2)) return header;
  }
  return std::nullopt;
}

class SmiCsv : public Reader {
 public:
  std::string_view name() const override { return "smi-csv"; }
  std::string_view description() const override {
    return "nvidia-smi --query-gpu=... --format=csv: chosen facts, one row per GPU";
  }
  int recognises(const std::string& text) const override {
    // A short test first, for this is asked of every file.
    const std::size_t end = text.find('\n');
    if (text.substr(0, std::min<std::size_t>(end, 65536)).find(',') == std::string::npos &&
        text.substr(0, 4096).find(", ") == std::string::npos)
      return 0;
    return find_header(lines_of(std::string_view(text).substr(0, 262144))) ? 85 : 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    const std::vector<std::string_view> lines = lines_of(text);
    const std::optional<Header> header = find_header(lines);
    if (!header)
      throw InputError({file, 1, 0}, "no header such as 'index, name, memory.total [MiB]' was found");
    Reading reading;
    for (std::size_t i = static_cast<std::size_t>(header->line) + 1; i < lines.size(); ++i) {
      if (trim(lines[i]).empty()) continue;
      const Place place{file, static_cast<int>(i) + 1, 0};
      const std::vector<std::string_view> values = split_commas(lines[i]);
      if (values.size() == 1) break;  // another command's output
      if (values.size() != header->columns.size())
        throw InputError(place, fmt::format("the row has {} values but the header names {}", values.size(),
                                            header->columns.size()));
      if (reading.gpus.size() >= 1024) throw InputError(place, "more than 1024 GPUs are listed");
      GpuReading gpu;
      gpu.index = static_cast<int>(reading.gpus.size());
      for (std::size_t column = 0; column < values.size(); ++column)
        if (header->columns[column] != nullptr && known(values[column]))
          header->columns[column]->set(gpu, values[column]);
      reading.gpus.push_back(std::move(gpu));
    }
    if (reading.gpus.empty())
      throw InputError({file, header->line + 1, 0}, "a header without rows; the text is cut");
    return reading;
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_smi_csv() { return std::make_unique<SmiCsv>(); }

}  // namespace scalesim::topology
