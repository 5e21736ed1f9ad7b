/*
 * tests/conformance_x86.S - every form in which an i386 program touches memory,
 * and what each touches, written down from the manual (Intel SDM volume 2).
 *
 * One form a line: conformance.py assembles it and puts it, with its comment,
 * into conformance.inc. <a~b~c> stands for three lines. Of `x | y | z`, y is
 * the instruction under test; all else runs whether it traps or not.
 *
 * The comment is SETUP : ACCESSES.
 *   SETUP     reg=V        V: a number; @ the anchor, the address that the test
 *                          moves about; # a safe one; ! the next instruction;
 *                          each with +N or -N. @16: only in the low half.
 *             [V]=V        a word of memory
 *             rep=N,S      N passes, each S bytes further
 *             fill=B       bytes at the anchor; fill#=B at the safe address
 *             align=N      the anchor must be aligned; strict: else a trap
 *             df=1         strings go down
 *             abs          the bytes 12345678 of the instruction are the anchor
 *             nofault      only where all is legal
 *             trap=CAUSE   it traps where all is legal
 *             open         known to go wrong: not run, but counted
 *   ACCESSES  r or w, size, and an offset from the anchor, or # and from there
 * The bit tests are open because they leave the flags that the manual calls
 * undefined as the library's blocks happen to be cut.
 *
 * A comment `menu REGS : ACCESSES` is an instruction to put before or behind
 * the others; it changes REGS.
 */

/* Moves. */
    mov<b %al~w %ax~l %eax>, (%ebx)             /* ebx=@ : w<1~2~4> */
    mov<b (%ebx), %al~w (%ebx), %ax~l (%ebx), %eax> /* ebx=@ : r<1~2~4> */
    mov<b %ch~w %di~l %esp>, (%ecx)             /* ecx=@ : w<1~2~4> */
    mov<b (%ecx), %ch~w (%ecx), %cx~l (%ecx), %ecx> /* ecx=@ : r<1~2~4> */
    mov<b $0x5a~w $0x5aa5~l $0x5aa51234>, (%ebx) /* ebx=@ : w<1~2~4> */
    movl %eax, 0x10(%esi,%edi,4)                /* esi=@-0x50 edi=0x10 : w4 */
    movl -8(%ebp,%ecx,8), %edx                  /* ebp=@+0x48 ecx=-8 : r4 */
    movw %dx, 0x1000(,%ecx,2)                   /* ecx=@h-0x800 align=2 : w2 */
    movl (,%esi,1), %esi                        /* esi=@ : r4 */
    movb 4(%esp), %bl                           /* esp=@-4 : r1 */
    movl (%esp), %esp                           /* esp=@ : r4 */
    movl %esp, -4(%esp)                         /* esp=@+4 : w4 */
    mov<b %al~w %ax~l %eax>, 0x12345678         /* abs : w<1~2~4> */
    mov<b 0x12345678, %al~w 0x12345678, %ax~l 0x12345678, %eax> /* abs : r<1~2~4> */
    mov<b %dl~w %dx~l %edx>, 0x12345678         /* abs : w<1~2~4> */
    mov<b 0x12345678, %dl~w 0x12345678, %dx~l 0x12345678, %edx> /* abs : r<1~2~4> */
    movl $0x11223344, 0x12345678                /* abs : w4 */
    movl %eax, (%bx,%si)                        /* ebx=@16-0x40 esi=0x99990040 : w4 */
    movl 0x10(%bp,%di), %eax                    /* ebp=@16+0x20 edi=0x8765ffd0 : r4 */
    movb %cl, -2(%di)                           /* edi=@16+2 : w1 */
    movw 0x123(%si), %cx                        /* esi=@16-0x123 : r2 */
    addr16 movb %al, 0x5678                     /* abs16 : w1 */
    addr16 movl 0x5678, %eax                    /* abs16 : r4 */
    movl %es:(%ebx), %eax                       /* ebx=@ : r4 */
    movl %ecx, %ss:(%ebx)                       /* ebx=@ : w4 */
    movl %cs:(%ebx), %ecx                       /* ebx=@ : r4 */
    movl %gs:(%ebx), %eax                       /* gs_base=0x234 ebx=@-0x234 : r4 */
    movl %eax, %fs:4(%ebx)                      /* fs_base=0xfffff000 ebx=@+0xffc : w4 */
    movaps %gs:(%ebx), %xmm0                    /* gs_base=0x240 ebx=@-0x240 align=16 strict : r16 */
    fldt %gs:(%ebx)                             /* gs_base=0x234 ebx=@-0x234 : r10 */
    movsl %fs:(%esi), %es:(%edi)                /* fs_base=0x234 esi=@-0x234 edi=# : r4 w4# */
    movw %ds, (%ebx)                            /* ebx=@ : w2 */
    movzb<w~l> (%ebx), <%cx~%ecx>               /* ebx=@ : r1 */
    movsb<w~l> (%ebx), <%cx~%ecx>               /* ebx=@ : r1 */
    mov<z~s>wl (%ebx), %ebx                     /* ebx=@ : r2 */
    mov<nti %eax~nti %ecx>, (%ebx)              /* ebx=@ : w4 */
    cmov<z~nz~l~a> (%ebx), %eax                 /* ebx=@ : r4 */
    cmovcw (%ebx), %ax                          /* ebx=@ : r2 */
    set<z~nz~l~a> (%ebx)                        /* ebx=@ : w1 */
    xlat                                        /* ebx=@-5 eax=0x11223305 : r1 */
    lea 8(%ebx), %eax                           /* ebx=@ : */

