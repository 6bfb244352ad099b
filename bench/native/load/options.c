#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum { kDefaultLineBytes = 64, kDefaultMessageBytes = 1024 };

const char* const kModeNames[] = {"echo", "lines", "idle"};

struct Options options = {.host = "127.0.0.1",
                          .connections = 50,
                          .inflight = 1,
                          .duration = 5,
                          .warmup = 1,
                          .rest = 2};

static void usage(FILE* out) {
  fputs(
      "usage: load (--port N [--host ADDRESS] | --unix PATH) [options]\n"
      "      --udp             datagrams, one a message; a lost one fails the "
      "run\n"
      "  -c, --connections N   open connections (50)\n"
      "  -s, --size BYTES      message size (1024; lines: 64, the newline "
      "included)\n"
      "      --inflight N      messages in flight per connection (1)\n"
      "      --duration S      measured seconds (5)\n"
      "      --warmup S        seconds before measuring (1)\n"
      "      --pid PID         server process: report its CPU time and memory\n"
      "      --mode MODE       echo, lines (newline-terminated), or idle: open "
      "the connections, one echo each,\n"
      "                        rest, print the server's memory, then read "
      "stdin: a number opens up to that many\n"
      "                        and prints again, end of file checks that every "
      "connection still lives and ends\n"
      "      --rest S          idle: seconds between the last echo and the "
      "reading (2)\n",
      out);
}

double parse_number(const char* name, const char* text, double min,
                    double max) {
  char* end;
  errno = 0;
  double value = strtod(text, &end);
  if (errno != 0 || end == text || *end != '\0' ||
      !(value >= min && value <= max)) {
    fail("%s must be a number from %g to %g, got \"%s\"", name, min, max, text);
  }
  return value;
}

void parse_options(int argc, char** argv) {
  static const struct option kLong[] = {
      {"host", required_argument, NULL, 'h'},
      {"port", required_argument, NULL, 'p'},
      {"unix", required_argument, NULL, 'u'},
      {"udp", no_argument, NULL, 'U'},
      {"connections", required_argument, NULL, 'c'},
      {"size", required_argument, NULL, 's'},
      {"inflight", required_argument, NULL, 'n'},
      {"duration", required_argument, NULL, 'd'},
      {"warmup", required_argument, NULL, 'w'},
      {"pid", required_argument, NULL, 'P'},
      {"mode", required_argument, NULL, 'm'},
      {"rest", required_argument, NULL, 'r'},
      {"help", no_argument, NULL, '?'},
      {NULL, 0, NULL, 0},
  };
  int c;
  opterr = 1;
  while ((c = getopt_long(argc, argv, "c:s:", kLong, NULL)) != -1) {
    switch (c) {
      case 'h':
        options.host = optarg;
        break;
      case 'p':
        options.port = (int)parse_number("--port", optarg, 1, 65535);
        break;
      case 'u':
        options.unix_path = optarg;
        break;
      case 'U':
        options.udp = true;
        break;
      case 'c':
        options.connections =
            (int)parse_number("--connections", optarg, 1, 1e6);
        break;
      case 's':
        options.message_bytes =
            (size_t)parse_number("--size", optarg, 1, 1 << 28);
        break;
      case 'n':
        options.inflight = (int)parse_number("--inflight", optarg, 1, 65536);
        break;
      case 'd':
        options.duration = parse_number("--duration", optarg, 0.01, 86400);
        break;
      case 'w':
        options.warmup = parse_number("--warmup", optarg, 0, 86400);
        break;
      case 'r':
        options.rest = parse_number("--rest", optarg, 0, 3600);
        break;
      case 'P':
        options.pid = (pid_t)parse_number("--pid", optarg, 1, 1 << 30);
        break;
      case 'm':
        if (strcmp(optarg, "echo") == 0)
          options.mode = kEcho;
        else if (strcmp(optarg, "lines") == 0)
          options.mode = kLines;
        else if (strcmp(optarg, "idle") == 0)
          options.mode = kIdle;
        else
          fail("--mode must be echo, lines or idle, got \"%s\"", optarg);
        break;
      default:
        usage(stderr);
        exit(2);
    }
  }
  if (optind != argc || (options.port == 0) == (options.unix_path == NULL)) {
    usage(stderr);
    exit(2);
  }
  if (options.udp && (options.unix_path != NULL || options.mode != kEcho))
    fail("--udp is for --port and --mode echo");
  if (options.message_bytes == 0) {
    options.message_bytes =
        options.mode == kLines ? kDefaultLineBytes : kDefaultMessageBytes;
  }
}
