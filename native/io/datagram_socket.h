// A datagram socket: UDP or Unix. Datagrams are received into the lasting
// arenas, each after its sender's packed address, and recorded as DATA. Errors
// are recorded too, and do not end receiving.
//
// uv_udp_t is not used, for two reasons. libuv sends one datagram per system
// call unless the kernel has refused one. And it does not handle the length of
// a Unix address: an abstract name would be padded when sent, and would not end
// when received.
#ifndef UVIO_IO_DATAGRAM_SOCKET_H_
#define UVIO_IO_DATAGRAM_SOCKET_H_

#include <uv.h>

#include <cstddef>
#include <deque>
#include <memory>

#include "io/receiver.h"
#include "uv/datagram.h"

namespace uvio {

class StreamHub;

class DatagramSocket final : public Receiver {
 public:
  static constexpr Kind kKind = Kind::kDatagram;

  // Takes ownership of a descriptor. Not registered yet. On failure returns
  // null with *status negative, and the caller still owns the descriptor.
  static DatagramSocket* New(StreamHub* hub, int fd, int family, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

  int ReceiveStart();
  void ResumeRead() override;

  // Splits a submission into its packed address and its bytes. Returns false if
  // it is too short.
  bool ReadSubmission(const char* data, size_t length, Datagram* out) const;
  // Sends datagrams. Those that the kernel does not take are copied and queued.
  // Errors are recorded as WRITTEN.
  void Send(const Datagram* datagrams, size_t count);
  // Returns the queued bytes, with kOverhead added for each datagram.
  size_t queued_bytes() const { return queued_bytes_; }

 private:
  // asyncio's value. It bounds a queue of empty datagrams, too.
  static constexpr size_t kOverhead = 8;
  // libuv's value. It leaves time for other sockets in the same round, as does
  // the limit of bytes, kMaxRead.
  static constexpr int kMaxReceives = 32;

  struct Queued {
    SocketAddress to;
    std::unique_ptr<char[]> data;
    size_t length;
  };

  DatagramSocket(StreamHub* hub, int fd, int family);

  static void OnPoll(uv_poll_t* poll, int status, int events);

  void OnClosing() override;
  // Polls for the events that are wanted now, if they have changed.
  int Watch();
  void Receive();
  // Receives one datagram, and adds its length. Returns false if no more can be
  // received now.
  bool ReceiveOne(size_t* bytes);
  void PackSender(const SocketAddress& sender, char* to) const;
  void Queue(const Datagram& datagram);
  void SendQueued();
  void RecordError(int status);
  void RecordWritten(int status);

  StreamHub& hub_;
  uv_poll_t poll_;
  const int fd_;
  const bool is_unix_;
  // The size of a packed address in bytes.
  const size_t packed_size_;
  int events_ = 0;
  bool is_receiving_ = false;
  std::deque<Queued> queue_;
  size_t queued_bytes_ = 0;
};

}  // namespace uvio

#endif  // UVIO_IO_DATAGRAM_SOCKET_H_
