/*
 * emu/replay_alloc.c - requests to one allocator; see replay_alloc.h.
 *
 * Decisions:
 * - IDs stay in the table when they are freed: an ID that was never seen and
 *   one that is not live any more are answered alike.
 * - Host memory for the ID is taken before the allocator is asked.
 */
#include "emu/replay_alloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define IDS_AT_FIRST 1024u /* a power of two */

static bool resize_nodes(void *ctx, void **memory, size_t bytes)
{
    (void)ctx;
    if (bytes == 0) {
        free(*memory);
        return true;
    }

    void *more = realloc(*memory, bytes);
    if (!more)
        return false;
    *memory = more;
    return true;
}

int replay_alloc_init(struct replay_alloc *out,
                      const struct alloc_config *config)
{
    struct replay_alloc replay = {.id_slots = IDS_AT_FIRST};
    struct alloc_config c = *config;

    replay.ids = calloc(replay.id_slots, sizeof(*replay.ids));
    replay.table = calloc(ALLOC_TABLE_WORDS, sizeof(*replay.table));
    c.table = replay.table;
    c.nodes = (struct alloc_source){.resize = resize_nodes};

    const enum alloc_result result = replay.ids && replay.table
                                         ? alloc_init(&replay.heap, &c)
                                         : ALLOC_NO_NODES;
    if (result != ALLOC_OK) {
        free(replay.ids);
        free(replay.table);
        return result == ALLOC_WRONG ? -EINVAL : -ENOMEM;
    }
    *out = replay;
    return 0;
}

void replay_alloc_reset(struct replay_alloc *replay)
{
    alloc_reset(&replay->heap);
    free(replay->ids);
    free(replay->table);
    *replay = (struct replay_alloc){0};
}

/* The entry of @id, or the empty one where it would go. */
static struct replay_id *entry_of(const struct replay_alloc *replay,
                                  uint32_t id)
{
    const uint32_t mask = replay->id_slots - 1;
    uint32_t at = (id * 2654435769u) >> 7 & mask; /* Knuth's multiplier */

    while (replay->ids[at].seen && replay->ids[at].id != id)
        at = (at + 1) & mask;
    return &replay->ids[at];
}

static bool grow_ids(struct replay_alloc *replay)
{
    struct replay_alloc larger = *replay;

    if (replay->id_count < replay->id_slots / 2)
        return true;
    if (replay->id_slots > UINT32_MAX / 4)
        return false;
    larger.id_slots *= 2;
    larger.ids = calloc(larger.id_slots, sizeof(*larger.ids));
    if (!larger.ids)
        return false;
    for (uint32_t i = 0; i < replay->id_slots; i++)
        if (replay->ids[i].seen)
            *entry_of(&larger, replay->ids[i].id) = replay->ids[i];
    free(replay->ids);
    *replay = larger;
    return true;
}

static int no_memory(struct os_error *why)
{
    os_error_set(why, "out of host memory");
    return -ENOMEM;
}

static void count_search(struct replay_alloc *replay, uint32_t searched,
                         bool given)
{
    replay->searches++;
    replay->searched += searched;
    if (searched > replay->searched_max)
        replay->searched_max = searched;
    replay->failed += !given;
}

static void count_payload(struct replay_alloc *replay, uint32_t before,
                          uint32_t after)
{
    replay->payload += after;
    replay->payload -= before;
    if (replay->payload > replay->payload_peak)
        replay->payload_peak = replay->payload;
}

static struct replay_answer found_answer(struct replay_alloc *replay,
                                         const struct alloc_found *found)
{
    const bool given = found->block != ALLOC_NONE;

    count_search(replay, found->searched, given);
    return (struct replay_answer){
        .given = given,
        .address = given ? alloc_address(&replay->heap, found->block) +
                               replay->heap.header
                         : 0,
        .searched = found->searched,
    };
}

