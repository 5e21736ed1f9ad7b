#!/bin/bash
# run_config.sh - machine files, from outside: each key means its option, the
# command line overrides, what is shown means the same, what is wrong is named.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

show() { # ARGUMENTS...: the configuration
    "$fencepost" run --show-config "$@" </dev/null
}

# Each option on the command line, and as a key: the same configuration.
ln -s "$guests/x86/hello" prog
while IFS='|' read -r section key value options; do
    # shellcheck disable=SC2086 # options are words
    show $options prog >want 2>err
    printf '[process.1]\nprogram = prog\n[%s]\n%s = %s\n' \
        "$section" "$key" "$value" >file.ini
    [ "$key" = json ] || [ "$key" = top ] && echo '[watch]' >>file.ini &&
        echo 'stats = yes' >>file.ini
    [ "$key" = trace-accesses ] && echo 'trace = t' >>file.ini
    [ "$key" = trace-format ] && printf 'trace = t\ntrace-accesses = yes\n' \
        >>file.ini
    show --machine file.ini >got 2>>err
    ok "[$section] $key = $value: $(cat err)" cmp -s want got
    ok "[$section] $key = $value: is shown" grep -Eq \
        "^$key = \"?$value" got
    show --machine got >again
    ok "[$section] $key = $value: shown again" cmp -s got again
done <<'END'
machine|phys|2m|--phys 2m
machine|timed|yes|--timed
machine|max-instructions|77|--max-instructions 77
machine|paranoid|yes|--paranoid
machine|round-trip|yes|--round-trip
mmu|scheme|segmented|--mmu segmented
mmu|scheme|implicit|--mmu implicit
mmu|scheme|table|--mmu table
mmu|bounds|12345|--bounds 12345
mmu|base|32769|--base 0x8001
mmu|asize|16k|--asize 16k
mmu|seg-bits|3|--seg-bits 3
mmu|stack|5k|--stack 5k
mmu|stack-max|5m|--stack-max 5m
mmu|prot|code=x,data=rwx|--prot code=x,data=rwx
mmu|associative|0|--associative 0
os|placement|buddy|--placement buddy
os|placement|slots:4k|--placement slots:4k
os|slice|123|--slice 123
os|schedule|mlfq|--schedule mlfq
os|schedule|lottery:9|--schedule lottery:9
os|tickets|5|--tickets 5
os|exec|other|--exec other
watch|tag|yes|--tag
watch|trace|t|--trace t
watch|trace-accesses|yes|--trace t --trace-accesses
watch|trace-format|din|--trace t --trace-accesses --trace-format din
watch|stats|yes|--stats
watch|json|yes|--stats --json
watch|top|5|--stats --top 5
caches|l1i|16k,4,32|--l1i 16k,4,32
caches|l1d|1k,1,16,fifo,write-through|--l1d 1k,1,16,fifo,write-through
caches|l2|128k,8,64,random|--l2 128k,8,64,random
caches|ll|1m,16,64,plru,prefetch|--ll 1m,16,64,plru,prefetch
caches|dram|2,1k|--dram 2,1024
caches|inclusive|yes|--inclusive
caches|seed|3|--seed 3
costs|dram_hit|5|--cost dram_hit=5
END

# Several programs, each with its own address space and arguments.
cat >args.c <<'END'
#include <stdio.h>
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("<%s>", argv[i]);
    printf("\n");
    return 0;
}
END
for space in base-bounds segmented table; do
    "$root/scripts/guest-cc" --arch arm --space $space -o "args.$space" args.c
done
cat >four.ini <<END
[process.40]          # numbers say the order, and may leave some out
program = args.table
scheme = table

[process.2]
program = args.base-bounds
args = a "b c" "" "\\"#\\\\"   ; four
bounds = 32k

[mmu]
stack = 8k

[process.3]
scheme = segmented
program = args.segmented
args = one

[process.4]
program = args.segmented
args = two
scheme = segmented
asize = 4g

