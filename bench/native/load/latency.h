// Latency histogram: 128 steps per power of two of nanoseconds, so a percentile
// has an error of at most 0.8 %.
#ifndef UVIO_BENCH_LOAD_LATENCY_H_
#define UVIO_BENCH_LOAD_LATENCY_H_

#include <stdint.h>

void record_latency(uint64_t ns);

// A percentile of all recorded latencies, in microseconds.
double percentile_us(double percent);
double latency_max_us(void);

#endif  // UVIO_BENCH_LOAD_LATENCY_H_
