// The reference of all ratios: an echo server in C on libuv, written in libuv's
// usual style.
//
//   echo-uv [tcp]        TCP, on a free port of 127.0.0.1
//   echo-uv unix         a Unix socket, at $SOCKET_PATH
//   echo-uv udp          UDP, on a free port of 127.0.0.1
//
// The whole loop uses one receive buffer: libuv requests memory right before a
// read and passes it to the callback right after, so it is free for the next
// read. Each echo tries uv_try_write(), which does not allocate. Only the bytes
// that the kernel does not accept are copied into a queued uv_write(). There is
// no flow control, as in the other echo servers: the load generator limits the
// bytes in flight.

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
  kReceiveBytes = 256 * 1024,
  kReceiveOffset = 64,
  kBacklog = 1024,
};

struct PendingWrite {
  uv_write_t request;
  char bytes[];
};

// `rep movsb`, by which the kernel copies, is 16 times slower on Zen 3 and 4 if
// (destination - source) modulo 4096 is 1 to 31 (glibc bug 30994). The linker
// decides where in a page a static buffer begins, so a rebuild could change the
// reference of all ratios. Messages of whole pages begin at page offset 0 in
// the kernel's memory: reads to offset 64 are out of that range, and so are
// copies from there into large blocks of malloc, which begin at 16.
static _Alignas(4096) char receive_pages[kReceiveOffset + kReceiveBytes];
static char* const receive_buffer = receive_pages + kReceiveOffset;

static void check(int status, const char* what) {
  if (status >= 0) return;
  fprintf(stderr, "echo-uv: %s: %s\n", what, uv_strerror(status));
  exit(1);
}

static void on_closed(uv_handle_t* handle) { free(handle); }

static void close_connection(uv_stream_t* stream) {
  // The write callbacks of a closing stream run with UV_ECANCELED, when it is
  // already closing.
  if (!uv_is_closing((uv_handle_t*)stream))
    uv_close((uv_handle_t*)stream, on_closed);
}

static void on_written(uv_write_t* request, int status) {
  uv_stream_t* stream = request->handle;
  free(request->data);
  if (status < 0) close_connection(stream);
}

static void echo(uv_stream_t* stream, const char* bytes, size_t length) {
  uv_buf_t buffer = uv_buf_init((char*)bytes, (unsigned)length);
  // Returns UV_EAGAIN if the socket is full or earlier writes are queued, which
  // keeps the order.
  int written = uv_try_write(stream, &buffer, 1);
  if (written < 0 && written != UV_EAGAIN) {
    close_connection(stream);
    return;
  }
  size_t done = written > 0 ? (size_t)written : 0;
  if (done == length) return;
  struct PendingWrite* pending = malloc(sizeof *pending + (length - done));
  if (pending == NULL) abort();
  memcpy(pending->bytes, bytes + done, length - done);
  pending->request.data = pending;
  buffer = uv_buf_init(pending->bytes, (unsigned)(length - done));
  int status = uv_write(&pending->request, stream, &buffer, 1, on_written);
  if (status < 0) {
    free(pending);
    close_connection(stream);
  }
}

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(receive_buffer, kReceiveBytes);
}

static void on_read(uv_stream_t* stream, ssize_t n, const uv_buf_t* buffer) {
  if (n > 0)
    echo(stream, buffer->base, (size_t)n);
  else if (n < 0)
    close_connection(stream);  // Also for UV_EOF.
}

// A handle for every kind of stream.
union Stream {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
};

static void open_stream(uv_loop_t* loop, union Stream* to, int is_tcp) {
  if (is_tcp)
    check(uv_tcp_init(loop, &to->tcp), "uv_tcp_init");
  else
    check(uv_pipe_init(loop, &to->pipe, 0), "uv_pipe_init");
}

static void on_connection(uv_stream_t* server, int status) {
  check(status, "listen");
  union Stream* client = malloc(sizeof *client);
  if (client == NULL) abort();
  int is_tcp = server->type == UV_TCP;
  open_stream(server->loop, client, is_tcp);
  if (uv_accept(server, &client->stream) != 0) {
    close_connection(&client->stream);
    return;
  }
  if (is_tcp) uv_tcp_nodelay(&client->tcp, 1);
  check(uv_read_start(&client->stream, on_alloc, on_read), "uv_read_start");
}

static struct sockaddr_in loopback(void) {
  struct sockaddr_in address;
  check(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
  return address;
}

static void announce(const struct sockaddr_in* address) {
  printf("PORT %d\n", ntohs(address->sin_port));
  fflush(stdout);
}

static void serve_tcp(union Stream* server) {
  struct sockaddr_in address = loopback();
  int length = sizeof address;
  check(uv_tcp_bind(&server->tcp, (const struct sockaddr*)&address, 0), "bind");
  check(uv_listen(&server->stream, kBacklog, on_connection), "listen");
  check(uv_tcp_getsockname(&server->tcp, (struct sockaddr*)&address, &length),
        "getsockname");
  announce(&address);
}

static void serve_unix(union Stream* server, const char* path) {
  check(uv_pipe_bind(&server->pipe, path), "bind");
  check(uv_listen(&server->stream, kBacklog, on_connection), "listen");
  printf("PATH %s\n", path);
  fflush(stdout);
}

static void on_datagram(uv_udp_t* socket, ssize_t n, const uv_buf_t* buffer,
                        const struct sockaddr* sender, unsigned flags) {
  (void)flags;
  if (sender == NULL) return;  // There is nothing more to read.
  check((int)n, "recv");
  uv_buf_t echo = uv_buf_init(buffer->base, (unsigned)n);
  // The load generator has fewer bytes in flight than the kernel can buffer.
  check(uv_udp_try_send(socket, &echo, 1, sender), "send");
}

static void serve_udp(uv_udp_t* socket) {
  struct sockaddr_in address = loopback();
  int length = sizeof address;
  check(uv_udp_bind(socket, (const struct sockaddr*)&address, 0), "bind");
  check(uv_udp_getsockname(socket, (struct sockaddr*)&address, &length),
        "getsockname");
  check(uv_udp_recv_start(socket, on_alloc, on_datagram), "uv_udp_recv_start");
  announce(&address);
}

// BUSY=1: a callback in every iteration, so that the loop is never idle.
static void on_idle(uv_idle_t* handle) { (void)handle; }

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "tcp";
  if (strcmp(mode, "--version") == 0) {
    puts(uv_version_string());
    return 0;
  }
  signal(SIGPIPE, SIG_IGN);
  uv_loop_t* loop = uv_default_loop();
  union Stream server;
  uv_udp_t socket;
  uv_idle_t idle;
  if (getenv("BUSY") != NULL) {
    check(uv_idle_init(loop, &idle), "uv_idle_init");
    check(uv_idle_start(&idle, on_idle), "uv_idle_start");
  }
  if (strcmp(mode, "udp") == 0) {
    check(uv_udp_init(loop, &socket), "uv_udp_init");
    serve_udp(&socket);
  } else if (strcmp(mode, "unix") == 0 && getenv("SOCKET_PATH") != NULL) {
    open_stream(loop, &server, 0);
    serve_unix(&server, getenv("SOCKET_PATH"));
  } else if (strcmp(mode, "tcp") == 0) {
    open_stream(loop, &server, 1);
    serve_tcp(&server);
  } else {
    fprintf(stderr,
            "usage: echo-uv [tcp | unix | udp]; unix needs SOCKET_PATH\n");
    return 2;
  }
  return uv_run(loop, UV_RUN_DEFAULT);
}
