// The data that scalesim brings along.
#pragma once

#include "core/data_catalogue.h"

namespace scalesim {

inline const DataCatalogue& shipped() {
  static const DataCatalogue data = DataCatalogue::embedded();
  return data;
}

}  // namespace scalesim
