#include "io/tcp_listener.h"

#include <cerrno>

#include <sys/socket.h>

#include "io/stream_hub.h"
#include "io/tcp_stream.h"
#include "loop/loop.h"

namespace uvio {

TcpListener::TcpListener(StreamHub* hub)
    : IoHandle(&hub->loop(), Kind::kListener), hub_(*hub) {}

TcpListener* TcpListener::New(StreamHub* hub, int family, int* status) {
  auto* listener = new TcpListener(hub);
  *status = uv_tcp_init_ex(hub->loop().uv(), listener->tcp(),
                           static_cast<unsigned>(family));
  return listener->Opened(*status) ? listener : nullptr;
}

// By hand, because UV_TCP_REUSEPORT is newer than the libuv of Node 20.
int TcpListener::SetReusePort() {
  uv_os_fd_t fd;
  const int status = uv_fileno(uv(), &fd);
  if (status != 0) return status;
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    return uv_translate_sys_error(errno);
  }
  return 0;
}

int TcpListener::Listen(int backlog) {
  return uv_listen(reinterpret_cast<uv_stream_t*>(&tcp_), backlog,
                   OnConnection);
}

void TcpListener::OnConnection(uv_stream_t* stream, int status) {
  auto* self = static_cast<TcpListener*>(stream->data);
  if (status == 0) status = self->Accept();
  if (status != 0) {
    self->loop().completions().Push(Op::kAccept, self->name().slot,
                                    self->name().generation, status, -1, 0);
  }
}

int TcpListener::Accept() {
  int status = 0;
  TcpStream* connection = TcpStream::New(&hub_, &status);
  if (connection == nullptr) return status;
  status =
      uv_accept(reinterpret_cast<uv_stream_t*>(&tcp_), connection->stream());
  if (status != 0) {
    connection->Close();
    return status;
  }
  const SlotName accepted = connection->Register();
  loop().completions().Push(Op::kAccept, name().slot, name().generation, 0,
                            accepted.slot, accepted.generation);
  return 0;
}

}  // namespace uvio
