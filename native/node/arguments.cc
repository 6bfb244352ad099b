// Reads arguments and throws what is wrong with them.
#include "node/arguments.h"

#include <cmath>
#include <limits>
#include <utility>

namespace uvio {

namespace {

using Raise = napi_status (*)(napi_env, const char*, const char*);

// A value may be unreadable because a getter threw. Its exception is pending
// then, and says more than ours would.
void Throw(napi_env env, Raise raise, const char* code, const char* message) {
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (!is_pending) raise(env, code, message);
}

std::string MustBe(const char* name, const char* expectation) {
  return std::string("The \"") + name + "\" argument must be " + expectation;
}

// The type and the memory of a typed array. False for any other value.
bool GetTypedArray(napi_env env, napi_value value, napi_typedarray_type* type,
                   size_t* length, void** data, napi_value* buffer) {
  bool is_typed_array = false;
  return napi_is_typedarray(env, value, &is_typed_array) == napi_ok &&
         is_typed_array &&
         napi_get_typedarray_info(env, value, type, length, data, buffer,
                                  nullptr) == napi_ok;
}

}  // namespace

void ThrowError(napi_env env, const char* code, const char* message) {
  Throw(env, napi_throw_error, code, message);
}

void Arguments::TypeError(const char* name, const char* expectation) {
  if (std::exchange(failed_, true)) return;
  Throw(env(), napi_throw_type_error, "ERR_INVALID_ARG_TYPE",
        MustBe(name, expectation).c_str());
}

void Arguments::RangeError(const char* name, const char* expectation) {
  if (std::exchange(failed_, true)) return;
  Throw(env(), napi_throw_range_error, "ERR_OUT_OF_RANGE",
        MustBe(name, expectation).c_str());
}

// Null, which no reader accepts, after the first error.
napi_value Arguments::NextProperty(const char* name) {
  if (failed_) return nullptr;
  if (given_ != nullptr) return std::exchange(given_, nullptr);
  napi_value value = nullptr;
  if (napi_get_named_property(env(), object_, name, &value) != napi_ok) {
    TypeError(name, "readable");
  }
  return value;
}

napi_value Arguments::OfType(const char* name, napi_valuetype expected,
                             const char* expectation) {
  const napi_value value = Next(name);
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env(), value, &type) != napi_ok || type != expected) {
    TypeError(name, expectation);
  }
  return value;
}

bool Arguments::IsGiven(const char* name) {
  const napi_value value = Next(name);
  napi_valuetype type = napi_undefined;
  napi_typeof(env(), value, &type);
  if (failed_ || type == napi_undefined || type == napi_null) return false;
  given_ = value;
  return true;
}

bool Arguments::IsNextTypedArray() const {
  bool result = false;
  napi_is_typedarray(env(), info_[next_], &result);
  return result;
}

double Arguments::ToNumber(const char* name, napi_value value) {
  double number = 0;
  if (napi_get_value_double(env(), value, &number) != napi_ok) {
    TypeError(name, "a number");
  }
  return number;
}

// Not napi_get_value_int32, which makes 0 of NaN and 1 of 2 ** 32 + 1: a
// number that names no handle would then name one.
int32_t Arguments::ToInt32(const char* name, napi_value value) {
  using Limits = std::numeric_limits<int32_t>;
  const double number = ToNumber(name, value);
  if (number >= Limits::min() && number <= Limits::max() &&
      number == std::trunc(number)) {
    return static_cast<int32_t>(number);
  }
  RangeError(name, "a 32-bit integer");
  return 0;
}

size_t Arguments::Size(const char* name, size_t limit) {
  const double number = ToNumber(name, Next(name));
  if (number >= 0 && number <= static_cast<double>(limit) &&
      number == std::floor(number)) {
    return static_cast<size_t>(number);
  }
  RangeError(name, ("an integer from 0 to " + std::to_string(limit)).c_str());
  return 0;
}

double Arguments::Double(const char* name) {
  const double number = ToNumber(name, Next(name));
  if (std::isnan(number)) RangeError(name, "not NaN");
  return number;
}

bool Arguments::Bool(const char* name) {
  bool value = false;
  if (napi_get_value_bool(env(), Next(name), &value) != napi_ok) {
    TypeError(name, "a boolean");
  }
  return value;
}

std::string Arguments::ToString(const char* name, napi_value value) {
  std::string text;
  size_t length = 0;
  if (napi_get_value_string_utf8(env(), value, nullptr, 0, &length) ==
      napi_ok) {
    text.resize(length);
    // A string's memory has room for the final zero.
    napi_get_value_string_utf8(env(), value, text.data(), length + 1, &length);
  } else {
    TypeError(name, "a string");
  }
  return text;
}

ByteView Arguments::Bytes(const char* name) {
  napi_typedarray_type type;
  void* data = nullptr;
  size_t length = 0;
  if (!GetTypedArray(env(), Next(name), &type, &length, &data, nullptr) ||
      type != napi_uint8_array) {
    TypeError(name, "a Uint8Array");
    return {};
  }
  return {static_cast<char*>(data), data == nullptr ? 0 : length};
}

// Through the typed array: Node 20 refuses a SharedArrayBuffer in
// napi_get_arraybuffer_info, which is what Napi::TypedArray would call.
SharedInts Arguments::Ints(const char* name) {
  SharedInts ints;
  ints.array = Next(name);
  napi_typedarray_type type;
  void* data = nullptr;
  napi_value buffer = nullptr;
  bool is_unshared = true;
  if (!GetTypedArray(env(), ints.array, &type, &ints.length, &data, &buffer) ||
      type != napi_int32_array || data == nullptr ||
      napi_is_arraybuffer(env(), buffer, &is_unshared) != napi_ok ||
      is_unshared) {
    TypeError(name, "an Int32Array on a SharedArrayBuffer");
    return {};
  }
  ints.data = static_cast<int32_t*>(data);
  return ints;
}

template <typename T>
std::vector<T> Arguments::List(const char* name, uint32_t limit,
                               T (Arguments::*read)(const char*, napi_value)) {
  const napi_value array = Next(name);
  bool is_array = false;
  uint32_t length = 0;
  if (napi_is_array(env(), array, &is_array) != napi_ok || !is_array ||
      napi_get_array_length(env(), array, &length) != napi_ok) {
    TypeError(name, "an array");
  }
  if (length > limit) RangeError(name, "a shorter array");
  std::vector<T> list;
  for (uint32_t i = 0; i < length && !failed_; i++) {
    napi_value element = nullptr;
    if (napi_get_element(env(), array, i, &element) != napi_ok) {
      TypeError(name, "readable");
    }
    list.push_back((this->*read)(name, element));
  }
  return list;
}

std::vector<int32_t> Arguments::Int32List(const char* name, uint32_t limit) {
  return List(name, limit, &Arguments::ToInt32);
}

std::vector<std::string> Arguments::StringList(const char* name,
                                               uint32_t limit) {
  return List(name, limit, &Arguments::ToString);
}

}  // namespace uvio