/* The stack. */
    push<l %eax~l %esp~w %cx>                   /* esp=@+<4~4~2> : w<4~4~2> */
    push<l $5~l $0x12345678~w $0x1234~w $5>     /* esp=@+<4~4~2~2> : w<4~4~2~2> */
    push<l~w> (%ebx)                            /* ebx=@ esp=#+8 : r<4~2> w<4~2>#+<4~6> */
    push<l~w> (%ebx)                            /* ebx=# esp=@+<4~2> : r<4~2># w<4~2> */
    pushl 8(%esp)                               /* esp=@ : r4+8 w4-4 */
    push %<ds~es~ss~cs~fs~gs>                   /* esp=@+4 : w4 */
    pushf<l~w>                                  /* esp=@+<4~2> : w<4~2> */
    pop<l %eax~l %esp~w %cx>                    /* esp=@ : r<4~4~2> */
    pop<l~w> (%ebx)                             /* ebx=@ esp=# : r<4~2># w<4~2> */
    pop<l~w> (%ebx)                             /* ebx=# esp=@ : r<4~2> w<4~2># */
    popl 8(%esp)                                /* esp=@ : r4 w4+12 */
    popf<l~w>                                   /* esp=@ [@]=0x2d5 : r<4~2> */
    pushal                                      /* esp=@+32 : w4+28 w4+24 w4+20 w4+16 w4+12 w4+8 w4+4 w4 */
    pushaw                                      /* esp=@+16 : w2+14 w2+12 w2+10 w2+8 w2+6 w2+4 w2+2 w2 */
    popal                                       /* esp=@ : r4 r4+4 r4+8 r4+16 r4+20 r4+24 r4+28 */
    popaw                                       /* esp=@ : r2 r2+2 r2+4 r2+8 r2+10 r2+12 r2+14 */
    enter $16, $0                               /* esp=@+4 : w4 */
    enter $8, $1                                /* esp=@+8 : w4+4 w4 */
    enter $8, $3                                /* esp=@+16 ebp=#+32 : w4+12 r4#+28 w4+8 r4#+24 w4+4 w4 */
    enter $8, $3                                /* esp=#+32 ebp=@+8 : w4#+28 r4+4 w4#+24 r4 w4#+20 w4#+16 */
    leave                                       /* ebp=@ : r4 */
    call 1f; 1:                                 /* esp=@+4 : w4 */
    call *%eax                                  /* eax=! esp=@+4 : w4 */
    call *(%ebx)                                /* ebx=@ [@]=! esp=#+8 : r4 w4#+4 */
    call *(%ebx)                                /* ebx=# [#]=! esp=@+4 : r4# w4 */
    jmp *(%ebx)                                 /* ebx=@ [@]=! : r4 */
    jmp *%ebx                                   /* ebx=! : */
    ret                                         /* esp=@ [@]=! : r4 */
    ret $8                                      /* esp=@ [@]=! : r4 */

