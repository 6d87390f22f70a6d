// Lines and columns of benchmark logs, shared by the readers in comm/logs/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "comm/profile/profile.h"

namespace scalesim::comm {

/// A line without what mpirun puts before it ("[1,0]<stdout>:"), and its number from 1.
struct LogLine {
  int number = 0;
  std::string_view text;
  std::vector<std::string_view> words() const;
};
std::vector<LogLine> log_lines(std::string_view text);

/// A sample whose only statistic is one time.
Sample single_sample(Collective collective, int ranks, int nodes, double bytes, double seconds);

/// Fits and hands out a profile; throws InputError naming the file when there is no sample.
CommProfile finish_log(CommProfile profile, const std::string& file, std::string_view format);

}  // namespace scalesim::comm
