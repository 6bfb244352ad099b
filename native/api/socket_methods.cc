// Loop's methods for the sockets of its handles: adopting existing sockets,
// addresses, options, sending files.
#include "api/loop_wrap.h"
#include "api/socket_wrap.h"
#include "api/values.h"
#include "io/datagram_socket.h"
#include "io/listener.h"
#include "io/pipe_stream.h"
#include "io/tcp_stream.h"
#include "uv/address.h"
#include "uv/owned_descriptors.h"
#include "uv/socket.h"

namespace uvio {

namespace {

// Returns 0 for a socket of this type that uvio's handles do not own.
int CheckSocket(int fd, int type, int* family) {
  int is_type = 0;
  size_t length = sizeof(is_type);
  int status = GetSocketOption(fd, SOL_SOCKET, SO_TYPE, &is_type, &length);
  if (status < 0) return status;
  if (is_type != type) return UV_EPROTOTYPE;
  if (IsOwned(fd)) return UV_EEXIST;
  SocketAddress address;
  status = GetLocalAddress(fd, &address);
  *family = address.storage.ss_family;
  return status;
}

int AdoptStream(StreamHub* hub, int fd, int family) {
  int status = 0;
  if (family == AF_UNIX) {
    PipeStream* stream = PipeStream::New(hub, &status);
    if (stream != nullptr) status = uv_pipe_open(stream->pipe(), fd);
    return Registered(stream, status);
  }
  TcpStream* stream = TcpStream::New(hub, &status);
  if (stream != nullptr) status = stream->Open(fd, nullptr);
  return Registered(stream, status);
}

int AdoptListener(StreamHub* hub, int fd, int) {
  int status = 0;
  Listener* listener = Listener::New(hub, fd, &status);
  return Registered(listener, status);
}

int AdoptDatagrams(StreamHub* hub, int fd, int family) {
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
    return UV_EAFNOSUPPORT;
  }
  int status = 0;
  DatagramSocket* socket = DatagramSocket::New(hub, fd, family, &status);
  return Registered(socket, status);
}

template <int type, int (*adopt)(StreamHub*, int, int)>
int Adopt(LoopCall& call) {
  const int32_t fd = call.Int32("fd");
  if (call.failed() || call.hub() == nullptr) return UV_EBADF;
  int family = AF_UNSPEC;
  const int status = CheckSocket(fd, type, &family);
  return status < 0 ? status : adopt(call.hub(), fd, family);
}

Napi::Value LocalAddress(LoopCall& call) {
  return NameOf(call.env(), call.Descriptor(), GetLocalAddress);
}

Napi::Value PeerAddress(LoopCall& call) {
  IoHandle* handle = call.Handle();
  if (handle != nullptr && handle->uv()->type == UV_TCP) {
    sockaddr_storage known = {};
    const auto* tcp = static_cast<TcpStream*>(handle);
    if (UnpackAddress(tcp->peer(), &known)) {
      return MakeAddress(call.env(), known);
    }
  }
  return NameOf(call.env(), DescriptorOf(handle), GetPeerAddress);
}

int SetOptionOf(LoopCall& call) {
  const int fd = call.Descriptor();
  return SetOption(fd, &call);
}

Napi::Value GetOptionOf(LoopCall& call) {
  const int fd = call.Descriptor();
  return GetOption(fd, &call);
}

int64_t SendFilePart(LoopCall& call) {
  auto* stream = call.Handle<Stream>();
  const FilePart part(&call);
  const int fd = DescriptorOf(stream);
  if (call.failed() || fd < 0) return UV_EBADF;
  // Bytes that were submitted before go first.
  const int status = call.hub()->submissions().Send(stream);
  if (status != 0) return status;
  if (stream->QueuedBytes() != 0) return UV_EAGAIN;
  return SendFile(fd, part.fd, part.offset, part.count);
}

}  // namespace

void AddSocketMethods(LoopMethods* methods) {
  methods->Add<Adopt<SOCK_STREAM, AdoptStream>>("adoptStream");
  methods->Add<Adopt<SOCK_STREAM, AdoptListener>>("adoptListener");
  methods->Add<Adopt<SOCK_DGRAM, AdoptDatagrams>>("adoptDatagrams");
  methods->Add<LocalAddress>("localAddress");
  methods->Add<PeerAddress>("peerAddress");
  methods->Add<SetOptionOf>("setSocketOption");
  methods->Add<GetOptionOf>("getSocketOption");
  methods->Add<SendFilePart>("sendFile");
}

}  // namespace uvio
