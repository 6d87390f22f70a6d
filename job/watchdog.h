// Keeps a job from hanging: a rank that waits too long for others says one sentence and ends, and so does a
// job that is stopped from outside. Signals are the only thing that still works while a thread is inside a
// blocking MPI call.
#pragma once

namespace scalesim::job {

/// While it lives, SIGALRM after `seconds` without rearm() ends the process with exit code 2 and the sentence
/// that ranks stopped answering. One at a time per process.
class Watchdog {
 public:
  explicit Watchdog(int seconds);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  void rearm(int more_seconds = 0) const;
  /// Off until the next rearm(): nobody is waited for.
  void rest() const;

 private:
  int seconds_;
};

/// Makes SIGINT and SIGTERM (Ctrl-C, or mpirun ending the job after the death of a rank) end this process
/// with one sentence on stderr and exit code 2. Nothing is written: files appear whole or not at all.
void explain_being_stopped();

}  // namespace scalesim::job
