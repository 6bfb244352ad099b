// A loop with its rings, arenas and streams, behind one JavaScript object. Owns
// itself: freed when its last handle was closed, which may be before or after
// the JavaScript object is collected.
#ifndef UVIO_API_LOOP_OBJECT_H_
#define UVIO_API_LOOP_OBJECT_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "io/stream_hub.h"
#include "loop/arena.h"
#include "loop/completion_ring.h"
#include "loop/loop.h"
#include "loop/receive_arenas.h"
#include "node/arguments.h"
#include "util/intrusive_list.h"

namespace uvio {

class Environment;

struct LoopStats {
  int64_t handles = 0;
  int64_t requests = 0;
  int64_t slots = 0;
  int64_t arenas = 0;
};

Napi::Object MakeStats(Napi::Env env, const LoopStats& stats);

struct LoopOptions {
  SharedInts completions;
  SharedInts submissions;
  size_t send_arena_bytes = 0;
  size_t transient_arena_bytes = 0;
  size_t lasting_arena_bytes = 0;
  napi_value turn = nullptr;
};

class LoopObject final : public ListNode, public LoopClient {
 public:
  // The part that belongs to the JavaScript object, and lives as long as that.
  struct Holder {
    LoopObject* object = nullptr;
    // For stats() after the loop was freed.
    std::shared_ptr<ArenaPool> pool;
  };

  // Opens the loop and defines the object's own properties. After a failure an
  // exception is pending, and the holder is empty.
  static void New(const LoopOptions& options, Napi::Object self,
                  Holder* holder);

  // Idempotent.
  void Close();
  // Called when the JavaScript object was collected.
  void OnCollected();

  Loop& loop() { return loop_; }
  StreamHub& hub() { return hub_; }
  LoopStats Stats();

 private:
  LoopObject(Environment* environment, uv_loop_t* uv,
             const LoopOptions& options, std::shared_ptr<ArenaPool> pool,
             Arena* send, Arena* transient, Holder* holder);
  ~LoopObject();

  void OnAfterTurn() override { hub_.submissions().SendAll(); }
  void OnBeforePoll() override { hub_.OnBeforePoll(); }
  void OnLoopGone() override;

  bool Refer(const LoopOptions& options, Napi::Object self, Arena* send,
             Arena* transient);

  napi_env const env_;
  Environment& environment_;
  Holder* holder_;  // Null once the JavaScript object is collected.
  const std::shared_ptr<ArenaPool> pool_;
  // Strong: the loop writes into the memory behind them until it closes.
  napi_ref completions_array_ = nullptr;
  napi_ref submissions_array_ = nullptr;
  // Each of these uses those above it.
  CompletionRing completions_;
  ReceiveArenas arenas_;
  Loop loop_;
  StreamHub hub_;
};

}  // namespace uvio

#endif  // UVIO_API_LOOP_OBJECT_H_
