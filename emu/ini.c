/*
 * emu/ini.c - one line of an INI file; see ini.h.
 *
 * Decisions:
 * - Our own reader: the usual library cuts lines and values that are too long
 *   for its buffers without a word, joins indented lines to the one before, and
 *   does not tell its caller on which line a value stood.
 * - Words are written over the line that they are read from: they never need
 *   more room than they had, since a blank, a quote or the line's end gives
 *   way to the 0 behind each.
 */
#include "emu/ini.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

/* Where nothing but a comment may follow. */
static bool is_end(char c)
{
    return c == '\0' || c == '#' || c == ';';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

static char *skip_name(char *at)
{
    while (is_name(*at))
        at++;
    return at;
}

/* What is within quotes, from behind the first one on, to *@to. */
static const char *read_quoted(char **from, char **to)
{
    char *at = *from;

    while (*at != '"') {
        if (*at == '\0')
            return "a quote is not closed";
        if (*at != '\\') {
            *(*to)++ = *at++;
            continue;
        }
        at++;
        if (*at != '"' && *at != '\\' && *at != 'n')
            return "a backslash is followed by none of \", \\ and n";
        *(*to)++ = *at == 'n' ? '\n' : *at;
        at++;
    }
    *from = at + 1;
    return NULL;
}

/* One word, which may have quotes anywhere in it. */
static const char *read_word(char **from, char **to)
{
    while (**from && !is_blank(**from)) {
        if (**from != '"') {
            *(*to)++ = *(*from)++;
            continue;
        }
        (*from)++;

        const char *why = read_quoted(from, to);
        if (why)
            return why;
    }
    return NULL;
}

static const char *read_words(char *from, struct ini_line *out)
{
    char *to = from;

    out->words = from;
    from = skip_blanks(from);
    while (!is_end(*from)) {
        const char *why = read_word(&from, &to);

        if (why)
            return why;
        from = skip_blanks(from);
        *to++ = '\0';
        out->count++;
    }
    return NULL;
}

static const char *read_section(char *from, struct ini_line *out)
{
    char *name = skip_blanks(from);
    char *end = skip_name(name);
    char *at = skip_blanks(end);

    if (end == name || *at != ']')
        return "want [SECTION]";
    if (!is_end(*skip_blanks(at + 1)))
        return "something follows the [SECTION]";
    *end = '\0';
    *out = (struct ini_line){.kind = INI_SECTION, .name = name};
    return NULL;
}

static const char *read_pair(char *name, struct ini_line *out)
{
    char *end = skip_name(name);
    char *at = skip_blanks(end);

    if (end == name || *at != '=')
        return "want KEY = VALUE or [SECTION]";
    *end = '\0';
    *out = (struct ini_line){.kind = INI_PAIR, .name = name};
    return read_words(at + 1, out);
}

const char *ini_line_read(char *text, size_t size, struct ini_line *out)
{
    char *at = skip_blanks(text);

    if (strlen(text) != size)
        return "the line has a byte 0";
    *out = (struct ini_line){.kind = INI_NOTHING, .name = at};
    if (is_end(*at))
        return NULL;
    return *at == '[' ? read_section(at + 1, out) : read_pair(at, out);
}

const char *ini_next_word(const char *word)
{
    return word + strlen(word) + 1;
}

void ini_put_word(FILE *file, const char *word)
{
    if (word[0] && !strpbrk(word, " \t\n\"#;\\")) {
        fputs(word, file);
        return;
    }
    putc('"', file);
    for (; *word; word++) {
        if (*word == '"' || *word == '\\' || *word == '\n')
            putc('\\', file);
        putc(*word == '\n' ? 'n' : *word, file);
    }
    putc('"', file);
}
