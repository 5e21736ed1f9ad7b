/*
 * tests/test_trace.c - emu/json.c, emu/outfile.c and emu/trace.c: what a trace
 * holds, and when its file is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/json.h"
#include "emu/outfile.h"
#include "emu/trace.h"
#include "os/abi.h"
#include "tests/failing.h"
#include "tests/rig.h"

#define BASE 0x8000u

/* A rig with one process and an empty folder of its own. */
struct scene {
    struct rig *rig;
    struct process *process;
    char folder[64];
    char path[96];
};

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    rig_setup((void **)&scene->rig);
    scene->process = rig_spawn(scene->rig, ELF_X86, BASE, RIG_BOUNDS);
    snprintf(scene->folder, sizeof(scene->folder), "/tmp/fencepost.XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    snprintf(scene->path, sizeof(scene->path), "%s/trace", scene->folder);
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    const int err = rig_teardown((void **)&scene->rig);

    unlink(scene->path);
    assert_int_equal(rmdir(scene->folder), 0); /* nothing else was left */
    free(scene);
    return err;
}

static void read_back(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
}

static void test_json_escapes_what_must_be(void **state)
{
    static const struct {
        const char *what, *value, *line;
    } cases[] = {
        {"plain", "abc", "{\"k\":\"abc\"}\n"},
        {"empty", "", "{\"k\":\"\"}\n"},
        {"quote and backslash", "\"\\", "{\"k\":\"\\\"\\\\\"}\n"},
        {"controls", "\n\x01\x7f", "{\"k\":\"\\u000a\\u0001\x7f\"}\n"},
        {"UTF-8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "{\"k\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}\n"},
        {"stray bytes", "a\xff\xc3z", "{\"k\":\"a\\ufffd\\ufffdz\"}\n"},
        {"overlong", "\xc0\xaf", "{\"k\":\"\\ufffd\\ufffd\"}\n"},
        {"surrogate", "\xed\xa0\x80", "{\"k\":\"\\ufffd\\ufffd\\ufffd\"}\n"},
        {"cut", "\xe2\x82", "{\"k\":\"\\ufffd\\ufffd\"}\n"},
    };
    struct json json;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[128];
        FILE *file = tmpfile();

        json_begin(&json, file);
        json_string(&json, "k", cases[i].value);
        json_end(&json);
        rewind(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = 0;
        fclose(file);
        if (strcmp(text, cases[i].line) != 0)
            fail_msg("%s: %s", cases[i].what, text);
    }
}

static void test_json_writes_numbers_and_long_lines(void **state)
{
    static const uint32_t numbers[] = {0, 7, UINT32_MAX};
    static char text[4 * JSON_BUFFER];
    char value[2 * JSON_BUFFER];
    struct json json;
    FILE *file = tmpfile();

    (void)state;
    memset(value, 'x', sizeof(value));
    value[sizeof(value) - 1] = 0;
    json_begin(&json, file);
    json_number(&json, "a", UINT64_MAX);
    json_signed(&json, "b", INT64_MIN);
    json_signed(&json, "c", 5);
    json_bool(&json, "d", true);
    json_numbers(&json, "e", numbers, 3);
    json_numbers(&json, "f", numbers, 0);
    json_string(&json, "g", value);
    json_end(&json);
    rewind(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = 0;
    fclose(file);

    const char *want = "{\"a\":18446744073709551615,"
                       "\"b\":-9223372036854775808,\"c\":5,\"d\":true,"
                       "\"e\":[0,7,4294967295],\"f\":[],\"g\":\"xxx";
    assert_memory_equal(text, want, strlen(want));
    assert_int_equal(strlen(text), strlen(want) - 3 + strlen(value) + 3);
}

static void test_outfile_is_there_when_committed(void **state)
{
    const struct scene *scene = *state;
    struct outfile out = {0};
    char text[16];

    assert_int_equal(outfile_open(&out, scene->path), 0);
    fputs("whole\n", out.file);
    assert_int_equal(access(scene->path, F_OK), -1);
    assert_int_equal(outfile_commit(&out), 0);
    read_back(scene->path, text, sizeof(text));
    assert_string_equal(text, "whole\n");
    outfile_drop(&out); /* is let be */
    assert_int_equal(access(scene->path, F_OK), 0);
}

static void test_outfile_dropped_leaves_nothing(void **state)
{
    const struct scene *scene = *state;
    struct outfile out = {0};

    assert_int_equal(outfile_open(&out, scene->path), 0);
    fputs("half", out.file);
    outfile_drop(&out);
    assert_int_equal(access(scene->path, F_OK), -1);
}

static void test_outfile_replaces_an_older_file_at_the_end(void **state)
{
    const struct scene *scene = *state;
    struct outfile out = {0};
    char text[16];

    for (int i = 0; i < 2; i++) {
        assert_int_equal(outfile_open(&out, scene->path), 0);
        fputs(i ? "new" : "old", out.file);
        if (i) {
            fflush(out.file);
            read_back(scene->path, text, sizeof(text));
            assert_string_equal(text, "old");
        }
        assert_int_equal(outfile_commit(&out), 0);
    }
    read_back(scene->path, text, sizeof(text));
    assert_string_equal(text, "new");
}

static void test_outfile_follows_a_symbolic_link(void **state)
{
    const struct scene *scene = *state;
    struct outfile out = {0};
    struct stat info;
    char link[128], text[16];

    assert_int_equal(outfile_open(&out, scene->path), 0);
    assert_int_equal(outfile_commit(&out), 0);
    snprintf(link, sizeof(link), "%s/link", scene->folder);
    assert_int_equal(symlink("trace", link), 0);
    assert_int_equal(outfile_open(&out, link), 0);
    fputs("through", out.file);
    assert_int_equal(outfile_commit(&out), 0);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    unlink(link);
    read_back(scene->path, text, sizeof(text));
    assert_string_equal(text, "through");
}

static void test_outfile_reports_errors(void **state)
{
    const struct scene *scene = *state;
    struct outfile out = {0};

    assert_int_equal(outfile_open(&out, "/no/such/folder"), -ENOENT);
    assert_int_equal(outfile_open(&out, scene->folder), -EISDIR);
    assert_null(out.file);
    assert_int_equal(outfile_open(&out, "/dev/full"), 0);
    fputs("lost", out.file);
    assert_int_equal(outfile_commit(&out), -ENOSPC);
}

/* Begin a trace in the scene's file; finish it and read it back. */
static struct trace *begin(const struct scene *scene)
{
    struct trace *trace = NULL;

    assert_int_equal(trace_create(&trace, scene->path, TRACE_JSON), 0);
    return trace;
}

static void expect(const struct scene *scene, struct trace *trace,
                   const char *want)
{
    char text[2048];

    assert_int_equal(trace_finish(trace), 0);
    trace_destroy(trace);
    read_back(scene->path, text, sizeof(text));
    assert_string_equal(text, want);
}

static void put_trap(struct trace *trace, const struct scene *scene,
                     const struct trap *trap, bool ended)
{
    trace_before_trap(trace, scene->rig->phys, scene->process, trap);
    trace_after_trap(trace, scene->rig->phys, scene->process, trap, ended);
}

static void test_trace_of_accesses(void **state)
{
    const struct scene *scene = *state;
    struct trace *trace = begin(scene);
    const struct mmu_access fetch = {0x10, 3, MMU_EXEC};
    const struct mmu_access load = {0x200, 4, MMU_READ};
    const struct mmu_access store = {0x204, 16, MMU_WRITE};

    trace_access(trace, scene->process, 0x10, &fetch, BASE + 0x10);
    trace_access(trace, scene->process, 0x10, &load, BASE + 0x200);
    trace_access(trace, scene->process, 0x10, &store, BASE + 0x204);
    trace_access(trace, scene->process, 0x13, &fetch, BASE + 0x10);
    expect(scene, trace,
           "{\"seq\":1,\"cycle\":0,\"pid\":1,\"pc\":16,\"kind\":\"fetch\","
           "\"va\":16,\"size\":3,\"segment\":\"image\",\"offset\":16,"
           "\"pa\":32784,\"verdict\":\"ok\"}\n"
           "{\"seq\":2,\"cycle\":0,\"pid\":1,\"pc\":16,\"kind\":\"load\","
           "\"va\":512,\"size\":4,\"segment\":\"image\",\"offset\":512,"
           "\"pa\":33280,\"verdict\":\"ok\"}\n"
           "{\"seq\":3,\"cycle\":0,\"pid\":1,\"pc\":16,\"kind\":\"store\","
           "\"va\":516,\"size\":16,\"segment\":\"image\",\"offset\":516,"
           "\"pa\":33284,\"verdict\":\"ok\"}\n"
           "{\"seq\":4,\"cycle\":1,\"pid\":1,\"pc\":19,\"kind\":\"fetch\","
           "\"va\":16,\"size\":3,\"segment\":\"image\",\"offset\":16,"
           "\"pa\":32784,\"verdict\":\"ok\"}\n");
}

/* A fetch, a load, a store of other bytes, a modify, and a load at the end. */
static void put_five(struct trace *trace, const struct scene *scene)
{
    static const struct mmu_access accesses[] = {
        {0x10, 3, MMU_EXEC},        {0x200, 4, MMU_READ},
        {0x204, 16, MMU_WRITE},     {0xfffffffc, 4, MMU_READ},
        {0xfffffffc, 4, MMU_WRITE}, {0x13, 1, MMU_EXEC},
        {0x200, 2, MMU_READ},       {0x200, 4, MMU_WRITE},
        {0x200, 512, MMU_READ}};
    const struct trap trap = {.cause = TRAP_DIVIDE, .pc = 0x13};

    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++)
        trace_access(trace, scene->process, 0x10, &accesses[i], 0);
    put_trap(trace, scene, &trap, true);
    trace_switch(trace, scene->rig->phys, 1, scene->process, 9);
}

static void test_trace_in_the_formats_of_other_tools(void **state)
{
    static const struct {
        enum trace_format format;
        const char *want;
    } cases[] = {
        {TRACE_LACKEY, "I  00000010,3\n L 00000200,4\n S 00000204,16\n"
                       " M fffffffc,4\nI  00000013,1\n L 00000200,2\n"
                       " S 00000200,4\n L 00000200,512\n"},
        {TRACE_DIN, "2 10 3\n0 200 4\n1 204 10\n0 fffffffc 4\n"
                    "1 fffffffc 4\n2 13 1\n0 200 2\n1 200 4\n0 200 200\n"},
    };
    const struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct trace *trace = NULL;

        assert_int_equal(trace_create(&trace, scene->path, cases[i].format), 0);
        put_five(trace, scene);
        expect(scene, trace, cases[i].want);
    }
}

