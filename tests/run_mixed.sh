#!/bin/bash
# run_mixed.sh - twenty programs on one machine, x86, ARM and Thumb, under every
# scheme: with the smallest slice, while memory is compacted under them, each
# prints what it prints alone. And whoever watches, a trace is the same.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

# A heap that grows in many steps, so that memory has holes of all sizes; what
# it prints depends on every byte.
cat >grow.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    const unsigned size = argc > 1 ? (unsigned)atoi(argv[1]) : 100;
    unsigned char *blocks[12];
    unsigned sum = 0;

    for (int i = 0; i < 12; i++) {
        blocks[i] = malloc(size + 50 * i);
        memset(blocks[i], i + 1, size);
    }
    for (int i = 0; i < 12; i++)
        for (unsigned k = 0; k < size; k++)
            sum = sum * 31 + blocks[i][k];
    printf("%u %x\n", size, sum);
    return 0;
}
END

# Lines of a machine file: one process, at its own scheme.
number=0
add() { # SCHEME PROGRAM [ARGUMENT]
    number=$((number + 1))
    printf '[process.%d]\nprogram = %s\nscheme = %s\n' $number "$2" "$1"
    [ $# -lt 3 ] || printf 'args = %s\n' "$3"
    [ "$1" = base-bounds ] && printf 'bounds = 64k\n' || printf 'stack = 4k\n'
}
{
    for isa in x86 arm thumb; do
        for scheme in segmented table; do
            "$root/scripts/guest-cc" --arch $isa --space $scheme \
                -o "grow.$isa.$scheme" grow.c || exit 1
            for size in 500 1700; do
                add $scheme "grow.$isa.$scheme" $size
            done
        done
        add segmented "$guests/$isa/segmented/hello"
    done
    add base-bounds "$guests/x86/primes"
    add base-bounds "$guests/arm/recursion"
    add base-bounds "$guests/thumb/hello"
    add implicit "$guests/x86/implicit/fib"
    add implicit "$guests/arm/implicit/hello"
} >processes
ok "twenty programs: $number" [ $number = 20 ]

# Each alone.
awk -v RS='\\[process' 'NR > 1 { n = NR - 1; print "[process" $0 > ("alone." n ".ini") }' processes
for n in $(seq $number); do
    "$fencepost" run --machine "alone.$n.ini" >"alone.$n" 2>err
    ok "alone $n: $(head -n 1 err)" [ ! -s err ]
done

# All, in as little memory as will do.
for way in 'rr 1' 'lottery:3 7' 'rr 10000'; do
    schedule=${way% *} slice=${way#* }
    "$fencepost" run --machine processes --phys 700k --slice "$slice" \
        --schedule "$schedule" --tag --stats >together 2>err
    ok "$way: exit code" [ $? = 0 ]
    [ "$way" != 'rr 1' ] ||
        ok "$way: compacts" grep -Eq '^compactions +[1-9]' err
    for n in $(seq $number); do
        ok "$way: program $n" cmp "alone.$n" <(sed -n "s/^\[$n\] //p" together)
    done
done

# Watching: no option of an observer changes a record, nor what is printed.
# (--timed is none: it is another clock.)
watch() { # WHAT OPTIONS...: "trace" is as "plain" is
    local what=$1
    shift
    "$fencepost" run --machine processes --phys 700k --slice 997 --tag \
        --trace trace "$@" >out 2>err
    ok "$what: output" cmp out.plain out
    ok "$what: trace" cmp plain trace
}
"$fencepost" run --machine processes --phys 700k --slice 997 --tag --trace plain >out.plain
watch stats --stats
watch paranoid --paranoid
watch 'round trip' --round-trip
watch 'a limit far away' --max-instructions 1000000000
watch all --paranoid --round-trip --stats --json
"$fencepost" run --machine processes --phys 700k --slice 997 --tag \
    --trace trace --trace-accesses >out 2>err
ok 'accesses: output' cmp out.plain out
ok 'accesses: trace' cmp <(unnumbered plain) <(unnumbered trace)

# More processes than memory: it is said which, and nothing has run.
grow=grow.x86.segmented
few=("$grow" 10 ::: "$grow" 10 ::: "$grow" 10)
"$fencepost" run --mmu segmented --stack 16k --phys 64k "${few[@]}" >out 2>err
ok 'no memory: exit code' [ $? = 126 ]
ok "no memory: $(cat err)" grep -Eq "^fencepost run: $grow: .*no hole is that large" err
ok 'no memory: nothing has run' [ ! -s out ]

# More than there are PCBs.
many=()
for _ in $(seq 256); do
    many+=(grow.x86.segmented 10 :::)
done
"$fencepost" run --mmu segmented "${many[@]}" grow.x86.segmented 10 >out 2>err
ok "too many: $?" [ ! -s out ]
ok "too many: $(cat err)" grep -q '256' err
ok 'too many: one line' [ "$(wc -l <err)" = 1 ]

# A fork bomb: bounded by PCBs, or by memory; its parent is told, and lives.
cat >bomb.c <<'END'
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    const int parent = getpid();
    int error = 0;

    /* All of them fork, until it does not work for the first of them. */
    while (error == 0 || getpid() != parent)
        if (fork() < 0)
            error = errno;
    kill(-1, SIGKILL);
    while (wait(NULL) > 0)
        continue;
    printf("%s\n", error == EAGAIN   ? "EAGAIN"
                   : error == ENOMEM ? "ENOMEM"
                                     : strerror(error));
    return 0;
}
END
for scheme in base-bounds segmented table; do
    options=(--mmu "$scheme" --stack 4k) with=(--space "$scheme")
    [ $scheme = base-bounds ] && options=(--bounds 32k) with=()
    "$root/scripts/guest-cc" --arch x86 "${with[@]}" -o bomb bomb.c || exit 1
    "$fencepost" run "${options[@]}" bomb >out 2>err
    ok "bomb $scheme: exit code" [ $? = 0 ]
    ok "bomb $scheme: $(tr '\n' ' ' <out)" \
        [ "$(tr '\n' ' ' <out)" = 'EAGAIN ' ]
    ok "bomb $scheme: $(head -n 1 err)" [ ! -s err ]
done
"$fencepost" run --mmu table --stack 4k --phys 200k bomb >out 2>err
ok "bomb in little memory: $? $(tr '\n' ' ' <out)" grep -Eq 'ENOMEM|EAGAIN' out

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
