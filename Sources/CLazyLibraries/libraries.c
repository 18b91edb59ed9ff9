#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "CLazyLibraries.h"

static _Noreturn void end_for_lack_of(const char *name) {
  fprintf(stderr, "image-builder: error: %s: %s\n", name, dlerror());
  _exit(69);
}

void *lazy_library_function(struct lazy_library *library, const char *name) {
  void *handle = atomic_load(&library->handle);
  if (!handle) {
    // Two threads that both get here are given the same handle.
    handle = dlopen(library->soname, RTLD_LAZY | RTLD_LOCAL);
    if (!handle) end_for_lack_of(library->soname);
    atomic_store(&library->handle, handle);
  }
  void *function = dlsym(handle, name);
  if (!function) end_for_lack_of(library->soname);
  return function;
}
