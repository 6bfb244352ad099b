// One native loop on Node's own uv_loop_t: handles around the poll, and the
// turn, the one call into TypeScript that handles what the poll has brought.
//
//   prepare: send what was written outside a turn; decide whether to block
//   poll:    read callbacks fill the completion ring
//   check:   turn, again while TypeScript asks for it, then send
//   timers:  turn, when the armed deadline is due
#ifndef UVIO_LOOP_LOOP_H_
#define UVIO_LOOP_LOOP_H_

#include <node_api.h>
#include <uv.h>

#include <cstddef>
#include <cstdint>

#include "loop/completion_ring.h"
#include "loop/io_handle.h"
#include "loop/receive_arenas.h"
#include "loop/records.h"
#include "node/safe_call.h"
#include "util/slot_map.h"
#include "uv/handle.h"

namespace uvio {

// What the loop asks of the streams, which live on the floor above.
class LoopClient {
 public:
  // Send what the turn has submitted.
  virtual void OnAfterTurn() = 0;
  // Once for each poll: send what was submitted since, and resume what can be.
  virtual void OnBeforePoll() = 0;
  // Every handle of the closed loop has gone. The client deletes the loop.
  virtual void OnLoopGone() = 0;

 protected:
  ~LoopClient() = default;
};

class Loop {
 public:
  Loop(uv_loop_t* uv, CompletionRing* completions, ReceiveArenas* arenas,
       LoopClient* client);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Opens the loop's handles. After a failure Close() must follow as well.
  int Open();
  // Closes every handle. OnLoopGone() follows, never from inside this call.
  // Idempotent; allowed inside a turn.
  void Close();
  bool is_closing() const { return is_closing_; }

  void Start();
  void Stop();
  void SetRef(bool is_ref);
  void Wake();
  // Negative: no deadline.
  void Arm(double seconds);

  uv_loop_t* uv() const { return uv_; }
  SafeFunction& turn() { return turn_; }
  SlotMap<IoHandle>& slots() { return slots_; }
  CompletionRing& completions() { return completions_; }
  ReceiveArenas& arenas() { return arenas_; }

  // Kept by the handles and requests themselves.
  void OnHandleOpened() { io_handles_++; }
  void OnHandleClosed();
  void CountRef(int change);
  void CountRequest(int change) { requests_ += change; }
  int64_t io_handles() const { return io_handles_; }
  int64_t requests() const { return requests_; }

 private:
  static constexpr int kOwnHandles = 5;

  static void OnPrepare(uv_prepare_t* handle);
  static void OnCheck(uv_check_t* handle);
  static void OnIdle(uv_idle_t*) {}
  static void OnTimer(uv_timer_t* handle);
  static void OnAsync(uv_async_t* handle);
  template <typename T>
  void CloseOwn(UvHandle<T>* handle);

  bool IsTurnWanted() const;
  void RunTurn();
  void AfterTurn();
  // An active idle handle makes the poll non-blocking, so it is active only
  // while a turn is wanted right after the poll.
  void UpdateIdle();
  void UpdateKeepAlive();
  void MaybeGone();

  uv_loop_t* const uv_;
  CompletionRing& completions_;
  ReceiveArenas& arenas_;
  LoopClient* const client_;
  SafeFunction turn_;
  SlotMap<IoHandle> slots_;

  UvHandle<uv_prepare_t> prepare_;
  UvHandle<uv_check_t> check_;
  UvHandle<uv_idle_t> idle_;
  UvHandle<uv_timer_t> timer_;
  // The one handle that keeps the process alive. It is always active, and
  // waking from other threads will go through it.
  UvHandle<uv_async_t> async_;

  int own_handles_ = 0;     // Open or closing.
  int64_t io_handles_ = 0;  // Open or closing.
  int64_t requests_ = 0;    // Not answered yet.
  int64_t ref_handles_ = 0;

  bool is_started_ = false;
  bool is_ref_ = true;
  bool is_closing_ = false;
  bool is_in_turn_ = false;
  bool is_idle_active_ = false;
  bool is_wake_asked_ = false;
  bool is_timer_due_ = false;
};

}  // namespace uvio

#endif  // UVIO_LOOP_LOOP_H_
