// Opens and connects TCP streams.
#include "io/tcp_stream.h"

#include "io/stream_hub.h"
#include "loop/loop.h"

namespace uvio {

TcpStream* TcpStream::New(StreamHub* hub, int* status) {
  auto* stream = new TcpStream(hub);
  *status = uv_tcp_init(hub->loop().uv(), stream->tcp());
  return stream->Opened(*status) ? stream : nullptr;
}

int TcpStream::Open(int fd, const sockaddr* peer) {
  const int status = uv_tcp_open(&tcp_, fd);
  if (status != 0) return status;
  if (peer != nullptr) {
    peer_ = PackAddress(peer);
  } else {
    ReadPeer();
  }
  return 0;
}

void TcpStream::ReadPeer() {
  sockaddr_storage address = {};
  int length = sizeof(address);
  auto* peer = reinterpret_cast<sockaddr*>(&address);
  if (uv_tcp_getpeername(&tcp_, peer, &length) == 0) peer_ = PackAddress(peer);
}

int TcpStream::Connect(const sockaddr* to) {
  auto* request = new uv_connect_t;  // Deleted in OnConnect().
  request->data = this;
  const int status = uv_tcp_connect(request, &tcp_, to, OnConnect);
  if (status != 0) {
    delete request;
    return status;
  }
  loop().CountRequest(1);
  set_connecting(true);
  return 0;
}

void TcpStream::OnConnect(uv_connect_t* request, int status) {
  auto* self = static_cast<TcpStream*>(request->data);
  delete request;
  self->loop().CountRequest(-1);
  if (self->is_closing()) return;
  self->set_connecting(false);
  if (status == 0) self->ReadPeer();
  self->Record(Op::kConnect, status);
}

}  // namespace uvio
