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
    : IoHandle(&hub->loop(), Kind::kStream), hub_(*hub) {}

void Stream::Record(Op op, int status, int32_t offset) {
  loop().completions().Push(op, name().slot, name().generation, status, offset,
                            0);
}

void Stream::OnClosing() {
  Unlink();
  hub_.submissions().Drop(this);
}

int Stream::ReadStart(ReadMode mode) {
  const bool is_refused = IsLinked();
  Unlink();
  read_mode_ = mode;
  if (is_refused) hub_.AddRefused(this);
  if (is_reading_) return 0;
  const int status = uv_read_start(stream(), OnAlloc, OnRead);
  is_reading_ = status == 0;
  return status;
}

void Stream::ReadStop() {
  Unlink();
  is_resumed_ = false;
  is_reading_ = false;
  uv_read_stop(stream());
}

void Stream::ResumeRead() {
  CHECK(is_reading_ && !IsLinked());
  is_resumed_ = true;
  const int status = uv_read_start(stream(), OnAlloc, OnRead);
  if (status == 0) return;
  is_reading_ = false;
  Record(Op::kReadError, status);
}

void Stream::OnAlloc(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  auto* self = static_cast<Stream*>(handle->data);
  ReceiveArenas::Region region = {nullptr, 0};
  const bool is_its_turn =
      self->is_resumed_ || !self->hub_.IsForResumed(self->read_mode_);
  if (is_its_turn && self->loop().completions().HasRoom()) {
    self->loop().arenas().Reserve(self->read_mode_, &region);
  }
  *buffer = uv_buf_init(region.data, static_cast<unsigned>(region.length));
}

void Stream::OnRead(uv_stream_t* stream, ssize_t count, const uv_buf_t*) {
  auto* self = static_cast<Stream*>(stream->data);
  Loop& loop = self->loop();
  const bool was_resumed = self->is_resumed_;
  self->is_resumed_ = false;
  if (count > 0) {
    self->expected_bytes_ = static_cast<uint32_t>(count);
    const ReceiveArenas::Place place =
        loop.arenas().Commit(self->read_mode_, static_cast<size_t>(count));
    loop.completions().Push(Op::kData, self->name().slot,
                            self->name().generation, place.arena, place.offset,
                            static_cast<int32_t>(count));
    if (self->read_mode_ == ReadMode::kLasting) loop.arenas().RetireIfFull();
    return;
  }
  if (count == 0) return;  // EAGAIN.
  if (count == UV_ENOBUFS) {
    // OnAlloc() had no room. The stream stops reading, and the kernel keeps the
    // bytes. If it went on, libuv would poll the same readable descriptors up
    // to 48 times in one iteration. Reading resumes before a later poll, in
    // StreamHub::OnBeforePoll().
    uv_read_stop(stream);
    if (was_resumed) self->expected_bytes_ = ReceiveArenas::kMaxRead;
    self->hub_.AddRefused(self);
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
