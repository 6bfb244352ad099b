// A UDP socket. Datagrams are received into the lasting arenas, each after its
// sender's address, and recorded as DATA; errors never end anything.
#ifndef UVIO_IO_UDP_SOCKET_H_
#define UVIO_IO_UDP_SOCKET_H_

#include <uv.h>

#include <cstddef>

#include "loop/io_handle.h"
#include "util/intrusive_list.h"
#include "uv/address.h"

namespace uvio {

class StreamHub;

// The list node links it into the hub's list of refused sockets.
class UdpSocket final : public IoHandle, public ListNode {
 public:
  // Not registered yet. Null, with *status negative, on failure.
  static UdpSocket* New(StreamHub* hub, int family, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&udp_); }
  uv_udp_t* udp() { return &udp_; }

  int ReceiveStart();
  // Receives again after a poll that found no room for a datagram.
  void ResumeRead();
  bool HasRoomToRead() const;

  // Sends one datagram: at once where the kernel takes it, otherwise a copy is
  // queued. `to` of family 0: where the socket is connected to. Errors are
  // recorded as WRITTEN.
  void Send(const PackedAddress& to, const char* data, size_t length);
  // What is queued, each datagram counting kOverhead bytes more than it has.
  size_t queued_bytes() const { return queued_bytes_; }

 private:
  // asyncio's: a queue of empty datagrams must be bounded as well.
  static constexpr size_t kOverhead = 8;

  struct SendRequest;

  explicit UdpSocket(StreamHub* hub);

  static void OnAlloc(uv_handle_t* handle, size_t, uv_buf_t* buffer);
  static void OnReceived(uv_udp_t* udp, ssize_t count, const uv_buf_t* buffer,
                         const sockaddr* sender, unsigned flags);
  static void OnSent(uv_udp_send_t* request, int status);

  void OnClosing() override { Unlink(); }
  int Queue(const sockaddr* to, const char* data, size_t length);
  void RecordError(int status);
  void RecordWritten(int status);

  StreamHub& hub_;
  uv_udp_t udp_;
  size_t queued_bytes_ = 0;
  bool is_receiving_ = false;
};

}  // namespace uvio

#endif  // UVIO_IO_UDP_SOCKET_H_
