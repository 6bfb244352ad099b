#include "node/arguments.h"

#include <cmath>
#include <limits>

namespace uvio {

namespace {

// What failed may itself have thrown (a getter, say); that exception is the
// better one, and a second throw would be ignored.
bool Throw(napi_env env, const char* code, const char* name,
           const char* expectation,
           napi_status (*raise)(napi_env, const char*, const char*)) {
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (is_pending) return false;
  const std::string message =
      std::string("The \"") + name + "\" argument must be " + expectation;
  raise(env, code, message.c_str());
  return false;
}

bool TypeOf(napi_env env, napi_value value, napi_valuetype* type) {
  return value != nullptr && napi_typeof(env, value, type) == napi_ok;
}

}  // namespace

bool ThrowTypeError(napi_env env, const char* name, const char* expectation) {
  return Throw(env, "ERR_INVALID_ARG_TYPE", name, expectation,
               napi_throw_type_error);
}

bool ThrowRangeError(napi_env env, const char* name, const char* expectation) {
  return Throw(env, "ERR_OUT_OF_RANGE", name, expectation,
               napi_throw_range_error);
}

// Not napi_get_value_int32, which makes 0 of NaN and 1 of 2 ** 32 + 1: numbers
// that name nothing would name somebody's handle.
bool ReadInt32(napi_env env, napi_value value, const char* name, int32_t* out) {
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok) {
    return ThrowTypeError(env, name, "a number");
  }
  if (!(number >= std::numeric_limits<int32_t>::min() &&
        number <= std::numeric_limits<int32_t>::max()) ||
      number != std::trunc(number)) {
    return ThrowRangeError(env, name, "a 32-bit integer");
  }
  *out = static_cast<int32_t>(number);
  return true;
}

bool ReadDouble(napi_env env, napi_value value, const char* name, double* out) {
  if (napi_get_value_double(env, value, out) != napi_ok) {
    return ThrowTypeError(env, name, "a number");
  }
  if (std::isnan(*out)) return ThrowRangeError(env, name, "not NaN");
  return true;
}

bool ReadBool(napi_env env, napi_value value, const char* name, bool* out) {
  if (napi_get_value_bool(env, value, out) == napi_ok) return true;
  return ThrowTypeError(env, name, "a boolean");
}

bool ReadString(napi_env env, napi_value value, const char* name,
                std::string* out) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
    return ThrowTypeError(env, name, "a string");
  }
  out->resize(length);
  // Since C++11 the string's memory has room for the final zero.
  if (napi_get_value_string_utf8(env, value, out->data(), length + 1,
                                 &length) != napi_ok) {
    return ThrowTypeError(env, name, "a string");
  }
  return true;
}

bool ReadSize(napi_env env, napi_value value, const char* name, size_t limit,
              size_t* out) {
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok) {
    return ThrowTypeError(env, name, "a number");
  }
  if (!(number >= 0) || number > static_cast<double>(limit) ||
      number != std::floor(number)) {
    const std::string expectation =
        "an integer from 0 to " + std::to_string(limit);
    return ThrowRangeError(env, name, expectation.c_str());
  }
  *out = static_cast<size_t>(number);
  return true;
}

bool ReadFunction(napi_env env, napi_value value, const char* name,
                  napi_value* out) {
  napi_valuetype type;
  if (!TypeOf(env, value, &type) || type != napi_function) {
    return ThrowTypeError(env, name, "a function");
  }
  *out = value;
  return true;
}

bool ReadBytes(napi_env env, napi_value value, const char* name,
               ByteView* out) {
  bool is_typed_array = false;
  napi_typedarray_type type;
  void* data = nullptr;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok ||
      !is_typed_array ||
      napi_get_typedarray_info(env, value, &type, &out->length, &data, nullptr,
                               nullptr) != napi_ok ||
      type != napi_uint8_array) {
    return ThrowTypeError(env, name, "a Uint8Array");
  }
  out->data = static_cast<const char*>(data);
  if (data == nullptr) out->length = 0;
  return true;
}

bool ReadSharedInts(napi_env env, napi_value value, const char* name,
                    SharedInts* out) {
  constexpr const char* kExpectation = "an Int32Array on a SharedArrayBuffer";
  bool is_typed_array = false;
  napi_typedarray_type type;
  void* data = nullptr;
  napi_value buffer = nullptr;
  // Through the typed array, because Node 20 refuses a SharedArrayBuffer in
  // napi_get_arraybuffer_info.
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok ||
      !is_typed_array ||
      napi_get_typedarray_info(env, value, &type, &out->length, &data, &buffer,
                               nullptr) != napi_ok ||
      type != napi_int32_array || data == nullptr) {
    return ThrowTypeError(env, name, kExpectation);
  }
  bool is_unshared = true;
  if (napi_is_arraybuffer(env, buffer, &is_unshared) != napi_ok ||
      is_unshared) {
    return ThrowTypeError(env, name, kExpectation);
  }
  out->data = static_cast<int32_t*>(data);
  return true;
}

bool ReadListLength(napi_env env, napi_value value, const char* name,
                    uint32_t limit, uint32_t* length) {
  bool is_array = false;
  if (napi_is_array(env, value, &is_array) != napi_ok || !is_array ||
      napi_get_array_length(env, value, length) != napi_ok) {
    return ThrowTypeError(env, name, "an array");
  }
  return *length <= limit || ThrowRangeError(env, name, "a shorter array");
}

bool ReadObject(napi_env env, napi_value value, const char* name) {
  napi_valuetype type;
  if (TypeOf(env, value, &type) && type == napi_object) return true;
  return ThrowTypeError(env, name, "an object");
}

bool ReadProperty(napi_env env, napi_value object, const char* name,
                  napi_value* out) {
  if (napi_get_named_property(env, object, name, out) == napi_ok) return true;
  return ThrowTypeError(env, name, "readable");
}

bool ReadOptional(napi_env env, napi_value object, const char* name,
                  napi_value* out, bool* is_given) {
  if (!ReadProperty(env, object, name, out)) return false;
  napi_valuetype type;
  if (!TypeOf(env, *out, &type)) return ThrowTypeError(env, name, "readable");
  *is_given = type != napi_undefined && type != napi_null;
  return true;
}

}  // namespace uvio
