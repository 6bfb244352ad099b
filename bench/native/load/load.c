// Load generator for the echo benchmarks: one thread, one epoll, closed loop.
//
// Each connection keeps a fixed number of messages in flight and sends the next
// one when a whole message has returned. Every returned byte is compared with
// the sent one, so a server that is fast because it is wrong fails the run. The
// generator is written in C so that it uses less CPU than the servers: on a
// machine with two cores, a slow client would limit the result.
//
// Linux only. Prints one JSON object per measurement on stdout; on any failure
// one sentence on stderr and exit 1.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "latency.h"
#include "options.h"
#include "usage.h"

enum {
  kReceiveBytes = 256 * 1024,
  kSendBytes = 1024 * 1024,
  // A prime that does not divide usual message sizes: a lost or repeated
  // message shifts the pattern and is detected.
  kPatternPeriod = 251,
  kMaxEvents = 1024,
  kStallSeconds = 10,
};

// ---------------------------------------------------------------------------------------------------------------
// The bytes: position p of a connection's stream holds pattern[(phase + p) %
// period]. Sent and expected bytes are therefore in the same buffer, and a
// check is a memcmp.

static unsigned char* pattern;
static size_t pattern_period;

static void make_pattern(void) {
  size_t line = options.mode == kLines ? options.message_bytes : 1;
  pattern_period = kPatternPeriod * line;
  size_t reach = kSendBytes > kReceiveBytes ? kSendBytes : kReceiveBytes;
  size_t total = pattern_period + reach;
  pattern = allocate(total, 1);
  for (size_t i = 0; i < total; i++) {
    size_t position = i % pattern_period;
    if (options.mode != kLines)
      pattern[i] = (unsigned char)position;
    else if (position % line == line - 1)
      pattern[i] = '\n';
    // Letters and digits only, shifted from line to line, so that no two
    // neighbouring lines are alike.
    else
      pattern[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[(position / line * 7 +
                                                           position % line) %
                                                          36];
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Connections

struct Connection {
  int fd;
  int id;
  bool wants_out;
  uint64_t phase;
  uint64_t sent, received;     // bytes
  uint64_t issued, completed;  // messages
  uint64_t* issued_at;         // ring of `inflight` times
};

static struct Connection* connections;
static int open_connections;
static int poll_fd;
static unsigned char received[kReceiveBytes];

// False while the run is drained.
static bool issuing = true;
static bool measuring;
static uint64_t measured_messages;
static uint64_t last_progress;

static void raise_descriptor_limit(rlim_t wanted) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return;
  struct rlimit raised = {
      .rlim_cur = wanted,
      .rlim_max = limit.rlim_max > wanted ? limit.rlim_max : wanted};
  // Only root can exceed the hard limit. Otherwise use that limit; socket()
  // fails if it is too low.
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static int connect_socket(void) {
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
  } address;
  socklen_t length;
  memset(&address, 0, sizeof address);
  if (options.unix_path != NULL) {
    address.un.sun_family = AF_UNIX;
    if (strlen(options.unix_path) >= sizeof address.un.sun_path)
      fail("--unix: the path is too long");
    strcpy(address.un.sun_path, options.unix_path);
    length = sizeof address.un;
  } else if (inet_pton(AF_INET, options.host, &address.in.sin_addr) == 1) {
    address.in.sin_family = AF_INET;
    address.in.sin_port = htons((uint16_t)options.port);
    length = sizeof address.in;
  } else if (inet_pton(AF_INET6, options.host, &address.in6.sin6_addr) == 1) {
    address.in6.sin6_family = AF_INET6;
    address.in6.sin6_port = htons((uint16_t)options.port);
    length = sizeof address.in6;
  } else {
    fail("--host must be an IPv4 or IPv6 address, got \"%s\"", options.host);
  }
  int type = options.udp ? SOCK_DGRAM : SOCK_STREAM;
  int fd = socket(address.any.sa_family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket %d: %s", open_connections + 1, strerror(errno));
  struct timeval patience = {.tv_sec = kStallSeconds};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, &address.any, length) != 0)
    fail("connect %d: %s", open_connections + 1, strerror(errno));
  int one = 1;
  if (options.unix_path == NULL && !options.udp &&
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) {
    fail("TCP_NODELAY: %s", strerror(errno));
  }
  return fd;
}

static void watch(struct Connection* c, int operation, bool out) {
  struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0u),
                              .data.ptr = c};
  if (epoll_ctl(poll_fd, operation, c->fd, &event) != 0)
    fail("epoll_ctl: %s", strerror(errno));
  c->wants_out = out;
}

static void open_connection(void) {
  struct Connection* c = &connections[open_connections];
  c->fd = connect_socket();
  c->id = open_connections++;
  // Connections differ in phase, so that bytes delivered to the wrong one are
  // detected; lines keep their alignment.
  size_t unit = options.mode == kLines ? options.message_bytes : 1;
  c->phase = (uint64_t)c->id * 7 * unit % pattern_period;
}