/* Read, modify, write. */
    <add~or~adc~sbb~and~sub~xor>b %cl, (%ebx)   /* ebx=@ : r1 w1 */
    <add~or~adc~sbb~and~sub~xor>w %cx, (%ebx)   /* ebx=@ : r2 w2 */
    <add~or~adc~sbb~and~sub~xor>l %ecx, (%ebx)  /* ebx=@ : r4 w4 */
    <add~or~adc~sbb~and~sub~xor>b $0x77, (%ebx) /* ebx=@ : r1 w1 */
    <add~or~adc~sbb~and~sub~xor>w $0x7766, (%ebx) /* ebx=@ : r2 w2 */
    <add~or~adc~sbb~and~sub~xor>l $-7, (%ebx)   /* ebx=@ : r4 w4 */
    <add~or~adc~sbb~and~sub~xor>l $0x77665544, (%ebx) /* ebx=@ : r4 w4 */
    <add~or~adc~sbb~and~sub~xor>l (%ebx), %ecx  /* ebx=@ : r4 */
    <add~or~adc~sbb~and~sub~xor>w (%ebx), %cx   /* ebx=@ : r2 */
    <add~or~adc~sbb~and~sub~xor>b (%ebx), %ch   /* ebx=@ : r1 */
    lock <add~or~adc~sbb~and~sub~xor>l %ecx, (%ebx) /* ebx=@ : r4 w4 */
    cmp<b %cl~w %cx~l %ecx>, (%ebx)             /* ebx=@ : r<1~2~4> */
    cmpl $0x1000, (%ebx)                        /* ebx=@ : r4 */
    test<b %cl~w %cx~l %ecx>, (%ebx)            /* ebx=@ : r<1~2~4> */
    testl $0x1000, (%ebx)                       /* ebx=@ : r4 */
    <inc~dec~neg~not>b (%ebx)                   /* ebx=@ : r1 w1 */
    <inc~dec~neg~not>w (%ebx)                   /* ebx=@ : r2 w2 */
    <inc~dec~neg~not>l (%ebx)                   /* ebx=@ : r4 w4 */
    lock <inc~dec~not>l (%ebx)                  /* ebx=@ : r4 w4 */
    lock negl (%ebx)                            /* ebx=@ : r4 w4 */
    <rol~ror~rcl~rcr~shl~shr~sar>l $3, (%ebx)   /* ebx=@ : r4 w4 */
    <rol~ror~rcl~rcr~shl~shr~sar>w $1, (%ebx)   /* ebx=@ : r2 w2 */
    <rol~ror~rcl~rcr~shl~shr~sar>b %cl, (%ebx)  /* ebx=@ ecx=5 : r1 w1 */
    <shld~shrd>l $7, %eax, (%ebx)               /* ebx=@ : r4 w4 */
    <shld~shrd>w %cl, %ax, (%ebx)               /* ebx=@ ecx=3 : r2 w2 */
    btl %eax, (%ebx)                            /* open eax=37 ebx=@-4 : r4 */
    <bts~btr~btc>l %eax, (%ebx)                 /* open eax=37 ebx=@-4 : r4 w4 */
    <bts~btr~btc>l %eax, (%ebx)                 /* open eax=-1 ebx=@+4 : r4 w4 */
    btsw %ax, (%ebx)                            /* open eax=0x7fff0011 ebx=@-2 : r2 w2 */
    btl $9, (%ebx)                              /* open ebx=@ : r4 */
    <bts~btr~btc>l $9, (%ebx)                   /* open ebx=@ : r4 w4 */
    lock btsl $9, (%ebx)                        /* open ebx=@ : r4 w4 */
    <bsf~bsr> (%ebx), %eax                      /* ebx=@ : r4 */
    xchg<b %cl~w %cx~l %ecx>, (%ebx)            /* ebx=@ : r<1~2~4> w<1~2~4> */
    xadd<b %cl~w %cx~l %ecx>, (%ebx)            /* ebx=@ : r<1~2~4> w<1~2~4> */
    cmpxchg<b %cl~w %cx~l %ecx>, (%ebx)         /* ebx=@ : r<1~2~4> w<1~2~4> */
    cmpxchgl %ecx, (%ebx)                       /* ebx=@ eax=0x55555555 [@]=0x55555555 : r4 w4 */
    lock cmpxchgl %ecx, (%ebx)                  /* ebx=@ eax=0x55555555 [@]=0x55555555 : r4 w4 */
    lock xaddl %ecx, (%ebx)                     /* ebx=@ : r4 w4 */
    cmpxchg8b (%esi)                            /* esi=@ : r8 w8 */
    lock cmpxchg8b (%esi)                       /* esi=@ eax=1 edx=2 [@]=1 [@+4]=2 : r8 w8 */
    imull (%ebx), %eax                          /* ebx=@ : r4 */
    imulw $0x300, (%ebx), %ax                   /* ebx=@ : r2 */
    <mul~imul>l (%ebx)                          /* ebx=@ : r4 */
    mulb (%ebx)                                 /* ebx=@ : r1 */
    <div~idiv>l (%ebx)                          /* ebx=@ [@]=0x71234567 eax=0x7654321 edx=0 : r4 */
    divw (%ebx)                                 /* ebx=@ [@]=0x4567 eax=0x7654321 edx=0 : r2 */
    boundl %eax, (%ebx)                         /* ebx=@ eax=0 [@]=0xfffffff0 [@+4]=0x7fff : r4 r4+4 */
    boundw %ax, (%ebx)                          /* ebx=@ eax=0 [@]=0x7ffffff0 : r2 r2+2 */

