// Creates a loop and connects it with its JavaScript object.
#include "api/loop_object.h"

#include <utility>

#include "api/environment.h"
#include "node/arguments.h"
#include "uv/status.h"

namespace uvio {

namespace {

constexpr auto kArenaAttributes =
    static_cast<napi_property_attributes>(napi_enumerable | napi_configurable);

}  // namespace

Napi::Object MakeStats(Napi::Env env, const LoopStats& stats) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("handles", stats.handles);
  result.Set("requests", stats.requests);
  result.Set("slots", stats.slots);
  result.Set("arenas", stats.arenas);
  return result;
}

void LoopObject::New(const LoopOptions& options, Napi::Object self,
                     Holder* holder) {
  const napi_env env = self.Env();
  Environment* environment = Environment::Get(env);
  uv_loop_t* uv = nullptr;
  if (environment->is_tearing_down() ||
      napi_get_uv_event_loop(env, &uv) != napi_ok) {
    ThrowError(env, nullptr, "This environment is being torn down");
    return;
  }
  // Not make_shared(): it is the one part of shared_ptr that the C++ library
  // has in its binary.
  std::shared_ptr<ArenaPool> pool(
      new ArenaPool(options.lasting_arena_bytes, environment->arena_count()));
  Arena* send = Arena::New(pool, options.send_arena_bytes);
  Arena* transient = Arena::New(pool, options.transient_arena_bytes);
  if (send == nullptr || transient == nullptr) {
    if (send != nullptr) send->Unref();
    if (transient != nullptr) transient->Unref();
    ThrowError(env, "ENOMEM", "Not enough memory for the arenas");
    return;
  }
  auto* object =
      new LoopObject(environment, uv, options, pool, send, transient, holder);
  const int status = object->loop_.Open();
  if (status != 0) {
    // No handle is open: only the first can fail.
    object->holder_ = nullptr;
    delete object;
    const StatusText text(status);
    ThrowError(env, text.name, text.message);
    return;
  }
  environment->Add(object);
  if (!object->Refer(options, self, send, transient)) {
    object->OnCollected();
    return;
  }
  holder->object = object;
  holder->pool = std::move(pool);
}

LoopObject::LoopObject(Environment* environment, uv_loop_t* uv,
                       const LoopOptions& options,
                       std::shared_ptr<ArenaPool> pool, Arena* send,
                       Arena* transient, Holder* holder)
    : env_(environment->env()),
      environment_(*environment),
      holder_(holder),
      pool_(std::move(pool)),
      completions_(options.completions.data, options.completions.length),
      arenas_(transient, pool_, options.lasting_arena_bytes, &completions_),
      loop_(uv, &completions_, &arenas_, this),
      hub_(&loop_, options.submissions.data, options.submissions.length, send) {
}

LoopObject::~LoopObject() {
  Unlink();
  if (holder_ != nullptr) holder_->object = nullptr;
}

bool LoopObject::Refer(const LoopOptions& options, Napi::Object self,
                       Arena* send, Arena* transient) {
  using Property = Napi::PropertyDescriptor;
  const napi_value send_arena = send->Lend(env_);
  const napi_value transient_arena = transient->Lend(env_);
  if (send_arena == nullptr || transient_arena == nullptr) return false;
  // The turn references the users of this object, so a strong reference from
  // here would keep both for ever. Between runs only the JavaScript object
  // references it, under a hidden symbol.
  return self.DefineProperties(
             {Property::Value(Napi::Symbol::New(env_, "turn"), options.turn),
              // Configurable: the channel of a closed loop deletes them, so
              // that whatever still refers to the loop keeps no arena.
              Property::Value("sendArena", send_arena, kArenaAttributes),
              Property::Value("transientArena", transient_arena,
                              kArenaAttributes)}) &&
         loop_.turn().Initialize(env_, options.turn) &&
         napi_create_reference(env_, options.completions.array, 1,
                               &completions_array_) == napi_ok &&
         napi_create_reference(env_, options.submissions.array, 1,
                               &submissions_array_) == napi_ok;
}

void LoopObject::Close() {
  if (loop_.is_closing()) return;
  hub_.submissions().Detach();
  loop_.Close();
  pool_->StopKeeping();
  for (napi_ref* array : {&completions_array_, &submissions_array_}) {
    if (*array != nullptr) napi_delete_reference(env_, *array);
    *array = nullptr;
  }
}

void LoopObject::OnCollected() {
  holder_ = nullptr;
  Close();
}

void LoopObject::OnLoopGone() {
  Environment& environment = environment_;
  delete this;
  environment.OnLoopGone();
}

LoopStats LoopObject::Stats() {
  LoopStats stats;
  stats.handles = loop_.io_handles();
  stats.requests = loop_.requests();
  stats.slots = static_cast<int64_t>(loop_.slots().size());
  stats.arenas = pool_->lent();
  return stats;
}

}  // namespace uvio
