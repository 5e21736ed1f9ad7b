/*
 * emu/translate.c - translate addresses from stdin; see translate.h.
 *
 * Decisions:
 * - A fault is an answer like any other: exit code 0.
 * - An address of more than 32 bits is outside of every address space: no such
 *   segment, also where there are only base and bounds.
 * - A line that cannot be read ends the run, after what came before it was
 *   answered: exit code 1.
 * - Answers are written when the output buffer is full and at the end; a
 *   terminal gets each line at once.
 */
#include "emu/translate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/access_line.h"
#include "emu/explain.h"
#include "emu/json.h"
#include "emu/lines.h"
#include "emu/mmu_options.h"
#include "emu/quiz.h"

enum option {
    OPT_FORMAT = MMU_OPTIONS_COUNT,
    OPT_EXPLAIN,
    OPT_QUIZ,
    OPT_ANSWERS,
    OPT_COUNT
};

static const struct cli_option options[] = {
    MMU_OPTIONS_ROWS,
    [OPT_FORMAT] =
        {"trace-format", "FORMAT",
         "input is a trace: lackey (valgrind), din (Dinero) or fencepost"},
    [OPT_EXPLAIN] = {"explain", NULL,
                     "show the arithmetic, in binary and decimal"},
    [OPT_QUIZ] = {"quiz", "SEED",
                  "print exercise SEED about this machine, or a random one"},
    [OPT_ANSWERS] = {"answers", NULL, "with --quiz: and its answers"},
};

struct translate {
    const struct cli_command *command;
    struct mmu_options machine;
    enum reftrace_format format; /* REFTRACE_AUTO: by hand */
    bool explain, quiz, answers;
    uint64_t seed;
    struct mmu_machine built;
    struct associative am; /* only under --associative */
    bool has_am;
    bool has_segments; /* records name them by number */
};

/* ---- options ---- */

static bool take_format(struct translate *t, const char *value)
{
    for (unsigned i = REFTRACE_LACKEY; i < REFTRACE_COUNT; i++) {
        if (strcmp(value, reftrace_format_names[i]) == 0) {
            t->format = (enum reftrace_format)i;
            return true;
        }
    }
    cli_complain(t->command,
                 "--trace-format %s: there is lackey, din and fencepost",
                 value);
    return false;
}

static bool take(struct translate *t, int option, const char *value)
{
    switch (option) {
    case OPT_FORMAT:
        return take_format(t, value);
    case OPT_EXPLAIN:
        t->explain = true;
        return true;
    case OPT_QUIZ:
        t->quiz = true;
        return cli_size_value(t->command, "quiz", value, 0, UINT32_MAX,
                              &t->seed);
    case OPT_ANSWERS:
        t->answers = true;
        return true;
    default:
        return mmu_options_take(&t->machine, t->command, options[option].name,
                                value);
    }
}

static int read_options(struct translate *t, int argc, char **argv)
{
    const char *value = NULL;
    struct cli_walk walk;
    int got;

    cli_walk_init(&walk, t->command, argc, argv);
    while ((got = cli_next(&walk, &value)) >= 0)
        if (!take(t, got, value))
            return CLI_WRONG;
    if (got != CLI_END)
        return got;
    if (walk.rest < argc) {
        cli_complain(t->command, "'%s': addresses come from stdin",
                     argv[walk.rest]);
        return CLI_WRONG;
    }
    if (t->answers && !t->quiz) {
        cli_complain(t->command, "--answers needs --quiz SEED");
        return CLI_WRONG;
    }
    if (t->quiz && t->format != REFTRACE_AUTO) {
        cli_complain(t->command, "--trace-format means nothing with --quiz");
        return CLI_WRONG;
    }
    return CLI_END;
}

/* ---- answers ---- */

/* As the hardware does: through the associative memory, if it has one. */
static enum mmu_fault judge(struct translate *t,
                            const struct mmu_access *access, paddr_t *pa,
                            struct associative_walk *walk)
{
    const union os_mmu *mmu = &t->built.mmu;

    if (t->has_am)
        return associative_translate(&t->am, &mmu->table, access, pa, walk);
    return mmu_translate(&mmu->mmu, access, pa);
}

static void put_segment(const struct translate *t, struct json *json,
                        const struct mmu_access *access)
{
    const struct mmu *mmu = &t->built.mmu.mmu;
    struct mmu_span span;

    if (t->has_segments && mmu->ops->locate(mmu, access, &span))
        json_number(json, "segment", span.segment);
}

static bool is_outside(const struct access_line *request)
{
    return request->va > UINT32_MAX;
}

static void explain(struct translate *t, const struct access_line *request,
                    const struct mmu_access *access)
{
    if (is_outside(request))
        explain_outside(t->machine.asize, request->va, access, stdout);
    else
        explain_access(&t->built.mmu, t->machine.asize,
                       t->has_am ? &t->am : NULL, access, stdout);
}

static void answer(struct translate *t, const struct access_line *request,
                   enum mmu_prot kind)
{
    struct mmu_access access = request->access;
    struct associative_walk walk = {0};
    enum mmu_fault fault = MMU_FAULT_SEGMENT;
    struct json json;
    paddr_t pa = 0;

