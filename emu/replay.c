/*
 * emu/replay.c - drive the memory system from a recorded trace; see replay.h.
 *
 * Decisions:
 * - Without the options of an MMU an address is virtual and physical, but our
 *   own records have both. With them the virtual one is translated; what is
 *   refused is counted by its fault, and is no reference and costs nothing.
 * - An address of more than 32 bits is outside of every address space: no such
 *   segment. The report counts them apart, too.
 * - A modify must be legal as a load and as a store. It is translated once.
 * - lackey's traces are there to be compared with cachegrind, which cuts a
 *   reference that is longer than the shortest line (28 bytes of FLDENV, 512
 *   of FXSAVE) to that length. So do we, for that format only.
 * - A wrong line ends the trace. What came before is reported, then the line.
 */
#include "emu/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/reftrace.h"
#include "emu/replay_options.h"
#include "emu/replay_report.h"

#define BATCH 1024u

struct replay {
    const struct cli_command *command;
    struct replay_options options;
    struct reftrace trace;
    struct mmu_machine machine; /* if the options translate */
    struct charge *charge;
    uint64_t faults[MMU_FAULT_COUNT];
    uint64_t wide; /* addresses of more than 32 bits, which no space has */
};

static uint32_t shortest_line(const struct memsys_config *config,
                              enum memsys_level last)
{
    uint32_t line = config->caches[MEMSYS_L1I].line;

    if (config->caches[MEMSYS_L1D].line < line)
        line = config->caches[MEMSYS_L1D].line;
    return config->caches[last].line < line ? config->caches[last].line : line;
}

/* A load and a store of the same bytes: the fault of either, or neither. */
static enum mmu_fault judge(const struct mmu *mmu,
                            const struct mmu_access *access, bool modifies,
                            paddr_t *pa)
{
    struct mmu_access load = *access;
    enum mmu_fault fault = MMU_FAULT_NONE;

    load.kind = MMU_READ;
    if (modifies)
        fault = mmu_translate(mmu, &load, pa);
    return fault ? fault : mmu_translate(mmu, access, pa);
}

static void translate(struct replay *replay, const struct memsys_ref *ref)
{
    const struct mmu *mmu = &replay->machine.mmu.mmu;
    const bool modifies = ref->kind & MMU_READ && ref->kind & MMU_WRITE;
    const struct mmu_access access = {(vaddr_t)ref->va, ref->size,
                                      modifies ? MMU_WRITE : ref->kind};
    paddr_t pa = 0;
    const enum mmu_fault fault = ref->va > UINT32_MAX
                                     ? MMU_FAULT_SEGMENT
                                     : judge(mmu, &access, modifies, &pa);

    replay->faults[fault]++;
    replay->wide += ref->va > UINT32_MAX;
    if (fault)
        return;
    if (modifies)
        charge_modify(replay->charge, mmu, &access, pa);
    else
        charge_access(replay->charge, mmu, &access, pa);
}

static void simulate(struct replay *replay, struct memsys_ref *refs,
                     size_t count, uint32_t longest)
{
    for (size_t i = 0; i < count; i++) {
        if (refs[i].size > longest)
            refs[i].size = longest;
        if (replay->options.translates)
            translate(replay, &refs[i]);
        else
            memsys_access(replay->charge->memsys, &refs[i]);
    }
}

/* Returns as reftrace_read(): 0 at the end, or what is wrong. */
static int feed(struct replay *replay)
{
    const uint32_t shortest = shortest_line(
        &replay->options.caches.config, memsys_last(replay->charge->memsys));
    struct memsys_ref refs[BATCH];
    size_t count;
    int got;

    do {
        got = reftrace_read(&replay->trace, refs, BATCH, &count);
        simulate(replay, refs, count,
                 replay->trace.format == REFTRACE_LACKEY ? shortest
                                                         : MMU_ACCESS_MAX);
    } while (got == 1);
    return got;
}

static void report(const struct replay *replay)
{
    const struct replay_result result = {
        .charge = replay->charge,
        .faults = replay->options.translates ? replay->faults : NULL,
        .wide = replay->wide,
        .has_copies = replay->machine.mmu.mmu.ops == &segment_table_ops,
    };

    if (replay->options.json)
        replay_report_json(&result, stdout);
    else
        replay_report_text(&result, stdout);
}

/* What was asked for must reach its reader. */
static int flushed(const struct replay *replay)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CLI_OK;
    cli_complain(replay->command, "stdout: %s", strerror(errno));
    return CLI_COULD_NOT;
}

static int complain_of_trace(const struct replay *replay, int err)
{
    const char *path = replay->options.path;
    const unsigned long long line = replay->trace.line;

    if (err == -EINVAL)
        cli_complain(replay->command, "%s:%llu: %s", path, line,
                     replay->trace.why);
    else if (err == -E2BIG)
        cli_complain(replay->command, "%s:%llu: the line is too long", path,
                     line);
    else
        cli_complain(replay->command, "%s: %s", path, strerror(-err));
    return CLI_COULD_NOT;
}

static unsigned copies_of(const struct mmu_options *mmu)
{
    return mmu->seen & MMU_GIVEN_ASSOCIATIVE ? mmu->associative
                                             : ASSOCIATIVE_DEFAULT;
}

static int replay_all(struct replay *replay)
{
    const struct replay_options *options = &replay->options;
    int err;

    if (options->show_costs) {
        cache_options_show_costs(&options->caches.costs, stdout);
        return flushed(replay);
    }
    if (options->translates &&
        !mmu_options_build(&options->mmu, replay->command, &replay->machine))
        return CLI_BAD_USAGE;
    err = charge_create(&replay->charge, &options->caches.config,
                        &options->caches.costs, copies_of(&options->mmu));
    if (err) {
        cli_complain(replay->command, "the caches: %s", strerror(-err));
        return CLI_COULD_NOT;
    }
    err = reftrace_open(&replay->trace, options->path, options->format);
    if (err)
        return complain_of_trace(replay, err);
    err = feed(replay);
    report(replay);

    const int code = flushed(replay);
    return err && !code ? complain_of_trace(replay, err) : code;
}

static int replay_main(const struct cli_command *command, int argc, char **argv)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    int code;

    if (!replay) {
        cli_complain(command, "out of memory");
        return CLI_COULD_NOT;
    }
    replay->command = command;
    code = replay_options_parse(&replay->options, command, argc, argv);
    code = code == CLI_END ? replay_all(replay) : cli_leave(command, code);
    reftrace_close(&replay->trace);
    charge_destroy(replay->charge);
    mmu_machine_clear(&replay->machine);
    free(replay);
    return code;
}

const struct cli_command replay_command = {
    .name = "replay",
    .summary = "drive caches and DRAM from a recorded trace",
    .arguments = "[options] [FILE|-]",
    .options = replay_option_rows,
    .option_count = REPLAY_OPTIONS,
    .notes = CACHE_OPTION_NOTES
    "\n"
    "Traces: valgrind --tool=lackey --trace-mem=yes; Dinero's din (label, "
    "address, perhaps\nsize, hexadecimal); fencepost run --trace FILE "
    "--trace-accesses. Without FILE it is stdin.\n\n"
    "Counters go to stdout. A line that is no reference ends the trace: "
    "what came before\nis reported, then the line, and the exit code is "
    "1.\n",
    .run = replay_main,
};
