/*
 * os/elf.c - the ELF reader; see elf.h.
 *
 * Decisions of the model:
 * - The first thing wrong, in the order of the file, names the error.
 * - Sums are taken in 64 bits or avoided; no pointer is made before its range
 *   has been checked against the size of the file.
 * - A LOAD with p_memsz 0 occupies nothing and is passed over. Section headers
 *   are never looked at.
 */
#include "os/elf.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define EHDR_SIZE  52u
#define PHDR_SIZE  32u
#define IDENT_SIZE 16u
#define PN_XNUM    0xffffu /* the count is elsewhere */

enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_TLS = 7 };

struct elf_file {
    const uint8_t *bytes;
    size_t size;
};

struct elf_header {
    uint32_t type, machine, version, entry, phoff, flags, phentsize, phnum;
};

struct elf_phdr {
    uint32_t type, offset, va, filesz, memsz, flags;
};

/* Preconditions of both: the bytes are inside the file. */
static uint32_t half(const struct elf_file *file, size_t at)
{
    return (uint32_t)(file->bytes[at] | file->bytes[at + 1] << 8);
}

static uint32_t word(const struct elf_file *file, size_t at)
{
    return half(file, at) | half(file, at + 2) << 16;
}

static int check_ident(const struct elf_file *file, struct os_error *why)
{
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
    const uint8_t *ident = file->bytes;

    if (file->size < sizeof(magic) || memcmp(ident, magic, sizeof(magic)) != 0)
        os_error_set(why, "not an ELF file%s",
                     file->size == 0 ? ": it is empty" : "");
    else if (file->size < IDENT_SIZE)
        os_error_set(why, "truncated: e_ident needs %u bytes, the file has %zu",
                     IDENT_SIZE, file->size);
    else if (ident[4] != 1)
        os_error_set(why, "EI_CLASS %u%s is not 32-bit (1)", ident[4],
                     ident[4] == 2 ? " (ELF64)" : "");
    else if (ident[5] != 1)
        os_error_set(why, "EI_DATA %u%s is not little-endian (1)", ident[5],
                     ident[5] == 2 ? " (big-endian)" : "");
    else if (ident[6] != 1)
        os_error_set(why, "EI_VERSION %u is not 1", ident[6]);
    else
        return 0;
    return -ENOEXEC;
}

static int read_header(const struct elf_file *file, struct elf_header *header,
                       struct os_error *why)
{
    if (file->size < EHDR_SIZE) {
        os_error_set(why,
                     "truncated: the ELF header needs %u bytes, the file has "
                     "%zu",
                     EHDR_SIZE, file->size);
        return -ENOEXEC;
    }
    *header = (struct elf_header){
        .type = half(file, 16),
        .machine = half(file, 18),
        .version = word(file, 20),
        .entry = word(file, 24),
        .phoff = word(file, 28),
        .flags = word(file, 36),
        .phentsize = half(file, 42),
        .phnum = half(file, 44),
    };
    return 0;
}

/* What an e_type that is not EXEC means to whoever made the file. */
static const char *type_hint(uint32_t type)
{
    switch (type) {
    case 1:
        return " (relocatable object): only EXEC (2) files run; link it";
    case 3:
        return " (shared object or PIE): only EXEC (2) files load; link with "
               "-static -no-pie";
    case 4:
        return " (core dump): only EXEC (2) files run";
    default:
        return ": only EXEC (2) files run";
    }
}

