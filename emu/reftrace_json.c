/*
 * emu/reftrace_json.c - records of emu/trace.c read back; see reftrace_json.h.
 *
 * Decisions:
 * - Any JSON object is accepted, in any order of keys. Of a key that occurs
 *   twice the last one counts. Escapes in strings are passed over, since no
 *   string that matters has one.
 * - Without a pa, the va is the physical address too.
 */
#include "emu/reftrace_json.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX 16u

struct scan {
    const char *at, *end;
};

struct piece {
    const char *text;
    size_t size;
};

/* What matters of a record. */
struct record {
    struct piece kind, verdict;
    uint64_t va, pa, size;
    bool has_va, has_pa, has_size;
};

static bool take(struct scan *scan, char c)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t'))
        scan->at++;
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

static bool take_string(struct scan *scan, struct piece *out)
{
    if (!take(scan, '"'))
        return false;
    out->text = scan->at;
    for (; scan->at < scan->end && *scan->at != '"'; scan->at++)
        if (*scan->at == '\\' && ++scan->at == scan->end)
            return false;
    out->size = (size_t)(scan->at - out->text);
    return take(scan, '"');
}

/* Numbers, true, false, null: whatever has no structure. */
static bool take_word(struct scan *scan, struct piece *out)
{
    out->text = scan->at;
    while (scan->at < scan->end && !strchr(",]}[{\" \t", *scan->at))
        scan->at++;
    out->size = (size_t)(scan->at - out->text);
    return out->size > 0;
}

static bool skip_nested(struct scan *scan)
{
    unsigned depth = 0;
    struct piece piece;

    do {
        if (take(scan, '[') || take(scan, '{')) {
            if (++depth > DEPTH_MAX)
                return false;
        } else if (take(scan, ']') || take(scan, '}')) {
            depth--;
        } else if (!take(scan, ',') && !take(scan, ':') &&
                   !take_string(scan, &piece) && !take_word(scan, &piece)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

static bool take_value(struct scan *scan, struct piece *out)
{
    take(scan, ' ');
    if (scan->at == scan->end)
        return false;
    if (*scan->at == '"')
        return take_string(scan, out);
    if (*scan->at == '[' || *scan->at == '{') {
        *out = (struct piece){scan->at, 0};
        return skip_nested(scan);
    }
    return take_word(scan, out);
}

static bool is(const struct piece *piece, const char *text)
{
    return piece->size == strlen(text) &&
           memcmp(piece->text, text, piece->size) == 0;
}

/* Decimal, as long as it fits. */
static bool number_of(const struct piece *piece, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < piece->size; i++) {
        const unsigned digit = (unsigned char)piece->text[i] - (unsigned)'0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return piece->size > 0;
}

static bool keep(struct record *record, const struct piece *key,
                 const struct piece *value)
{
    if (is(key, "kind"))
        record->kind = *value;
    else if (is(key, "verdict"))
        record->verdict = *value;
    else if (is(key, "va"))
        return record->has_va = number_of(value, &record->va);
    else if (is(key, "pa"))
        return record->has_pa = number_of(value, &record->pa);
    else if (is(key, "size"))
        return record->has_size = number_of(value, &record->size);
    return true;
}

/* NULL, or what is wrong. */
static const char *scan_record(struct scan *scan, struct record *record)
{
    struct piece key, value;

    if (!take(scan, '{'))
        return "a record is a JSON object in braces";
    if (take(scan, '}'))
        return NULL;
    do {
        if (!take_string(scan, &key) || !take(scan, ':') ||
            !take_value(scan, &value))
            return "it is no complete JSON object";
        if (!keep(record, &key, &value))
            return "va, pa and size must be whole numbers";
    } while (take(scan, ','));
    if (!take(scan, '}'))
        return "it is no complete JSON object";
    take(scan, ' ');
    return scan->at == scan->end ? NULL : "something follows the JSON object";
}

static unsigned kind_of(const struct piece *kind)
{
    if (is(kind, "fetch"))
        return MMU_EXEC;
    if (is(kind, "load"))
        return MMU_READ;
    return is(kind, "store") ? MMU_WRITE : 0;
}

int reftrace_parse_json(const char *text, size_t size, struct memsys_ref *out,
                        const char **why)
{
    struct scan scan = {text, text + size};
    struct record record = {.kind = {text, 0}, .verdict = {text, 0}};

    *why = scan_record(&scan, &record);
    if (*why)
        return -EINVAL;

    const unsigned kind = kind_of(&record.kind);
    if (!kind || (record.verdict.size > 0 && !is(&record.verdict, "ok")))
        return 0;
    if (record.verdict.size == 0)
        *why = "an access without a verdict";
    else if (!record.has_va || !record.has_size)
        *why = "an access without va or size";
    else if (record.size < 1 || record.size > MMU_ACCESS_MAX)
        *why = "the size must be 1 to 512 bytes";
    if (*why)
        return -EINVAL;
    *out = (struct memsys_ref){record.va, record.has_pa ? record.pa : record.va,
                               (uint32_t)record.size, (enum mmu_prot)kind};
    return 1;
}
