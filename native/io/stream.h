// The base class of TCP connections and pipes: reads into arenas, writes as
// much as the kernel takes, queues the rest, and shuts down.
#ifndef UVIO_IO_STREAM_H_
#define UVIO_IO_STREAM_H_

#include <uv.h>

#include <cstddef>
#include <cstdint>

#include "io/receiver.h"
#include "loop/records.h"

namespace uvio {

class StreamHub;

class Stream : public Receiver {
 public:
  static constexpr Kind kKind = Kind::kStream;

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(uv()); }

  virtual int ReadStart(ReadMode mode);
  virtual void ReadStop();
  void ResumeRead() override;

  // Sends after everything sent before; the memory may be reused afterwards.
  // Returns 0 or the first write error.
  int Send(const uv_buf_t* buffers, unsigned count);
  // Returns the bytes in libuv's write queue.
  size_t QueuedBytes();
  // After a failed write every later one fails with the same code. The kernel
  // reports a reset as ECONNRESET once, and as EPIPE from then on.
  int write_error() const { return write_error_; }
  // Records WRITTEN, with status 0 or the first write error, and the queued
  // bytes.
  void RecordWritten(int status);

  // Shuts down the sending side. SHUTDOWN is recorded when everything queued
  // has been sent.
  int Shutdown();

 protected:
  explicit Stream(StreamHub* hub);

  // Must be called before anything is sent: sockets are written to by another
  // system call.
  void SetIsSocket(bool is_socket) { is_socket_ = is_socket; }
  StreamHub& hub() const { return hub_; }
  void Record(Op op, int status, int32_t offset = 0);
  void OnClosing() override;
  // While libuv is connecting, everything is queued instead of tried.
  // uv_shutdown() waits for the queue then.
  void set_connecting(bool connecting) { is_connecting_ = connecting; }

 private:
  friend class SubmissionQueue;

  static void OnAlloc(uv_handle_t* handle, size_t, uv_buf_t* buffer);
  static void OnRead(uv_stream_t* stream, ssize_t count,
                     const uv_buf_t* buffer);
  static void OnWritten(uv_write_t* request, int status);
  static void OnShutdown(uv_shutdown_t* request, int status);

  // Returns the error that ended the stream, or 0 after a regular end.
  int PendingError();
  int QueueRest(const uv_buf_t* buffers, unsigned count, size_t taken,
                size_t total);
  int FailWrite(int status);

  StreamHub& hub_;
  // The first and the last piece that was submitted and not sent yet. Written
  // by SubmissionQueue only.
  int32_t first_piece_ = -1;
  int32_t last_piece_ = -1;
  int32_t write_error_ = 0;
  // Whether TypeScript wants bytes. libuv still does not read while the stream
  // waits in the receive queue.
  bool is_reading_ = false;
  // Whether a second read in one round was prevented.
  bool is_held_back_ = false;
  bool is_connecting_ = false;
  bool is_socket_ = true;
};

}  // namespace uvio

#endif  // UVIO_IO_STREAM_H_
