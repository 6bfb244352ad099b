// Loop's methods for streams of any kind, for listeners, and for handles in
// general.
#include <algorithm>

#include "api/loop_wrap.h"
#include "io/listener.h"
#include "io/stream.h"

namespace uvio {

namespace {

// The result of write() and flushStream().
double QueuedOrError(Stream* stream, int status) {
  return status != 0 ? status : static_cast<double>(stream->QueuedBytes());
}

int Generation(LoopCall& call) {
  const int32_t slot = call.Int32("slot");
  return call.loop() == nullptr ? -1 : call.loop()->slots().GenerationOf(slot);
}

int ReadStart(LoopCall& call) {
  auto* stream = call.Handle<Stream>();
  const auto mode = static_cast<ReadMode>(call.Int32("mode"));
  if (mode != ReadMode::kLasting && mode != ReadMode::kTransient) {
    call.RangeError("mode", "a ReadMode");
  }
  if (call.failed() || stream == nullptr) return UV_EBADF;
  return stream->ReadStart(mode);
}

int ReadStop(LoopCall& call) {
  auto* stream = call.Handle<Stream>();
  if (stream != nullptr) stream->ReadStop();
  return 0;
}

double Write(LoopCall& call) {
  auto* stream = call.Handle<Stream>();
  const ByteView bytes = call.Bytes("bytes");
  size_t offset = call.Size("offset", bytes.length);
  size_t length = call.Size("length", bytes.length - offset);
  if (call.failed() || stream == nullptr) return UV_EBADF;
  // libuv's lengths are unsigned ints.
  constexpr size_t kMaxBuffer = size_t{1} << 30;
  int status = 0;
  do {
    const size_t count = std::min(length, kMaxBuffer);
    const uv_buf_t buffer =
        uv_buf_init(bytes.data + offset, static_cast<unsigned>(count));
    status = call.hub()->submissions().Send(stream, &buffer);
    offset += count;
    length -= count;
  } while (status == 0 && length != 0);
  return QueuedOrError(stream, status);
}

double FlushStream(LoopCall& call) {
  auto* stream = call.Handle<Stream>();
  if (stream == nullptr) return UV_EBADF;
  return QueuedOrError(stream, call.hub()->submissions().Send(stream));
}

int Shutdown(LoopCall& call) {
  auto* stream = call.Handle<Stream>();
  if (stream == nullptr) return UV_EBADF;
  const int status = call.hub()->submissions().Send(stream);
  return status != 0 ? status : stream->Shutdown();
}

int StartListening(LoopCall& call) {
  auto* listener = call.Handle<Listener>();
  const int32_t backlog = call.Int32("backlog");
  if (call.failed() || listener == nullptr) return UV_EBADF;
  return listener->Listen(backlog);
}

int PermitConnections(LoopCall& call) {
  auto* listener = call.Handle<Listener>();
  const int32_t count = call.Int32("count");
  if (call.failed() || listener == nullptr) return UV_EBADF;
  return listener->Permit(count);
}

void CloseHandle(LoopCall& call) {
  IoHandle* handle = call.Handle();
  if (handle != nullptr) handle->Close();
}

void SetHandleRef(LoopCall& call) {
  IoHandle* handle = call.Handle();
  const bool is_ref = call.Bool("ref");
  if (!call.failed() && handle != nullptr) handle->SetRef(is_ref);
}

int Fileno(LoopCall& call) { return call.Descriptor(); }

}  // namespace

void AddStreamMethods(LoopMethods* methods) {
  methods->Add<Generation>("generation");
  methods->Add<ReadStart>("readStart");
  methods->Add<ReadStop>("readStop");
  methods->Add<Write>("write");
  methods->Add<FlushStream>("flushStream");
  methods->Add<Shutdown>("shutdown");
  methods->Add<StartListening>("startListening");
  methods->Add<PermitConnections>("permitConnections");
  methods->Add<CloseHandle>("closeHandle");
  methods->Add<SetHandleRef>("setHandleRef");
  methods->Add<Fileno>("fileno");
}

}  // namespace uvio
