/*
 * emu/quiz.h - exercises in translating addresses by hand.
 *
 * Layer: emu/.
 */
#ifndef EMU_QUIZ_H
#define EMU_QUIZ_H

#include "emu/mmu_options.h"

/*
 * Draw from @seed what @options leave open: registers when none is given, and
 * sizes that suit a pencil. What is given stays, so mmu_options_build() may
 * refuse the outcome as it may refuse any.
 */
void quiz_draw(struct mmu_options *options, uint64_t seed);

/*
 * The exercise: @machine, which @options made, and QUIZ_QUESTIONS accesses that
 * are drawn from @seed. Among them are one that straddles the end of a segment,
 * and one of a kind that a segment forbids, if any forbids one. Without
 * @answers there is room for them instead. The command that answers it comes
 * with it.
 */
void quiz_print(const struct mmu_options *options,
                const struct mmu_machine *machine, uint64_t seed, bool answers,
                FILE *file);

#define QUIZ_QUESTIONS 8u

#endif /* EMU_QUIZ_H */
