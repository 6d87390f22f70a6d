// Every reader survives empty, cut and garbage input: it answers with a reading or with an InputError, and
// quickly.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "topology/capture/reading/reader.h"
#include "topology/capture/text/text.h"

namespace scalesim::topology {
namespace {

const std::string kFolder = std::string(SCALESIM_SOURCE_DIR) + "/tests/topology/samples";

/// True when the reader kept its promise on `text`: no other exception, and indices that fit.
void survives(const Reader& reader, const std::string& text) {
  try {
    const Reading reading = reader.read(normalise(text), "sample");
    for (const Link& link : reading.links) {
      ASSERT_LT(static_cast<std::size_t>(link.from), reading.components.size());
      ASSERT_LT(static_cast<std::size_t>(link.to), reading.components.size());
      ASSERT_TRUE(!link.bandwidth || link.bandwidth->value() > 0);
    }
    for (const PairRelation& pair : reading.matrix) ASSERT_NE(pair.a, pair.b);
  } catch (const InputError& wrong) {
    EXPECT_EQ(wrong.place().file, "sample") << wrong.what();
  }
}

class Readers : public testing::TestWithParam<std::string> {
 protected:
  static std::unique_ptr<Reader> reader() {
    for (auto& candidate : make_readers())
      if (candidate->name() == GetParam()) return std::move(candidate);
    return nullptr;
  }
  /// The samples that this reader takes part in.
  static std::vector<std::string> own_samples() {
    std::vector<std::string> texts;
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder)) files.insert(entry.path());
    for (const auto& file : files) {
      const std::string text = read_file(file.string());
      if (file.filename() != "INDEX" && reader()->recognises(normalise(text)) >= 50) texts.push_back(text);
    }
    return texts;
  }
};

TEST_P(Readers, DescribesItself) {
  EXPECT_FALSE(reader()->name().empty());
  EXPECT_FALSE(reader()->description().empty());
}

TEST_P(Readers, HasSamplesOfItsOwn) { EXPECT_FALSE(own_samples().empty()); }

TEST_P(Readers, DoesNotRecogniseNothing) {
  for (const char* text : {"", "\n", " \t\n", "hello world", "<p>hello</p>", "{}", "index"})
    EXPECT_EQ(reader()->recognises(text), 0) << text;
}

TEST_P(Readers, RefusesEmptyInput) { EXPECT_THROW(reader()->read("", "sample"), InputError); }

TEST_P(Readers, SurvivesEveryPrefix) {
  for (const std::string& sample : own_samples())
    for (std::size_t length = 0; length <= sample.size(); ++length)
      survives(*reader(), sample.substr(0, length));
}

TEST_P(Readers, SurvivesALostLine) {
  for (const std::string& sample : own_samples())
    for (std::size_t start = 0; start < sample.size();) {
      const std::size_t end = std::min(sample.find('\n', start), sample.size() - 1) + 1;
      survives(*reader(), sample.substr(0, start) + sample.substr(end));
      start = end;
    }
}

// Fixed seed: the same damage every time.
TEST_P(Readers, SurvivesDamage) {
  std::mt19937 random(7);
  for (const std::string& sample : own_samples())
    for (int round = 0; round < 200; ++round) {
      std::string text = sample;
      for (int hit = 0; hit < 1 + round % 8; ++hit)
        text[random() % text.size()] = static_cast<char>(random() % 256);
      survives(*reader(), text);
    }
}

TEST_P(Readers, SurvivesGarbage) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    std::string text(random() % 4096, ' ');
    for (char& c : text) c = static_cast<char>(random() % 256);
    survives(*reader(), text);
  }
  survives(*reader(), std::string(1 << 20, '\n'));
  survives(*reader(), std::string(1 << 20, '<'));
  survives(*reader(), std::string(1 << 16, '['));
}

TEST_P(Readers, HugeNumbersAreNoNumbers) {
  for (std::string text : own_samples()) {
    for (std::size_t at = text.find_first_of("0123456789"); at != std::string::npos;
         at = text.find_first_of("0123456789", at + 22)) {
      std::string huge = text;
      huge.replace(at, 1, "99999999999999999999");
      survives(*reader(), huge);
    }
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& reader : make_readers()) all.emplace_back(reader->name());
  return all;
}
std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Conformance, Readers, testing::ValuesIn(names()), test_name);

}  // namespace
}  // namespace scalesim::topology
