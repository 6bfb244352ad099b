#define _GNU_SOURCE
#include "usage.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common.h"

struct Cpu read_cpu(pid_t pid) {
  struct Cpu cpu = {0};
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE* file = fopen(path, "r");
  if (file == NULL)
    fail("the server (pid %d) is gone: %s", (int)pid, strerror(errno));
  size_t n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = '\0';
  // The command name can contain spaces and parentheses: fields are counted
  // from the last parenthesis on.
  char* rest = strrchr(text, ')');
  unsigned long user, system;
  if (rest == NULL ||
      sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
             &user, &system) != 2) {
    fail("cannot read %s", path);
  }
  if (rest[2] == 'Z') fail("the server (pid %d) has ended", (int)pid);
  double tick = (double)sysconf(_SC_CLK_TCK);
  cpu.user = (double)user / tick;
  cpu.system = (double)system / tick;

  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR* tasks = opendir(path);
  if (tasks == NULL) return cpu;
  cpu.has_exact = true;
  for (struct dirent* entry; (entry = readdir(tasks)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char file_path[64 + 256 + 16];
    snprintf(file_path, sizeof file_path, "%s/%s/schedstat", path,
             entry->d_name);
    file = fopen(file_path, "r");
    unsigned long long on_cpu;
    if (file == NULL || fscanf(file, "%llu", &on_cpu) != 1)
      cpu.has_exact = false;
    else
      cpu.exact += (double)on_cpu / 1e9;
    if (file != NULL) fclose(file);
  }
  closedir(tasks);
  return cpu;
}

long long read_rss(pid_t pid) {
  char path[64], line[256];
  long long kilobytes;
  // smaps_rollup walks the page tables and is exact. statm is a per-CPU counter
  // that can lag by some hundred pages.
  snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
  FILE* file = fopen(path, "r");
  if (file != NULL) {
    while (fgets(line, sizeof line, file) != NULL) {
      if (sscanf(line, "Rss: %lld kB", &kilobytes) == 1) {
        fclose(file);
        return kilobytes * 1024;
      }
    }
    fclose(file);
  }
  snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
  file = fopen(path, "r");
  long long pages;
  if (file == NULL || fscanf(file, "%*d %lld", &pages) != 1)
    fail("cannot read the memory of pid %d", (int)pid);
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

double own_cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
         ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) /
             1e6;
}
