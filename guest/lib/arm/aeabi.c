/*
 * aeabi.c - the helpers the ARM run-time ABI asks of a C library.
 *
 * Division, shifts and soft floating point come from libgcc; these are the
 * memory helpers (ARM IHI 0043, section 4.3.4). The unwinder's personality is
 * only named by tables that the linker script drops.
 */
#include <string.h>

void __aeabi_memcpy(void *to, const void *from, size_t size);
void __aeabi_memmove(void *to, const void *from, size_t size);
void __aeabi_memset(void *to, size_t size, int byte);
void __aeabi_memclr(void *to, size_t size);
void __aeabi_unwind_cpp_pr0(void);

#define ALIAS(name, of) __typeof__(of) name __attribute__((alias(#of)))

void __aeabi_memcpy(void *to, const void *from, size_t size)
{
    memcpy(to, from, size);
}

void __aeabi_memmove(void *to, const void *from, size_t size)
{
    memmove(to, from, size);
}

/* Not memset's order of arguments. */
void __aeabi_memset(void *to, size_t size, int byte)
{
    memset(to, byte, size);
}

void __aeabi_memclr(void *to, size_t size)
{
    memset(to, 0, size);
}

void __aeabi_unwind_cpp_pr0(void)
{
}

ALIAS(__aeabi_memcpy4, __aeabi_memcpy);
ALIAS(__aeabi_memcpy8, __aeabi_memcpy);
ALIAS(__aeabi_memmove4, __aeabi_memmove);
ALIAS(__aeabi_memmove8, __aeabi_memmove);
ALIAS(__aeabi_memset4, __aeabi_memset);
ALIAS(__aeabi_memset8, __aeabi_memset);
ALIAS(__aeabi_memclr4, __aeabi_memclr);
ALIAS(__aeabi_memclr8, __aeabi_memclr);
ALIAS(__aeabi_unwind_cpp_pr1, __aeabi_unwind_cpp_pr0);
