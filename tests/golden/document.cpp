// A line-by-line reading of Markdown, as far as sessions need it.
#include "document.h"

#include <algorithm>
#include <regex>

#include "core/file.h"

namespace scalesim {
namespace {

/// The parts of a line that match the first group of `pattern`.
std::vector<std::string> parts(const std::string& line, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator at(line.begin(), line.end(), pattern), end; at != end; ++at)
    found.push_back((*at)[1]);
  return found;
}

/// `scalesim topo FILE` and `scalesim ...` are forms of a command, not commands.
bool complete(const std::string& command) {
  static const std::regex placeholder("(^|[ =])[A-Z][A-Z|.]+($|[ .])|\\.\\.\\.");
  return command.find(' ') != std::string::npos && !std::regex_search(command, placeholder);
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) {
    document_.path = path;
    document_.lines = lines_of(read_file(path.string()));
  }

  Document read() {
    const bool markdown = document_.path.extension() == ".md";
    if (!markdown) read_sessions(0, document_.lines.size());
    for (std::size_t i = 0; markdown && i < document_.lines.size(); ++i) i = read_line(i);
    return std::move(document_);
  }

 private:
  /// Returns the last line it used.
  std::size_t read_line(std::size_t i) {
    static const std::regex comment("^<!-- (file|machine): (.*) -->$");
    static const std::regex code("`((?:scalesim|mpirun) [^`]*)`");
    const std::string& line = document_.lines[i];
    std::smatch found;
    if (line.starts_with("```")) return read_block(i);
    if (std::regex_match(line, found, comment)) {
      mark_ = found[1];
      marked_ = found[2];
      return i;
    }
    for (const std::string& command : parts(line, code))
      if (complete(command)) document_.mentioned.push_back(command);
    return i;
  }

  std::size_t read_block(std::size_t opening) {
    std::size_t end = opening + 1;
    while (end < document_.lines.size() && !document_.lines[end].starts_with("```")) ++end;
    if (document_.lines[opening] == "```console") {
      read_sessions(opening + 1, end);
    } else if (mark_ == "file") {
      const auto begin = document_.lines.begin();
      document_.files[marked_] = joined(
          Lines(begin + static_cast<std::ptrdiff_t>(opening) + 1, begin + static_cast<std::ptrdiff_t>(end)));
    }
    mark_.clear();
    return end;
  }

  void read_sessions(std::size_t i, std::size_t end) {
    static const std::regex quoted("\"([^\"]*)\"");
    while (i < end) {
      if (!document_.lines[i].starts_with("$ ")) {
        ++i;
        continue;
      }
      Session session;
      session.command = document_.lines[i++].substr(2);
      while (session.command.ends_with("\\") && i < end) {
        session.command.pop_back();
        session.command += document_.lines[i++];
      }
      session.line = i;
      while (i < end && !document_.lines[i].starts_with("$ ")) session.shown.push_back(document_.lines[i++]);
      while (!session.shown.empty() && session.shown.back().empty()) session.shown.pop_back();
      session.lines = session.shown.size();
      session.machine = mark_ == "machine";
      if (session.machine) session.words = parts(marked_, quoted);
      document_.sessions.push_back(std::move(session));
    }
  }

  Document document_;
  std::string mark_, marked_;
};

}  // namespace

Document read_document(const std::filesystem::path& path) { return Reader(path).read(); }

std::string with_outputs(const Document& document, const std::vector<Lines>& outputs) {
  Lines lines = document.lines;
  for (std::size_t s = outputs.size(); s-- > 0;) {  // backwards, so that line numbers stay
    const Session& session = document.sessions[s];
    const auto from = lines.begin() + static_cast<std::ptrdiff_t>(session.line);
    lines.insert(lines.erase(from, from + static_cast<std::ptrdiff_t>(session.lines)), outputs[s].begin(),
                 outputs[s].end());
  }
  return joined(lines);
}

}  // namespace scalesim
