/*
 * emu/quiz.c - exercises; see quiz.h.
 *
 * Decisions:
 * - Numbers are small: an address space of 1 KiB.
 * - Each segment has a part of physical memory to itself.
 * - A table has one descriptor fewer than an address can select, so that some
 *   addresses are past it.
 */
#include "emu/quiz.h"

#include <errno.h>
#include <string.h>

#include "emu/explain.h"

#define QUESTIONS 5u
#define ASIZE     1024u
#define VA_BITS   10u

#define TABLE_SEG_BITS 2u
#define SEGMENTS_MAX   3u

/* Sizes of physical memory: what holds a table is a larger one. */
#define PHYS       16384u
#define TABLE_PHYS 32768u
#define TABLE_AT   (TABLE_PHYS - ASIZE)

struct quiz {
    uint64_t state; /* of draw() */
    union os_mmu mmu;
    struct phys *phys; /* a table's, or NULL */
    struct segment segments[SEGMENTS_MAX];
    unsigned count;
};

/* The same numbers everywhere: xorshift64*. */
static uint32_t draw(struct quiz *q, uint32_t below)
{
    q->state ^= q->state >> 12;
    q->state ^= q->state << 25;
    q->state ^= q->state >> 27;
    return (uint32_t)((q->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* ---- machines ---- */

static int make_base_bounds(struct quiz *q)
{
    const uint32_t bounds = 200 + draw(q, 600);
    const uint32_t base = draw(q, PHYS - bounds);

    base_bounds_init(&q->mmu.bb);
    return base_bounds_set(&q->mmu.bb, base, bounds, PHYS);
}

/* Segments in @memory bytes, the last one growing down. */
static void draw_segments(struct quiz *q, unsigned count, uint32_t least,
                          uint32_t more, uint32_t memory)
{
    const uint32_t part = memory / count;

    q->count = count;
    for (unsigned i = 0; i < count; i++) {
        struct segment *segment = &q->segments[i];

        segment->prot = MMU_RWX;
        segment->grows_down = i + 1 == count;
        segment->bounds = least + draw(q, more);
        segment->base = i * part + draw(q, part - segment->bounds) +
                        (segment->grows_down ? segment->bounds : 0);
    }
}

static int make_segmented(struct quiz *q)
{
    draw_segments(q, 2, 100, 412, PHYS);
    (void)segmented_init(&q->mmu.segmented, VA_BITS, 1);
    for (unsigned i = 0; i < q->count; i++)
        (void)segmented_set(&q->mmu.segmented, i, &q->segments[i], PHYS);
    return 0;
}

static int make_implicit(struct quiz *q)
{
    draw_segments(q, IMPLICIT_REGISTERS, 200, 600, PHYS);
    (void)implicit_init(&q->mmu.implicit, VA_BITS);
    for (unsigned i = 0; i < q->count; i++)
        (void)implicit_set(&q->mmu.implicit, i, &q->segments[i], PHYS);
    return 0;
}

static int make_table(struct quiz *q)
{
    const int err = phys_create(&q->phys, TABLE_PHYS);

    if (err)
        return err;
    draw_segments(q, SEGMENTS_MAX, 50, 206, TABLE_AT);
    (void)segment_table_init(&q->mmu.table, q->phys, VA_BITS, TABLE_SEG_BITS);
    (void)segment_table_set(&q->mmu.table, TABLE_AT, q->count);
    for (unsigned i = 0; i < q->count; i++) {
        const struct descriptor d = {.segment = q->segments[i]};

        (void)segment_table_put(&q->mmu.table, i, &d);
    }
    return 0;
}

static const struct kind {
    const char *scheme;
    int (*make)(struct quiz *q); /* 0 or -ENOMEM */
    uint32_t phys_size;
    const char *options; /* of the command that answers */
    const char *note;
} kinds[] = {
    {"base-bounds", make_base_bounds, PHYS, "", ""},
    {"segmented", make_segmented, PHYS, "--seg-bits 1 ", ""},
    {"implicit", make_implicit, PHYS, "",
     "  0 is code, 1 is data, 2 is the stack\n"},
    {"table", make_table, TABLE_PHYS, "--seg-bits 2 --table 31744 ",
     "  the table lies at 31744 and has 3 descriptors\n"},
};

_Static_assert(TABLE_AT == 31744 && SEGMENTS_MAX == 3, "as in the notes");

static const struct kind *find(const char *scheme)
{
    const struct kind *kind = kinds;

    while (strcmp(kind->scheme, scheme) != 0)
        kind++;
    return kind;
}

/* ---- on paper ---- */

static void print_registers(const struct quiz *q, FILE *file)
{
    if (q->count == 0)
        fprintf(file, "  base register    %u\n  bounds register  %u\n",
                q->mmu.bb.base, q->mmu.bb.bounds);
    for (unsigned i = 0; i < q->count; i++)
        explain_register(&q->segments[i], i, file);
}

static void print_command(const struct quiz *q, const struct kind *kind,
                          FILE *file)
{
    fprintf(file,
            "\n  To check: fencepost translate --explain --mmu %s "
            "--asize %u \\\n    %s--phys %u",
            kind->scheme, ASIZE, kind->options, kind->phys_size);
    if (q->count == 0)
        fprintf(file, " --base %u --bounds %u", q->mmu.bb.base,
                q->mmu.bb.bounds);
    for (unsigned i = 0; i < q->count; i++)
        fprintf(file, "%s--seg %u:base=%u,bounds=%u%s",
                i % 2 ? " \\\n    " : " ", i, q->segments[i].base,
                q->segments[i].bounds,
                q->segments[i].grows_down ? ",grow=down" : "");
    fprintf(file, "\n\n");
}

/* By use, one of the three ways to use an address; else a load. */
static struct mmu_access draw_access(struct quiz *q, const char **how)
{
    static const struct {
        const char *how;
        enum mmu_prot kind;
        enum mmu_use use;
    } uses[] = {
        {", fetched", MMU_EXEC, MMU_USE_OF_KIND},
        {", loaded", MMU_READ, MMU_USE_OF_KIND},
        {", loaded through the stack pointer", MMU_READ, MMU_USE_STACK},
    };
    struct mmu_access access = {draw(q, ASIZE), 1, MMU_READ};

    *how = "";
    if (q->mmu.mmu.ops == &implicit_ops) {
        const uint32_t i = draw(q, sizeof(uses) / sizeof(uses[0]));

        *how = uses[i].how;
        access.kind = uses[i].kind;
        access.use = uses[i].use;
    }
    return access;
}

int quiz_print(const char *scheme, uint64_t seed, bool answers, FILE *file)
{
    const struct kind *kind = find(scheme);
    struct quiz q = {.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    const char *how;

    (void)draw(&q, 2);
    if (kind->make(&q))
        return -ENOMEM;
    fprintf(file,
            "Exercise %llu (%s). The address space has %u bytes, physical "
            "memory %u.\n\n",
            (unsigned long long)seed, scheme, ASIZE, kind->phys_size);
    print_registers(&q, file);
    fprintf(file, "%s", kind->note);
    print_command(&q, kind, file);
    for (unsigned i = 1; i <= QUESTIONS; i++) {
        const struct mmu_access access = draw_access(&q, &how);

        fprintf(file, "%u. va %u%s: physical address, or a violation?\n", i,
                access.va, how);
        if (answers)
            explain_access(&q.mmu, ASIZE, &access, file);
        fputc('\n', file);
    }
    phys_destroy(q.phys);
    return 0;
}
