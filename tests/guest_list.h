/*
 * tests/guest_list.h - every guest program that there is to run.
 *
 * The list follows from the sources (guest/programs, guest/zoo and
 * guest/zoo/ISA), so that a program which has not been compiled is an error
 * and not a test less. guest/bench is left out: it is for minutes, not tests.
 *
 *      GUESTS  folder of the compiled programs (build/guest)
 */
#ifndef TESTS_GUEST_LIST_H
#define TESTS_GUEST_LIST_H

#include <stdbool.h>

#include "tests/guest_run.h"

/*
 * All programs for all instruction sets, loaded; *@count of them. Returns NULL
 * after saying on stderr which is missing.
 */
struct guest *guest_list(size_t *count);
void guest_list_free(struct guest *guests, size_t count);

/* One of guest/zoo, which are given the default bounds. */
bool guest_is_zoo(const struct guest *guest);

#endif /* TESTS_GUEST_LIST_H */
