/*
 * tests/conformance_parts.h - what the parts of the suite know of each other;
 * for tests/conformance_*.c only.
 *
 *   conformance_start.c  the program of a case, and the state before it
 *   conformance_model.c  what its accesses lead to
 *   conformance_check.c  what ran against that
 *   conformance_case.c   the runs
 */
#ifndef TESTS_CONFORMANCE_PARTS_H
#define TESTS_CONFORMANCE_PARTS_H

#include "tests/conformance_case.h"

/* ---- conformance_start.c ---- */

/* A trap instead of the instruction at @at. */
void suite_put_stop(const struct suite *s, uint8_t *at);

/* The registers that the form asks for. */
void suite_put_sets(struct suite *s, struct cpu_state *cpu, vaddr_t anchor);

/* Where a repair puts the anchor when no bounds would do. */
vaddr_t suite_legal_anchor(const struct suite *s);

/* Where the program lies. */
paddr_t suite_code_pa(const struct suite *s);

/* Program and data; registers by the place: s->initial. */
void suite_make_initial(struct suite *s);

/* ---- conformance_model.c ---- */

/* Access @index of the form, in pass @pass. */
struct mmu_access suite_access(const struct suite *s, vaddr_t anchor,
                               unsigned index, uint32_t pass);

/* ---- conformance_check.c ---- */

/* Count a failure of @way and say it, once for each form. */
void suite_failed(struct suite *s, const struct way *way, const char *what,
                  const char *detail);

/* Registers, memory and counts. */
void suite_check_state(struct suite *s, struct way *way, const char *what,
                       const struct snapshot *want);
void suite_check_trap(struct suite *s, struct way *way, const struct verdict *v,
                      struct trap *got);

/* The accesses that the observer saw of the form's instruction. */
void suite_check_seen(struct suite *s, struct way *way);

#endif /* TESTS_CONFORMANCE_PARTS_H */