[watch]
tag = yes
END
cat >want <<'END'
[1] <a><b c><><"#\>
[2] <one>
[3] <two>
[4] 
END
"$fencepost" run --machine four.ini >out 2>err
ok 'four: exit code' [ $? = 0 ]
ok "four: $(cat err)" [ ! -s err ]
ok 'four: output' cmp <(sort out) want
for extra in '--slice 1' '--slice 13 --paranoid' '--timed' \
    '--stats --schedule mlfq' '--slice 7 --trace t --trace-accesses'; do
    # shellcheck disable=SC2086
    "$fencepost" run $extra --machine four.ini >out 2>err
    ok "four, $extra: output" cmp <(sort out) want
done
"$fencepost" run --machine - <four.ini >out
ok 'four, from stdin' cmp <(sort out) want
show --machine four.ini >shown
"$fencepost" run --machine shown >out
ok 'four, as shown' cmp <(sort out) want

# More processes than engines, of different schemes, take turns in them.
{
    printf '[os]\nslice = 50\n'
    for i in $(seq 60); do
        space=$(echo base-bounds segmented table |
            cut -d ' ' -f $((i % 3 + 1)))
        printf '[process.%u]\nprogram = args.%s\nscheme = %s\nargs = %u\n' \
            "$i" "$space" "$space" "$i"
    done
} >sixty.ini
"$fencepost" run --machine sixty.ini >out 2>err
ok "sixty: exit code $(head -n 1 err)" [ $? = 0 ]
ok 'sixty: output' cmp <(sort -V out) <(seq -f '<%g>' 60)

# The command line overrides, wherever it says so; its programs replace others.
show --bounds 20k --machine four.ini --stack 3k | grep -E '^(bounds|stack) ' >got
ok 'overriding' [ "$(tr '\n' ' ' <got)" = 'bounds = 20k stack = 3k ' ]
"$fencepost" run --machine four.ini --mmu table args.table x >out 2>err
ok 'other programs' [ "$(cat out)" = '[1] <x>' ]

# The map: pieces that touch, to the end of memory, each with its owner.
cat >want <<'END'
0x00000000         56  trap table
0x00000100      16128  PCBs
0x00004000      32768  segment 0 of pid 1, prog
END
"$fencepost" run --show-map --bounds 32k prog >out
ok 'map: one' cmp <(head -n 3 out) want
"$fencepost" run --show-map --phys 8m --machine sixty.ini >out
ok 'map: PCBs' [ "$(grep -c ' PCB of pid' out)" = 51 ]
ok 'map: tables' [ "$(grep -c ' segment table of pid' out)" = 20 ]
ok 'map: no pipes' [ "$(grep -c ' pipe' out)" = 0 ]
end=16384 touches=yes
while read -r base size _; do
    [ $((base)) = "$end" ] || touches=no
    end=$((base + size))
done < <(tail -n +3 out)
ok 'map: pieces touch' [ $touches = yes ]
ok 'map: to the end of memory' [ "$end" = $((8 * 1024 * 1024)) ]
ok 'map: runs nothing' [ "$(grep -c '^<' out)" = 0 ]

# Costs from the file are what is charged.
printf '[costs]\ntrap_entry = 1000070\n[watch]\nstats = yes\n' >costs.ini
"$fencepost" run --timed --stats prog >out 2>plain
"$fencepost" run --machine costs.ini prog >out 2>dear
cycles() { awk '$1 == "cycles" { print $2 }' "$1"; }
traps() { awk '$1 == "traps_syscall" { print $2 }' "$1"; }
ok 'costs are charged' [ $(($(cycles dear) - $(cycles plain))) = \
    $((1000000 * $(traps plain))) ]
ok 'costs are shown' grep -q '^trap_entry *1000070' \
    <("$fencepost" run --show-costs --machine costs.ini)

refused() { # LINES REGEX
    printf '%b' "$1" >bad.ini
    "$fencepost" run --machine bad.ini >out 2>err
    ok "$1: exit code" [ $? = 2 ]
    ok "$1: $(cat err)" grep -Eq "^fencepost run: $2" err
    ok "$1: one line" [ "$(wc -l <err)" = 1 ]
    ok "$1: no output" [ ! -s out ]
}
at=bad.ini
refused '\n[machin]' "$at:2: unknown section \[machin\]; did you mean \[machine\]\?"
refused '[zzz]' "$at:1: unknown section \[zzz\]; there is \[machine\], .*process.N"
refused '[os]\n\nslise = 3' "$at:3: unknown key slise in \[os\]; did you mean slice\?"
refused '[os]\nbounds = 3' \
    "$at:2: unknown key bounds in \[os\]; it belongs in \[mmu\]\$"
