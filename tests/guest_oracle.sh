#!/bin/bash
# guest_oracle.sh - guest programs, compared with an oracle nobody here wrote.
#
# Builds every program of guest/programs as an ordinary static Linux program
# with the distribution's glibc, runs it natively (i386) and under qemu-arm,
# and compares what it prints with tests/golden/guest/NAME.out. If RUN is set,
# as in RUN="build/rel/fencepost run --bounds 16k", the freestanding programs
# of `make guests` are run by that command and compared too.
#
#       -u      write the golden files from the i386 run
#
# Prints "ok NAME" or "not ok NAME" and, last, "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1

golden=tests/golden/guest
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
update=no
[ "${1:-}" = -u ] && update=yes

# What the programs are given; most need nothing.
arguments() {
    case $1 in
    args) arguments=(one "two words" "" -x) ;;
    *) arguments=() ;;
    esac
}

input() {
    case $1 in
    echo) seq 1 400 ;;
    esac
}

# Prints what command $2... says for program $1, and its exit code.
output() {
    local name=$1
    shift
    arguments "$name"
    input "$name" | "$@" "${arguments[@]}" 2>&1
    echo "exit ${PIPESTATUS[1]}"
}

# Compares command $3... for program $1 under the label $2.
compare() {
    local name=$1 label=$2
    shift 2
    if output "$name" "$@" | cmp -s - "$golden/$name.out"; then
        echo "ok $label $name"
        passed=$((passed + 1))
    else
        echo "not ok $label $name"
        output "$name" "$@" | diff - "$golden/$name.out" | head -5
        failed=$((failed + 1))
    fi
}

# heapgrow ends only where memory is small: no oracle but the golden file.
has_oracle() {
    [ "$1" != heapgrow ]
}

linux() {
    "$1" -std=gnu11 -O2 -static -o "$work/$2" "guest/programs/$3.c" -lm
}

# How i386 programs run here: empty where the kernel does it.
host=()
i386=linux-i386
choose_host() {
    linux i686-linux-gnu-gcc i386 hello || exit 1
    "$work/i386" >/dev/null 2>&1 && return
    host=(qemu-i386)
    i386=qemu-i386
}

choose_host
for source in guest/programs/*.c; do
    name=$(basename "$source" .c)
    if has_oracle "$name"; then
        linux i686-linux-gnu-gcc i386 "$name" || exit 1
        linux arm-linux-gnueabihf-gcc arm "$name" || exit 1
        [ $update = no ] || output "$name" "${host[@]}" "$work/i386" >"$golden/$name.out"
        compare "$name" $i386 "${host[@]}" "$work/i386"
        compare "$name" qemu-arm qemu-arm "$work/arm"
    fi
    [ -n "${RUN:-}" ] || continue
    for arch in x86 arm thumb arm-soft thumb-soft; do
        [ -e "build/guest/$arch/$name" ] || continue
        # shellcheck disable=SC2086 # RUN is a command with its options
        compare "$name" "$arch" $RUN "build/guest/$arch/$name"
    done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
