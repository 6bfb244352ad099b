// A bound socket that accepts connections, whatever they run over. They are
// accepted during the poll and recorded as ACCEPT; they read nothing until they
// are told to.
#ifndef UVIO_IO_LISTENER_H_
#define UVIO_IO_LISTENER_H_

#include <uv.h>

#include "io/stream.h"
#include "loop/io_handle.h"

namespace uvio {

class StreamHub;

class Listener : public IoHandle {
 public:
  // Connections are refused before this.
  int Listen(int backlog);

 protected:
  explicit Listener(StreamHub* hub);

  StreamHub& hub() const { return hub_; }
  // A stream to accept into. Null, with *status negative, on failure.
  virtual Stream* NewConnection(int* status) = 0;

 private:
  static void OnConnection(uv_stream_t* stream, int status);
  int Accept();

  StreamHub& hub_;
};

}  // namespace uvio

#endif  // UVIO_IO_LISTENER_H_
