// Bytes that the kernel did not take immediately: copied, and queued in libuv.
#ifndef UVIO_IO_WRITE_REQUEST_H_
#define UVIO_IO_WRITE_REQUEST_H_

#include <uv.h>

#include <cstddef>

namespace uvio {

struct WriteRequest {
  uv_write_t uv;
  // The copy. Its memory stays with the request in the pool.
  char* data = nullptr;
  size_t capacity = 0;
  WriteRequest* next = nullptr;  // In the pool only.
};

// Keeps requests for reuse: partial writes come in bursts, when a peer reads
// slowly.
class WriteRequestPool {
 public:
  WriteRequestPool() = default;
  ~WriteRequestPool();
  WriteRequestPool(const WriteRequestPool&) = delete;
  WriteRequestPool& operator=(const WriteRequestPool&) = delete;

  // Returns a request with room for `size` bytes, or null when memory is
  // exhausted. Must be returned by Give().
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
