#include "api/call.h"

#include "node/arguments.h"

namespace uvio {

Call::Call(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMaxArguments;
  void* holder = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments_, &self_, nullptr) !=
          napi_ok ||
      napi_unwrap(env, self_, &holder) != napi_ok) {
    return;
  }
  holder_ = static_cast<LoopObject::Holder*>(holder);
  LoopObject* object = holder_->object;
  if (object != nullptr && !object->loop().is_closing()) object_ = object;
}

bool Call::ReadHandle(IoHandle** handle) {
  int32_t slot = 0;
  int32_t generation = 0;
  if (!ReadInt32(env_, argument(0), "slot", &slot) ||
      !ReadInt32(env_, argument(1), "generation", &generation)) {
    return false;
  }
  *handle = object_ == nullptr ? nullptr
                               : object_->loop().slots().Find(slot, generation);
  return true;
}

template <typename T>
bool Call::ReadKind(IoHandle::Kind kind, T** out) {
  IoHandle* handle = nullptr;
  if (!ReadHandle(&handle)) return false;
  *out = handle != nullptr && handle->kind() == kind ? static_cast<T*>(handle)
                                                     : nullptr;
  return true;
}

bool Call::ReadStream(Stream** stream) {
  return ReadKind(IoHandle::Kind::kStream, stream);
}

bool Call::ReadListener(Listener** listener) {
  return ReadKind(IoHandle::Kind::kListener, listener);
}

bool Call::ReadSocket(DatagramSocket** socket) {
  return ReadKind(IoHandle::Kind::kDatagram, socket);
}

bool Call::ReadPoll(Poll** poll) {
  return ReadKind(IoHandle::Kind::kPoll, poll);
}

bool Call::ReadProcess(Process** process) {
  return ReadKind(IoHandle::Kind::kProcess, process);
}

}  // namespace uvio
