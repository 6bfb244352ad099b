// Keeps one table of descriptors for the whole process.
#include "uv/owned_descriptors.h"

#include <cstddef>
#include <mutex>
#include <vector>

#include "util/check.h"

namespace uvio {

namespace {

struct Owned {
  std::mutex mutex;
  std::vector<bool> is_owned;  // Indexed by descriptor.
};

// Never destroyed: workers may still close their handles when the process ends.
Owned& owned = *new Owned;

}  // namespace

void MarkOwned(int fd, bool is_owned) {
  CHECK(fd >= 0);
  const std::lock_guard<std::mutex> lock(owned.mutex);
  const auto place = static_cast<size_t>(fd);
  if (place >= owned.is_owned.size()) owned.is_owned.resize(place + 1);
  owned.is_owned[place] = is_owned;
}

bool IsOwned(int fd) {
  const std::lock_guard<std::mutex> lock(owned.mutex);
  const auto place = static_cast<size_t>(fd);
  return fd >= 0 && place < owned.is_owned.size() && owned.is_owned[place];
}

}  // namespace uvio
