// Functions of C++ as methods of a JavaScript class.
//
// A method is a function of one argument: a call, which holds the object that
// the method is for and reads the arguments. It returns nothing, a number or a
// Napi::Value.
#ifndef UVIO_API_METHOD_H_
#define UVIO_API_METHOD_H_

#include <napi.h>

#include <type_traits>
#include <vector>

namespace uvio {

// Runs a method. The result is dropped when an argument was refused, so a
// method may return anything then.
template <typename Call, typename Result>
Napi::Value Invoke(Result (*method)(Call&), Call& call) {
  if constexpr (std::is_void_v<Result>) {
    method(call);
    return {};
  } else {
    const Result result = method(call);
    if (call.failed()) return {};
    return Napi::Value::From(call.env(), result);
  }
}

// The methods of a class whose Call<method>() makes the call and runs it.
template <typename Class>
class Methods {
 public:
  template <auto method>
  void Add(const char* name) {
    list_.push_back(
        Class::template InstanceMethod<&Class::template Call<method>>(
            name, napi_default_method));
  }
  const auto& list() const { return list_; }

 private:
  std::vector<Napi::ClassPropertyDescriptor<Class>> list_;
};

}  // namespace uvio

#endif  // UVIO_API_METHOD_H_
