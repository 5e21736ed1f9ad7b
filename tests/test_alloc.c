/*
 * tests/test_alloc.c - allocators with nodes beside the heap: every policy
 * against a naive model, walkers that notice, memory that fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "os/alloc/internal.h"
#include "tests/alloc_model.h"
#include "tests/failing.h"
#include "tests/rng.h"

#define BASE  1000u
#define LIVE  160u
#define STEPS 20000
#define EVERY 2000 /* steps after each of which everything is looked at */

static bool resize(void *ctx, void **memory, size_t bytes)
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

static uint32_t table[ALLOC_TABLE_WORDS];

static struct alloc_config config_of(const struct alloc_policy *policy)
{
    return (struct alloc_config){.policy = policy,
                                 .coalesce = ALLOC_COALESCE_ADDRESS,
                                 .base = BASE,
                                 .size = 4096,
                                 .align = 1,
                                 .slot_size = 100,
                                 .table = table,
                                 .nodes = {.resize = resize}};
}

static struct alloc started(const struct alloc_config *config)
{
    struct alloc a;

    assert_int_equal(alloc_init(&a, config), ALLOC_OK);
    assert_true(alloc_check(&a));
    return a;
}

static uint32_t take(struct alloc *a, uint32_t size)
{
    struct alloc_found found;

    assert_int_equal(alloc_take(a, size, &found), ALLOC_OK);
    assert_true(alloc_check(a));
    return found.block;
}

/* The free blocks, ascending. */
static unsigned free_blocks(const struct alloc *a, struct model_chunk *to)
{
    unsigned count = 0;

    for (uint32_t b = alloc_lowest(a); b != ALLOC_NONE; b = alloc_above(a, b))
        if (!alloc_is_used(a, b))
            to[count++] =
                (struct model_chunk){alloc_address(a, b), alloc_extent(a, b)};
    return count;
}

/* ---- the textbooks' examples: see also tests/golden/alloc.txt ---- */

/* OSTEP ch. 17, figure 17.8: 7 KB out of 64 KB. */
static void test_alloc_buddies_split_and_merge_as_in_the_textbook(void **state)
{
    static const struct model_chunk want[] = {
        {8192, 8192}, {16384, 16384}, {32768, 32768}};
    struct alloc_config config = config_of(&alloc_buddy);
    struct model_chunk got[8];

    (void)state;
    config.base = 0;
    config.size = 65536;
    struct alloc a = started(&config);
    const uint32_t block = take(&a, 7168);
    assert_int_equal(alloc_address(&a, block), 0);
    assert_int_equal(alloc_extent(&a, block), 8192);
    assert_int_equal(free_blocks(&a, got), 3);
    assert_memory_equal(got, want, sizeof(want));
    alloc_give(&a, block);
    assert_int_equal(free_blocks(&a, got), 1);
    assert_int_equal(got[0].size, 65536);
    alloc_reset(&a);
}

/* OSTEP ch. 15, figure 15.2: 64 KB in slots of 16, 0 and 2 are in use. */
static void test_alloc_slots_are_the_textbooks(void **state)
{
    static const struct model_chunk want[] = {{16384, 16384}, {49152, 16384}};
    struct alloc_config config = config_of(&alloc_slots);
    struct model_chunk got[8];
    uint32_t os, process;

    (void)state;
    config.base = 0;
    config.size = 65536;
    config.slot_size = 16384;
    struct alloc a = started(&config);
    assert_int_equal(alloc_take_at(&a, 0, 16384, &os), ALLOC_OK);
    assert_int_equal(alloc_take_at(&a, 32768, 16384, &process), ALLOC_OK);
    assert_true(alloc_check(&a));
    assert_int_equal(free_blocks(&a, got), 2);
    assert_memory_equal(got, want, sizeof(want));
    alloc_reset(&a);
}

/* ---- against the model ---- */

struct live {
    uint32_t block;
    struct model_chunk chunk;
};

struct trial {
    struct rng *rng;
    struct alloc_config config;
    struct alloc a;
    struct alloc_model *model;
    struct live live[LIVE];
    int step;
};

