// Defines the class Socket: a descriptor and its system calls.
#include "api/socket_wrap.h"

#include <string>

#include "api/method.h"
#include "api/values.h"
#include "uv/socket.h"
#include "uv/socket_address.h"

namespace uvio {

namespace {

// One call of a method, and the socket it is for.
struct SocketCall : Arguments {
  SocketCall(const Napi::CallbackInfo& info, Socket* target)
      : Arguments(info), socket(*target) {}
  Socket& socket;
};

class SocketWrap final : public Napi::ObjectWrap<SocketWrap> {
 public:
  using Napi::ObjectWrap<SocketWrap>::ObjectWrap;

  static Napi::Function Define(Napi::Env env);

  template <auto method>
  Napi::Value Call(const Napi::CallbackInfo& info) {
    SocketCall call(info, &socket_);
    return Invoke(method, call);
  }

 private:
  Socket socket_;
};

// An address and a port, with the status of parsing them.
struct AddressArguments {
  explicit AddressArguments(Arguments* arguments) {
    const std::string host = arguments->String("address");
    const int32_t port = arguments->Int32("port");
    if (!arguments->failed()) status = address.Parse(host, port);
  }
  SocketAddress address;
  int status = 0;
};

// [first, the address it came from].
Napi::Value MakePair(Napi::Env env, int64_t first,
                     const SocketAddress& address) {
  return MakeArray<Napi::Value>(
      env, {Napi::Value::From(env, first), MakeSocketAddress(env, address)});
}

int Open(SocketCall& call) {
  const int32_t family = call.Int32("family");
  const int32_t type = call.Int32("type");
  const int32_t protocol = call.Int32("protocol");
  return call.failed() ? 0 : call.socket.Open(family, type, protocol);
}

int Adopt(SocketCall& call) {
  const int32_t fd = call.Int32("fd");
  return call.failed() ? 0 : call.socket.Adopt(fd);
}

int Detach(SocketCall& call) { return call.socket.Detach(); }

void Close(SocketCall& call) { call.socket.Close(); }

int Fileno(SocketCall& call) { return call.socket.fd(); }

int Listen(SocketCall& call) {
  const int32_t backlog = call.Int32("backlog");
  return call.failed() ? 0 : call.socket.Listen(backlog);
}

int Shutdown(SocketCall& call) {
  const int32_t how = call.Int32("how");
  return call.failed() ? 0 : call.socket.Shutdown(how);
}

// A method of Socket that takes an address.
template <int (Socket::*method)(const SocketAddress&)>
int WithAddress(SocketCall& call) {
  const AddressArguments to(&call);
  if (call.failed() || to.status != 0) return to.status;
  return (call.socket.*method)(to.address);
}

Napi::Value Accept(SocketCall& call) {
  SocketAddress peer;
  const int fd = call.socket.Accept(&peer);
  if (fd < 0) return Napi::Number::New(call.env(), fd);
  return MakePair(call.env(), fd, peer);
}

int64_t Receive(SocketCall& call) {
  const ByteView bytes = call.Bytes("bytes");
  return call.failed() ? 0 : call.socket.Receive(bytes.data, bytes.length);
}

Napi::Value ReceiveFrom(SocketCall& call) {
  const ByteView bytes = call.Bytes("bytes");
  if (call.failed()) return {};
  SocketAddress sender;
  const int64_t count =
      call.socket.ReceiveFrom(bytes.data, bytes.length, &sender);
  if (count < 0) return Napi::Value::From(call.env(), count);
  return MakePair(call.env(), count, sender);
}

int64_t Send(SocketCall& call) {
  const ByteView bytes = call.Bytes("bytes");
  const size_t offset = call.Size("offset", bytes.length);
  if (call.failed()) return 0;
  return call.socket.Send(bytes.data + offset, bytes.length - offset);
}

int64_t SendTo(SocketCall& call) {
  const ByteView bytes = call.Bytes("bytes");
  const AddressArguments to(&call);
  if (call.failed() || to.status != 0) return to.status;
  return call.socket.SendTo(bytes.data, bytes.length, to.address);
}

int64_t SendFilePart(SocketCall& call) {
  const FilePart part(&call);
  if (call.failed()) return 0;
  return SendFile(call.socket.fd(), part.fd, part.offset, part.count);
}

// The AF_ number.
int Family(SocketCall& call) {
  SocketAddress address;
  const int status = GetLocalAddress(call.socket.fd(), &address);
  return status < 0 ? status : address.storage.ss_family;
}

Napi::Value LocalAddress(SocketCall& call) {
  return NameOf(call.env(), call.socket.fd(), GetLocalAddress);
}

Napi::Value PeerAddress(SocketCall& call) {
  return NameOf(call.env(), call.socket.fd(), GetPeerAddress);
}

int SetOptionOf(SocketCall& call) { return SetOption(call.socket.fd(), &call); }

Napi::Value GetOptionOf(SocketCall& call) {
  return GetOption(call.socket.fd(), &call);
}

Napi::Function SocketWrap::Define(Napi::Env env) {
  Methods<SocketWrap> methods;
  methods.Add<Open>("open");
  methods.Add<Adopt>("adopt");
  methods.Add<Detach>("detach");
  methods.Add<Close>("close");
  methods.Add<Fileno>("fileno");
  methods.Add<WithAddress<&Socket::Bind>>("bind");
  methods.Add<Listen>("listen");
  methods.Add<WithAddress<&Socket::Connect>>("connect");
  methods.Add<Accept>("accept");
  methods.Add<Shutdown>("shutdown");
  methods.Add<Receive>("receive");
  methods.Add<ReceiveFrom>("receiveFrom");
  methods.Add<Send>("send");
  methods.Add<SendTo>("sendTo");
  methods.Add<SendFilePart>("sendFile");
  methods.Add<Family>("family");
  methods.Add<LocalAddress>("localAddress");
  methods.Add<PeerAddress>("peerAddress");
  methods.Add<SetOptionOf>("setOption");
  methods.Add<GetOptionOf>("getOption");
  return DefineClass(env, "Socket", methods.list());
}

}  // namespace

FilePart::FilePart(Arguments* arguments) {
  constexpr size_t kMax = (size_t{1} << 53) - 1;
  fd = arguments->Int32("file");
  offset = static_cast<int64_t>(arguments->Size("offset", kMax));
  count = arguments->Size("count", kMax);
}

Napi::Value SocketPair(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int32_t family = arguments.Int32("family");
  const int32_t type = arguments.Int32("type");
  const int32_t protocol = arguments.Int32("protocol");
  if (arguments.failed()) return {};
  int fds[2] = {-1, -1};
  const int status = OpenSocketPair(family, type, protocol, fds);
  if (status < 0) return Napi::Number::New(info.Env(), status);
  return MakeArray<int>(info.Env(), {fds[0], fds[1]});
}

Napi::Function DefineSocketClass(Napi::Env env) {
  return SocketWrap::Define(env);
}

}  // namespace uvio
