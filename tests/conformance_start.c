/* tests/conformance_start.c - a program, and the state before it. */
#include "tests/conformance_parts.h"

#include <stdlib.h>
#include <string.h>

#define AROUND_MAX 5u /* instructions in front and behind */
#define LOOPS_MAX  6000u

/* ---- the program ---- */

static void emit(struct program *p, const void *bytes, uint32_t size)
{
    if (p->size + size > SUITE_CODE)
        abort();
    memcpy(p->code + p->size, bytes, size);
    p->size += size;
}

/* Counts down the word at CONF_SCRATCH + 0x80, or r12 and stores it there. */
static void emit_loop(struct suite *s, struct program *p)
{
    static const uint8_t x86[] = {0xff, 0x0d, 0x80, 0x04, 0, 0, 0x75, 0xf8};
    static const uint8_t arm[] = {0x01, 0xc0, 0x5c, 0xe2, 0x80, 0xc0,
                                  0x8b, 0xe5, 0xfc, 0xff, 0xff, 0x1a};
    static const uint8_t thumb[] = {0xbc, 0xf1, 0x01, 0x0c, 0xcb,
                                    0xf8, 0x80, 0xc0, 0xfa, 0xd1};

    if (s->set->isa == &isa_x86)
        emit(p, x86, sizeof(x86));
    else if (s->set->thumb)
        emit(p, thumb, sizeof(thumb));
    else
        emit(p, arm, sizeof(arm));
}

static void emit_around(struct suite *s, struct program *p)
{
    for (unsigned n = rng_below(&s->rng, AROUND_MAX + 1); n > 0; n--) {
        const struct plan *menu = &s->menu[rng_below(&s->rng, s->menu_count)];

        if (!(menu->regs & s->plan.regs))
            emit(p, menu->form->code, menu->form->end);
    }
}

static void emit_end(struct suite *s, struct program *p)
{
    static const uint8_t x86[] = {0xcd, 0x80};
    static const uint8_t arm[] = {0, 0, 0, 0xef};
    static const uint8_t thumb[] = {0, 0xdf};

    if (s->set->isa == &isa_x86)
        emit(p, x86, sizeof(x86));
    else if (s->set->thumb)
        emit(p, thumb, sizeof(thumb));
    else
        emit(p, arm, sizeof(arm));
}

/* A trap instead of an instruction; a Thumb BKPT heeds no condition. */
void suite_put_stop(const struct suite *s, uint8_t *at)
{
    static const uint8_t x86[] = {0xcd, 0x80};
    static const uint8_t one[] = {0xcc};
    static const uint8_t arm[] = {0, 0, 0, 0xef};
    static const uint8_t thumb[] = {0, 0xbe};
    const struct form *form = s->plan.form;

    if (s->set->thumb)
        memcpy(at, thumb, sizeof(thumb));
    else if (s->set->isa == &isa_arm)
        memcpy(at, arm, sizeof(arm));
    else if (form->trail - form->main == 1)
        memcpy(at, one, sizeof(one));
    else
        memcpy(at, x86, sizeof(x86));
}

