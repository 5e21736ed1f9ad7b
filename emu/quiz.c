/*
 * emu/quiz.c - exercises; see quiz.h.
 *
 * Decisions:
 * - What is asked comes in a drawn order, so that it gives nothing away.
 * - Addresses are near the segments: most of a large space is of no interest.
 */
#include "emu/quiz.h"

#include <string.h>

#include "emu/dice.h"
#include "emu/explain.h"

/* The ways to ask, each for an access to some segment. */
enum question {
    ASK_ANYWHERE,  /* in its addresses, or past them */
    ASK_INSIDE,    /* of its bytes */
    ASK_FORBIDDEN, /* of its bytes, a kind that it does not allow */
    ASK_EDGE,      /* at either end, perhaps across it */
    ASK_STRADDLE,  /* across its end */
};

/* What there is to ask about: bytes in the address space. */
struct target {
    uint64_t va, bounds; /* bounds is 1 at least: the first byte past none */
    unsigned allowed, forbidden; /* kinds that may be asked for */
    enum mmu_use use;
};

struct quiz {
    const struct mmu_options *options;
    const struct mmu_machine *machine;
    struct dice dice;
};

/* ---- targets ---- */

static uint64_t asize_of(const struct quiz *q)
{
    return q->options->asize ? q->options->asize : MMU_ASIZE_MAX;
}

static bool is_implicit(const struct quiz *q)
{
    return q->machine->mmu.mmu.ops == &implicit_ops;
}

static const struct segment_layout *layout_of(const struct quiz *q)
{
    const union os_mmu *mmu = &q->machine->mmu;

    return is_implicit(q)                       ? &mmu->implicit.layout
           : mmu->mmu.ops == &segment_table_ops ? &mmu->table.layout
                                                : &mmu->segmented.layout;
}

/* The kinds of access that may be asked for: by use, a fetch is from code. */
static unsigned kinds_of(const struct quiz *q, unsigned number)
{
    if (!is_implicit(q))
        return MMU_RWX;
    return number == IMPLICIT_CODE ? (unsigned)MMU_EXEC : MMU_READ | MMU_WRITE;
}

static struct target target_of(const struct quiz *q, unsigned number)
{
    static const enum mmu_use uses[IMPLICIT_REGISTERS] = {
        MMU_USE_CODE, MMU_USE_DATA, MMU_USE_STACK};
    const struct segment *segment = &q->options->segments[number];
    const unsigned kinds = kinds_of(q, number);
    const struct mmu_span span =
        segment_span(segment, layout_of(q), is_implicit(q) ? 0 : number, NULL);

    return (struct target){
        .va = span.va,
        .bounds = span.bounds ? span.bounds : 1,
        .allowed = kinds & span.prot,
        .forbidden = kinds & ~(unsigned)span.prot,
        .use = is_implicit(q) ? uses[number] : MMU_USE_OF_KIND,
    };
}

/* Whether an access to @number can be asked about @question. */
static bool is_apt(const struct quiz *q, unsigned number,
                   enum question question)
{
    const struct segment *segment = &q->options->segments[number];

    if (!q->options->given[number])
        return false;
    return question != ASK_FORBIDDEN ||
           (kinds_of(q, number) & ~(unsigned)segment->prot &&
            segment->bounds > 0 && !segment->absent);
}

/* The number of an apt segment, or SEGMENT_TABLE_MAX when there is none. */
static unsigned draw_number(struct quiz *q, enum question question)
{
    unsigned count = 0, left;

    for (unsigned i = 0; i < SEGMENT_TABLE_MAX; i++)
        count += is_apt(q, i, question);
    if (count == 0)
        return SEGMENT_TABLE_MAX;
    left = (unsigned)dice_roll(&q->dice, count);
    for (unsigned i = 0;; i++)
        if (is_apt(q, i, question) && left-- == 0)
            return i;
}