/* Strings. */
    movs<b~w~l>                                 /* esi=@ edi=# : r<1~2~4> w<1~2~4># */
    movs<b~w~l>                                 /* esi=# edi=@ : r<1~2~4># w<1~2~4> */
    movs<b~w~l>                                 /* df=1 esi=# edi=@ : r<1~2~4># w<1~2~4> */
    stos<b~w~l>                                 /* edi=@ : w<1~2~4> */
    stosl                                       /* df=1 edi=@ : w4 */
    lods<b~w~l>                                 /* esi=@ : r<1~2~4> */
    scas<b~w~l>                                 /* edi=@ : r<1~2~4> */
    cmps<b~w~l>                                 /* esi=@ edi=# : r<1~2~4># r<1~2~4> */
    cmps<b~w~l>                                 /* esi=# edi=@ : r<1~2~4> r<1~2~4># */
    rep movs<b~w~l>                             /* esi=@ edi=# ecx=5 rep=5,<1~2~4> : r<1~2~4> w<1~2~4># */
    rep movs<b~w~l>                             /* esi=# edi=@ ecx=5 rep=5,<1~2~4> : r<1~2~4># w<1~2~4> */
    rep movs<b~w~l>                             /* df=1 esi=#+64 edi=@ ecx=5 rep=5,-<1~2~4> : r<1~2~4>#+64 w<1~2~4> */
    rep movsb                                   /* esi=@ edi=@+1 ecx=9 rep=9,1 : r1 w1+1 */
    rep stos<b~w~l>                             /* edi=@ ecx=6 rep=6,<1~2~4> : w<1~2~4> */
    rep stosl                                   /* df=1 edi=@ ecx=6 rep=6,-4 : w4 */
    rep lods<b~w~l>                             /* esi=@ ecx=4 rep=4,<1~2~4> : r<1~2~4> */
    rep movsl                                   /* esi=@ edi=# ecx=0 rep=0,4 : r4 w4# */
    repe scas<b~w~l>                            /* edi=@ eax=0x24242424 fill=0x24 ecx=5 rep=5,<1~2~4> : r<1~2~4> */
    repne scas<b~w~l>                           /* edi=@ eax=0x35353535 fill=0x24 ecx=5 rep=5,<1~2~4> : r<1~2~4> */
    repne scasb                                 /* df=1 edi=@ eax=0x35353535 fill=0x24 ecx=5 rep=5,-1 : r1 */
    repe cmps<b~w~l>                            /* esi=@ edi=# fill=7 fill#=7 ecx=5 rep=5,<1~2~4> : r<1~2~4># r<1~2~4> */
    repe cmps<b~w~l>                            /* esi=# edi=@ fill=7 fill#=7 ecx=5 rep=5,<1~2~4> : r<1~2~4> r<1~2~4># */
    repne cmpsb                                 /* esi=# edi=@ fill=8 fill#=7 ecx=5 rep=5,1 : r1 r1# */
    stosb %al, %es:(%di)                        /* edi=@16 : w1 */

