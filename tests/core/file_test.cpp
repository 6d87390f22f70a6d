// Files are written whole or not at all, and every refusal names the path.
#include "core/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/error.h"

namespace scalesim {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("scalesim_file_test_" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

TEST(Files, WriteThenReadGivesTheSameBytesAndLeavesNoPart) {
  const Folder folder;
  const std::string file = (folder.path / "a.txt").string();
  write_file(file, "one");
  write_file(file, "two\n");
  EXPECT_EQ(read_file(file), "two\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()), 1);
}

TEST(Files, AMissingFolderIsRefusedBeforeTheWork) {
  EXPECT_THROW(check_writable("/no/such/dir/x"), InputError);
  EXPECT_THROW(write_file("/no/such/dir/x", "text"), InputError);
  EXPECT_THROW(read_file("/no/such/dir/x"), InputError);
  EXPECT_THROW(read_file("/tmp"), InputError);
}

TEST(Files, CheckingLeavesNothingBehindAndKeepsWhatIsThere) {
  const Folder folder;
  const std::string file = (folder.path / "a.txt").string();
  write_file(file, "kept");
  check_writable(file);
  EXPECT_EQ(read_file(file), "kept");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()), 1);
}

TEST(Files, AFullDiskIsAnErrorNotSilence) { EXPECT_THROW(write_file("/dev/full", "text"), InputError); }

}  // namespace
}  // namespace scalesim
