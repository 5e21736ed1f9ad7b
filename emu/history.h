/*
 * emu/history.h - what a heap looked like while requests were answered.
 *
 * At most HISTORY_SAMPLES moments are kept, evenly spaced: when there are too
 * many, every other one is dropped and the distance doubles. So a short trace
 * is kept whole, and the same trace always gives the same moments.
 *
 * Layer: emu/.
 */
#ifndef EMU_HISTORY_H
#define EMU_HISTORY_H

#include "emu/replay_alloc.h"

#define HISTORY_SAMPLES 512u
#define HISTORY_ROWS    200u

struct history_sample {
    uint64_t request; /* after this one, from 1 on */
    uint64_t payload; /* bytes asked for */
    uint32_t used;    /* bytes of used blocks */
    uint32_t free_bytes, largest;
    uint8_t rows[HISTORY_ROWS]; /* how full each row is, of 255 */
};

struct history {
    uint32_t base, size;
    unsigned rows;     /* the heap in so many equal rows, at most a byte each */
    uint64_t distance; /* requests between two samples */
    unsigned count;
    struct history_sample samples[HISTORY_SAMPLES];
};

void history_init(struct history *history, uint32_t base, uint32_t size);

/* After each request. O(blocks) for those that are kept, else nothing. */
void history_add(struct history *history, const struct replay_alloc *replay);

/*
 * In [0, 1]: the part of the free bytes that is not in the largest free block,
 * and the part of the used blocks' bytes that nobody asked for (headers,
 * rounding).
 */
double history_external(const struct history_sample *sample);
double history_internal(const struct history_sample *sample);

#endif /* EMU_HISTORY_H */
