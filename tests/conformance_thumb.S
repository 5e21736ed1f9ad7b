/*
 * tests/conformance_thumb.S - the same for Thumb, 16-bit and 32-bit encodings.
 *
 * Read as conformance_x86.S and conformance_arm.S; and
 *   it=N      the IT bits in the CPSR before the instruction
 *
 * Source: ARM DDI 0406C, chapter A8.
 */

/* 16-bit encodings. */
    <ldr~ldrb~ldrh~str~strb~strh> r0, [r1]                      /* r1=@ : <r4~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~str~strb~strh> r2, [r1, #8]                  /* r1=@-8 : <r4~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, r2]      /* r1=@-0x40 r2=0x40 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~str> r0, [sp, #16]                                     /* sp=@-16 : <r4~w4> */
    ldr r1, [r1]                                                /* r1=@ : r4 */
    ldr.n r0, [pc, #0x40]                                       /* pcrel=0x44 align=4 : r4 */
    <ldm~stm>.n r1!, {r2, r3, r7}                               /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    ldm.n r1, {r1, r2, r3}                                      /* r1=@ align=4 strict : r4 r4+4 r4+8 */
    push {r0}                                                   /* sp=@+4 align=4 strict : w4 */
    push {r0, r4, lr}                                           /* sp=@+12 align=4 strict : w4 w4+4 w4+8 */
    pop {r0}                                                    /* sp=@ align=4 strict : r4 */
    pop {r0, r4, r7}                                            /* sp=@ align=4 strict : r4 r4+4 r4+8 */
    pop {r4, pc}                                                /* sp=@ align=4 strict [@+4]=! : r4 r4+4 */
    pop {pc}                                                    /* sp=@ align=4 strict [@]=! : r4 */

/* 32-bit encodings. */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh>.w r8, [r1]        /* r1=@ : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh>.w r2, [r1, #0x808] /* r1=@-0x808 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r2, [r1, #-8]     /* r1=@+8 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, #12]!    /* r1=@-12 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1, #-12]!   /* r1=@+12 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1], #20     /* r1=@ : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh> r0, [r1], #-20    /* r1=@ : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldr~ldrb~ldrh~ldrsb~ldrsh~str~strb~strh>.w r0, [r1, r2, lsl #2] /* r1=@-0x40 r2=0x10 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    <ldrt~ldrbt~ldrht~ldrsbt~ldrsht~strt~strbt~strht> r0, [r1, #4] /* r1=@-4 : <r4~r1~r2~r1~r2~w4~w1~w2> */
    ldr.w sp, [r1]                                              /* r1=@ align=4 [@]=# : r4 */
    ldr.w lr, [r1, #4]!                                         /* r1=@-4 : r4 */
    ldr.w pc, [r1]                                              /* r1=@ align=4 [@]=! : r4 */
    ldr.w pc, [r1], #4                                          /* r1=@ align=4 [@]=! : r4 */
    ldr.w pc, [r1, r2, lsl #2]                                  /* r1=@-0x40 r2=0x10 align=4 [@]=! : r4 */
    ldr.w r0, [pc, #0x101]                                      /* pcrel=0x104 align=4 : r4+1 */
    ldrh.w r0, [pc, #0x42]                                      /* pcrel=0x44 align=4 : r2+2 */
    <ldrd~strd> r2, r5, [r1]                                    /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 */
    <ldrd~strd> r2, r5, [r1, #16]!                              /* r1=@-16 align=4 strict : <r4~w4> <r4~w4>+4 */
    <ldrd~strd> r2, r5, [r1], #-16                              /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 */
    ldrd r0, r1, [r0]                                           /* r0=@ align=4 strict : r4 r4+4 */
    ldrd r1, r0, [r0]                                           /* r0=@ align=4 strict : r4 r4+4 */
    ldrd r2, r3, [pc, #0x40]                                    /* pcrel=0x44 align=4 : r4 r4+4 */
    <ldm~stm>.w r1, {r2, r3, r8}                                /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>.w r1!, {r2, r3, r8}                               /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>db r1, {r2, r3, r8}                                /* r1=@+12 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>db r1!, {r2, r3, r8}                               /* r1=@+12 align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>.w r2, {r1, r2, r8}                                /* r2=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <ldm~stm>.w r1, {r0-r10, lr}                                /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 <r4~w4>+12 <r4~w4>+16 <r4~w4>+20 <r4~w4>+24 <r4~w4>+28 <r4~w4>+32 <r4~w4>+36 <r4~w4>+40 <r4~w4>+44 */
    push.w {r0, r8, lr}                                         /* sp=@+12 align=4 strict : w4 w4+4 w4+8 */
    pop.w {r0, r8, lr}                                          /* sp=@ align=4 strict : r4 r4+4 r4+8 */
    pop.w {r4, r8, pc}                                          /* sp=@ align=4 strict [@+8]=! : r4 r4+4 r4+8 */
    ldm.w r1, {r1, r5, pc}                                      /* r1=@ align=4 strict [@+8]=! : r4 r4+4 r4+8 */
    tbb [r1, r2]                                                /* r1=@-7 r2=7 [@]=0 : r1 */
    tbh [r1, r2, lsl #1]                                        /* r1=@-14 r2=7 [@]=0 : r2 */

/* Floating point and NEON. */
    <vldr~vstr> s3, [r1]                                        /* r1=@ align=4 strict : <r4~w4> */
    <vldr~vstr> d3, [r1, #0x20]                                 /* r1=@-0x20 align=4 strict : <r8~w8> */
    vldr d4, [pc, #0x40]                                        /* pcrel=0x44 align=4 : r8 */
    <vldm~vstm> r1!, {s1-s3}                                    /* r1=@ align=4 strict : <r4~w4> <r4~w4>+4 <r4~w4>+8 */
    <vldm~vstm>db r1!, {d16-d18}                                /* r1=@+24 align=4 strict : <r8~w8> <r8~w8>+8 <r8~w8>+16 */
    vpush {d8-d10}                                              /* sp=@+24 align=4 strict : w8 w8+8 w8+16 */
    vpop {d8-d10}                                               /* sp=@ align=4 strict : r8 r8+8 r8+16 */
    <vld1~vst1>.8 {d4, d5}, [r1]!                               /* r1=@ : <r8~w8> <r8~w8>+8 */
    <vld1~vst1>.32 {d4[1]}, [r1]                                /* r1=@ align=4 : <r4~w4> */
    <vld2~vst2>.8 {d4[1], d5[1]}, [r1]!                         /* r1=@ : <r1~w1> <r1~w1>+1 */

/* Exclusives. */
    <ldrex~ldrexb~ldrexh> r0, [r1]                              /* r1=@ align=<4~1~2> <strict~~strict> : r<4~1~2> */
    ldrex r0, [r1, #8]                                          /* r1=@-8 align=4 strict : r4 */
    ldrexd r2, r3, [r1]                                         /* r1=@ align=8 strict : r8 */
    ldrex r3, [r1, #8] | strex r2, r0, [r1, #8]                 /* r1=@-8 align=4 nofault : w4 */
    ldrexb r3, [r1] | strexb r2, r0, [r1]                       /* r1=@ nofault : w1 */
    ldrexd r4, r5, [r1] | strexd r2, r6, r7, [r1]               /* r1=@ align=8 nofault : w8 */
    clrex | strex r2, r0, [r1]                                  /* r1=@ align=4 nofault : */
    clrex | strexh r2, r0, [r1]                                 /* r1=@ align=2 nofault : */

/* Inside IT blocks. */
    cmp r9, r9; it eq | ldreq r0, [r1]                          /* r1=@ it=0x08 : r4 */
    cmp r9, r9; it ne | ldrne r0, [r1]                          /* r1=@ it=0x18 : */
    cmp r9, r9; it ne | ldrne.w r0, [r1], #4                    /* r1=@ it=0x18 : */
    cmp r9, r9; itt eq | streq r0, [r1] | addeq r2, r2, #1      /* r1=@ it=0x04 : w4 */
    cmp r9, r9; ite eq | ldreq.w r8, [r1], #4 | strne r0, [r1]  /* r1=@ it=0x0c : r4 */
    cmp r9, r9; ite ne; movne r3, r4 | ldreq r8, [r1]           /* r1=@ it=0x08 : r4 */
    cmp r9, r9; itete ne; ldrne r0, [r1]; addeq r2, r2, #1; strne r0, [r1] | strdeq r2, r3, [r1] /* r1=@ align=4 strict it=0x08 : w4 w4+4 */
    cmp r9, r9; itttt eq; moveq r3, r4; addeq r3, r3, #1 | ldmeq r1!, {r2, r3, r7} | subeq r3, r3, #3 /* r1=@ align=4 strict it=0x04 : r4 r4+4 r4+8 */
    cmp r9, r9; ittee eq; moveq r3, r4 | pusheq {r0, r4, lr} | movne r3, r5; addne r3, r3, #1 /* sp=@+12 align=4 strict it=0x0e : w4 w4+4 w4+8 */
    cmp r9, r9; itt eq; moveq r3, r4 | popeq {r4, pc}           /* sp=@ align=4 strict [@+4]=! it=0x08 : r4 r4+4 */
    cmp r9, r9; ite ne; movne r3, r4 | ldreq.w pc, [r1]         /* r1=@ align=4 [@]=! it=0x08 : r4 */
    cmp r9, r9; itt eq | vldreq d4, [r1] | ldreq r0, [r1]       /* r1=@ align=4 strict it=0x04 : r8 */
    cmp r9, r9; ittt eq | cmpeq r1, r1 | ldreq r0, [r1]; ldreq r2, [r1] /* r1=# it=0x02 : */
    cmp r9, r9; itt eq; cmpeq r9, r9 | strheq r0, [r1]          /* r1=@ it=0x08 : w2 */

/* Traps, and what is none. */
    udf<.n~.w> #7                                               /* trap=undefined : */
    bkpt #<0~7>                                                 /* trap=breakpoint : */
    mcr p15, 0, r0, c1, c0, 0                                   /* trap=undefined : */
    mrc p15, 0, r0, c13, c0, 3                                  /* : */
    smc #0                                                      /* trap=undefined : */
    setend be                                                   /* trap=undefined : */
    <cpsid i~cpsie aif>                                         /* : */
    msr cpsr_c, r0                                              /* : */
    cmp r9, r9; itt eq; moveq r3, r4 | bkpt #1                  /* it=0x08 trap=breakpoint : */
    cmp r9, r9; itt eq | udfeq.n #1 | moveq r3, r4              /* it=0x04 trap=undefined : */
    cmp r9, r9; itt ne | udfne.n #1 | movne r3, r4              /* it=0x14 : */
    cmp r9, r9; it ne | svcne #0                                /* it=0x18 : */
    <wfi~wfe~yield~sev~dmb~nop>                                 /* : */
    cbz r3, 1f; 1:                                              /* : */

/* What stands around them. */
    adds r0, r0, r2                                             /* menu r0 : */
    subs.w r3, r3, r4, lsl #3                                   /* menu r3 : */
    rsbs r5, r5, #0                                             /* menu r5 : */
    adcs r2, r0                                                 /* menu r2 : */
    eors.w r4, r4, r3, ror #7                                   /* menu r4 : */
    muls r6, r7                                                 /* menu r6 : */
    umull r7, r8, r0, r1                                        /* menu r7 r8 : */
    cmp r0, r3                                                  /* menu : */
    cmn.w r4, r5                                                /* menu : */
    tst r1, r2                                                  /* menu : */
    lsls r1, r2, #3                                             /* menu r1 : */
    bics r6, r0                                                 /* menu r6 : */
    qadd r8, r0, r4                                             /* menu r8 : */
    uxtb r5, r4                                                 /* menu r5 : */
    uadd8 r5, r4, r3                                            /* menu r5 : */
    msr cpsr_f, r3                                              /* menu : */
    it cs; addcs r5, r5, #1                                     /* menu r5 : */
    itet mi; addmi r5, r5, #1; movpl r5, r3; movmi r2, r3       /* menu r2 r5 : */
    str.w r0, [r11]                                             /* menu : w4 */
    ldr.w r3, [r11, #9]                                         /* menu r3 : r4 */
    strh.w r4, [r11, #15]                                       /* menu : w2 */
    push {r0, r4}                                               /* menu sp : w4 w4 */
    pop.w {r8}                                                  /* menu sp r8 : r4 */
    stm.w r11, {r2-r5}                                          /* menu : w4 w4 w4 w4 */
    vadd.f32 s0, s1, s2                                         /* menu : */
    vmul.f64 d3, d4, d5                                         /* menu : */
    veor q4, q5, q6                                             /* menu : */
    vstr d7, [r11, #24]                                         /* menu : w8 */
