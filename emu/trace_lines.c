/*
 * emu/trace_lines.c - accesses as lines; see trace_lines.h.
 *
 * Decisions:
 * - Whatever follows a load ends the wait, so no access is passed by another.
 * - Lines are made by hand: there is one for each access of a program, and
 *   printf() would take longer than all the rest.
 */
#include "emu/trace_lines.h"

#define LINE 32u /* bytes: more than any line has */

const char *const trace_format_names[TRACE_FORMAT_COUNT] = {"json", "lackey",
                                                            "din"};

static char *put_hex(char *at, uint32_t value, unsigned digits)
{
    while (digits < 8 && value >> 4 * digits)
        digits++;
    while (digits-- > 0)
        *at++ = "0123456789abcdef"[value >> 4 * digits & 15];
    return at;
}

static char *put_decimal(char *at, uint32_t value)
{
    char digits[10];
    unsigned count = 0;

    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static char *put_lackey(char *at, const struct mmu_access *access)
{
    const bool fetches = access->kind & MMU_EXEC;

    *at++ = fetches ? 'I' : ' ';
    *at++ = fetches                                    ? ' '
            : access->kind == MMU_READ                 ? 'L'
            : access->kind == (enum mmu_prot)MMU_WRITE ? 'S'
                                                       : 'M';
    *at++ = ' ';
    at = put_hex(at, access->va, 8);
    *at++ = ',';
    return put_decimal(at, access->size);
}

static char *put_din(char *at, const struct mmu_access *access)
{
    *at++ = access->kind & MMU_EXEC ? '2' : access->kind & MMU_READ ? '0' : '1';
    *at++ = ' ';
    at = put_hex(at, access->va, 1);
    *at++ = ' ';
    return put_hex(at, access->size, 1);
}

static void put_line(const struct trace_lines *lines,
                     const struct mmu_access *access, FILE *file)
{
    char line[LINE];
    char *end = lines->format == TRACE_LACKEY ? put_lackey(line, access)
                                              : put_din(line, access);

    *end++ = '\n';
    fwrite(line, 1, (size_t)(end - line), file);
}

/* Whether the load that is held back and @access are one modify. */
static bool completes(const struct trace_lines *lines,
                      const struct mmu_access *access)
{
    return access->kind == MMU_WRITE && lines->held.size == access->size &&
           lines->held.va == access->va;
}

void trace_lines_put(struct trace_lines *lines, const struct mmu_access *access,
                     FILE *file)
{
    struct mmu_access now = *access;

    if (completes(lines, access)) {
        now.kind = (enum mmu_prot)(MMU_READ | MMU_WRITE);
        lines->held.size = 0;
    }
    trace_lines_flush(lines, file);
    if (now.kind == MMU_READ && lines->format == TRACE_LACKEY)
        lines->held = now;
    else
        put_line(lines, &now, file);
}

void trace_lines_flush(struct trace_lines *lines, FILE *file)
{
    if (lines->held.size > 0)
        put_line(lines, &lines->held, file);
    lines->held.size = 0;
}
