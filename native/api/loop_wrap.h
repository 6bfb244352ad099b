// The class `Loop` as JavaScript sees it. Its methods are in several files, by
// subject; src/native-loop/boundary/addon.ts says what each does.
#ifndef UVIO_API_LOOP_WRAP_H_
#define UVIO_API_LOOP_WRAP_H_

#include <napi.h>

#include "api/loop_call.h"
#include "api/loop_object.h"
#include "api/method.h"

namespace uvio {

class LoopWrap final : public Napi::ObjectWrap<LoopWrap> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit LoopWrap(const Napi::CallbackInfo& info);
  // Closes the loop: its JavaScript object was collected.
  ~LoopWrap() override;

  template <auto method>
  Napi::Value Call(const Napi::CallbackInfo& info) {
    LoopCall call(info, holder_);
    return Invoke(method, call);
  }

 private:
  LoopObject::Holder holder_;
};

using LoopMethods = Methods<LoopWrap>;

// Opens a listener on a bound socket, which it takes. Returns a slot; or an
// error code, with the socket closed. tcp_methods.cc
int OpenListener(StreamHub* hub, int fd);

void AddLifecycleMethods(LoopMethods* methods);  // loop_methods.cc
void AddStreamMethods(LoopMethods* methods);     // stream_methods.cc
void AddTcpMethods(LoopMethods* methods);        // tcp_methods.cc
void AddPipeMethods(LoopMethods* methods);       // pipe_methods.cc
void AddDatagramMethods(LoopMethods* methods);   // datagram_methods.cc
void AddPollMethods(LoopMethods* methods);       // poll_methods.cc
void AddSocketMethods(LoopMethods* methods);     // socket_methods.cc
void AddProcessMethods(LoopMethods* methods);    // process_methods.cc

}  // namespace uvio

#endif  // UVIO_API_LOOP_WRAP_H_
