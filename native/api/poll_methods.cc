// Loop's methods for watching the program's own descriptors.
#include "api/loop_wrap.h"
#include "io/poll.h"
#include "uv/owned_descriptors.h"

namespace uvio {

namespace {

int OpenPoll(LoopCall& call) {
  const int32_t fd = call.Int32("fd");
  if (call.failed() || call.hub() == nullptr) return UV_EBADF;
  int status = 0;
  Poll* poll = Poll::New(call.hub(), fd, &status);
  return Registered(poll, status);
}

int SetPollEvents(LoopCall& call) {
  auto* poll = call.Handle<Poll>();
  const size_t events = call.Size("events", UV_READABLE | UV_WRITABLE);
  if (call.failed() || poll == nullptr) return UV_EBADF;
  return poll->SetEvents(static_cast<int>(events));
}

int IsPollOf(LoopCall& call) {
  auto* poll = call.Handle<Poll>();
  const int32_t fd = call.Int32("fd");
  return poll != nullptr && poll->IsOf(fd) ? 1 : 0;
}

int IsOurs(LoopCall& call) { return IsOwned(call.Int32("fd")) ? 1 : 0; }

}  // namespace

void AddPollMethods(LoopMethods* methods) {
  methods->Add<OpenPoll>("openPoll");
  methods->Add<SetPollEvents>("setPollEvents");
  methods->Add<IsPollOf>("isPollOf");
  methods->Add<IsOurs>("isOurs");
}

}  // namespace uvio
