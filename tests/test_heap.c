/*
 * tests/test_heap.c - heaps embedded in their memory: the textbook's words,
 * every policy with contents checked, misuse and corruption noticed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/alloc/heap.h"
#include "os/alloc/internal.h"
#include "tests/rng.h"

#define BASE   16384u
#define MEMORY (256u * 1024u)
#define MAGIC  1234567u /* OSTEP ch. 17 */
#define LIVE   200u
#define STEPS  150000

/* Simulated memory from address BASE on, and how much of it is the heap's. */
static uint64_t memory[MEMORY / 8];
static uint32_t table[ALLOC_TABLE_WORDS];

static uint32_t word_at(uint32_t address)
{
    uint32_t word;

    memcpy(&word, (uint8_t *)memory + (address - BASE), sizeof(word));
    return word;
}

static void set_word(uint32_t address, uint32_t word)
{
    memcpy((uint8_t *)memory + (address - BASE), &word, sizeof(word));
}

static struct alloc_config config_of(const struct alloc_policy *policy)
{
    return (struct alloc_config){.policy = policy,
                                 .order = ALLOC_FRONT,
                                 .coalesce = ALLOC_COALESCE_ADDRESS,
                                 .base = BASE,
                                 .align = 16,
                                 .slot_size = 512,
                                 .table = table,
                                 .memory = memory,
                                 .magic = MAGIC,
                                 .tags = true};
}

static struct heap started(const struct alloc_config *config)
{
    struct heap heap;

    memset(memory, 0, sizeof(memory));
    assert_int_equal(heap_init(&heap, config), ALLOC_OK);
    assert_true(heap_check(&heap));
    return heap;
}

/*
 * OSTEP ch. 17, figures 17.3 to 17.7: a heap of 4 KB at 16 KB, three blocks of
 * 100 bytes, then all are freed, the middle one first: address and words
 * (size, magic or next) of each header, and the head of the list.
 */
static void test_heap_words_are_the_textbooks(void **state)
{
    static const struct {
        unsigned after; /* operations */
        uint32_t head, words[4][3];
    } want[] = {
        {0, 16384, {{16384, 4088, 0}}},
        {1, 16492, {{16384, 100, MAGIC}, {16492, 3980, 0}}},
        {3,
         16708,
         {{16384, 100, MAGIC},
          {16492, 100, MAGIC},
          {16600, 100, MAGIC},
          {16708, 3764, 0}}},
        {4,
         16492,
         {{16384, 100, MAGIC},
          {16492, 100, 16708},
          {16600, 100, MAGIC},
          {16708, 3764, 0}}},
        {6,
         16600,
         {{16384, 100, 16492},
          {16492, 100, 16708},
          {16600, 100, 16384},
          {16708, 3764, 0}}},
    };
    static const int operations[] = {-1, -1, -1, 1, 0, 2}; /* or frees */
    struct alloc_config config = config_of(&alloc_first);
    uint32_t given[3];
    unsigned done = 0, taken = 0;

    (void)state;
    config.coalesce = ALLOC_COALESCE_NONE;
    config.align = 4;
    config.tags = false;
    config.size = 4096;
    struct heap heap = started(&config);
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        for (; done < want[i].after; done++) {
            if (operations[done] < 0)
                given[taken++] = heap_take(&heap, 100);
            else
                assert_int_equal(heap_give(&heap, given[operations[done]]), 0);
            assert_true(heap_check(&heap));
        }
        assert_int_equal(heap.alloc.head, want[i].head);
        for (unsigned k = 0; k < 4 && want[i].words[k][0]; k++) {
            assert_int_equal(word_at(want[i].words[k][0]), want[i].words[k][1]);
            assert_int_equal(word_at(want[i].words[k][0] + 4),
                             want[i].words[k][2]);
        }
    }
    assert_int_equal(given[1], 16500);
}

/* ---- every policy: nobody's bytes change ---- */

struct grower {
    uint32_t end; /* what is in use of the memory */
    uint32_t gap_every, calls;
};

static int grow(void *ctx, uint32_t end, uint32_t bytes, uint32_t *gap)
{
    struct grower *grower = ctx;
    const uint32_t want_gap =
        grower->gap_every && ++grower->calls % grower->gap_every == 0 ? 64 : 0;

    assert_int_equal(end, grower->end);
    if (bytes % 16 != 0 || bytes > MEMORY - (end - BASE) - 64)
        return -1;
    *gap = want_gap;
    for (uint32_t at = end; at < end + want_gap; at++)
        ((uint8_t *)memory)[at - BASE] = 0xee; /* somebody else's */
    grower->end += want_gap + bytes;
    return 0;
}

