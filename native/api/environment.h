// The addon's state in one environment, and the order in which it goes:
//
//   1. The asynchronous clean-up hook closes every loop: its handles, the
//      requests on them, and all it refers to in JavaScript.
//   2. libuv answers the requests and calls the close callbacks; each loop
//      frees itself with its last one.
//   3. With the last loop the hook is removed, which lets the environment go
//      on: it runs the finalisers that are left, this object's among them.
//
// Anything shorter crashes: finalisers and plain hooks come too early or too
// late to wait for a close callback.
#ifndef UVIO_API_ENVIRONMENT_H_
#define UVIO_API_ENVIRONMENT_H_

#include <node_api.h>

#include <cstdint>
#include <memory>

#include "api/loop_object.h"
#include "loop/arena.h"
#include "util/intrusive_list.h"

namespace uvio {

class Environment {
 public:
  // Makes it the environment's instance data. Null with an exception pending.
  static Environment* New(napi_env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static Environment* Get(napi_env env);

  bool is_tearing_down() const { return is_tearing_down_; }
  const std::shared_ptr<ArenaCount>& arena_count() const {
    return arena_count_;
  }

  void Add(LoopObject* loop) { loops_.PushBack(loop); }
  // The loop has left the list.
  void OnLoopGone();

  LoopStats Stats();

 private:
  Environment() : arena_count_(std::make_shared<ArenaCount>()) {}

  static void OnTeardown(napi_async_cleanup_hook_handle hook, void* data);

  // Until the hook runs, null; from then on what must be removed at the end.
  napi_async_cleanup_hook_handle hook_ = nullptr;
  bool is_tearing_down_ = false;
  IntrusiveList<LoopObject> loops_;  // Each owns itself.
  const std::shared_ptr<ArenaCount> arena_count_;
};

}  // namespace uvio

#endif  // UVIO_API_ENVIRONMENT_H_
