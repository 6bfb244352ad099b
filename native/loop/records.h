// The record layout of the two rings, on the C++ side. A test compares it with
// src/native-loop/boundary/layout.ts through `binding.layout`.
//
//   | header: 8 ints | record 0 | record 1 | ... | record capacity-1 |
#ifndef UVIO_LOOP_RECORDS_H_
#define UVIO_LOOP_RECORDS_H_

#include <cstddef>
#include <cstdint>

namespace uvio {

struct RingHeader {
  // Next record to consume. Written by the consumer only.
  uint32_t head;
  // Next record to fill. Written by the producer only.
  uint32_t tail;
  // Completions only: the length of the overflow list. Written by C++.
  int32_t overflow;
  int32_t reserved[5];
};

// Written by C++ during the poll, handled by TypeScript after it.
struct CompletionRecord {
  int32_t slot;
  int32_t generation;
  int32_t op;
  int32_t status;
  int32_t offset;
  int32_t length;
};

// Written by TypeScript in transport.write, sent by C++ after the turn.
struct SubmissionRecord {
  int32_t slot;
  int32_t generation;
  int32_t offset;
  int32_t length;
};

enum class Op : int32_t {
  kData = 1,
  kEof = 2,
  kReadError = 3,
  kAccept = 4,
  kConnect = 5,
  kWritten = 6,
  kShutdown = 7,
  kRetired = 8,
  kPoll = 9,
  kExit = 10,
};

enum class ReadMode : int32_t { kLasting = 0, kTransient = 1 };

enum class TurnResult : int32_t { kDone = 0, kAgain = 1, kYield = 2 };

// The transient arena's id in DATA records. Lasting arenas have ids from 0.
inline constexpr int32_t kTransientArena = -1;

// The size of a record, in ints.
template <typename T>
inline constexpr size_t kInts = sizeof(T) / sizeof(int32_t);

static_assert(sizeof(RingHeader) == 8 * sizeof(int32_t));
static_assert(offsetof(RingHeader, head) == 0);
static_assert(offsetof(RingHeader, tail) == 4);
static_assert(offsetof(RingHeader, overflow) == 8);

static_assert(sizeof(CompletionRecord) == 6 * sizeof(int32_t));
static_assert(offsetof(CompletionRecord, slot) == 0);
static_assert(offsetof(CompletionRecord, generation) == 4);
static_assert(offsetof(CompletionRecord, op) == 8);
static_assert(offsetof(CompletionRecord, status) == 12);
static_assert(offsetof(CompletionRecord, offset) == 16);
static_assert(offsetof(CompletionRecord, length) == 20);

static_assert(sizeof(SubmissionRecord) == 4 * sizeof(int32_t));
static_assert(offsetof(SubmissionRecord, slot) == 0);
static_assert(offsetof(SubmissionRecord, generation) == 4);
static_assert(offsetof(SubmissionRecord, offset) == 8);
static_assert(offsetof(SubmissionRecord, length) == 12);

}  // namespace uvio

#endif  // UVIO_LOOP_RECORDS_H_
