// The arguments of one call from JavaScript.
//
// Values are read in order. The first one that cannot be used throws a
// TypeError or RangeError that names it; later reads return zeros and throw
// nothing. So a method reads all it needs, then checks failed() once.
//
// Reading converts nothing: a string of digits is not a number. Errors are
// thrown here (and in loop/arena.cc) by the C interface: node-addon-api aborts
// when it throws while an exception is pending.
#ifndef UVIO_NODE_ARGUMENTS_H_
#define UVIO_NODE_ARGUMENTS_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace uvio {

// The memory behind a Uint8Array. Valid until JavaScript runs again, which may
// detach or shrink the buffer.
struct ByteView {
  char* data = nullptr;
  size_t length = 0;
};

// An Int32Array on a SharedArrayBuffer. Nothing can detach or shrink such a
// buffer: the pointer is valid while the array is referenced.
struct SharedInts {
  napi_value array = nullptr;
  int32_t* data = nullptr;
  size_t length = 0;
};

// Throws an Error, unless an exception is pending: that one came first.
void ThrowError(napi_env env, const char* code, const char* message);

class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  Napi::Env env() const { return info_.Env(); }
  // Whether a value was refused. Its exception is pending then.
  bool failed() const { return failed_; }

  // Opens the next argument, which must be an object: later reads take its
  // property of that name instead of an argument.
  void OpenObject(const char* name) {
    object_ = OfType(name, napi_object, "an object");
  }
  // Whether the next value is neither undefined nor null. If it is, the next
  // read returns that value; otherwise it has been skipped.
  bool IsGiven(const char* name);
  bool IsNextTypedArray() const;

  // An integer; other numbers are refused, not truncated or wrapped.
  int32_t Int32(const char* name) { return ToInt32(name, Next(name)); }
  // An integer from 0 to limit.
  size_t Size(const char* name, size_t limit);
  // Any number but NaN.
  double Double(const char* name);
  bool Bool(const char* name);
  std::string String(const char* name) { return ToString(name, Next(name)); }
  napi_value Function(const char* name) {
    return OfType(name, napi_function, "a function");
  }
  ByteView Bytes(const char* name);
  SharedInts Ints(const char* name);
  // Arrays of at most `limit` elements.
  std::vector<int32_t> Int32List(const char* name, uint32_t limit);
  std::vector<std::string> StringList(const char* name, uint32_t limit);

  // Refuse a value that was read: the "name" argument must be `expectation`.
  void TypeError(const char* name, const char* expectation);
  void RangeError(const char* name, const char* expectation);

 private:
  napi_value Next(const char* name) {
    if (failed_ || object_ != nullptr) return NextProperty(name);
    return info_[next_++];
  }
  napi_value NextProperty(const char* name);
  napi_value OfType(const char* name, napi_valuetype expected,
                    const char* expectation);
  double ToNumber(const char* name, napi_value value);
  int32_t ToInt32(const char* name, napi_value value);
  std::string ToString(const char* name, napi_value value);
  template <typename T>
  std::vector<T> List(const char* name, uint32_t limit,
                      T (Arguments::*read)(const char*, napi_value));

  const Napi::CallbackInfo& info_;
  size_t next_ = 0;
  napi_value object_ = nullptr;  // Opened by OpenObject().
  napi_value given_ = nullptr;   // Kept by IsGiven() for the next read.
  bool failed_ = false;
};

}  // namespace uvio

#endif  // UVIO_NODE_ARGUMENTS_H_
