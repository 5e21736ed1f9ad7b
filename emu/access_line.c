/* emu/access_line.c - read lines that ask for accesses; see access_line.h. */
#include "emu/access_line.h"

#include <string.h>

#include "emu/cli.h"

static const char bad_address[] = "no 32-bit address";
static const char bad_size[] = "a size is 1 to 512 bytes";

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

/* A decimal number of 32 bits at *@at, which moves behind it. */
static bool read_digits(const char **at, uint32_t *out)
{
    const char *p = *at;
    uint64_t value = 0;

    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (unsigned)(*p - '0');
        if (value > UINT32_MAX)
            return false;
    }
    if (p == *at)
        return false;
    *at = p;
    *out = (uint32_t)value;
    return true;
}

/* Decimal, 0x, k, m, g: the plain cases here, the rest by cli_parse_size(). */
static bool read_number(const char **at, uint32_t *out)
{
    const char *p = *at;
    char word[32];
    uint64_t value;

    if (!(p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) &&
        read_digits(&p, out) && (is_blank(*p) || !*p)) {
        *at = p;
        return true;
    }

    const size_t length = strcspn(*at, " \t");
    if (length >= sizeof(word))
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    if (cli_parse_size(word, &value) || value > UINT32_MAX)
        return false;
    *at += length;
    *out = (uint32_t)value;
    return true;
}

static bool is_size(uint32_t size)
{
    return size >= 1 && size <= MMU_ACCESS_MAX;
}

/* The kind that a letter means, or 0. */
static unsigned kind_of(char letter)
{
    switch (letter) {
    case 'r':
        return MMU_READ;
    case 'w':
        return MMU_WRITE;
    case 'x':
        return MMU_EXEC;
    default:
        return 0;
    }
}

/* "r", "w", "x", "sr" or "sw" at *@at, which moves behind it. */
static bool read_kind(const char **at, struct access_line *out)
{
    const char *p = *at;
    const bool stack = *p == 's';

    p += stack;
    if (!*p || !strchr(stack ? "rw" : "rwx", *p) || !is_blank(p[1]))
        return false;
    out->access.kind = (enum mmu_prot)kind_of(*p);
    out->access.use = stack ? MMU_USE_STACK : MMU_USE_OF_KIND;
    out->has_kind = true;
    *at = skip_blanks(p + 1);
    return true;
}

static const char *read_plain(const char *at, struct access_line *out)
{
    at = skip_blanks(at);
    if (!*at || *at == '#')
        return NULL;
    if (strchr("rwxs", *at) && !read_kind(&at, out))
        return "want VA [SIZE] or r|w|x|sr|sw VA [SIZE]";
    if (!read_number(&at, &out->access.va))
        return bad_address;
    out->va = out->access.va;
    out->access.size = 1;
    at = skip_blanks(at);
    if (!*at)
        return NULL;
    if (!read_number(&at, &out->access.size) || !is_size(out->access.size))
        return bad_size;
    out->has_size = true;
    return *skip_blanks(at) ? "something follows the size" : NULL;
}

/* Whether a line of din says how many bytes. */
static bool has_third_word(const char *at)
{
    for (unsigned i = 0; i < 2; i++) {
        at = skip_blanks(at);
        at += strcspn(at, " \t");
    }
    return *skip_blanks(at);
}

/* A line of a trace, as `fencepost replay` reads them. */
static const char *read_trace(enum reftrace_format format, const char *text,
                              size_t size, struct access_line *out)
{
    struct memsys_ref ref;
    const char *why = NULL;
    const int got = reftrace_parse(format, text, size, &ref, &why);

    if (got <= 0)
        return why;
    out->va = ref.va;
    out->modify = ref.kind == (MMU_READ | MMU_WRITE);
    out->has_kind = true;
    out->has_size = format != REFTRACE_DIN || has_third_word(text);
    out->access = (struct mmu_access){
        .va = ref.va > UINT32_MAX ? 0 : (vaddr_t)ref.va,
        .size = out->has_size ? ref.size : 1,
        .kind = out->modify ? MMU_READ : ref.kind,
    };
    return NULL;
}

const char *access_line_read(enum reftrace_format format, const char *text,
                             size_t size, struct access_line *out)
{
    *out = (struct access_line){.access = {.kind = MMU_READ}};
    if (strlen(text) != size)
        return "a zero byte";
    return format == REFTRACE_AUTO ? read_plain(text, out)
                                   : read_trace(format, text, size, out);
}