static int check_header(const struct elf_header *header, struct os_error *why)
{
    const struct isa *isa = isa_find((uint16_t)header->machine);

    if (!isa)
        os_error_set(why, "e_machine %u is not i386 (3) or ARM (40)",
                     header->machine);
    else if (header->type != 2)
        os_error_set(why, "e_type %u%s", header->type, type_hint(header->type));
    else if (header->version != 1)
        os_error_set(why, "e_version %u is not 1", header->version);
    else if (header->flags & isa->elf_be8)
        os_error_set(why, "e_flags %#x: big-endian data (BE8)", header->flags);
    else if (header->phnum == 0)
        os_error_set(why, "e_phnum 0: no program headers, nothing to load");
    else if (header->phentsize != PHDR_SIZE)
        os_error_set(why, "e_phentsize %u is not %u", header->phentsize,
                     PHDR_SIZE);
    else if (header->phnum == PN_XNUM)
        os_error_set(why, "e_phnum %#x (PN_XNUM): too many program headers",
                     header->phnum);
    else
        return 0;
    return -ENOEXEC;
}

static int check_table(const struct elf_file *file,
                       const struct elf_header *header, struct os_error *why)
{
    const uint64_t end =
        header->phoff + (uint64_t)header->phnum * header->phentsize;

    if (end <= file->size)
        return 0;
    os_error_set(why,
                 "e_phoff %#x: %u program headers run past the end of the file "
                 "(%zu bytes)",
                 header->phoff, header->phnum, file->size);
    return -ENOEXEC;
}

static struct elf_phdr read_phdr(const struct elf_file *file, size_t at)
{
    return (struct elf_phdr){
        .type = word(file, at),
        .offset = word(file, at + 4),
        .va = word(file, at + 8),
        .filesz = word(file, at + 16),
        .memsz = word(file, at + 20),
        .flags = word(file, at + 24),
    };
}

/* Why a program header cannot be obeyed, or NULL. */
static const char *phdr_refused(const struct elf_phdr *phdr)
{
    switch (phdr->type) {
    case PT_DYNAMIC:
        return "PT_DYNAMIC: it is dynamically linked; link with -static "
               "-no-pie";
    case PT_INTERP:
        return "PT_INTERP: it wants a dynamic linker; link with -static "
               "-no-pie";
    case PT_TLS:
        return "PT_TLS: thread-local storage needs a thread pointer, which "
               "this machine's system calls cannot set";
    default:
        return NULL;
    }
}

static bool overlap(const struct elf_image *image, const struct elf_segment *a,
                    const struct elf_segment *b)
{
    if (image->by_use && elf_is_code(a) != elf_is_code(b))
        return false;
    return a->va < b->va + b->memsz && b->va < a->va + a->memsz;
}

/* Against the file, the address space and the LOADs before it. */
static int check_load(const struct elf_file *file,
                      const struct elf_image *image,
                      const struct elf_segment *load, struct os_error *why)
{
    const uint32_t n = load->header;

    if (load->filesz > load->memsz)
        os_error_set(why, "program header %u: p_filesz %#x > p_memsz %#x", n,
                     load->filesz, load->memsz);
    else if (load->filesz > 0 &&
             (uint64_t)load->offset + load->filesz > file->size)
        os_error_set(why,
                     "program header %u: p_offset %#x + p_filesz %#x runs past "
                     "the end of the file (%zu bytes)",
                     n, load->offset, load->filesz, file->size);
    else if (load->memsz > UINT32_MAX - load->va)
        os_error_set(why,
                     "program header %u: p_vaddr %#x + p_memsz %#x runs past "
                     "the top of the address space",
                     n, load->va, load->memsz);
    else if (image->count == ELF_SEGMENTS_MAX)
        os_error_set(why, "program header %u: more than %u LOAD segments", n,
                     ELF_SEGMENTS_MAX);
    else
        return 0;
    return -ENOEXEC;
}

static int check_overlap(const struct elf_image *image,
                         const struct elf_segment *load, struct os_error *why)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *other = &image->segments[i];

        if (!overlap(image, load, other))
            continue;
        os_error_set(why,
                     "program header %u: [%#x, %#x) overlaps program header %u "
                     "[%#x, %#x)",
                     load->header, load->va, load->va + load->memsz,
                     other->header, other->va, other->va + other->memsz);
        return -ENOEXEC;
    }
    return 0;
}

