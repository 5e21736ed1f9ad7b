/*
 * emu/samefile.c - one file under several names; see samefile.h.
 *
 * Decisions:
 * - A file is known by its device and inode. One that is still to be made is
 *   known by those of its folder, and by its name there, links followed.
 * - What cannot be looked at is no file that could be destroyed: opening it
 *   will fail, and say why.
 */
#include "emu/samefile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/outfile.h"

struct identity {
    bool known;
    dev_t device;
    ino_t inode;
    char *name; /* of a file that is not there; then the others are its
                   folder's */
};

/* Of a file that is to be made. */
static void identify_missing(const char *path, struct identity *out)
{
    char *folder = NULL, *whole = outfile_resolve(path, &folder);
    struct stat info;

    if (whole && stat(folder, &info) == 0) {
        const char *slash = strrchr(whole, '/');

        out->name = strdup(slash ? slash + 1 : whole);
        out->device = info.st_dev;
        out->inode = info.st_ino;
        out->known = out->name != NULL;
    }
    free(whole);
    free(folder);
}

static struct identity identify(const struct samefile *file)
{
    const bool is_stream = strcmp(file->path, "-") == 0;
    const int stream = file->written ? STDOUT_FILENO : STDIN_FILENO;
    struct identity out = {0};
    struct stat info;

    if (is_stream ? fstat(stream, &info) : stat(file->path, &info)) {
        if (!is_stream)
            identify_missing(file->path, &out);
        return out;
    }
    out.known = S_ISREG(info.st_mode);
    out.device = info.st_dev;
    out.inode = info.st_ino;
    return out;
}

static bool are_same(const struct identity *a, const struct identity *b)
{
    return a->known && b->known && a->device == b->device &&
           a->inode == b->inode && !a->name == !b->name &&
           (!a->name || strcmp(a->name, b->name) == 0);
}

static void complain(const struct cli_command *command,
                     const struct samefile *written,
                     const struct samefile *other)
{
    if (other->what[0] == '-')
        cli_complain(command, "%s %s: that is the file of %s %s", written->what,
                     written->path, other->what, other->path);
    else
        cli_complain(command, "%s %s: that is %s", written->what, written->path,
                     other->what);
}

/* Whether @file is none of @files, which come behind it or are only read. */
static bool is_alone(const struct cli_command *command,
                     const struct samefile *file, const struct samefile *files,
                     unsigned count)
{
    struct identity mine = identify(file);
    bool alone = true;

    for (unsigned i = 0; alone && mine.known && i < count; i++) {
        struct identity other;

        if (!files[i].path || (files[i].written && &files[i] <= file))
            continue;
        other = identify(&files[i]);
        alone = !are_same(&mine, &other);
        free(other.name);
        if (!alone)
            complain(command, file, &files[i]);
    }
    free(mine.name);
    return alone;
}

bool samefile_check(const struct cli_command *command,
                    const struct samefile *files, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (files[i].path && files[i].written &&
            !is_alone(command, &files[i], files, count))
            return false;
    return true;
}
