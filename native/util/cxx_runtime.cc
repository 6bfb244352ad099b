// Defines the few functions of the C++ library that the addon calls, so that it
// needs no libstdc++ where it runs: a compiled addon then loads on every system
// that Node itself supports. Linking libstdc++.a instead would bring in its
// exceptions, which call newer functions of glibc than those systems have.
//
// The linker takes these before the library's, for this addon alone, since
// native/exports.map hides them. Without exceptions each failure ends the
// process, as an exception that is not caught would.
#include <cstdlib>
#include <new>

#include "util/check.h"

#ifdef __GLIBCXX__

namespace {

[[noreturn]] void Fail(const char* what) {
  uvio::CheckFailed(__FILE_NAME__, __LINE__, what);
}

}  // namespace

void* operator new(size_t size) {
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) [[unlikely]] {
    Fail("memory is left");
  }
  return memory;
}
void* operator new[](size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the
// names are those of the C++ library and of glibc.
namespace std {

void __throw_bad_alloc() { Fail("memory is left"); }
void __throw_bad_array_new_length() { Fail("an array has a valid length"); }
void __throw_length_error(const char* what) { Fail(what); }
void __throw_logic_error(const char* what) { Fail(what); }
void __throw_out_of_range_fmt(const char* what, ...) { Fail(what); }
void __throw_system_error(int) { Fail("a mutex can be locked"); }

}  // namespace std

extern "C" {

void __cxa_pure_virtual() { Fail("a virtual function is defined"); }

// Read by shared_ptr, newer in glibc than the addon may ask for. Node always
// has several threads.
extern char __libc_single_threaded;
char __libc_single_threaded = 0;

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

#endif  // __GLIBCXX__
