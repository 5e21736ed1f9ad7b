#!/bin/bash
# run_schemes.sh - every guest program under every scheme of translation: what
# it prints and how it ends is what it is under base and bounds (which
# guest_oracle.sh compares with Linux), also with everybody watching.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
sources=$PWD/guest/programs

# Output and exit code of a program in its own folder: its name is in memory.
# Physical memory is small, for one of them fills it.
run() { # FILE-FOR-OUTPUT PROGRAM OPTIONS...
    local out=$1 program=$2
    shift 2
    (cd "$(dirname "$program")" &&
        exec "$fencepost" run --phys 4m "$@" -- "./$(basename "$program")") \
        >"$out" 2>"$work/err" <"$sources/hello.c"
    echo "exit code $?" >>"$out"
}

for arch in x86 arm thumb; do
    for source in "$sources"/*.c; do
        name=$(basename "$source" .c)
        run "$work/want" "$guests/$arch/$name" --bounds 1m
        for scheme in segmented table; do
            run "$work/out" "$guests/$arch/$scheme/$name" --mmu $scheme
            ok "$arch $scheme $name" cmp "$work/want" "$work/out"
            run "$work/out" "$guests/$arch/$scheme/$name" --mmu $scheme \
                --paranoid --stack 4k --placement best
            ok "$arch $scheme $name, paranoid" cmp "$work/want" "$work/out"
        done
    done
    for name in hello quicksort; do
        run "$work/want" "$guests/$arch/$name"
        run "$work/out" "$guests/$arch/segmented-14/$name" --mmu segmented \
            --asize 16k --paranoid
        ok "$arch 14 bits $name" cmp "$work/want" "$work/out"
    done
done

# A trace is the same whoever else watches; a segment is absent until touched.
for scheme in segmented table; do
    for arch in x86 arm thumb; do
        program=$guests/$arch/$scheme/quicksort
        run "$work/out" "$program" --mmu $scheme --trace "$work/plain"
        run "$work/out" "$program" --mmu $scheme --trace "$work/watched" \
            --paranoid --round-trip
        run "$work/out" "$program" --mmu $scheme --trace "$work/accesses" \
            --trace-accesses
        ok "$arch $scheme: watched" cmp "$work/plain" "$work/watched"
        ok "$arch $scheme: accesses" cmp \
            <(sed 's/"seq":[0-9]*,//' "$work/plain") \
            <(grep -v '"verdict":"ok"' "$work/accesses" |
                sed 's/"seq":[0-9]*,//')
    done
done
ok 'table: three segments are brought in' \
    [ "$(grep -c '"verdict":"absent"' "$work/plain")" = 3 ]

# What a student would try.
stray() { # WHAT CODE REGEX C-STATEMENT
    local what=$1 want=$2 regex=$3
    printf '#include <stdlib.h>\nint main(void) { %s return 0; }\n' "$4" \
        >"$work/stray.c"
    for arch in x86 thumb; do
        scripts/guest-cc --arch $arch --space segmented -o "$work/stray" \
            "$work/stray.c" 2>/dev/null
        run "$work/out" "$work/stray" --mmu segmented
        ok "$arch $what: exit code" grep -qx "exit code $want" "$work/out"
        [ "$regex" = none ] ||
            ok "$arch $what: $(head -n 1 "$work/err")" \
                grep -Eq "$regex" "$work/err"
    done
}
stray 'a store to code' 139 'segment code is r-x' \
    '*(volatile char *)(size_t)main = 1;'
stray 'a fetch from data' 139 'fetch of .* segment heap is rw-' \
    '((void (*)(void))malloc(9))();'
stray 'a null pointer to store through' 139 'store of 4 bytes at 0x0' \
    '*(volatile int *)0 = 1;'
stray 'beyond the heap' 139 'past bounds .* of segment heap' \
    '((volatile char *)malloc(9))[1 << 20] = 1;'
stray 'far below the stack' 139 'below segment stack' \
    '*(volatile char *)0xd0000000 = 1;'
stray 'a segment that is none' 139 'past bounds 0x0 of segment seg2' \
    '*(volatile char *)0x80000000 = 1;'
stray 'a stack that grows' 0 none \
    'volatile char big[300000]; big[0] = 1; big[299999] = 1;'

# What means nothing, or cannot be kept, is not passed over.
refused() { # WHAT CODE REGEX OPTIONS...
    local what=$1 want=$2 regex=$3
    shift 3
    "$fencepost" run "$@" >"$work/out" 2>"$work/err"
    ok "$what: exit code" [ $? = "$want" ]
    ok "$what: $(cat "$work/err")" grep -Eq "$regex" "$work/err"
}
hello=$guests/x86/table/hello
refused 'rights without registers' 2 'prot means nothing under --mmu table' \
    --mmu table --prot code=x "$hello"
refused 'bounds of segments' 2 'bounds means nothing under --mmu segmented' \
    --mmu segmented --bounds 64k "$guests/x86/segmented/hello"
refused 'segments of bounds' 2 'seg-bits means nothing under --mmu base-bounds' \
    --seg-bits 3 "$guests/x86/hello"
refused 'code and data in one segment' 126 'its rights are not those' \
    --mmu table --seg-bits 4 "$hello"
refused 'a stack above its own limit' 126 'more than the 8388608' \
    --mmu segmented --stack 9m "$guests/x86/segmented/hello"

# The number of notes does not depend on how many descriptors are at hand.
for n in 0 1 16; do
    "$fencepost" run --mmu table --stats --associative $n "$hello" 2>&1 \
        >"$work/out" | sed -n 's/^associative_notes *\([0-9]*\).*/\1/p'
done >"$work/notes"
ok 'table: five uses are noted' cmp -s "$work/notes" <(printf '5\n5\n5\n')

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
