#!/bin/bash
# run_processes.sh - programs that make processes, from outside: they print what
# they print on Linux, under every scheme and whatever the time slice, and
# nobody's watching changes a record.
#
# The oracle is the same source built as an ordinary static Linux program, under
# qemu-i386 and qemu-arm; a program that runs itself again, which qemu cannot
# do, is the host's own.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
sources=$PWD/guest/processes
guest_cc=$PWD/scripts/guest-cc
cd "$work" || exit 1

# Each program, compared with Linux.
for source in "$sources"/*.c; do
    name=$(basename "$source" .c)
    if [ "$name" = pipeline ]; then
        gcc -std=gnu11 -O2 -o "./$name" "$source" || exit 1
        record want "./$name"
    else
        i686-linux-gnu-gcc -std=gnu11 -O2 -static -o i386 "$source" &&
            arm-linux-gnueabihf-gcc -std=gnu11 -O2 -static -o arm "$source" ||
            exit 1
        record want qemu-i386 ./i386
        record want.arm qemu-arm ./arm
        ok "$name: Linux on both" cmp want want.arm
    fi
    prints_wanted processes "$name"
done

# Records do not depend on who watches.
for scheme in base-bounds segmented table; do
    program=$guests/x86/$scheme/processes/family
    [ $scheme = base-bounds ] && program=$guests/x86/processes/family
    run=("$fencepost" run --mmu "$scheme" --slice 101)
    record out.plain "${run[@]}" "$program"
    record out.traced "${run[@]}" --trace plain "$program"
    record out.watched "${run[@]}" --trace watched --paranoid --round-trip \
        --stats "$program"
    record out.accesses "${run[@]}" --trace accesses --trace-accesses "$program"
    ok "$scheme: output when traced" cmp out.plain out.traced
    ok "$scheme: output when watched" cmp out.plain out.watched
    ok "$scheme: trace when watched" cmp plain watched
    ok "$scheme: trace with accesses" \
        cmp <(unnumbered plain) <(unnumbered accesses)
done

# A copy is made once for each store that needs one; code never is.
ok 'table: stores that copy' grep -q '"kind":"store".*"verdict":"protection"' plain
ok 'base and bounds: none' [ -z "$(grep protection out.plain)" ]

# Another program in the same process, of another instruction set; what is not
# on the command line is not there.
cat >run.c <<'END'
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status;

    for (int i = 1; i < argc; i++) {
        if (fork() == 0) {
            execl(argv[i], argv[i], "one", "two words", NULL);
            perror(argv[i]);
            _exit(1);
        }
        wait(&status);
        printf("status %d\n", status);
        fflush(stdout);
    }
    return 0;
}
END
"$guest_cc" --arch x86 -o run run.c || exit 1
ln -s "$guests/arm/args" ./args
ln -s "$guests/thumb/hello" ./hello
"$fencepost" run --exec ./args --exec ./hello --trace trace run ./args \
    ./hello run.c /bin/true run >out 2>err
ok 'other programs: exit code' [ $? = 0 ]
cat >want <<'END'
argc = 3
argv[1] = "one"
argv[2] = "two words"
argv[argc] is NULL
status 0
hello, world
status 0
status 256
status 256
status 256
status 256
status 0
END
ok 'other programs: output' cmp -s want out
ok "other programs: $(cat err)" [ "$(grep -c 'No such file' err)" = 4 ]
"$fencepost" run --exec none run >out 2>err
ok 'no file to grant' [ $? = 127 ]
"$fencepost" run --exec ./args --trace ./args run >out 2>err
ok 'a trace is no program' [ $? = 2 ]

# The time is the same whether or not somebody counts, also when a program asks
# for it after a long while; what it has read and written it does only once.
cat >late.c <<'END'
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char line[64];
    volatile unsigned n = 0;
    struct timespec t;

    while (fgets(line, sizeof line, stdin) != NULL)
        printf("read %s", line);
    for (unsigned i = 0; i < 2000000; i++)
        n += i;
    if (argc > 1 && fork() == 0)
        *(volatile int *)0x7f000000 = 1;
    sleep(1);
    for (unsigned i = 0; i < 2000000; i++)
        n += i;
    for (int i = 0; i < 2; i++) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        printf("%ld.%09ld, of it %ld; %s\n", (long)t.tv_sec, t.tv_nsec,
               (long)clock(), argv[argc - 1]);
    }
    return 0;
}
END
for arch in x86 thumb; do
    "$guest_cc" --arch $arch -o late late.c || exit 1
    for child in '' child; do
        # shellcheck disable=SC2086 # none, or one
        for options in '' '--stats' '--trace trace' '--paranoid'; do
            seq 3 | "$fencepost" run --tag $options late $child \
                >"out.${options:2:5}" 2>"err.${options:2:5}"
        done
        ok "$arch $child: time, counted" cmp out. out.stats
        ok "$arch $child: time, traced" cmp out. out.trace
        ok "$arch $child: time, paranoid" cmp out. out.paran
        ok "$arch $child: reads once" [ "$(grep -c 'read [123]' out.)" = 3 ]
        ok "$arch $child: reports once" cmp err. err.trace
        ok "$arch $child: it is later" grep -q '^.1. 1\.0[1-9]' out.
    done
done

# And when it has asked before, so that all that follows must be counted.
cat >early.c <<'END'
#include <stdio.h>
#include <time.h>

int main(void)
{
    volatile unsigned n = 0;
    struct timespec t;

    for (int i = 0; i < 3; i++) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        printf("%ld.%09ld\n", (long)t.tv_sec, t.tv_nsec);
        for (unsigned k = 0; k < 1000000; k++)
            n += k;
    }
    return 0;
}
END
for arch in x86 thumb; do
    "$guest_cc" --arch $arch -o early early.c || exit 1
    "$fencepost" run early >out
    "$fencepost" run --stats early >want 2>/dev/null
    ok "$arch: time, asked early" cmp out want
    ok "$arch: it goes on" grep -q '^0\.0[0-9]*[1-9]' out
done

# What a student would try, in one line of C.
try() { # WHAT CODE OUTPUT OPTIONS C-STATEMENTS
    local what=$1 want=$2 output=$3 options=$4
    {
        printf '#include <%s>\n' errno.h sched.h signal.h stdio.h stdlib.h \
            string.h sys/wait.h time.h unistd.h
        printf 'int main(void) { int s = 0; (void)s; %s return 0; }\n' "$5"
    } >try.c
    for arch in x86 arm; do
        "$guest_cc" --arch $arch -o try try.c || exit 1
        # shellcheck disable=SC2086 # several options
        "$fencepost" run $options try >out 2>err
        ok "$arch $what: exit code" [ $? = "$want" ]
        ok "$arch $what: $(cat out err | head -n 1)" \
            grep -Eq "$output" <(cat out err)
    done
}
try 'a fork bomb is bounded' 0 '^255 children, Resource temporarily' '--phys 8m' \
    'int n = 0; pid_t p; while ((p = fork()) > 0) n++;
     if (p == 0) { for (;;) sleep(1000); }
     printf("%d children, %s\n", n, strerror(errno)); kill(-1, SIGKILL);
     while (wait(NULL) > 0) continue;'
try 'no room for a fork' 0 '^Cannot allocate memory' '--phys 32k' \
    'if (fork() < 0) puts(strerror(errno));'
try 'a child that sleeps on' 0 '^1000$' '' \
    'if (fork() == 0) { sleep(1000); printf("%d\n", (int)time(NULL)); }'
try 'who waits for its own pipe' 125 \
    'nothing can run any more: pid 1 waits for a child, pid 2 waits to read from a pipe$' '' \
    'int ends[2]; pipe(ends); if (fork() == 0) { char c; read(ends[0], &c, 1); }
     wait(&s);'
try 'a pipe that nobody reads' 125 'run: nothing can run any more: pid 1 waits to write to a pipe$' '' \
    'int ends[2]; static char b[5000]; pipe(ends); write(ends[1], b, 5000);'
ok "early: one that waits for ever" [ "$("$fencepost" run --memory early try ::: try 2>&1)" = \
    "fencepost run: nothing can run any more: pid 1 waits to write to a pipe; --memory early: the \
programs behind it do not begin" ]
try 'sleep for centuries' 125 'pid 1 waits for a time that never comes$' '' \
    'for (;;) sleep(2000000000);'
try 'a child killed by a fault' 0 '^11$' '' \
    'if (fork() == 0) *(volatile int *)0x7fff0000 = 1;
     wait(&s); printf("%d\n", WTERMSIG(s));'
try 'a child aborts' 0 '^6 1$' '' \
    'if (fork() == 0) abort(); wait(&s); printf("%d %d\n", WTERMSIG(s), WIFSIGNALED(s));'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