static struct replay_answer rc_answer(struct replay_alloc *replay, int rc)
{
    replay->refused += rc != 0;
    return (struct replay_answer){.has_rc = true, .rc = rc};
}

static int apply_alloc(struct replay_alloc *replay,
                       const struct request *request,
                       struct replay_answer *answer, struct os_error *why)
{
    struct alloc_found found;

    if (!grow_ids(replay))
        return no_memory(why);

    struct replay_id *entry = entry_of(replay, request->id);
    if (entry->seen && entry->block != ALLOC_NONE) {
        os_error_set(
            why, "line %" PRIu64 ": ID %" PRIu32 " is live since line %" PRIu64,
            request->line, request->id, entry->line);
        return -EBADMSG;
    }
    if (alloc_take(&replay->heap, request->size, &found) == ALLOC_NO_NODES)
        return no_memory(why);
    replay->id_count += !entry->seen;
    *entry = (struct replay_id){.id = request->id,
                                .block = found.block,
                                .size = request->size,
                                .seen = 1,
                                .line = request->line};
    if (found.block != ALLOC_NONE)
        count_payload(replay, 0, request->size);
    *answer = found_answer(replay, &found);
    return 0;
}

static int apply_resize(struct replay_alloc *replay,
                        const struct request *request,
                        struct replay_answer *answer, struct os_error *why)
{
    struct replay_id *entry = entry_of(replay, request->id);
    struct alloc_found found;

    if (!entry->seen || entry->block == ALLOC_NONE) {
        *answer = rc_answer(replay, -1);
        return 0;
    }
    if (alloc_resize(&replay->heap, entry->block, request->size, &found) ==
        ALLOC_NO_NODES)
        return no_memory(why);
    *answer = found_answer(replay, &found);
    if (found.block == ALLOC_NONE)
        return 0;
    if (found.block != entry->block)
        alloc_give(&replay->heap, entry->block);
    count_payload(replay, entry->size, request->size);
    entry->block = found.block;
    entry->size = request->size;
    return 0;
}

static int apply_free(struct replay_alloc *replay,
                      const struct request *request,
                      struct replay_answer *answer, struct os_error *why)
{
    struct replay_id *entry = entry_of(replay, request->id);

    (void)why;
    if (!entry->seen || entry->block == ALLOC_NONE) {
        *answer = rc_answer(replay, -1);
        return 0;
    }
    alloc_give(&replay->heap, entry->block);
    count_payload(replay, entry->size, 0);
    entry->block = ALLOC_NONE;
    *answer = rc_answer(replay, 0);
    return 0;
}

int replay_alloc_apply(struct replay_alloc *replay,
                       const struct request *request,
                       struct replay_answer *answer, struct os_error *why)
{
    static int (*const appliers[])(
        struct replay_alloc *, const struct request *, struct replay_answer *,
        struct os_error *) = {[REQUEST_ALLOC] = apply_alloc,
                              [REQUEST_RESIZE] = apply_resize,
                              [REQUEST_FREE] = apply_free};
    const int err = appliers[request->kind](replay, request, answer, why);

    replay->requests += !err;
    return err;
}

static bool has_list(const struct replay_alloc *replay)
{
    return alloc_policy_has_list(replay->heap.policy);
}

static uint32_t free_from(const struct alloc *heap, uint32_t block)
{
    while (block != ALLOC_NONE && alloc_is_used(heap, block))
        block = alloc_above(heap, block);
    return block;
}

uint32_t replay_alloc_free_first(const struct replay_alloc *replay)
{
    const struct alloc *heap = &replay->heap;

    return has_list(replay) ? alloc_list_first(heap)
                            : free_from(heap, alloc_lowest(heap));
}

uint32_t replay_alloc_free_next(const struct replay_alloc *replay,
                                uint32_t block)
{
    const struct alloc *heap = &replay->heap;

    return has_list(replay) ? alloc_list_next(heap, block)
                            : free_from(heap, alloc_above(heap, block));
}
