// Starts, signals and reaps child processes.
#include "io/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

#include "io/pipe_stream.h"
#include "io/stream_hub.h"
#include "loop/loop.h"

namespace uvio {

namespace {

// Closes descriptors that this process needs only until the child was started.
class Closer {
 public:
  Closer() = default;
  ~Closer() {
    for (const int fd : fds_) close(fd);
  }
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;

  void Add(int fd) { fds_.push_back(fd); }

 private:
  std::vector<int> fds_;
};

// Makes a pipe, and not a socket pair as uv_spawn() would: a child cannot open
// /dev/stdin or /dev/stdout if it is a socket.
int MakePipe(StreamHub* hub, bool child_reads, Closer* child_ends,
             uv_stdio_container_t* container, PipeStream** pipe) {
  uv_file ends[2];
  int status = uv_pipe(ends, child_reads ? 0 : UV_NONBLOCK_PIPE,
                       child_reads ? UV_NONBLOCK_PIPE : 0);
  if (status != 0) return status;
  const uv_file childs = child_reads ? ends[0] : ends[1];
  const uv_file ours = child_reads ? ends[1] : ends[0];
  child_ends->Add(childs);
  container->flags = UV_INHERIT_FD;
  container->data.fd = childs;
  *pipe = PipeStream::Open(hub, ours, &status);
  if (*pipe == nullptr) close(ours);
  return status;
}

int MakeStdio(StreamHub* hub, const std::vector<int32_t>& stdio, size_t i,
              Closer* child_ends, std::vector<uv_stdio_container_t>* containers,
              std::vector<PipeStream*>* pipes) {
  uv_stdio_container_t& container = (*containers)[i];
  switch (static_cast<ChildStdio>(stdio[i])) {
    case ChildStdio::kNothing:
      container.flags = UV_IGNORE;
      return 0;
    case ChildStdio::kReads:
    case ChildStdio::kWrites:
      return MakePipe(hub,
                      static_cast<ChildStdio>(stdio[i]) == ChildStdio::kReads,
                      child_ends, &container, &(*pipes)[i]);
    case ChildStdio::kAsStdout:
      if (i <= STDOUT_FILENO) return UV_EINVAL;
      container = (*containers)[STDOUT_FILENO];
      return 0;
  }
  if (stdio[i] < 0) return UV_EINVAL;
  if (fcntl(stdio[i], F_GETFD) < 0) return uv_translate_sys_error(errno);
  container.flags = UV_INHERIT_FD;
  container.data.fd = stdio[i];
  return 0;
}

bool HasZero(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

bool HasZero(const std::vector<std::string>& list) {
  for (const std::string& text : list) {
    if (HasZero(text)) return true;
  }
  return false;
}

// Returns a null-terminated list, as exec(2) requires. libuv does not change
// the strings.
std::vector<char*> Pointers(const std::vector<std::string>& list) {
  std::vector<char*> pointers;
  pointers.reserve(list.size() + 1);
  for (const std::string& text : list) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(StreamHub* hub) : IoHandle(&hub->loop(), Kind::kProcess) {}

Process* Process::Spawn(StreamHub* hub, const SpawnOptions& options,
                        std::vector<PipeStream*>* pipes, int* status) {
  pipes->assign(options.stdio.size(), nullptr);
  if (options.file.empty() || options.args.empty() || HasZero(options.file) ||
      HasZero(options.args) || HasZero(options.env) || HasZero(options.cwd)) {
    *status = UV_EINVAL;
    return nullptr;
  }
  Process* process = nullptr;
  Closer child_ends;
  std::vector<uv_stdio_container_t> containers(options.stdio.size());
  *status = 0;
  for (size_t i = 0; i < options.stdio.size() && *status == 0; i++) {
    *status = MakeStdio(hub, options.stdio, i, &child_ends, &containers, pipes);
  }
  if (*status == 0) {
    std::vector<char*> args = Pointers(options.args);
    std::vector<char*> env = Pointers(options.env);
    uv_process_options_t uv = {};
    uv.exit_cb = OnExit;
    uv.file = options.file.c_str();
    uv.args = args.data();
    uv.env = options.has_env ? env.data() : nullptr;
    uv.cwd = options.cwd.empty() ? nullptr : options.cwd.c_str();
    if (options.is_detached) uv.flags |= UV_PROCESS_DETACHED;
    if (options.uid >= 0) uv.flags |= UV_PROCESS_SETUID;
    if (options.gid >= 0) uv.flags |= UV_PROCESS_SETGID;
    uv.uid = static_cast<uv_uid_t>(options.uid);
    uv.gid = static_cast<uv_gid_t>(options.gid);
    uv.stdio = containers.data();
    uv.stdio_count = static_cast<int>(containers.size());
    process = new Process(hub);
    *status = uv_spawn(hub->loop().uv(), &process->process_, &uv);
    // libuv has initialised the handle even if uv_spawn() failed, so it must be
    // closed.
    process->Opened(0);
    process->is_running_ = *status == 0;
  }
  if (*status == 0) return process;
  for (PipeStream* pipe : *pipes) {
    if (pipe != nullptr) pipe->Close();
  }
  if (process != nullptr) process->Close();
  return nullptr;
}

int Process::Kill(int signal) {
  return is_running_ ? uv_process_kill(&process_, signal) : UV_ESRCH;
}

void Process::OnExit(uv_process_t* process, int64_t status, int signal) {
  auto* self = static_cast<Process*>(static_cast<IoHandle*>(process->data));
  self->is_running_ = false;
  self->SetRef(false);
  self->loop().completions().Push(Op::kExit, self->name().slot,
                                  self->name().generation, 0,
                                  static_cast<int32_t>(status), signal);
}

void Process::OnClosing() {
  if (!is_running_) return;
  is_running_ = false;
  if (kill(pid(), SIGKILL) != 0) return;  // Not permitted: setuid.
  // A killed child ends within a millisecond, unless it is blocked in the
  // kernel. After a second it is left to become a zombie.
  constexpr int kTries = 5000;
  constexpr useconds_t kPause = 200;
  for (int i = 0; i < kTries; i++) {
    if (waitpid(pid(), nullptr, WNOHANG) != 0) return;
    usleep(kPause);
  }
}

}  // namespace uvio
