#pragma once

#include <stdatomic.h>

// Libraries that are loaded by the first call of one of their functions, not by the start of the
// program: libostree and libcurl bring some fifty others with them, and loading those takes longer
// than all that the program does to answer a question about the configuration.
//
// The functions have the names and the declarations of the libraries' own headers, so that callers
// import those and know nothing of this.

/// A library by the name that the dynamic loader knows it by, and its handle once it is loaded.
struct lazy_library {
  const char *soname;
  _Atomic(void *) handle;
};

/// The address of a function of `library`, which is loaded when it is not yet.
///
/// What the dynamic loader does at the start when a library or a function is missing happens here
/// at the first call: a line on standard error, and the process ends, with status 69.
void *lazy_library_function(struct lazy_library *library, const char *name);

/// For definitions of a library's functions: they are the program's alone. libostree, which calls
/// another build of libcurl, must not find them.
#define LAZY_HIDDEN __attribute__((visibility("hidden")))

/// Defines the function `name`, which calls the one of that name in `library`.
#define LAZY_FUNCTION(library, result, name, parameters, arguments)       \
  LAZY_HIDDEN result(name) parameters {                                   \
    static _Atomic(void *) address;                                       \
    void *found = atomic_load_explicit(&address, memory_order_acquire);   \
    if (!found) {                                                         \
      found = lazy_library_function(&library, #name);                     \
      atomic_store_explicit(&address, found, memory_order_release);       \
    }                                                                     \
    return ((typeof(name) *)found)arguments;                              \
  }
