// Closes every loop before its environment ends.
#include "api/environment.h"

namespace uvio {

napi_status Environment::Open(Napi::Env env) {
  auto* environment = new Environment(env);
  env.SetInstanceData(environment);
  return napi_add_async_cleanup_hook(env, OnTeardown, environment, nullptr);
}

void Environment::OnTeardown(napi_async_cleanup_hook_handle hook, void* data) {
  auto* self = static_cast<Environment*>(data);
  self->is_tearing_down_ = true;
  self->hook_ = hook;
  // Close() does not unlink the loop: its close callbacks do, later.
  self->loops_.ForEach([](LoopObject* loop) { loop->Close(); });
  self->OnLoopGone();
}

void Environment::OnLoopGone() {
  if (!is_tearing_down_ || !loops_.IsEmpty() || hook_ == nullptr) return;
  const napi_async_cleanup_hook_handle hook = hook_;
  hook_ = nullptr;
  napi_remove_async_cleanup_hook(hook);
}

LoopStats Environment::Stats() {
  LoopStats total;
  loops_.ForEach([&total](LoopObject* loop) {
    const LoopStats stats = loop->Stats();
    total.handles += stats.handles;
    total.requests += stats.requests;
    total.slots += stats.slots;
  });
  total.arenas = arena_count_->lent;
  return total;
}

}  // namespace uvio
