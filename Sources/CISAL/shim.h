#pragma once

#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>

// Swift does not see the fields of a structure with arrays as large as this one's.

/// A decompressor of one gzip member; NULL without memory. Freed with free().
static inline struct inflate_state *isal_shim_new_inflater(void) {
  struct inflate_state *state = malloc(sizeof *state);
  if (state != NULL) {
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
  }
  return state;
}

/// Gives it input and room for output; the counts become what is left of both.
static inline int isal_shim_inflate(struct inflate_state *state, const uint8_t *input,
                                    uint32_t *input_count, uint8_t *output,
                                    uint32_t *output_count) {
  state->next_in = (uint8_t *)input;
  state->avail_in = *input_count;
  state->next_out = output;
  state->avail_out = *output_count;
  int result = isal_inflate(state);
  *input_count = state->avail_in;
  *output_count = state->avail_out;
  return result;
}

/// Whether the end of the member was reached.
static inline bool isal_shim_is_finished(const struct inflate_state *state) {
  return state->block_state == ISAL_BLOCK_FINISH;
}
