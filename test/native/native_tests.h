// The plain C++ tests. Each returns the number of checks it has made.
#ifndef UVIO_TEST_NATIVE_NATIVE_TESTS_H_
#define UVIO_TEST_NATIVE_NATIVE_TESTS_H_

namespace uvio::test {

long RingTest();
long SlotMapTest();
long IntrusiveListTest();
long CompletionRingTest();

struct Test {
  const char* name;
  long (*run)();
};

inline constexpr Test kTests[] = {
    {"ring", RingTest},
    {"slot map", SlotMapTest},
    {"intrusive list", IntrusiveListTest},
    {"completion ring", CompletionRingTest},
};

}  // namespace uvio::test

#endif  // UVIO_TEST_NATIVE_NATIVE_TESTS_H_
