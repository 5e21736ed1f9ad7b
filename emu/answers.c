/* emu/answers.c - write the answers of `fencepost alloc`; see answers.h. */
#include "emu/answers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ITEM_MAX 64u /* bytes of the longest piece written at once */

static void flush(struct answers *answers)
{
    const char *at = answers->buffer;
    size_t left = answers->used;

    while (left > 0 && !answers->err) {
        const ssize_t wrote = write(answers->fd, at, left);

        if (wrote >= 0) {
            at += wrote;
            left -= (size_t)wrote;
        } else if (errno != EINTR) {
            answers->err = -errno;
        }
    }
    answers->used = 0;
}

/* Room for a piece; returns where it goes. */
static char *room(struct answers *answers)
{
    if (sizeof(answers->buffer) - answers->used < ITEM_MAX)
        flush(answers);
    return answers->buffer + answers->used;
}

static void put_text(struct answers *answers, const char *text, size_t size)
{
    memcpy(room(answers), text, size);
    answers->used += size;
}

static void put_number(struct answers *answers, uint32_t value)
{
    char digits[10];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    put_text(answers, digits + at, sizeof(digits) - at);
}

#define PUT(answers, literal) put_text(answers, literal, sizeof(literal) - 1)

static void put_list(struct answers *answers, const struct replay_alloc *replay)
{
    const struct alloc *heap = &replay->heap;
    const char *before = "[";

    PUT(answers, ",\"freelist\":[");
    for (uint32_t b = replay_alloc_free_first(replay); b != ALLOC_NONE;
         b = replay_alloc_free_next(replay, b)) {
        put_text(answers, before, strlen(before));
        put_number(answers, alloc_address(heap, b));
        PUT(answers, ",");
        put_number(answers, alloc_extent(heap, b));
        PUT(answers, "]");
        before = ",[";
    }
    PUT(answers, "]");
}

void answers_init(struct answers *answers, int fd, enum answers_list list)
{
    answers->fd = fd;
    answers->err = 0;
    answers->list = list;
    answers->pending = false;
    answers->used = 0;
}

static void put_values(struct answers *answers,
                       const struct replay_answer *answer)
{
    if (answer->has_rc) {
        PUT(answers, "{\"rc\":");
        if (answer->rc < 0)
            PUT(answers, "-");
        put_number(answers, answer->rc < 0);
        return;
    }
    PUT(answers, "{\"addr\":");
    if (answer->given)
        put_number(answers, answer->address);
    else
        PUT(answers, "null");
    PUT(answers, ",\"searched\":");
    put_number(answers, answer->searched);
}

void answers_put(struct answers *answers, const struct replay_answer *answer,
                 const struct replay_alloc *replay)
{
    if (answers->pending)
        PUT(answers, "}\n");
    put_values(answers, answer);
    answers->pending = answers->list == ANSWERS_LAST;
    if (answers->pending)
        return;
    if (answers->list == ANSWERS_EVERY)
        put_list(answers, replay);
    PUT(answers, "}\n");
}

int answers_finish(struct answers *answers, const struct replay_alloc *replay)
{
    if (answers->pending) {
        put_list(answers, replay);
        PUT(answers, "}\n");
    }
    answers->pending = false;
    flush(answers);
    return answers->err;
}
