/* emu/hotspots_report.c - lists of hotspots as text and JSON; see hotspots.h.
 */
#include "emu/hotspots.h"

#include <stdlib.h>

#define RANK 24u /* bytes of a rank as text */

static const char *const cache_names[HOTSPOT_CACHES] = {
    [HOTSPOT_L1I] = "l1i", [HOTSPOT_L1D] = "l1d", [HOTSPOT_LL] = "ll"};

/* Where a hotspot is, as far as the symbols of its process tell. */
struct place {
    bool has_function, has_line;
    struct symbol function;
    struct source_line line;
};

static struct place place_of(const struct hotspot *spot,
                             hotspots_symbols *symbols, void *ctx)
{
    const struct symbols *known = symbols(ctx, spot->program);
    struct place place = {0};

    if (!known)
        return place;
    place.has_function = symbols_find(known, spot->pc, &place.function);
    place.has_line = symbols_line(known, spot->pc, &place.line);
    return place;
}

static void print_row(const struct hotspot *spot, const struct place *place,
                      FILE *file)
{
    fprintf(file, "  %14llu %14llu", (unsigned long long)spot->stall,
            (unsigned long long)spot->executed);
    for (unsigned i = 0; i < HOTSPOT_CACHES; i++)
        fprintf(file, " %10llu", (unsigned long long)spot->misses[i]);
    fprintf(file, "  %3u  0x%08x", spot->program, spot->pc);
    if (place->has_function)
        fprintf(file, "  %s+0x%x", place->function.name,
                spot->pc - place->function.start);
    if (place->has_line)
        fprintf(file, " at %s:%d", place->line.file, place->line.line);
    fputc('\n', file);
}

static void print_list(const char *title, const struct hotspot *spots,
                       size_t count, hotspots_symbols *symbols, void *ctx,
                       FILE *file)
{
    fprintf(file, "\n%s that wait longest for memory:\n  %14s %14s", title,
            "cycles", "instructions");
    for (unsigned i = 0; i < HOTSPOT_CACHES; i++)
        fprintf(file, " %3s misses", cache_names[i]);
    fprintf(file, "  %3s  %s\n", "program", "where");
    for (size_t i = 0; i < count; i++) {
        const struct place place = place_of(&spots[i], symbols, ctx);

        print_row(&spots[i], &place, file);
    }
}

void hotspots_print(const struct hotspots *hotspots, hotspots_symbols *symbols,
                    void *ctx, size_t max, FILE *file)
{
    struct hotspot *spots = malloc(max * sizeof(*spots));
    size_t count = spots ? hotspots_instructions(hotspots, spots, max) : 0;

    print_list("Instructions", spots, count, symbols, ctx, file);
    count = spots ? hotspots_functions(hotspots, symbols, ctx, spots, max) : 0;
    print_list("Functions", spots, count, symbols, ctx, file);
    if (!spots || hotspots_incomplete(hotspots))
        fputs("  (not all: out of memory)\n", file);
    free(spots);
}

static void put_misses(const struct hotspot *spot, struct json *json)
{
    for (unsigned i = 0; i < HOTSPOT_CACHES; i++) {
        char key[16];

        snprintf(key, sizeof(key), "%s_misses", cache_names[i]);
        json_number(json, key, spot->misses[i]);
    }
}

static void put_list(const char *key, const struct hotspot *spots, size_t count,
                     hotspots_symbols *symbols, void *ctx, struct json *json)
{
    json_open(json, key);
    for (size_t i = 0; i < count; i++) {
        const struct place place = place_of(&spots[i], symbols, ctx);
        char rank[RANK];

        snprintf(rank, sizeof(rank), "%zu", i + 1);
        json_open(json, rank);
        json_number(json, "program", spots[i].program);
        json_number(json, "pc", spots[i].pc);
        json_number(json, "stall", spots[i].stall);
        json_number(json, "executed", spots[i].executed);
        put_misses(&spots[i], json);
        if (place.has_function)
            json_string(json, "function", place.function.name);
        if (place.has_line) {
            json_string(json, "file", place.line.file);
            json_number(json, "line", (uint64_t)place.line.line);
        }
        json_close(json);
    }
    json_close(json);
}

void hotspots_put(const struct hotspots *hotspots, hotspots_symbols *symbols,
                  void *ctx, size_t max, struct json *json)
{
    struct hotspot *spots = malloc(max * sizeof(*spots));
    size_t count = spots ? hotspots_instructions(hotspots, spots, max) : 0;

    put_list("instructions_by_stall", spots, count, symbols, ctx, json);
    count = spots ? hotspots_functions(hotspots, symbols, ctx, spots, max) : 0;
    put_list("functions_by_stall", spots, count, symbols, ctx, json);
    free(spots);
}
