// The record layout of the two rings, as C++ sees it. src/native-loop/boundary/layout.ts is
// the other side; a test compares the two through `binding.layout`.
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
  // Completions only: records waiting in the overflow list. Written by C++.
  int32_t overflow;
  int32_t reserved[5];
};

// C++ fills it during the poll phase, TypeScript handles it after the poll.
struct CompletionRecord {
  int32_t slot;
  int32_t generation;
  int32_t op;
  int32_t status;
  int32_t offset;
  int32_t length;
};

// TypeScript appends it in transport.write, C++ sends it after the tick.
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

// What DATA records carry for the transient arena; others have ids from 0.
inline constexpr int32_t kTransientArena = -1;

// Places in the rings, in ints.
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
