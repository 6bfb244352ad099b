// Reads and writes socket options, and lists the system's constants.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "api/socket_wrap.h"
#include "api/values.h"
#include "node/arguments.h"
#include "uv/socket.h"

namespace uvio {

namespace {

#define CONSTANT(name) \
  { #name, name }

constexpr Constant kConstants[] = {
    CONSTANT(AF_INET),
    CONSTANT(AF_INET6),
    CONSTANT(AF_UNIX),
    CONSTANT(SOCK_STREAM),
    CONSTANT(SOCK_DGRAM),
    CONSTANT(SHUT_RD),
    CONSTANT(SHUT_WR),
    CONSTANT(SHUT_RDWR),
    CONSTANT(SOL_SOCKET),
    CONSTANT(SO_BROADCAST),
    CONSTANT(SO_ERROR),
    CONSTANT(SO_KEEPALIVE),
    CONSTANT(SO_LINGER),
    CONSTANT(SO_RCVBUF),
    CONSTANT(SO_RCVLOWAT),
    CONSTANT(SO_REUSEADDR),
    CONSTANT(SO_REUSEPORT),
    CONSTANT(SO_SNDBUF),
    CONSTANT(SO_TYPE),
    CONSTANT(IPPROTO_IP),
    CONSTANT(IP_TOS),
    CONSTANT(IP_TTL),
    CONSTANT(IP_MULTICAST_LOOP),
    CONSTANT(IP_MULTICAST_TTL),
    CONSTANT(IPPROTO_IPV6),
    CONSTANT(IPV6_V6ONLY),
    CONSTANT(IPPROTO_TCP),
    CONSTANT(TCP_NODELAY),
    CONSTANT(TCP_MAXSEG),
    CONSTANT(TCP_KEEPINTVL),
    CONSTANT(TCP_KEEPCNT),
#ifdef __linux__
    CONSTANT(SO_DOMAIN),
    CONSTANT(SO_INCOMING_CPU),
    CONSTANT(SO_BUSY_POLL),
    CONSTANT(SO_MARK),
    CONSTANT(SO_PRIORITY),
    CONSTANT(TCP_CORK),
    CONSTANT(TCP_DEFER_ACCEPT),
    CONSTANT(TCP_FASTOPEN),
    CONSTANT(TCP_INFO),
    CONSTANT(TCP_KEEPIDLE),
    CONSTANT(TCP_QUICKACK),
    CONSTANT(TCP_USER_TIMEOUT),
#endif
};

#undef CONSTANT

// Longer than any option of any system.
constexpr size_t kMaxOption = 1 << 16;

}  // namespace

Napi::Object MakeSocketConstants(Napi::Env env) {
  return MakeConstants(env, kConstants);
}

int SetOption(int fd, Arguments* arguments) {
  const int32_t level = arguments->Int32("level");
  const int32_t option = arguments->Int32("option");
  if (arguments->IsNextTypedArray()) {
    const ByteView bytes = arguments->Bytes("value");
    if (arguments->failed()) return 0;
    return SetSocketOption(fd, level, option, bytes.data, bytes.length);
  }
  const int32_t number = arguments->Int32("value");
  if (arguments->failed()) return 0;
  return SetSocketOption(fd, level, option, &number, sizeof(number));
}

Napi::Value GetOption(int fd, Arguments* arguments) {
  const int32_t level = arguments->Int32("level");
  const int32_t option = arguments->Int32("option");
  const size_t length = arguments->Size("length", kMaxOption);
  if (arguments->failed()) return {};
  const Napi::Env env = arguments->env();
  int32_t number = 0;
  std::vector<char> bytes(length);
  size_t used = length == 0 ? sizeof(number) : length;
  const int status = GetSocketOption(
      fd, level, option,
      length == 0 ? static_cast<void*>(&number) : bytes.data(), &used);
  if (status < 0) return Napi::Number::New(env, status);
  const Napi::Value value =
      length == 0
          ? Napi::Number::New(env, number)
          : CopyToArrayBuffer(env, bytes.data(), std::min(used, length));
  return MakeArray<Napi::Value>(env, {value});
}

}  // namespace uvio
