#!/bin/bash
# run_guests.sh - guest programs by the command line, against golden files.
#
# tests/golden/zoo/ARCH
#       How each program of the zoo ends on ARCH: its exit code, the first line
#       it prints, and the first line of the report. What a compiler chooses
#       (registers, the place of an instruction) is left out. The exit code must
#       also be the one that the source promises.
# tests/golden/bin/ARCH/NAME and NAME.run
#       A few programs as they were compiled once, so that every compiler's
#       users run the same instructions, and all that there is to know of a run:
#       exit code, output, report, counts, traps, a hash of all accesses, and where
#       the cycles of the clock go, with ordinary caches and with tiny ones.
#       They are equal on all versions of Unicorn.
# Then, for every program: a trace is the same bytes whoever else watches, and
# the traps in a trace of accesses are those of a trace without. Left out are
# pi and sha256, which are long; tests/test_guests.c watches them too.
#
#   FENCEPOST  the program under test (build/rel/fencepost)
#   GUESTS     folder of guest programs, by instruction set (build/guest)
#   OTHER      a second fencepost, perhaps with another Unicorn: traces and
#              counts of every program must be its, too
#
#       -u      write the golden files from this run
#       -b      compile tests/golden/bin first; implies -u
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
other=${OTHER:+$(realpath "$OTHER")}
golden=$PWD/tests/golden
sources=$PWD/guest
update=no
build=no
case ${1:-} in
-u) update=yes ;;
-b) update=yes build=yes ;;
esac

# The file $2 against the golden file $3.
golden() { # WHAT IS WANT
    [ $update = no ] || cp "$2" "$3" || exit 1
    ok "$1" cmp -s "$2" "$3"
    cmp -s "$2" "$3" || diff "$3" "$2" | head -20
}

# Run fencepost on one program in its own folder, as argv[0] is part of memory.
# Leaves out, err and code.
run() { # FENCEPOST PROGRAM OPTIONS...
    local binary=$1 program=$2
    shift 2
    (cd "$(dirname "$program")" &&
        exec "$binary" run "$@" -- "./$(basename "$program")") \
        >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

# A program of the zoo is made for the default bounds, the others need more.
bounds_of() { # NAME
    if [ -e "$sources/programs/$1.c" ]; then
        echo 64k
    else
        echo 16k
    fi
}

# The source of NAME for ARCH.
source_of() { # ARCH NAME
    local folder file
    for folder in programs zoo "zoo/${1/thumb/arm}"; do
        file=$sources/$folder/$2.c
        [ ! -e "$file" ] || echo "$file"
    done
}

# Every program for ARCH by name below its folder: from the sources, so that
# one that was not compiled is missed.
programs_of() { # ARCH
    (
        cd "$sources/programs" && printf '%s\n' *.c
        cd "$sources/zoo" && printf 'zoo/%s\n' *.c
        cd "$sources/zoo/${1/thumb/arm}" && printf 'zoo/%s\n' *.c
    ) | sed 's/\.c$//' | sort
}

# ---- how the zoo ends ----

# Of a first line, what no compiler chooses.
stable() {
    sed -E -e '/^[A-Z ]+: /!b' -e '/^SEGMENTATION/!s/^([A-Z ]+: [a-z0-9]+).* at 0x[0-9a-f]+:/\1 ... at PC:/' \
        -e '/stack_overflow/s/0xfffff[0-9a-f]{3}/0xfffff.../'
}

zoo() { # ARCH
    local arch=$1 program name promised
    : >"$work/zoo"
    for program in $(programs_of "$arch" | grep ^zoo/); do
        name=${program#zoo/}
        run "$fencepost" "$guests/$arch/$program"
        promised=$(sed -nE 's/.*Ends with exit code ([0-9]+).*/\1/p' \
            "$(source_of "$arch" "$name")")
        ok "$arch $name: exit code $code, not $promised as its source says" \
            [ "$code" = "$promised" ]
        {
            echo "$name: $code"
            head -n 1 "$work/out" | sed "s/^/$name stdout: /"
            head -n 1 "$work/err" | stable | sed "s/^/$name stderr: /"
        } >>"$work/zoo"
    done
    golden "$arch zoo" "$work/zoo" "$golden/zoo/$arch"
}

# ---- all there is to know of a few runs ----

binaries='
x86/hello x86/floats x86/setjmp x86/strings x86/divide_overflow
x86/rep_past_bounds x86/self_modifying x86/sse_straddle x86/straddle_bounds
arm/hello arm/floats arm/setjmp arm/self_modifying arm/stm_straddle
thumb/hello thumb/int64 thumb/quicksort thumb/run_off_end thumb/straddle_bounds
'

compile() {
    local binary arch name
    for binary in $binaries; do
        arch=${binary%/*} name=${binary#*/}
        mkdir -p "$golden/bin/$arch"
        scripts/guest-cc --arch "$arch" -std=gnu11 -g0 -s \
            -o "$golden/bin/$binary" "$(source_of "$arch" "$name")" || exit 1
    done
}

describe() { # FENCEPOST PROGRAM
    local bounds
    bounds=$(bounds_of "$(basename "$2")")
    run "$1" "$2" --bounds "$bounds" --trace "$work/accesses" --trace-accesses
    echo "accesses $(grep -c . "$work/accesses") $(sha256sum <"$work/accesses")"
    run "$1" "$2" --bounds "$bounds" --trace "$work/trace" --stats
    echo "exit $code"
    echo "stdout $(wc -c <"$work/out") $(sha256sum <"$work/out")"
    echo "report $(grep -m 1 '^[A-Z ]*: ' "$work/err")"
    sed -nE 's/^(instructions|fetches|loads|stores|faults) +([0-9]+) #.*/\1 \2/p' \
        "$work/err"
    cat "$work/trace"
    clock "$1" "$2" --bounds "$bounds"
    clock "$1" "$2" --bounds "$bounds" --l1i 512,2,16 --l1d 256,1,32,prefetch --ll 2k,4,32,plru
}

# Where the cycles go, cause by cause.
clock() { # FENCEPOST PROGRAM OPTIONS...
    run "$@" --timed --stats
    awk '$1 == "cycles" { on = 1 } $1 == "cpi" { exit } on { printf "%s %s ", $1, $2 }
         END { print "" }' "$work/err"
}

few() {
    local binary
    [ $build = no ] || compile
    for binary in $binaries; do
        describe "$fencepost" "$golden/bin/$binary" >"$work/run"
        golden "$binary" "$work/run" "$golden/bin/$binary.run"
    done
}

# ---- a table that grows while it is read ----

scripts/guest-cc --arch x86 -o "$work/blocks" guest/stress/blocks.c || exit 1
run "$fencepost" "$work/blocks" --bounds 128k
ok "thousands of blocks: exit code $code" [ "$code" = 0 ]
ok 'thousands of blocks: all ran' grep -q '^blocks: done$' "$work/out"

# ---- traces, whoever watches ----

trace() { # FILE FENCEPOST PROGRAM OPTIONS...
    local file=$1 binary=$2 program=$3
    shift 3
    rm -f "$file"
    run "$binary" "$program" --bounds "$(bounds_of "$(basename "$program")")" \
        --phys 1m --trace "$file" "$@"
}

is_long() {
    case $1 in
    */pi | */sha256) true ;;
    *) false ;;
    esac
}

