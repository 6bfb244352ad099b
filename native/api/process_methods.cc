// Loop's methods for child processes.
#include <vector>

#include "api/loop_wrap.h"
#include "api/values.h"
#include "io/pipe_stream.h"
#include "io/process.h"

namespace uvio {

namespace {

constexpr uint32_t kMaxStrings = 1 << 20;
constexpr uint32_t kMaxStdio = 1 << 16;

SpawnOptions ReadSpawnOptions(Arguments* arguments) {
  SpawnOptions options;
  arguments->OpenObject("options");
  options.file = arguments->String("file");
  options.args = arguments->StringList("args", kMaxStrings);
  options.has_env = arguments->IsGiven("env");
  if (options.has_env) options.env = arguments->StringList("env", kMaxStrings);
  if (arguments->IsGiven("cwd")) options.cwd = arguments->String("cwd");
  if (arguments->IsGiven("uid")) options.uid = arguments->Int32("uid");
  if (arguments->IsGiven("gid")) options.gid = arguments->Int32("gid");
  options.is_detached = arguments->Bool("detached");
  options.stdio = arguments->Int32List("stdio", kMaxStdio);
  return options;
}

Napi::Value Spawn(LoopCall& call) {
  const Napi::Env env = call.env();
  const SpawnOptions options = ReadSpawnOptions(&call);
  if (call.failed()) return {};
  if (call.hub() == nullptr) return Napi::Number::New(env, UV_EBADF);
  int status = 0;
  std::vector<PipeStream*> pipes;
  Process* process = Process::Spawn(call.hub(), options, &pipes, &status);
  if (process == nullptr) return Napi::Number::New(env, status);
  std::vector<int32_t> slots;
  slots.reserve(pipes.size());
  for (PipeStream* pipe : pipes) {
    slots.push_back(pipe == nullptr ? -1 : pipe->Register().slot);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("slot", process->Register().slot);
  result.Set("pid", process->pid());
  result.Set("pipes", MakeArray(env, slots));
  return result;
}

int KillProcess(LoopCall& call) {
  auto* process = call.Handle<Process>();
  const int32_t signal = call.Int32("signal");
  if (call.failed() || process == nullptr) return UV_ESRCH;
  return process->Kill(signal);
}

}  // namespace

void AddProcessMethods(LoopMethods* methods) {
  methods->Add<Spawn>("spawn");
  methods->Add<KillProcess>("killProcess");
}

}  // namespace uvio