static void differ(const struct trial *t, const char *what)
{
    fail_msg("TEST_SEED=%u: %s, order %d, coalesce %d, size %u, header %u, "
             "align %u: step %d: %s",
             t->rng->seed, alloc_policy_name(t->config.policy),
             (int)t->config.order, (int)t->config.coalesce, t->config.size,
             t->config.header, t->config.align, t->step, what);
}

static void compare_free(const struct trial *t)
{
    static struct model_chunk got[MODEL_MAX], want[MODEL_MAX];
    const unsigned count = free_blocks(&t->a, got);

    if (count != alloc_model_free(t->model, want) ||
        memcmp(got, want, count * sizeof(*got)) != 0)
        differ(t, "the free blocks");
    if (!alloc_policy_has_list(t->config.policy))
        return;

    uint32_t b = alloc_list_first(&t->a);
    for (unsigned i = 0; i < t->model->count; i++) {
        if (b == ALLOC_NONE ||
            alloc_address(&t->a, b) != t->model->chunks[i].address)
            differ(t, "the list");
        b = alloc_list_next(&t->a, b);
    }
    if (b != ALLOC_NONE)
        differ(t, "the end of the list");
}

/* Two AVL trees of so many nodes: each at most 1.4405 log2(n + 2) high. */
static uint32_t height_limit(unsigned nodes)
{
    uint32_t tenths = 0;

    for (unsigned n = nodes + 2; n > 0; n /= 2)
        tenths += 15;
    return 2 * (tenths / 10 + 1);
}

static void try_take(struct trial *t, struct live *live)
{
    const uint32_t size =
        1 + rng_below(t->rng, rng_below(t->rng, 8) ? 60 : t->config.size / 3);
    struct alloc_found found;
    struct model_chunk want = {0, 0};
    uint32_t searched;
    const bool ok = alloc_model_take(t->model, size, &want, &searched);

    if ((alloc_take(&t->a, size, &found) == ALLOC_OK) != ok)
        differ(t, "success");
    if (t->config.policy == &alloc_tree
            ? found.searched > height_limit(t->model->count + 1)
            : found.searched != searched)
        differ(t, "searched");
    if (!ok)
        return;
    if (alloc_address(&t->a, found.block) != want.address ||
        alloc_extent(&t->a, found.block) != want.size)
        differ(t, "the block");
    *live = (struct live){found.block, want};
}

static void try_give(struct trial *t, struct live *live)
{
    alloc_give(&t->a, live->block);
    alloc_model_give(t->model, live->chunk);
    live->block = ALLOC_NONE;
}

/* Nothing is lost: all that is free is what there was. */
static void give_everything(struct trial *t)
{
    for (unsigned i = 0; i < LIVE; i++)
        if (t->live[i].block != ALLOC_NONE)
            try_give(t, &t->live[i]);
    compare_free(t);
    assert_true(alloc_check(&t->a));
    assert_int_equal(t->a.free_bytes, t->a.size);
}

static void run_trial(struct trial *t, int steps)
{
    static uint32_t words[ALLOC_TABLE_WORDS];

    t->config.table = words;
    t->a = started(&t->config);
    alloc_model_init(t->model, &t->config);
    memset(t->live, 0, sizeof(t->live));
    compare_free(t);
    for (t->step = 0; t->step < steps; t->step++) {
        /* Now many are live, now few. */
        const unsigned bound = t->step / 512 % 2 ? LIVE / 8 : LIVE;
        struct live *live = &t->live[rng_below(t->rng, bound)];

        if (live->block != ALLOC_NONE)
            try_give(t, live);
        else
            try_take(t, live);
        if (t->step > EVERY && t->step % 16 != 0)
            continue;
        compare_free(t);
        if (!alloc_check(&t->a))
            differ(t, "the walker");
    }
    give_everything(t);
    alloc_reset(&t->a);
}

