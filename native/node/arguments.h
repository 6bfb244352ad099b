// Readers for what JavaScript passes. Each returns false after throwing a
// TypeError or RangeError that names the argument; the caller then returns to
// JavaScript at once.
#ifndef UVIO_NODE_ARGUMENTS_H_
#define UVIO_NODE_ARGUMENTS_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace uvio {

// Always returns false, so that a reader can end with it.
bool ThrowTypeError(napi_env env, const char* name, const char* expectation);
bool ThrowRangeError(napi_env env, const char* name, const char* expectation);

// An integer; others are refused, not wrapped or cut.
bool ReadInt32(napi_env env, napi_value value, const char* name, int32_t* out);
bool ReadDouble(napi_env env, napi_value value, const char* name, double* out);
bool ReadBool(napi_env env, napi_value value, const char* name, bool* out);
bool ReadString(napi_env env, napi_value value, const char* name,
                std::string* out);
// An integer from 0 to limit.
bool ReadSize(napi_env env, napi_value value, const char* name, size_t limit,
              size_t* out);
bool ReadFunction(napi_env env, napi_value value, const char* name,
                  napi_value* out);

// The memory behind a Uint8Array, to be used before JavaScript runs again: it
// can detach or shrink what is behind it at any time.
struct ByteView {
  const char* data = nullptr;
  size_t length = 0;
};
bool ReadBytes(napi_env env, napi_value value, const char* name, ByteView* out);

// An Int32Array on a SharedArrayBuffer, which nothing can detach or shrink:
// the pointer is good for as long as the array is referred to.
struct SharedInts {
  int32_t* data = nullptr;
  size_t length = 0;
};
bool ReadSharedInts(napi_env env, napi_value value, const char* name,
                    SharedInts* out);

// A named property of an options object.
bool ReadObject(napi_env env, napi_value value, const char* name);
bool ReadProperty(napi_env env, napi_value object, const char* name,
                  napi_value* out);
// Like ReadProperty, and tells whether the value is something else than
// undefined or null.
bool ReadOptional(napi_env env, napi_value object, const char* name,
                  napi_value* out, bool* is_given);

// For ReadList(): throws where the value is no array, or a longer one.
bool ReadListLength(napi_env env, napi_value value, const char* name,
                    uint32_t limit, uint32_t* length);

// An array whose every element `read` reads, of `limit` elements at most.
template <typename T>
bool ReadList(napi_env env, napi_value value, const char* name, uint32_t limit,
              bool (*read)(napi_env, napi_value, const char*, T*),
              std::vector<T>* out) {
  uint32_t length = 0;
  if (!ReadListLength(env, value, name, limit, &length)) return false;
  out->resize(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element = nullptr;
    if (napi_get_element(env, value, i, &element) != napi_ok) return false;
    if (!read(env, element, name, &(*out)[i])) return false;
  }
  return true;
}

// A property read by one of the readers above.
template <typename T>
bool ReadNamed(napi_env env, napi_value object, const char* name,
               bool (*read)(napi_env, napi_value, const char*, T*), T* out) {
  napi_value value = nullptr;
  return ReadProperty(env, object, name, &value) && read(env, value, name, out);
}

// Left as it is where the property is undefined or null.
template <typename T>
bool ReadOptionalNamed(napi_env env, napi_value object, const char* name,
                       bool (*read)(napi_env, napi_value, const char*, T*),
                       T* out) {
  napi_value value = nullptr;
  bool is_given = false;
  if (!ReadOptional(env, object, name, &value, &is_given)) return false;
  return !is_given || read(env, value, name, out);
}

}  // namespace uvio

#endif  // UVIO_NODE_ARGUMENTS_H_
