// Loop's methods for the loop itself: runs, wake-ups, arenas, rings.
#include "api/loop_wrap.h"
#include "api/values.h"
#include "node/arguments.h"

namespace uvio {

namespace {

template <void (Loop::*action)()>
void Do(LoopCall& call) {
  if (call.loop() != nullptr) (call.loop()->*action)();
}

void SetRef(LoopCall& call) {
  const bool is_ref = call.Bool("ref");
  if (!call.failed() && call.loop() != nullptr) call.loop()->SetRef(is_ref);
}

void Arm(LoopCall& call) {
  const double seconds = call.Double("seconds");
  if (!call.failed() && call.loop() != nullptr) call.loop()->Arm(seconds);
}

void Close(LoopCall& call) {
  if (call.object() != nullptr) call.object()->Close();
}

void Flush(LoopCall& call) {
  if (call.hub() != nullptr) call.hub()->submissions().SendAll();
}

// The one method that also answers for a closed loop.
Napi::Value Stats(LoopCall& call) {
  const LoopObject::Holder& holder = call.holder();
  LoopStats stats;
  if (holder.object != nullptr) {
    stats = holder.object->Stats();
  } else if (holder.pool != nullptr) {
    stats.arenas = holder.pool->lent();
  }
  return MakeStats(call.env(), stats);
}

Napi::Value ProvideArena(LoopCall& call) {
  if (call.loop() == nullptr) {
    ThrowError(call.env(), "EBADF", "The loop is closed");
    return {};
  }
  ReceiveArenas& arenas = call.loop()->arenas();
  const int32_t id = arenas.Provide();
  if (id < 0) {
    ThrowError(call.env(), "ENOMEM", "Not enough memory for an arena");
    return {};
  }
  const napi_value memory = arenas.Find(id)->Lend(call.env());
  if (memory == nullptr) return {};
  Napi::Object result = Napi::Object::New(call.env());
  result.Set("id", id);
  result.Set("memory", memory);
  return result;
}

Napi::Value CopyFromArena(LoopCall& call) {
  const int32_t id = call.Int32("arena");
  const Arena* arena =
      call.loop() == nullptr ? nullptr : call.loop()->arenas().Find(id);
  if (arena == nullptr) call.RangeError("arena", "the id of an arena");
  const size_t size = arena == nullptr ? 0 : arena->size();
  const size_t offset = call.Size("offset", size);
  const size_t length = call.Size("length", size - offset);
  if (arena == nullptr || call.failed()) return {};
  return CopyToArrayBuffer(call.env(), arena->data() + offset, length);
}

uint32_t Refill(LoopCall& call) {
  return call.loop() == nullptr ? 0 : call.loop()->completions().Refill();
}

}  // namespace

void AddLifecycleMethods(LoopMethods* methods) {
  methods->Add<Do<&Loop::Start>>("start");
  methods->Add<Do<&Loop::Stop>>("stop");
  methods->Add<SetRef>("setRef");
  methods->Add<Do<&Loop::Wake>>("wake");
  methods->Add<Arm>("arm");
  methods->Add<Close>("close");
  methods->Add<Flush>("flush");
  methods->Add<Stats>("stats");
  methods->Add<ProvideArena>("provideArena");
  methods->Add<CopyFromArena>("copyFromArena");
  methods->Add<Refill>("refill");
}

}  // namespace uvio
