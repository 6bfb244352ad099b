#include "latency.h"

enum {
  kStepBits = 7,
  kSteps = 1 << kStepBits,
  kBuckets = (64 - kStepBits + 1) * kSteps
};

static uint64_t histogram[kBuckets];
static uint64_t histogram_count, latency_max;

void record_latency(uint64_t ns) {
  unsigned bucket;
  if (ns < kSteps) {
    bucket = (unsigned)ns;
  } else {
    unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - kStepBits;
    bucket = (shift + 1) * kSteps + (unsigned)((ns >> shift) - kSteps);
  }
  histogram[bucket]++;
  histogram_count++;
  if (ns > latency_max) latency_max = ns;
}

double percentile_us(double percent) {
  uint64_t rank = (uint64_t)((double)histogram_count * percent / 100.0),
           seen = 0;
  if (rank >= histogram_count) rank = histogram_count - 1;
  for (unsigned bucket = 0; bucket < kBuckets; bucket++) {
    seen += histogram[bucket];
    if (seen > rank) {
      if (bucket < kSteps) return (double)bucket / 1e3;
      unsigned shift = bucket / kSteps - 1;
      uint64_t low = (uint64_t)(kSteps + bucket % kSteps) << shift;
      double middle = (double)low + (double)((uint64_t)1 << shift) / 2;
      return (middle < (double)latency_max ? middle : (double)latency_max) /
             1e3;
    }
  }
  return (double)latency_max / 1e3;
}

double latency_max_us(void) { return (double)latency_max / 1e3; }
