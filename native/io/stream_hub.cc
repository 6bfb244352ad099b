// Resumes refused streams, sockets and polls before each poll.
#include "io/stream_hub.h"

#include "loop/loop.h"

namespace uvio {

namespace {

// Resumes the items that have room. The others stay in the list: they would
// only wake the poll to be refused again.
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
  for (const ReadMode mode : {ReadMode::kLasting, ReadMode::kTransient}) {
    is_for_resumed_[Index(mode)] =
        !refused_[Index(mode)].IsEmpty() && ResumeStreams(mode);
  }
  if (!refused_sockets_.IsEmpty()) Resume(&refused_sockets_);
  if (!fired_.IsEmpty()) Resume(&fired_);
}

// Resumes as many streams as will probably find room; more would be refused
// again. Returns true if they leave less than half of it to other streams. The
// estimate is the length of each last read, so a stream may still be refused.
bool StreamHub::ResumeStreams(ReadMode mode) {
  IntrusiveList<Stream>& refused = refused_[Index(mode)];
  const size_t bytes = loop_.arenas().Room(mode);
  const size_t records = loop_.completions().Room();
  size_t promised = 0;
  size_t resumed = 0;
  while (promised < bytes && resumed < records && !refused.IsEmpty()) {
    Stream* stream = refused.PopFront();
    promised += stream->expected_bytes();
    resumed++;
    stream->ResumeRead();
  }
  return promised > bytes / 2 || resumed > records / 2;
}

}  // namespace uvio
