// Ctrl-C and SIGTERM as a question that long work asks itself, so that it can keep what it has done.
#pragma once

#include <csignal>
#include <exception>
#include <string>

namespace scalesim::cli {

/// Ends a command that was interrupted. what() is the sentence to say, empty when it has been said.
class Stopped : public std::exception {
 public:
  explicit Stopped(std::string sentence) : sentence_(std::move(sentence)) {}
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

/// While it lives SIGINT and SIGTERM are only noted. With an empty `last_words` a second signal ends the
/// process at once. Otherwise they are said on stderr by the first signal, for a job under mpirun, which
/// signals more than once and kills a moment later. After a noted signal its end changes nothing: the process
/// is on its way out. One at a time per process.
class Interruption {
 public:
  explicit Interruption(std::string last_words = {});
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  bool asked() const;

 private:
  struct sigaction before_int_ = {}, before_term_ = {};
};

}  // namespace scalesim::cli
