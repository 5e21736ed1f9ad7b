#!/bin/bash
# run_signals.sh - programs with signal handlers, from outside: they print what
# they print on Linux, under every scheme and whatever the time slice.
#
# The oracle is the same source built as an ordinary static Linux program, under
# qemu-i386 and qemu-arm.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
sources=$PWD/guest/signals
guest_cc=$PWD/scripts/guest-cc
cd "$work" || exit 1

# Each program, compared with Linux.
for source in "$sources"/*.c; do
    name=$(basename "$source" .c)
    i686-linux-gnu-gcc -std=gnu11 -D_GNU_SOURCE -O2 -static -o i386 "$source" &&
        arm-linux-gnueabihf-gcc -std=gnu11 -D_GNU_SOURCE -O2 -static -o arm "$source" ||
        exit 1
    record want qemu-i386 ./i386
    record want.arm qemu-arm ./arm
    ok "$name: Linux on both" cmp want want.arm
    prints_wanted signals "$name"
done

# Records do not depend on who watches.
for arch in x86 arm; do
    program=$guests/$arch/table/signals/repair
    run=("$fencepost" run --mmu table --slice 101)
    record out.plain "${run[@]}" --trace plain "$program"
    record out.watched "${run[@]}" --trace watched --paranoid --round-trip \
        --stats "$program"
    record out.accesses "${run[@]}" --trace accesses --trace-accesses "$program"
    ok "$arch: output when watched" cmp out.plain out.watched
    ok "$arch: trace when watched" cmp plain watched
    ok "$arch: trace with accesses" \
        cmp <(unnumbered plain) <(unnumbered accesses)
done

# What a student would try, in one line of C.
try() { # WHAT CODE OUTPUT OPTIONS C-STATEMENTS
    local what=$1 want=$2 output=$3 options=$4
    {
        printf '#include <%s>\n' errno.h setjmp.h signal.h stdio.h stdlib.h \
            string.h sys/syscall.h sys/wait.h time.h unistd.h
        printf 'static void on(int n) { printf("on %%d\\n", n); }\n'
        printf 'int main(void) { int s = 0; (void)s; (void)on; %s return 0; }\n' "$5"
    } >try.c
    for arch in x86 arm; do
        # shellcheck disable=SC2086 # several options
        "$guest_cc" --arch $arch -o try try.c || exit 1
        # shellcheck disable=SC2086 # several options
        "$fencepost" run --bounds 64k $options try >out 2>err
        ok "$arch $what: exit code" [ $? = "$want" ]
        ok "$arch $what: $(cat out err | head -n 1)" \
            grep -Eq "$output" <(cat out err)
    done
}
bad='struct sigaction a = {0}; a.sa_handler = on; a.sa_flags = SA_ONSTACK;
     stack_t b = {.ss_sp = (void *)0x7f000000, .ss_size = 8192};
     sigaltstack(&b, NULL); puts("now"); fflush(stdout);'
try 'a frame that cannot be pushed' 139 '^now$' '' \
    "$bad sigaction(SIGUSR1, &a, NULL); raise(SIGUSR1); puts(\"alive\");"
try 'not even for a fault' 139 'SEGMENTATION VIOLATION' '' \
    "$bad sigaction(SIGSEGV, &a, NULL); *(volatile int *)0x7f000000 = 1;"
try 'a fault while its signal is blocked' 139 'SEGMENTATION VIOLATION' '' \
    'sigset_t set; sigfillset(&set); signal(SIGSEGV, on);
     sigprocmask(SIG_SETMASK, &set, NULL); *(volatile int *)0x7f000000 = 1;'
try 'a fault that is ignored' 139 'SEGMENTATION VIOLATION' '' \
    'signal(SIGSEGV, SIG_IGN); *(volatile int *)0x7f000000 = 1;'
try 'no frame to return from' 139 '^now$' '' \
    'puts("now"); fflush(stdout); syscall(SYS_rt_sigreturn); puts("alive");'
try 'who waits for a signal' 125 'pid 1 waits for a signal$' '' 'pause();'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
