// Lists the constants of the shared records.
#include "api/values.h"
#include "io/process.h"
#include "loop/records.h"
#include "uv/address.h"
#include "uv/socket_address.h"

namespace uvio {

namespace {

template <typename T>
constexpr int32_t Value(T value) {
  return static_cast<int32_t>(value);
}

// The index of a field, in ints.
constexpr int32_t Place(size_t offset) {
  return static_cast<int32_t>(offset / sizeof(int32_t));
}

constexpr Constant kConstants[] = {
    {"Header.HEAD", Place(offsetof(RingHeader, head))},
    {"Header.TAIL", Place(offsetof(RingHeader, tail))},
    {"Header.OVERFLOW", Place(offsetof(RingHeader, overflow))},
    {"Header.INTS", Value(kInts<RingHeader>)},
    {"Completion.SLOT", Place(offsetof(CompletionRecord, slot))},
    {"Completion.GENERATION", Place(offsetof(CompletionRecord, generation))},
    {"Completion.OP", Place(offsetof(CompletionRecord, op))},
    {"Completion.STATUS", Place(offsetof(CompletionRecord, status))},
    {"Completion.OFFSET", Place(offsetof(CompletionRecord, offset))},
    {"Completion.LENGTH", Place(offsetof(CompletionRecord, length))},
    {"Completion.INTS", Value(kInts<CompletionRecord>)},
    {"Op.DATA", Value(Op::kData)},
    {"Op.EOF", Value(Op::kEof)},
    {"Op.READ_ERROR", Value(Op::kReadError)},
    {"Op.ACCEPT", Value(Op::kAccept)},
    {"Op.CONNECT", Value(Op::kConnect)},
    {"Op.WRITTEN", Value(Op::kWritten)},
    {"Op.SHUTDOWN", Value(Op::kShutdown)},
    {"Op.RETIRED", Value(Op::kRetired)},
    {"Op.POLL", Value(Op::kPoll)},
    {"Op.EXIT", Value(Op::kExit)},
    {"ChildStdio.NOTHING", Value(ChildStdio::kNothing)},
    {"ChildStdio.READS", Value(ChildStdio::kReads)},
    {"ChildStdio.WRITES", Value(ChildStdio::kWrites)},
    {"ChildStdio.AS_STDOUT", Value(ChildStdio::kAsStdout)},
    {"Submission.SLOT", Place(offsetof(SubmissionRecord, slot))},
    {"Submission.GENERATION", Place(offsetof(SubmissionRecord, generation))},
    {"Submission.OFFSET", Place(offsetof(SubmissionRecord, offset))},
    {"Submission.LENGTH", Place(offsetof(SubmissionRecord, length))},
    {"Submission.INTS", Value(kInts<SubmissionRecord>)},
    {"ReadMode.LASTING", Value(ReadMode::kLasting)},
    {"ReadMode.TRANSIENT", Value(ReadMode::kTransient)},
    {"TRANSIENT_ARENA", kTransientArena},
    {"PackedAddress.FAMILY", Value(offsetof(PackedAddress, family))},
    {"PackedAddress.PORT", Value(offsetof(PackedAddress, port))},
    {"PackedAddress.SCOPE", Value(offsetof(PackedAddress, scope))},
    {"PackedAddress.HOST", Value(offsetof(PackedAddress, host))},
    {"PackedAddress.BYTES", Value(sizeof(PackedAddress))},
    {"PackedPath.LENGTH", Value(offsetof(PackedPath, length))},
    {"PackedPath.PATH", Value(offsetof(PackedPath, path))},
    {"PackedPath.BYTES", Value(sizeof(PackedPath))},
    {"Turn.DONE", Value(TurnResult::kDone)},
    {"Turn.AGAIN", Value(TurnResult::kAgain)},
    {"Turn.YIELD", Value(TurnResult::kYield)},
};

}  // namespace

Napi::Object MakeLayout(Napi::Env env) {
  return MakeConstants(env, kConstants);
}

}  // namespace uvio
