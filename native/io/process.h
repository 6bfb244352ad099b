// A child process, and the pipes to it.
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

// A descriptor of the child that it does not inherit from this process.
enum class ChildStdio : int32_t {
  kNothing = -1,  // /dev/null for the first three.
  kReads = -2,    // From a pipe; the stream writes to it.
  kWrites = -3,   // To a pipe; the stream reads from it.
  kAsStdout = -4,
};

struct SpawnOptions {
  std::string file;
  std::vector<std::string> args;
  bool has_env = false;
  std::vector<std::string> env;  // "NAME=value".
  std::string cwd;               // Empty: inherited.
  int32_t uid = -1;
  int32_t gid = -1;
  bool is_detached = false;
  // Indexed by the child's descriptor: a descriptor of this process, or
  // ChildStdio.
  std::vector<int32_t> stdio;
};

class Process final : public IoHandle {
 public:
  static constexpr Kind kKind = Kind::kProcess;

  // Starts a process. Neither it nor its pipes are registered yet. *pipes gets
  // one element per entry of stdio, null if the entry is not a pipe. Returns
  // null with *status negative on failure.
  static Process* Spawn(StreamHub* hub, const SpawnOptions& options,
                        std::vector<PipeStream*>* pipes, int* status);

  uv_handle_t* uv() override {
    return reinterpret_cast<uv_handle_t*>(&process_);
  }

  int pid() const { return process_.pid; }
  // Sends a signal. Returns UV_ESRCH after the exit: the pid may be reused by
  // then.
  int Kill(int signal);

 private:
  explicit Process(StreamHub* hub);

  static void OnExit(uv_process_t* process, int64_t status, int signal);
  // Kills the child and waits for its end. libuv drops a process whose handle
  // is closed: it would continue to run, and stay a zombie after its end.
  void OnClosing() override;

  bool is_running_ = false;
  uv_process_t process_ = {};
};

}  // namespace uvio

#endif  // UVIO_IO_PROCESS_H_
