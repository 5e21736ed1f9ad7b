/*
 * tests/test_isolation.c - a process that tries everything, beside three honest
 * ones: each of those finds its memory and its registers, whenever it gets the
 * CPU, as it left them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/file.h"
#include "emu/machine.h"

#define PHYS   (16u * 1024u * 1024u)
#define HONEST 3u

static const char *const honest[HONEST] = {"x86/%squicksort", "arm/%ssha256",
                                           "thumb/%sprimes"};

struct scene {
    struct machine *machine;
    const struct process *processes[HONEST]; /* by pid, from 1 on */
    uint64_t left[HONEST];                   /* hash when it left the CPU */
    bool away[HONEST];
    unsigned compared;
    uint32_t said; /* hash of what the honest ones print */
};

/* ---- what a process has ---- */

static uint64_t hash(uint64_t h, const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* Its memory, segment by segment, its registers and where its heap ends. */
static uint64_t hash_of(const struct scene *scene, const struct process *p)
{
    const struct phys *phys = os_phys(machine_os(scene->machine));
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (unsigned i = 0; i < PCB_SEGMENTS; i++)
        h = hash(h, phys->bytes + p->blocks[i].base, p->blocks[i].size);
    h = hash(h, phys->bytes + p->pcb + PCB_SAVE, PCB_SIZE - PCB_SAVE);
    return hash(h, phys->bytes + p->pcb + PCB_FIELD_BREAK, 8);
}

static void on_switch(void *ctx, uint32_t from, const struct process *to,
                      cycles_t cycle)
{
    struct scene *scene = ctx;

    (void)cycle;
    if (to->pid <= HONEST && scene->away[to->pid - 1]) {
        assert_true(scene->left[to->pid - 1] == hash_of(scene, to));
        scene->away[to->pid - 1] = false;
        scene->compared++;
    }
    if (from <= HONEST && scene->processes[from - 1]->pid == from) {
        scene->left[from - 1] = hash_of(scene, scene->processes[from - 1]);
        scene->away[from - 1] = true;
    }
}

/* ---- the machine ---- */

static int no_input(void *ctx, int fd, void *to, uint32_t size)
{
    (void)ctx, (void)fd, (void)to, (void)size;
    return 0;
}

static int on_output(void *ctx, int fd, const void *from, uint32_t size)
{
    struct scene *scene = ctx;

    if (fd == 1 && os_running_pid(machine_os(scene->machine)) <= HONEST)
        scene->said += (uint32_t)hash(1, from, size);
    return (int)size;
}

static void boot(struct scene *scene, bool paranoid)
{
    const struct machine_config config = {
        .phys_size = PHYS,
        .io = {no_input, on_output, scene},
        .counting = true,
        .paranoid = paranoid,
        .slice = 997,
    };
    const struct machine_watcher watcher = {.ctx = scene,
                                            .switched = on_switch};

    memset(scene, 0, sizeof(*scene));
    assert_int_equal(machine_create(&scene->machine, &config, &watcher), 0);
}

static struct process *spawn(struct scene *scene, const char *scheme,
                             const char *name, const char *seed)
{
    const bool plain = strcmp(scheme, "base-bounds") == 0;
    const char *root = getenv("GUESTS");
    const char *const argv[] = {"program", "120", seed};
    char folder[32], path[256], file[160];
    struct process *process = NULL;
    struct os_error why;
    void *bytes;
    size_t size;

    snprintf(folder, sizeof(folder), "%s%s", plain ? "" : scheme,
             plain ? "" : "/");
    /* NOLINTNEXTLINE: the formats are those above */
    snprintf(file, sizeof(file), name, folder);
    snprintf(path, sizeof(path), "%s/%s", root ? root : "build/guest", file);
    if (file_read(path, &bytes, &size))
        fail_msg("%s: cannot read it", path);
    const struct os_program program = {.file = bytes,
                                       .file_size = size,
                                       .argc = seed ? 3 : 1,
                                       .argv = argv,
                                       .scheme = os_scheme_find(scheme),
                                       .bounds = 65536,
                                       .base = OS_BASE_ANY,
                                       .stack = 16384,
                                       .stack_max = 65536};
    if (os_spawn(machine_os(scene->machine), &program, &process, &why))
        fail_msg("%s: %s", path, why.text);
    free(bytes);
    return process;
}

/* Returns what the honest ones print. */
static uint32_t run(const char *scheme, const char *adversary, const char *seed,
                    bool paranoid)
{
    struct scene scene;
    uint32_t bytes, largest;

    boot(&scene, paranoid);
    for (unsigned i = 0; i < HONEST; i++)
        scene.processes[i] = spawn(&scene, scheme, honest[i], NULL);
    if (adversary)
        spawn(&scene, scheme, adversary, seed);
    assert_int_equal(machine_run(scene.machine, UINT64_MAX), MACHINE_DONE);
    assert_int_equal(os_first_failure(machine_os(scene.machine)), 0);
    assert_true(scene.compared > 100);
    assert_true(os_check(machine_os(scene.machine)));
    os_memory(machine_os(scene.machine), &bytes, &largest);
    assert_int_equal(bytes, PHYS - OS_END);
    assert_int_equal(largest, bytes);
    machine_destroy(scene.machine);
    return scene.said;
}

static void test_isolation_under(const char *scheme)
{
    static const char *const adversaries[] = {"x86/%sstress/adversary",
                                              "arm/%sstress/adversary",
                                              "thumb/%sstress/adversary"};
    static const char *const seeds[] = {"1", "77"};
    const uint32_t alone = run(scheme, NULL, NULL, false);

    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 2; k++)
            assert_int_equal(run(scheme, adversaries[i], seeds[k], k), alone);
}

static void test_isolation_by_base_and_bounds(void **state)
{
    (void)state;
    test_isolation_under("base-bounds");
}

static void test_isolation_by_segments(void **state)
{
    (void)state;
    test_isolation_under("segmented");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isolation_by_base_and_bounds),
        cmocka_unit_test(test_isolation_by_segments),
    };

    return cmocka_run_group_tests_name("isolation", tests, NULL, NULL);
}
