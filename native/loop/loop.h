// One native loop on Node's uv_loop_t: handles around the poll, and the turn,
// which is the one call into TypeScript that handles the poll's events.
//
//   prepare: send what was written outside a turn; decide whether to block
//   poll:    read callbacks fill the completion ring; turn, whenever they have
//            received much
//   check:   turn, repeated while TypeScript returns AGAIN; then send
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

// The loop's calls to the streams, which are on the floor above.
class LoopClient {
 public:
  // Sends the submissions of the turn.
  virtual void OnAfterTurn() = 0;
  // Called once before each poll. Sends later submissions, and resumes what was
  // refused.
  virtual void OnBeforePoll() = 0;
  // Called when every handle of the closed loop has been closed. Deletes the
  // loop.
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

  // Opens the loop's handles. After a failure none of them is open.
  int Open();
  // Closes every handle. OnLoopGone() follows later, never inside this call.
  // Idempotent, and allowed inside a turn.
  void Close();
  bool is_closing() const { return is_closing_; }

  void Start();
  void Stop();
  bool is_started() const { return is_started_; }
  void SetRef(bool is_ref);
  void Wake();
  // Runs a turn inside the poll if many bytes wait to be handled. The last call
  // of a read callback, since the turn may close the handle.
  void RunTurnIfMuchWaits();
  // Runs a turn after `seconds` at the latest. A negative value clears the
  // deadline.
  void Arm(double seconds);

  uv_loop_t* uv() const { return uv_; }
  SafeFunction& turn() { return turn_; }
  SlotMap<IoHandle>& slots() { return slots_; }
  CompletionRing& completions() { return completions_; }
  ReceiveArenas& arenas() { return arenas_; }

  // Counters, updated by the handles and the requests.
  void OnHandleOpened() { io_handles_++; }
  void OnHandleClosed();
  void CountRef(int change);
  void CountRequest(int change) { requests_ += change; }
  int64_t io_handles() const { return io_handles_; }
  int64_t requests() const { return requests_; }

 private:
  static constexpr int kOwnHandles = 5;
  // Bytes that are handled while they are still in the CPU's nearest caches,
  // and so is the transient arena, which is then filled from its start again.
  static constexpr size_t kMuch = 128 << 10;

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
  // The one handle that keeps the process alive. Always active. A signal to it
  // requests a turn, but no thread sends one yet.
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
