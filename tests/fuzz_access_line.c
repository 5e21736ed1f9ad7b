/* tests/fuzz_access_line.c - feed the parser of access lines hostile lines. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "emu/access_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* In a block of its own: a byte read past its end is noticed. */
    char *line = malloc(size + 1);

    if (!line)
        return 0;
    memcpy(line, data, size);
    line[size] = '\0';
    for (unsigned i = 0; i < REFTRACE_COUNT; i++) {
        struct access_line request;

        if (!access_line_read((enum reftrace_format)i, line, size, &request))
            assert(
                request.access.size <= MMU_ACCESS_MAX &&
                (request.va == request.access.va || request.va > UINT32_MAX));
    }
    free(line);
    return 0;
}
