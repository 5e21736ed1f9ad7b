#!/bin/bash
# run_implicit.sh - the guests of implicit segments (guest/implicit).
# The first comment of each says what to run it with, what it prints, what
# fencepost says of it and how it ends; and that is so whoever watches.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test

# What the first comment of SOURCE says behind WORDS.
says() { # SOURCE WORDS
    sed -n "/\*\//q; s/^ \* $2 //p" "$1" | sed 's/\. .*//; s/\.$//; s/^"//; s/"$//'
}

# Its exit code is the last line of the output.
run() { # PROGRAM OPTIONS...
    local program=$1
    shift
    "$fencepost" run --mmu implicit "$@" -- "$program" >"$work/out" \
        2>"$work/err" </dev/null
    echo "exit code $?" >>"$work/out"
}

check() { # WHAT SOURCE PROGRAM OPTIONS...
    local what=$1 source=$2 text report
    text=$(says "$source" Prints)
    report=$(says "$source" Says)
    shift 2
    run "$@"
    ok "$what: exit code" \
        grep -qx "exit code $(says "$source" 'Ends with exit code')" "$work/out"
    [ -z "$text" ] || ok "$what: output" grep -qxF "$text" "$work/out"
    [ -z "$report" ] ||
        ok "$what: $(head -n 1 "$work/err")" grep -Eq "$report" "$work/err"
}

for arch in x86 arm thumb; do
    for source in "guest/implicit/${arch/thumb/arm}"/*.S guest/implicit/*.c; do
        name=$(basename "${source%.*}")
        program=$guests/$arch/implicit/$name
        read -ra options <<<"$(says "$source" 'Run with')"
        set -- "${options[@]+"${options[@]}"}"

        check "$arch $name" "$source" "$program" "$@" --trace "$work/plain"
        check "$arch $name, watched" "$source" "$program" --phys 4m "$@" \
            --paranoid --round-trip --placement best --trace "$work/watched"
        ok "$arch $name: traps, watched" cmp "$work/plain" "$work/watched"
        [ "$name" = heap ] || [ "$name" = deep ] || {
            check "$arch $name, accesses" "$source" "$program" "$@" \
                --trace "$work/accesses" --trace-accesses
            ok "$arch $name: traps, accesses" cmp \
                <(sed 's/"seq":[0-9]*,//' "$work/plain") \
                <(grep -v '"verdict":"ok"' "$work/accesses" |
                    sed 's/"seq":[0-9]*,//')
        }
        check "$arch $name, in turns" "$source" "$program" "$@" --slice 101
    done
done

# Several of them take turns at the same places, whoever watches.
turns() { # TRACE OPTIONS...
    local trace=$1
    shift
    "$fencepost" run --mmu implicit --phys 4m --slice 100 --trace "$trace" "$@" \
        -- "$guests/x86/implicit/deep" ::: "$guests/arm/implicit/deep" ::: \
        "$guests/thumb/implicit/hello" >"$work/out" 2>"$work/err" </dev/null
}
turns "$work/plain"
ok 'in turns: exit code' [ $? = 0 ]
ok 'in turns: output' grep -qxF 'hello, data at 0' "$work/out"
turns "$work/watched" --paranoid --round-trip
ok 'in turns, watched' cmp "$work/plain" "$work/watched"
turns "$work/accesses" --trace-accesses
ok 'in turns, accesses' cmp <(sed 's/"seq":[0-9]*,//' "$work/plain") \
    <(grep -v '"verdict":"ok"' "$work/accesses" | sed 's/"seq":[0-9]*,//')

# The stack's room is all that is unused, also where it has data's addresses.
"$fencepost" run --mmu implicit --asize 64k --stats \
    "$guests/x86/implicit/three" >"$work/out" 2>"$work/err"
stat() { # NAME
    sed -n "s/^$1 *\([0-9]*\) .*/\1/p" "$work/err"
}
ok 'internal fragmentation' [ $(($(stat reserved) -
    $(stat internal_fragmentation))) -lt 300 ]

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