static void test_trace_of_faults_and_exceptions(void **state)
{
    const struct scene *scene = *state;
    struct trace *trace = begin(scene);
    const struct trap bounds = {.cause = TRAP_BOUNDS,
                                .pc = 0x20,
                                .insn_size = 2,
                                .cycle = 99,
                                .access = {4094, 4, MMU_WRITE},
                                .legal = 2};
    const struct trap divide = {
        .cause = TRAP_DIVIDE, .pc = 0x22, .insn_size = 2, .cycle = 100};

    put_trap(trace, scene, &bounds, false);
    put_trap(trace, scene, &divide, true);
    expect(scene, trace,
           "{\"seq\":1,\"cycle\":99,\"pid\":1,\"pc\":32,\"kind\":\"store\","
           "\"va\":4094,\"size\":4,\"segment\":\"image\",\"offset\":4094,"
           "\"verdict\":\"bounds\"}\n"
           "{\"seq\":2,\"cycle\":100,\"pid\":1,\"pc\":34,\"kind\":\"divide\"}"
           "\n");
}

static void test_trace_of_system_calls(void **state)
{
    const struct scene *scene = *state;
    struct phys *phys = scene->rig->phys;
    const paddr_t pcb = scene->process->pcb;
    struct trace *trace = begin(scene);
    static const struct {
        uint32_t number, result;
        bool ended;
    } calls[] = {{ABI_SYS_WRITE, 13, false},
                 {ABI_SYS_BRK, 0xfffff000, false},
                 {9999, (uint32_t)-ABI_ENOSYS, false},
                 {ABI_SYS_EXIT_GROUP_X86, 0, true}};

    for (size_t i = 0; i < 4; i++) {
        const struct trap trap = {
            .cause = TRAP_SYSCALL, .pc = 0x102, .insn_size = 2, .cycle = i};

        pcb_set_reg(phys, pcb, &isa_x86, X86_EAX, calls[i].number);
        pcb_set_reg(phys, pcb, &isa_x86, X86_EBX, 1);
        pcb_set_reg(phys, pcb, &isa_x86, X86_ECX, 0x200);
        pcb_set_reg(phys, pcb, &isa_x86, X86_EDX, 13);
        trace_before_trap(trace, phys, scene->process, &trap);
        scene->process->result = calls[i].result;
        trace_after_trap(trace, phys, scene->process, &trap, calls[i].ended);
    }
    expect(scene, trace,
           "{\"seq\":1,\"cycle\":0,\"pid\":1,\"pc\":256,\"kind\":\"syscall\","
           "\"number\":4,\"name\":\"write\",\"args\":[1,512,13],"
           "\"result\":13}\n"
           "{\"seq\":2,\"cycle\":1,\"pid\":1,\"pc\":256,\"kind\":\"syscall\","
           "\"number\":45,\"name\":\"brk\",\"args\":[1],"
           "\"result\":4294963200}\n"
           "{\"seq\":3,\"cycle\":2,\"pid\":1,\"pc\":256,\"kind\":\"syscall\","
           "\"number\":9999,\"args\":[1,512,13,0,0,0],\"result\":-38}\n"
           "{\"seq\":4,\"cycle\":3,\"pid\":1,\"pc\":256,\"kind\":\"syscall\","
           "\"number\":252,\"name\":\"exit_group\",\"args\":[1]}\n");
}

