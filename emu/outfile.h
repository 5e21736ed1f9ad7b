/*
 * emu/outfile.h - an output file that is there when it is complete.
 *
 * A regular file is written without a name and takes its name at the end, so
 * that a failure, or the end of this host process, leaves nothing behind and an
 * older file untouched. What is no regular file (a pipe, a terminal, a device)
 * is written as it is.
 *
 * Layer: emu/.
 */
#ifndef EMU_OUTFILE_H
#define EMU_OUTFILE_H

#include <stdio.h>

struct outfile {
    FILE *file;
    char *path;   /* the name it will take, or NULL: it needs none */
    char *folder; /* where that is */
    char *temp;   /* the name it has until then, or NULL: none */
};

/*
 * Open @path for writing; "-" is stdout.
 *
 * Returns 0 and fills @out, or a negative errno and leaves it alone.
 */
int outfile_open(struct outfile *out, const char *path);

/*
 * The name that an output file @path will take, links followed, also if it is
 * not there yet; *@folder is where that lies. The caller frees both. NULL with
 * errno: it cannot be told.
 */
char *outfile_resolve(const char *path, char **folder);

/* Close without a name. An outfile that is all 0 is let be. */
void outfile_drop(struct outfile *out);

/*
 * Write out what is buffered, give the file its name, and close it. Returns 0,
 * or a negative errno; then it is as if dropped.
 */
int outfile_commit(struct outfile *out);

#endif /* EMU_OUTFILE_H */
