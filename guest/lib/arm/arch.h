/* arch.h - lets one assembly source serve A32 and Thumb. */
        .syntax unified
#ifdef __thumb__
        .thumb
#else
        .arm
#endif

        .macro  function name
        .globl  \name
        .type   \name, %function
#ifdef __thumb__
        .thumb_func
#endif
\name:
        .endm
#define FUNCTION(name) function name
