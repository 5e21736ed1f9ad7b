/* emu/json.c - a small streaming JSON writer; see json.h. */
#include "emu/json.h"

static void flush(struct json *json)
{
    fwrite_unlocked(json->buffer, 1, json->used, json->file);
    json->used = 0;
}

static void put(struct json *json, char byte)
{
    if (json->used == sizeof(json->buffer))
        flush(json);
    json->buffer[json->used++] = byte;
}

static void put_bytes(struct json *json, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(json, bytes[i]);
}

/* Hot. A call of memcpy() for a few bytes costs more than the bytes. */
static void put_text(struct json *json, const char *text)
{
    const char *end = json->buffer + sizeof(json->buffer);
    char *at = json->buffer + json->used;

    while (*text && at < end)
        *at++ = *text++;
    json->used = (size_t)(at - json->buffer);
    while (*text)
        put(json, *text++);
}

static unsigned digit_count(uint64_t value)
{
    unsigned count = 1;

    for (; value >= 10000; value /= 10000)
        count += 4;
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Hot. */
static void put_number(struct json *json, uint64_t value)
{
    const unsigned count = digit_count(value);

    if (count > sizeof(json->buffer) - json->used)
        flush(json);

    char *at = json->buffer + json->used + count;
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    json->used += count;
}

static void put_key(struct json *json, const char *key)
{
    if (!json->first)
        put(json, ',');
    json->first = false;
    put(json, '"');
    put_text(json, key);
    put(json, '"');
    put(json, ':');
}

/* Bytes of the well-formed UTF-8 character at @text, 0 when there is none. */
static size_t utf8_length(const unsigned char *text)
{
    static const struct {
        unsigned char first, last; /* leading byte */
        unsigned char low, high;   /* second byte */
        size_t length;
    } rows[] = {
        {0x20, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (text[0] < rows[i].first || text[0] > rows[i].last)
            continue;
        if (rows[i].length > 1 &&
            (text[1] < rows[i].low || text[1] > rows[i].high))
            return 0;
        for (size_t n = 2; n < rows[i].length; n++)
            if ((text[n] & 0xc0) != 0x80)
                return 0;
        return rows[i].length;
    }
    return 0;
}

static void put_escaped(struct json *json, unsigned char byte)
{
    char escape[8];

    if (byte >= 0x80)
        snprintf(escape, sizeof(escape), "\\ufffd");
    else
        snprintf(escape, sizeof(escape), "\\u%04x", byte);
    put_text(json, escape);
}

/* Stands for itself, and is a whole character. */
static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void put_string(struct json *json, const char *value)
{
    put(json, '"');
    while (*value) {
        if (is_plain((unsigned char)*value)) {
            put(json, *value++);
            continue;
        }

        const size_t length = utf8_length((const unsigned char *)value);
        if (length == 0) {
            put_escaped(json, (unsigned char)*value++);
            continue;
        }
        if (*value == '"' || *value == '\\')
            put(json, '\\');
        put_bytes(json, value, length);
        value += length;
    }
    put(json, '"');
}

void json_begin(struct json *json, FILE *file)
{
    json->file = file;
    json->used = 0;
    json->first = true;
    put(json, '{');
}

void json_end(struct json *json)
{
    put(json, '}');
    put(json, '\n');
    flush(json);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
    put_key(json, key);
    put_number(json, value);
}

void json_signed(struct json *json, const char *key, int64_t value)
{
    put_key(json, key);
    if (value < 0)
        put(json, '-');
    put_number(json, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    put_key(json, key);
    put_text(json, value ? "true" : "false");
}

void json_string(struct json *json, const char *key, const char *value)
{
    put_key(json, key);
    put_string(json, value);
}

void json_decimal(struct json *json, const char *key, uint64_t value,
                  unsigned decimals)
{
    uint64_t unit = 1;
    char text[48];

    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    snprintf(text, sizeof(text), "%llu.%0*llu",
             (unsigned long long)(value / unit), (int)decimals,
             (unsigned long long)(value % unit));
    put_key(json, key);
    put_text(json, text);
}

void json_numbers(struct json *json, const char *key, const uint32_t *values,
                  size_t count)
{
    put_key(json, key);
    put(json, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put(json, ',');
        put_number(json, values[i]);
    }
    put(json, ']');
}

void json_open(struct json *json, const char *key)
{
    put_key(json, key);
    put(json, '{');
    json->first = true;
}

void json_close(struct json *json)
{
    put(json, '}');
    json->first = false;
}