/* x87. */
    fld<s~l~t> (%ebx)                           /* ebx=@ : r<4~8~10> */
    fst<s~l> (%ebx)                             /* ebx=@ : w<4~8> */
    fstp<s~l~t> (%ebx)                          /* ebx=@ : w<4~8~10> */
    fild<s~l~ll> (%ebx)                         /* ebx=@ : r<2~4~8> */
    fist<s~l> (%ebx)                            /* ebx=@ : w<2~4> */
    fistp<s~l~ll> (%ebx)                        /* ebx=@ : w<2~4~8> */
    fisttp<s~l~ll> (%ebx)                       /* ebx=@ : w<2~4~8> */
    fbld (%ebx)                                 /* ebx=@ [@]=0x12345678 [@+4]=0x00112233 [@+8]=0 : r10 */
    fbstp (%ebx)                                /* ebx=@ : w10 */
    f<add~mul~com~comp~sub~subr~div~divr>s (%ebx) /* ebx=@ : r4 */
    f<add~mul~com~comp~sub~subr~div~divr>l (%ebx) /* ebx=@ : r8 */
    fi<add~mul~com~comp~sub~subr~div~divr>s (%ebx) /* ebx=@ : r2 */
    fi<add~mul~com~comp~sub~subr~div~divr>l (%ebx) /* ebx=@ : r4 */
    fldcw (%ebx)                                /* ebx=@ [@]=0xf7f : r2 */
    fnstcw (%ebx)                               /* ebx=@ : w2 */
    fnstsw (%ebx)                               /* ebx=@ : w2 */
    fnstenv (%ebx)                              /* ebx=@ : w28 */
    data16 fnstenv (%ebx)                       /* ebx=@ : w14 */
    fldenv (%ebx)                               /* ebx=@ [@]=0x37f [@+4]=0x2800 [@+8]=0x1234 : r28 */
    data16 fldenv (%ebx)                        /* ebx=@ [@]=0x1000037f : r14 */
    fnsave (%ebx)                               /* ebx=@ : w108 */
    data16 fnsave (%ebx)                        /* ebx=@ : w94 */
    frstor (%ebx)                               /* ebx=@ [@]=0x37f [@+4]=0x2800 [@+8]=0x1234 : r108 */
    data16 frstor (%ebx)                        /* ebx=@ [@]=0x1000037f : r94 */
    fxsave (%ebx)                               /* ebx=@ align=16 strict : w512 */
    fxrstor (%ebx)                              /* ebx=@ align=16 strict [@]=0x37f [@+24]=0x1f80 : r512 */

