// Loop's methods for TCP: binding, connecting, options.
#include <unistd.h>

#include <string>

#include "api/loop_wrap.h"
#include "io/listener.h"
#include "io/tcp_stream.h"
#include "uv/address.h"
#include "uv/listening_socket.h"

namespace uvio {

namespace {

int Bind(LoopCall& call) {
  ListeningOptions options;
  call.OpenObject("options");
  const std::string host = call.String("address");
  const int32_t port = call.Int32("port");
  options.is_ipv6_only = call.Bool("ipv6Only");
  options.is_port_shared = call.Bool("reusePort");
  if (call.failed() || call.hub() == nullptr) return UV_EBADF;
  sockaddr_storage address;
  const int status = ParseAddress(host.c_str(), port, &address);
  if (status != 0) return status;
  return OpenListener(call.hub(), BindTcpSocket(AsSockaddr(&address), options));
}

int BindLocal(TcpStream* stream, const std::string& host, int port,
              int family) {
  if (host.empty() && port == 0) return 0;
  const char* any = family == AF_INET6 ? "::" : "0.0.0.0";
  sockaddr_storage local;
  const int status =
      ParseAddress(host.empty() ? any : host.c_str(), port, &local);
  return status != 0 ? status
                     : uv_tcp_bind(stream->tcp(), AsSockaddr(&local), 0);
}

int Connect(LoopCall& call) {
  call.OpenObject("options");
  const std::string host = call.String("address");
  const int32_t port = call.Int32("port");
  std::string local_host;
  int32_t local_port = 0;
  if (call.IsGiven("localAddress")) local_host = call.String("localAddress");
  if (call.IsGiven("localPort")) local_port = call.Int32("localPort");
  if (call.failed() || call.hub() == nullptr) return UV_EBADF;
  sockaddr_storage address;
  int status = ParseAddress(host.c_str(), port, &address);
  if (status != 0) return status;
  TcpStream* stream = TcpStream::New(call.hub(), &status);
  if (stream == nullptr) return status;
  status = BindLocal(stream, local_host, local_port, address.ss_family);
  if (status == 0) status = stream->Connect(AsSockaddr(&address));
  return Registered(stream, status);
}

// Returns null for any other handle.
uv_tcp_t* TcpOf(Stream* stream) {
  if (stream == nullptr || stream->uv()->type != UV_TCP) return nullptr;
  return static_cast<TcpStream*>(stream)->tcp();
}

int SetNoDelay(LoopCall& call) {
  uv_tcp_t* tcp = TcpOf(call.Handle<Stream>());
  const bool is_on = call.Bool("on");
  if (call.failed() || tcp == nullptr) return UV_EBADF;
  return uv_tcp_nodelay(tcp, is_on ? 1 : 0);
}

int SetKeepAlive(LoopCall& call) {
  constexpr size_t kMaxSeconds = 0x7fff;  // The kernel's limit.
  uv_tcp_t* tcp = TcpOf(call.Handle<Stream>());
  const bool is_on = call.Bool("on");
  const size_t seconds = call.Size("seconds", kMaxSeconds);
  if (call.failed() || tcp == nullptr) return UV_EBADF;
  return uv_tcp_keepalive(tcp, is_on ? 1 : 0, static_cast<unsigned>(seconds));
}

}  // namespace

int OpenListener(StreamHub* hub, int fd) {
  if (fd < 0) return fd;
  int status = 0;
  Listener* listener = Listener::New(hub, fd, &status);
  if (listener == nullptr) close(fd);
  return Registered(listener, status);
}

void AddTcpMethods(LoopMethods* methods) {
  methods->Add<Bind>("bind");
  methods->Add<Connect>("connect");
  methods->Add<SetNoDelay>("setNoDelay");
  methods->Add<SetKeepAlive>("setKeepAlive");
}

}  // namespace uvio