static int add_load(const struct elf_file *file, struct elf_image *image,
                    const struct elf_segment *load, struct os_error *why)
{
    if (check_load(file, image, load, why) || check_overlap(image, load, why))
        return -ENOEXEC;

    image->segments[image->count++] = *load;
    if (load->va + load->memsz > image->end)
        image->end = load->va + load->memsz;
    return 0;
}

static int read_loads(const struct elf_file *file,
                      const struct elf_header *header, struct elf_image *image,
                      struct os_error *why)
{
    for (uint32_t i = 0; i < header->phnum; i++) {
        const struct elf_phdr phdr =
            read_phdr(file, header->phoff + (size_t)i * PHDR_SIZE);
        const struct elf_segment load = {.header = i,
                                         .offset = phdr.offset,
                                         .filesz = phdr.filesz,
                                         .va = phdr.va,
                                         .memsz = phdr.memsz,
                                         .flags = phdr.flags};

        if (phdr_refused(&phdr)) {
            os_error_set(why, "program header %u is %s", i,
                         phdr_refused(&phdr));
            return -ENOEXEC;
        }
        if (phdr.type != PT_LOAD || (phdr.memsz == 0 && phdr.filesz == 0))
            continue;
        if (add_load(file, image, &load, why))
            return -ENOEXEC;
    }
    return 0;
}

/* The segment whose bytes from the file include file offset range or va. */
static bool loads_va(const struct elf_segment *s, uint32_t va)
{
    return va >= s->va && va - s->va < s->filesz;
}

static bool loads_offset(const struct elf_segment *s, uint32_t offset,
                         uint32_t size)
{
    return offset >= s->offset && size <= s->filesz &&
           offset - s->offset <= s->filesz - size;
}

static int check_entry(const struct elf_image *image, struct os_error *why)
{
    const bool thumb = image->isa->thumb_flag && (image->entry & 1);
    const uint32_t at = thumb ? image->entry - 1 : image->entry;

    if (image->isa->thumb_flag && (image->entry & 3) == 2) {
        os_error_set(why, "e_entry %#x: A32 code is aligned to 4 bytes",
                     image->entry);
        return -ENOEXEC;
    }
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];

        if (loads_va(s, at) && (!image->by_use || elf_is_code(s)))
            return 0;
    }
    os_error_set(why, "e_entry %#x lies in no %sLOAD segment's bytes",
                 image->entry, image->by_use ? "executable " : "");
    return -ENOEXEC;
}

static uint32_t find_phdrs(const struct elf_image *image,
                           const struct elf_header *header)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segments[i];

        if (loads_offset(s, header->phoff, header->phnum * PHDR_SIZE))
            return s->va + (header->phoff - s->offset);
    }
    return 0;
}

static int parse(const void *bytes, size_t size, bool by_use,
                 struct elf_image *image, struct os_error *why)
{
    const struct elf_file file = {bytes, size};
    struct elf_header header;

    if (check_ident(&file, why) || read_header(&file, &header, why) ||
        check_header(&header, why) || check_table(&file, &header, why))
        return -ENOEXEC;

    struct elf_image result = {
        .isa = isa_find((uint16_t)header.machine),
        .by_use = by_use,
        .entry = header.entry,
        .phent = PHDR_SIZE,
        .phnum = header.phnum,
    };
    if (read_loads(&file, &header, &result, why))
        return -ENOEXEC;
    if (result.count == 0) {
        os_error_set(why, "no LOAD segment: nothing to load");
        return -ENOEXEC;
    }
    if (check_entry(&result, why))
        return -ENOEXEC;
    result.phdr_va = find_phdrs(&result, &header);
    *image = result;
    return 0;
}

int elf_parse(const void *bytes, size_t size, struct elf_image *image,
              struct os_error *why)
{
    return parse(bytes, size, false, image, why);
}

int elf_parse_by_use(const void *bytes, size_t size, struct elf_image *image,
                     struct os_error *why)
{
    return parse(bytes, size, true, image, why);
}
