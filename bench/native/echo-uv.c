// The reference every ratio is taken against: an echo server in C on libuv,
// written the way libuv is meant to be used.
//
// One receive buffer for the whole loop: libuv asks for memory right before it
// reads and hands it over right after, so nothing else can be in it. An echo is
// tried at once with uv_try_write(), which leaves nothing to allocate or free;
// only what the kernel does not take is copied into a queued uv_write(). No
// flow control, as in the echo servers of the other peers: the load generator
// bounds what is in flight.

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { kReceiveBytes = 256 * 1024, kBacklog = 1024 };

struct PendingWrite {
  uv_write_t request;
  char bytes[];
};

static char receive_buffer[kReceiveBytes];

static void check(int status, const char* what) {
  if (status >= 0) return;
  fprintf(stderr, "echo-uv: %s: %s\n", what, uv_strerror(status));
  exit(1);
}

static void on_closed(uv_handle_t* handle) { free(handle); }

static void close_connection(uv_stream_t* stream) {
  // The write callbacks of a closing stream come with UV_ECANCELED and find it
  // closing already.
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
  // UV_EAGAIN when the socket is full, and also while earlier writes are
  // queued: order is kept.
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
  *buffer = uv_buf_init(receive_buffer, sizeof receive_buffer);
}

static void on_read(uv_stream_t* stream, ssize_t n, const uv_buf_t* buffer) {
  if (n > 0)
    echo(stream, buffer->base, (size_t)n);
  else if (n < 0)
    close_connection(stream);  // UV_EOF among them.
}

static void on_connection(uv_stream_t* server, int status) {
  check(status, "listen");
  uv_tcp_t* client = malloc(sizeof *client);
  if (client == NULL) abort();
  check(uv_tcp_init(server->loop, client), "uv_tcp_init");
  if (uv_accept(server, (uv_stream_t*)client) != 0) {
    close_connection((uv_stream_t*)client);
    return;
  }
  uv_tcp_nodelay(client, 1);
  check(uv_read_start((uv_stream_t*)client, on_alloc, on_read),
        "uv_read_start");
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "--version") == 0) {
    puts(uv_version_string());
    return 0;
  }
  signal(SIGPIPE, SIG_IGN);
  uv_loop_t* loop = uv_default_loop();
  uv_tcp_t server;
  struct sockaddr_in address;
  check(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
  check(uv_tcp_init(loop, &server), "uv_tcp_init");
  check(uv_tcp_bind(&server, (const struct sockaddr*)&address, 0), "bind");
  check(uv_listen((uv_stream_t*)&server, kBacklog, on_connection), "listen");
  int length = sizeof address;
  check(uv_tcp_getsockname(&server, (struct sockaddr*)&address, &length),
        "getsockname");
  printf("PORT %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
