/*
 * tests/fuzz_elf.c - the loader against hostile files (libFuzzer).
 *
 * An input's first byte says how to read the rest:
 *
 *      even   the file itself, as it is
 *      odd    edits of a good file: (offset, value) words of 1 + 4 bytes
 *
 * so that no seeds are needed to get past the first checks. What loads is run
 * through the walkers and ended; afterwards nothing may be left, and not a
 * byte outside the image may have changed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "os/elf.h"
#include "os/os.h"
#include "tests/elf_build.h"

#define PHYS_SIZE PHYS_SIZE_MIN
#define BOUNDS    4095u
#define BASE      20001u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int no_input(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)fd, (void)to, (void)size;
    return 0;
}

static int no_output(void *ctx, int fd, const void *from, uint32_t size)
{
    (void)ctx, (void)fd, (void)from;
    return (int)size;
}

/* The good file, with 32-bit words of its headers replaced. */
static void apply_edits(struct elf_build *elf, const uint8_t *data, size_t size)
{
    elf_build(elf, size > 0 && (data[0] & 1) ? ELF_ARM : ELF_X86);
    for (; size >= 5; data += 5, size -= 5)
        elf_put(elf, data[0] % (ELF_BUILD_ENTRY - 3), 4,
                (uint32_t)data[1] | (uint32_t)data[2] << 8 |
                    (uint32_t)data[3] << 16 | (uint32_t)data[4] << 24);
}

/* One machine for all inputs: each must leave it as it was. */
struct bench {
    struct phys *phys;
    struct os *os;
    uint8_t before[PHYS_SIZE]; /* all of memory, with nothing loaded */
};

static bool intact(const struct bench *bench, paddr_t from, paddr_t to)
{
    return memcmp(bench->phys->bytes + from, bench->before + from, to - from) ==
           0;
}

static void set_up(struct bench *bench)
{
    const struct os_io io = {no_input, no_output, NULL};

    if (phys_create(&bench->phys, PHYS_SIZE) ||
        os_create(&bench->os, bench->phys, &io))
        abort();
    phys_pattern_fill(bench->phys, OS_END, PHYS_SIZE - OS_END);
    phys_read(bench->phys, 0, bench->before, PHYS_SIZE);
}

/* It loaded: nothing else changed, and its end undoes all but its bytes. */
static void end(struct bench *bench, struct process *process)
{
    assert(process->blocks[0].base == BASE &&
           process->blocks[0].size == BOUNDS);
    assert(intact(bench, OS_END, BASE));
    assert(intact(bench, BASE + BOUNDS, PHYS_SIZE));
    assert(os_next(bench->os) == process);
    os_exit(bench->os, process, 0);
    phys_write(bench->phys, BASE, bench->before + BASE, BOUNDS);
}

static void spawn(struct bench *bench, const void *file, size_t size)
{
    static const char *const argv[] = {"fuzz"};
    const struct os_program program = {.file = file,
                                       .file_size = size,
                                       .argc = 1,
                                       .argv = argv,
                                       .bounds = BOUNDS,
                                       .base = BASE};
    struct process *process = NULL;
    struct os_error why = {""};
    uint32_t bytes, largest;

    const int err = os_spawn(bench->os, &program, &process, &why);
    assert(os_check(bench->os));
    if (!err)
        end(bench, process);
    else
        assert(!process && why.text[0] && !strchr(why.text, '\n'));

    os_memory(bench->os, &bytes, &largest);
    assert(bytes == largest && bytes == PHYS_SIZE - OS_END);
    assert(os_check(bench->os) && intact(bench, 0, PHYS_SIZE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bench bench;

    if (!bench.phys)
        set_up(&bench);
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0) {
        spawn(&bench, data + 1, size - 1); /* not aligned */
    } else {
        struct elf_build elf;

        apply_edits(&elf, data + 1, size - 1);
        spawn(&bench, elf.bytes, elf.size);
    }
    return 0;
}
