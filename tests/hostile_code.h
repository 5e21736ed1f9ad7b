/*
 * tests/hostile_code.h - hostile programs, made up from a stream of choices.
 *
 * Plausible rather than random: real opcodes with odd operands, pointers near
 * both ends of the address space, code that runs off its end.
 */
#ifndef TESTS_HOSTILE_CODE_H
#define TESTS_HOSTILE_CODE_H

#include "tests/hostile.h"
#include "tests/rng.h"

/* A fuzzer's input while it lasts, then numbers seeded by it. */
struct choices {
    const uint8_t *data;
    size_t size;
    struct rng rng;
};

/* A number below @n; 0 < n. */
uint32_t choose(struct choices *c, uint32_t n);

struct hostile_program {
    paddr_t base;
    uint32_t bounds; /* bytes */
    uint8_t image[HOSTILE_BOUNDS];
    struct cpu_state cpu;
};

void hostile_program_make(struct hostile_program *p, const struct isa *isa,
                          struct choices *c);

/* One instruction at @to, of at most 15 bytes. Returns its size. */
uint32_t hostile_insn_x86(struct choices *c, uint32_t bounds, uint8_t *to);
uint32_t hostile_insn_a32(struct choices *c, uint8_t *to);
uint32_t hostile_insn_thumb(struct choices *c, uint8_t *to);

/*
 * Make a program, run it, and after each trap skip, jump, write, move or
 * resize as an operating system might, and go on.
 *
 * False when the ways disagree or a byte outside changed: h->why says.
 */
bool hostile_case(struct hostile *h, struct choices *c);

#endif /* TESTS_HOSTILE_CODE_H */
