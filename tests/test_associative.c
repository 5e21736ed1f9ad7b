/* tests/test_associative.c - copies of descriptors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mmu/associative.h"
#include "tests/rng.h"

#define KIB(n) ((uint32_t)(n)*1024u)
#define PHYS   KIB(256)
#define TABLE  KIB(100)

/* A table of 256 segments of 16 MiB addresses, and what it is used through. */
struct scene {
    struct phys *phys;
    struct segment_table table;
    struct associative am;
    struct associative_walk walk; /* of the last access */
    paddr_t pa;                   /* likewise */
};

static struct segment_table make_table(struct phys *phys, paddr_t at,
                                       uint32_t count)
{
    struct segment_table t;

    assert_int_equal(segment_table_init(&t, phys, 32, 8), 0);
    assert_int_equal(segment_table_set(&t, at, count), 0);
    return t;
}

static void put(struct segment_table *t, unsigned selector, paddr_t base,
                uint32_t bounds, enum mmu_prot prot)
{
    const struct descriptor d = {
        .segment = {.base = base, .bounds = bounds, .prot = prot}};

    assert_int_equal(segment_table_put(t, selector, &d), 0);
}

static int setup(void **state)
{
    static struct scene scene;

    assert_int_equal(phys_create(&scene.phys, PHYS), 0);
    scene.table = make_table(scene.phys, TABLE, 256);
    assert_int_equal(associative_init(&scene.am, 4), 0);
    for (unsigned i = 0; i < 64; i++)
        put(&scene.table, i, i * KIB(1), KIB(1), MMU_RWX);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    phys_destroy(scene->phys);
    return 0;
}

/* Byte 8 of segment @selector. */
static enum mmu_fault access_segment(struct scene *s, unsigned selector,
                                     enum mmu_prot kind)
{
    const struct mmu_access access = {selector << 24 | 8, 4, kind};
    const enum mmu_fault fault =
        associative_translate(&s->am, &s->table, &access, &s->pa, &s->walk);

    assert_true(associative_check(&s->am));
    return fault;
}

static void expect_counts(const struct scene *s, uint64_t hits, uint64_t misses,
                          uint64_t notes, uint64_t flushes)
{
    assert_int_equal(s->am.counts.hits, hits);
    assert_int_equal(s->am.counts.misses, misses);
    assert_int_equal(s->am.counts.notes, notes);
    assert_int_equal(s->am.counts.flushes, flushes);
}

static void test_associative_reads_a_descriptor_once(void **state)
{
    struct scene *s = *state;

    assert_int_equal(access_segment(s, 5, MMU_READ), MMU_FAULT_NONE);
    assert_int_equal(s->pa, KIB(5) + 8);
    assert_true(s->walk.read && s->walk.noted);
    assert_int_equal(s->walk.descriptor, TABLE + 5 * 16);
    expect_counts(s, 0, 1, 1, 0);
    assert_int_equal(access_segment(s, 5, MMU_EXEC), MMU_FAULT_NONE);
    assert_false(s->walk.read || s->walk.noted);
    expect_counts(s, 1, 1, 1, 0);
}

static void test_associative_notes_use_in_memory_once(void **state)
{
    struct scene *s = *state;
    struct descriptor d;

    access_segment(s, 5, MMU_READ);
    d = segment_table_get(&s->table, 5);
    assert_true(d.accessed && !d.modified);
    access_segment(s, 5, MMU_WRITE);
    assert_true(!s->walk.read && s->walk.noted);
    d = segment_table_get(&s->table, 5);
    assert_true(d.accessed && d.modified);
    access_segment(s, 5, MMU_WRITE);
    assert_false(s->walk.noted);
    expect_counts(s, 2, 1, 2, 0);
}

static void test_associative_notes_no_illegal_access(void **state)
{
    struct scene *s = *state;

    put(&s->table, 5, KIB(5), KIB(1), MMU_READ);
    assert_int_equal(access_segment(s, 5, MMU_WRITE), MMU_FAULT_PROTECTION);
    assert_true(s->walk.read && !s->walk.noted);

    const struct descriptor d = segment_table_get(&s->table, 5);
    assert_false(d.accessed || d.modified);
}

static void test_associative_gives_up_what_was_used_longest_ago(void **state)
{
    struct scene *s = *state;

    for (unsigned i = 0; i < 4; i++)
        access_segment(s, i, MMU_READ);
    access_segment(s, 0, MMU_READ); /* so 1 is the oldest */
    expect_counts(s, 1, 4, 4, 0);
    access_segment(s, 9, MMU_READ);
    access_segment(s, 0, MMU_READ);
    access_segment(s, 2, MMU_READ);
    access_segment(s, 3, MMU_READ);
    expect_counts(s, 4, 5, 5, 0);
    access_segment(s, 1, MMU_READ);
    expect_counts(s, 4, 6, 5, 0);
}