/* MMX and SSE. */
    movd (%ebx), %<mm3~xmm3>                    /* ebx=@ : r4 */
    movd %<mm3~xmm3>, (%ebx)                    /* ebx=@ : w4 */
    movq (%ebx), %<mm3~xmm3>                    /* ebx=@ : r8 */
    movq %<mm3~xmm3>, (%ebx)                    /* ebx=@ : w8 */
    p<addd~subb~xor~cmpeqw~maddwd> (%ebx), %mm1 /* ebx=@ : r8 */
    p<sllw~srad~srlq> (%ebx), %mm1              /* ebx=@ : r8 */
    packssdw (%ebx), %mm1                       /* ebx=@ : r8 */
    punpckl<bw~wd~dq> (%ebx), %mm2              /* ebx=@ : r4 */
    punpckh<bw~wd~dq> (%ebx), %mm2              /* ebx=@ : r8 */
    pshufw $0x1b, (%ebx), %mm2                  /* ebx=@ : r8 */
    movntq %mm2, (%ebx)                         /* ebx=@ : w8 */
    maskmovq %mm1, %mm2                         /* edi=@ : w8 */
    mov<ss~sd> (%ebx), %xmm1                    /* ebx=@ : r<4~8> */
    mov<ss~sd> %xmm1, (%ebx)                    /* ebx=@ : w<4~8> */
    mov<lps~hps~lpd~hpd> (%ebx), %xmm1          /* ebx=@ : r8 */
    mov<lps~hps~lpd~hpd> %xmm1, (%ebx)          /* ebx=@ : w8 */
    mov<ups~upd~dqu> (%ebx), %xmm1              /* ebx=@ : r16 */
    mov<ups~upd~dqu> %xmm1, (%ebx)              /* ebx=@ : w16 */
    movups 5(%esi,%edi,4), %xmm7                /* esi=@-0x45 edi=0x10 : r16 */
    lddqu (%ebx), %xmm1                         /* ebx=@ : r16 */
    mov<aps~apd~dqa> (%ebx), %xmm1              /* ebx=@ align=16 strict : r16 */
    mov<aps~apd~dqa> %xmm1, (%ebx)              /* ebx=@ align=16 strict : w16 */
    movnt<ps~pd~dq> %xmm1, (%ebx)               /* ebx=@ align=16 strict : w16 */
    movaps 0x12345678, %xmm2                    /* abs align=16 strict : r16 */
    mov<sldup~shdup> (%ebx), %xmm1              /* ebx=@ align=16 strict : r16 */
    movddup (%ebx), %xmm1                       /* ebx=@ : r8 */
    <add~mul~sub~min~div~max~sqrt>ps (%ebx), %xmm1 /* ebx=@ align=16 strict : r16 */
    <add~mul~sub~min~div~max~sqrt>pd (%ebx), %xmm1 /* ebx=@ align=16 strict : r16 */
    <add~mul~sub~min~div~max~sqrt>ss (%ebx), %xmm1 /* ebx=@ : r4 */
    <add~mul~sub~min~div~max~sqrt>sd (%ebx), %xmm1 /* ebx=@ : r8 */
    <and~andn~or~xor>ps (%ebx), %xmm1           /* ebx=@ align=16 strict : r16 */
    <and~andn~or~xor>pd (%ebx), %xmm1           /* ebx=@ align=16 strict : r16 */
    <rcp~rsqrt>ss (%ebx), %xmm1                 /* ebx=@ : r4 */
    <rcp~rsqrt>ps (%ebx), %xmm1                 /* ebx=@ align=16 strict : r16 */
    cmple<ps~pd> (%ebx), %xmm1                  /* ebx=@ align=16 strict : r16 */
    cmple<ss~sd> (%ebx), %xmm1                  /* ebx=@ : r<4~8> */
    <ucomi~comi>ss (%ebx), %xmm1                /* ebx=@ : r4 */
    <ucomi~comi>sd (%ebx), %xmm1                /* ebx=@ : r8 */
    shuf<ps~pd> $1, (%ebx), %xmm1               /* ebx=@ align=16 strict : r16 */
    unpck<lps~hps~lpd~hpd> (%ebx), %xmm1        /* ebx=@ align=16 strict : r16 */
    hadd<ps~pd> (%ebx), %xmm1                   /* ebx=@ align=16 strict : r16 */
    addsub<ps~pd> (%ebx), %xmm1                 /* ebx=@ align=16 strict : r16 */
    p<addd~subb~xor~cmpeqw~maddwd~avgb~sadbw> (%ebx), %xmm1 /* ebx=@ align=16 strict : r16 */
    p<sllw~srad~srlq> (%ebx), %xmm1             /* ebx=@ align=16 strict : r16 */
    p<unpcklbw~unpckhdq~unpcklqdq~ackssdw~minub~mulhuw> (%ebx), %xmm1 /* ebx=@ align=16 strict : r16 */
    pshuf<d~lw~hw> $0x1b, (%ebx), %xmm1         /* ebx=@ align=16 strict : r16 */
    pinsrw $3, (%ebx), %<mm1~xmm1>              /* ebx=@ : r2 */
    pshufb (%ebx), %xmm1                        /* ebx=@ align=16 strict : r16 */
    pshufb (%ebx), %mm1                         /* ebx=@ : r8 */
    palignr $5, (%ebx), %xmm1                   /* ebx=@ align=16 strict : r16 */
    pabsb (%ebx), %xmm1                         /* ebx=@ align=16 strict : r16 */
    cvtsi2s<s~d>l (%ebx), %xmm1                 /* ebx=@ : r4 */
    cvt<~t>ss2si (%ebx), %eax                   /* ebx=@ : r4 */
    cvt<~t>sd2si (%ebx), %eax                   /* ebx=@ : r8 */
    cvt<ss2sd~sd2ss> (%ebx), %xmm1              /* ebx=@ : r<4~8> */
    cvt<ps2pd~dq2pd> (%ebx), %xmm1              /* ebx=@ : r8 */
    cvt<pd2ps~dq2ps~ps2dq~tps2dq~pd2dq~tpd2dq> (%ebx), %xmm1 /* ebx=@ align=16 strict : r16 */
    cvtpi2p<s~d> (%ebx), %xmm1                  /* ebx=@ : r8 */
    cvt<~t>ps2pi (%ebx), %mm1                   /* ebx=@ : r8 */
    cvt<~t>pd2pi (%ebx), %mm1                   /* ebx=@ align=16 strict : r16 */
    maskmovdqu %xmm1, %xmm2                     /* edi=@ : w16 */
    ldmxcsr (%ebx)                              /* ebx=@ [@]=0x7f80 : r4 */
    stmxcsr (%ebx)                              /* ebx=@ : w4 */
    prefetch<nta~t0> (%ebx)                     /* ebx=@ : */

