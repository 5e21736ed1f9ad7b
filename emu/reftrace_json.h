/*
 * emu/reftrace_json.h - one record of fencepost's own trace; part of reftrace.
 *
 * Layer: emu/.
 */
#ifndef EMU_REFTRACE_JSON_H
#define EMU_REFTRACE_JSON_H

#include <stddef.h>

#include "mmu/memsys.h"

/*
 * @text is one JSON object; @text[@size] is readable. Returns 1 and fills @out
 * when it records an access with the verdict ok, 0 when it records anything
 * else, or -EINVAL and sets *@why.
 */
int reftrace_parse_json(const char *text, size_t size, struct memsys_ref *out,
                        const char **why);

#endif /* EMU_REFTRACE_JSON_H */