static void run_policy(const struct alloc_policy *policy,
                       enum alloc_index indexing)
{
    static const struct {
        uint32_t size, header, align;
    } shapes[] = {{4096, 0, 1}, {3001, 4, 4}, {8192, 8, 16}};
    struct rng rng = rng_start();
    struct trial *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    t->model = calloc(1, sizeof(*t->model));
    assert_non_null(t->model);
    t->rng = &rng;
    for (unsigned order = 0; order < ALLOC_ORDERS; order++)
        for (unsigned c = 0; c <= ALLOC_COALESCE_LIST; c++) {
            const unsigned shape = (order + c) % 3;

            if (c == ALLOC_COALESCE_LIST && !alloc_policy_has_list(policy))
                continue;
            t->config = config_of(policy);
            t->config.indexing = indexing;
            t->config.order = (enum alloc_order)order;
            t->config.coalesce = (enum alloc_coalesce)c;
            t->config.size = shapes[shape].size;
            t->config.header = shapes[shape].header;
            t->config.align = shapes[shape].align;
            run_trial(t, STEPS);
        }
    free(t->model);
    free(t);
}

static void test_alloc_policy_agrees_with_its_model(void **state)
{
    run_policy(*state, ALLOC_INDEX_NEVER);
}

static void test_alloc_index_agrees_with_the_model(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++)
        if (alloc_policies[i]->lists > 0)
            run_policy(alloc_policies[i], ALLOC_INDEX_ALWAYS);
}

/* ---- lists too long for the model: the walk is the oracle ---- */

#define MANY 1500u

/* One request to both. Whether the answers are the same. */
static bool same_answers(struct alloc *walked, struct alloc *indexed,
                         uint32_t (*live)[2], uint32_t size)
{
    struct alloc_found want, got;

    if ((*live)[0] != ALLOC_NONE) {
        alloc_give(walked, (*live)[0]);
        alloc_give(indexed, (*live)[1]);
        (*live)[0] = ALLOC_NONE;
        return true;
    }

    const enum alloc_result result = alloc_take(walked, size, &want);
    if (alloc_take(indexed, size, &got) != result ||
        got.searched != want.searched)
        return false;
    (*live)[0] = want.block;
    (*live)[1] = got.block;
    return result != ALLOC_OK || alloc_address(walked, want.block) ==
                                     alloc_address(indexed, got.block);
}

static void compare_long_lists(const struct alloc_config *config,
                               struct rng *rng)
{
    static uint32_t live[MANY][2], tables[2][ALLOC_TABLE_WORDS];
    struct alloc_config c = *config;

    memset(live, 0, sizeof(live));
    c.table = tables[0];
    c.indexing = ALLOC_INDEX_NEVER;
    struct alloc walked = started(&c);
    c.table = tables[1];
    c.indexing = ALLOC_INDEX_LATER;
    struct alloc indexed = started(&c);
    for (unsigned step = 0; step < 8 * MANY; step++)
        if (!same_answers(&walked, &indexed, &live[rng_below(rng, MANY)],
                          1 + rng_below(rng, 200)))
            fail_msg("TEST_SEED=%u: %s, order %d, coalesce %d: step %u",
                     rng->seed, alloc_policy_name(c.policy), (int)c.order,
                     (int)c.coalesce, step);
    assert_true(alloc_check(&walked) && alloc_check(&indexed));
    assert_null(walked.index);
    alloc_reset(&walked);
    alloc_reset(&indexed);
}

static void test_alloc_index_answers_as_the_walk_does(void **state)
{
    struct rng rng = rng_start();

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++)
        for (unsigned order = 0; order < ALLOC_ORDERS; order++)
            for (unsigned c = 0; c <= ALLOC_COALESCE_LIST; c++) {
                struct alloc_config config = config_of(alloc_policies[i]);

                if (config.policy->lists == 0 ||
                    (c == ALLOC_COALESCE_LIST && !config.policy->has_list))
                    continue;
                config.order = (enum alloc_order)order;
                config.coalesce = (enum alloc_coalesce)c;
                config.size = MANY * 120;
                config.slot_size = 150;
                compare_long_lists(&config, &rng);
            }
}

