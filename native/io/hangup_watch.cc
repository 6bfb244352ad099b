// Polls a duplicate of the writing end of a pipe until the reader is gone.
#include "io/hangup_watch.h"

#include <unistd.h>

#include "io/pipe_stream.h"
#include "loop/loop.h"
#include "util/check.h"
#include "uv/socket.h"

namespace uvio {

HangupWatch::HangupWatch(PipeStream* stream, int fd)
    : IoHandle(&stream->loop(), Kind::kHangupWatch),
      stream_(*stream),
      fd_(fd) {}

void HangupWatch::OnClosing() {
  CHECK_OK(uv_poll_stop(&poll_));
  close(fd_);
}

HangupWatch* HangupWatch::New(PipeStream* stream, int* status) {
  uv_os_fd_t fd;
  *status = uv_fileno(stream->uv(), &fd);
  if (*status != 0) return nullptr;
  const int duplicate = DuplicateDescriptor(fd);
  if (duplicate < 0) {
    *status = duplicate;
    return nullptr;
  }
  auto* watch = new HangupWatch(stream, duplicate);
  *status = uv_poll_init(stream->loop().uv(), &watch->poll_, duplicate);
  if (!watch->Opened(*status)) {
    close(duplicate);
    return nullptr;
  }
  // A writing end never becomes readable. The kernel reports a closed reading
  // end (POLLERR) for any requested event.
  *status = uv_poll_start(&watch->poll_, UV_READABLE, OnPoll);
  if (*status == 0) return watch;
  watch->Close();
  return nullptr;
}

void HangupWatch::OnPoll(uv_poll_t* poll, int, int) {
  static_cast<HangupWatch*>(static_cast<IoHandle*>(poll->data))
      ->stream_.OnHangup();
}

}  // namespace uvio
