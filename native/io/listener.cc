#include "io/listener.h"

#include "io/stream_hub.h"
#include "loop/loop.h"

namespace uvio {

Listener::Listener(StreamHub* hub)
    : IoHandle(&hub->loop(), Kind::kListener), hub_(*hub) {}

int Listener::Listen(int backlog) {
  return uv_listen(reinterpret_cast<uv_stream_t*>(uv()), backlog, OnConnection);
}

void Listener::OnConnection(uv_stream_t* stream, int status) {
  auto* self = static_cast<Listener*>(static_cast<IoHandle*>(stream->data));
  if (status == 0) status = self->Accept();
  if (status != 0) {
    self->loop().completions().Push(Op::kAccept, self->name().slot,
                                    self->name().generation, status, -1, 0);
  }
}

int Listener::Accept() {
  int status = 0;
  Stream* connection = NewConnection(&status);
  if (connection == nullptr) return status;
  status =
      uv_accept(reinterpret_cast<uv_stream_t*>(uv()), connection->stream());
  if (status != 0) {
    connection->Close();
    return status;
  }
  const SlotName accepted = connection->Register();
  loop().completions().Push(Op::kAccept, name().slot, name().generation, 0,
                            accepted.slot, accepted.generation);
  return 0;
}

}  // namespace uvio
