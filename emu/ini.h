/*
 * emu/ini.h - one line of an INI file.
 *
 *      # a comment               [section]
 *      key = word word ...       key = "a word; \"quoted\"\n"
 *
 * Words are separated by blanks. Within double quotes a word may hold anything;
 * there \" \\ and \n mean a quote, a backslash and a newline. A comment begins
 * with # or ; at the start of a line or behind a blank. Names of sections and
 * keys are one word without quotes.
 *
 * Layer: emu/.
 */
#ifndef EMU_INI_H
#define EMU_INI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum ini_kind { INI_NOTHING, INI_SECTION, INI_PAIR };

struct ini_line {
    enum ini_kind kind;
    char *name;     /* of the section, or the key; "" for nothing */
    char *words;    /* of a pair: one behind the other, each with its 0 */
    unsigned count; /* how many */
};

/*
 * Read one line of @size bytes, without its newline; text[@size] is 0. @text
 * is changed, and what @out points to lies in it.
 *
 * Returns NULL and fills @out, or what is wrong with the line.
 */
const char *ini_line_read(char *text, size_t size, struct ini_line *out);

/* The word behind @word. */
const char *ini_next_word(const char *word);

/* Write @word so that it is read as the same. */
void ini_put_word(FILE *file, const char *word);

#endif /* EMU_INI_H */
