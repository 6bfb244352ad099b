// The base class of the loop's libuv handles: a name in the slot map, a place
// in the loop's counts, and one way to be closed.
#ifndef UVIO_LOOP_IO_HANDLE_H_
#define UVIO_LOOP_IO_HANDLE_H_

#include <uv.h>

#include <cstdint>

#include "util/slot_map.h"

namespace uvio {

class Loop;

// Owns itself: made with new, deleted in libuv's close callback after Close().
class IoHandle {
 public:
  enum class Kind : uint8_t {
    kStream,
    kListener,
    kDatagram,
    kPoll,
    kProcess,
    kHangupWatch,
  };

  IoHandle(const IoHandle&) = delete;
  IoHandle& operator=(const IoHandle&) = delete;

  Kind kind() const { return kind_; }
  SlotName name() const { return name_; }
  Loop& loop() const { return loop_; }
  // Must be checked before every libuv call. libuv aborts when a handle is
  // closed twice, and later when it is used while closing.
  bool is_closing() const { return is_closing_; }

  virtual uv_handle_t* uv() = 0;

  // Gives the handle its name. Until then JavaScript cannot reach it.
  SlotName Register();

  // Sets whether the handle keeps the process alive.
  void SetRef(bool is_ref);

  // Closes the handle. Its name is invalid from now on, so nothing more is
  // recorded for it. Idempotent.
  void Close();

 protected:
  IoHandle(Loop* loop, Kind kind) : loop_(*loop), kind_(kind) {}
  virtual ~IoHandle() = default;

  // Must be called with the result of uv_<type>_init. Deletes this on failure.
  bool Opened(int status);

  // Undoes what a derived class has set up, before the handle closes.
  virtual void OnClosing() {}

 private:
  static void OnClosed(uv_handle_t* handle);

  void MarkDescriptor(bool is_ours);

  Loop& loop_;
  SlotName name_;
  const Kind kind_;
  bool is_closing_ = false;
  bool is_ref_ = false;
};

}  // namespace uvio

#endif  // UVIO_LOOP_IO_HANDLE_H_
