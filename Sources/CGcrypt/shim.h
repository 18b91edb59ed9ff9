#pragma once

#include <gcrypt.h>

// gcry_control is variadic, and Swift does not import variadic functions.
static inline gcry_error_t gcrypt_shim_finish_initialization(void) {
  gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
  return gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}
