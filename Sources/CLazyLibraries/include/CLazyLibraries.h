#pragma once

#include <stdatomic.h>

// Libraries that are loaded by the first call of one of their functions, not by the start of the
// program: libostree and libcurl bring some fifty others with them, and loading those takes longer
// than all that the program does to answer a question about the configuration.
//
// The functions have the names and the declarations of the libraries' own headers, so that callers
// import those and know nothing of this.

/// The address of the function `name` of the library that the dynamic loader knows as `soname`,
/// which is loaded when it is not yet.
///
/// What the dynamic loader does at the start when a library or a function is missing happens here
/// at the first call: a line on standard error, and the process ends, with status 69.
void *lazy_address(const char *soname, const char *name);

/// For definitions of a library's functions: they are the program's alone. libostree, which calls
/// another build of libcurl, must not find them.
#define LAZY_HIDDEN __attribute__((visibility("hidden")))

/// Declares `function`, which is the library's function `name`, looked up once.
#define LAZY_LOOK_UP(soname, name)                                                   \
  static _Atomic(void *) address;                                                    \
  typeof(name) *function = atomic_load_explicit(&address, memory_order_acquire);     \
  if (!function) {                                                                   \
    function = lazy_address(soname, #name);                                          \
    atomic_store_explicit(&address, (void *)function, memory_order_release);         \
  }

/// Defines the function `name`, which calls the library's one of that name.
#define LAZY_FUNCTION(soname, result, name, parameters, arguments) \
  LAZY_HIDDEN result(name) parameters {                            \
    LAZY_LOOK_UP(soname, name)                                     \
    return function arguments;                                     \
  }
