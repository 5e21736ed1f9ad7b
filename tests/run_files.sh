#!/bin/bash
# run_files.sh - a host file that one option names is not destroyed by another:
# the run is refused before anything is written.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
hello=$guests/x86/hello
cd "$work" || exit 1

# New files with data, and all other names that they have.
fresh() {
    rm -rf ./*
    mkdir folder
    head -c 65536 /dev/urandom >disk
    cp "$hello" program
    printf '[machine]\nphys = 1m\n' >machine
    printf 'a 1 16\nf 1\n' >requests
    for file in disk program machine requests missing; do
        ln -s "$file" "link-$file"
        ln -s "../$file" "folder/$file"
        [ ! -e "$file" ] || ln "$file" "hard-$file"
    done
    sha256sum disk program machine requests >before
}

# The names of FILE.
names() { # FILE
    local name
    for name in "$1" "./$1" "link-$1" "folder/$1" "hard-$1"; do
        [ ! -e "$name" ] && [ "$1" != missing ] || [ "$name" = hard-missing ] ||
            echo "$name"
    done
}

# FILE is given to both; ARGUMENTS say the rest, with @ for its other name.
clash() { # WHAT FILE REGEX ARGUMENTS...
    local what=$1 file=$2 regex=$3 name
    shift 3
    for name in $(names "$file"); do
        fresh
        refused "$what, $name" 2 "${regex//@/$name}" "${@//@/$name}"
        ok "$what, $name: unchanged" sha256sum --quiet -c before
        ok "$what, $name: nothing made" [ ! -e missing ]
    done
}

fresh
clash 'swap, disk' disk '--swap @: that is the file of --disk disk$' \
    --disk disk --swap @ "$hello"
clash 'disk, swap' disk '--swap disk: that is the file of --disk @$' \
    --swap disk --disk @ "$hello"
clash 'trace, disk' disk '--trace @: that is the file of --disk disk$' \
    --disk disk --trace @ "$hello"
clash 'trace, swap' disk '--trace @: that is the file of --swap disk$' \
    --trace @ --swap disk "$hello"
clash 'a trace and a swap disk to be made' missing \
    '--trace @: that is the file of --swap missing$' \
    --trace @ --swap missing "$hello"
clash 'swap, machine' machine '--swap @: that is the file of --machine machine$' \
    --swap @ --machine machine "$hello"
clash 'trace, machine' machine '--trace machine: that is the file of --machine @$' \
    --trace machine --machine @ "$hello"
clash 'disk, machine' machine '--disk @: that is the file of --machine machine$' \
    --disk @ --machine machine "$hello"
for option in trace swap disk; do
    clash "$option, program" program "--$option @: that is the program\$" \
        --$option @ program
    clash "$option, a later program" program \
        "--$option @: that is the program\$" \
        --$option @ "$hello" ::: "$hello" ::: program
    clash "$option, exec" program "--$option @: that is the program\$" \
        --$option @ --exec program "$hello"
done

# Streams: what stdin and stdout are is a file, too.
# shellcheck disable=SC2094 # that is what is tested
streams() {
    "$fencepost" run --trace machine --machine - "$hello" <machine >out 2>err
    ok 'stdin: exit code' [ $? = 2 ]
    ok "stdin: $(cat err)" \
        grep -qx 'fencepost run: --trace machine: that is the file of --machine -' err
    "$fencepost" run --trace program - <program >out 2>err
    ok 'a program from stdin: exit code' [ $? = 2 ]
    "$fencepost" run --trace - --swap all "$hello" >all 2>err
    ok 'stdout: exit code' [ $? = 2 ]
    ok 'stdin: unchanged' sha256sum --quiet -c before
}
fresh
streams

# The options may come from the machine file itself.
printf '[os]\nswap = machine\n' >machine
"$fencepost" run --machine machine "$hello" >out 2>err
ok 'a machine file that names itself: exit code' [ $? = 2 ]
ok 'a machine file that names itself: unchanged' grep -q swap machine

# A heap's plot and the trace that it is made from.
fresh
for name in $(names requests); do
    "$fencepost" alloc --heap-size 1k --plot "$name" requests >out 2>err
    ok "plot, $name: exit code" [ $? = 2 ]
    ok "plot, $name: $(cat err)" \
        grep -qx "fencepost alloc: --plot $name: that is the trace" err
    ok "plot, $name: unchanged" sha256sum --quiet -c before
done

# What is not kept may be given twice, and different files may, of course.
may() { # WHAT ARGUMENTS...
    local what=$1
    shift
    "$fencepost" run "$@" >out 2>err </dev/null
    ok "$what: $(cat err)" [ $? = 0 ]
}
may 'different files' --trace t --swap s --disk disk --machine machine program
ok 'different files: traced' [ -s t ]
may 'the same name elsewhere' --trace folder/t --swap s program
may '/dev/null' --trace /dev/null --machine /dev/null program
may 'one program twice' --exec program program ::: hard-program
"$fencepost" run --trace - "$hello" 2>err | cat >out
ok 'a pipe' grep -q '"kind":"syscall"' out

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
