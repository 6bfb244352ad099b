// An owned libuv handle: closed at most once, never closed uninitialised, never
// freed while libuv may still use it.
#ifndef UVIO_UV_HANDLE_H_
#define UVIO_UV_HANDLE_H_

#include <uv.h>

#include <type_traits>

#include "util/check.h"

namespace uvio {

template <typename T>
class UvHandle {
 public:
  UvHandle() = default;
  // The owner must wait for the close callback and call SetClosed().
  ~UvHandle() { CHECK(state_ == State::kNone); }
  UvHandle(const UvHandle&) = delete;
  UvHandle& operator=(const UvHandle&) = delete;

  // Must be called with the result of uv_<type>_init, which it returns.
  int Opened(int status, void* data) {
    CHECK(state_ == State::kNone);
    if (status == 0) {
      state_ = State::kOpen;
      handle_.data = data;
    }
    return status;
  }

  // Returns whether a close callback will follow.
  bool Close(uv_close_cb callback) {
    if (state_ != State::kOpen) return false;
    state_ = State::kClosing;
    uv_close(base(), callback);
    return true;
  }

  // Must be called in the close callback.
  void SetClosed() {
    CHECK(state_ == State::kClosing);
    state_ = State::kNone;
  }

  // Finds the owner of the handle in a close callback.
  static UvHandle* From(uv_handle_t* handle) {
    static_assert(std::is_standard_layout_v<UvHandle>);  // handle_ is first.
    return reinterpret_cast<UvHandle*>(handle);
  }

  bool IsOpen() const { return state_ == State::kOpen; }
  T* get() { return &handle_; }
  const T* get() const { return &handle_; }
  uv_handle_t* base() { return reinterpret_cast<uv_handle_t*>(&handle_); }

 private:
  enum class State : unsigned char { kNone, kOpen, kClosing };

  T handle_;
  State state_ = State::kNone;
};

}  // namespace uvio

#endif  // UVIO_UV_HANDLE_H_
