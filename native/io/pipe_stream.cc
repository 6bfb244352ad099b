// Opens Unix sockets, pipes and terminals as libuv pipes.
#include "io/pipe_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include "io/hangup_watch.h"
#include "io/stream_hub.h"
#include "loop/loop.h"
#include "uv/descriptor.h"
#include "uv/socket_options.h"

namespace uvio {

PipeStream* PipeStream::New(StreamHub* hub, int* status) {
  auto* stream = new PipeStream(hub);
  *status = uv_pipe_init(hub->loop().uv(), &stream->pipe_, 0);
  return stream->Opened(*status) ? stream : nullptr;
}

PipeStream* PipeStream::Open(StreamHub* hub, int fd, int* status) {
  uv_stat_t about;
  *status = CheckPollable(fd);
  if (*status == 0) *status = Describe(fd, &about);
  if (*status != 0) return nullptr;
  PipeStream* stream = New(hub, status);
  if (stream == nullptr) return nullptr;
  *status = uv_pipe_open(&stream->pipe_, fd);
  if (*status != 0) {
    stream->Close();
    return nullptr;
  }
  stream->SetIsSocket(S_ISSOCK(about.st_mode));
  return stream;
}

int PipeStream::Connect(const std::string& path) {
  const int fd = ConnectUnixSocket(path.data(), path.size());
  if (fd < 0) return fd;
  const int status = uv_pipe_open(&pipe_, fd);
  if (status != 0) close(fd);
  return status;
}

void PipeStream::RecordConnected() { Record(Op::kConnect, 0); }

int PipeStream::ReadStart(ReadMode mode) {
  if (uv_is_readable(stream())) return Stream::ReadStart(mode);
  if (watch_ != nullptr) return 0;
  int status = 0;
  watch_ = HangupWatch::New(this, &status);
  return status;
}

void PipeStream::ReadStop() {
  StopWatch();
  Stream::ReadStop();
}

void PipeStream::OnHangup() {
  StopWatch();
  Record(Op::kEof, 0);
}

void PipeStream::OnClosing() {
  StopWatch();
  Stream::OnClosing();
}

void PipeStream::StopWatch() {
  if (watch_ != nullptr) watch_->Close();
  watch_ = nullptr;
}

}  // namespace uvio
