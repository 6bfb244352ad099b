// CHECK and its variants: assertions that stay on in release builds. An event
// loop that continues after a broken invariant corrupts its user's data.
#ifndef UVIO_UTIL_CHECK_H_
#define UVIO_UTIL_CHECK_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace uvio {

[[noreturn]] inline void CheckFailed(const char* file, int line,
                                     const char* condition) {
  std::fprintf(stderr, "uvio: %s:%d: check failed: %s\n", file, line,
               condition);
  std::fflush(stderr);
  std::abort();
}

[[noreturn]] inline void CheckValuesFailed(const char* file, int line,
                                           const char* condition,
                                           std::intmax_t left,
                                           std::intmax_t right) {
  std::fprintf(stderr, "uvio: %s:%d: check failed: %s (%jd, %jd)\n", file, line,
               condition, left, right);
  std::fflush(stderr);
  std::abort();
}

}  // namespace uvio

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) [[unlikely]] {                            \
      ::uvio::CheckFailed(__FILE_NAME__, __LINE__, #condition); \
    }                                                           \
  } while (0)

// Compares two integers and prints both when they differ.
#define CHECK_EQ(left, right)                                                 \
  do {                                                                        \
    const std::intmax_t check_left = static_cast<std::intmax_t>(left);        \
    const std::intmax_t check_right = static_cast<std::intmax_t>(right);      \
    if (check_left != check_right) [[unlikely]] {                             \
      ::uvio::CheckValuesFailed(__FILE_NAME__, __LINE__, #left " == " #right, \
                                check_left, check_right);                     \
    }                                                                         \
  } while (0)

// For calls that cannot fail with the arguments they are given.
#define CHECK_OK(call) CHECK_EQ(call, 0)

#endif  // UVIO_UTIL_CHECK_H_