static struct target draw_target(struct quiz *q, enum question question)
{
    const uint32_t bounds = q->machine->mmu.bb.bounds;
    unsigned number;

    if (q->machine->mmu.mmu.ops == &base_bounds_ops)
        return (struct target){.bounds = bounds ? bounds : 1,
                               .allowed = MMU_RWX};
    number = draw_number(q, question);
    if (number == SEGMENT_TABLE_MAX)
        number = draw_number(q, ASK_INSIDE);
    return number == SEGMENT_TABLE_MAX
               ? (struct target){.bounds = 1, .allowed = MMU_RWX}
               : target_of(q, number);
}

/* ---- questions ---- */

/* One of @of; any will do when there is none. */
static enum mmu_prot draw_kind(struct quiz *q, unsigned of)
{
    static const enum mmu_prot kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
    enum mmu_prot kind;

    do
        kind = kinds[dice_roll(&q->dice, 3)];
    while (of && !(of & kind));
    return kind;
}

/* An address in or near @target, as @question has it; its size is known. */
static uint64_t draw_va(struct quiz *q, const struct target *target,
                        enum question question, uint32_t size)
{
    const uint64_t end = target->va + target->bounds;
    const uint64_t fits = target->bounds - (size < target->bounds ? size : 1);

    switch (question) {
    case ASK_ANYWHERE:
        return target->va + dice_roll(&q->dice, 2 * target->bounds + 16);
    case ASK_EDGE:
        return dice_roll(&q->dice, 2)
                   ? end - dice_roll(&q->dice, 2 * size + 1)
                   : target->va - size + dice_roll(&q->dice, 2 * size);
    case ASK_STRADDLE:
        return end - 1 - dice_roll(&q->dice, size - 1);
    case ASK_INSIDE:
    case ASK_FORBIDDEN:
        break;
    }
    return target->va + dice_roll(&q->dice, fits + 1);
}

static struct mmu_access draw_access(struct quiz *q, enum question question)
{
    static const uint32_t sizes[] = {1, 2, 4, 8};
    const struct target target = draw_target(q, question);
    const bool forbid = question == ASK_FORBIDDEN && target.forbidden;
    struct mmu_access access = {.use = target.use};

    access.size = sizes[question == ASK_STRADDLE ? 1 + dice_roll(&q->dice, 3)
                                                 : dice_roll(&q->dice, 4)];
    access.kind = draw_kind(q, forbid           ? target.forbidden
                               : target.allowed ? target.allowed
                                                : target.forbidden);
    access.va =
        (vaddr_t)(draw_va(q, &target, question, access.size) % asize_of(q));
    return access;
}

/* In an order that shows nothing. */
static void draw_questions(struct quiz *q, enum question out[QUIZ_QUESTIONS])
{
    static const enum question all[QUIZ_QUESTIONS] = {
        ASK_ANYWHERE, ASK_ANYWHERE,  ASK_INSIDE, ASK_INSIDE,
        ASK_INSIDE,   ASK_FORBIDDEN, ASK_EDGE,   ASK_STRADDLE};

    memcpy(out, all, sizeof(all));
    for (unsigned i = QUIZ_QUESTIONS; i > 1; i--) {
        const unsigned with = (unsigned)dice_roll(&q->dice, i);
        const enum question kept = out[with];

        out[with] = out[i - 1];
        out[i - 1] = kept;
    }
}

/* ---- on paper ---- */

