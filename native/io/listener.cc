// Accepts connections when the listening socket is readable.
#include "io/listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/pipe_stream.h"
#include "io/stream_hub.h"
#include "io/tcp_stream.h"
#include "loop/loop.h"
#include "uv/listening_socket.h"

namespace uvio {

Listener::Listener(StreamHub* hub, int fd)
    : IoHandle(&hub->loop(), Kind::kListener), hub_(*hub), fd_(fd) {}

Listener* Listener::New(StreamHub* hub, int fd, int* status) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    *status = uv_translate_sys_error(errno);
    return nullptr;
  }
  auto* listener = new Listener(hub, fd);
  listener->is_unix_ = address.ss_family == AF_UNIX;
  *status = uv_poll_init(hub->loop().uv(), &listener->poll_, fd);
  return listener->Opened(*status) ? listener : nullptr;
}

void Listener::OnClosing() {
  Unlink();
  // Before the descriptor is closed: libuv must not poll the next file with its
  // number.
  uv_poll_stop(&poll_);
  close(fd_);
}

int Listener::Listen(int backlog) {
  if (listen(fd_, backlog) != 0) return uv_translate_sys_error(errno);
  is_listening_ = true;
  backlog_ = std::max(backlog, 1);
  return Watch();
}

int Listener::Permit(int count) {
  permits_ = count;
  return Watch();
}

void Listener::Resume() {
  const int status = Watch();
  if (status != 0) Fail(status);
}

int Listener::Watch() {
  const bool wanted = is_listening_ && permits_ != 0 && !IsLinked();
  if (wanted == is_watching_) return 0;
  const int status = wanted ? uv_poll_start(&poll_, UV_READABLE, OnReadable)
                            : uv_poll_stop(&poll_);
  if (status == 0) is_watching_ = wanted;
  return status;
}

void Listener::Fail(int status) {
  Permit(0);
  loop().completions().Push(Op::kAccept, name().slot, name().generation, status,
                            -1, 0);
}

void Listener::OnReadable(uv_poll_t* poll, int status, int) {
  auto* self = static_cast<Listener*>(static_cast<IoHandle*>(poll->data));
  if (status != 0) return self->Fail(status);
  if (!self->loop().is_started()) {
    // Nothing would handle the connections. They stay in the kernel's queue
    // until the next run.
    self->hub_.AddStopped(self);
    self->Watch();
    return;
  }
  // At most as many as asyncio accepts at once. The next poll reports the
  // others.
  for (int i = 0; i < self->backlog_ && self->permits_ != 0; i++) {
    status = self->Accept();
    if (status == UV_EAGAIN) break;
    if (status == UV_ECONNABORTED) continue;  // The client has disconnected.
    if (status != 0) return self->Fail(status);
    if (self->permits_ > 0) self->permits_--;
  }
  self->Watch();
}

int Listener::Accept() {
  sockaddr_storage peer = {};
  const int fd = AcceptSocket(fd_, &peer);
  if (fd < 0) return fd;
  int status = 0;
  Stream* connection = Adopt(fd, AsSockaddr(&peer), &status);
  if (connection == nullptr) return status;
  const SlotName accepted = connection->Register();
  loop().completions().Push(Op::kAccept, name().slot, name().generation, 0,
                            accepted.slot, accepted.generation);
  return 0;
}

Stream* Listener::Adopt(int fd, const sockaddr* peer, int* status) {
  Stream* stream = nullptr;
  if (is_unix_) {
    PipeStream* pipe = PipeStream::New(&hub_, status);
    if (pipe != nullptr) *status = uv_pipe_open(pipe->pipe(), fd);
    stream = pipe;
  } else {
    TcpStream* tcp = TcpStream::New(&hub_, status);
    if (tcp != nullptr) *status = tcp->Open(fd, peer);
    stream = tcp;
  }
  if (*status == 0) return stream;
  close(fd);
  if (stream != nullptr) stream->Close();
  return nullptr;
}

}  // namespace uvio
