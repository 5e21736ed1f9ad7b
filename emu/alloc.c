/*
 * emu/alloc.c - replay allocation requests; see alloc.h.
 *
 * Decisions:
 * - A line that is no request stops the run: what came before is answered, and
 *   shown in stats and plot.
 * - --compare reads the whole trace first; the first policy finds out whether
 *   it can be replayed, and the others get as far as that.
 */
#include "emu/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "emu/alloc_options.h"
#include "emu/alloc_report.h"
#include "emu/outfile.h"
#include "emu/policy.h"
#include "emu/samefile.h"

/* One run of the subcommand. */
struct alloc_job {
    const struct cli_command *command;
    struct alloc_options options;
    struct requests requests;
    struct replay_alloc replay;
    struct answers answers;
    struct history history;
    struct outfile plot;
    struct request *trace; /* --compare */
    size_t count, room;
};

static double host_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool watches(const struct alloc_job *job)
{
    return job->options.stats || job->options.plot;
}

/* What is wrong with the requests; a file is named. */
static void complain(const struct alloc_job *job, const struct os_error *why)
{
    const char *path = job->options.path;
    const bool is_file = strcmp(path, "-") != 0;

    cli_complain(job->command, "%s%s%s", is_file ? path : "",
                 is_file ? ": " : "", why->text);
}

static int begin(struct alloc_job *job, const struct alloc_config *config)
{
    const int err = replay_alloc_init(&job->replay, config);

    if (!err)
        return CLI_OK;
    cli_complain(job->command, "the heap: %s",
                 err == -ENOMEM ? "out of host memory" : strerror(-err));
    return CLI_COULD_NOT;
}

static int open_plot(struct alloc_job *job)
{
    const char *path = job->options.plot;
    const int err = path ? outfile_open(&job->plot, path) : 0;

    if (!err)
        return CLI_OK;
    cli_complain(job->command, "--plot %s: %s", path, strerror(-err));
    return CLI_COULD_NOT;
}

/* Answer all requests. Returns the exit code; what is wrong has been said. */
static int answer_all(struct alloc_job *job)
{
    struct replay_answer answer;
    struct request request;
    struct os_error why;
    int got;

    while ((got = requests_next(&job->requests, &request, &why)) > 0) {
        got = replay_alloc_apply(&job->replay, &request, &answer, &why);
        if (got)
            break;
        answers_put(&job->answers, &answer, &job->replay);
        if (job->answers.err)
            break;
        if (watches(job))
            history_add(&job->history, &job->replay);
    }

    const int err = answers_finish(&job->answers, &job->replay);
    if (got < 0)
        complain(job, &why);
    else if (err)
        cli_complain(job->command, "stdout: %s", strerror(-err));
    return got < 0 || err ? CLI_COULD_NOT : CLI_OK;
}

/* Returns @code, or CLI_COULD_NOT when the plot could not be written. */
static int finish_plot(struct alloc_job *job, int code)
{
    alloc_report_plot(&job->replay, &job->history, job->plot.file);

    const int err = outfile_commit(&job->plot);
    if (!err)
        return code;
    cli_complain(job->command, "--plot %s: %s", job->options.plot,
                 strerror(-err));
    return CLI_COULD_NOT;
}

static int replay(struct alloc_job *job)
{
    const struct alloc_config *config = &job->options.config;
    int code = begin(job, config);

    if (!code)
        code = open_plot(job);
    if (code)
        return code;

    const double start = host_clock();
    history_init(&job->history, config->base, config->size);
    answers_init(&job->answers, STDOUT_FILENO, job->options.list);
    code = answer_all(job);
    if (job->options.stats)
        alloc_report_stats(&job->replay, &job->history, host_clock() - start,
                           stderr);
    if (job->options.stats && ferror(stderr))
        code = CLI_COULD_NOT;
    return job->options.plot ? finish_plot(job, code) : code;
}

/* ---- --compare ---- */

static int keep(struct alloc_job *job, const struct request *request)
{
    if (job->count == job->room) {
        const size_t room = job->room ? 2 * job->room : 1024;
        struct request *trace = realloc(job->trace, room * sizeof(*job->trace));

        if (!trace)
            return -ENOMEM;
        job->trace = trace;
        job->room = room;
    }
    job->trace[job->count++] = *request;
    return 0;
}

/* As requests_next() at the end: 0, or what is wrong, in @why. */
static int read_trace(struct alloc_job *job, struct os_error *why)
{
    struct request request;
    int got;

    while ((got = requests_next(&job->requests, &request, why)) > 0) {
        got = keep(job, &request);
        if (got) {
            os_error_set(why, "out of host memory");
            break;
        }
    }
    return got;
}

