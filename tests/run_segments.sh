#!/bin/bash
# run_segments.sh - segments where memory is short: what the report says; and
# what --stats counts as used; many segments; and how the zoo ends (its sources
# say).
#
#   FENCEPOST  the program under test (build/rel/fencepost)
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test

# Exit code, stdout and stderr are for the checks below.
run() { # OPTIONS... PROGRAM
    "$fencepost" run "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

says() { # WHAT LINE REGEX
    ok "$1: $(sed -n "$2p" "$work/err")" \
        grep -Eq "$3" <(sed -n "$2p" "$work/err")
}

# ---- memory that is short ----

cat >"$work/short.c" <<'END'
#include <sys/wait.h>
#include <unistd.h>

static volatile char shared[200000];

static int deep(int n)
{
    volatile char big[20000];

    big[0] = (char)n;
    return n ? deep(n - 1) + big[0] : 0;
}

int main(int argc, char **argv)
{
    int status = 0;

    (void)argv;
    if (argc == 1)
        return deep(100) & 1;
    shared[6] = 1; /* what is absent is not shared */
    if (fork() == 0) {
        shared[5] = 1;
        _exit(0);
    }
    wait(&status);
    return WTERMSIG(status);
}
END
for scheme in segmented table; do
    for arch in x86 thumb; do
        scripts/guest-cc --arch $arch --space $scheme -o "$work/short" \
            "$work/short.c"
        what="$arch $scheme: a stack without memory"
        run --mmu $scheme --phys 1m "$work/short"
        ok "$what: exit code $code" [ "$code" = 139 ]
        says "$what" 1 '^SEGMENTATION VIOLATION: store .* below segment'
        says "$what" 2 'memory was short: the stack could not grow to [0-9]+ '
        run --mmu $scheme "$work/short"
        ok "$what: with memory $code" [ "$code" = 0 ]
        run --mmu $scheme --stack-max 100k "$work/short"
        ok "$what: at its limit" [ "$code" = 139 ]
        ok "$what: its limit is no shortage" \
            sh -c "! grep -q 'memory was short' '$work/err'"

        what="$arch $scheme: a copy without memory"
        run --mmu $scheme --phys 460k "$work/short" fork
        ok "$what: exit code $code" [ "$code" = 9 ]
        says "$what" 1 '^SEGMENTATION VIOLATION: store .*: segment .* is r--'
        says "$what" 2 'memory was short: the segment is shared until'
        says "$what" 3 'there were no [0-9]+ bytes for a copy'
        run --mmu $scheme "$work/short" fork
        ok "$what: with memory $code" [ "$code" = 0 ]
    done
done

# ---- internal fragmentation ----

stat() { # NAME
    sed -n "s/^$1 *\([0-9]*\) .*/\1/p" "$work/err"
}

# Bytes that the LOADs of FILE name.
loads() { # FILE
    local sum=0 size
    for size in $(readelf -lW "$1" | awk '$1 == "LOAD" { print $6 }'); do
        sum=$((sum + size))
    done
    echo $sum
}

# What is used is the LOADs and this, which does not depend on the scheme: the
# argument vector of 128 bytes, 16 random ones, "./x" and what aligns it.
stack=160
# shellcheck disable=SC2016,SC2034 # registers; by their names
x86='xor %ebx, %ebx; mov $1, %eax; int $0x80'
# shellcheck disable=SC2034
arm='mov r0, #0; mov r7, #1; svc #0'
place() { # SCHEME: behind a hole in the data, where the scheme has LOADs apart
    case $1 in
    segmented) echo 0x40002000 ;;
    table) echo 0x2002000 ;;
    *) echo 0x4000 ;;
    esac
}
stack_of() { # SCHEME: the same for all; without it, it has a page more
    case $1 in
    base-bounds) echo --bounds 64k ;;
    *) echo --stack 16k ;;
    esac
}
for arch in x86 arm; do
    cat >"$work/x.S" <<END
.globl _start
_start: ${!arch}
.long near, far
.data
near: .long 5
.section .far, "aw"
far: .space 300
END
    for scheme in base-bounds segmented table implicit; do
        what="$arch $scheme: use"
        scripts/guest-cc --arch $arch --space $scheme -nostdlib -nostartfiles \
            "-Wl,--section-start=.far=$(place $scheme)" -o "$work/x" "$work/x.S"
        # shellcheck disable=SC2046 # an option and its value
        (cd "$work" && exec "$fencepost" run --mmu $scheme --stats \
            $(stack_of $scheme) ./x) >"$work/out" 2>"$work/err"
        code=$?
        ok "$what: exit code $code, $(head -n 1 "$work/err")" [ $code = 0 ]
        used=$(($(stat reserved) - $(stat internal_fragmentation)))
        ok "$what: $used, not $(loads "$work/x") + $stack" \
            [ $used = $(($(loads "$work/x") + stack)) ]
    done
done

