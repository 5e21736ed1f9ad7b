/*
 * tests/conformance_code_x86.S - programs that change their own code.
 *
 * Each `program: WHAT : RESULT` is linked to 0x500 by conformance.py and leaves
 * RESULT in eax, worked out by hand, when it makes a system call. 0x1800 is free
 * for code.
 */

/* program: a store into the next instruction : 0x2a */
    xor %ecx, %ecx
    movb $0x2a, 1f + 1
1:  mov $0x11, %eax
    int $0x80

/* program: a store that makes two instructions of one : 0x105 */
    mov $0x100, %eax
    movl $0x9003eb, 1f + 2
    jmp 1f
1:  mov $5, %al
    nop
    nop
    ud2
    nop
    int $0x80

/* program: a loop that changes itself 3000 times : 0x44affc */
    mov $3000, %ecx
    xor %eax, %eax
2:  mov %ecx, 1f + 1
1:  mov $0x7fffffff, %edx
    add %edx, %eax
    dec %ecx
    jnz 2b
    int $0x80

/* program: an earlier block that is run again : 0x21 */
    mov $1, %ebx
    xor %eax, %eax
1:  add $1, %eax
    jmp 2f
2:  test %ebx, %ebx
    jz 3f
    dec %ebx
    movb $0x20, 1b + 2
    jmp 1b
3:  int $0x80

/* program: REP STOS over the block that runs next : 0x77 */
    mov $0x90, %eax
    mov $1f, %edi
    mov $6, %ecx
    cld
    rep stosb
    jmp 1f
1:  ud2
    ud2
    ud2
    mov $0x77, %eax
    int $0x80

/* program: REP STOS over what follows it : 0x90 */
    mov $0x90, %eax
    mov $1f, %edi
    mov $6, %ecx
    cld
    rep stosb
1:  ud2
    ud2
    ud2
    int $0x80

/* program: code copied 300 times and run : 0xb05e */
    mov $300, %ebx
    xor %edx, %edx
1:  mov $2f, %esi
    mov $0x1800, %edi
    mov $3f - 2f, %ecx
    cld
    rep movsb
    mov %ebx, 0x1801
    mov $0x1800, %eax
    call *%eax
    add %eax, %edx
    dec %ebx
    jnz 1b
    mov %edx, %eax
    int $0x80
2:  mov $0, %eax
    ret
3:

/* program: into the middle of an instruction : 0x33 */
    xor %eax, %eax
    jmp 1f + 1
1:  .byte 0xb8
    mov $0x33, %al
    jmp 2f
    nop
2:  int $0x80

/* program: the same bytes from two addresses, again and again : 0x90005800 */
    xor %eax, %eax
    mov $0x100, %ecx
1:  call 2f
    call 2f + 1
    dec %ecx
    jnz 1b
    int $0x80
2:  .byte 0x66
    add $0x9090012c, %eax
    ret

/* program: PUSH onto the next instruction : 0x55 */
    mov %esp, %ebp
    mov $1f + 4, %esp
    push $0x909055b0
1:  ud2
    ud2
    mov %ebp, %esp
    movzbl %al, %eax
    int $0x80

/* program: a 16-byte store over code : 0x66 */
    movups 2f, %xmm0
    movups %xmm0, 1f
1:  .fill 16, 1, 0xf4
    int $0x80
2:  mov $0x66, %eax
    .fill 11, 1, 0x90

/* program: a store across the end of a page of code : 0x1234 */
    mov $0x1ffd, %edi
    mov $2f, %esi
    mov $8, %ecx
    cld
    rep movsb
    call *1f
    movl $0x1234b866, 0x1ffd
    movw $0, 0x2001
    xor %eax, %eax
    movl $0x12340090, 0x2000
    movb $0xb8, 0x1fff
    movb $0x34, 0x2000
    movl $0x00001234, 0x2000
    movw $0x9090, 0x1ffd
    call *1f
    int $0x80
1:  .long 0x1ffd
2:  mov $1, %eax
    nop
    nop
    ret
