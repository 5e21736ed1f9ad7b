/*
 * emu/requests.h - read a trace of allocation requests.
 *
 *      a ID SIZE    allocate
 *      r ID SIZE    resize
 *      f ID         free
 *
 * The letters and the file are those of the malloc lab of CS:APP: a .rep file
 * begins with four lines of one number each (heap size, IDs, requests, weight),
 * which are passed over. So are empty lines. Numbers are decimal; a size may
 * also be hexadecimal or end in k, m or g.
 *
 * Layer: emu/.
 */
#ifndef EMU_REQUESTS_H
#define EMU_REQUESTS_H

#include "emu/lines.h"
#include "os/error.h"

enum request_kind { REQUEST_ALLOC, REQUEST_RESIZE, REQUEST_FREE };

struct request {
    enum request_kind kind;
    uint32_t id;
    uint32_t size; /* > 0, but 0 for REQUEST_FREE */
    uint64_t line; /* from 1 on */
};

struct requests {
    struct lines lines;
    unsigned header; /* lines of a .rep file's header seen */
};

/* Begin to read @path; "-" is stdin. Returns as lines_open(). */
int requests_open(struct requests *out, const char *path);

void requests_close(struct requests *requests);

/*
 * The next request. Returns 1, 0 at the end of the file, or a negative errno
 * and says in *@why what is wrong, with the number of the line:
 *   -EBADMSG  the line is no request, or is longer than LINES_MAX
 *   or what read() returns
 */
int requests_next(struct requests *requests, struct request *out,
                  struct os_error *why);

/*
 * One line of @size bytes; text[size] is 0. Returns 0 and fills @out but its
 * line number, or -EBADMSG and says what is wrong.
 */
int request_parse(const char *text, size_t size, struct request *out,
                  struct os_error *why);

#endif /* EMU_REQUESTS_H */