# The same program under each scheme: its stack and heap are as large.
for scheme in base-bounds segmented table; do
    program=${GUESTS:-build/guest}/x86/${scheme/base-bounds/.}/hello
    cp "$program" "$work/hello"
    # shellcheck disable=SC2046
    (cd "$work" && exec "$fencepost" run --mmu $scheme --stats \
        $(stack_of $scheme) ./hello) \
        >"$work/out" 2>"$work/err"
    echo $(($(stat reserved) - $(stat internal_fragmentation) -
        $(loads "$program")))
done >"$work/used"
ok "one program, three schemes: $(tr '\n' ' ' <"$work/used")" \
    [ "$(sort -u "$work/used" | wc -l)" = 1 ]

# ---- many segments ----

# A program of as many segments of data, one to a selector, in $work/many.
link_many() { # COUNT
    {
        echo 'ENTRY(_start) PHDRS { p0 PT_LOAD FLAGS(5);'
        for ((i = 1; i <= $1; i++)); do echo "p$i PT_LOAD FLAGS(6);"; done
        echo '} SECTIONS { .text 0x1000 : { *(.text*) } :p0'
        for ((i = 1; i <= $1; i++)); do
            echo ".s$i $((i << 20)) : { LONG($((3 * i))) LONG(0) } :p$i"
        done
        echo '/DISCARD/ : { *(*) } }'
    } >"$work/many.ld"
    i686-linux-gnu-gcc -O1 -fno-pic -fno-stack-protector -nostdlib -static \
        -fno-asynchronous-unwind-tables -DSEGMENTS="$1" -o "$work/many" \
        -Wl,--build-id=none,-z,max-page-size=16,-T,"$work/many.ld" \
        guest/stress/segments.c
}

link_many 499
run --mmu table --seg-bits 12 --phys 128m --stats "$work/many"
ok "499 segments of data: exit code $code" [ "$code" = 0 ]
ok '499 segments of data, and code: each brought in once' \
    grep -q '^traps_absent  *500 ' "$work/err"
# With code and a stack, all that a table can have; whoever watches.
link_many 4094
run --mmu table --seg-bits 12 --phys 128m "$work/many"
ok "a full table: exit code $code" [ "$code" = 0 ]
for with in '' --paranoid --round-trip --timed; do
    # shellcheck disable=SC2086 # no option or one
    run --mmu table --seg-bits 12 --phys 128m --stats $with "$work/many"
    ok "a full table ${with:-of statistics}: exit code $code" [ "$code" = 0 ]
    grep -E '^(instructions|loads|stores|traps_absent) ' "$work/err" >"$work/full"
    [ -n "$with" ] || cp "$work/full" "$work/want"
    ok "a full table ${with:-of statistics}: the same counts" \
        cmp -s "$work/full" "$work/want"
done
ok 'a full table: each brought in once' \
    grep -q '^traps_absent  *4095 ' "$work/err"
run --mmu table --seg-bits 12 --phys 128m --trace "$work/trace" "$work/many"
ok "a full table: traced, exit code $code" [ "$code" = 0 ]
link_many 4095
run --mmu table --seg-bits 12 --phys 128m "$work/many"
ok "too many segments: exit code $code" [ "$code" = 126 ]
says 'too many segments' 1 ': program header 4095: more than 4095 LOAD segments$'

# ---- a heap above 2 GiB ----

cat >"$work/high.c" <<'END'
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *p = malloc(10), *q = malloc(100000);

    if (!p || !q || (unsigned)p < 0x80000000u)
        return 1;
    memset(q, 7, 100000);
    p = realloc(p, 300000);
    return !p || malloc(0x7fffffff);
}
END
for arch in x86 arm thumb; do
    scripts/guest-cc --arch $arch --space table \
        -Wl,--section-start=.data=0x80000000 -o "$work/high" "$work/high.c"
    run --mmu table "$work/high"
    ok "$arch: a heap above 2 GiB: exit code $code" [ "$code" = 0 ]
done

# ---- the zoo ----

# How SOURCE promises to end with segments.
promised() { # SOURCE
    local code
    code=$(sed -nE 's/.*With segments exit code ([0-9]+).*/\1/p' "$1")
    [ -n "$code" ] ||
        code=$(sed -nE 's/.*Ends with exit code ([0-9]+).*/\1/p' "$1")
    echo "$code"
}

for arch in x86 arm thumb; do
    for source in guest/zoo/*.c guest/zoo/"${arch/thumb/arm}"/*.c; do
        grep -q 'Not for segments' "$source" && continue
        name=$(basename "$source" .c)
        want=$(promised "$source")
        for scheme in segmented table; do
            what="$arch $scheme $name"
            run --mmu $scheme \
                "${GUESTS:-build/guest}/$arch/$scheme/zoo/$name"
            ok "$what: exit code $code, not $want" [ "$code" = "$want" ]
            [ "$want" != 139 ] ||
                says "$what" 1 '^SEGMENTATION VIOLATION: .* segment (heap|stack|seg)'
        done
    done
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
