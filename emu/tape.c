/*
 * emu/tape.c - answers of the host, kept; see tape.h.
 *
 * Decisions:
 * - On the tape a call is its result, 4 bytes, and behind that what was read.
 * - It is ending at TAPE_MAX bytes. The one read that goes beyond that is kept,
 *   too, however large: so there is always time to rewind.
 * - A call that the host has no memory to keep is passed on; only, the tape
 *   cannot be rewound any more.
 */
#include "emu/tape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TAPE_MAX  (16u * 1024u * 1024u)
#define TAPE_ROOM 4096u

void tape_begin(struct tape *tape, const struct os_io *host, bool recording)
{
    *tape = (struct tape){.host = *host, .recording = recording};
}

void tape_free(struct tape *tape)
{
    free(tape->bytes);
    *tape = (struct tape){0};
}

bool tape_is_ending(const struct tape *tape)
{
    return tape->recording && tape->used >= TAPE_MAX;
}

bool tape_rewind(struct tape *tape)
{
    if (tape->lost)
        return false;
    tape->recording = false;
    tape->at = 0;
    return true;
}

void tape_stop(struct tape *tape)
{
    const struct os_io host = tape->host;

    tape_free(tape);
    tape->host = host;
    tape->lost = true;
}

static bool make_room(struct tape *tape, size_t more)
{
    size_t room = tape->room ? tape->room : TAPE_ROOM;
    uint8_t *bytes;

    while (room - tape->used < more)
        room *= 2;
    if (room == tape->room)
        return true;
    bytes = realloc(tape->bytes, room);
    if (!bytes)
        return false;
    tape->bytes = bytes;
    tape->room = room;
    return true;
}

static void keep(struct tape *tape, int32_t result, const void *bytes,
                 size_t size)
{
    if (!tape->recording || tape->lost)
        return;
    if (!make_room(tape, sizeof(result) + size)) {
        tape->lost = true;
        return;
    }
    memcpy(tape->bytes + tape->used, &result, sizeof(result));
    if (size > 0)
        memcpy(tape->bytes + tape->used + sizeof(result), bytes, size);
    tape->used += sizeof(result) + size;
}

/* Whether the next answer is on the tape; then *@result is its result. */
static bool replay(struct tape *tape, int32_t *result)
{
    if (tape->recording || tape->at == tape->used)
        return false;
    memcpy(result, tape->bytes + tape->at, sizeof(*result));
    tape->at += sizeof(*result);
    return true;
}

int tape_read(void *ctx, int fd, void *to, uint32_t size)
{
    struct tape *tape = ctx;
    int32_t result;

    if (!replay(tape, &result)) {
        result = tape->host.read(tape->host.ctx, fd, to, size);
        keep(tape, result, to, result > 0 ? (size_t)result : 0);
    } else if (result > 0) {
        assert((uint32_t)result <= size); /* the same call as before */
        memcpy(to, tape->bytes + tape->at, (size_t)result);
        tape->at += (size_t)result;
    }
    return result;
}

int tape_write(void *ctx, int fd, const void *from, uint32_t size)
{
    struct tape *tape = ctx;
    int32_t result;

    if (!replay(tape, &result)) {
        result = tape->host.write(tape->host.ctx, fd, from, size);
        keep(tape, result, NULL, 0);
    }
    return result;
}
