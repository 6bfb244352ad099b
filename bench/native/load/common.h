// Functions that all parts of the load generator use.
#ifndef UVIO_BENCH_LOAD_COMMON_H_
#define UVIO_BENCH_LOAD_COMMON_H_

#include <stddef.h>
#include <stdint.h>

// Prints one sentence on stderr and ends the process with 1.
void fail(const char* format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

// Allocates zeroed memory; ends the process if there is none.
void* allocate(size_t count, size_t size);

// The monotonic clock, in nanoseconds.
uint64_t now_ns(void);

#endif  // UVIO_BENCH_LOAD_COMMON_H_
