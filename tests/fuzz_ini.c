/*
 * tests/fuzz_ini.c - the reader of machine files against hostile lines
 * (libFuzzer). What it takes must mean the same when it is written out again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "emu/ini.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void put_line(const struct ini_line *line, FILE *file)
{
    const char *word = line->words;

    fprintf(file, "%s = ", line->name);
    for (unsigned i = 0; i < line->count; i++) {
        putc(' ', file);
        ini_put_word(file, word);
        word = ini_next_word(word);
    }
}

static void check_same(const struct ini_line *a, const struct ini_line *b)
{
    const char *x = a->words, *y = b->words;

    assert(b->kind == INI_PAIR && a->count == b->count);
    assert(strcmp(a->name, b->name) == 0);
    for (unsigned i = 0; i < a->count; i++) {
        assert(strcmp(x, y) == 0);
        x = ini_next_word(x);
        y = ini_next_word(y);
    }
}

static void check_again(const struct ini_line *line)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct ini_line again;

    if (!file)
        return;
    put_line(line, file);
    fclose(file);
    assert(!strchr(text, '\n'));
    assert(!ini_line_read(text, size, &again));
    check_same(line, &again);
    free(text);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    /* In a block of its own: a byte too far is noticed. */
    char *text = malloc(size + 1);
    struct ini_line line;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!memchr(text, '\n', size) && !ini_line_read(text, size, &line) &&
        line.kind == INI_PAIR)
        check_again(&line);
    free(text);
    return 0;
}
