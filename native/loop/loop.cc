// Runs turns around the poll, and decides whether the poll may block and
// whether the process stays alive.
#include "loop/loop.h"

#include <signal.h>

#include <algorithm>
#include <cmath>

#include "util/check.h"

namespace uvio {

namespace {

// Blocks SIGPIPE in this thread: a write to a reset peer must fail, not end the
// process. Node ignores the signal, but process.off("SIGPIPE") in a user's
// program restores the default. Children do not inherit the mask, because libuv
// resets it.
void BlockSigpipe() {
  sigset_t set;
  CHECK_OK(sigemptyset(&set));
  CHECK_OK(sigaddset(&set, SIGPIPE));
  // On the systems that Node runs on it sets the thread's mask, as
  // pthread_sigmask() does, which old C libraries have in another file.
  CHECK_OK(sigprocmask(SIG_BLOCK, &set, nullptr));
}

}  // namespace

Loop::Loop(uv_loop_t* uv, CompletionRing* completions, ReceiveArenas* arenas,
           LoopClient* client)
    : uv_(uv), completions_(*completions), arenas_(*arenas), client_(client) {}

Loop::~Loop() {
  CHECK_EQ(own_handles_, 0);
  CHECK_EQ(io_handles_, 0);
  CHECK_EQ(requests_, 0);
}

int Loop::Open() {
  BlockSigpipe();
  // The only call that can fail comes first.
  const int status =
      async_.Opened(uv_async_init(uv_, async_.get(), OnAsync), this);
  if (status != 0) return status;
  CHECK_OK(prepare_.Opened(uv_prepare_init(uv_, prepare_.get()), this));
  CHECK_OK(check_.Opened(uv_check_init(uv_, check_.get()), this));
  CHECK_OK(idle_.Opened(uv_idle_init(uv_, idle_.get()), this));
  CHECK_OK(timer_.Opened(uv_timer_init(uv_, timer_.get()), this));
  own_handles_ = kOwnHandles;
  uv_unref(prepare_.base());
  uv_unref(check_.base());
  // The idle handle stays referenced. It is active only while callbacks are
  // ready, which keeps the process alive as setImmediate() does, even if the
  // loop is unref'd.
  uv_unref(timer_.base());
  CHECK_OK(uv_prepare_start(prepare_.get(), OnPrepare));
  CHECK_OK(uv_check_start(check_.get(), OnCheck));
  UpdateKeepAlive();
  return 0;
}

template <typename T>
void Loop::CloseOwn(UvHandle<T>* handle) {
  handle->Close([](uv_handle_t* closed) {
    auto* self = static_cast<Loop*>(closed->data);
    UvHandle<T>::From(closed)->SetClosed();
    self->own_handles_--;
    self->MaybeGone();
  });
}

void Loop::Close() {
  if (is_closing_) return;
  is_closing_ = true;
  is_started_ = false;
  turn_.Dispose();
  slots_.ForEach([](IoHandle* handle) { handle->Close(); });
  completions_.Detach();
  CloseOwn(&prepare_);
  CloseOwn(&check_);
  CloseOwn(&idle_);
  CloseOwn(&timer_);
  CloseOwn(&async_);
}

void Loop::OnHandleClosed() {
  io_handles_--;
  MaybeGone();
}

void Loop::MaybeGone() {
  // libuv answers every request of a handle before it closes the handle.
  if (is_closing_ && own_handles_ == 0 && io_handles_ == 0) {
    client_->OnLoopGone();
  }
}

void Loop::Start() {
  if (is_closing_ || is_started_) return;
  is_started_ = true;
  turn_.Hold();  // Stop() releases it.
  UpdateKeepAlive();
  UpdateIdle();
}

void Loop::Stop() {
  if (is_closing_ || !is_started_) return;
  is_started_ = false;
  turn_.Release();
  UpdateKeepAlive();
  UpdateIdle();
}

void Loop::SetRef(bool is_ref) {
  is_ref_ = is_ref;
  UpdateKeepAlive();
}

void Loop::CountRef(int change) {
  ref_handles_ += change;
  UpdateKeepAlive();
}

void Loop::UpdateKeepAlive() {
  if (!async_.IsOpen()) return;
  if (is_started_ && (is_ref_ || ref_handles_ > 0)) {
    uv_ref(async_.base());
  } else {
    uv_unref(async_.base());
  }
}

void Loop::Wake() {
  if (is_closing_) return;
  is_wake_asked_ = true;
  UpdateIdle();
}

void Loop::RunTurnIfMuchWaits() {
  if (arenas_.unhandled() >= kMuch) RunTurn();
}

void Loop::Arm(double seconds) {
  if (is_closing_) return;
  is_timer_due_ = false;
  if (seconds < 0) {
    CHECK_OK(uv_timer_stop(timer_.get()));
    return;
  }
  // libuv counts whole milliseconds from its cached time, which is as old as
  // the last poll. So the deadline is computed from the real clock and rounded
  // up: the timer is never early.
  constexpr double kLongest = 1e9;  // Seconds.
  const double now = static_cast<double>(uv_hrtime()) / 1e6;
  const double due = std::ceil(now + std::min(seconds, kLongest) * 1e3);
  const double from = static_cast<double>(uv_now(uv_));
  const auto timeout = static_cast<uint64_t>(std::max(due - from, 0.0));
  CHECK_OK(uv_timer_start(timer_.get(), OnTimer, timeout, 0));
}

void Loop::OnPrepare(uv_prepare_t* handle) {
  auto* self = static_cast<Loop*>(handle->data);
  self->client_->OnBeforePoll();
  self->UpdateIdle();
}

void Loop::OnCheck(uv_check_t* handle) {
  auto* self = static_cast<Loop*>(handle->data);
  if (self->IsTurnWanted()) self->RunTurn();
}

void Loop::OnTimer(uv_timer_t* handle) {
  auto* self = static_cast<Loop*>(handle->data);
  self->is_timer_due_ = true;
  self->RunTurn();
}

void Loop::OnAsync(uv_async_t* handle) {
  static_cast<Loop*>(handle->data)->is_wake_asked_ = true;
}

bool Loop::IsTurnWanted() const {
  return is_started_ &&
         (is_wake_asked_ || is_timer_due_ || !completions_.IsConsumed());
}

void Loop::RunTurn() {
  if (is_in_turn_ || !is_started_) return;
  is_in_turn_ = true;
  auto result = TurnResult::kDone;
  do {
    is_wake_asked_ = false;
    is_timer_due_ = false;
    completions_.Refill();
    int32_t value = 0;
    const CallOutcome outcome = turn_.Call(&value);
    result = static_cast<TurnResult>(value);
    if (outcome == CallOutcome::kDying) Close();
    // After an exception the rest of the turn is run after the next poll.
    if (outcome == CallOutcome::kThrew) result = TurnResult::kYield;
  } while (result == TurnResult::kAgain && is_started_);
  is_in_turn_ = false;
  if (is_closing_) return;
  // Also if the run was stopped before the next call, so that the next run
  // continues from here.
  if (result == TurnResult::kAgain || result == TurnResult::kYield) {
    is_wake_asked_ = true;
  }
  AfterTurn();
}

void Loop::AfterTurn() {
  if (completions_.IsConsumed()) arenas_.OnConsumed();
  client_->OnAfterTurn();
  UpdateIdle();
}

void Loop::UpdateIdle() {
  if (is_closing_ || is_in_turn_) return;
  const bool is_wanted = IsTurnWanted();
  if (is_wanted == is_idle_active_) return;
  is_idle_active_ = is_wanted;
  if (is_wanted) {
    CHECK_OK(uv_idle_start(idle_.get(), OnIdle));
  } else {
    CHECK_OK(uv_idle_stop(idle_.get()));
  }
}

}  // namespace uvio
