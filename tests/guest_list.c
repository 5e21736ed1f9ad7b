/* tests/guest_list.c - see guest_list.h. */
#include "tests/guest_list.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/file.h"

#define GUESTS_MAX     256u
#define BOUNDS_PROGRAM (64u * 1024u)
#define INPUT_LINES    400
#define PARTNER        29u /* is so many further in the list */

struct list {
    struct guest *guests;
    size_t count;
    bool broken;
};

/* The numbers from 1 to 400, a line each: as tests/guest_oracle.sh. */
static const char *numbers(void)
{
    static char text[INPUT_LINES * 5];
    size_t used = 0;

    for (int i = 1; i <= INPUT_LINES; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%d\n", i);
    return text;
}

/* What a program is given; the same as in tests/guest_oracle.sh. */
static void give(struct guest *guest, const char *name)
{
    static const char *const args[] = {"args", "one", "two words", "", "-x"};

    guest->argv[0] = "guest";
    if (!strcmp(name, "args"))
        memcpy(guest->argv, args, sizeof(args));
    if (!strcmp(name, "echo"))
        guest->input = numbers();
}

bool guest_is_zoo(const struct guest *guest)
{
    return strstr(guest->name, "/zoo/") != NULL;
}

static void add(struct list *list, const char *arch, const char *folder,
                const char *name)
{
    struct guest *guest = &list->guests[list->count];
    const char *root = getenv("GUESTS");
    char path[512];

    if (list->count == GUESTS_MAX ||
        (size_t)snprintf(guest->name, sizeof(guest->name), "%s/%s%s", arch,
                         folder, name) >= sizeof(guest->name)) {
        fprintf(stderr, "%s: too many programs, or too long a name\n", name);
        list->broken = true;
        return;
    }
    list->count++;
    snprintf(path, sizeof(path), "%s/%s", root ? root : "build/guest",
             guest->name);
    give(guest, name);
    guest->bounds = guest_is_zoo(guest) ? OS_BOUNDS_DEFAULT : BOUNDS_PROGRAM;
    if (file_read(path, &guest->file, &guest->file_size)) {
        fprintf(stderr, "%s is missing: make guests\n", path);
        list->broken = true;
    }
}

static int is_source(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);

    return length > 2 && !strcmp(entry->d_name + length - 2, ".c");
}

/* The programs whose sources are in @sources. */
static void add_all(struct list *list, const char *arch, const char *folder,
                    const char *sources)
{
    struct dirent **entries = NULL;
    const int count = scandir(sources, &entries, is_source, alphasort);

    if (count <= 0) {
        fprintf(stderr, "%s: no sources; run this from the top folder\n",
                sources);
        list->broken = true;
    }
    for (int i = 0; i < count; i++) {
        entries[i]->d_name[strlen(entries[i]->d_name) - 2] = '\0';
        add(list, arch, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

struct guest *guest_list(size_t *count)
{
    static const struct {
        const char *arch, *zoo;
    } rows[] = {
        {"x86", "guest/zoo/x86"},
        {"arm", "guest/zoo/arm"},
        {"thumb", "guest/zoo/arm"},
    };
    /* GUEST_SOFT and GUEST_SOFT_PROGRAMS of guest/guest.mk. */
    static const char *const soft[] = {"arm-soft", "thumb-soft"};
    static const char *const soft_programs[] = {
        "floats", "hello", "int64", "matrix", "quicksort", "setjmp"};
    struct list list = {calloc(GUESTS_MAX, sizeof(struct guest)), 0, false};

    if (!list.guests)
        return NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        add_all(&list, rows[i].arch, "", "guest/programs");
        add_all(&list, rows[i].arch, "zoo/", "guest/zoo");
        add_all(&list, rows[i].arch, "zoo/", rows[i].zoo);
    }
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < sizeof(soft_programs) / sizeof(char *); j++)
            add(&list, soft[i], "", soft_programs[j]);
    *count = list.count;
    for (size_t i = 0; i < list.count; i++)
        list.guests[i].partner = &list.guests[(i + PARTNER) % list.count];
    if (!list.broken)
        return list.guests;
    guest_list_free(list.guests, list.count);
    return NULL;
}

void guest_list_free(struct guest *guests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(guests[i].file);
    free(guests);
}
