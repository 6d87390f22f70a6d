// What terminals, browsers and Windows add to captured text, and the values that the tools print.
#include "topology/capture/text/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalesim::topology {
namespace {

using testing::ElementsAre;

TEST(CapturedText, LosesWhatTerminalsAdd) {
  const std::pair<std::string, std::string> texts[] = {
      {"\x1b[1mGPU0\x1b[0m", "GPU0"},
      {"\x1b[38;5;12mX", "X"},
      {"\x1b[31", ""},              // cut inside a code
      {"\x1b[31\nnext", "\nnext"},  // a code ends at the end of its line at the latest
      {"a\x1b"
       "7b",
       "a7b"},  // an escape of two bytes keeps its letter
      {"one\r\ntwo\rthree", "one\ntwo\nthree"},
      {"a\xc2\xa0"
       "b",
       "a b"},                       // non-breaking space
      {"\xef\xbb\xbfGPU0", "GPU0"},  // byte order mark
      {"", ""}};
  for (const auto& [raw, plain] : texts) EXPECT_EQ(normalise(raw), plain) << raw;
}

TEST(CapturedText, IsReadFromWindowsInBothOrders) {
  using namespace std::string_literals;
  EXPECT_EQ(normalise("\xff\xfeG\0P\0"s), "GP");
  EXPECT_EQ(normalise("\xfe\xff\0G\0P"s), "GP");
  EXPECT_EQ(normalise("\xff\xfeG\0\x41\x04"s), "G?");  // a Cyrillic letter
}

TEST(CapturedText, LosesTagsOnlyWhereItIsHtml) {
  EXPECT_EQ(normalise("<pre>GPU0&nbsp;&lt;-&gt;&amp;</pre>"), "GPU0 <->&");
  EXPECT_EQ(normalise("a&quot;b&#9;c&#160;d<br/>"), "a\"b\tc d");
  EXPECT_EQ(normalise("Link 0: <inactive>"), "Link 0: <inactive>");           // no HTML at all
  EXPECT_EQ(normalise("&nbsp;1 < 2 & 3 &unknown;"), " 1 < 2 & 3 &unknown;");  // neither tag nor entity
  EXPECT_EQ(normalise("<br>cut <inactive\nnext"), "cut <inactive\nnext");
  EXPECT_EQ(normalise("<nvidia_smi_log>&nbsp;</nvidia_smi_log>"), "<nvidia_smi_log>&nbsp;</nvidia_smi_log>");
}

TEST(CapturedText, FallsIntoLinesAndWords) {
  EXPECT_THAT(lines_of("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines_of("a\n"), ElementsAre("a"));
  EXPECT_TRUE(lines_of("").empty());
  EXPECT_THAT(words_of("\tGPU0  X \t NV12 "), ElementsAre("GPU0", "X", "NV12"));
  EXPECT_TRUE(words_of(" \t ").empty());
}

TEST(CapturedValues, KnowTheWaysToSayUnknown) {
  for (const char* unknown : {"", " ", "N/A", "[N/A]", "n/a", "[Not Supported]", "Not Supported",
                              "[Unknown Error]", "none", "[GPU is lost]", "[]"})
    EXPECT_EQ(known(unknown), std::nullopt) << unknown;
  EXPECT_EQ(known(" [Tesla] "), "Tesla");
  EXPECT_EQ(known("N/A 1"), "N/A 1");
  EXPECT_EQ(known("[half"), "[half");
}

TEST(CapturedValues, AreOnOrOffOrUnknown) {
  for (const char* yes : {"Enabled", "on", "ACTIVE", " yes ", "true"}) EXPECT_EQ(enabled(yes), true) << yes;
  for (const char* no : {"Disabled", "Off", "Not Active", "no", "false"}) EXPECT_EQ(enabled(no), false) << no;
  for (const char* neither : {"", "N/A", "1", "enable"}) EXPECT_EQ(enabled(neither), std::nullopt) << neither;
}

// MiB without a unit, as nvidia-smi means it.
TEST(CapturedValues, MemoryHasUnitsOfTwo) {
  EXPECT_EQ(memory_size("81920 MiB"), Bytes(81920.0 * 1048576));
  EXPECT_EQ(memory_size("80 GiB"), Bytes(80.0 * 1073741824));
  EXPECT_EQ(memory_size("512 KiB"), Bytes(524288));
  EXPECT_EQ(memory_size("24"), Bytes(24.0 * 1048576));
  for (const char* wrong : {"0 MiB", "-1 MiB", "N/A", "1e13 MiB"})
    EXPECT_EQ(memory_size(wrong), std::nullopt) << wrong;
}

TEST(CapturedValues, PowerMayBeNothingButNotLess) {
  EXPECT_EQ(power("700.00 W"), Watts(700));
  EXPECT_EQ(power("0 W"), Watts(0));
  for (const char* wrong : {"-1 W", "1e7 W", "W", "nan"}) EXPECT_EQ(power(wrong), std::nullopt) << wrong;
}

TEST(CapturedValues, StatesAndCapabilities) {
  EXPECT_EQ(performance_state("P0"), 0);
  EXPECT_EQ(performance_state(" P12 "), 12);
  for (const char* wrong : {"P", "0", "Px", "Q1"}) EXPECT_EQ(performance_state(wrong), std::nullopt) << wrong;
  EXPECT_EQ(compute_capability("8.0"), 80);
  EXPECT_EQ(compute_capability("12.1"), 121);
  EXPECT_EQ(compute_capability(" 9.9 "), 99);
  for (const char* wrong : {"8", "8.", "0.5", "8.10", "100.0", ".8", "a.b"})
    EXPECT_EQ(compute_capability(wrong), std::nullopt) << wrong;
}

TEST(CapturedValues, BusesAreWrittenInOneWay) {
  const std::pair<const char*, const char*> ids[] = {{"00000000:01:00.0", "0000:01:00.0"},
                                                     {"0000:C1:00.0", "0000:c1:00.0"},
                                                     {"01:00.0", "0000:01:00.0"},
                                                     {" 0000000A:3B:00.0 ", "000a:3b:00.0"},
                                                     {"10000000:01:00.0", "10000000:01:00.0"}};
  for (const auto& [text, id] : ids) EXPECT_EQ(bus_id(text), id) << text;
  for (const char* wrong : {"", "GPU0", "01.0", "0000:0g:00.0", "0000:01:00.0 x"})
    EXPECT_EQ(bus_id(wrong), std::nullopt) << wrong;
}

// Words of 32 bits, the last one lowest: bit 0 of "1,00000000" is processor 32.
TEST(CapturedValues, MasksBecomeLists) {
  const std::pair<const char*, const char*> masks[] = {{"1", "0"},
                                                       {"f", "0-3"},
                                                       {"0x0000000d", "0,2-3"},
                                                       {"00000001,00000000", "32"},
                                                       {"3,80000000", "31-33"},
                                                       {"ffffffff,ffffffff", "0-63"},
                                                       {"ff00,,ff", "0-7,72-79"},
                                                       {"0", ""},
                                                       {"", ""},
                                                       {"xyz", ""},
                                                       {"1 2", ""}};
  for (const auto& [mask, list] : masks) EXPECT_EQ(cpu_list(mask), list) << mask;
}

TEST(CapturedXml, HasARootBehindItsDeclarations) {
  const std::pair<const char*, const char*> texts[] = {
      {"<system version=\"1\">", "system"},
      {"  <?xml version=\"1.0\"?>\n<!-- > -->\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology>",
       "topology"},
      {"<!DOCTYPE a [<!ELEMENT b (c)>]><nvidia_smi_log>", "nvidia_smi_log"},
      {"<a/>", "a"},
      {"<?xml version=\"1.0\"?>", ""},
      {"<!-- never closed", ""},
      {"GPU0 <X>", ""},
      {"<", ""},
      {"", ""}};
  for (const auto& [text, root] : texts) EXPECT_EQ(xml_root(text), root) << text;
}

}  // namespace
}  // namespace scalesim::topology
