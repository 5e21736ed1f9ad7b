/* emu/version.c - which libraries are loaded; see version.h. */
#include "emu/version.h"

#include <stdio.h>

#include "emu/decode.h"
#include "emu/engine.h"
#include "emu/symbols.h"

void version_libraries(char *text, size_t size)
{
    char unicorn[16], capstone[16], dw[16];

    engine_version(unicorn, sizeof(unicorn));
    decode_version(capstone, sizeof(capstone));
    symbols_version(dw, sizeof(dw));
    snprintf(text, size, "libunicorn %s, libcapstone %s, libdw %s", unicorn,
             capstone, dw);
}
