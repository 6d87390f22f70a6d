// What a user would read when something goes wrong.
#pragma once

#include <string>

#include "core/error.h"

namespace scalesim {

/// The sentence of the InputError that `act` throws; "no error" where it throws none.
template <class Act>
std::string error_of(Act&& act) {
  try {
    act();
  } catch (const InputError& wrong) {
    return wrong.what();
  }
  return "no error";
}

}  // namespace scalesim
