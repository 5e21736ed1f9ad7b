/*
 * mode.h - A32 or Thumb, as guest-cc was asked, and the register that is then
 * taken for a frame pointer: gcc's choice.
 */
        .syntax unified
#ifdef __thumb__
        .thumb
#define FRAME r7
#else
        .arm
#define FRAME r11
#endif