refused '[os]\ndisk = d' \
    "$at:2: unknown key disk in \[os\]; it belongs in \[machine\]\$"
refused '[process.2]\nswap = d' \
    "$at:2: unknown key swap in \[process.2\]; it belongs in \[os\]\$"
refused '[mmu]\nprogram = p' \
    "$at:2: unknown key program in \[mmu\]; it belongs in \[process.N\]\$"
refused '[mmu]\ndram_hit = 3' \
    "$at:2: unknown key dram_hit in \[mmu\]; it belongs in \[costs\]\$"
refused '[process.1]\nprogram = a\n[os]\n[process.1]\nargs = b' \
    "$at:4: \[process.1\]: it begins in line 1, too\$"
refused '[process.7]\nprogrm = x' \
    "$at:2: unknown key progrm in \[process.7\]; did you mean program\?"
refused '[costs]\ndram_hot = 3' "$at:2: unknown key dram_hot .*mean dram_hit\?"
refused 'a = b' "$at:1: a key before the first \[section\]"
refused '[os]\nslice' "$at:2: want KEY = VALUE or \[SECTION\]"
refused '[os]\nslice =' "$at:2: slice: the value is missing"
refused '[os]\nslice = 1 2' "$at:2: slice: want one value"
refused '[os]\nslice = "1' "$at:2: a quote is not closed"
refused '[os]\nslice = 0' "$at:2: slice: 0 is too small: at least 1"
refused '[os]\r\nslice = 3x\r\n' "$at:2: slice: '3x' is no size"
refused '[os]\nslice = 1\n[mmu]\n[os]\nslice = 1' \
    "$at:5: slice: it is given in line 2, too"
refused '[os]\nschedule = rrr' "$at:2: schedule: there is no 'rrr'; did you mean rr"
refused '[os]\nplacement = frist' "$at:2: placement: there is no 'frist'; .* first"
refused '[mmu]\nscheme = x' "$at:2: scheme x: there is base-bounds, segmented"
refused '[mmu]\nprot = x' "$at:2: prot x: 'x' is none of code=, data= or stack="
refused '[machine]\nphys = 1' "$at:2: phys: 1 is too small: at least 32k"
refused '[machine]\ntimed = true' "$at:2: timed: 'true': want yes or no"
refused '[caches]\nl1i = 3' "$at:2: l1i: '3' is no geometry"
refused '[caches]\ndram = 3,1k' "$at:2: dram: 3,1k: the number of banks must be a power"
refused '[caches]\ndram = big' "$at:2: dram: 'big' is no DRAM: want BANKS,ROW"
refused '[costs]\nl2_hit = -1' "$at:2: l2_hit: '-1': want a number of cycles below 4g\$"
refused '[costs]\nl2_hit = ""' "$at:2: l2_hit: '': want a number of cycles"
refused '[costs]\n\nl2_hit = 4g' "$at:3: l2_hit: '4g': want a number of cycles below 4g\$"
refused '[process.0]' "$at:1: \[process.0\]: want \[process.N\] with N from 1 to 256"
refused '[process.257]' "$at:1: \[process.257\]: want"
refused '[process]' "$at:1: \[process\]: want"
refused '[process.1]\n[os]' "$at:1: \[process.1\]: it has no program"
refused '[process.1]\nprogram = x\nbounds = 0' "$at:3: bounds: 0 is too small"
refused '[os]\nslice = 1\00002' "$at:2: the line has a byte 0"
refused '[os]\nslice = 3' 'a program to run is missing'

{
    echo '[os]'
    head -c 70000 /dev/zero | tr '\0' x
} >long.ini
"$fencepost" run --machine long.ini >out 2>err
ok "long: $(cat err)" grep -q 'long.ini:2: the line is too long' err
"$fencepost" run --machine none.ini prog >out 2>err
ok "no file: $(cat err)" grep -q -- '--machine none.ini: No such file' err
"$fencepost" run --machine . prog >out 2>err
ok "a folder: $(cat err)" grep -q -- '--machine .: Is a directory' err
"$fencepost" run --machine four.ini --machine four.ini >out 2>err
ok "twice: $(cat err)" grep -q -- '--machine is given twice' err

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
