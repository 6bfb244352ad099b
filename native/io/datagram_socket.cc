// Receives datagrams into the lasting arenas, and sends submitted datagrams.
#include "io/datagram_socket.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "io/stream_hub.h"
#include "loop/loop.h"
#include "util/check.h"
#include "uv/address.h"

namespace uvio {

DatagramSocket::DatagramSocket(StreamHub* hub, int fd, int family)
    // A datagram is received as a whole or cut. One from a Unix socket may be
    // larger than the rest of the arena, which is then retired.
    : Receiver(&hub->loop(), Kind::kDatagram, ReadMode::kLasting,
               family == AF_UNIX ? 2 * ReceiveArenas::kMaxRead
                                 : ReceiveArenas::kMinRead),
      hub_(*hub),
      fd_(fd),
      is_unix_(family == AF_UNIX),
      packed_size_(is_unix_ ? sizeof(PackedPath) : sizeof(PackedAddress)) {}

DatagramSocket* DatagramSocket::New(StreamHub* hub, int fd, int family,
                                    int* status) {
  auto* socket = new DatagramSocket(hub, fd, family);
  *status = uv_poll_init(hub->loop().uv(), &socket->poll_, fd);
  return socket->Opened(*status) ? socket : nullptr;
}

void DatagramSocket::OnClosing() {
  hub_.receives().Leave(this);
  // Before the descriptor is closed: libuv must not poll the next file with its
  // number.
  uv_poll_stop(&poll_);
  close(fd_);
}

int DatagramSocket::Watch() {
  const bool reads = is_receiving_ && !IsLinked();
  const int events =
      (reads ? UV_READABLE : 0) | (queue_.empty() ? 0 : UV_WRITABLE);
  if (events == events_) return 0;
  const int status = events == 0 ? uv_poll_stop(&poll_)
                                 : uv_poll_start(&poll_, events, OnPoll);
  if (status == 0) events_ = events;
  return status;
}

void DatagramSocket::OnPoll(uv_poll_t* poll, int status, int events) {
  auto* self = static_cast<DatagramSocket*>(static_cast<IoHandle*>(poll->data));
  if (status < 0) {
    // At POLLERR libuv stops polling and reports UV_EBADF, whatever the error
    // is. The next system call returns the actual error.
    events = self->events_;
    self->events_ = 0;
  }
  if ((events & UV_READABLE) != 0) self->Receive();
  if ((events & UV_WRITABLE) != 0) self->SendQueued();
  status = self->Watch();
  if (status != 0) self->RecordError(status);
}

// ----------------------------------------------------------------- receiving

int DatagramSocket::ReceiveStart() {
  is_receiving_ = true;
  const int status = Watch();
  if (status != 0) is_receiving_ = false;
  return status;
}

void DatagramSocket::ResumeRead() {
  CHECK(is_receiving_ && !IsLinked());
  const int status = Watch();
  if (status != 0) RecordError(status);
}

void DatagramSocket::Receive() {
  // A second time in one round: libuv has polled again.
  if (hub_.receives().HasRead(this)) return hub_.receives().Wait(this);
  size_t bytes = 0;
  for (int i = 0; i < kMaxReceives && bytes < ReceiveArenas::kMaxRead; i++) {
    if (!ReceiveOne(&bytes)) break;
  }
}

bool DatagramSocket::ReceiveOne(size_t* bytes) {
  ReceiveQueue& queue = hub_.receives();
  // A Unix datagram may be larger than the rest of the arena.
  if (is_unix_ && loop().completions().HasRoom()) {
    loop().arenas().RetireUnlessLarge();
  }
  // The kernel drops what does not fit. A Unix datagram may fill the longest
  // read; any other fits into the shortest, except where an arena holds only an
  // address, as in tests.
  const size_t least = std::max(is_unix_ ? loop().arenas().MaxLastingRead() : 0,
                                packed_size_ + 1);
  ReceiveArenas::Region region = {nullptr, 0};
  if (!queue.Reserve(this, &region) || region.length < least) {
    queue.Wait(this);
    return false;
  }
  SocketAddress sender;
  bool is_cut = false;
  const int64_t received =
      ReceiveDatagram(fd_, region.data + packed_size_,
                      region.length - packed_size_, &sender, &is_cut);
  if (received == UV_EAGAIN) return false;
  if (received < 0) {
    RecordError(static_cast<int>(received));
    return false;
  }
  if (is_cut) {
    RecordError(UV_EMSGSIZE);
    return true;
  }
  PackSender(sender, region.data);
  const size_t length = packed_size_ + static_cast<size_t>(received);
  queue.Commit(this, length);
  *bytes += length;
  return true;
}

void DatagramSocket::PackSender(const SocketAddress& sender, char* to) const {
  if (is_unix_) {
    const PackedPath packed = PackPath(sender);
    std::memcpy(to, &packed, sizeof(packed));
  } else {
    const PackedAddress packed = PackAddress(sender.get());
    std::memcpy(to, &packed, sizeof(packed));
  }
}

// ------------------------------------------------------------------- sending

bool DatagramSocket::ReadSubmission(const char* data, size_t length,
                                    Datagram* out) const {
  if (length < packed_size_) return false;
  out->data = data + packed_size_;
  out->length = length - packed_size_;
  if (is_unix_) {
    PackedPath packed;
    std::memcpy(&packed, data, sizeof(packed));
    UnpackPath(packed, &out->to);
  } else {
    PackedAddress packed;
    std::memcpy(&packed, data, sizeof(packed));
    const bool is_known = UnpackAddress(packed, &out->to.storage);
    out->to.size = !is_known            ? 0
                   : packed.family == 6 ? sizeof(sockaddr_in6)
                                        : sizeof(sockaddr_in);
  }
  return true;
}

void DatagramSocket::Send(const Datagram* datagrams, size_t count) {
  size_t done = 0;
  while (queue_.empty() && done < count) {
    const int result = SendDatagrams(fd_, datagrams + done, count - done);
    if (result == UV_EAGAIN) break;
    // A failed datagram is dropped. The next one may have another receiver.
    if (result < 0) RecordWritten(result);
    done += result < 0 ? 1 : static_cast<size_t>(result);
  }
  for (; done < count; done++) Queue(datagrams[done]);
  const int status = Watch();
  if (status != 0) RecordWritten(status);
}

void DatagramSocket::Queue(const Datagram& datagram) {
  Queued queued = {datagram.to, std::make_unique<char[]>(datagram.length),
                   datagram.length};
  std::memcpy(queued.data.get(), datagram.data, datagram.length);
  queue_.push_back(std::move(queued));
  queued_bytes_ += datagram.length + kOverhead;
}

void DatagramSocket::SendQueued() {
  const size_t before = queued_bytes_;
  while (!queue_.empty()) {
    const Queued& first = queue_.front();
    const Datagram datagram = {first.to, first.data.get(), first.length};
    const int result = SendDatagrams(fd_, &datagram, 1);
    if (result == UV_EAGAIN) break;
    queued_bytes_ -= first.length + kOverhead;
    queue_.pop_front();
    if (result < 0) RecordWritten(result);
  }
  if (queued_bytes_ != before) RecordWritten(0);
}

void DatagramSocket::RecordError(int status) {
  loop().completions().Push(Op::kReadError, name().slot, name().generation,
                            status, 0, 0);
}

void DatagramSocket::RecordWritten(int status) {
  constexpr size_t kMax = std::numeric_limits<int32_t>::max();
  loop().completions().Push(
      Op::kWritten, name().slot, name().generation, status,
      static_cast<int32_t>(std::min(queued_bytes_, kMax)), 0);
}

}  // namespace uvio
