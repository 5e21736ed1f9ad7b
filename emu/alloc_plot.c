/*
 * emu/alloc_plot.c - the heap over time as an SVG; see alloc_report.h.
 *
 * Decisions:
 * - A cell is one kept moment wide and one row of the heap high. Equal cells
 *   side by side are one rectangle, and all cells of one shade one path.
 * - Nothing in the file comes from the trace but numbers.
 */
#include "emu/alloc_report.h"

#define WIDTH   800.0
#define HEIGHT  400.0
#define CURVE   120.0 /* height of the fragmentation curve */
#define LEFT    110.0
#define TOP     40.0
#define GAP     50.0
#define SHADES  4u
#define PAGE_W  (LEFT + WIDTH + 30)
#define PAGE_H  (TOP + HEIGHT + GAP + CURVE + 50)
#define CURVE_Y (TOP + HEIGHT + GAP)

static double x_of(const struct history *history, unsigned sample)
{
    return LEFT + WIDTH * sample / (history->count ? history->count : 1);
}

/* The bottom row is the lowest address. */
static double y_of(const struct history *history, unsigned row)
{
    return TOP + HEIGHT * (history->rows - row) / history->rows;
}

/* 0: all free; SHADES: all used. */
static unsigned shade(const struct history *history, unsigned sample,
                      unsigned row)
{
    return (history->samples[sample].rows[row] * SHADES + 254) / 255;
}

static void draw_row(const struct history *history, unsigned row,
                     unsigned wanted, FILE *file)
{
    const double height = HEIGHT / history->rows;

    for (unsigned i = 0; i < history->count; i++) {
        unsigned end = i;

        while (end < history->count && shade(history, end, row) == wanted)
            end++;
        if (end == i)
            continue;
        fprintf(file, "M%.2f %.2fH%.2fv%.2fH%.2fz", x_of(history, i),
                y_of(history, row + 1), x_of(history, end), height,
                x_of(history, i));
        i = end - 1;
    }
}

static void draw_heap(const struct history *history, FILE *file)
{
    static const char *const colours[SHADES + 1] = {NULL, "#c6dbef", "#9ecae1",
                                                    "#6baed6", "#2171b5"};

    fprintf(file,
            "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" "
            "fill=\"#f4f4f4\"/>\n",
            LEFT, TOP, WIDTH, HEIGHT);
    for (unsigned s = 1; s <= SHADES; s++) {
        fprintf(file, "<path fill=\"%s\" d=\"", colours[s]);
        for (unsigned row = 0; row < history->rows; row++)
            draw_row(history, row, s, file);
        fprintf(file, "\"/>\n");
    }
}

static void draw_curve(const struct history *history,
                       double (*figure)(const struct history_sample *),
                       const char *colour, FILE *file)
{
    fprintf(file,
            "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" "
            "points=\"",
            colour);
    for (unsigned i = 0; i < history->count; i++) {
        const double y = CURVE_Y + CURVE * (1 - figure(&history->samples[i]));

        fprintf(file, "%.2f,%.2f %.2f,%.2f ", x_of(history, i), y,
                x_of(history, i + 1), y);
    }
    fprintf(file, "\"/>\n");
}

static void put_label(double x, double y, const char *anchor, const char *text,
                      FILE *file)
{
    fprintf(file, "<text x=\"%g\" y=\"%g\" text-anchor=\"%s\">%s</text>\n", x,
            y, anchor, text);
}

static void put_number(double x, double y, const char *anchor, uint64_t value,
                       FILE *file)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    put_label(x, y, anchor, text, file);
}

static void draw_labels(const struct replay_alloc *replay,
                        const struct history *history, FILE *file)
{
    char title[64];

    snprintf(title, sizeof(title), "%s: heap of %lu bytes",
             alloc_policy_name(replay->heap.policy),
             (unsigned long)history->size);
    put_label(LEFT, TOP - 14, "start", title, file);
    put_label(LEFT + WIDTH, TOP - 14, "end", "the darker the fuller", file);
    put_number(LEFT - 8, TOP + HEIGHT, "end", history->base, file);
    put_number(LEFT - 8, TOP + 10, "end",
               (uint64_t)history->base + history->size, file);
    put_label(LEFT - 8, TOP + HEIGHT / 2, "end", "address", file);
    put_label(LEFT, CURVE_Y - 8, "start", "fragmentation:", file);
    fprintf(file, "<g fill=\"#d95f02\">");
    put_label(LEFT + 110, CURVE_Y - 8, "start", "external", file);
    fprintf(file, "</g>\n<g fill=\"#1b9e77\">");
    put_label(LEFT + 180, CURVE_Y - 8, "start", "internal", file);
    fprintf(file, "</g>\n");
    put_label(LEFT - 8, CURVE_Y + 10, "end", "100%", file);
    put_label(LEFT - 8, CURVE_Y + CURVE, "end", "0%", file);
    put_label(LEFT, CURVE_Y + CURVE + 20, "start", "request 1", file);
    put_number(LEFT + WIDTH, CURVE_Y + CURVE + 20, "end", replay->requests,
               file);
}

void alloc_report_plot(const struct replay_alloc *replay,
                       const struct history *history, FILE *file)
{
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" "
            "height=\"%g\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" "
            "font-size=\"13\" fill=\"#222\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            PAGE_W, PAGE_H, PAGE_W, PAGE_H);
    draw_heap(history, file);
    fprintf(file,
            "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"none\" "
            "stroke=\"#bbb\"/>\n",
            LEFT, CURVE_Y, WIDTH, CURVE);
    draw_curve(history, history_external, "#d95f02", file);
    draw_curve(history, history_internal, "#1b9e77", file);
    draw_labels(replay, history, file);
    fprintf(file, "</svg>\n");
}
