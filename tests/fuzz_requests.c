/*
 * tests/fuzz_requests.c - hostile traces of requests, every policy: what can
 * be read is replayed, and the allocator stays sound. See `make fuzz`.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "emu/replay_alloc.h"
#include "emu/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* emu/cli.c asks for it; the libraries stay outside. */
void version_libraries(char *text, size_t size)
{
    if (size > 0)
        text[0] = '\0';
}

static void replay_line(struct replay_alloc *replay, const uint8_t *data,
                        size_t size)
{
    struct request request;
    struct replay_answer answer;
    struct os_error why = {""};
    char *line = malloc(size + 1);

    assert(line);
    memcpy(line, data, size);
    line[size] = '\0';
    if (request_parse(line, size, &request, &why) == 0)
        (void)replay_alloc_apply(replay, &request, &answer, &why);
    assert(!strchr(why.text, '\n'));
    free(line);
}

/* The first three bytes choose policy, order and the rest. */
static struct alloc_config config_of(const uint8_t *data)
{
    const struct alloc_policy *policy = alloc_policies[data[0] % 10];
    const bool by_list = data[2] % 3 == 2 && alloc_policy_has_list(policy);

    return (struct alloc_config){
        .policy = policy,
        .order = (enum alloc_order)(data[1] % ALLOC_ORDERS),
        .coalesce = by_list       ? ALLOC_COALESCE_LIST
                    : data[2] % 3 ? ALLOC_COALESCE_ADDRESS
                                  : ALLOC_COALESCE_NONE,
        .base = data[1] * 16777216u,
        .size = 1 + data[2] * 40u,
        .header = data[0] % 16,
        .align = 1u << data[1] % 6,
        .slot_size = 1 + data[0],
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct replay_alloc replay;

    if (size < 3)
        return 0;

    const struct alloc_config config = config_of(data);
    const int err = replay_alloc_init(&replay, &config);
    assert(!err);
    for (size_t at = 3; at < size; at++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        const size_t length = end ? (size_t)(end - data) - at : size - at;

        replay_line(&replay, data + at, length);
        assert(alloc_check(&replay.heap));
        at += length;
    }
    replay_alloc_reset(&replay);
    return 0;
}
