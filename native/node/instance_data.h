// The addon's state of one environment (main thread or worker). There are no
// globals: several environments, and several copies of the addon, can live in
// one process.
#ifndef UVIO_NODE_INSTANCE_DATA_H_
#define UVIO_NODE_INSTANCE_DATA_H_

#include <node_api.h>

namespace uvio {

// The environment deletes the data after its clean-up hooks have ended.
template <typename T>
bool SetInstanceData(napi_env env, T* data) {
  const auto finalize = [](napi_env, void* pointer, void*) {
    delete static_cast<T*>(pointer);
  };
  return napi_set_instance_data(env, data, finalize, nullptr) == napi_ok;
}

template <typename T>
T* GetInstanceData(napi_env env) {
  void* data = nullptr;
  if (napi_get_instance_data(env, &data) != napi_ok) return nullptr;
  return static_cast<T*>(data);
}

}  // namespace uvio

#endif  // UVIO_NODE_INSTANCE_DATA_H_
