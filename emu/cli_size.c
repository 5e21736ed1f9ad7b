/* emu/cli_size.c - sizes as people write them; see cli.h. */
#include <errno.h>

#include "emu/cli.h"

static uint64_t unit_of(char suffix)
{
    switch (suffix) {
    case 'k':
    case 'K':
        return UINT64_C(1) << 10;
    case 'm':
    case 'M':
        return UINT64_C(1) << 20;
    case 'g':
    case 'G':
        return UINT64_C(1) << 30;
    default:
        return 0;
    }
}

static int digit_of(char c, unsigned base)
{
    int value = -1;

    if (c >= '0' && c <= '9')
        value = c - '0';
    else if (c >= 'a' && c <= 'f')
        value = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
        value = c - 'A' + 10;
    return value < (int)base ? value : -1;
}

int cli_parse_size(const char *text, uint64_t *out)
{
    const bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const unsigned base = is_hex ? 16 : 10;
    const char *at = is_hex ? text + 2 : text;
    uint64_t value = 0;
    bool fits = true;

    if (digit_of(*at, base) < 0)
        return -EINVAL;
    for (; digit_of(*at, base) >= 0; at++) {
        const uint64_t digit = (uint64_t)digit_of(*at, base);

        fits = fits && value <= (UINT64_MAX - digit) / base;
        value = value * base + digit;
    }
    if (unit_of(*at)) {
        fits = fits && value <= UINT64_MAX / unit_of(*at);
        value *= unit_of(*at++);
    }
    if (*at)
        return -EINVAL;
    if (!fits)
        return -ERANGE;
    *out = value;
    return 0;
}
