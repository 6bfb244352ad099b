// Constructs a Loop from its options, and defines its class.
#include "api/loop_wrap.h"

#include "loop/ring_memory.h"
#include "node/arguments.h"

namespace uvio {

namespace {

template <typename Record>
SharedInts ReadRing(Arguments* arguments, const char* name) {
  const SharedInts ints = arguments->Ints(name);
  if (!RingMemory<Record>::IsLength(ints.length)) {
    arguments->RangeError(name, "a header and a power of two of records long");
  }
  return ints;
}

size_t ReadArenaSize(Arguments* arguments, const char* name) {
  constexpr size_t kMaxArena = size_t{1} << 30;
  const size_t size = arguments->Size(name, kMaxArena);
  if (size == 0) arguments->RangeError(name, "at least 1");
  return size;
}

}  // namespace

LoopWrap::LoopWrap(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<LoopWrap>(info) {
  if (IsEmpty()) return;  // The environment is ending.
  Arguments arguments(info);
  arguments.OpenObject("options");
  LoopOptions options;
  options.completions = ReadRing<CompletionRecord>(&arguments, "completions");
  options.submissions = ReadRing<SubmissionRecord>(&arguments, "submissions");
  options.send_arena_bytes = ReadArenaSize(&arguments, "sendArenaBytes");
  options.transient_arena_bytes =
      ReadArenaSize(&arguments, "transientArenaBytes");
  options.lasting_arena_bytes = ReadArenaSize(&arguments, "lastingArenaBytes");
  options.turn = arguments.Function("turn");
  if (arguments.failed()) return;
  LoopObject::New(options, info.This().As<Napi::Object>(), &holder_);
}

LoopWrap::~LoopWrap() {
  if (holder_.object != nullptr) holder_.object->OnCollected();
}

Napi::Function LoopWrap::Define(Napi::Env env) {
  LoopMethods methods;
  AddLifecycleMethods(&methods);
  AddStreamMethods(&methods);
  AddTcpMethods(&methods);
  AddPipeMethods(&methods);
  AddDatagramMethods(&methods);
  AddPollMethods(&methods);
  AddSocketMethods(&methods);
  AddProcessMethods(&methods);
  return DefineClass(env, "Loop", methods.list());
}

}  // namespace uvio
