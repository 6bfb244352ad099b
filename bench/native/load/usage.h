// CPU time and memory of the server, read from /proc, and of this process.
#ifndef UVIO_BENCH_LOAD_USAGE_H_
#define UVIO_BENCH_LOAD_USAGE_H_

#include <stdbool.h>
#include <sys/types.h>

struct Cpu {
  // From /proc/PID/stat: all threads, including ended ones, in clock ticks
  // (10 ms).
  double user, system;
  // Nanoseconds from /proc/PID/task/*/schedstat: all running threads. Exact,
  // but without ended threads.
  double exact;
  bool has_exact;
};

struct Cpu read_cpu(pid_t pid);

// Bytes of resident memory.
long long read_rss(pid_t pid);

// Seconds of this process.
double own_cpu(void);

#endif  // UVIO_BENCH_LOAD_USAGE_H_
