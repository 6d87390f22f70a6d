// libFuzzer entry for one reader, READER: whatever the bytes, it answers with a reading or an InputError, and
// a reading can be made a machine, drawn and classified.
#include <cstdint>
#include <memory>
#include <string>

#include "core/error.h"
#include "report/drawing/machine.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"
#include "topology/machine/relations.h"
#include "topology/parts/gpu_catalogue.h"

namespace scalesim::topology {
std::unique_ptr<Reader> READER();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scalesim::topology;
  static const std::unique_ptr<Reader> reader = READER();
  static const GpuCatalogue gpus = [] {
    GpuCatalogue loaded(scalesim::DataCatalogue::embedded());
    loaded.by_product("NVIDIA A100");  // reads the files, which is no input's fault
    return loaded;
  }();
  const std::string text = normalise({reinterpret_cast<const char*>(data), size});
  try {
    reader->recognises(text);
    const MachineReport report = report_of({reader->read(text, "fuzz")}, gpus);
    scalesim::report::svg_drawing(report);
    scalesim::report::text_drawing(report, true);
    scalesim::report::dot_drawing(report.machine);
  } catch (const scalesim::InputError&) {
  }
  return 0;
}