// Compares received bytes with the expected ones, and counts the messages that
// they complete.
static uint64_t accept_bytes(struct Connection* c, size_t n) {
  if (c->received + n > c->sent)
    fail("connection %d: more bytes came back than were sent", c->id);
  const unsigned char* expected =
      pattern + (c->phase + c->received) % pattern_period;
  if (memcmp(received, expected, n) != 0) {
    size_t i = 0;
    while (received[i] == expected[i]) i++;
    fail(
        "connection %d: wrong byte at %llu of the stream: 0x%02x instead of "
        "0x%02x",
        c->id, (unsigned long long)(c->received + i), received[i], expected[i]);
  }
  c->received += n;
  return c->received / options.message_bytes;
}

static void flush(struct Connection* c) {
  uint64_t wanted = c->issued * options.message_bytes;
  size_t most = options.udp ? options.message_bytes : kSendBytes;
  while (c->sent < wanted) {
    size_t n = wanted - c->sent < most ? (size_t)(wanted - c->sent) : most;
    ssize_t done = send(c->fd, pattern + (c->phase + c->sent) % pattern_period,
                        n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN)
        fail("connection %d: send: %s", c->id, strerror(errno));
      if (!c->wants_out) watch(c, EPOLL_CTL_MOD, true);
      return;
    }
    c->sent += (uint64_t)done;
  }
  if (c->wants_out) watch(c, EPOLL_CTL_MOD, false);
}

static void issue(struct Connection* c, uint64_t now) {
  while (c->issued - c->completed < (uint64_t)options.inflight) {
    c->issued_at[c->issued % (uint64_t)options.inflight] = now;
    c->issued++;
  }
  flush(c);
}

static void on_readable(struct Connection* c) {
  ssize_t n = recv(c->fd, received, sizeof received, MSG_DONTWAIT);
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    fail("connection %d: recv: %s", c->id, strerror(errno));
  }
  if (n == 0) {
    fail("connection %d: the server closed it with %llu messages unanswered",
         c->id, (unsigned long long)(c->issued - c->completed));
  }
  uint64_t completed = accept_bytes(c, (size_t)n);
  uint64_t now = now_ns();
  last_progress = now;
  for (; c->completed < completed; c->completed++) {
    if (!measuring) continue;
    measured_messages++;
    record_latency(now -
                   c->issued_at[c->completed % (uint64_t)options.inflight]);
  }
  if (issuing) issue(c, now);
}