static void test_alloc_index_comes_when_walks_are_long(void **state)
{
    struct alloc_config config = config_of(&alloc_best);
    uint32_t blocks[1000];

    (void)state;
    config.coalesce = ALLOC_COALESCE_NONE;
    config.size = 100000;
    struct alloc a = started(&config);
    for (unsigned i = 0; i < 1000; i++)
        blocks[i] = take(&a, 10);
    for (unsigned i = 0; i < 1000; i++)
        alloc_give(&a, blocks[i]);
    assert_null(a.index);
    for (unsigned i = 0; i < 50; i++) {
        failing_after(0); /* no memory for it: the list is walked on */
        alloc_give(&a, take(&a, 10));
        assert_null(a.index);
    }
    failing_after(-1);
    for (unsigned i = 0; i < 50; i++)
        alloc_give(&a, take(&a, 10));
    assert_non_null(a.index);
    assert_true(alloc_check(&a));
    alloc_reset(&a);
}

/* ---- resize, places, growth ---- */

static void test_alloc_resize_stays_where_it_can(void **state)
{
    const struct alloc_config config = config_of(&alloc_first);
    struct alloc a = started(&config);
    struct alloc_found found;

    (void)state;
    const uint32_t x = take(&a, 100);
    const uint32_t y = take(&a, 100);
    assert_int_equal(alloc_resize(&a, x, 40, &found), ALLOC_OK);
    assert_int_equal(found.block, x);
    assert_int_equal(found.searched, 0);
    assert_int_equal(alloc_extent(&a, x), 40);
    assert_int_equal(alloc_resize(&a, x, 100, &found), ALLOC_OK);
    assert_int_equal(found.block, x);
    assert_int_equal(alloc_extent(&a, x), 100);
    assert_true(alloc_check(&a));

    assert_int_equal(alloc_resize(&a, x, 101, &found), ALLOC_OK);
    assert_true(found.block != x && found.searched == 1);
    assert_true(alloc_is_used(&a, x));
    alloc_give(&a, x);
    assert_int_equal(alloc_resize(&a, y, 5000, &found), ALLOC_FULL);
    assert_int_equal(alloc_extent(&a, y), 100);
    assert_true(alloc_check(&a));
    alloc_reset(&a);
}

static void test_alloc_at_takes_exactly_these_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        const struct alloc_policy *policy = alloc_policies[i];
        struct alloc_config config = config_of(policy);
        uint32_t block = 77, other = 77;

        config.slot_size = 512;
        struct alloc a = started(&config);
        const enum alloc_result got =
            alloc_take_at(&a, BASE + 1024, 512, &block);
        assert_true(alloc_check(&a));
        if (policy == &alloc_slab) {
            assert_int_equal(got, ALLOC_WRONG);
            alloc_reset(&a);
            continue;
        }
        assert_int_equal(got, ALLOC_OK);
        assert_int_equal(alloc_address(&a, block), BASE + 1024);
        assert_int_equal(alloc_extent(&a, block), 512);
        assert_int_equal(alloc_take_at(&a, BASE + 1024, 1, &other), ALLOC_BUSY);
        assert_int_equal(alloc_take_at(&a, BASE - 1, 1, &other), ALLOC_WRONG);
        assert_int_equal(alloc_take_at(&a, BASE + 4096, 1, &other),
                         ALLOC_WRONG);
        assert_int_equal(alloc_take_at(&a, BASE + 4095, 2, &other),
                         ALLOC_WRONG);
        if (policy == &alloc_slots || policy == &alloc_buddy)
            assert_int_equal(alloc_take_at(&a, BASE + 3, 512, &other),
                             ALLOC_WRONG);
        assert_int_equal(other, 77);
        alloc_give(&a, block);
        assert_true(alloc_check(&a));
        assert_int_equal(a.free_bytes, 4096);
        alloc_reset(&a);
    }
}

static void test_alloc_extend_adds_free_memory(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        const struct alloc_config config = config_of(alloc_policies[i]);
        struct alloc a = started(&config);
        const uint32_t before = a.free_bytes;

        assert_int_equal(alloc_extend(&a, 500), ALLOC_OK);
        assert_true(alloc_check(&a));
        assert_int_equal(a.free_bytes, before + 500);
        assert_int_equal(alloc_extend(&a, UINT32_MAX - 4), ALLOC_WRONG);
        assert_true(alloc_check(&a));
        alloc_reset(&a);
    }
}

