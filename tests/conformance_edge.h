/*
 * tests/conformance_edge.h - put a form's bytes at an edge, one after another.
 */
#ifndef TESTS_CONFORMANCE_EDGE_H
#define TESTS_CONFORMANCE_EDGE_H

#include "tests/conformance_case.h"

/* The bytes around the anchor that the form touches: [lo, hi). */
struct reach {
    int32_t lo, hi;
};

struct reach edge_reach(const struct plan *plan);

/* An anchor at which byte @byte of the form lies at @va, or a little before. */
vaddr_t edge_anchor(const struct plan *plan, vaddr_t va, int32_t byte);

/* Some byte that the form touches. */
int32_t edge_random(struct suite *s, struct reach reach);

/* The byte behind @byte to try: all of a small operand; of a large one both
 * ends and some. */
int32_t edge_next(struct suite *s, int32_t byte, struct reach reach);

/* Whether the anchor can be anywhere, moved by its registers. */
bool edge_is_free(const struct plan *plan);

/* The case at @place, as the model judges it. */
void edge_try(struct suite *s, struct place place);

#endif /* TESTS_CONFORMANCE_EDGE_H */
