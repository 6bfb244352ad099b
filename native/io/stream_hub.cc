// Sends, and resumes receivers and polls, before each poll of the loop.
#include "io/stream_hub.h"

#include "loop/loop.h"

namespace uvio {

StreamHub::StreamHub(Loop* loop, int32_t* ints, size_t length,
                     Arena* send_arena)
    : loop_(*loop),
      submissions_(ints, length, send_arena, &loop->slots()),
      receives_(loop) {}

void StreamHub::OnBeforePoll() {
  submissions_.SendAll();
  receives_.BeginRound();
  ResumePolls();
  ResumeListeners();
}

// Resumes the polls if TypeScript has handled their records.
void StreamHub::ResumePolls() {
  if (fired_.IsEmpty() || !loop_.completions().IsConsumed()) return;
  while (Poll* poll = fired_.PopFront()) poll->Resume();
}

void StreamHub::ResumeListeners() {
  if (!loop_.is_started()) return;
  while (Listener* listener = stopped_.PopFront()) listener->Resume();
}

}  // namespace uvio
