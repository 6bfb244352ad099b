// The addon's exports, which src/native-loop/boundary/addon.ts declares.
// api/environment.h describes what an environment owns and when it is freed.
#include <napi.h>
#include <uv.h>

#include "api/environment.h"
#include "api/loop_wrap.h"
#include "api/socket_wrap.h"
#include "api/values.h"
#include "node/arguments.h"
#include "uv/status.h"

namespace uvio {

namespace {

Napi::Value ErrorName(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int32_t code = arguments.Int32("code");
  if (arguments.failed()) return {};
  const StatusText text(code);
  return MakeArray<const char*>(info.Env(), {text.name, text.message});
}

Napi::Value Stats(const Napi::CallbackInfo& info) {
  return MakeStats(info.Env(), Environment::Get(info.Env())->Stats());
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  if (Environment::Open(env) != napi_ok) {
    ThrowError(env, nullptr, "The environment refused the addon's state");
    return exports;
  }
  using Napi::Function;
  exports.Set("layout", MakeLayout(env));
  // The version of the loaded library, not of the headers at build time.
  exports.Set("uvVersion", uv_version_string());
  exports.Set("errorName", Function::New<ErrorName>(env, "errorName"));
  exports.Set("stats", Function::New<Stats>(env, "stats"));
  exports.Set("Loop", LoopWrap::Define(env));
  exports.Set("Socket", DefineSocketClass(env));
  exports.Set("socketPair", Function::New<SocketPair>(env, "socketPair"));
  exports.Set("socketConstants", MakeSocketConstants(env));
  return exports;
}

}  // namespace

}  // namespace uvio

NAPI_MODULE_INIT() {
  return Napi::RegisterModule(env, exports, uvio::Initialize);
}