static void test_alloc_refuses_impossible_configurations(void **state)
{
    const struct alloc_config good = config_of(&alloc_buddy);
    struct alloc_config bad[9];
    struct alloc a;

    (void)state;
    for (unsigned i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].align = 3;
    bad[1].align = 0;
    bad[2].size = UINT32_MAX;
    bad[3].base = UINT32_MAX - 4094;
    bad[4].coalesce = ALLOC_COALESCE_LIST;
    bad[5].table = NULL;
    bad[6].policy = &alloc_slots;
    bad[6].slot_size = 0;
    bad[7].header = ALLOC_HEADER_MAX + 1;
    bad[8].nodes.resize = NULL;
    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(alloc_init(&a, &bad[i]), ALLOC_WRONG);
}

static void test_alloc_huge_needs_fail_after_their_search(void **state)
{
    static const uint32_t sizes[] = {4097, 0x7fffffff, 0x80000001, 0xfffffff0,
                                     0xffffffff};

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);

        config.header = 8;
        config.align = 16;
        struct alloc a = started(&config);
        for (unsigned k = 0; k < 5; k++) {
            struct alloc_found found;

            assert_int_equal(alloc_take(&a, sizes[k], &found), ALLOC_FULL);
            assert_int_equal(found.block, ALLOC_NONE);
            assert_true(alloc_check(&a));
        }
        alloc_reset(&a);
    }
}

/* ---- host memory that fails ---- */

static void test_alloc_survives_every_failing_allocation(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);
        struct alloc a;
        struct alloc_found found;
        unsigned failures = 0;

        config.size = 65536;
        config.slot_size = 512;
        failing_after(0);
        assert_int_equal(alloc_init(&a, &config), ALLOC_NO_NODES);
        failing_after(-1);
        a = started(&config);
        for (unsigned n = 0; n < 100; n++) {
            const uint32_t free_bytes = a.free_bytes;

            failing_after(0); /* fails if a node's memory is asked for */
            enum alloc_result got = alloc_take(&a, 300, &found);
            failing_after(-1);
            if (got == ALLOC_NO_NODES) {
                failures++;
                assert_int_equal(a.free_bytes, free_bytes);
                assert_true(alloc_check(&a));
                got = alloc_take(&a, 300, &found);
            }
            assert_int_equal(got, ALLOC_OK);
            assert_true(alloc_check(&a));
        }
        assert_true(failures > 0 || alloc_policies[i] == &alloc_slots);
        failing_after(0); /* giving back never asks */
        for (uint32_t b = alloc_lowest(&a); b != ALLOC_NONE;
             b = alloc_above(&a, b))
            if (alloc_is_used(&a, b))
                b = alloc_give(&a, b);
        failing_after(-1);
        assert_true(alloc_check(&a));
        assert_int_equal(a.free_bytes, 65536);
        alloc_reset(&a);
    }
}

/* ---- walkers notice ---- */

/*
 * Whatever single word of a node or of the table changes, alloc_check() says
 * so, unless the word means nothing there.
 */
static bool matters(const struct alloc *a, uint32_t block, unsigned word)
{
    const bool used = alloc_is_used(a, block);

    if (word == WORD_NEXT || word == WORD_PREV)
        return !used;
    if (word == WORD_LEVEL)
        return !used && a->policy == &alloc_tree;
    return true;
}

static void corrupt(struct alloc *a, uint32_t *word, const char *what)
{
    static const uint32_t others[] = {0,  1,  8,          32,
                                      64, 96, 0x7fffffff, UINT32_MAX};
    const uint32_t good = *word;

    for (unsigned i = 0; i < 8; i++) {
        if (others[i] == good)
            continue;
        *word = others[i];
        if (alloc_check(a))
            fail_msg("%s: %s: %u instead of %u is not noticed",
                     alloc_policy_name(a->policy), what, others[i], good);
    }
    *word = good;
    assert_true(alloc_check(a));
}

