// Building blocks of readings that know the wiring.
#pragma once

#include "topology/capture/reading/reading.h"

namespace scalesim::topology {

/// Adds `component`; returns its number.
int add_component(Reading& reading, Component component);

/// Adds `link` between components `a` and `b`, once per direction.
void connect(Reading& reading, int a, int b, Link link);

/// Inside one chip or board: never narrower than what is plugged into it.
Link on_chip_link(std::string source);

/// What a component itself says of a device.
GpuReading gpu_reading(const Component& component);
NicReading nic_reading(const Component& component);

}  // namespace scalesim::topology
