// What the kernel did not take at once: copied, and queued in libuv.
#ifndef UVIO_IO_WRITE_REQUEST_H_
#define UVIO_IO_WRITE_REQUEST_H_

#include <uv.h>

#include <cstddef>

namespace uvio {

struct WriteRequest {
  uv_write_t uv;
  // The copy; its memory stays with the request while that is pooled.
  char* data = nullptr;
  size_t capacity = 0;
  WriteRequest* next = nullptr;  // In the pool only.
};

// Partial writes come in bursts, when a peer is slow to read; the pool keeps
// them from allocating each time.
class WriteRequestPool {
 public:
  WriteRequestPool() = default;
  ~WriteRequestPool();
  WriteRequestPool(const WriteRequestPool&) = delete;
  WriteRequestPool& operator=(const WriteRequestPool&) = delete;

  // With room for `size` bytes. Null when there is no memory. Give() takes it
  // back.
  WriteRequest* Take(size_t size);
  void Give(WriteRequest* request);

 private:
  static constexpr size_t kMaxPooled = 64;
  static constexpr size_t kMaxPooledBytes = 64 << 10;

  static void Delete(WriteRequest* request);

  WriteRequest* first_ = nullptr;
  size_t size_ = 0;
};

}  // namespace uvio

#endif  // UVIO_IO_WRITE_REQUEST_H_
