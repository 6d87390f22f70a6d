// A topology reader added as one file: "added-format A100 4" is a machine of four such GPUs.
#include "core/error.h"
#include "core/number.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

class AddedFormat final : public Reader {
 public:
  std::string_view name() const override { return "added-format"; }
  std::string_view description() const override { return "a name and a number"; }
  int recognises(const std::string& text) const override {
    return text.starts_with("added-format ") ? 90 : 0;
  }

  Reading read(const std::string& text, const std::string& file) const override {
    const std::vector<std::string_view> words = words_of(trim(text));
    const std::optional<int> gpus = words.size() == 3 ? to_integer<int>(words[2]) : std::nullopt;
    if (!gpus || *gpus < 1 || *gpus > 64) throw InputError(Place{file, 1, 0}, "write a name and a number");
    Reading reading;
    for (int index = 0; index < *gpus; ++index) {
      GpuReading gpu;
      gpu.index = index;
      gpu.name = words[1];
      reading.gpus.push_back(gpu);
    }
    return reading;
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_added_format() { return std::make_unique<AddedFormat>(); }

}  // namespace scalesim::topology
