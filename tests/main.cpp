// Own main: libsystemc exports one too, and gtest_main behind it would run no test.
#include <gtest/gtest.h>

extern "C" int sc_main(int, char*[]) { return 0; }

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
