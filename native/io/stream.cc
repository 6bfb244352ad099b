// Reads into the arenas; writes to the kernel directly or through libuv's
// queue.
#include "io/stream.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "io/stream_hub.h"
#include "io/write_request.h"
#include "loop/loop.h"
#include "util/check.h"
#include "uv/descriptor.h"
#include "uv/try_write.h"

namespace uvio {

Stream::Stream(StreamHub* hub)
    : Receiver(&hub->loop(), Kind::kStream, ReadMode::kLasting,
               ReceiveArenas::kMinRead),
      hub_(*hub) {}

void Stream::Record(Op op, int status, int32_t offset) {
  loop().completions().Push(op, name().slot, name().generation, status, offset,
                            0);
}

void Stream::OnClosing() {
  hub_.receives().Leave(this);
  hub_.submissions().Drop(this);
}

int Stream::ReadStart(ReadMode mode) {
  hub_.receives().SetMode(this, mode);
  if (is_reading_) return 0;
  const int status = uv_read_start(stream(), OnAlloc, OnRead);
  is_reading_ = status == 0;
  return status;
}

void Stream::ReadStop() {
  hub_.receives().Leave(this);
  is_reading_ = false;
  uv_read_stop(stream());
}

void Stream::ResumeRead() {
  CHECK(is_reading_ && !IsLinked());
  const int status = uv_read_start(stream(), OnAlloc, OnRead);
  if (status == 0) return;
  is_reading_ = false;
  Record(Op::kReadError, status);
}

void Stream::OnAlloc(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  auto* self = static_cast<Stream*>(handle->data);
  ReceiveQueue& queue = self->hub_.receives();
  ReceiveArenas::Region region = {nullptr, 0};
  if (!queue.HasRead(self)) queue.Reserve(self, &region);
  *buffer = uv_buf_init(region.data, static_cast<unsigned>(region.length));
}

void Stream::OnRead(uv_stream_t* stream, ssize_t count,
                    const uv_buf_t* buffer) {
  auto* self = static_cast<Stream*>(stream->data);
  ReceiveQueue& queue = self->hub_.receives();
  if (count > 0) {
    const auto length = static_cast<size_t>(count);
    queue.Commit(self, length);
    // If the region is full, there is probably more.
    const bool is_full = length == buffer->len;
    queue.Expect(
        self, is_full ? std::min(2 * length, ReceiveArenas::kMaxRead) : length);
    self->is_held_back_ = false;
    self->loop().RunTurnIfMuchWaits();
    return;
  }
  if (count == 0) return;  // EAGAIN.
  if (count == UV_ENOBUFS) {
    // OnAlloc() has offered nothing. After the first read of a round that only
    // ends libuv's loop of reads, and the descriptor is reported again in the
    // next poll.
    if (queue.HasRead(self) && !self->is_held_back_) {
      self->is_held_back_ = true;
      return;
    }
    // Otherwise the stream stops reading until the queue resumes it, and the
    // kernel keeps the bytes. If it went on, libuv would poll the same readable
    // descriptors up to 48 times in one iteration.
    uv_read_stop(stream);
    queue.Wait(self);
    return;
  }
  self->ReadStop();
  // libuv takes a hang-up behind data for the end and does not read again, so
  // it misses a reset.
  const int status =
      count == UV_EOF ? self->PendingError() : static_cast<int>(count);
  if (status == 0) {
    self->Record(Op::kEof, 0);
  } else {
    self->Record(Op::kReadError, status);
  }
}

int Stream::PendingError() {
  uv_os_fd_t fd;
  if (!is_socket_ || uv_fileno(uv(), &fd) != 0) return 0;
  return uvio::PendingError(fd);
}

int Stream::Send(const uv_buf_t* buffers, unsigned count) {
  if (write_error_ != 0) return write_error_;
  size_t total = 0;
  for (unsigned i = 0; i < count; i++) total += buffers[i].len;
  if (total == 0) return 0;
  size_t taken = 0;
  // Queued bytes are sent first.
  if (QueuedBytes() == 0 && !is_connecting_) {
    const int result = is_socket_ ? TryWriteSocket(stream(), buffers, count)
                                  : uv_try_write(stream(), buffers, count);
    if (result >= 0) {
      taken = static_cast<size_t>(result);
    } else if (result != UV_EAGAIN) {
      return FailWrite(result);
    }
  }
  if (taken == total) return 0;
  return QueueRest(buffers, count, taken, total);
}

int Stream::QueueRest(const uv_buf_t* buffers, unsigned count, size_t taken,
                      size_t total) {
  const size_t size = total - taken;
  if (size > std::numeric_limits<unsigned>::max()) return FailWrite(UV_ENOBUFS);
  WriteRequest* request = hub_.write_requests().Take(size);
  if (request == nullptr) return FailWrite(UV_ENOMEM);
  char* to = request->data;
  for (unsigned i = 0; i < count; i++) {
    const size_t skipped = std::min(taken, buffers[i].len);
    taken -= skipped;
    const size_t length = buffers[i].len - skipped;
    if (length != 0) std::memcpy(to, buffers[i].base + skipped, length);
    to += length;
  }
  request->uv.data = this;
  const uv_buf_t copy = uv_buf_init(request->data, static_cast<unsigned>(size));
  const int status = uv_write(&request->uv, stream(), &copy, 1, OnWritten);
  if (status != 0) {
    hub_.write_requests().Give(request);
    return FailWrite(status);
  }
  loop().CountRequest(1);
  return 0;
}

int Stream::FailWrite(int status) {
  if (write_error_ == 0) write_error_ = status;
  return write_error_;
}

size_t Stream::QueuedBytes() {
  return uv_stream_get_write_queue_size(stream());
}

void Stream::RecordWritten(int status) {
  constexpr size_t kMax = std::numeric_limits<int32_t>::max();
  Record(Op::kWritten, status,
         static_cast<int32_t>(std::min(QueuedBytes(), kMax)));
}

void Stream::OnWritten(uv_write_t* uv, int status) {
  auto* request = reinterpret_cast<WriteRequest*>(uv);
  auto* self = static_cast<Stream*>(uv->data);
  self->loop().CountRequest(-1);
  self->hub_.write_requests().Give(request);
  if (self->is_closing()) return;  // ECANCELED: the name is not valid.
  self->RecordWritten(status < 0 ? self->FailWrite(status) : 0);
}

int Stream::Shutdown() {
  if (write_error_ != 0) return write_error_;
  auto* request = new uv_shutdown_t;  // Deleted in OnShutdown().
  request->data = this;
  const int status = uv_shutdown(request, stream(), OnShutdown);
  if (status != 0) {
    delete request;
    return status;
  }
  loop().CountRequest(1);
  return 0;
}

void Stream::OnShutdown(uv_shutdown_t* request, int status) {
  auto* self = static_cast<Stream*>(request->data);
  delete request;
  self->loop().CountRequest(-1);
  if (self->is_closing()) return;
  self->Record(Op::kShutdown, status);
}

}  // namespace uvio