# Traces of all accesses are for those that make few.
is_short() {
    case $1 in
    */zoo/heap_overrun) false ;;
    */zoo/* | */args | */echo | */hello | */setjmp) true ;;
    *) false ;;
    esac
}

watched() { # ARCH/PROGRAM
    local program=$guests/$1 plain=$work/plain
    trace "$plain" "$fencepost" "$program"
    ok "$1: a trace" [ -s "$plain" ]
    trace "$work/trace" "$fencepost" "$program" --stats --paranoid
    ok "$1: trace with --stats --paranoid" cmp -s "$plain" "$work/trace"
    trace "$work/trace" "$fencepost" "$program" --round-trip
    ok "$1: trace with --round-trip" cmp -s "$plain" "$work/trace"
    is_short "$1" || return
    trace "$work/trace" "$fencepost" "$program" --trace-accesses
    sed 's/^{"seq":[0-9]*,/{/' "$plain" >"$work/traps"
    grep -v '"verdict":"ok"}$' "$work/trace" | sed 's/^{"seq":[0-9]*,/{/' |
        cmp -s - "$work/traps"
    ok "$1: traps in a trace of accesses" [ $? = 0 ]
}

# The same of $other: traps, counts, output, exit code.
as_other() { # ARCH/PROGRAM
    local program=$guests/$1
    trace "$work/plain" "$fencepost" "$program" --stats
    { cat "$work/out"; grep -v ^host_ "$work/err"; echo "$code"; } >"$work/mine"
    trace "$work/trace" "$other" "$program" --stats
    { cat "$work/out"; grep -v ^host_ "$work/err"; echo "$code"; } >"$work/its"
    ok "$1: trace as by $other" cmp -s "$work/plain" "$work/trace"
    ok "$1: stats and output as by $other" cmp -s "$work/mine" "$work/its"
}

# ---- the largest memory ----

top() { # ARCH
    run "$fencepost" "$guests/$1/hello" --phys 2g --base $((0x80000000 - 16384))
    ok "$1 hello at the top of 2 GiB: $code" [ "$code" = 0 ]
    ok "$1 hello at the top of 2 GiB: output" \
        [ "$(cat "$work/out")" = "hello, world" ]
}

mkdir -p "$golden/zoo"
few
for arch in x86 arm thumb; do
    zoo $arch
    top $arch
    for program in $(programs_of $arch); do
        is_long "/$program" || watched "$arch/$program"
        [ -z "$other" ] || as_other "$arch/$program"
    done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
