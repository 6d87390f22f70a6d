// A log reader added as one file: "added-log RANKS", then a line "BYTES SECONDS" for every all-reduce.
#include "comm/logs/log_reader.h"
#include "comm/logs/log_text.h"
#include "core/error.h"
#include "core/number.h"

namespace scalesim::comm {
namespace {

class AddedLog final : public LogReader {
 public:
  std::string_view name() const override { return "added-log"; }
  std::string_view description() const override { return "a table of two columns"; }
  bool recognises(std::string_view text) const override { return text.starts_with("added-log "); }

  CommProfile read(std::string_view text, const std::string& file) const override {
    CommProfile profile;
    profile.backend = "nccl";
    int ranks = 0;
    for (const LogLine& line : log_lines(text)) {
      const auto words = line.words();
      if (words.size() != 2) throw InputError(Place{file, line.number, 0}, "not two words");
      if (ranks == 0)
        ranks = to_integer<int>(words[1]).value_or(2);
      else
        profile.samples.push_back(single_sample(Collective::all_reduce, ranks, 1,
                                                to_double(words[0]).value_or(0),
                                                to_double(words[1]).value_or(0)));
    }
    return finish_log(std::move(profile), file, name());
  }
};

}  // namespace

std::unique_ptr<LogReader> make_log_reader_added_log() { return std::make_unique<AddedLog>(); }

}  // namespace scalesim::comm
