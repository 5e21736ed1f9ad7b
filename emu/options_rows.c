/* emu/options_rows.c - the options of `fencepost run`; see options.h. */
#include "emu/options_internal.h"

const char *const run_memory_names[RUN_MEMORIES] = {
    [RUN_RESIDENT] = "resident",
    [RUN_SWAPPED] = "swap",
    [RUN_EARLY] = "early",
};

const struct cli_option options_of_run[] = {
    [OPT_MMU] = {"mmu", "SCHEME",
                 "base-bounds, segmented, implicit or table: how addresses "
                 "are translated (base-bounds)"},
    [OPT_BOUNDS] = {"bounds", "SIZE",
                    "base-bounds: size of the address space (16k)"},
    [OPT_BASE] = {"base", "ADDR",
                  "base-bounds: where it lies in physical memory (the OS "
                  "finds a place)"},
    [OPT_ASIZE] = {"asize", "SIZE",
                   "segments: size of the address space, a power of two "
                   "(4g)"},
    [OPT_SEG_BITS] = {"seg-bits", "N",
                      "segments: bits of an address that select the segment "
                      "(segmented: 2; table: 8)"},
    [OPT_STACK] = {"stack", "SIZE",
                   "segments: size of the stack segment at first (64k, or "
                   "half a segment)"},
    [OPT_STACK_MAX] = {"stack-max", "SIZE",
                       "segments: and as far as it may grow (8m, or a whole "
                       "segment)"},
    [OPT_PROT] =
        {"prot", "LIST",
         "segmented, implicit: rights, e.g. code=x,data=rw,stack=rwx (code=rx, "
         "others rw)"},
    [OPT_ASSOCIATIVE] = {"associative", "N",
                         "table: descriptors kept at hand, 0 to 64; --stats "
                         "counts their hits and misses (16)"},
    [OPT_PHYS] = {"phys", "SIZE", "size of physical memory (64m)"},
    [OPT_PLACEMENT] = {"placement", "POLICY",
                       "which hole in physical memory it gets (first)"},
    [OPT_MEMORY] = {"memory", "REGIME",
                    "early: one program at a time, to its end; swap: who does "
                    "not run is in --swap FILE; resident: all that have room "
                    "(resident)"},
    [OPT_SWAP] = {"swap", "FILE",
                  "when memory is short, write processes that do not run to "
                  "FILE, and read them back"},
    [OPT_SWAP_SIZE] = {"swap-size", "SIZE",
                       "as much of FILE as may be used, below 4g (as --phys)"},
    [OPT_DISK] =
        {"disk", "FILE",
         "a disk that programs read and write, in blocks of 512 bytes: "
         "FILE, which stays as large as it is"},
    [OPT_SLICE] = {"slice", "N",
                   "several programs: cycles that one may run before the next "
                   "one's turn; without --timed, instructions (10000)"},
    [OPT_SCHEDULE] = {"schedule", "POLICY",
                      "who runs next: rr, mlfq or lottery[:SEED] (rr)"},
    [OPT_TICKETS] = {"tickets", "N", "lottery: of each process (100)"},
    [OPT_TAG] = {"tag", NULL,
                 "begin each line of output with the process it comes from"},
    [OPT_EXEC] = {"exec", "FILE",
                  "a program that processes may run (execve); those that are "
                  "started they may, too. Several: say it again"},
    [OPT_TRACE] = {"trace", "FILE",
                   "write a record for each trap, as JSON "
                   "Lines; - is stdout"},
    [OPT_TRACE_ACCESSES] = {"trace-accesses", NULL,
                            "and one for each fetch, load and store"},
    [OPT_TRACE_FORMAT] = {"trace-format", "NAME",
                          "json, or only accesses: lackey or din (json)"},
    [OPT_STATS] = {"stats", NULL, "show counters at the end, on stderr"},
    [OPT_MAX_INSTRUCTIONS] = {"max-instructions", "N",
                              "stop after so many, with exit code 124"},
    [OPT_PARANOID] = {"paranoid", NULL,
                      "check each loaded value, and all memory around"},
    [OPT_ROUND_TRIP] = {"round-trip", NULL,
                        "save, spoil and restore all registers at every block "
                        "(a self-test)"},
    [OPT_JSON] = {"json", NULL, "with --stats: as one JSON object"},
    [OPT_TIMED] = {"timed", NULL, "charge cycles: the options below imply it"},
    [OPT_TOP] = {"top", "N",
                 "with --stats: the instructions and functions that wait "
                 "longest; implies --timed"},
    CACHE_OPTION_ROWS(OPT_CACHES),
    [OPT_SHOW_COSTS] = {"show-costs", NULL, "show all costs, and do no more"},
    [OPT_SHOW_CONFIG] = {"show-config", NULL,
                         "show all this as a machine file, and do no more"},
    [OPT_SHOW_MAP] = {"show-map", NULL,
                      "show who has which physical memory before the first "
                      "instruction, and do no more"},
    [OPT_MACHINE] = {"machine", "FILE",
                     "an INI file of these options and of programs; what the "
                     "command line says comes first; - is stdin"},
};

_Static_assert(OPT_COUNT == RUN_OPTIONS, "one row for each option");
