// Allocates and pools write requests.
#include "io/write_request.h"

#include <cstdlib>

namespace uvio {

WriteRequestPool::~WriteRequestPool() {
  while (first_ != nullptr) {
    WriteRequest* request = first_;
    first_ = request->next;
    Delete(request);
  }
}

WriteRequest* WriteRequestPool::Take(size_t size) {
  WriteRequest* request = first_;
  if (request == nullptr) {
    request = new WriteRequest;
  } else {
    first_ = request->next;
    size_--;
  }
  if (request->capacity < size) {
    std::free(request->data);
    request->data = static_cast<char*>(std::malloc(size));
    request->capacity = request->data == nullptr ? 0 : size;
    if (request->data == nullptr) {
      delete request;
      return nullptr;
    }
  }
  return request;
}

void WriteRequestPool::Give(WriteRequest* request) {
  if (size_ >= kMaxPooled || request->capacity > kMaxPooledBytes) {
    Delete(request);
    return;
  }
  request->next = first_;
  first_ = request;
  size_++;
}

void WriteRequestPool::Delete(WriteRequest* request) {
  std::free(request->data);
  delete request;
}

}  // namespace uvio