/* The whole trace; a request that cannot be replayed ends it there for all. */
static int run_trace(struct alloc_job *job, const struct alloc_config *config,
                     bool watched, struct os_error *why)
{
    struct replay_answer answer;
    int err = replay_alloc_init(&job->replay, config);

    if (err)
        os_error_set(why, "policy %s: the heap: %s",
                     alloc_policy_name(config->policy), strerror(-err));
    for (size_t i = 0; i < job->count && !err; i++) {
        err = replay_alloc_apply(&job->replay, &job->trace[i], &answer, why);
        if (err == -EBADMSG)
            job->count = i;
        else if (!err && watched)
            history_add(&job->history, &job->replay);
    }
    return err;
}

/* The policy's row: once for the time, once to watch. */
static int compare_one(struct alloc_job *job, const struct alloc_policy *policy,
                       struct os_error *why)
{
    struct alloc_config config = job->options.config;
    int err;

    config.policy = policy;
    if (config.coalesce == ALLOC_COALESCE_LIST &&
        !alloc_policy_has_list(policy))
        config.coalesce = ALLOC_COALESCE_ADDRESS;
    history_init(&job->history, config.base, config.size);

    const double start = host_clock();
    err = run_trace(job, &config, false, why);
    const double seconds = host_clock() - start;
    replay_alloc_reset(&job->replay);
    if (err && err != -EBADMSG)
        return err;

    const int again = run_trace(job, &config, true, why);
    if (!again)
        alloc_report_row(&job->replay, &job->history, seconds, stdout);
    replay_alloc_reset(&job->replay);
    return again ? again : err;
}

static int compare(struct alloc_job *job)
{
    struct os_error why;
    int err = read_trace(job, &why);

    alloc_report_head(stdout);
    for (unsigned i = 0; i < ALLOC_POLICIES && err != -ENOMEM; i++) {
        struct os_error here;
        const int wrong = compare_one(job, alloc_policies[i], &here);

        if (wrong) { /* comes before what reading stopped at */
            err = wrong;
            why = here;
        }
    }
    if (fflush(stdout)) {
        cli_complain(job->command, "stdout: %s", strerror(errno));
        return CLI_COULD_NOT;
    }
    if (err)
        complain(job, &why);
    return err ? CLI_COULD_NOT : CLI_OK;
}

static int run_job(struct alloc_job *job)
{
    const char *path = job->options.path;
    const struct samefile files[] = {
        {"--plot", job->options.plot, true},
        {"the trace", path, false},
    };

    if (!samefile_check(job->command, files, 2))
        return CLI_BAD_USAGE;

    const int err = requests_open(&job->requests, path);
    if (err) {
        cli_complain(job->command, "%s: %s", path, strerror(-err));
        return CLI_COULD_NOT;
    }

    const int code = job->options.compare ? compare(job) : replay(job);
    outfile_drop(&job->plot);
    replay_alloc_reset(&job->replay);
    requests_close(&job->requests);
    return code;
}

static int alloc_main(const struct cli_command *command, int argc, char **argv)
{
    struct alloc_job *job = calloc(1, sizeof(*job));
    int code;

    if (!job) {
        cli_complain(command, "out of memory");
        return CLI_COULD_NOT;
    }
    job->command = command;
    code = alloc_options_parse(&job->options, command, argc, argv);
    code = code == CLI_END ? run_job(job) : cli_leave(command, code);
    free(job->trace);
    free(job);
    return code;
}

const struct cli_command alloc_command = {
    .name = "alloc",
    .summary = "replay allocation requests against a placement policy",
    .arguments = "[options] [FILE]",
    .options = options_of_alloc,
    .option_count = ALLOC_OPTIONS,
    .notes =
        "Requests come from FILE or stdin, one a line: a ID SIZE (allocate), "
        "f ID (free),\nr ID SIZE (resize). A malloc-lab .rep file is read as "
        "it is. Each answer is a line:\n\n"
        "  {\"addr\":1004,\"searched\":1,\"freelist\":[[1024,76]]}   "
        "addr null: it failed\n"
        "  {\"rc\":0,\"freelist\":[[1000,24],[1024,76]]}          "
        "rc -1: no such block\n\n"
        "POLICY: " POLICY_NAMES ".\n"
        "ORDER of lists: address, size-asc, size-desc, front, back. buddy, "
        "tree and tlsf\nhave their own; buddy, tlsf and slab's list always "
        "merge, slots never. SCOPE:\naddress (true neighbours), list (a chunk "
        "and the one behind it in the list).\nWHEN: every, last, none. What a "
        "policy counts as searched is in os/alloc/alloc.h.\n"
        "Sizes are decimal or 0x, with k, m or g (1024, its square, its cube) "
        "in either case.\n"
        "Exit code: 0; 1 a line that is no request (what came before is "
        "answered), or\nfencepost could not go on; 2 bad usage.\n",
    .run = alloc_main,
};
