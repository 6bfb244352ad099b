// Loop's methods for Unix sockets and pipes.
#include <unistd.h>

#include <string>

#include "api/loop_wrap.h"
#include "io/pipe_stream.h"
#include "uv/socket.h"
#include "uv/socket_options.h"

namespace uvio {

namespace {

int BindPath(StreamHub* hub, const std::string& path) {
  return OpenListener(hub, BindUnixSocket(path.data(), path.size()));
}

int ConnectPath(StreamHub* hub, const std::string& path) {
  int status = 0;
  PipeStream* stream = PipeStream::New(hub, &status);
  if (stream != nullptr) status = stream->Connect(path);
  const int slot = Registered(stream, status);
  if (stream != nullptr && slot >= 0) stream->RecordConnected();
  return slot;
}

template <int (*open)(StreamHub*, const std::string&)>
int WithPath(LoopCall& call) {
  const std::string path = call.String("path");
  if (call.failed() || call.hub() == nullptr) return UV_EBADF;
  return open(call.hub(), path);
}

// Returns a slot; or an error code, and the caller still owns the descriptor.
int OpenDescriptor(StreamHub* hub, int fd, bool is_duplicated) {
  const int ours = is_duplicated ? DuplicateDescriptor(fd) : fd;
  if (ours < 0) return ours;
  int status = 0;
  PipeStream* stream = PipeStream::Open(hub, ours, &status);
  if (stream != nullptr) return stream->Register().slot;
  if (is_duplicated) close(ours);
  return status;
}

int OpenPipe(LoopCall& call) {
  const int32_t fd = call.Int32("fd");
  const bool is_duplicated = call.Bool("duplicate");
  if (call.failed() || call.hub() == nullptr) return UV_EBADF;
  return OpenDescriptor(call.hub(), fd, is_duplicated);
}

}  // namespace

void AddPipeMethods(LoopMethods* methods) {
  methods->Add<WithPath<BindPath>>("bindPath");
  methods->Add<WithPath<ConnectPath>>("connectPath");
  methods->Add<OpenPipe>("openPipe");
}

}  // namespace uvio
