/*
 * overrides.S - which segment each form of access means, what a prefix changes
 * and that a selector changes nothing.
 *
 * Run with --asize 64k.
 * Ends with exit code 0. Any other is the number of what went wrong.
 */
#include "guest.inc"

        .set    CODE, 0xc0de
        .set    DATA, 0xda7a
        .set    STACK, 0x57ac

        .data
word:   .long   DATA, DATA + 1, DATA + 2, DATA + 3
buffer: .fill   64
target: .long   called
table:  .long   0, arrived

begin
        jmp     1f
constant:
        .long   CODE, CODE + 1
bytes:  .byte   10, 11, 12
1:      pushl   $STACK + 3
        pushl   $STACK + 2
        pushl   $STACK + 1
        pushl   $STACK
        movl    %esp, %ecx

        /* Base registers. */
        want    1, (%esp), $STACK
        movl    %esp, %ebp
        want    2, 4(%ebp), $STACK + 1
        want    3, word, $DATA
        movl    $1, %edx
        want    4, "word(,%edx,4)", $DATA + 1
        want    5, "4(%ebp,%edx,4)", $STACK + 2
        movl    $4, %ebp
        want    6, "word(,%ebp,1)", $DATA + 1     /* an index, no base */
        movl    $word, %ebp
        movl    $0, %edx
        want    7, "(%edx,%ebp,1)", $DATA
        movw    %sp, %bp
        movl    $12, %esi
        addr16  movl (%bp), %eax
        want    8, %eax, $STACK
        addr16  movl (%bp,%si), %eax
        want    9, %eax, $STACK + 3
        movl    $word, %ebx
        addr16  movl (%bx), %eax
        want    10, %eax, $DATA

        /* Prefixes. */
        want    11, %ss:(%ecx), $STACK
        want    12, %cs:constant, $CODE
        movl    $word, %ebp
        want    13, %ds:4(%ebp), $DATA + 1
        want    14, %es:4(%ebp), $DATA + 1
        want    15, %fs:4(%ebp), $DATA + 1
        want    16, %gs:4(%ebp), $DATA + 1
        movl    $STACK, %ss:12(%ecx)
        want    17, 12(%esp), $STACK
        .byte   0x36, 0x3e                      /* ss, then ds: the last */
        movl    word, %eax
        want    18, %eax, $DATA
        movl    $constant, %ebx
        movb    $7, %al
        addl    $bytes - constant - 7, %ebx
        addb    $1, %al
        .byte   0x2e
        xlatb
        movzbl  %al, %eax
        want    19, %eax, $11

        /* Strings: a prefix is for the source alone. */
        movl    %esp, %esi
        movl    $buffer, %edi
        .byte   0x36
        movsl
        want    20, buffer, $STACK
        movl    %esp, %esi
        movl    $buffer, %edi
        .byte   0x36
        cmpsl
        je      1f
        exit    $21
1:      movl    %esp, %esi
        .byte   0x36
        lodsl
        want    22, %eax, $STACK
        movl    $16, %ecx
        movl    %esp, %esi
        movl    $buffer, %edi
        .byte   0x36
        rep movsb
        want    23, buffer + 8, $STACK + 2
        movl    $16, %ecx
        movl    %esp, %esi
        movl    $buffer, %edi
        .byte   0x36
        repe cmpsb
        je      1f
        exit    $24
1:      movl    $buffer, %edi
        movl    $2, %ecx
        movl    $0x77, %eax
        .byte   0x36
        rep stosl                               /* ES whatever stands before */
        want    25, buffer + 4, $0x77
        movl    $buffer, %edi
        .byte   0x36
        scasl
        je      1f
        exit    $26

        /* Two segments in one instruction. */
1:      pushl   word
        popl    %eax
        want    27, %eax, $DATA
        pushl   $0x1234
        popl    buffer
        want    28, buffer, $0x1234
        pushl   4(%esp)
        popl    %eax
        want    29, %eax, $STACK + 1
        .byte   0x2e
        pushl   constant
        popl    %eax
        want    30, %eax, $CODE
        call    *target
        want    31, %eax, $0x600d
        movl    $1, %eax
        jmp     *table(,%eax,4)
        exit    $32
arrived:
        movl    $0x1111, %eax
        xchgl   %eax, (%esp)
        want    33, %eax, $STACK
        lock xaddl %eax, (%esp)
        want    34, (%esp), $STACK + 0x1111

        /* Frames. */
        pusha
        popa
        pushf
        popf
        movl    %esp, %ebp
        enter   $16, $3
        leave
        want    35, (%esp), $STACK + 0x1111

        /* Wide operands. */
        movl    %esp, %ecx
        movups  %ss:(%ecx), %xmm0
        movups  %xmm0, buffer
        want    36, buffer + 12, $STACK
        movl    $0, buffer + 12
        movups  buffer, %xmm1
        movups  %xmm1, (%esp)
        want    37, 12(%esp), $0
        fldpi
        fstpt   (%esp)
        fldt    %ss:(%ecx)
        fstpl   buffer
        want    38, buffer + 4, $0x400921fb
        fnstcw  %ss:(%ecx)
        want    39, (%esp), $0x2168037f         /* over pi's low half */

        /* Selectors say nothing. */
        movw    %cs, %ax
        movw    %ax, %ds
        want    40, word, $DATA
        movw    %ss, %ax
        movw    %ax, %ds
        want    41, word, $DATA
        pushl   %cs
        popl    %es
        movl    $word, %edi
        movl    $DATA, %eax
        scasl
        je      1f
        exit    $42
1:      exit    $0

        .text
called: movl    $0x600d, %eax
        ret
