/* Preloaded into image-builder: ends a command for a fleet with SIGKILL before it changes a file. The
   variable END_AT_CHANGE has the number of the change and a part of its text, "NUMBER TEXT"; changes
   with other texts do not count. A text is the name of the call and the path that it makes or removes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_int count;
static int end;
static const char *part;

__attribute__((constructor)) static void begin(void) {
  char line[8192] = "";
  FILE *file = fopen("/proc/self/cmdline", "r");
  size_t size = file ? fread(line, 1, sizeof line - 1, file) : 0;
  if (file) fclose(file);
  const char *variable = getenv("END_AT_CHANGE");
  const char *word = line + strlen(line) + 1;
  if (!variable || word >= line + size || !strstr(line, "image-builder-engine") ||
      strcmp(word, "fleet"))
    return;
  part = strchr(variable, ' ') + 1;
  end = atoi(variable);
}

static void change(const char *call, const char *path) {
  char text[8192];
  if (!end) return;
  snprintf(text, sizeof text, "%s %s", call, path);
  if (strstr(text, part) && atomic_fetch_add(&count, 1) + 1 == end) kill(getpid(), SIGKILL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int rename(const char *path, const char *name) {
  change("rename", name);
  return NEXT(rename)(path, name);
}

int unlink(const char *path) {
  change("unlink", path);
  return NEXT(unlink)(path);
}

int rmdir(const char *path) {
  change("rmdir", path);
  return NEXT(rmdir)(path);
}

int mkdir(const char *path, mode_t mode) {
  change("mkdir", path);
  return NEXT(mkdir)(path, mode);
}

int symlink(const char *target, const char *path) {
  change("symlink", path);
  return NEXT(symlink)(target, path);
}

#define OPEN(name)                                                             \
  int name(const char *path, int flags, ...) {                                 \
    va_list list;                                                              \
    va_start(list, flags);                                                     \
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;                  \
    va_end(list);                                                              \
    if (flags & O_CREAT) change("open", path);                                 \
    return NEXT(name)(path, flags, mode);                                      \
  }

OPEN(open)
OPEN(open64)
