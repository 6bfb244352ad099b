// The addon's state in one environment, and the order in which it is freed:
//
//   1. The asynchronous clean-up hook closes every loop: its handles, the
//      requests on them, and all it refers to in JavaScript.
//   2. libuv answers the requests and calls the close callbacks; each loop
//      frees itself with its last one.
//   3. With the last loop the hook is removed. The environment then runs the
//      remaining finalisers, which delete this object, too.
//
// Anything shorter crashes: finalisers and plain hooks cannot wait for a close
// callback.
#ifndef UVIO_API_ENVIRONMENT_H_
#define UVIO_API_ENVIRONMENT_H_

#include <napi.h>

#include <cstdint>
#include <memory>

#include "api/loop_object.h"
#include "loop/arena.h"
#include "util/intrusive_list.h"

namespace uvio {

class Environment {
 public:
  // Creates the state as the environment's instance data. Node deletes it after
  // the clean-up hooks, when no loop is left.
  static napi_status Open(Napi::Env env);
  static Environment* Get(Napi::Env env) {
    return env.GetInstanceData<Environment>();
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Napi::Env env() const { return env_; }
  bool is_tearing_down() const { return is_tearing_down_; }
  const std::shared_ptr<ArenaCount>& arena_count() const {
    return arena_count_;
  }

  void Add(LoopObject* loop) { loops_.PushBack(loop); }
  // Called when a loop has left the list.
  void OnLoopGone();

  LoopStats Stats();

 private:
  explicit Environment(Napi::Env env)
      : env_(env), arena_count_(new ArenaCount) {}

  static void OnTeardown(napi_async_cleanup_hook_handle hook, void* data);

  const Napi::Env env_;
  // Null until the hook runs, then the hook to remove at the end.
  napi_async_cleanup_hook_handle hook_ = nullptr;
  bool is_tearing_down_ = false;
  IntrusiveList<LoopObject> loops_;  // Each owns itself.
  const std::shared_ptr<ArenaCount> arena_count_;
};

}  // namespace uvio

#endif  // UVIO_API_ENVIRONMENT_H_
