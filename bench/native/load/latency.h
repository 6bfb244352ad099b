// Latency histogram: 128 steps per power of two of nanoseconds, so a percentile
// is right to 0.8 %.
#ifndef UVIO_BENCH_LOAD_LATENCY_H_
#define UVIO_BENCH_LOAD_LATENCY_H_

#include <stdint.h>

void record_latency(uint64_t ns);

// Of all that was recorded, in microseconds.
double percentile_us(double percent);
double latency_max_us(void);

#endif  // UVIO_BENCH_LOAD_LATENCY_H_