static void test_associative_change_takes_effect_at_once(void **state)
{
    struct scene *s = *state;
    const struct descriptor absent = {
        .segment = {.bounds = KIB(1), .prot = MMU_RWX, .absent = true}};

    access_segment(s, 5, MMU_WRITE);
    put(&s->table, 5, KIB(40), KIB(1), MMU_READ);
    assert_int_equal(access_segment(s, 5, MMU_WRITE), MMU_FAULT_PROTECTION);
    assert_int_equal(access_segment(s, 5, MMU_READ), MMU_FAULT_NONE);
    assert_int_equal(s->pa, KIB(40) + 8);
    assert_int_equal(segment_table_put(&s->table, 5, &absent), 0);
    assert_int_equal(access_segment(s, 5, MMU_READ), MMU_FAULT_ABSENT);
    put(&s->table, 5, KIB(40), 11, MMU_READ);
    assert_int_equal(access_segment(s, 5, MMU_READ), MMU_FAULT_BOUNDS);
    assert_int_equal(segment_table_set(&s->table, TABLE, 5), 0);
    assert_int_equal(access_segment(s, 5, MMU_READ), MMU_FAULT_SEGMENT);
    assert_false(s->walk.read);
}

/* A cleared bit must be set again by the next access. */
static void test_associative_notes_again_what_was_cleared(void **state)
{
    struct scene *s = *state;

    access_segment(s, 5, MMU_WRITE);
    put(&s->table, 5, KIB(5), KIB(1), MMU_RWX);
    assert_false(segment_table_get(&s->table, 5).accessed);
    access_segment(s, 5, MMU_WRITE);
    assert_true(segment_table_get(&s->table, 5).accessed);
    assert_true(segment_table_get(&s->table, 5).modified);
}

static void test_associative_keeps_tables_apart(void **state)
{
    struct scene *s = *state;
    const struct segment_table first = s->table;
    struct segment_table other = make_table(s->phys, KIB(120), 256);

    put(&other, 5, KIB(50), KIB(1), MMU_RWX);
    other.mmu.generation = first.mmu.generation;
    access_segment(s, 5, MMU_READ);

    const struct mmu_access access = {5u << 24, 4, MMU_READ};
    assert_int_equal(
        associative_translate(&s->am, &other, &access, &s->pa, &s->walk),
        MMU_FAULT_NONE);
    assert_int_equal(s->pa, KIB(50));
    assert_true(s->walk.read);
    expect_counts(s, 0, 2, 2, 1);
}

