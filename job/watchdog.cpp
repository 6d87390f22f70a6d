// Signal handlers: only write() and _exit(), which are safe there.
#include "job/watchdog.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace scalesim::job {
namespace {

constexpr int kExitCode = 2;
constexpr std::string_view kSilence =
    "scalesim: a rank or host stopped answering, so the job ends here without a result; check that every "
    "host is up "
    "and every rank alive\n";
constexpr std::string_view kStopped =
    "scalesim: stopped before the end (Ctrl-C, or mpirun ended the job since a rank died); no result was "
    "written\n";

void say(std::string_view sentence) {
  if (write(STDERR_FILENO, sentence.data(), sentence.size()) < 0) _exit(kExitCode);
}

void on_alarm(int) {
  say(kSilence);
  _exit(kExitCode);
}

void on_stop(int) {
  say(kStopped);
  _exit(kExitCode);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Watchdog::Watchdog(int seconds) : seconds_(seconds) {
  handle(SIGALRM, on_alarm);
  rearm();
}

Watchdog::~Watchdog() { rest(); }

void Watchdog::rearm(int more_seconds) const { alarm(static_cast<unsigned>(seconds_ + more_seconds)); }

void Watchdog::rest() const { alarm(0); }

void explain_being_stopped() {
  handle(SIGINT, on_stop);
  handle(SIGTERM, on_stop);
}

}  // namespace scalesim::job
