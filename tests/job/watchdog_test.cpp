// A job that hangs or is stopped ends with one sentence and code 2; one that answers in time goes on.
#include "job/watchdog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace scalesim::job {
namespace {

/// Waits for a signal; 0 when nothing came for `seconds`.
void wait_at_most(unsigned seconds) {
  for (unsigned left = seconds; left > 0;) left = sleep(left);
  std::_Exit(0);
}

TEST(WatchdogDeathTest, EndsARankThatWaitsTooLong) {
  EXPECT_EXIT(
      {
        const Watchdog watchdog(1);
        wait_at_most(10);
      },
      testing::ExitedWithCode(2), "stopped answering");
}

TEST(WatchdogDeathTest, RestsAndGoesAway) {
  EXPECT_EXIT(
      {
        const Watchdog watchdog(1);
        watchdog.rest();
        wait_at_most(2);
      },
      testing::ExitedWithCode(0), "^$");
  EXPECT_EXIT(
      {
        { const Watchdog watchdog(1); }
        wait_at_most(2);
      },
      testing::ExitedWithCode(0), "^$");
}

// Three seconds more than one: not over after two.
TEST(WatchdogDeathTest, IsRearmedWithTimeToSpare) {
  EXPECT_EXIT(
      {
        const Watchdog watchdog(1);
        watchdog.rearm(3);
        wait_at_most(2);
      },
      testing::ExitedWithCode(0), "^$");
  EXPECT_EXIT(
      {
        const Watchdog watchdog(60);
        watchdog.rearm(-59);
        wait_at_most(10);
      },
      testing::ExitedWithCode(2), "stopped answering");
}

TEST(WatchdogDeathTest, ExplainsBeingStopped) {
  for (const int signal : {SIGINT, SIGTERM})
    EXPECT_EXIT(
        {
          explain_being_stopped();
          std::raise(signal);
        },
        testing::ExitedWithCode(2), "no result was written");
}

}  // namespace
}  // namespace scalesim::job
