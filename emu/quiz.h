/*
 * emu/quiz.h - exercises in translating addresses by hand.
 *
 * Layer: emu/.
 */
#ifndef EMU_QUIZ_H
#define EMU_QUIZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * An exercise: a machine of @scheme, a name that mmu_scheme_find() knows, with
 * addresses to translate, made from @seed. Without @answers there is room for
 * them instead. The command that answers it comes with it.
 *
 * Returns 0, or -ENOMEM and prints nothing.
 */
int quiz_print(const char *scheme, uint64_t seed, bool answers, FILE *file);

#endif /* EMU_QUIZ_H */
