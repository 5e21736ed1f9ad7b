/*
 * emu/run_load.c - programs, the trace and the costs of a run, and whether its
 * files are different ones; see run_internal.h.
 */
#include <errno.h>
#include <string.h>

#include "emu/file.h"
#include "emu/run_internal.h"
#include "emu/samefile.h"

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

/* The last programs come behind these. */
enum { TRACE, SWAP, DISK, MACHINE, PROGRAMS };

int run_check_files(struct run *run)
{
    const struct run_options *options = &run->options;
    struct samefile files[PROGRAMS + GUESTS_MAX] = {
        [TRACE] = {"--trace", options->trace, true},
        [SWAP] = {"--swap", options->swap, true},
        [DISK] = {"--disk", options->disk, true},
        [MACHINE] = {"--machine", options->machine, false},
    };

    for (unsigned i = 0; i < run->program_count; i++)
        files[PROGRAMS + i] =
            (struct samefile){"the program", run->guests[i].argv[0], false};
    return options->show_map || samefile_check(run->command, files,
                                               PROGRAMS + run->program_count)
               ? CLI_OK
               : CLI_BAD_USAGE;
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
