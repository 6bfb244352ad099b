// Opens, names, counts and closes handles.
#include "loop/io_handle.h"

#include "loop/loop.h"
#include "util/check.h"
#include "uv/owned_descriptors.h"

namespace uvio {

bool IoHandle::Opened(int status) {
  if (status != 0) {
    delete this;  // Not initialised: nothing to close.
    return false;
  }
  uv()->data = this;
  // Only the loop's async handle keeps the process alive, on behalf of all.
  uv_unref(uv());
  loop_.OnHandleOpened();
  return true;
}

SlotName IoHandle::Register() {
  CHECK_EQ(name_.slot, -1);
  CHECK(!is_closing_);
  name_ = loop_.slots().Insert(this);
  MarkDescriptor(true);
  SetRef(true);
  return name_;
}

void IoHandle::MarkDescriptor(bool is_ours) {
  uv_os_fd_t fd = -1;
  if (uv_fileno(uv(), &fd) == 0) MarkOwned(fd, is_ours);
}

void IoHandle::SetRef(bool is_ref) {
  if (is_ref == is_ref_ || is_closing_) return;
  is_ref_ = is_ref;
  loop_.CountRef(is_ref ? 1 : -1);
}

void IoHandle::Close() {
  if (is_closing_) return;
  SetRef(false);
  // Before the descriptor is closed: another thread may reuse its number then.
  if (name_.slot >= 0) MarkDescriptor(false);
  OnClosing();
  is_closing_ = true;
  if (name_.slot >= 0) loop_.slots().Remove(name_);
  uv_close(uv(), OnClosed);
}

void IoHandle::OnClosed(uv_handle_t* handle) {
  auto* self = static_cast<IoHandle*>(handle->data);
  Loop& loop = self->loop_;
  delete self;
  loop.OnHandleClosed();  // May free the loop.
}

}  // namespace uvio
