// Loop's methods for datagram sockets and the addresses of datagrams.
#include <cstring>
#include <string>

#include "api/loop_wrap.h"
#include "api/values.h"
#include "io/datagram_socket.h"
#include "uv/address.h"

namespace uvio {

namespace {

int ReceiveStart(LoopCall& call) {
  auto* socket = call.Handle<DatagramSocket>();
  return socket == nullptr ? UV_EBADF : socket->ReceiveStart();
}

double FlushDatagrams(LoopCall& call) {
  auto* socket = call.Handle<DatagramSocket>();
  if (socket == nullptr) return UV_EBADF;
  call.hub()->submissions().SendDatagrams();
  return static_cast<double>(socket->queued_bytes());
}

int PackAddressInto(LoopCall& call) {
  const std::string host = call.String("address");
  const int32_t port = call.Int32("port");
  const ByteView bytes = call.Bytes("bytes");
  if (call.failed()) return 0;
  sockaddr_storage address;
  const int status = ParseAddress(host.c_str(), port, &address);
  if (status != 0) return status;
  const PackedAddress packed = PackAddress(AsSockaddr(&address));
  if (bytes.length < sizeof(packed)) {
    call.RangeError("bytes", "long enough for a packed address");
    return 0;
  }
  std::memcpy(bytes.data, &packed, sizeof(packed));
  return 0;
}

Napi::Value UnpackAddressFrom(LoopCall& call) {
  const ByteView bytes = call.Bytes("bytes");
  PackedAddress packed;
  if (bytes.length < sizeof(packed)) {
    call.RangeError("bytes", "a packed address");
    return {};
  }
  std::memcpy(&packed, bytes.data, sizeof(packed));
  sockaddr_storage address;
  UnpackAddress(packed, &address);
  return MakeAddress(call.env(), address);
}

}  // namespace

void AddDatagramMethods(LoopMethods* methods) {
  methods->Add<ReceiveStart>("receiveStart");
  methods->Add<FlushDatagrams>("flushDatagrams");
  methods->Add<PackAddressInto>("packAddress");
  methods->Add<UnpackAddressFrom>("unpackAddress");
}

}  // namespace uvio
