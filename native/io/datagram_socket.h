// A datagram socket: UDP or Unix. Datagrams are received into the lasting
// arenas, each after its sender's packed address, and recorded as DATA; errors
// never end anything.
//
// By hand, on a uv_poll_t: libuv sends one datagram a system call unless the
// kernel has refused one, and knows no lengths of Unix addresses, so that an
// abstract name would be another one on the way out and has no end on the way
// in.
#ifndef UVIO_IO_DATAGRAM_SOCKET_H_
#define UVIO_IO_DATAGRAM_SOCKET_H_

#include <uv.h>

#include <cstddef>
#include <deque>
#include <memory>

#include "loop/io_handle.h"
#include "util/intrusive_list.h"
#include "uv/datagram.h"

namespace uvio {

class StreamHub;

// The list node links it into the hub's list of refused sockets.
class DatagramSocket final : public IoHandle, public ListNode {
 public:
  static constexpr Kind kKind = Kind::kDatagram;

  // Takes a descriptor. Not registered yet. Null, with *status negative and the
  // descriptor still the caller's, on failure.
  static DatagramSocket* New(StreamHub* hub, int fd, int family, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

  int ReceiveStart();
  // Receives again after a poll that found no room for a datagram.
  void ResumeRead();
  bool HasRoomToRead() const;

  // Splits a submission: the packed address it begins with, and the bytes.
  // False for what is too short.
  bool ReadSubmission(const char* data, size_t length, Datagram* out) const;
  // What the kernel does not take at once is copied and queued. Errors are
  // recorded as WRITTEN.
  void Send(const Datagram* datagrams, size_t count);
  // What is queued, each datagram counting kOverhead bytes more than it has.
  size_t queued_bytes() const { return queued_bytes_; }

 private:
  // asyncio's: a queue of empty datagrams must be bounded as well.
  static constexpr size_t kOverhead = 8;
  // As libuv: others want to receive in the same poll.
  static constexpr int kMaxReceives = 32;

  struct Queued {
    SocketAddress to;
    std::unique_ptr<char[]> data;
    size_t length;
  };

  DatagramSocket(StreamHub* hub, int fd, int family);

  static void OnPoll(uv_poll_t* poll, int status, int events);

  void OnClosing() override;
  // Polls for what is wanted now.
  int Watch();
  void Receive();
  // False where nothing more is to be received now.
  bool ReceiveOne();
  void PackSender(const SocketAddress& sender, char* to) const;
  void Queue(const Datagram& datagram);
  void SendQueued();
  void RecordError(int status);
  void RecordWritten(int status);

  StreamHub& hub_;
  uv_poll_t poll_;
  const int fd_;
  const bool is_unix_;
  // Bytes of a packed address.
  const size_t packed_size_;
  int events_ = 0;
  bool is_receiving_ = false;
  std::deque<Queued> queue_;
  size_t queued_bytes_ = 0;
};

}  // namespace uvio

#endif  // UVIO_IO_DATAGRAM_SOCKET_H_
