#include "io/udp_socket.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

#include "io/stream_hub.h"
#include "loop/loop.h"
#include "util/check.h"

namespace uvio {

struct UdpSocket::SendRequest {
  uv_udp_send_t uv;
  std::unique_ptr<char[]> data;
  size_t length;
};

UdpSocket::UdpSocket(StreamHub* hub)
    : IoHandle(&hub->loop(), Kind::kDatagram), hub_(*hub) {}

UdpSocket* UdpSocket::New(StreamHub* hub, int family, int* status) {
  auto* socket = new UdpSocket(hub);
  *status = uv_udp_init_ex(hub->loop().uv(), socket->udp(),
                           static_cast<unsigned>(family));
  return socket->Opened(*status) ? socket : nullptr;
}

int UdpSocket::ReceiveStart() {
  if (is_receiving_) return 0;
  const int status = uv_udp_recv_start(&udp_, OnAlloc, OnReceived);
  is_receiving_ = status == 0;
  return status;
}

bool UdpSocket::HasRoomToRead() const {
  return loop().completions().HasRoom() &&
         loop().arenas().HasRoom(ReadMode::kLasting);
}

void UdpSocket::ResumeRead() {
  CHECK(is_receiving_ && !IsLinked());
  const int status = uv_udp_recv_start(&udp_, OnAlloc, OnReceived);
  if (status == 0) return;
  is_receiving_ = false;
  RecordError(status);
}

void UdpSocket::OnAlloc(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  auto* self = static_cast<UdpSocket*>(static_cast<IoHandle*>(handle->data));
  ReceiveArenas::Region region = {nullptr, 0};
  if (self->loop().completions().HasRoom()) {
    self->loop().arenas().Reserve(ReadMode::kLasting, &region);
  }
  // Arenas that hold nothing but an address are a test's.
  if (region.length <= sizeof(PackedAddress)) {
    *buffer = uv_buf_init(nullptr, 0);
    return;
  }
  *buffer =
      uv_buf_init(region.data + sizeof(PackedAddress),
                  static_cast<unsigned>(region.length - sizeof(PackedAddress)));
}

void UdpSocket::OnReceived(uv_udp_t* udp, ssize_t count, const uv_buf_t* buffer,
                           const sockaddr* sender, unsigned flags) {
  auto* self = static_cast<UdpSocket*>(static_cast<IoHandle*>(udp->data));
  if (count == UV_ENOBUFS && buffer->len == 0) {
    // Refused in OnAlloc(); see Stream::OnRead().
    uv_udp_recv_stop(udp);
    self->hub_.AddRefused(self);
    return;
  }
  if (count < 0) return self->RecordError(static_cast<int>(count));
  if (sender == nullptr) return;  // Nothing more to receive.
  if ((flags & UV_UDP_PARTIAL) != 0) return self->RecordError(UV_EMSGSIZE);
  const PackedAddress address = PackAddress(sender);
  std::memcpy(buffer->base - sizeof(address), &address, sizeof(address));
  const size_t length = static_cast<size_t>(count) + sizeof(address);
  Loop& loop = self->loop();
  const ReceiveArenas::Place place =
      loop.arenas().Commit(ReadMode::kLasting, length);
  loop.completions().Push(Op::kData, self->name().slot, self->name().generation,
                          place.arena, place.offset,
                          static_cast<int32_t>(length));
  loop.arenas().RetireIfFull();
}

void UdpSocket::Send(const PackedAddress& to, const char* data, size_t length) {
  sockaddr_storage address;
  const sockaddr* target =
      UnpackAddress(to, &address) ? AsSockaddr(&address) : nullptr;
  if (queued_bytes_ == 0) {
    const uv_buf_t buffer =
        uv_buf_init(const_cast<char*>(data), static_cast<unsigned>(length));
    const int status = uv_udp_try_send(&udp_, &buffer, 1, target);
    if (status >= 0) return;
    if (status != UV_EAGAIN) return RecordWritten(status);
  }
  const int status = Queue(target, data, length);
  if (status != 0) RecordWritten(status);
}

int UdpSocket::Queue(const sockaddr* to, const char* data, size_t length) {
  auto request = std::make_unique<SendRequest>();
  request->data = std::make_unique<char[]>(length);
  request->length = length;
  std::memcpy(request->data.get(), data, length);
  request->uv.data = this;
  const uv_buf_t copy =
      uv_buf_init(request->data.get(), static_cast<unsigned>(length));
  const int status = uv_udp_send(&request->uv, &udp_, &copy, 1, to, OnSent);
  if (status != 0) return status;
  request.release();  // OnSent() deletes it.
  queued_bytes_ += length + kOverhead;
  loop().CountRequest(1);
  return 0;
}

void UdpSocket::OnSent(uv_udp_send_t* uv, int status) {
  const std::unique_ptr<SendRequest> request(
      reinterpret_cast<SendRequest*>(uv));
  auto* self = static_cast<UdpSocket*>(uv->data);
  self->loop().CountRequest(-1);
  self->queued_bytes_ -= request->length + kOverhead;
  if (self->is_closing()) return;  // ECANCELED, and nobody is left to tell.
  self->RecordWritten(std::min(status, 0));
}

void UdpSocket::RecordError(int status) {
  loop().completions().Push(Op::kReadError, name().slot, name().generation,
                            status, 0, 0);
}

void UdpSocket::RecordWritten(int status) {
  constexpr size_t kMax = std::numeric_limits<int32_t>::max();
  loop().completions().Push(
      Op::kWritten, name().slot, name().generation, status,
      static_cast<int32_t>(std::min(queued_bytes_, kMax)), 0);
}

}  // namespace uvio
