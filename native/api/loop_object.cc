#include "api/loop_object.h"

#include <utility>

#include "api/environment.h"
#include "node/values.h"
#include "uv/status.h"

namespace uvio {

namespace {

bool DefineValue(napi_env env, napi_value object, const char* name,
                 napi_value value) {
  if (value == nullptr) return false;
  napi_property_descriptor property = {};
  property.utf8name = name;
  property.value = value;
  property.attributes = napi_enumerable;
  return napi_define_properties(env, object, 1, &property) == napi_ok;
}

// Under a symbol that nobody else has, and neither writable nor enumerable.
bool DefineHidden(napi_env env, napi_value object, const char* description,
                  napi_value value) {
  napi_property_descriptor property = {};
  property.value = value;
  return napi_create_symbol(env, MakeString(env, description),
                            &property.name) == napi_ok &&
         napi_define_properties(env, object, 1, &property) == napi_ok;
}

void DeleteReference(napi_env env, napi_ref* reference) {
  if (*reference != nullptr) napi_delete_reference(env, *reference);
  *reference = nullptr;
}

}  // namespace

napi_value MakeStats(napi_env env, const LoopStats& stats) {
  napi_value result = MakeObject(env);
  const auto set = [&](const char* name, int64_t value) {
    SetNamed(env, result, name, MakeDouble(env, static_cast<double>(value)));
  };
  set("handles", stats.handles);
  set("requests", stats.requests);
  set("slots", stats.slots);
  set("arenas", stats.arenas);
  return result;
}

bool LoopObject::New(napi_env env, const LoopOptions& options, napi_value self,
                     Holder* holder) {
  Environment* environment = Environment::Get(env);
  uv_loop_t* uv = nullptr;
  if (environment == nullptr || environment->is_tearing_down() ||
      napi_get_uv_event_loop(env, &uv) != napi_ok) {
    napi_throw_error(env, nullptr, "This environment is being torn down");
    return false;
  }
  auto pool = std::make_shared<ArenaPool>(options.lasting_arena_bytes,
                                          environment->arena_count());
  Arena* send = Arena::New(pool, options.send_arena_bytes);
  Arena* transient = Arena::New(pool, options.transient_arena_bytes);
  if (send == nullptr || transient == nullptr) {
    if (send != nullptr) send->Unref();
    if (transient != nullptr) transient->Unref();
    napi_throw_error(env, "ENOMEM", "Not enough memory for the arenas");
    return false;
  }
  auto* object =
      new LoopObject(env, uv, options, pool, send, transient, holder);
  const int status = object->loop_.Open();
  if (status != 0) {
    // Nothing is open: its first handle is the only one that can fail.
    object->holder_ = nullptr;
    delete object;
    const StatusText text(status);
    napi_throw_error(env, text.name, text.message);
    return false;
  }
  environment->Add(object);
  if (!object->Refer(options, self, send, transient)) {
    object->OnCollected();
    return false;
  }
  holder->object = object;
  holder->pool = std::move(pool);
  return true;
}

LoopObject::LoopObject(napi_env env, uv_loop_t* uv, const LoopOptions& options,
                       std::shared_ptr<ArenaPool> pool, Arena* send,
                       Arena* transient, Holder* holder)
    : env_(env),
      environment_(*Environment::Get(env)),
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

bool LoopObject::Refer(const LoopOptions& options, napi_value self, Arena* send,
                       Arena* transient) {
  // The turn refers to whoever uses this object, so a strong reference from
  // here would keep both for ever. While no run is under way, only the
  // JavaScript object refers to it.
  return DefineHidden(env_, self, "turn", options.turn) &&
         loop_.turn().Initialize(env_, options.turn) &&
         napi_create_reference(env_, options.completions_array, 1,
                               &completions_array_) == napi_ok &&
         napi_create_reference(env_, options.submissions_array, 1,
                               &submissions_array_) == napi_ok &&
         DefineValue(env_, self, "sendArena", send->Lend(env_)) &&
         DefineValue(env_, self, "transientArena", transient->Lend(env_));
}

void LoopObject::Close() {
  if (loop_.is_closing()) return;
  hub_.submissions().Detach();
  loop_.Close();
  DeleteReference(env_, &completions_array_);
  DeleteReference(env_, &submissions_array_);
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