struct live {
    uint32_t address, size;
    uint8_t fill;
};

static void fill(const struct live *l)
{
    memset((uint8_t *)memory + (l->address - BASE), l->fill, l->size);
}

static void check_fill(const struct live *l, uint32_t size)
{
    const uint8_t *at = (uint8_t *)memory + (l->address - BASE);

    for (uint32_t i = 0; i < size; i++)
        if (at[i] != l->fill)
            fail_msg("byte %u of the block at %u has changed", i, l->address);
}

static void one_request(struct heap *heap, struct rng *rng, struct live *l)
{
    const uint32_t size = 1 + rng_below(rng, rng_below(rng, 16) ? 120 : 3000);

    if (!l->address) {
        l->address = heap_take(heap, size);
        assert_true(!l->address || (l->address - BASE) % 16 == 8);
    } else if (rng_below(rng, 4) == 0) {
        const uint32_t to = heap_resize(heap, l->address, size);
        const uint32_t kept = size < l->size ? size : l->size;

        if (!to)
            return;
        l->address = to;
        check_fill(l, kept);
    } else {
        check_fill(l, l->size);
        assert_int_equal(heap_give(heap, l->address), HEAP_OK);
        l->address = 0;
        return;
    }
    l->size = size;
    l->fill = (uint8_t)rng_next(rng);
    if (l->address)
        fill(l);
}

static void live_off(struct heap *heap, struct rng *rng)
{
    struct live live[LIVE] = {{0}};

    for (int step = 0; step < STEPS; step++) {
        const uint32_t bound = step / 4096 % 2 ? LIVE / 10 : LIVE;
        struct live *l = &live[rng_below(rng, bound)];

        if (l->address || step % 7)
            one_request(heap, rng, l);
        if ((step < 1000 || step % 64 == 0) && !heap_check(heap))
            fail_msg("%s: step %d", alloc_policy_name(heap->alloc.policy),
                     step);
    }
    for (unsigned i = 0; i < LIVE; i++)
        if (live[i].address) {
            check_fill(&live[i], live[i].size);
            assert_int_equal(heap_give(heap, live[i].address), HEAP_OK);
        }
    assert_true(heap_check(heap));
    assert_int_equal(heap->used, 0);
}

static void test_heap_of_every_policy_keeps_every_byte(void **state)
{
    struct rng rng = rng_start();

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);

        config.size = 64 * 1024; /* and never more */
        struct heap heap = started(&config);
        live_off(&heap, &rng);
        if (alloc_policies[i] != &alloc_slab)
            assert_int_equal(heap.alloc.free_bytes, heap.alloc.size);
    }
}

static void test_heap_grows_around_others(void **state)
{
    struct rng rng = rng_start();

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);
        struct grower grower = {.gap_every = 3};

        config.size = 16;
        struct heap heap = started(&config);
        grower.end = BASE + 8; /* the end mark alone */
        heap.grow = grow;
        heap.ctx = &grower;
        if (alloc_policies[i] == &alloc_slots ||
            alloc_policies[i] == &alloc_buddy)
            grower.gap_every = 0;
        live_off(&heap, &rng);
        assert_true(heap.alloc.size > 10000);
    }
}

static void test_heap_without_tags_merges_by_its_list(void **state)
{
    static const enum alloc_order orders[] = {ALLOC_BY_ADDRESS, ALLOC_SIZE_ASC,
                                              ALLOC_SIZE_DESC, ALLOC_FRONT,
                                              ALLOC_BACK};
    struct rng rng = rng_start();

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        for (unsigned k = 0; k < 5; k++) {
            struct alloc_config config = config_of(alloc_policies[i]);

            config.order = orders[k];
            config.tags = false;
            config.size = 64 * 1024;
            struct heap heap = started(&config);
            live_off(&heap, &rng);
            assert_int_equal(heap.alloc.free_count, 1);
        }
}

/* ---- misuse ---- */