static void test_trace_remembers_a_write_error(void **state)
{
    const struct scene *scene = *state;
    struct trace *trace = NULL;
    const struct mmu_access fetch = {0x10, 3, MMU_EXEC};

    assert_int_equal(trace_create(&trace, "/dev/full", TRACE_JSON), 0);
    for (int i = 0; i < 10000 && !trace_error(trace); i++)
        trace_access(trace, scene->process, 0x10, &fetch, BASE + 0x10);
    assert_int_equal(trace_error(trace), -ENOSPC);
    assert_int_equal(trace_finish(trace), -ENOSPC);
    trace_destroy(trace);
}

static void test_trace_destroyed_unfinished_leaves_no_file(void **state)
{
    const struct scene *scene = *state;

    trace_destroy(begin(scene));
    trace_destroy(NULL);
    assert_int_equal(access(scene->path, F_OK), -1);
}

static void test_trace_create_reports_errors(void **state)
{
    const struct scene *scene = *state;
    struct trace *trace = NULL;

    assert_int_equal(trace_create(&trace, "/no/such/folder", TRACE_JSON),
                     -ENOENT);
    failing_after(0);
    assert_int_equal(trace_create(&trace, scene->path, TRACE_JSON), -ENOMEM);
    failing_after(-1);
    assert_null(trace);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_escapes_what_must_be),
        cmocka_unit_test(test_json_writes_numbers_and_long_lines),
        SCENE(test_outfile_is_there_when_committed),
        SCENE(test_outfile_dropped_leaves_nothing),
        SCENE(test_outfile_replaces_an_older_file_at_the_end),
        SCENE(test_outfile_follows_a_symbolic_link),
        SCENE(test_outfile_reports_errors),
        SCENE(test_trace_of_accesses),
        SCENE(test_trace_in_the_formats_of_other_tools),
        SCENE(test_trace_of_faults_and_exceptions),
        SCENE(test_trace_of_system_calls),
        SCENE(test_trace_remembers_a_write_error),
        SCENE(test_trace_destroyed_unfinished_leaves_no_file),
        SCENE(test_trace_create_reports_errors),
    };

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
