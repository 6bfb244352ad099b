// Loop methods about child processes.
#include <string>
#include <vector>

#include "api/call.h"
#include "api/loop_class.h"
#include "io/pipe_stream.h"
#include "io/process.h"
#include "node/arguments.h"
#include "node/values.h"

namespace uvio {

namespace {

constexpr uint32_t kMaxStrings = 1 << 20;
constexpr uint32_t kMaxStdio = 1 << 16;

bool ReadSpawnOptions(napi_env env, napi_value value, SpawnOptions* out) {
  napi_value args = nullptr;
  napi_value variables = nullptr;
  napi_value stdio = nullptr;
  return ReadObject(env, value, "options") &&
         ReadNamed(env, value, "file", ReadString, &out->file) &&
         ReadProperty(env, value, "args", &args) &&
         ReadList(env, args, "args", kMaxStrings, ReadString, &out->args) &&
         ReadOptional(env, value, "env", &variables, &out->has_env) &&
         (!out->has_env || ReadList(env, variables, "env", kMaxStrings,
                                    ReadString, &out->env)) &&
         ReadOptionalNamed(env, value, "cwd", ReadString, &out->cwd) &&
         ReadOptionalNamed(env, value, "uid", ReadInt32, &out->uid) &&
         ReadOptionalNamed(env, value, "gid", ReadInt32, &out->gid) &&
         ReadNamed(env, value, "detached", ReadBool, &out->is_detached) &&
         ReadProperty(env, value, "stdio", &stdio) &&
         ReadList(env, stdio, "stdio", kMaxStdio, ReadInt32, &out->stdio);
}

napi_value JsSpawn(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  SpawnOptions options;
  if (!ReadSpawnOptions(env, call.argument(0), &options)) return nullptr;
  // Reading may have run getters, and these may have closed the loop.
  if (call.object() == nullptr || call.object()->loop().is_closing()) {
    return MakeInt32(env, UV_EBADF);
  }
  int status = 0;
  std::vector<PipeStream*> pipes;
  Process* process =
      Process::Spawn(&call.object()->hub(), options, &pipes, &status);
  if (process == nullptr) return MakeInt32(env, status);
  napi_value slots = nullptr;
  napi_create_array_with_length(env, pipes.size(), &slots);
  for (size_t i = 0; i < pipes.size(); i++) {
    const int32_t slot = pipes[i] == nullptr ? -1 : pipes[i]->Register().slot;
    if (slots == nullptr) continue;
    napi_set_element(env, slots, static_cast<uint32_t>(i),
                     MakeInt32(env, slot));
  }
  napi_value result = MakeObject(env);
  SetNamed(env, result, "slot", MakeInt32(env, process->Register().slot));
  SetNamed(env, result, "pid", MakeInt32(env, process->pid()));
  SetNamed(env, result, "pipes", slots);
  return result;
}

napi_value JsKillProcess(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Process* process = nullptr;
  int32_t signal = 0;
  if (!call.ReadProcess(&process) ||
      !ReadInt32(env, call.argument(2), "signal", &signal)) {
    return nullptr;
  }
  if (process == nullptr) return MakeInt32(env, UV_ESRCH);
  return MakeInt32(env, process->Kill(signal));
}

}  // namespace

void AddProcessMethods(Methods* methods) {
  AddMethod(methods, "spawn", JsSpawn);
  AddMethod(methods, "killProcess", JsKillProcess);
}

}  // namespace uvio
