// Makers of the JavaScript values that calls return.
#ifndef UVIO_NODE_VALUES_H_
#define UVIO_NODE_VALUES_H_

#include <node_api.h>

#include <cstdint>

namespace uvio {

// Null (undefined, in JavaScript) where the environment cannot make a value.
inline napi_value MakeInt32(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

inline napi_value MakeDouble(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

inline napi_value MakeString(napi_env env, const char* value) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &result);
  return result;
}

inline napi_value MakeObject(napi_env env) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  return result;
}

inline void SetNamed(napi_env env, napi_value object, const char* name,
                     napi_value value) {
  if (object == nullptr || value == nullptr) return;
  napi_set_named_property(env, object, name, value);
}

}  // namespace uvio

#endif  // UVIO_NODE_VALUES_H_
