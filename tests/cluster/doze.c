// Preloaded into the ranks of the cluster: where Open MPI would give its core away for a moment (sched_yield), sleep
// for one. Real hosts have cores of their own; here eight hosts share two, and a rank that spins while it waits would
// take the time that another one needs to send.
#include <time.h>

int sched_yield(void) {
  const struct timespec moment = {0, 30000};
  nanosleep(&moment, 0);
  return 0;
}
