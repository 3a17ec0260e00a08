#include "sim/core/text.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "sim/core/error.h"

namespace anesim {
namespace {

namespace fs = std::filesystem;

class TextFiles : public testing::Test {
 protected:
  TextFiles() : folder_(fs::temp_directory_path() / ("anesim_text_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~TextFiles() override { fs::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  fs::path folder_;
};

std::string message(const auto& action) {
  try {
    action();
  } catch (const UserError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Nearest, FindsTyposAndIgnoresCase) {
  const std::vector<std::string> names{"size", "bandwidth", "latency", "M4"};
  EXPECT_EQ(nearest("bandwith", names), "bandwidth");
  EXPECT_EQ(nearest("bnadwidth", names), "bandwidth");  // exchanged neighbours count one
  EXPECT_EQ(nearest("SIZE", names), "size");
  EXPECT_EQ(nearest("m4", names), "M4");
  EXPECT_EQ(nearest("m5", names), "");  // one of two letters is over a third
  EXPECT_EQ(nearest("colour", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest(std::string(100000, 'a'), names), "");
  EXPECT_EQ(did_you_mean("latancy", names), " (did you mean 'latency'?)");
  EXPECT_EQ(did_you_mean("zzz", names), "");
}

TEST(Printable, EscapesWhatCouldDeceive) {
  EXPECT_EQ(printable("conv_1"), "conv_1");
  EXPECT_EQ(printable("gr\u00FC\u00DFe \u2192"), "gr\u00FC\u00DFe \u2192");
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a\\x1b[31mb\\x0a");
  EXPECT_EQ(printable("\xff\xc0\xaf"), "\\xff\\xc0\\xaf");
  EXPECT_EQ(printable("\u202Eevil"), "\\xe2\\x80\\xaeevil");
  EXPECT_EQ(printable("\u009B31m"), "\\xc2\\x9b31m");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
}

TEST(Printable, CutsToTheLimit) {
  EXPECT_EQ(printable("0123456789", 10), "0123456789");
  EXPECT_EQ(printable("0123456789a", 10), "0123456...");
  EXPECT_EQ(printable("\u00FC\u00FC\u00FC\u00FC\u00FC\u00FC", 5), "\u00FC\u00FC...");
  EXPECT_EQ(printable("\n\n\n\n", 8), "\\x0a...");
}

TEST(HtmlEscaped, CoversTextAndAttributes) {
  EXPECT_EQ(html_escaped("<a href=\"x\" id='y'>&"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(html_escaped(std::string("a\0\xff", 3)), "a\uFFFD\uFFFD");
  EXPECT_EQ(html_escaped("a\nb\tc"), "a\nb\tc");
}

TEST_F(TextFiles, WritesWholeAndReadsBack) {
  write_whole_file(file("a.txt"), "one");
  write_whole_file(file("a.txt"), "two");
  EXPECT_EQ(read_whole_file(file("a.txt")), "two");
  write_whole_file(file("empty"), "");
  EXPECT_EQ(read_whole_file(file("empty")), "");
  const auto files = std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  EXPECT_EQ(files, 2) << "a temporary file was left";
}

TEST_F(TextFiles, KeepsModeAndLink) {
  write_whole_file(file("real"), "one");
  ASSERT_EQ(chmod(file("real").c_str(), 0640), 0);
  fs::create_symlink("real", file("link"));
  write_whole_file(file("link"), "two");
  EXPECT_TRUE(fs::is_symlink(file("link")));
  EXPECT_EQ(read_whole_file(file("real")), "two");
  struct stat status {};
  ASSERT_EQ(stat(file("real").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0640u);
}

TEST_F(TextFiles, ErrorsSayWhatCame) {
  EXPECT_EQ(message([&] { (void)read_whole_file(file("none")); }),
            "cannot read '" + file("none") + "': No such file or directory");
  EXPECT_EQ(message([&] { (void)read_whole_file(folder_.string()); }),
            "cannot read '" + folder_.string() + "': Is a directory");
  EXPECT_EQ(message([&] { write_whole_file(folder_.string(), "x"); }),
            "cannot write '" + folder_.string() + "': Is a directory");
  EXPECT_EQ(message([&] { write_whole_file(file("no/where"), "x"); }),
            "cannot write '" + file("no/where") + "': No such file or directory");
  write_whole_file(file("big"), std::string((2u << 20) + 1, 'x'));
  EXPECT_EQ(message([&] { (void)read_whole_file(file("big"), 2u << 20); }),
            "cannot read '" + file("big") + "': larger than 2 MiB");
  EXPECT_EQ(message([&] { (void)read_whole_file("/dev/zero", 2u << 20); }),
            "cannot read '/dev/zero': larger than 2 MiB");
  write_whole_file("/dev/null", "devices are written, not replaced");
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

}  // namespace
}  // namespace anesim
