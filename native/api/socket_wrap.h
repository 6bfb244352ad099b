// The JavaScript class `Socket`, and readers that it shares with Loop's
// methods. src/native-loop/boundary/addon.ts documents each method.
#ifndef UVIO_API_SOCKET_WRAP_H_
#define UVIO_API_SOCKET_WRAP_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "node/arguments.h"

namespace uvio {

Napi::Function DefineSocketClass(Napi::Env env);
Napi::Value SocketPair(const Napi::CallbackInfo& info);

// The part of a file that sendFile() sends, read from its last arguments.
struct FilePart {
  explicit FilePart(Arguments* arguments);
  int32_t fd;
  int64_t offset;
  size_t count;
};

// Read a level, an option, and a value or a length. In socket_options.cc.
int SetOption(int fd, Arguments* arguments);
Napi::Value GetOption(int fd, Arguments* arguments);

}  // namespace uvio

#endif  // UVIO_API_SOCKET_WRAP_H_
