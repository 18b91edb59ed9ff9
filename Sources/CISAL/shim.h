#pragma once

#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>

// Swift does not import the fields of struct inflate_state, because its arrays are too large.

/// Allocates the state for unpacking one gzip member. Returns NULL if there is no memory. Free it
/// with free().
static inline struct inflate_state *isal_shim_new_inflater(void) {
  struct inflate_state *state = malloc(sizeof *state);
  if (state != NULL) {
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
  }
  return state;
}

/// Unpacks from `input` to `output`. The counts are set to the number of bytes that remain in each.
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

/// Whether the end of the member has been reached.
static inline bool isal_shim_is_finished(const struct inflate_state *state) {
  return state->block_state == ISAL_BLOCK_FINISH;
}