static void test_alloc_check_notices_every_changed_word(void **state)
{
    static const char *const names[] = {"size",    "next",  "prev",  "level",
                                        "address", "below", "above", "flags"};

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);
        uint32_t blocks[24];

        config.slot_size = 170;
        struct alloc a = started(&config);
        for (unsigned k = 0; k < 24; k++)
            blocks[k] = take(&a, 20 + 5 * k);
        for (unsigned k = 0; k < 24; k += 2)
            alloc_give(&a, blocks[k]);
        assert_true(alloc_check(&a));
        for (uint32_t b = alloc_lowest(&a); b != ALLOC_NONE;
             b = alloc_above(&a, b))
            for (unsigned word = 0; word < 8; word++)
                if (matters(&a, b, word))
                    corrupt(&a, &block_words(&a, b)[word], names[word]);
        corrupt(&a, &a.free_count, "free_count");
        corrupt(&a, &a.free_bytes, "free_bytes");
        corrupt(&a, &a.size, "size");
        if (alloc_policy_has_list(a.policy))
            corrupt(&a, &a.head, "head");
        for (uint32_t w = 0; w < alloc_policy_table(a.policy); w++)
            if (table[w])
                corrupt(&a, &table[w], "table");
        alloc_reset(&a);
    }
}

/* The same for the words of the index. */
static void test_alloc_check_notices_every_changed_entry(void **state)
{
    static const char *const names[] = {"left",    "right",   "parent", "count",
                                        "largest", "smaller", "larger", "up"};

    (void)state;
    for (unsigned i = 0; i < ALLOC_POLICIES; i++) {
        struct alloc_config config = config_of(alloc_policies[i]);
        uint32_t blocks[24];

        if (config.policy->lists == 0)
            continue;
        config.slot_size = 170;
        config.indexing = ALLOC_INDEX_ALWAYS;
        struct alloc a = started(&config);
        for (unsigned k = 0; k < 24; k++)
            blocks[k] = take(&a, 20 + 5 * k);
        for (unsigned k = 0; k < 24; k += 2)
            alloc_give(&a, blocks[k]);
        assert_non_null(a.index);
        assert_true(alloc_check(&a));
        for (uint32_t b = alloc_lowest(&a); b != ALLOC_NONE;
             b = alloc_above(&a, b))
            for (unsigned word = 0; word < (config.policy->by_size ? 8 : 5);
                 word++)
                if (block_is_chunk(&a, b))
                    corrupt(&a,
                            (uint32_t *)(void *)(a.index + NODE_SKEW + b) +
                                word,
                            names[word]);
        alloc_reset(&a);
    }
}

#define AGREES(policy)                                                         \
    {                                                                          \
        "test_alloc_" #policy "_agrees_with_its_model",                        \
            test_alloc_policy_agrees_with_its_model, NULL, NULL,               \
            (void *)(uintptr_t)&alloc_##policy                                 \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_buddies_split_and_merge_as_in_the_textbook),
        cmocka_unit_test(test_alloc_slots_are_the_textbooks),
        AGREES(first),
        AGREES(best),
        AGREES(worst),
        AGREES(next),
        AGREES(slots),
        AGREES(segregated),
        AGREES(slab),
        AGREES(buddy),
        AGREES(tree),
        AGREES(tlsf),
        cmocka_unit_test(test_alloc_index_agrees_with_the_model),
        cmocka_unit_test(test_alloc_index_answers_as_the_walk_does),
        cmocka_unit_test(test_alloc_index_comes_when_walks_are_long),
        cmocka_unit_test(test_alloc_resize_stays_where_it_can),
        cmocka_unit_test(test_alloc_at_takes_exactly_these_bytes),
        cmocka_unit_test(test_alloc_extend_adds_free_memory),
        cmocka_unit_test(test_alloc_refuses_impossible_configurations),
        cmocka_unit_test(test_alloc_huge_needs_fail_after_their_search),
        cmocka_unit_test(test_alloc_survives_every_failing_allocation),
        cmocka_unit_test(test_alloc_check_notices_every_changed_word),
        cmocka_unit_test(test_alloc_check_notices_every_changed_entry),
    };

    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