static void test_heap_notices_wrong_pointers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);

        config.size = 16384;
        struct heap heap = started(&config);
        const uint32_t a = heap_take(&heap, 100);
        const uint32_t b = heap_take(&heap, 100);

        assert_true(a && b);
        assert_int_equal(heap_give(&heap, 0), HEAP_FOREIGN);
        assert_int_equal(heap_give(&heap, BASE), HEAP_FOREIGN);
        assert_int_equal(heap_give(&heap, BASE + 16384 + 8), HEAP_FOREIGN);
        assert_int_equal(heap_give(&heap, UINT32_MAX - 7), HEAP_FOREIGN);
        assert_int_equal(heap_give(&heap, a + 4), HEAP_FOREIGN);
        assert_int_equal(heap_give(&heap, a + 16), HEAP_NOT_LIVE);
        assert_true(heap_check(&heap));
        assert_int_equal(heap_give(&heap, a), HEAP_OK);
        assert_int_equal(heap_give(&heap, a), HEAP_NOT_LIVE);
        assert_int_equal(heap_give(&heap, b), HEAP_OK);
        assert_int_equal(heap_give(&heap, b), HEAP_NOT_LIVE);
        assert_int_equal(heap_give(&heap, a), HEAP_NOT_LIVE);
        assert_true(heap_check(&heap));
    }
}

static void test_heap_notices_overrun_headers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);

        config.size = 16384;
        struct heap heap = started(&config);
        const uint32_t a = heap_take(&heap, 100);
        const uint32_t header = a + heap_size_of(&heap, a); /* the next one */

        assert_true(heap_take(&heap, 100) != 0);
        const uint32_t size = word_at(header);
        set_word(header, 0x41414141); /* "AAAA" */
        assert_false(heap_check(&heap));
        assert_int_equal(heap_give(&heap, a), HEAP_OVERRUN);
        set_word(header, size);
        assert_true(heap_check(&heap));

        const uint32_t magic = word_at(header + 4);
        const unsigned bytes = magic % 4 ? 4 : 0; /* else a free block's link */
        for (unsigned byte = 0; byte < bytes; byte++) {
            set_word(header + 4,
                     (magic & ~(0xffu << 8 * byte)) | 0x55u << 8 * byte);
            assert_int_equal(heap_give(&heap, a), HEAP_OVERRUN);
        }
        set_word(header + 4, magic);
        assert_int_equal(heap_give(&heap, a), HEAP_OK);
    }
}

static void test_heap_fills_what_is_freed_with_junk(void **state)
{
    struct alloc_config config = config_of(&alloc_first);

    (void)state;
    config.size = 4096;
    struct heap heap = started(&config);
    const uint32_t a = heap_take(&heap, 200);
    heap_take(&heap, 8);
    memset((uint8_t *)memory + (a - BASE), 1, 200);
    assert_int_equal(heap_give(&heap, a), HEAP_OK);
    /* but the second link, and the size at the end */
    for (uint32_t at = a + 4; at < a + 196; at++)
        assert_int_equal(((uint8_t *)memory)[at - BASE], HEAP_JUNK);
}

static void test_heap_check_notices_every_changed_header(void **state)
{
    static const uint32_t others[] = {0, 8, 24, 0x41414141, UINT32_MAX};

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);
        uint32_t given[12];

        config.size = 16384;
        struct heap heap = started(&config);
        for (unsigned k = 0; k < 12; k++)
            given[k] = heap_take(&heap, 40 + 10 * k);
        for (unsigned k = 0; k < 12; k += 2)
            assert_int_equal(heap_give(&heap, given[k]), HEAP_OK);
        for (uint32_t b = alloc_lowest(&heap.alloc); b != ALLOC_NONE;
             b = alloc_above(&heap.alloc, b))
            for (uint32_t at = b; at <= b + 4; at += 4)
                for (unsigned o = 0; o < 5; o++) {
                    const uint32_t good = word_at(at);

                    set_word(at, others[o]);
                    if (others[o] != good && heap_check(&heap))
                        fail_msg("%s: %u instead of %u at %u is not noticed",
                                 alloc_policy_name(alloc_policies[i]),
                                 others[o], good, at);
                    set_word(at, good);
                }
        set_word(BASE + heap.alloc.size, 77); /* the end mark */
        assert_false(heap_check(&heap));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap_words_are_the_textbooks),
        cmocka_unit_test(test_heap_of_every_policy_keeps_every_byte),
        cmocka_unit_test(test_heap_grows_around_others),
        cmocka_unit_test(test_heap_without_tags_merges_by_its_list),
        cmocka_unit_test(test_heap_notices_wrong_pointers),
        cmocka_unit_test(test_heap_notices_overrun_headers),
        cmocka_unit_test(test_heap_fills_what_is_freed_with_junk),
        cmocka_unit_test(test_heap_check_notices_every_changed_header),
    };

    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
