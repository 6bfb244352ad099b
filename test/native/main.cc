// Runs the plain C++ tests and prints how many checks each has made. A check
// that fails ends the process with its text and both values.
#include <cstdio>

#include "native_tests.h"

int main() {
  long total = 0;
  for (const auto& [name, run] : uvio::test::kTests) {
    const long checks = run();
    std::printf("%-20s %10ld checks\n", name, checks);
    total += checks;
  }
  std::printf("%-20s %10ld checks\n", "all", total);
  return 0;
}
