/*
 * tests/conformance_arm.S - every form in which an A32 program touches memory.
 *
 * Read as conformance_x86.S, which explains the notation; and
 *   pcrel=N   the anchor lies N bytes behind the instruction
 *   align=4   without `strict`: a misaligned operand is not tried
 * Registers r11 and r12 belong to the loop in front.
 *
 * Source: ARM DDI 0406C, chapter A8.
 */

/* Single words, halfwords, bytes. */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1]          /* r1=@ : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r2, [r1, #8]      /* r1=@-8 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r2, [r1, #-8]     /* r1=@+8 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, #12]!    /* r1=@-12 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, #-12]!   /* r1=@+12 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1], #20     /* r1=@ : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1], #-20    /* r1=@ : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, r2]      /* r1=@-0x40 r2=0x40 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, -r2]     /* r1=@+0x40 r2=0x40 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, r2]!     /* r1=@-0x40 r2=0x40 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1], r2      /* r1=@ r2=0x12345678 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~str~strb> r0, [r1, r2, lsl #2]                    /* r1=@-0x40 r2=0x10 : <r4~r1~w4~w1> */
    <ldr~ldrb~str~strb> r0, [r1, r2, lsr #3]!                   /* r1=@-0x40 r2=0x207 : <r4~r1~w4~w1> */
    <ldr~ldrb~str~strb> r0, [r1], r2, asr #4                    /* r1=@ r2=0x87654321 : <r4~r1~w4~w1> */
    <ldr~ldrb~str~strb> r0, [r1, r2, ror #28]                   /* r1=@-0x100 r2=0x10 : <r4~r1~w4~w1> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh> r1, [r1]                        /* r1=@ : <r4~r1~r2~r1~r2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh> r2, [r1, r2]                    /* r1=@-0x40 r2=0x40 : <r4~r1~r2~r1~r2> */
    <ldrt~ldrbt~ldrht~ldrsbt~ldrsht~strt~strbt~strht> r0, [r1], #4 /* r1=@ : <r4~r1~r2~r1~r2~w4~w1~w2> */
    ldr sp, [r1]                                                /* r1=@ [@]=# : r4 */
    ldr lr, [r1, #4]!                                           /* r1=@-4 : r4 */
    str sp, [sp, #-8]!                                          /* sp=@+8 : w4 */
    str pc, [r1]                                                /* r1=@ : w4 */
    ldr pc, [r1]                                                /* r1=@ align=4 [@]=! : r4 */
    ldr pc, [r1], #4                                            /* r1=@ align=4 [@]=! : r4 */
    ldr pc, [r1, #-4]!                                          /* r1=@+4 align=4 [@]=! : r4 */
    ldr pc, [r1, r2, lsl #2]                                    /* r1=@-0x40 r2=0x10 align=4 [@]=! : r4 */
    ldr r0, [pc, #0x100]                                        /* pcrel=0x108 align=4 : r4 */
    ldrh r0, [pc, #0x42]                                        /* pcrel=0x48 align=4 : r2+2 */
    ldrsb r0, [pc, #0x41]                                       /* pcrel=0x48 align=4 : r1+1 */

/* Conditions. */
    cmp r9, r9 | ldreq r0, [r1], #4                             /* r1=@ : r4 */
    cmp r9, r9 | ldrne r0, [r1], #4                             /* r1=@ : */
    cmp r9, r9 | streq r0, [r1, #4]!                            /* r1=@-4 : w4 */
    cmp r9, r9 | strhne r0, [r1, #4]!                           /* r1=@-4 : */
    cmp r9, r9 | ldmeq r1!, {r2, r3}                            /* r1=@ align=4 strict : r4 r4+4 */
    cmp r9, r9 | popne {r2, r3}                                 /* sp=@ align=4 : */

/* Doublewords. */
    <ldrd~strd> r2, r3, [r1]                                    /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 */
    <ldrd~strd> r2, r3, [r1, #16]!                              /* r1=@-16 align=4 strict : <r4~w4> <r4~w4>+4 */
    <ldrd~strd> r2, r3, [r1], #-16                              /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 */
    <ldrd~strd> r2, r3, [r1, r4]                                /* r1=@-0x20 r4=0x20 align=4 strict : <r4~w4> <r4~w4>+4 */
    <ldrd~strd> r2, r3, [r1, -r4]!                              /* r1=@+0x20 r4=0x20 align=4 strict : <r4~w4> <r4~w4>+4 */
    <ldrd~strd> r2, r3, [r1], r4                                /* r1=@ r4=0x20 align=4 strict : <r4~w4> <r4~w4>+4 */
    ldrd r0, r1, [r0]                                           /* r0=@ align=4 strict : r4 r4+4 */
    ldrd r0, r1, [r1]                                           /* r1=@ align=4 strict : r4 r4+4 */
    ldrd r2, r3, [pc, #0x40]                                    /* pcrel=0x48 align=4 : r4 r4+4 */

/* Several registers. */
    <ldm~stm> r1, {r2}                                          /* r1=@ align=4 strict : <r4~w4> */
    <ldm~stm> r1, {r2, r3, r7}                                  /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm> r1!, {r2, r3, r7}                                 /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>ib r1, {r2, r3, r7}                                /* r1=@-4 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>ib r1!, {r2, r3, r7}                               /* r1=@-4 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>da r1, {r2, r3, r7}                                /* r1=@+8 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>da r1!, {r2, r3, r7}                               /* r1=@+8 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>db r1, {r2, r3, r7}                                /* r1=@+12 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>db r1!, {r2, r3, r7}                               /* r1=@+12 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm> r2, {r1, r2, r3}                                  /* r2=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    stm r1!, {r1, r2, r3}                                       /* r1=@ align=4 strict : w4 w4+4 w4+8 */
    stmdb r1!, {r1, r2, r3}                                     /* r1=@+12 align=4 strict : w4 w4+4 w4+8 */
    <ldm~stm> r1, {r0-r10, lr}                                  /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 <r4~w4>+12 <r4~w4>+16 <r4~w4>+20 <r4~w4>+24 <r4~w4>+28 <r4~w4>+32 <r4~w4>+36 <r4~w4>+40 <r4~w4>+44 */
    push {r0}                                                   /* sp=@+4 align=4 : w4 */
    push {r0, r4, lr}                                           /* sp=@+12 align=4 strict : w4 w4+4 w4+8 */
    pop {r0}                                                    /* sp=@ align=4 : r4 */
    pop {r0, r4, lr}                                            /* sp=@ align=4 strict : r4 r4+4 r4+8 */
    pop {r4, pc}                                                /* sp=@ align=4 strict [@+4]=! : r4 r4+4 */
    pop {pc}                                                    /* sp=@ align=4 [@]=! : r4 */
    ldm r1, {r1, r5, pc}                                        /* r1=@ align=4 strict [@+8]=! : r4 r4+4 r4+8 */
    ldmdb r1!, {r5, lr, pc}                                     /* r1=@+12 align=4 strict [@+8]=! : r4 r4+4 r4+8 */
    ldm r1, {r2, sp}                                            /* r1=@ align=4 strict [@+4]=# : r4 r4+4 */
    stm sp, {r2, sp}                                            /* sp=@ align=4 strict : w4 w4+4 */

/* Floating point and NEON. */
    <vldr~vstr> s3, [r1]                                        /* r1=@ align=4 strict : <r4~w4> */
    <vldr~vstr> s30, [r1, #0x20]                                /* r1=@-0x20 align=4 strict : <r4~w4> */
    <vldr~vstr> d3, [r1]                                        /* r1=@ align=4 strict : <r8~w8> */
    <vldr~vstr> d31, [r1, #-0x20]                               /* r1=@+0x20 align=4 strict : <r8~w8> */
    vldr d4, [pc, #0x40]                                        /* pcrel=0x48 align=4 : r8 */
    <vldm~vstm> r1, {s1-s3}                                     /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <vldm~vstm> r1!, {d1-d3}                                    /* r1=@ align=4 strict : <r8~w8> <r8~w8>+8 <r8~w8>+16 */
    <vldm~vstm>db r1!, {d16-d18}                                /* r1=@+24 align=4 strict : <r8~w8> <r8~w8>+8 <r8~w8>+16 */
    vpush {d8-d10}                                              /* sp=@+24 align=4 strict : w8 w8+8 w8+16 */
    vpop {d8-d10}                                               /* sp=@ align=4 strict : r8 r8+8 r8+16 */
    vpush {s5}                                                  /* sp=@+4 align=4 strict : w4 */
    <vld1~vst1>.<8~8> {d4}, [r1]                                /* r1=@ : <r8~w8> */
    <vld1~vst1>.32 {d4, d5}, [r1]!                              /* r1=@ align=4 : <r8~w8> <r8~w8>+8 */
    <vld1~vst1>.64 {d4-d6}, [r1], r2                            /* r1=@ r2=0x123 align=8 : <r8~w8> <r8~w8>+8 <r8~w8>+16 */
    <vld1~vst1>.16 {d4-d7}, [r1]                                /* r1=@ align=2 : <r8~w8> <r8~w8>+8 <r8~w8>+16 <r8~w8>+24 */
    <vld1~vst1>.8 {d4[3]}, [r1]                                 /* r1=@ : <r1~w1> */
    <vld1~vst1>.16 {d4[1]}, [r1]!                               /* r1=@ align=2 : <r2~w2> */
    <vld1~vst1>.32 {d4[1]}, [r1]                                /* r1=@ align=4 : <r4~w4> */
    vld1.<8~16~32> {d4[]}, [r1]                                 /* r1=@ align=4 : r<1~2~4> */
    <vld2~vst2>.8 {d4[1], d5[1]}, [r1]!                         /* r1=@ : <r1~w1> <r1~w1>+1 */
    <vld2~vst2>.32 {d4[1], d5[1]}, [r1]                         /* r1=@ align=4 : <r4~w4> <r4~w4>+4 */
    <vld3~vst3>.16 {d4[1], d5[1], d6[1]}, [r1]                  /* r1=@ align=2 : <r2~w2> <r2~w2>+2 <r2~w2>+4 */
    <vld4~vst4>.8 {d4[1], d5[1], d6[1], d7[1]}, [r1]            /* r1=@ : <r1~w1> <r1~w1>+1 <r1~w1>+2 <r1~w1>+3 */
    <vld2~vst2>.32 {d4, d5}, [r1]!                              /* r1=@ align=4 : <r4~w4> <r4~w4>+4 <r4~w4>+8 <r4~w4>+12 */
    <vld4~vst4>.16 {d4-d7}, [r1]                                /* r1=@ align=2 : <r2~w2> <r2~w2>+2 <r2~w2>+4 <r2~w2>+6 <r2~w2>+8 <r2~w2>+10 <r2~w2>+12 <r2~w2>+14 <r2~w2>+16 <r2~w2>+18 <r2~w2>+20 <r2~w2>+22 <r2~w2>+24 <r2~w2>+26 <r2~w2>+28 <r2~w2>+30 */

/* Exclusives. */
    <ldrex~ldrexb~ldrexh> r0, [r1]                              /* r1=@ align=<4~1~2> <strict~~strict> : r<4~1~2> */
    ldrexd r2, r3, [r1]                                         /* r1=@ align=8 strict : r8 */
    ldrex r3, [r1] | strex r2, r0, [r1]                         /* r1=@ align=4 nofault : w4 */
    ldrexb r3, [r1] | strexb r2, r0, [r1]                       /* r1=@ nofault : w1 */
    ldrexh r3, [r1] | strexh r2, r0, [r1]                       /* r1=@ align=2 nofault : w2 */
    ldrexd r4, r5, [r1] | strexd r2, r6, r7, [r1]               /* r1=@ align=8 nofault : w8 */
    clrex | strex r2, r0, [r1]                                  /* r1=@ align=4 nofault : */
    clrex | strexd r2, r6, r7, [r1]                             /* r1=@ align=8 nofault : */
    clrex | strexb r2, r0, [r1]                                 /* r1=@ nofault : */
    pld [r1]                                                    /* r1=@ : */

/* Traps, and what is none. */
    udf #<0~7>                                                  /* trap=undefined : */
    bkpt #<0~7>                                                 /* trap=breakpoint : */
    mcr p15, 0, r0, c1, c0, 0                                   /* trap=undefined : */
    mrc p15, 0, r0, c1, c0, 0                                   /* trap=undefined : */
    mcr p15, 0, r0, c13, c0, 3                                  /* trap=undefined : */
    mrc p15, 0, r0, c13, c0, <2~3>                              /* : */
    mcr p15, 0, r0, c13, c0, 2                                  /* : */
    mrc p14, 0, r0, c5, c0, 0                                   /* trap=undefined : */
    mcr p10, 7, r0, c8, c0, 0                                   /* trap=undefined : */
    <smc #0~hvc #0~eret>                                        /* trap=undefined : */
    setend be                                                   /* trap=undefined : */
    setend le                                                   /* trap=undefined : */
    <cpsid i~cpsie aif~cps #0x13>                               /* : */
    msr cpsr_<c~x~s>, r0                                        /* : */
    mrs r0, cpsr                                                /* : */
    cmp r9, r9 | svcne #0                                       /* : */
    <wfi~wfe~yield~sev~dmb~dsb~isb~nop>                         /* : */
    <sdiv~udiv> r0, r2, r3                                      /* r3=0 : */

/* What stands around them. */
    adds r0, r0, r2                                             /* menu r0 : */
    subs r3, r3, r4, lsl #3                                     /* menu r3 : */
    rscs r5, r6, r7                                             /* menu r5 : */
    adcs r2, r2, r0                                             /* menu r2 : */
    eors r4, r4, r3, ror #7                                     /* menu r4 : */
    muls r6, r7, r8                                             /* menu r6 : */
    umull r7, r8, r0, r1                                        /* menu r7 r8 : */
    cmp r0, r3                                                  /* menu : */
    cmn r4, r5                                                  /* menu : */
    tst r1, r2, lsr r3                                          /* menu : */
    movshs r1, r2, asr #1                                       /* menu r1 : */
    bic r9, r9, r0                                              /* menu r9 : */
    qadd r8, r0, r4                                             /* menu r8 : */
    uxtab r9, r8, r7, ror #8                                    /* menu r9 : */
    uadd8 r5, r4, r3                                            /* menu r5 : */
    msr cpsr_f, r3                                              /* menu : */
    str r0, [r11]                                               /* menu : w4 */
    ldr r3, [r11, #9]                                           /* menu r3 : r4 */
    strh r4, [r11, #15]                                         /* menu : w2 */
    push {r0, r4}                                               /* menu sp : w4 w4 */
    pop {r8}                                                    /* menu sp r8 : r4 */
    stmib r11, {r2-r5}                                          /* menu : w4 w4 w4 w4 */
    vadd.f32 s0, s1, s2                                         /* menu : */
    vmul.f64 d3, d4, d5                                         /* menu : */
    veor q4, q5, q6                                             /* menu : */
    vstr d7, [r11, #24]                                         /* menu : w8 */
