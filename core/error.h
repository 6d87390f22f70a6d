// Two kinds of failure: InputError is the user's to mend (exit 2), a failed SCALESIM_CHECK is ours (exit 70).
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace scalesim::inline core {

/// Where in the user's input something is wrong. Lines and columns count from 1; 0 means not known.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// Wrong input. The message is one sentence: what was found, what would be right. what() puts the place
/// first.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& message) : InputError(Place{}, message) {}
  InputError(const Place& place, const std::string& message);
  const Place& place() const { return place_; }
  const std::string& message() const { return message_; }

 private:
  Place place_;
  std::string message_;
};

/// A broken promise inside scalesim.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// "unknown model 'resnet19': did you mean 'resnet18'? ('scalesim list models' shows all)". `hint` may be
/// empty.
InputError unknown_name(std::string_view kind, std::string_view word, const std::vector<std::string>& known,
                        std::string_view hint = {});

/// The known word nearest to `word` by Damerau-Levenshtein distance, or "" when none is near enough to be a
/// slip.
std::string nearest_name(std::string_view word, const std::vector<std::string>& known);

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace scalesim::inline core

/// States what must hold here; on in release builds, for a wrong number is worse than a stop.
#define SCALESIM_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::scalesim::check_failed(#condition, __FILE__, __LINE__))
