// Socket options as JavaScript sees them.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "api/socket_class.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/socket.h"

namespace uvio {

namespace {

struct Constant {
  const char* name;
  int value;
};

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

// No option of any system is longer.
constexpr size_t kMaxOption = 1 << 16;

bool ReadName(napi_env env, const napi_value arguments[3], int32_t* level,
              int32_t* option) {
  return ReadInt32(env, arguments[0], "level", level) &&
         ReadInt32(env, arguments[1], "option", option);
}

}  // namespace

napi_value MakeSocketConstants(napi_env env) {
  napi_value result = MakeObject(env);
  for (const Constant& constant : kConstants) {
    SetNamed(env, result, constant.name, MakeInt32(env, constant.value));
  }
  return result;
}

napi_value SetOption(napi_env env, int fd, const napi_value arguments[3]) {
  int32_t level = 0;
  int32_t option = 0;
  if (!ReadName(env, arguments, &level, &option)) return nullptr;
  bool is_bytes = false;
  napi_is_typedarray(env, arguments[2], &is_bytes);
  if (is_bytes) {
    ByteView bytes;
    if (!ReadBytes(env, arguments[2], "value", &bytes)) return nullptr;
    return MakeInt32(
        env, SetSocketOption(fd, level, option, bytes.data, bytes.length));
  }
  int32_t number = 0;
  if (!ReadInt32(env, arguments[2], "value", &number)) return nullptr;
  return MakeInt32(env,
                   SetSocketOption(fd, level, option, &number, sizeof(number)));
}

napi_value GetOption(napi_env env, int fd, const napi_value arguments[3]) {
  int32_t level = 0;
  int32_t option = 0;
  size_t length = 0;
  if (!ReadName(env, arguments, &level, &option) ||
      !ReadSize(env, arguments[2], "length", kMaxOption, &length)) {
    return nullptr;
  }
  napi_value result = nullptr;
  if (napi_create_array_with_length(env, 1, &result) != napi_ok) return nullptr;
  napi_value value = nullptr;
  if (length == 0) {
    int32_t number = 0;
    length = sizeof(number);
    const int status = GetSocketOption(fd, level, option, &number, &length);
    if (status < 0) return MakeInt32(env, status);
    value = MakeInt32(env, number);
  } else {
    std::vector<char> bytes(length);
    const int status =
        GetSocketOption(fd, level, option, bytes.data(), &length);
    if (status < 0) return MakeInt32(env, status);
    void* data = nullptr;
    if (length > bytes.size()) length = bytes.size();
    if (napi_create_arraybuffer(env, length, &data, &value) != napi_ok) {
      return nullptr;
    }
    if (length != 0) std::memcpy(data, bytes.data(), length);
  }
  if (napi_set_element(env, result, 0, value) != napi_ok) return nullptr;
  return result;
}

}  // namespace uvio
