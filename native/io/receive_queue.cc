// Promises room to waiting receivers before each poll, and keeps it for them.
#include "io/receive_queue.h"

#include <algorithm>

#include "loop/loop.h"
#include "util/check.h"

namespace uvio {

void ReceiveQueue::BeginRound() {
  round_++;
  promises_ = 0;
  // Alternately first, since both need records of the one ring.
  const bool is_odd = round_ % 2 != 0;
  Resume(is_odd ? ReadMode::kLasting : ReadMode::kTransient);
  Resume(is_odd ? ReadMode::kTransient : ReadMode::kLasting);
}

// Resumes as many receivers as will find room; more would only wake the poll to
// be refused again.
void ReceiveQueue::Resume(ReadMode mode) {
  Share& share = shares_[static_cast<size_t>(mode)];
  share.promised = 0;
  if (share.waiting.IsEmpty()) return;
  const size_t bytes = loop_.arenas().SureRoom(mode);
  const size_t records = loop_.completions().Room();
  while (Receiver* receiver = share.waiting.Front()) {
    // One receiver gets what there is, even if it expects more.
    const size_t free = bytes - share.promised;
    const size_t expected =
        loop_.arenas().RoundUp(mode, receiver->expected_bytes_);
    const bool fits = share.promised == 0 ? free != 0 : expected <= free;
    if (!fits || promises_ >= records) return;
    receiver->Unlink();
    receiver->promise_ = static_cast<uint32_t>(std::min(expected, free));
    receiver->promise_round_ = round_;
    share.promised += receiver->promise_;
    promises_++;
    receiver->ResumeRead();
  }
}

bool ReceiveQueue::Reserve(const Receiver* receiver,
                           ReceiveArenas::Region* region) const {
  const ReadMode mode = receiver->read_mode_;
  const size_t own = PromiseOf(receiver);
  const size_t own_records = own != 0 ? 1 : 0;
  if (loop_.completions().Room() <= promises_ - own_records) return false;
  size_t limit = mode == ReadMode::kTransient ? ReceiveArenas::kMaxTransientRead
                                              : ReceiveArenas::kMaxRead;
  const size_t others = shares_[static_cast<size_t>(mode)].promised - own;
  if (others != 0) {
    const size_t room = loop_.arenas().SureRoom(mode);
    const size_t wanted = own != 0 ? own : loop_.arenas().MinRead(mode);
    if (room < others || room - others < wanted) return false;
    limit = std::min(limit, loop_.arenas().RoundDown(mode, room - others));
  }
  return loop_.arenas().Reserve(mode, limit, region);
}

void ReceiveQueue::Commit(Receiver* receiver, size_t length) {
  const ReadMode mode = receiver->read_mode_;
  EndPromise(receiver);
  receiver->read_round_ = static_cast<uint32_t>(round_);
  const ReceiveArenas::Place place = loop_.arenas().Commit(mode, length);
  loop_.completions().Push(Op::kData, receiver->name().slot,
                           receiver->name().generation, place.arena,
                           place.offset, static_cast<int32_t>(length));
  if (mode == ReadMode::kLasting) loop_.arenas().RetireIfFull();
}

void ReceiveQueue::Wait(Receiver* receiver) {
  if (receiver->IsLinked()) return;
  // A promise that could not be kept, because other events have filled the
  // ring, is renewed first.
  const bool is_first = PromiseOf(receiver) != 0;
  EndPromise(receiver);
  if (is_first) {
    ShareOf(receiver).waiting.PushFront(receiver);
  } else {
    ShareOf(receiver).waiting.PushBack(receiver);
  }
}

void ReceiveQueue::Leave(Receiver* receiver) {
  receiver->Unlink();
  EndPromise(receiver);
}

void ReceiveQueue::SetMode(Receiver* receiver, ReadMode mode) {
  if (mode == receiver->read_mode_) return;
  const bool is_waiting = receiver->IsLinked();
  Leave(receiver);
  receiver->read_mode_ = mode;
  if (is_waiting) Wait(receiver);
}

void ReceiveQueue::EndPromise(Receiver* receiver) {
  const size_t promise = PromiseOf(receiver);
  if (promise == 0) return;
  Share& share = ShareOf(receiver);
  CHECK(share.promised >= promise && promises_ > 0);
  share.promised -= promise;
  promises_--;
  receiver->promise_ = 0;
}

}  // namespace uvio
