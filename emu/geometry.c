/* emu/geometry.c - a cache's or DRAM's shape from text; see geometry.h. */
#include "emu/geometry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emu/cli.h"

#define WORD         24u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const words[] = {"lru",      "fifo",          "plru",
                                    "random",   "write-through", "no-allocate",
                                    "prefetch", "virtual"};

static void set_word(struct cache_config *config, size_t word)
{
    if (word < CACHE_POLICY_COUNT)
        config->policy = (enum cache_policy)word;
    config->write_through = config->write_through || word == 4;
    config->no_allocate = config->no_allocate || word == 5;
    config->prefetch = config->prefetch || word == 6;
    config->virtual_index = config->virtual_index || word == 7;
}

static bool take_word(struct cache_config *config, const char *word,
                      const char **policy, char *why)
{
    size_t i = 0;

    while (i < COUNT(words) && strcmp(word, words[i]) != 0)
        i++;
    if (i < CACHE_POLICY_COUNT && *policy && *policy != words[i]) {
        snprintf(why, GEOMETRY_ERROR, "two policies, %s and %s", *policy,
                 words[i]);
        return false;
    }
    if (i < COUNT(words)) {
        if (i < CACHE_POLICY_COUNT)
            *policy = words[i];
        set_word(config, i);
        return true;
    }

    const char *near = cli_nearest(word, words, COUNT(words));
    snprintf(why, GEOMETRY_ERROR, "unknown policy or option '%s'%s%s%s", word,
             near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return false;
}

/* The next piece of @text up to @separator; false when it is too long. */
static bool cut(const char **text, char separator, char piece[WORD])
{
    const size_t length = strcspn(*text, (char[]){separator, ',', 0});

    if (length >= WORD)
        return false;
    memcpy(piece, *text, length);
    piece[length] = 0;
    *text += length;
    return true;
}

static bool take_numbers(const char **text, uint64_t numbers[3])
{
    const char *first = *text + strcspn(*text, ",:");
    const char separator = *first == ':' ? ':' : ',';

    for (unsigned i = 0; i < 3; i++) {
        char piece[WORD];

        if (i > 0 && *(*text)++ != separator)
            return false;
        if (!cut(text, separator, piece) || cli_parse_size(piece, &numbers[i]))
            return false;
    }
    if (separator == ':') { /* sets to size; saturates where it cannot be */
        const uint64_t ways = numbers[1], line = numbers[2];
        const bool fits = ways <= CACHE_WAYS_MAX && line <= CACHE_LINE_MAX &&
                          numbers[0] <= CACHE_SIZE_MAX;

        numbers[0] = fits ? numbers[0] * ways * line : UINT64_MAX;
    }
    return numbers[1] <= UINT32_MAX && numbers[2] <= UINT32_MAX;
}

bool geometry_parse(const char *text, struct cache_config *out, char *why)
{
    struct cache_config config = {0};
    const char *at = text;
    uint64_t numbers[3] = {0};
    const char *policy = NULL;
    char word[WORD];

    if (!take_numbers(&at, numbers) || (*at && *at != ',')) {
        snprintf(why, GEOMETRY_ERROR,
                 "'%.60s' is no geometry: want SIZE,WAYS,LINE such as "
                 "32k,8,64 or SETS:WAYS:LINE such as 64:8:64",
                 text);
        return false;
    }
    config.size = numbers[0];
    config.ways = (uint32_t)numbers[1];
    config.line = (uint32_t)numbers[2];
    while (*at++ == ',') {
        if (!cut(&at, ',', word)) {
            snprintf(why, GEOMETRY_ERROR, "unknown policy or option '%.40s'",
                     at);
            return false;
        }
        if (!take_word(&config, word, &policy, why))
            return false;
    }
    *out = config;
    return true;
}

void geometry_text(const struct cache_config *config, char *text, size_t size)
{
    char bytes[32];

    cli_size_text(config->size, bytes);
    snprintf(text, size, "%s,%u,%u,%s%s%s%s%s", bytes, config->ways,
             config->line, words[config->policy],
             config->write_through ? ",write-through" : "",
             config->no_allocate ? ",no-allocate" : "",
             config->prefetch ? ",prefetch" : "",
             config->virtual_index ? ",virtual" : "");
}

/* What is too large for 32 bits is as large as can be. */
static bool take_u32(const char *text, uint32_t *out)
{
    uint64_t number = UINT64_MAX;

    if (cli_parse_size(text, &number) == -EINVAL)
        return false;
    *out = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    return true;
}

bool geometry_parse_dram(const char *text, struct dram_config *out, char *why)
{
    char banks[WORD], row[WORD];
    struct dram_config config;
    const char *at = text;

    if (cut(&at, ',', banks) && *at++ == ',' && cut(&at, ',', row) && !*at &&
        take_u32(banks, &config.banks) && take_u32(row, &config.row_size)) {
        *out = config;
        return true;
    }
    snprintf(why, GEOMETRY_ERROR,
             "'%.60s' is no DRAM: want BANKS,ROW such as 8,8k", text);
    return false;
}

void geometry_text_dram(const struct dram_config *config, char *text,
                        size_t size)
{
    char bytes[32];

    cli_size_text(config->row_size, bytes);
    snprintf(text, size, "%u,%s", config->banks, bytes);
}
