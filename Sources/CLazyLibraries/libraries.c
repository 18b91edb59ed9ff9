#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "CLazyLibraries.h"

void *lazy_address(const char *soname, const char *name) {
  void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
  void *address = library ? dlsym(library, name) : NULL;
  if (!address) {
    fprintf(stderr, "image-builder: error: %s: %s\n", soname, dlerror());
    _exit(69);
  }
  return address;
}
