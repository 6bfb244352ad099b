#include "io/poll.h"

#include <unistd.h>

#include "io/stream_hub.h"
#include "loop/loop.h"
#include "uv/socket.h"

namespace uvio {

Poll::Poll(StreamHub* hub) : IoHandle(&hub->loop(), Kind::kPoll), hub_(*hub) {}

Poll::~Poll() {
  if (fd_ >= 0) close(fd_);
}

Poll* Poll::New(StreamHub* hub, int fd, int* status) {
  const int copy = DuplicateDescriptor(fd);
  if (copy < 0) {
    *status = copy;
    return nullptr;
  }
  auto* poll = new Poll(hub);
  poll->fd_ = copy;
  *status = uv_poll_init(hub->loop().uv(), &poll->poll_, copy);
  return poll->Opened(*status) ? poll : nullptr;
}

bool Poll::IsOf(int fd) const { return IsSameFile(fd_, fd); }

int Poll::SetEvents(int events) {
  events_ = events;
  if (events == 0) {
    Unlink();
    is_started_ = false;
    return uv_poll_stop(&poll_);
  }
  // What has fired and was stopped goes on after the turn.
  return IsLinked() && !is_started_ ? 0 : Start();
}

int Poll::Start() {
  const int status = uv_poll_start(&poll_, events_, OnPoll);
  is_started_ = status == 0;
  return status;
}

bool Poll::HasRoomToRead() const { return loop().completions().IsConsumed(); }

void Poll::ResumeRead() {
  if (is_started_ || events_ == 0) return;
  const int status = Start();
  if (status != 0) Record(status, 0);
}

void Poll::OnPoll(uv_poll_t* poll, int status, int events) {
  auto* self = static_cast<Poll*>(static_cast<IoHandle*>(poll->data));
  if (status < 0) {
    // libuv stops at POLLERR, with UV_EBADF. As for select(2), whoever waits
    // is to try, and will be told by the system what is wrong.
    self->is_started_ = false;
    events = self->events_;
  }
  if (self->IsLinked()) {
    // Nobody handles the record that there is: no run is under way. Polling
    // on would spin.
    if (self->is_started_) uv_poll_stop(poll);
    self->is_started_ = false;
    return;
  }
  self->Record(0, events);
  self->hub_.AddFired(self);
}

void Poll::Record(int status, int events) {
  loop().completions().Push(Op::kPoll, name().slot, name().generation, status,
                            events, 0);
}

// The file is to be closed with its owner's descriptor, and not when libuv
// comes to it.
void Poll::OnClosing() {
  Unlink();
  uv_poll_stop(&poll_);
  close(fd_);
  fd_ = -1;
}

}  // namespace uvio
