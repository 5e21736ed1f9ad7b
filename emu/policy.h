/*
 * emu/policy.h - the name of a placement policy on the command line.
 *
 *      first  best  worst  next  slots  slots:SIZE  segregated  slab  buddy
 *      tree  tlsf
 *
 * Layer: emu/.
 */
#ifndef EMU_POLICY_H
#define EMU_POLICY_H

#include "emu/cli.h"
#include "os/alloc/alloc.h"

#define POLICY_SLOT_DEFAULT 16384u /* the textbook's: OSTEP ch. 15 */

struct policy_choice {
    const struct alloc_policy *policy;
    uint32_t slot_size; /* 0: not said */
};

/* The names, for help. */
#define POLICY_NAMES                                                           \
    "first, best, worst, next, slots, slots:SIZE,\nsegregated, slab, buddy, "  \
    "tree, tlsf"

/*
 * The value of option @name. Returns true and fills @out, or says what is
 * wrong and returns false.
 */
bool policy_value(const struct cli_command *command, const char *name,
                  const char *text, struct policy_choice *out);

/* One of @count @words: its index, or -1 after saying what is wrong. */
int policy_word(const struct cli_command *command, const char *name,
                const char *text, const char *const *words, size_t count);

#endif /* EMU_POLICY_H */
