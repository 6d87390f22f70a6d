// A question cut into pieces that can be worked on anywhere, in any order, and kept on disk in between.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace scalesim::plan {

/// Results by task. The answer is made from these texts alone, so it is the same byte for byte whoever did
/// the work and whenever.
using Results = std::map<std::size_t, std::string>;

class Tasks {
 public:
  virtual ~Tasks() = default;
  virtual std::size_t count() const = 0;
  /// The result of one task: a function of the question and `task` only. Called by many threads at once.
  virtual std::string work(std::size_t task) const = 0;
};

}  // namespace scalesim::plan