/* Traps. */
    <int3~int $3>                               /* trap=breakpoint : */
    int $<0~1~2~5~6~13~14~0x21~0x81~0xff>       /* trap=privileged : */
    int $4                                      /* trap=overflow : */
    xor %ecx, %ecx | into                       /* ecx=0 : */
    add %ecx, %ecx | into                       /* ecx=0x7fffffff trap=overflow : */
    boundl %eax, (%ebx)                         /* ebx=@ eax=9 [@]=10 [@+4]=20 trap=overflow : r4 r4+4 */
    boundw %ax, (%ebx)                          /* ebx=@ eax=9 [@]=0x00080000 trap=overflow : r2 r2+2 */
    <div~idiv>l %ecx                            /* ecx=0 trap=divide : */
    <div~idiv>b %cl                             /* ecx=1 eax=0x7fff trap=divide : */
    <div~idiv>l %ecx                            /* ecx=2 edx=0x40000000 eax=0 trap=divide : */
    divl (%ebx)                                 /* ebx=@ [@]=0 trap=divide : r4 */
    idivw (%ebx)                                /* ebx=@ [@]=0 trap=divide : r2 */
    idivl %ecx                                  /* ecx=-1 edx=0x80000000 eax=0 trap=divide : */
    aam $0                                      /* trap=divide : */
    <hlt~cli~sti~clts~invd~wbinvd~rdmsr~wrmsr~rdtsc> /* trap=privileged : */
    <inb $4, %al~inl $4, %eax~inw %dx, %ax~outb %al, $4~outl %eax, %dx> /* trap=privileged : */
    <lgdt~lidt~lmsw~invlpg> (%ebx)              /* ebx=@ trap=privileged : */
    <lldt~ltr> %ax                              /* trap=privileged : */
    mov %eax, %<cr0~cr3~cr4~dr0~dr7>            /* trap=privileged : */
    mov %<cr0~cr2~cr3~cr4~dr6>, %eax            /* trap=privileged : */
    sysexit                                     /* trap=privileged : */
    sysenter                                    /* trap=privileged : */
    mov %eax, %<ds~es~fs~gs>                    /* eax=0x12340000 : */
    mov %eax, %<ds~es~fs~gs>                    /* eax=0x1234007b : */
    mov %eax, %<ds~es~fs~gs>                    /* eax=0x73 : */
    mov %eax, %<ds~es~fs~gs>                    /* eax=0x10 trap=privileged : */
    mov %eax, %<ds~es~fs~gs>                    /* eax=0x1f33 trap=privileged : */
    mov %eax, %<ds~es~fs~gs>                    /* eax=0x7f trap=privileged : */
    mov %eax, %ss                               /* eax=0x7b : */
    mov %eax, %ss                               /* eax=0 trap=privileged : */
    movw (%ebx), %ds                            /* ebx=@ [@]=0x7b : r2 */
    pop %<ds~es~fs~gs>                          /* esp=@ [@]=0x7b : r4 */
    pop %<ds~es~fs~gs>                          /* esp=@ [@]=0x33 trap=privileged : r4 */
    <les~lds~lfs> (%ebx), %eax                  /* open ebx=@ [@+4]=0x7b : r6 */
    rdpmc                                       /* open trap=privileged : */
    ud2                                         /* trap=undefined : */
    .byte 0x0f, <0x0b~0x04~0x0a~0x24~0x36~0x7a> /* trap=undefined : */
    .byte 0x0f, 0xff, 0xc0                      /* trap=undefined : */
    .byte 0xf0, 0x40                            /* trap=undefined : */
    .byte 0xfe, 0xf8                            /* trap=undefined : */
    .byte 0x8e, 0xc8                            /* trap=undefined : */
    <pause~nop~fnop~emms~lfence~sfence~mfence>  /* : */

