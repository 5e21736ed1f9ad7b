/*
 * emu/outfile.c - complete or absent; see outfile.h.
 *
 * Decisions:
 * - O_TMPFILE where the file system has it: even SIGKILL leaves nothing.
 *   Elsewhere a temporary name beside the file, which only a signal can leave.
 * - A symbolic link stays one: the file it points to is replaced, or made where
 *   it is missing.
 * - The new file has the rights of the one it replaces.
 */
#include "emu/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40
#define MODE      (S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)
#define MODE_ALL  (S_IRWXU | S_IRWXG | S_IRWXO)

/* Whether @path is there and written in place. */
static bool is_special(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

static char *folder_of(const char *path)
{
    char *copy = strdup(path);
    char *folder = copy ? strdup(dirname(copy)) : NULL;

    free(copy);
    return folder;
}

/*
 * What the link @path says, seen from where it lies. NULL with errno EINVAL: it
 * is no link.
 */
static char *follow(const char *path)
{
    char target[PATH_MAX], *joined = NULL;
    const ssize_t length = readlink(path, target, sizeof(target) - 1);

    if (length < 0)
        return NULL;
    target[length] = '\0';
    if (target[0] == '/')
        return strdup(target);
    char *folder = folder_of(path);
    if (!folder || asprintf(&joined, "%s/%s", folder, target) < 0)
        joined = NULL;
    free(folder);
    return joined;
}

/* The file that @path means once links are followed, which may be missing. */
static char *resolve(const char *path)
{
    char *at = strdup(path);

    for (int i = 0; at && i < LINKS_MAX; i++) {
        char *next = realpath(at, NULL);

        if (next) {
            free(at);
            return next;
        }
        next = follow(at);
        if (!next && (errno == EINVAL || errno == ENOENT))
            return at;
        free(at);
        at = next;
    }
    if (at)
        errno = ELOOP;
    free(at);
    return NULL;
}

char *outfile_resolve(const char *path, char **folder)
{
    char *whole = resolve(path);

    *folder = whole ? folder_of(whole) : NULL;
    if (*folder)
        return whole;
    free(whole);
    return NULL;
}

static void release(struct outfile *out)
{
    free(out->path);
    free(out->folder);
    free(out->temp);
    *out = (struct outfile){0};
}

/* Returns a descriptor or a negative errno. */
static int open_nameless(struct outfile *out)
{
    int fd = open(out->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd >= 0 ? fd : -errno;
    if (asprintf(&out->temp, "%s.XXXXXX", out->path) < 0) {
        out->temp = NULL;
        return -ENOMEM;
    }
    fd = mkostemp(out->temp, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(fd, MODE & ~mask);
    return fd;
}

static int open_temp(struct outfile *out)
{
    const int fd = open_nameless(out);
    struct stat old;

    if (fd >= 0 && stat(out->path, &old) == 0)
        (void)fchmod(fd, old.st_mode & MODE_ALL);
    return fd;
}

/* A descriptor that cannot be written to stands for one that was closed. */
static int open_stdout(void)
{
    const int flags = fcntl(STDOUT_FILENO, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
        errno = EBADF;
        return -1;
    }
    return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static int open_fd(struct outfile *out, const char *path)
{
    int fd;

    if (strcmp(path, "-") == 0)
        fd = open_stdout();
    else if (is_special(path))
        fd = open(path, O_WRONLY | O_CLOEXEC);
    else
        return (out->path = outfile_resolve(path, &out->folder))
                   ? open_temp(out)
                   : -errno;
    return fd < 0 ? -errno : fd;
}

int outfile_open(struct outfile *out, const char *path)
{
    struct outfile made = {0};
    const int fd = open_fd(&made, path);

    if (fd < 0) {
        release(&made);
        return fd;
    }
    made.file = fdopen(fd, "w");
    if (!made.file) {
        const int err = -errno;

        close(fd);
        release(&made);
        return err;
    }
    *out = made;
    return 0;
}

void outfile_drop(struct outfile *out)
{
    if (!out->file)
        return;
    if (out->temp)
        unlink(out->temp);
    fclose(out->file);
    release(out);
}

/* Link the nameless file to a name of its own beside its place. */
static int name_temp(struct outfile *out)
{
    char from[64];

    snprintf(from, sizeof(from), "/proc/self/fd/%d", fileno(out->file));
    for (unsigned i = 0; i < 1000; i++) {
        char *name;

        if (asprintf(&name, "%s.%ld.%u", out->path, (long)getpid(), i) < 0)
            return -ENOMEM;
        if (linkat(AT_FDCWD, from, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
            out->temp = name;
            return 0;
        }
        const int err = errno;
        free(name);
        if (err != EEXIST)
            return -err;
    }
    return -EEXIST;
}

static int commit(struct outfile *out)
{
    if (fflush(out->file))
        return -errno;
    if (!out->path)
        return 0;
    if (!out->temp) {
        const int err = name_temp(out);

        if (err)
            return err;
    }
    if (rename(out->temp, out->path))
        return -errno;
    free(out->temp);
    out->temp = NULL;
    return 0;
}

int outfile_commit(struct outfile *out)
{
    int err = commit(out);

    if (err) {
        outfile_drop(out);
        return err;
    }
    err = fclose(out->file) ? -errno : 0;
    release(out);
    return err;
}
