#include "io/stream_hub.h"

#include "loop/loop.h"

namespace uvio {

StreamHub::StreamHub(Loop* loop, int32_t* ints, size_t length,
                     Arena* send_arena)
    : loop_(*loop), submissions_(ints, length, send_arena, &loop->slots()) {}

void StreamHub::AddRefused(Stream* stream) { refused_.PushBack(stream); }

void StreamHub::OnBeforePoll() {
  submissions_.SendAll();
  if (!refused_.IsEmpty()) ResumeRefused();
}

// A stream for which there is still no room stays in the list: reading again
// would only wake the poll to refuse once more.
void StreamHub::ResumeRefused() {
  IntrusiveList<Stream> waiting;
  while (Stream* stream = refused_.PopFront()) waiting.PushBack(stream);
  while (Stream* stream = waiting.PopFront()) {
    if (stream->HasRoomToRead()) {
      stream->ResumeRead();
    } else {
      refused_.PushBack(stream);
    }
  }
}

}  // namespace uvio