static void write_word(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* The anchor instead of 12345678, or its low half. */
static void patch_absolute(struct suite *s, uint8_t *at, vaddr_t anchor)
{
    static const uint8_t word[4] = {0x78, 0x56, 0x34, 0x12};
    const uint32_t size = s->plan.absolute ? 4 : 2;
    uint8_t bytes[4];

    if (!s->plan.absolute && !s->plan.absolute16)
        return;
    write_word(bytes, anchor);
    while (memcmp(at, word, size) != 0)
        at++;
    memcpy(at, bytes, size);
}

void suite_program(struct suite *s)
{
    struct program *p = &s->program;
    const struct form *form = s->plan.form;

    p->size = 0;
    p->loops = rng_below(&s->rng, 16) ? 1 : 1 + rng_below(&s->rng, LOOPS_MAX);
    emit_loop(s, p);
    emit_around(s, p);
    p->start = p->size;
    emit(p, form->code, form->end);
    p->main = p->start + form->main;
    p->trail = p->start + form->trail;
    p->end = p->start + form->end;
    emit_around(s, p);
    emit_end(s, p);
}

/* ---- the initial state ---- */

static uint32_t value_of(struct suite *s, struct value value, vaddr_t anchor,
                         uint32_t old)
{
    switch (value.kind) {
    case V_ANCHOR:
        return anchor + value.add;
    case V_HALF:
        return anchor / 2 + value.add;
    case V_LOW16:
        return (old & 0xffff0000) | ((anchor + value.add) & 0xffff);
    case V_SAFE:
        return CONF_SAFE + value.add;
    case V_NEXT:
        return s->code + s->program.trail + (s->set->thumb ? 1 : 0);
    case V_NUMBER:
        break;
    }
    return value.add;
}

void suite_put_sets(struct suite *s, struct cpu_state *cpu, vaddr_t anchor)
{
    const struct isa *isa = s->set->isa;

    for (unsigned i = 0; i < s->plan.set_count; i++) {
        const unsigned reg = s->plan.sets[i].reg;
        const uint32_t old = isa_get(isa, cpu, reg);

        isa_set(isa, cpu, reg, value_of(s, s->plan.sets[i].value, anchor, old));
    }
}

/* Where a repair puts the anchor when no bounds would do. */
vaddr_t suite_legal_anchor(const struct suite *s)
{
    return s->place.beyond ? CONF_ANCHOR + 0x40 : s->place.anchor;
}

/* Where the byte at @va lies in the image. */
static uint32_t in_image(vaddr_t va)
{
    return va % CONF_BOUNDS;
}

paddr_t suite_code_pa(const struct suite *s)
{
    return s->base + in_image(s->code);
}

static void put_pokes(struct suite *s, uint8_t *image)
{
    const vaddr_t anchor = suite_legal_anchor(s);

    for (uint32_t i = 0; s->plan.fill >= 0 && i < 0x100; i++)
        image[in_image(anchor - 0x80 + i)] = (uint8_t)s->plan.fill;
    if (s->plan.fill_safe >= 0)
        memset(image + CONF_SAFE - 0x80, s->plan.fill_safe, 0x100);
    for (unsigned i = 0; i < s->plan.poke_count; i++)
        write_word(image +
                       in_image(value_of(s, s->plan.pokes[i].at, anchor, 0)),
                   value_of(s, s->plan.pokes[i].value, anchor, 0));
}

/* Where r11 points, which in A32 is a frame pointer. */
static vaddr_t scratch(const struct suite *s)
{
    return conf_shapes[s->shape].by_use && !s->set->thumb ? CONF_FRAME_USE
                                                          : CONF_SCRATCH;
}

/* Program and data; registers by the place. */
void suite_make_initial(struct suite *s)
{
    const struct isa *isa = s->set->isa;
    struct snapshot *in = &s->initial;
    uint8_t *image = in->memory + s->base;

    s->code = s->plan.pcrel ? s->place.anchor - s->plan.pcrel - s->program.main
              : s->place.code ? s->place.code
                              : CONF_CODE;
    for (uint32_t i = 0; i < CONF_PHYS; i += 4)
        write_word(in->memory + i, rng_next(&s->rng));
    put_pokes(s, image);
    write_word(image + CONF_SCRATCH + 0x80, s->program.loops);
    memcpy(image + in_image(s->code), s->program.code, s->program.size);
    patch_absolute(s, image + in_image(s->code) + s->program.main,
                   s->place.anchor);

    conf_random_cpu(isa, s->set->thumb, &s->rng,
                    conf_shapes[s->shape].by_use ? CONF_STACK_USE : CONF_STACK,
                    &in->cpu);
    if (isa == &isa_arm) {
        isa_set(isa, &in->cpu, ARM_R0 + 11, scratch(s));
        isa_set(isa, &in->cpu, ARM_R0 + 12, s->program.loops);
    }
    if (s->plan.down)
        isa_set(isa, &in->cpu, X86_EFLAGS,
                isa_get(isa, &in->cpu, X86_EFLAGS) | 0x400);
    isa_set(isa, &in->cpu, isa->pc, s->code);
    suite_put_sets(s, &in->cpu, s->place.anchor);
}
