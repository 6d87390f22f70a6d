// Work spread over threads gives the same results whoever does it, stops when told and goes on from what is
// known.
#include "plan/distribute/spread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "core/error.h"

namespace scalesim::plan {
namespace {

using testing::HasSubstr;

/// Squares; counts how often each was asked for; fails where told.
class Squares : public Tasks {
 public:
  explicit Squares(std::size_t count) : asked_(count) {}
  std::size_t count() const override { return asked_.size(); }
  std::string work(std::size_t task) const override {
    ++asked_[task];
    if (task == wrong) throw InputError("task " + std::to_string(task) + " is wrong");
    return std::to_string(task * task);
  }
  int asked(std::size_t task) const { return asked_[task]; }
  std::size_t wrong = SIZE_MAX;

 private:
  mutable std::vector<std::atomic<int>> asked_;
};

Results spread_here(const Tasks& tasks, Results known, int threads, const Onlooker& onlooker = {}) {
  return spread(tasks, std::move(known), *job::single_rank_world(), threads, onlooker);
}

TEST(Spread, DoesEveryTaskOnceOnAnyNumberOfThreads) {
  for (const int threads : {1, 2, 7}) {
    const Squares squares(100);
    const Results results = spread_here(squares, {}, threads);
    ASSERT_EQ(results.size(), 100u);
    for (std::size_t i = 0; i < 100; ++i) {
      EXPECT_EQ(results.at(i), std::to_string(i * i));
      EXPECT_EQ(squares.asked(i), 1);
    }
  }
}

TEST(Spread, OfNothingIsNothing) { EXPECT_TRUE(spread_here(Squares(0), {}, 2).empty()); }

TEST(Spread, DoesNotRepeatWhatIsKnown) {
  const Squares squares(4);
  const Results results = spread_here(squares, {{1, "one"}, {3, "nine"}}, 2);
  EXPECT_EQ(results, (Results{{0, "0"}, {1, "one"}, {2, "4"}, {3, "nine"}}));
  EXPECT_EQ(squares.asked(1) + squares.asked(3), 0);
}

TEST(Spread, StoppedAndResumedDoesEveryTaskOnce) {
  const Squares squares(200);
  Results known;
  int stops = 0;
  while (known.size() < 200) {
    const std::size_t before = known.size();
    Results kept;
    Onlooker onlooker;
    onlooker.stop = [&] { return kept.size() > before + 10; };
    onlooker.keep = [&](const Results& results) { kept = results; };
    known = spread_here(squares, known, 3, onlooker);
    for (const auto& [task, result] : kept) EXPECT_EQ(known.at(task), result);
    ASSERT_GT(known.size(), before);
    ++stops;
  }
  EXPECT_GT(stops, 1);
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(squares.asked(i), 1) << i;
}

TEST(Spread, TellsHowFarItIs) {
  std::vector<std::size_t> seen;
  Onlooker onlooker;
  onlooker.progress = [&](std::size_t done, std::size_t all) {
    EXPECT_EQ(all, 50u);
    seen.push_back(done);
  };
  spread_here(Squares(50), {{0, "0"}}, 2, onlooker);
  EXPECT_EQ(seen.front(), 1u);
  EXPECT_EQ(seen.back(), 50u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(Spread, ThrowsWhatATaskThrows) {
  Squares squares(20);
  squares.wrong = 7;
  try {
    spread_here(squares, {}, 3);
    FAIL();
  } catch (const InputError& wrong) {
    EXPECT_THAT(wrong.what(), HasSubstr("task 7 is wrong"));
  }
}

}  // namespace
}  // namespace scalesim::plan
