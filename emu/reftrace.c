/*
 * emu/reftrace.c - recorded traces, line by line; see reftrace.h.
 *
 * Decisions:
 * - A line is a reference, passed over, or wrong; nothing is guessed, but the
 *   format from the first line that says something.
 * - lackey's lines, as lackey writes them, have a parser of their own, eight
 *   digits at a time. It gives up on anything else, and the slow one decides.
 */
#include "emu/reftrace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emu/reftrace_json.h"

/* Bytes of a line that the fast parser may look at. */
#define FAST_LINE 40

const char *const reftrace_format_names[REFTRACE_COUNT] = {"auto", "lackey",
                                                           "din", "fencepost"};

int reftrace_open(struct reftrace *out, const char *path,
                  enum reftrace_format format)
{
    struct reftrace trace = {.format = format};
    const int err = lines_open(&trace.lines, path);

    if (!err)
        *out = trace;
    return err;
}

void reftrace_close(struct reftrace *trace)
{
    lines_close(&trace->lines);
    *trace = (struct reftrace){0};
}

static int wrong(const char **why, const char *what)
{
    *why = what;
    return -EINVAL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* Digits of @base at *@at; false when there is none, or they do not fit. */
static bool take_number(const char **at, int base, uint64_t *out)
{
    uint64_t value = 0;
    const char *from = *at;

    for (; digit_of(**at) < base; ++*at) {
        const uint64_t digit = (uint64_t)digit_of(**at);

        if (value > (UINT64_MAX - digit) / (uint64_t)base)
            return false;
        value = value * (uint64_t)base + digit;
    }
    *out = value;
    return *at > from;
}

static int set_ref(struct memsys_ref *out, unsigned kind, uint64_t address,
                   uint64_t size, const char **why)
{
    if (size < 1 || size > MMU_ACCESS_MAX)
        return wrong(why, "the size must be 1 to 512 bytes");
    *out = (struct memsys_ref){address, address, (uint32_t)size,
                               (enum mmu_prot)kind};
    return 1;
}

static unsigned lackey_kind(const char *text)
{
    if (text[0] == 'I')
        return text[1] == ' ' && text[2] == ' ' ? MMU_EXEC : 0;
    if (text[0] != ' ' || text[1] == '\n' || text[1] == 0 || text[2] != ' ')
        return 0;
    switch (text[1]) {
    case 'L':
        return MMU_READ;
    case 'S':
        return MMU_WRITE;
    case 'M':
        return MMU_READ | MMU_WRITE;
    default:
        return 0;
    }
}

static int parse_lackey(const char *text, size_t size, struct memsys_ref *out,
                        const char **why)
{
    const unsigned kind = lackey_kind(text);
    const char *at = text + 3;
    uint64_t address, bytes;

    if (!kind)
        return wrong(why, "a lackey line begins with 'I  ', ' L ', ' S ' or "
                          "' M '");
    if (!take_number(&at, 16, &address))
        return wrong(why, "no hexadecimal address of 64 bits");
    if (*at++ != ',')
        return wrong(why, "no comma after the address");
    if (!take_number(&at, 10, &bytes))
        return wrong(why, "no size after the comma");
    if (at != text + size)
        return wrong(why, "something follows the size");
    return set_ref(out, kind, address, bytes, why);
}

/* What a label asks for; 0: to pass over; -1: it is none. */
static int din_kind(char label)
{
    static const struct {
        char label;
        int kind;
    } rows[] = {
        {'0', MMU_READ}, {'1', MMU_WRITE}, {'2', MMU_EXEC},  {'3', MMU_READ},
        {'4', 0},        {'r', MMU_READ},  {'w', MMU_WRITE}, {'i', MMU_EXEC},
        {'m', MMU_READ}, {'c', 0},         {'v', 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].label == label)
            return rows[i].kind;
    return -1;
}

static bool take_din_number(const char **at, uint64_t *out)
{
    while (is_space(**at))
        ++*at;
    if (**at == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X'))
        *at += 2;
    return take_number(at, 16, out);
}

static int parse_din(const char *text, size_t size, struct memsys_ref *out,
                     const char **why)
{
    const char *end = text + size, *at = text;
    uint64_t address, bytes = 4;

    while (is_space(*at))
        at++;

    const int kind = din_kind(*at);
    if (kind < 0 || !is_space(at[1]))
        return wrong(why, "a din line begins with a label, one of 01234rwimcv, "
                          "and a blank");
    at++;
    if (!take_din_number(&at, &address) || (at < end && !is_space(*at)))
        return wrong(why, "no hexadecimal address of 64 bits after the label");

    const char *third = at;
    if (take_din_number(&third, &bytes)) {
        if (third < end && !is_space(*third))
            bytes = 4; /* a comment that begins like a number */
    } else {
        bytes = 4;
    }
    return kind ? set_ref(out, (unsigned)kind, address, bytes, why) : 0;
}

static bool is_passed_over(const char *text, size_t size)
{
    return size == 0 || (size >= 2 && text[0] == text[1] &&
                         (text[0] == '=' || text[0] == '-'));
}

int reftrace_parse(enum reftrace_format format, const char *text, size_t size,
                   struct memsys_ref *out, const char **why)
{
    if (is_passed_over(text, size))
        return 0;
    switch (format) {
    case REFTRACE_LACKEY:
        return parse_lackey(text, size, out, why);
    case REFTRACE_DIN:
        return parse_din(text, size, out, why);
    case REFTRACE_FENCEPOST:
        return reftrace_parse_json(text, size, out, why);
    case REFTRACE_AUTO:
    case REFTRACE_COUNT:
        break;
    }
    return wrong(why, "it is of no known format: lackey, din or fencepost");
}

enum reftrace_format reftrace_guess(const char *text, size_t size)
{
    const char *at = text;

    if (size == 0)
        return REFTRACE_AUTO;
    if (*text == '{')
        return REFTRACE_FENCEPOST;
    if (lackey_kind(text))
        return REFTRACE_LACKEY;
    while (is_space(*at))
        at++;
    return din_kind(*at) >= 0 && is_space(at[1]) ? REFTRACE_DIN : REFTRACE_AUTO;
}

/* One line at trace->at, whatever it is. As reftrace_parse(). */
static int parse_next(struct reftrace *trace, struct memsys_ref *out)
{
    const char *text = trace->at, *why = NULL;
    const char *end = memchr(text, '\n', (size_t)(trace->end - text));
    size_t size = (size_t)((end ? end : trace->end) - text);

    trace->at = end ? end + 1 : trace->end;
    trace->line++;
    if (end && size > 0 && text[size - 1] == '\r')
        size--;
    if (trace->format == REFTRACE_AUTO && !is_passed_over(text, size))
        trace->format = reftrace_guess(text, size);

    const int got = reftrace_parse(trace->format, text, size, out, &why);
    if (got < 0)
        snprintf(trace->why, sizeof(trace->why), "%s", why);
    return got;
}

/*
 * Eight lower-case hexadecimal digits at once: digits to nibbles, and back to
 * see whether they were digits, then nibbles to a number, in pairs.
 */
static bool take_eight(const char *text, uint32_t *out)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x = 0;

    for (unsigned i = 0; i < 8; i++)
        x |= (uint64_t)(unsigned char)text[i] << 8 * i;

    uint64_t v = (x & 0x0f * ones) + 9 * (x >> 6 & ones);
    const uint64_t letters = (v + 0x76 * ones) >> 7 & ones;
    if (v + 0x30 * ones + 0x27 * letters != x || v & 0xf0 * ones)
        return false;
    v = (v << 4 | v >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    v = (v << 8 | v >> 16) & UINT64_C(0x0000ffff0000ffff);
    *out = (uint32_t)(v << 16 | v >> 32);
    return true;
}

static unsigned fast_kind(const char *at)
{
    if (at[2] != ' ')
        return 0;
    if (at[0] == 'I' && at[1] == ' ')
        return MMU_EXEC;
    if (at[0] != ' ')
        return 0;
    return at[1] == 'L'   ? (unsigned)MMU_READ
           : at[1] == 'S' ? (unsigned)MMU_WRITE
           : at[1] == 'M' ? (unsigned)MMU_READ | MMU_WRITE
                          : 0;
}

/* A line as lackey writes it. Returns where the next begins, or NULL. */
static const char *fast_lackey(const char *at, struct memsys_ref *out)
{
    const unsigned kind = fast_kind(at);
    uint32_t high, size;

    if (!kind || !take_eight(at + 3, &high))
        return NULL;

    uint64_t address = high;
    for (at += 11; *at != ','; at++) {
        const int digit = digit_of(*at);

        if (digit == 16 || address >> 60)
            return NULL;
        address = address << 4 | (uint64_t)digit;
    }
    size = (uint32_t)(unsigned char)*++at - '0';
    if (size - 1 > 8)
        return NULL;
    for (at++; *at != '\n'; at++) {
        const uint32_t digit = (uint32_t)(unsigned char)*at - '0';

        if (digit > 9 || size > 51)
            return NULL;
        size = size * 10 + digit;
    }
    if (size > MMU_ACCESS_MAX)
        return NULL;
    *out = (struct memsys_ref){address, address, size, (enum mmu_prot)kind};
    return at + 1;
}

/* As many as are written as usual, and not near the end of the chunk. */
static size_t read_fast(struct reftrace *trace, struct memsys_ref *refs,
                        size_t max)
{
    const char *at = trace->at;
    size_t count = 0;

    while (count < max && trace->end - at >= FAST_LINE) {
        const char *next = fast_lackey(at, &refs[count]);

        if (!next)
            break;
        at = next;
        count++;
    }
    trace->at = at;
    trace->line += count;
    return count;
}

static int refill(struct reftrace *trace)
{
    size_t size;
    char *text;
    const int got = lines_chunk(&trace->lines, &text, &size);

    if (got == 1) {
        trace->at = text;
        trace->end = text + size;
        return 1;
    }
    if (got < 0)
        trace->line++;
    return got;
}

int reftrace_read(struct reftrace *trace, struct memsys_ref *refs, size_t max,
                  size_t *count)
{
    *count = 0;
    while (*count < max) {
        if (trace->at == trace->end) {
            const int got = refill(trace);

            if (got != 1)
                return got;
        }
        if (trace->format == REFTRACE_LACKEY)
            *count += read_fast(trace, refs + *count, max - *count);
        if (*count == max || trace->at == trace->end)
            continue;

        const int got = parse_next(trace, refs + *count);
        if (got < 0)
            return got;
        *count += (size_t)got;
    }
    return 1;
}
