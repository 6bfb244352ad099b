// The JavaScript class `Loop`. Its methods are in several files, by subject;
// src/native-loop/boundary/addon.ts documents each.
#ifndef UVIO_API_LOOP_WRAP_H_
#define UVIO_API_LOOP_WRAP_H_

#include <napi.h>
#include <uv.h>

#include <cstdint>

#include "api/loop_object.h"
#include "api/method.h"
#include "io/stream_hub.h"
#include "loop/io_handle.h"
#include "node/arguments.h"

namespace uvio {

// Names a new handle. Returns its slot; after a failure the error code, with
// the handle closed.
inline int Registered(IoHandle* handle, int status) {
  if (handle == nullptr) return status;
  if (status == 0) return handle->Register().slot;
  handle->Close();
  return status;
}

// Returns the descriptor of a handle, or an error code.
inline int DescriptorOf(IoHandle* handle) {
  if (handle == nullptr) return UV_EBADF;
  uv_os_fd_t fd = -1;
  const int status = uv_fileno(handle->uv(), &fd);
  return status != 0 ? status : fd;
}

// One call of a method: its arguments, and the loop that it is for.
class LoopCall : public Arguments {
 public:
  LoopCall(const Napi::CallbackInfo& info, const LoopObject::Holder& holder)
      : Arguments(info), holder_(holder) {}

  const LoopObject::Holder& holder() const { return holder_; }
  // Null when the loop is closed. Must be checked after the arguments were
  // read: a getter of an options object may close the loop.
  LoopObject* object() const {
    LoopObject* object = holder_.object;
    return object == nullptr || object->loop().is_closing() ? nullptr : object;
  }
  Loop* loop() const {
    return object() == nullptr ? nullptr : &object()->loop();
  }
  StreamHub* hub() const {
    return object() == nullptr ? nullptr : &object()->hub();
  }

  // Finds the handle that the next two arguments, slot and generation, name.
  // Null for a stale name, and when the loop is closed.
  IoHandle* Handle() {
    const int32_t slot = Int32("slot");
    const int32_t generation = Int32("generation");
    if (failed() || loop() == nullptr) return nullptr;
    return loop()->slots().Find(slot, generation);
  }
  // Null also for a handle of another kind.
  template <typename T>
  T* Handle() {
    IoHandle* handle = Handle();
    return handle != nullptr && handle->kind() == T::kKind
               ? static_cast<T*>(handle)
               : nullptr;
  }
  // The descriptor of the handle that the next two arguments name, or an error
  // code.
  int Descriptor() { return DescriptorOf(Handle()); }

 private:
  const LoopObject::Holder& holder_;
};

class LoopWrap final : public Napi::ObjectWrap<LoopWrap> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit LoopWrap(const Napi::CallbackInfo& info);
  // Closes the loop. Runs when the JavaScript object was collected.
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

// Opens a listener on a bound socket. Returns its slot; or an error code, with
// the socket closed. Defined in tcp_methods.cc.
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