static void test_associative_without_room_always_reads(void **state)
{
    struct scene *s = *state;

    assert_int_equal(associative_init(&s->am, ASSOCIATIVE_MAX + 1), -EINVAL);
    assert_int_equal(associative_init(&s->am, 0), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(access_segment(s, 5, MMU_WRITE), MMU_FAULT_NONE);
    expect_counts(s, 0, 3, 1, 0);
}

/* What was written behind its back shows after a flush. */
static void test_associative_flush_drops_all(void **state)
{
    struct scene *s = *state;

    access_segment(s, 5, MMU_READ);
    phys_write32(s->phys, TABLE + 5 * 16, KIB(33));
    assert_false(associative_check(&s->am));
    associative_flush(&s->am);
    assert_int_equal(access_segment(s, 5, MMU_READ), MMU_FAULT_NONE);
    assert_int_equal(s->pa, KIB(33) + 8);
    expect_counts(s, 0, 2, 1, 1);
}

static void test_associative_check_notices_corruption(void **state)
{
    struct scene *s = *state;
    struct associative bad[8];

    for (unsigned i = 0; i < 4; i++)
        access_segment(s, i, MMU_READ);
    for (size_t i = 0; i < 8; i++)
        bad[i] = s->am;
    bad[0].entries[1].selector = bad[0].entries[3].selector;
    bad[1].entries[2].selector = 256;
    bad[2].entries[0].segment.bounds++;
    bad[3].entries[0].segment.prot = MMU_READ;
    bad[4].entries[3].noted |= MMU_WRITE;
    bad[5].used = 5;
    bad[6].size = ASSOCIATIVE_MAX + 1;
    bad[7].table = NULL;
    for (size_t i = 0; i < 8; i++)
        if (associative_check(&bad[i]))
            fail_msg("corruption %zu was not noticed", i);
}

/* ---- a model: when each selector was last used, nothing else ---- */

struct model {
    unsigned size;
    uint64_t now, misses, last[256]; /* 0: no copy */
};

static void model_drop(struct model *m)
{
    for (unsigned i = 0; i < 256; i++)
        m->last[i] = 0;
}

static void model_access(struct model *m, unsigned selector, bool keeps)
{
    unsigned copies = 0, oldest = 256;

    m->misses += m->last[selector] == 0;
    if (m->last[selector] || (keeps && m->size > 0))
        m->last[selector] = ++m->now;
    for (unsigned i = 0; i < 256; i++) {
        copies += m->last[i] > 0;
        if (m->last[i] && (oldest == 256 || m->last[i] < m->last[oldest]))
            oldest = i;
    }
    if (copies > m->size)
        m->last[oldest] = 0;
}

static struct descriptor random_descriptor(struct rng *rng)
{
    struct descriptor d = {
        .segment = {.bounds = rng_below(rng, 4) ? rng_below(rng, KIB(2)) : 0,
                    .prot = (enum mmu_prot)rng_below(rng, 8),
                    .grows_down = rng_below(rng, 2),
                    .absent = rng_below(rng, 8) == 0},
        .accessed = rng_below(rng, 4) == 0,
        .modified = rng_below(rng, 4) == 0,
    };

    d.segment.base = rng_below(rng, KIB(64)) + d.segment.bounds;
    return d;
}

/* At one of the two ends of a segment's addresses. */
static struct mmu_access random_access(struct rng *rng)
{
    static const enum mmu_prot kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
    const uint32_t at = rng_below(rng, KIB(2));
    const vaddr_t start = rng_below(rng, 24) << 24;

    return (struct mmu_access){start + (rng_below(rng, 2) ? at : 0xffffff - at),
                               1 + rng_below(rng, 16),
                               kinds[rng_below(rng, 3)]};
}

/* Verdict and address are the pure translation's; bits and misses as said. */
static void compare(struct scene *s, struct model *m, struct rng *rng)
{
    const struct mmu_access access = random_access(rng);
    const unsigned selector = access.va >> 24;
    const bool known = selector < s->table.count;
    const uint64_t epoch = associative_epoch(&s->am);
    const bool had = associative_has(&s->am, &s->table, access.va);
    const struct descriptor before =
        known ? segment_table_get(&s->table, selector) : (struct descriptor){0};
    paddr_t want_pa = 1, pa = 1;
    const enum mmu_fault want = mmu_translate(&s->table.mmu, &access, &want_pa);
    const enum mmu_fault got =
        associative_translate(&s->am, &s->table, &access, &pa, &s->walk);

    if (want != got || want_pa != pa)
        fail_msg("seed %u: va %#x: want %s, got %s", rng->seed, access.va,
                 mmu_fault_name(want), mmu_fault_name(got));
    if (!known)
        return;
    assert_int_equal(had, m->last[selector] > 0);
    assert_int_equal(had, associative_epoch(&s->am) == epoch);
    model_access(m, selector, got != MMU_FAULT_ABSENT);
    assert_int_equal(s->am.counts.misses, m->misses);

    const struct descriptor after = segment_table_get(&s->table, selector);
    assert_int_equal(after.accessed, before.accessed || !got);
    assert_int_equal(after.modified,
                     before.modified || (!got && access.kind == MMU_WRITE));
}

static void test_associative_agrees_with_model(void **state)
{
    struct rng rng = rng_start();
    struct scene *s = *state;

    for (unsigned round = 0; round < 2000; round++) {
        struct model m = {.size = round % 40};

        assert_int_equal(associative_init(&s->am, m.size), 0);
        for (unsigned n = 0; n < 1000; n++) {
            if (rng_below(&rng, 100) == 0) {
                const struct descriptor d = random_descriptor(&rng);

                if (segment_table_put(&s->table, rng_below(&rng, 24), &d) == 0)
                    model_drop(&m);
            }
            if (rng_below(&rng, 1000) == 0) {
                segment_table_set(&s->table, TABLE, rng_below(&rng, 32));
                model_drop(&m);
            }
            compare(s, &m, &rng);
        }
        assert_true(associative_check(&s->am));
    }
}

#define ON_TABLE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_TABLE(test_associative_reads_a_descriptor_once),
        ON_TABLE(test_associative_notes_use_in_memory_once),
        ON_TABLE(test_associative_notes_no_illegal_access),
        ON_TABLE(test_associative_gives_up_what_was_used_longest_ago),
        ON_TABLE(test_associative_change_takes_effect_at_once),
        ON_TABLE(test_associative_notes_again_what_was_cleared),
        ON_TABLE(test_associative_keeps_tables_apart),
        ON_TABLE(test_associative_without_room_always_reads),
        ON_TABLE(test_associative_flush_drops_all),
        ON_TABLE(test_associative_check_notices_corruption),
        ON_TABLE(test_associative_agrees_with_model),
    };

    return cmocka_run_group_tests_name("associative", tests, NULL, NULL);
}