static void turn(int timeout_ms) {
  static struct epoll_event events[kMaxEvents];
  int n = epoll_wait(poll_fd, events, kMaxEvents, timeout_ms);
  if (n < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
  for (int i = 0; i < n; i++) {
    struct Connection* c = events[i].data.ptr;
    if ((events[i].events & EPOLLOUT) != 0) flush(c);
    if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
      on_readable(c);
  }
  if (now_ns() - last_progress > (uint64_t)kStallSeconds * 1000000000u) {
    fail("no byte came back for %d seconds", kStallSeconds);
  }
}

static void run_until(uint64_t deadline) {
  for (;;) {
    uint64_t now = now_ns();
    if (now >= deadline) return;
    turn((int)((deadline - now) / 1000000) < 100
             ? (int)((deadline - now) / 1000000)
             : 100);
  }
}

// Waits for the messages in flight: a server that loses the last message of a
// run is wrong, too.
static void drain(void) {
  issuing = false;
  measuring = false;
  uint64_t deadline = now_ns() + (uint64_t)kStallSeconds * 1000000000u;
  for (;;) {
    uint64_t missing = 0;
    for (int i = 0; i < open_connections; i++)
      missing += connections[i].issued - connections[i].completed;
    if (missing == 0) return;
    if (now_ns() > deadline)
      fail("%llu messages were never echoed", (unsigned long long)missing);
    turn(100);
  }
}

static void print_server(const struct Cpu* before, const struct Cpu* after,
                         long long rss) {
  double user = after->user - before->user,
         system = after->system - before->system;
  double total = user + system;
  double exact = after->exact - before->exact;
  // Prefer the exact source, unless a thread ended in between: its time is lost
  // there.
  bool use_exact = before->has_exact && after->has_exact && exact > 0 &&
                   exact >= total - 0.05 - total * 0.02;
  if (use_exact) {
    double share = total > 0 ? user / total : 0;
    user = exact * share;
    system = exact - user;
    total = exact;
  }
  printf(
      ",\"server\":{\"cpuSeconds\":%.6f,\"userSeconds\":%.6f,\"systemSeconds\":"
      "%.6f,\"cpuSource\":\"%s\"",
      total, user, system, use_exact ? "schedstat" : "stat");
  if (measured_messages > 0) {
    double per = 1e6 / (double)measured_messages;
    printf(
        ",\"cpuMicrosPerMessage\":%.4f,\"userMicrosPerMessage\":%.4f,"
        "\"systemMicrosPerMessage\":%.4f",
        total * per, user * per, system * per);
  }
  printf(",\"rssBytes\":%lld}", rss);
}

static void run_load(void) {
  for (int i = 0; i < options.connections; i++) {
    open_connection();
    connections[i].issued_at =
        allocate((size_t)options.inflight, sizeof(uint64_t));
    watch(&connections[i], EPOLL_CTL_ADD, false);
  }
  last_progress = now_ns();
  for (int i = 0; i < open_connections; i++) issue(&connections[i], now_ns());
  run_until(now_ns() + (uint64_t)(options.warmup * 1e9));

  struct Cpu before = {0}, after = {0};
  if (options.pid != 0) before = read_cpu(options.pid);
  double own_before = own_cpu();
  measuring = true;
  uint64_t start = now_ns();
  run_until(start + (uint64_t)(options.duration * 1e9));
  double seconds = (double)(now_ns() - start) / 1e9;
  measuring = false;
  double own = own_cpu() - own_before;
  long long rss = 0;
  if (options.pid != 0) {
    after = read_cpu(options.pid);
    rss = read_rss(options.pid);
  }
  uint64_t messages = measured_messages;
  drain();
  if (messages == 0)
    fail("not one whole message came back in %.2f seconds", seconds);

  printf(
      "{\"generator\":\"load.c\",\"mode\":\"%s\",\"connections\":%d,"
      "\"messageBytes\":%zu,\"inflight\":%d",
      kModeNames[options.mode], options.connections, options.message_bytes,
      options.inflight);
  printf(",\"seconds\":%.6f,\"messages\":%llu,\"rps\":%.1f", seconds,
         (unsigned long long)messages, (double)messages / seconds);
  printf(
      ",\"latencyMicros\":{\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"p99_9\":%."
      "2f,\"max\":%.2f}",
      percentile_us(50), percentile_us(90), percentile_us(99),
      percentile_us(99.9), latency_max_us());
  printf(",\"client\":{\"cpuSeconds\":%.6f,\"busy\":%.3f}", own, own / seconds);
  if (options.pid != 0) print_server(&before, &after, rss);
  puts("}");
}

// Opens one connection after the other, each with one echo. The accept queue
// cannot overflow, and the server has allocated all memory of a connection.
static void open_idle(int wanted) {
  while (open_connections < wanted) {
    open_connection();
    struct Connection* c = &connections[open_connections - 1];
    c->issued = 1;
    flush(c);
    if (c->sent != options.message_bytes)
      fail("connection %d: the first message does not fit the socket", c->id);
    while (c->completed < 1) {
      ssize_t n = recv(c->fd, received, sizeof received, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("connection %d: recv: %s", c->id, strerror(errno));
      if (n == 0) fail("connection %d: the server closed it", c->id);
      c->completed = accept_bytes(c, (size_t)n);
    }
  }
}

static void check_idle(void) {
  for (int i = 0; i < open_connections; i++) {
    ssize_t n = recv(connections[i].fd, received, 1, MSG_DONTWAIT);
    if (n >= 0 || errno != EAGAIN)
      fail("connection %d did not stay open and silent", i);
  }
}

static void run_idle(void) {
  char line[64];
  int wanted = options.connections;
  for (;;) {
    open_idle(wanted);
    struct timespec rest = {.tv_sec = (time_t)options.rest};
    rest.tv_nsec = (long)((options.rest - (double)rest.tv_sec) * 1e9);
    while (nanosleep(&rest, &rest) != 0) continue;
    check_idle();
    printf("{\"generator\":\"load.c\",\"mode\":\"idle\",\"connections\":%d",
           open_connections);
    if (options.pid != 0) printf(",\"rssBytes\":%lld", read_rss(options.pid));
    puts("}");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) break;
    line[strcspn(line, "\n")] = '\0';
    wanted = (int)parse_number("the number of connections", line, 1, 1e6);
    connections = realloc(
        connections,
        (size_t)(wanted > open_connections ? wanted : open_connections) *
            sizeof *connections);
    if (connections == NULL) fail("out of memory");
    raise_descriptor_limit((rlim_t)wanted + 64);
    if (wanted > open_connections) {
      memset(connections + open_connections, 0,
             (size_t)(wanted - open_connections) * sizeof *connections);
    }
  }
  check_idle();
}

int main(int argc, char** argv) {
  parse_options(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit((rlim_t)options.connections + 64);
  make_pattern();
  connections = allocate((size_t)options.connections, sizeof *connections);
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (poll_fd < 0) fail("epoll_create1: %s", strerror(errno));
  if (options.mode == kIdle)
    run_idle();
  else
    run_load();
  return 0;
}
