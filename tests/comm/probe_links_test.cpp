// Pairs meet once each, and the slow one is named.
#include "comm/probe/links.h"

#include <gmock/gmock.h>

#include <set>

namespace scalesim::comm {
namespace {

TEST(PairRounds, EveryPairMeetsOnceAndNobodyTwiceInARound) {
  for (int n = 2; n <= 17; ++n) {
    std::set<std::pair<int, int>> met;
    for (const auto& round : pair_rounds(n)) {
      std::set<int> busy;
      for (const auto& [a, b] : round) {
        EXPECT_LT(a, b);
        EXPECT_TRUE(met.insert({a, b}).second) << a << " met " << b << " twice among " << n;
        EXPECT_TRUE(busy.insert(a).second && busy.insert(b).second) << "somebody is in two pairs of a round";
      }
    }
    EXPECT_EQ(met.size(), static_cast<std::size_t>(n * (n - 1) / 2));
    EXPECT_EQ(pair_rounds(n).size(), static_cast<std::size_t>(n % 2 ? n : n - 1));
  }
}

/// Hosts whose links carry `speeds`; a pair is as fast as its slower end.
PairSurvey survey_of(const std::vector<double>& speeds) {
  PairSurvey survey;
  for (std::size_t i = 0; i < speeds.size(); ++i)
    survey.endpoints.push_back({static_cast<int>(i), std::string(1, static_cast<char>('a' + i)), -1, "", 1});
  for (std::size_t i = 0; i < speeds.size(); ++i)
    for (std::size_t j = i + 1; j < speeds.size(); ++j) {
      const BytesPerSecond speed(std::min(speeds[i], speeds[j]));
      survey.pairs.push_back({static_cast<int>(i), static_cast<int>(j), Seconds(1e-5), speed, speed});
    }
  return survey;
}

TEST(SlowLinks, TheHostWithTheSlowLinkIsNamedAndNobodyElse) {
  // c has a quarter of the others: its pairs run at 25, all other pairs at 100. Usual best: 100. 100 / 25
  // = 4.0.
  const std::vector<std::string> found = slow_links(survey_of({100e6, 100e6, 25e6, 100e6}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], testing::HasSubstr("host c is slow"));
  EXPECT_THAT(found[0], testing::HasSubstr("4.0 times less"));
}

TEST(SlowLinks, APathThatIsSlowBetweenTwoFastHostsIsNamed) {
  PairSurvey survey = survey_of({100e6, 100e6, 100e6, 100e6});
  survey.pairs[1].backward = BytesPerSecond(20e6);  // from c to a
  const std::vector<std::string> found = slow_links(survey);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], testing::HasSubstr("between host a and host c"));
}

TEST(SlowLinks, EvenLinksAndTwoHostsGiveNoFinding) {
  EXPECT_TRUE(slow_links(survey_of({100e6, 95e6, 90e6, 105e6})).empty());
  EXPECT_TRUE(slow_links(survey_of({100e6, 20e6})).empty());
}

}  // namespace
}  // namespace scalesim::comm
