/* emu/request.c - read lines that ask for accesses; see request.h. */
#include "emu/request.h"

#include <string.h>

#include "emu/cli.h"

const char *const request_format_names[REQUEST_FORMATS] = {
    [REQUEST_PLAIN] = "plain",
    [REQUEST_LACKEY] = "lackey",
    [REQUEST_DIN] = "din",
};

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

/* The value of a digit, or 36. */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 10;
    return c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A') + 10 : 36;
}

/* A number of 32 bits at *@at, which moves behind it. */
static bool read_digits(const char **at, unsigned base, uint32_t *out)
{
    const char *p = *at;
    uint64_t value = 0;

    for (; digit(*p) < base; p++) {
        value = value * base + digit(*p);
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
        read_digits(&p, 10, out) && (is_blank(*p) || !*p)) {
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
    case 'L':
        return MMU_READ;
    case 'w':
    case 'S':
        return MMU_WRITE;
    case 'x':
    case 'I':
        return MMU_EXEC;
    default:
        return 0;
    }
}

/* "r", "w", "x", "sr" or "sw" at *@at, which moves behind it. */
static bool read_kind(const char **at, struct request *out)
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

static const char *read_plain(const char *at, struct request *out)
{
    at = skip_blanks(at);
    if (!*at || *at == '#')
        return NULL;
    if (strchr("rwxs", *at) && !read_kind(&at, out))
        return "want VA [SIZE] or r|w|x|sr|sw VA [SIZE]";
    if (!read_number(&at, &out->access.va))
        return bad_address;
    out->access.size = 1;
    at = skip_blanks(at);
    if (!*at)
        return NULL;
    if (!read_number(&at, &out->access.size) || !is_size(out->access.size))
        return bad_size;
    out->has_size = true;
    return *skip_blanks(at) ? "something follows the size" : NULL;
}

static const char *read_lackey(const char *at, struct request *out)
{
    if (!*at || (at[0] == '=' && at[1] == '=') ||
        (at[0] == '-' && at[1] == '-'))
        return NULL;

    const char letter = *at == ' ' ? at[1] : at[0];
    out->modify = letter == 'M';
    out->access.kind =
        (enum mmu_prot)(out->modify ? MMU_READ : kind_of(letter));
    if (!letter || !strchr("ILSM", letter) || !is_blank(at[2 - (*at != ' ')]))
        return "no line of lackey: want I, L, S or M, and ADDRESS,SIZE";
    at = skip_blanks(at + 2);
    if (!read_digits(&at, 16, &out->access.va))
        return bad_address;
    if (*at++ != ',' || !read_digits(&at, 10, &out->access.size) || *at ||
        !is_size(out->access.size))
        return bad_size;
    out->has_kind = out->has_size = true;
    return NULL;
}

static const char *read_din(const char *at, struct request *out)
{
    static const enum mmu_prot kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};

    at = skip_blanks(at);
    if (!*at)
        return NULL;
    if (*at < '0' || *at > '2' || !is_blank(at[1]))
        return "no line of din: want 0, 1 or 2, and a hexadecimal address";
    out->access.kind = kinds[*at - '0'];
    out->has_kind = true;
    at = skip_blanks(at + 1);
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        at += 2;
    if (!read_digits(&at, 16, &out->access.va) || (*at && !is_blank(*at)))
        return bad_address;
    out->access.size = 1;
    return NULL;
}

const char *request_read(enum request_format format, const char *text,
                         size_t size, struct request *out)
{
    static const char *(*const readers[REQUEST_FORMATS])(const char *,
                                                         struct request *) = {
        [REQUEST_PLAIN] = read_plain,
        [REQUEST_LACKEY] = read_lackey,
        [REQUEST_DIN] = read_din,
    };

    *out = (struct request){.access = {.kind = MMU_READ}};
    if (strlen(text) != size)
        return "a zero byte";
    return readers[format](text, out);
}
