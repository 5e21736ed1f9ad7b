/*
 * emu/json.h - write JSON Lines: one object a line, keys in the order given.
 *
 * A value that does not apply is left out by the caller. The writer keeps no
 * error of its own: ferror() of the file tells.
 *
 * Layer: emu/.
 */
#ifndef EMU_JSON_H
#define EMU_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_BUFFER 512u

/* One object being written. A line goes to the file when it is ended. */
struct json {
    FILE *file; /* borrowed */
    size_t used;
    bool first; /* no member of the innermost object or array yet */
    char buffer[JSON_BUFFER];
};

/* "{" */
void json_begin(struct json *json, FILE *file);

/* "}" and a newline. */
void json_end(struct json *json);

/* Keys are plain: nothing in them needs escaping. */
void json_number(struct json *json, const char *key, uint64_t value);
void json_signed(struct json *json, const char *key, int64_t value);
/* @value / 10^@decimals, at most 9, with so many decimals. */
void json_decimal(struct json *json, const char *key, uint64_t value,
                  unsigned decimals);
void json_bool(struct json *json, const char *key, bool value);

/*
 * Control characters are escaped, and each byte that is not part of valid
 * UTF-8 becomes U+FFFD: the line is valid JSON whatever @value holds.
 */
void json_string(struct json *json, const char *key, const char *value);

void json_numbers(struct json *json, const char *key, const uint32_t *values,
                  size_t count);

/* An object as a member: '"key":{' and '}'. */
void json_open(struct json *json, const char *key);
void json_close(struct json *json);

#endif /* EMU_JSON_H */
