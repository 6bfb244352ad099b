// A child process, with the pipes to it.
#ifndef UVIO_IO_PROCESS_H_
#define UVIO_IO_PROCESS_H_

#include <uv.h>

#include <cstdint>
#include <string>
#include <vector>

#include "loop/io_handle.h"

namespace uvio {

class PipeStream;
class StreamHub;

// What the child gets as a descriptor, where it is none of ours.
enum class ChildStdio : int32_t {
  kNothing = -1,  // /dev/null for the first three.
  kReads = -2,    // From a pipe that we write to.
  kWrites = -3,   // To a pipe that we read from.
  kAsStdout = -4,
};

struct SpawnOptions {
  std::string file;
  std::vector<std::string> args;
  bool has_env = false;
  std::vector<std::string> env;  // "NAME=value".
  std::string cwd;               // Empty: ours.
  int32_t uid = -1;
  int32_t gid = -1;
  bool is_detached = false;
  // By the child's numbers: descriptors of ours, or ChildStdio.
  std::vector<int32_t> stdio;
};

class Process final : public IoHandle {
 public:
  static constexpr Kind kKind = Kind::kProcess;

  // Not registered yet, nor are the pipes: one for each entry of stdio, null
  // where that is none. Null, with *status negative, on failure.
  static Process* Spawn(StreamHub* hub, const SpawnOptions& options,
                        std::vector<PipeStream*>* pipes, int* status);

  uv_handle_t* uv() override {
    return reinterpret_cast<uv_handle_t*>(&process_);
  }

  int pid() const { return process_.pid; }
  // UV_ESRCH once it has exited: its number may be somebody else's by then.
  int Kill(int signal);

 private:
  explicit Process(StreamHub* hub);

  static void OnExit(uv_process_t* process, int64_t status, int signal);
  // libuv forgets a process whose handle is closed: it would run on, and then
  // be a zombie. So it is killed and waited for here.
  void OnClosing() override;

  bool is_running_ = false;
  uv_process_t process_ = {};
};

}  // namespace uvio

#endif  // UVIO_IO_PROCESS_H_