/* What stands around them. */
    add %eax, %edx                              /* menu edx : */
    sub $0x1234567, %ecx                        /* menu ecx : */
    imul %esi, %edi                             /* menu edi : */
    rol $5, %ebx                                /* menu ebx : */
    shl %cl, %eax                               /* menu eax : */
    adc %edx, %esi                              /* menu esi : */
    neg %ebp                                    /* menu ebp : */
    xor %edi, %eax                              /* menu eax : */
    sbb %ecx, %ebx                              /* menu ebx : */
    inc %esi                                    /* menu esi : */
    dec %edx                                    /* menu edx : */
    mul %ecx                                    /* menu eax edx : */
    cmp %eax, %ebx                              /* menu : */
    cmpb %cl, %dh                               /* menu : */
    test %esi, %edi                             /* menu : */
    sahf                                        /* menu : */
    cmc                                         /* menu : */
    seto %cl                                    /* menu ecx : */
    lahf                                        /* menu eax : */
    mov %eax, 0x400                             /* menu : w4 */
    mov 0x404, %edx                             /* menu edx : r4 */
    add %ecx, 0x40b                             /* menu : r4 w4 */
    incw 0x41f                                  /* menu : r2 w2 */
    push %eax                                   /* menu esp : w4 */
    pop %ecx                                    /* menu ecx esp : r4 */
    fld1                                        /* menu : */
    fmulp                                       /* menu : */
    fxch                                        /* menu : */
    fstps 0x410                                 /* menu : w4 */
    addps %xmm1, %xmm2                          /* menu : */
    paddd %xmm3, %xmm4                          /* menu : */
    movups %xmm5, 0x421                         /* menu : w16 */
    pxor %mm1, %mm2                             /* menu : */
