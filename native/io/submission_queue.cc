// Sorts submissions by connection, and sends each chain.
#include "io/submission_queue.h"

#include <algorithm>
#include <cstring>

#include "io/datagram_socket.h"
#include "io/stream.h"
#include "loop/arena.h"
#include "util/check.h"

namespace uvio {

SubmissionQueue::SubmissionQueue(int32_t* ints, size_t length, Arena* arena,
                                 SlotMap<IoHandle>* slots)
    : memory_(ints, length),
      arena_(arena),
      slots_(*slots),
      pieces_(new Piece[memory_.index().capacity()]),
      buffers_(new uv_buf_t[std::min(memory_.index().capacity(), kMaxBuffers)]),
      batch_(new Datagram[kMaxBatch]) {
  memory_.StoreHead(0);
  memory_.StoreTail(0);
}

SubmissionQueue::~SubmissionQueue() { arena_->Unref(); }

void SubmissionQueue::Detach() { memory_.Detach(); }

Stream* SubmissionQueue::FindStream(SlotName name) const {
  IoHandle* handle = slots_.Find(name.slot, name.generation);
  if (handle == nullptr || handle->kind() != IoHandle::Kind::kStream) {
    return nullptr;
  }
  return static_cast<Stream*>(handle);
}

void SubmissionQueue::Absorb() {
  const uint32_t tail = memory_.LoadTail();
  const uint32_t count = memory_.index().Used(absorbed_, tail);
  for (uint32_t i = 0; i < count; i++) {
    // Copied, so that JavaScript cannot change it between check and use.
    const SubmissionRecord record = memory_.At(absorbed_ + i);
    AbsorbOne(record);
  }
  SendBatch();
  absorbed_ = tail;
}

void SubmissionQueue::AbsorbOne(const SubmissionRecord& record) {
  IoHandle* handle = slots_.Find(record.slot, record.generation);
  if (handle == nullptr) return;
  const auto offset = static_cast<uint32_t>(record.offset);
  const auto length = static_cast<uint32_t>(record.length);
  if (length == 0 || length > arena_->size() ||
      offset > arena_->size() - length) {
    return;
  }
  if (handle->kind() != IoHandle::Kind::kStream) {
    if (handle->kind() == IoHandle::Kind::kDatagram) {
      AddDatagram(static_cast<DatagramSocket*>(handle), offset, length);
    }
    return;
  }
  auto* stream = static_cast<Stream*>(handle);
  if (stream->write_error() != 0) return;
  if (stream->last_piece_ >= 0) {
    Piece& last = pieces_[static_cast<size_t>(stream->last_piece_)];
    if (last.offset + last.length == offset) {
      last.length += length;
      return;
    }
  }
  // More pieces than places: JavaScript has written an invalid TAIL.
  if (piece_count_ == memory_.index().capacity()) return;
  const auto index = static_cast<int32_t>(piece_count_++);
  unsent_pieces_++;
  pieces_[static_cast<size_t>(index)] = {offset, length, -1};
  if (stream->last_piece_ >= 0) {
    pieces_[static_cast<size_t>(stream->last_piece_)].next = index;
  } else {
    stream->first_piece_ = index;
    touched_.push_back(stream->name());
  }
  stream->last_piece_ = index;
}

void SubmissionQueue::AddDatagram(DatagramSocket* socket, uint32_t offset,
                                  uint32_t length) {
  if (batch_socket_ != socket || batch_count_ == kMaxBatch) SendBatch();
  batch_socket_ = socket;
  Datagram* next = &batch_[batch_count_];
  if (socket->ReadSubmission(arena_->data() + offset, length, next)) {
    batch_count_++;
  }
}

void SubmissionQueue::SendBatch() {
  if (batch_count_ != 0) batch_socket_->Send(batch_.get(), batch_count_);
  batch_count_ = 0;
  batch_socket_ = nullptr;
}

void SubmissionQueue::SendDatagrams() {
  if (memory_.IsDetached()) return;
  Absorb();
  if (unsent_pieces_ == 0) Release();
}

void SubmissionQueue::SendAll() {
  if (memory_.IsDetached() ||
      (piece_count_ == 0 && memory_.LoadTail() == absorbed_)) {
    return;
  }
  Absorb();
  for (const SlotName name : touched_) {
    Stream* stream = FindStream(name);
    if (stream == nullptr || stream->first_piece_ < 0) continue;
    const int status = SendPieces(stream, nullptr);
    if (status != 0) stream->RecordWritten(status);
  }
  CHECK_EQ(unsent_pieces_, 0);
  Release();
}

int SubmissionQueue::Send(Stream* stream, const uv_buf_t* last) {
  if (memory_.IsDetached()) return UV_EBADF;
  Absorb();
  const int status = SendPieces(stream, last);
  if (unsent_pieces_ == 0) Release();
  return status;
}

int SubmissionQueue::SendPieces(Stream* stream, const uv_buf_t* last) {
  const uint32_t limit = std::min(memory_.index().capacity(), kMaxBuffers);
  int32_t index = stream->first_piece_;
  stream->first_piece_ = stream->last_piece_ = -1;
  int status = stream->write_error();
  while (index >= 0 || last != nullptr) {
    uint32_t count = 0;
    for (; index >= 0 && count < limit; count++) {
      const Piece& piece = pieces_[static_cast<size_t>(index)];
      buffers_[count] =
          uv_buf_init(arena_->data() + piece.offset, piece.length);
      index = piece.next;
    }
    unsent_pieces_ -= count;
    if (index < 0 && last != nullptr && count < limit) {
      buffers_[count++] = *last;
      last = nullptr;
    }
    // After an error the rest is counted as sent, but is not sent.
    if (status == 0) status = stream->Send(buffers_.get(), count);
  }
  return status;
}

void SubmissionQueue::Drop(Stream* stream) {
  for (int32_t index = stream->first_piece_; index >= 0;
       index = pieces_[static_cast<size_t>(index)].next) {
    unsent_pieces_--;
  }
  stream->first_piece_ = stream->last_piece_ = -1;
}

void SubmissionQueue::Release() {
  piece_count_ = 0;
  touched_.clear();
  memory_.StoreHead(absorbed_);
}

}  // namespace uvio
