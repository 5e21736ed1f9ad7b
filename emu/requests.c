/*
 * emu/requests.c - a trace of allocation requests; see requests.h.
 *
 * Decisions:
 * - A request for no bytes is refused: allocators differ in what they give, and
 *   no textbook says.
 * - A size that 32 bits do not hold is refused; the largest that they hold is
 *   a request like any other, and fails as data.
 */
#include "emu/requests.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "emu/cli.h"

#define HEADER_LINES 4u
#define HEADER_WRONG "the header of a .rep file is four numbers"
#define SHOWN        20 /* bytes of a bad word that are shown */

/* The words of a line. */
struct word {
    const char *text;
    size_t size;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct word next_word(const char **at, const char *end)
{
    const char *from = *at;

    while (from < end && is_blank(*from))
        from++;
    *at = from;
    while (*at < end && !is_blank(**at))
        ++*at;
    return (struct word){from, (size_t)(*at - from)};
}

/* A word as a message can show it: one line, no control characters. */
static const char *shown(struct word word, char to[SHOWN + 4])
{
    size_t i = 0;

    for (; i < word.size && i < SHOWN; i++)
        to[i] = word.text[i] > ' ' && word.text[i] <= '~' ? word.text[i] : '?';
    strcpy(to + i, i < word.size ? "..." : "");
    return to;
}

static int wrong(struct os_error *why, struct word word, const char *what)
{
    char text[SHOWN + 4];

    os_error_set(why, "'%s' %s", shown(word, text), what);
    return -EBADMSG;
}

static int missing(struct os_error *why, const char *what)
{
    os_error_set(why, "the %s is missing", what);
    return -EBADMSG;
}

/* Hot: nearly every number is plain decimal. False: it is not, or too large. */
static bool take_decimal(struct word word, uint32_t *out)
{
    uint64_t value = 0;

    if (word.size == 0 || word.size > 10)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        const unsigned digit = (unsigned)(word.text[i] - '0');

        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *out = (uint32_t)value;
    return value <= UINT32_MAX;
}

static int take_id(struct word word, uint32_t *out, struct os_error *why)
{
    if (word.size == 0)
        return missing(why, "ID");
    if (!take_decimal(word, out))
        return wrong(why, word, "is no ID: want a number below 2^32");
    return 0;
}

static int take_size(struct word word, uint32_t *out, struct os_error *why)
{
    char copy[32];
    uint64_t value = 0;

    if (word.size == 0)
        return missing(why, "size");
    if (!take_decimal(word, out)) {
        if (word.size >= sizeof(copy) || memchr(word.text, '\0', word.size))
            return wrong(why, word, "is no size");
        memcpy(copy, word.text, word.size);
        copy[word.size] = '\0';

        const int err = cli_parse_size(copy, &value);
        if (err == -EINVAL)
            return wrong(why, word, "is no size");
        if (err || value > UINT32_MAX)
            return wrong(why, word, "is too large a size: at most 4294967295");
        *out = (uint32_t)value;
    }
    if (*out == 0)
        return wrong(why, word, "is no size to ask for: at least 1 byte");
    return 0;
}

static int take_kind(struct word word, enum request_kind *out,
                     struct os_error *why)
{
    static const char letters[] = {
        [REQUEST_ALLOC] = 'a', [REQUEST_RESIZE] = 'r', [REQUEST_FREE] = 'f'};

    for (size_t i = 0; i < sizeof(letters) && word.size == 1; i++)
        if (word.text[0] == letters[i]) {
            *out = (enum request_kind)i;
            return 0;
        }
    return wrong(why, word, "is no request: want a ID SIZE, r ID SIZE or f ID");
}

int request_parse(const char *text, size_t size, struct request *out,
                  struct os_error *why)
{
    const char *at = text;
    const char *end = text + size;
    struct request request = {0};

    int err = take_kind(next_word(&at, end), &request.kind, why);
    if (!err)
        err = take_id(next_word(&at, end), &request.id, why);
    if (!err && request.kind != REQUEST_FREE)
        err = take_size(next_word(&at, end), &request.size, why);
    if (err)
        return err;

    const struct word rest = next_word(&at, end);
    if (rest.size > 0)
        return wrong(why, rest, "is too much");
    *out = request;
    return 0;
}

int requests_open(struct requests *out, const char *path)
{
    struct requests requests = {0};
    const int err = lines_open(&requests.lines, path);

    if (!err)
        *out = requests;
    return err;
}

void requests_close(struct requests *requests)
{
    lines_close(&requests->lines);
}

/* Whether the line is one number, as the header of a .rep file has it. */
static bool is_number(const char *text, size_t size)
{
    const char *at = text;
    const struct word word = next_word(&at, text + size);
    size_t digits = 0;

    while (digits < word.size && word.text[digits] >= '0' &&
           word.text[digits] <= '9')
        digits++;
    return digits > 0 && digits == word.size &&
           next_word(&at, text + size).size == 0;
}

static bool is_empty(const char *text, size_t size)
{
    const char *at = text;

    return next_word(&at, text + size).size == 0;
}

/* Say which line it was. */
static int at_line(const struct requests *requests, struct os_error *why)
{
    const struct os_error what = *why;

    os_error_set(why, "line %" PRIu64 ": %s", requests->lines.number,
                 what.text);
    return -EBADMSG;
}

static int read_line(struct requests *requests, char **text, size_t *size,
                     struct os_error *why)
{
    const int got = lines_next(&requests->lines, text, size);

    if (got == -E2BIG) {
        os_error_set(why, "longer than %u bytes", LINES_MAX);
        return at_line(requests, why);
    }
    if (got < 0)
        os_error_set(why, "%s", strerror(-got));
    return got;
}

int requests_next(struct requests *requests, struct request *out,
                  struct os_error *why)
{
    char *text;
    size_t size;
    int got;

    while ((got = read_line(requests, &text, &size, why)) > 0) {
        const bool in_header = requests->header == requests->lines.number - 1 &&
                               requests->header < HEADER_LINES;

        if (is_empty(text, size))
            continue;
        if (in_header && is_number(text, size)) {
            requests->header++;
            continue;
        }
        if (in_header && requests->header > 0) {
            os_error_set(why, HEADER_WRONG);
            return at_line(requests, why);
        }
        if (request_parse(text, size, out, why))
            return at_line(requests, why);
        out->line = requests->lines.number;
        return 1;
    }
    if (got == 0 && requests->header > 0 && requests->header < HEADER_LINES) {
        os_error_set(why, HEADER_WRONG);
        return at_line(requests, why);
    }
    return got;
}