static void print_registers(const struct quiz *q, FILE *file)
{
    const union os_mmu *mmu = &q->machine->mmu;
    const unsigned bits = layout_of(q)->seg_bits;

    if (mmu->mmu.ops == &base_bounds_ops)
        fprintf(file, "  base register    %u\n  bounds register  %u\n",
                mmu->bb.base, mmu->bb.bounds);
    else if (!is_implicit(q))
        fprintf(file, "  %u bit%s of an address select%s the segment\n", bits,
                bits == 1 ? "" : "s", bits == 1 ? "s" : "");
    for (unsigned i = 0; i < SEGMENT_TABLE_MAX; i++) {
        if (!q->options->given[i])
            continue;
        explain_register(&q->options->segments[i], i, file);
        if (q->options->segments[i].absent)
            fprintf(file, "  segment %u is not present\n", i);
    }
    if (is_implicit(q))
        fprintf(file, "  0 is code, 1 is data, 2 is the stack\n");
    else if (mmu->mmu.ops == &segment_table_ops)
        fprintf(file, "  the table lies at %u and has %u descriptor%s\n",
                mmu->table.base, mmu->table.count,
                mmu->table.count == 1 ? "" : "s");
}

static void print_segment_option(const struct segment *s, unsigned number,
                                 FILE *file)
{
    fprintf(file, " \\\n    --seg %u:base=%u,bounds=%u", number, s->base,
            s->bounds);
    if (s->prot != MMU_RWX)
        fprintf(file, ",prot=%s%s%s", s->prot & MMU_READ ? "r" : "",
                s->prot & MMU_WRITE ? "w" : "", s->prot & MMU_EXEC ? "x" : "");
    fprintf(file, "%s%s", s->grows_down ? ",grow=down" : "",
            s->absent ? ",present=no" : "");
}

static void print_command(const struct quiz *q, FILE *file)
{
    const struct mmu_options *o = q->options;
    const union os_mmu *mmu = &q->machine->mmu;

    fprintf(file, "\n  To check: fencepost translate --explain --mmu %s ",
            o->scheme);
    if (o->asize)
        fprintf(file, "--asize %llu ", (unsigned long long)o->asize);
    fprintf(file, "\\\n    --phys %u", o->phys_size);
    if (mmu->mmu.ops == &base_bounds_ops)
        fprintf(file, " --base %u --bounds %u", mmu->bb.base, mmu->bb.bounds);
    else if (!is_implicit(q))
        fprintf(file, " --seg-bits %u", layout_of(q)->seg_bits);
    if (mmu->mmu.ops == &segment_table_ops)
        fprintf(file, " --table %u", mmu->table.base);
    if (o->seen & MMU_GIVEN_ASSOCIATIVE)
        fprintf(file, " --associative %u", o->associative);
    if (o->overlap)
        fprintf(file, " --overlap");
    for (unsigned i = 0; i < SEGMENT_TABLE_MAX; i++)
        if (o->given[i])
            print_segment_option(&o->segments[i], i, file);
    fprintf(file, "\n\n");
}

static void print_question(const struct mmu_access *access, unsigned number,
                           FILE *file)
{
    fprintf(file,
            "%u. %s of %u byte%s at va %u%s: physical address, or a "
            "violation?\n",
            number, mmu_kind_name(access->kind), access->size,
            access->size == 1 ? "" : "s", access->va,
            access->use == MMU_USE_STACK ? " through the stack pointer" : "");
}

void quiz_print(const struct mmu_options *options,
                const struct mmu_machine *machine, uint64_t seed, bool answers,
                FILE *file)
{
    struct quiz q = {options, machine, dice_of(~seed)};
    const bool copies = options->seen & MMU_GIVEN_ASSOCIATIVE;
    enum question questions[QUIZ_QUESTIONS];
    struct associative am;

    (void)associative_init(&am, options->associative);
    fprintf(file,
            "Exercise %llu (%s). The address space has %llu bytes, physical "
            "memory %u.\n\n",
            (unsigned long long)seed, options->scheme,
            (unsigned long long)asize_of(&q), options->phys_size);
    print_registers(&q, file);
    print_command(&q, file);
    draw_questions(&q, questions);
    for (unsigned i = 0; i < QUIZ_QUESTIONS; i++) {
        const struct mmu_access access = draw_access(&q, questions[i]);

        print_question(&access, i + 1, file);
        if (answers)
            explain_access(&machine->mmu, options->asize, copies ? &am : NULL,
                           &access, file);
        fputc('\n', file);
    }
}
