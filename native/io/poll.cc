// Polls a duplicate of a descriptor, and records readiness once until it was
// handled.
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
  // A poll that has fired and was stopped is started again after the turn.
  return IsLinked() && !is_started_ ? 0 : Start();
}

int Poll::Start() {
  const int status = uv_poll_start(&poll_, events_, OnPoll);
  is_started_ = status == 0;
  return status;
}

void Poll::Resume() {
  if (is_started_ || events_ == 0) return;
  const int status = Start();
  if (status != 0) Record(status, 0);
}

void Poll::OnPoll(uv_poll_t* poll, int status, int events) {
  auto* self = static_cast<Poll*>(static_cast<IoHandle*>(poll->data));
  if (status < 0) {
    // At POLLERR libuv stops polling and reports UV_EBADF, whatever the error
    // is. All events are reported as ready, as by select(2): the next system
    // call on the descriptor returns the actual error.
    self->is_started_ = false;
    events = self->events_;
  }
  if (self->IsLinked()) {
    // The last record was not handled, because no run is under way. Polling
    // stops until it is: level-triggered readiness would spin.
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

// Closes the duplicate now, at the same time as the owner's descriptor, not
// later in libuv's close callback.
void Poll::OnClosing() {
  Unlink();
  uv_poll_stop(&poll_);
  close(fd_);
  fd_ = -1;
}

}  // namespace uvio
