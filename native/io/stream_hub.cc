#include "io/stream_hub.h"

#include "loop/loop.h"

namespace uvio {

namespace {

// What there is still no room for stays in the list: reading again would only
// wake the poll to refuse once more.
template <typename T>
void Resume(IntrusiveList<T>* refused) {
  IntrusiveList<T> waiting;
  while (T* item = refused->PopFront()) waiting.PushBack(item);
  while (T* item = waiting.PopFront()) {
    if (item->HasRoomToRead()) {
      item->ResumeRead();
    } else {
      refused->PushBack(item);
    }
  }
}

}  // namespace

StreamHub::StreamHub(Loop* loop, int32_t* ints, size_t length,
                     Arena* send_arena)
    : loop_(*loop), submissions_(ints, length, send_arena, &loop->slots()) {}

void StreamHub::OnBeforePoll() {
  submissions_.SendAll();
  if (!refused_.IsEmpty()) Resume(&refused_);
  if (!refused_sockets_.IsEmpty()) Resume(&refused_sockets_);
  if (!fired_.IsEmpty()) Resume(&fired_);
}

}  // namespace uvio
