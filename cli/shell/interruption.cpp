// The handler only sets a flag and, where time is short, says a sentence that was prepared.
#include "cli/shell/interruption.h"

#include <unistd.h>

namespace scalesim::cli {
namespace {

volatile std::sig_atomic_t asked_to_stop = 0;
std::string prepared;  // read by the handler, changed only while it is not installed

void note(int) {
  const bool first = asked_to_stop == 0;
  asked_to_stop = 1;
  if (first && !prepared.empty() && write(STDERR_FILENO, prepared.data(), prepared.size()) < 0) return;
}

}  // namespace

Interruption::Interruption(std::string last_words) {
  asked_to_stop = 0;
  prepared = std::move(last_words);
  struct sigaction action = {};
  action.sa_handler = note;
  if (prepared.empty()) action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

Interruption::~Interruption() {
  if (asked()) return;
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

bool Interruption::asked() const { return asked_to_stop != 0; }

}  // namespace scalesim::cli