    access.kind = kind;
    if (t->explain) {
        explain(t, request, &access);
        return;
    }

    if (!is_outside(request))
        fault = judge(t, &access, &pa, &walk);
    json_begin(&json, stdout);
    if (request->has_kind)
        json_string(&json, "kind", mmu_kind_name(kind));
    json_number(&json, "va", request->va);
    if (request->has_size)
        json_number(&json, "size", access.size);
    if (!is_outside(request))
        put_segment(t, &json, &access);
    if (t->has_am && fault != MMU_FAULT_SEGMENT)
        json_bool(&json, "hit", !walk.read);
    json_bool(&json, "ok", !fault);
    if (fault)
        json_string(&json, "fault", mmu_fault_name(fault));
    else
        json_number(&json, "pa", pa);
    json_end(&json);
}

/* Returns CLI_OK, or what went wrong with this line, said. */
static int answer_line(struct translate *t, const char *text, size_t size,
                       uint64_t number)
{
    struct access_line request;
    const char *wrong = access_line_read(t->format, text, size, &request);

    if (wrong) {
        fflush(stdout);
        cli_complain(t->command, "line %" PRIu64 ": '%.40s': %s", number, text,
                     wrong);
        return CLI_COULD_NOT;
    }
    if (request.access.size == 0)
        return CLI_OK;
    answer(t, &request, request.access.kind);
    if (request.modify)
        answer(t, &request, MMU_WRITE);
    return ferror(stdout) ? CLI_COULD_NOT : CLI_OK;
}

static int answer_all(struct translate *t, struct lines *lines)
{
    const bool at_once = isatty(STDOUT_FILENO);
    char *text;
    size_t size;
    int got;

    while ((got = lines_next(lines, &text, &size)) > 0) {
        const int code = answer_line(t, text, size, lines->number);

        if (code)
            return code;
        if (at_once)
            fflush(stdout);
    }
    if (got == 0)
        return CLI_OK;
    cli_complain(t->command, "line %" PRIu64 ": %s", lines->number,
                 got == -E2BIG ? "too long" : strerror(-got));
    return CLI_COULD_NOT;
}

/* Nothing that was answered may be lost without a word. */
static int finish(const struct translate *t, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    cli_complain(t->command, "standard output: %s", strerror(errno));
    return CLI_COULD_NOT;
}

static int translate_all(struct translate *t)
{
    struct lines lines;
    int err, code;

    t->has_segments = t->built.mmu.mmu.ops != &base_bounds_ops;
    t->has_am = t->machine.seen & MMU_GIVEN_ASSOCIATIVE;
    (void)associative_init(&t->am, t->machine.associative);
    err = lines_open(&lines, "-");
    if (err) {
        cli_complain(t->command, "standard input: %s", strerror(-err));
        return CLI_COULD_NOT;
    }
    code = answer_all(t, &lines);
    lines_close(&lines);
    return finish(t, code);
}

static int run(struct translate *t, int argc, char **argv)
{
    int code = read_options(t, argc, argv);

    if (code != CLI_END)
        return cli_leave(t->command, code);
    if (t->quiz)
        quiz_draw(&t->machine, t->seed);
    if (!mmu_options_build(&t->machine, t->command, &t->built))
        return CLI_BAD_USAGE;
    if (t->quiz) {
        quiz_print(&t->machine, &t->built, t->seed, t->answers, stdout);
        code = finish(t, CLI_OK);
    } else {
        code = translate_all(t);
    }
    mmu_machine_clear(&t->built);
    return code;
}

static int translate_main(const struct cli_command *command, int argc,
                          char **argv)
{
    static const struct mmu_options defaults = MMU_OPTIONS_DEFAULT;
    struct translate *t = calloc(1, sizeof(*t));
    int code;

    if (!t) {
        cli_complain(command, "out of memory");
        return CLI_COULD_NOT;
    }
    t->command = command;
    t->machine = defaults;
    code = run(t, argc, argv);
    free(t);
    return code;
}

const struct cli_command translate_command = {
    .name = "translate",
    .summary = "translate addresses from stdin by given MMU registers",
    .arguments = "[options] < ADDRESSES",
    .options = options,
    .option_count = OPT_COUNT,
    .notes =
        "One address a line: VA [SIZE], or r, w or x (load, store, fetch), VA "
        "and [SIZE];\nwithout a letter it is a load, without a size one byte. "
        "sr and sw are a load and\na store through the stack pointer, for "
        "--mmu "
        "implicit. One JSON record answers each.\nA fault is an answer: exit "
        "code 0. A line that cannot be read ends the run with 1,\nafter what "
        "came before was answered; 2 is bad usage.\n\n"
        "The textbook's machine (OSTEP ch. 16), asked for 15 KiB and 7 KiB:\n"
        "  printf '15k\\n7k\\n' | fencepost translate --mmu segmented --asize "
        "16k \\\n      --phys 64k --seg 0:base=32k,bounds=2k,prot=rx \\\n      "
        "--seg 3:base=28k,bounds=2k,grow=down\n",
    .run = translate_main,
};
