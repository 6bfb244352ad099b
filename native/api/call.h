// One call of a Loop method: its arguments, and the loop it is for.
#ifndef UVIO_API_CALL_H_
#define UVIO_API_CALL_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>

#include "api/loop_object.h"
#include "io/datagram_socket.h"
#include "io/listener.h"
#include "io/poll.h"
#include "io/process.h"
#include "io/stream.h"

namespace uvio {

// V8 has already checked the receiver: napi_define_class gives methods a
// signature, so that `method.call(other)` throws before it comes here.
class Call {
 public:
  Call(napi_env env, napi_callback_info info);

  napi_env env() const { return env_; }
  napi_value self() const { return self_; }
  // Undefined where fewer were passed.
  napi_value argument(size_t index) const { return arguments_[index]; }
  const napi_value* arguments() const { return arguments_; }

  // Null once the loop has been closed.
  LoopObject* object() const { return object_; }
  // Null only for an object whose constructor failed.
  LoopObject::Holder* holder() const { return holder_; }

  // The handle that the first two arguments name; null for a stale name.
  // False with an exception pending where they are no numbers.
  bool ReadHandle(IoHandle** handle);
  // The same for streams: null where it is none.
  bool ReadStream(Stream** stream);
  bool ReadListener(Listener** listener);
  bool ReadSocket(DatagramSocket** socket);
  bool ReadPoll(Poll** poll);
  bool ReadProcess(Process** process);

 private:
  template <typename T>
  bool ReadKind(IoHandle::Kind kind, T** out);

  static constexpr size_t kMaxArguments = 5;

  const napi_env env_;
  napi_value self_ = nullptr;
  napi_value arguments_[kMaxArguments] = {};
  LoopObject::Holder* holder_ = nullptr;
  LoopObject* object_ = nullptr;
};

}  // namespace uvio

#endif  // UVIO_API_CALL_H_
