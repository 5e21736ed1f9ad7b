/*
 * emu/alloc_report.c - a trace as counters and as a table; see alloc_report.h.
 *
 * Decisions:
 * - Averages over time are those of the moments that the history keeps: all of
 *   a short trace, an even choice of a long one.
 * - Utilization is the malloc lab's: the most bytes asked for and live at once,
 *   of the heap.
 */
#include "emu/alloc_report.h"

#define NAME_WIDTH  24
#define VALUE_WIDTH 14

/* A figure over time. */
struct course {
    double mean, peak, last;
};

static struct course course_of(const struct history *history,
                               double (*figure)(const struct history_sample *))
{
    struct course course = {0};

    for (unsigned i = 0; i < history->count; i++) {
        course.last = figure(&history->samples[i]);
        course.mean += course.last / history->count;
        if (course.last > course.peak)
            course.peak = course.last;
    }
    return course;
}

static double utilization(const struct replay_alloc *replay,
                          const struct history *history)
{
    return (double)replay->payload_peak / history->size;
}

static double searched_mean(const struct replay_alloc *replay)
{
    return replay->searches
               ? (double)replay->searched / (double)replay->searches
               : 0;
}

static void print_count(FILE *file, const char *name, uint64_t value,
                        const char *what)
{
    fprintf(file, "%-*s %*llu # %s\n", NAME_WIDTH, name, VALUE_WIDTH,
            (unsigned long long)value, what);
}

static void print_real(FILE *file, const char *name, double value,
                       const char *what)
{
    fprintf(file, "%-*s %*.2f # %s\n", NAME_WIDTH, name, VALUE_WIDTH, value,
            what);
}

static void print_course(FILE *file, const char *name,
                         const struct course *course, const char *what)
{
    const struct {
        const char *suffix, *when;
        double value;
    } rows[] = {{"mean", "on average", course->mean},
                {"peak", "at worst", course->peak},
                {"last", "at the end", course->last}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char full[40], text[96];

        snprintf(full, sizeof(full), "%s_%s", name, rows[i].suffix);
        snprintf(text, sizeof(text), "%s, %s (percent)", what, rows[i].when);
        print_real(file, full, 100 * rows[i].value, text);
    }
}

void alloc_report_stats(const struct replay_alloc *replay,
                        const struct history *history, double host_seconds,
                        FILE *file)
{
    const struct course external = course_of(history, history_external);
    const struct course internal = course_of(history, history_internal);
    const double rate =
        host_seconds > 0 ? (double)replay->requests / host_seconds / 1e6 : 0;

    print_count(file, "requests", replay->requests, "requests (count)");
    print_count(file, "failed", replay->failed,
                "requests for memory that failed (count)");
    print_count(file, "refused", replay->refused,
                "requests on an ID that is not live (count)");
    print_count(file, "peak_payload", replay->payload_peak,
                "most bytes asked for and live at once (bytes)");
    print_real(file, "peak_utilization", 100 * utilization(replay, history),
               "the same, of the heap (percent)");
    print_course(file, "external", &external,
                 "free bytes outside the largest free chunk");
    print_course(file, "internal", &internal,
                 "bytes of used blocks that nobody asked for");
    print_count(file, "searched", replay->searched,
                "steps of all searches (count)");
    print_real(file, "searched_mean", searched_mean(replay),
               "steps of a search, on average (count)");
    print_count(file, "searched_peak", replay->searched_max,
                "steps of the longest search (count)");
    fprintf(file,
            "%-*s %*.3f # time that the replay took on the host (seconds)\n",
            NAME_WIDTH, "host_seconds", VALUE_WIDTH, host_seconds);
    print_real(file, "host_mrps", rate,
               "speed on the host (million requests/s)");
}

void alloc_report_head(FILE *file)
{
    fprintf(file,
            "policy      failed  utilization  external  internal  searched  "
            "host ns\n");
}

void alloc_report_row(const struct replay_alloc *replay,
                      const struct history *history, double host_seconds,
                      FILE *file)
{
    const struct course external = course_of(history, history_external);
    const struct course internal = course_of(history, history_internal);
    const double requests = replay->requests ? (double)replay->requests : 1;

    fprintf(file, "%-10s %7llu %11.1f%% %8.1f%% %8.1f%% %9.1f %8.0f\n",
            alloc_policy_name(replay->heap.policy),
            (unsigned long long)replay->failed,
            100 * utilization(replay, history), 100 * external.mean,
            100 * internal.mean, searched_mean(replay),
            1e9 * host_seconds / requests);
}
