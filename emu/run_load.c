/*
 * emu/run_load.c - programs, the trace and the costs of a run; see
 * run_internal.h.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/file.h"
#include "emu/run_internal.h"

static void add_started(struct run *run)
{
    for (unsigned i = 0; i < run->options.process_count; i++) {
        const struct run_process *process = &run->options.processes[i];

        run->guests[run->guest_count++] =
            (struct guest){.argv = process->argv, .argc = process->argc};
    }
}

static int load_file(const struct run *run, struct guest *guest)
{
    const char *path = guest->argv[0];
    const int err = file_read(path, &guest->file, &guest->file_size);

    if (!err)
        return CLI_OK;
    cli_complain(run->command, "%s: %s", path,
                 err == -EINVAL ? "not a regular file" : strerror(-err));
    return err == -ENOENT || err == -ENOTDIR ? CLI_NOT_FOUND : CLI_CANNOT_LOAD;
}

static void add_granted(struct run *run)
{
    run->program_count = run->guest_count;
    for (unsigned i = 0; i < run->options.exec_count; i++)
        run->guests[run->program_count++] =
            (struct guest){.argv = &run->options.exec[i], .argc = 1};
}

int run_load(struct run *run)
{
    int code = CLI_OK;

    add_started(run);
    add_granted(run);
    for (unsigned i = 0; !code && i < run->program_count; i++)
        code = load_file(run, &run->guests[i]);
    return code;
}

/* What a run writes must not replace a program. */
bool run_is_program(const struct run *run, const char *path)
{
    struct stat trace, program;

    if (stat(path, &trace))
        return false;
    for (unsigned i = 0; i < run->program_count; i++)
        if (stat(run->guests[i].argv[0], &program) == 0 &&
            trace.st_dev == program.st_dev && trace.st_ino == program.st_ino)
            return true;
    return false;
}

int run_open_charge(struct run *run)
{
    const struct cache_options *caches = &run->options.caches;
    int err = run->options.timed
                  ? charge_create(&run->charge, &caches->config, &caches->costs,
                                  run->options.associative)
                  : 0;

    if (!err && run->options.top)
        err = hotspots_create(&run->hotspots);
    if (!err)
        return CLI_OK;
    cli_complain(run->command, "the caches: %s", strerror(-err));
    return CLI_BROKEN;
}

int run_open_trace(struct run *run)
{
    const char *path = run->options.show_map ? NULL : run->options.trace;

    if (path && run_is_program(run, path)) {
        cli_complain(run->command, "--trace %s: that is the program", path);
        return CLI_BAD_USAGE;
    }

    const int err =
        path ? trace_create(&run->trace, path, run->options.trace_format) : 0;
    if (err) {
        cli_complain(run->command, "--trace %s: %s", path, strerror(-err));
        return CLI_BROKEN;
    }
    if (run->trace && run->charge)
        trace_set_clock(run->trace, &run->charge->clock);
    return CLI_OK;
}
