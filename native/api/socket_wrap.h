// The class `Socket` as JavaScript sees it, and what methods of Loop about
// sockets share with it; src/native-loop/boundary/addon.ts says what each does.
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

// Read the level, the option and the value or the length. socket_options.cc
int SetOption(int fd, Arguments* arguments);
Napi::Value GetOption(int fd, Arguments* arguments);

}  // namespace uvio

#endif  // UVIO_API_SOCKET_WRAP_H_
