// The options of the load generator.
#ifndef UVIO_BENCH_LOAD_OPTIONS_H_
#define UVIO_BENCH_LOAD_OPTIONS_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum Mode { kEcho, kLines, kIdle };

extern const char* const kModeNames[];

extern struct Options {
  const char* host;
  int port;
  const char* unix_path;
  int connections;
  size_t message_bytes;
  int inflight;
  double duration;
  double warmup;
  double rest;
  pid_t pid;
  // UDP, with one datagram per message.
  bool udp;
  enum Mode mode;
} options;

// Parses a number; ends the process unless it is from `min` to `max`.
double parse_number(const char* name, const char* text, double min, double max);

// Fills `options`, or ends the process with 2 and the usage.
void parse_options(int argc, char** argv);

#endif  // UVIO_BENCH_LOAD_OPTIONS_H_
