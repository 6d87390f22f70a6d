// `nvidia-smi -q -x`: the same as -q, as XML. The maxima count: current_* drops when a GPU idles.
#include <fmt/format.h>

#include "core/error.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/reading/smi_fields.h"
#include "topology/capture/text/text.h"
#include "topology/capture/text/xml.h"

namespace scalesim::topology {
namespace {

constexpr std::string_view kRoot = "nvidia_smi_log";

GpuReading read_gpu(const XmlElement& element, int index) {
  GpuReading gpu;
  gpu.index = index;
  for (const SmiField& field : smi_fields())
    if (!field.xml.empty()) field.set(gpu, element.at(field.xml));
  if (!gpu.bus_id) gpu.bus_id = bus_id(element.attribute("id"));
  if (const XmlElement* devices = element.child("mig_devices"))
    for (const XmlElement& device : devices->children)
      if (device.name == "mig_device")
        gpu.mig_devices.push_back(fmt::format("MIG {}", trim(device.at("index")).substr(0, 8)));
  return gpu;
}

class SmiXml : public Reader {
 public:
  std::string_view name() const override { return "smi-xml"; }
  std::string_view description() const override {
    return "nvidia-smi -q -x: everything the driver says of each GPU, as XML";
  }
  int recognises(const std::string& text) const override { return xml_root(text) == kRoot ? 95 : 0; }

  Reading read(const std::string& text, const std::string& file) const override {
    const XmlElement log = parse_xml(text, file, kRoot);
    Reading reading;
    for (const XmlElement& element : log.children)
      if (element.name == "gpu")
        reading.gpus.push_back(read_gpu(element, static_cast<int>(reading.gpus.size())));
    if (reading.gpus.size() > 1024) throw InputError(log.place, "more than 1024 GPUs are listed");
    const std::optional<int> attached = whole_number(trim(log.at("attached_gpus")));
    if (reading.gpus.empty() && attached != 0)
      throw InputError(log.place,
                       "the document has no <gpu> element; expected the whole output of 'nvidia-smi -q -x'");
    if (attached && *attached != static_cast<int>(reading.gpus.size()))
      reading.warnings.push_back(
          fmt::format("{} GPUs are attached but {} are described", *attached, reading.gpus.size()));
    return reading;
  }
};

}  // namespace

std::unique_ptr<Reader> make_reader_smi_xml() { return std::make_unique<SmiXml>(); }

}  // namespace scalesim::topology
