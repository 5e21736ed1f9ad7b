/* emu/history.c - what a heap looked like; see history.h. */
#include "emu/history.h"

#include <string.h>

void history_init(struct history *history, uint32_t base, uint32_t size)
{
    history->base = base;
    history->size = size;
    history->rows = size < HISTORY_ROWS ? size : HISTORY_ROWS;
    history->distance = 1;
    history->count = 0;
}

/* Where row @row begins, as an offset into the heap. */
static uint64_t row_start(const struct history *history, unsigned row)
{
    return (uint64_t)history->size * row / history->rows;
}

static unsigned row_of(const struct history *history, uint64_t offset)
{
    unsigned row = (unsigned)(offset * history->rows / history->size);

    while (row + 1 < history->rows && row_start(history, row + 1) <= offset)
        row++;
    return row;
}

static void fill_rows(const struct history *history,
                      uint64_t bytes[HISTORY_ROWS], uint64_t from, uint64_t to)
{
    for (unsigned row = row_of(history, from); from < to; row++) {
        const uint64_t end = row_start(history, row + 1);
        const uint64_t until = end < to ? end : to;

        bytes[row] += until - from;
        from = until;
    }
}

static void draw(const struct history *history, const struct alloc *heap,
                 struct history_sample *sample)
{
    uint64_t bytes[HISTORY_ROWS] = {0};

    for (uint32_t b = alloc_lowest(heap); b != ALLOC_NONE;
         b = alloc_above(heap, b)) {
        const uint64_t from = alloc_address(heap, b) - history->base;

        if (alloc_is_used(heap, b))
            fill_rows(history, bytes, from, from + alloc_extent(heap, b));
    }
    for (unsigned row = 0; row < history->rows; row++)
        sample->rows[row] =
            (uint8_t)((bytes[row] * 255 + row_start(history, row + 1) -
                       row_start(history, row) - 1) /
                      (row_start(history, row + 1) - row_start(history, row)));
}

static void thin_out(struct history *history)
{
    unsigned kept = 0;

    history->distance *= 2;
    for (unsigned i = 0; i < history->count; i++)
        if (history->samples[i].request % history->distance == 0)
            history->samples[kept++] = history->samples[i];
    history->count = kept;
}

void history_add(struct history *history, const struct replay_alloc *replay)
{
    const struct alloc *heap = &replay->heap;

    if (replay->requests % history->distance != 0)
        return;
    if (history->count == HISTORY_SAMPLES)
        thin_out(history);
    if (replay->requests % history->distance != 0)
        return;

    struct history_sample *sample = &history->samples[history->count++];
    memset(sample, 0, sizeof(*sample));
    sample->request = replay->requests;
    sample->payload = replay->payload;
    sample->used = heap->size - heap->free_bytes;
    sample->free_bytes = heap->free_bytes;
    sample->largest = alloc_largest(heap);
    draw(history, heap, sample);
}

double history_external(const struct history_sample *sample)
{
    return sample->free_bytes > 0
               ? 1 - (double)sample->largest / sample->free_bytes
               : 0;
}

double history_internal(const struct history_sample *sample)
{
    return sample->used > 0 ? 1 - (double)sample->payload / sample->used : 0;
}
