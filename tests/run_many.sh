#!/bin/bash
# run_many.sh - several programs on one machine, from outside: each does what it
# does alone, whatever the time slice, wherever it is moved and whoever watches.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

programs=(x86/primes arm/hello thumb/quicksort x86/matrix arm/recursion
    thumb/strings x86/int64 arm/sha256 thumb/pi x86/setjmp arm/quicksort
    x86/sha256)

# Each alone, then all together: the lines of each, behind its tag, in order.
list=()
for p in "${programs[@]}"; do
    "$fencepost" run --bounds 64k "$guests/$p" >"alone.${p/\//-}" </dev/null
    list+=("$guests/$p" :::)
done
unset 'list[-1]'
for way in 'rr 1' 'rr 97' 'rr 10000' 'mlfq 1' 'mlfq 97' 'lottery:5 97'; do
    schedule=${way% *} slice=${way#* }
    "$fencepost" run --tag --bounds 64k --slice "$slice" \
        --schedule "$schedule" "${list[@]}" >together </dev/null 2>err
    ok "$way: exit code" [ $? = 0 ]
    ok "$way: $(head -n 1 err)" [ ! -s err ]
    pid=0
    for p in "${programs[@]}"; do
        pid=$((pid + 1))
        sed -n "s/^\[$pid\] //p" together >"of.$pid"
        ok "$way: $p" cmp "alone.${p/\//-}" "of.$pid"
    done
done

# Nobody's watching moves the timer, of instructions or of cycles.
two=("$guests/x86/quicksort" ::: "$guests/arm/primes" ::: "$guests/thumb/hello")
unnumbered() { # records of traps without their numbers
    grep -Ev '"kind":"(fetch|load|store)"' "$1" | sed 's/"seq":[0-9]*,//'
}
for slice in 'timed 8' 'timed 999' 'timed 20000' 'plain 61'; do
    turns=("$fencepost" run --slice "${slice#* }")
    if [ "${slice% *}" = timed ]; then
        turns+=(--timed)
    fi
    "${turns[@]}" --trace plain "${two[@]}" >out.plain
    "${turns[@]}" --trace watched --paranoid --round-trip --stats "${two[@]}" \
        >out.watched 2>stats
    "${turns[@]}" --trace accesses --trace-accesses "${two[@]}" >out.accesses
    ok "$slice, watched: output" cmp out.plain out.watched
    ok "$slice, watched: trace" cmp plain watched
    ok "$slice, accesses: output" cmp out.plain out.accesses
    ok "$slice, accesses: trace" cmp <(unnumbered plain) <(unnumbered accesses)
done
ok 'switches are recorded' grep -q '"kind":"switch","from":1' plain
ok 'switches are counted' \
    [ "$(awk '$1 == "switches" { print $2 }' stats)" = \
    "$(grep -c '"kind":"switch"' plain)" ]
ok 'timers are counted' \
    [ "$(awk '$1 == "traps_timer" { print $2 }' stats)" = \
    "$(grep -c '"kind":"timer"' plain)" ]

# Whoever watches, and again: the same turns. Another policy or seed: others.
turns() { # TRACE: who gets the CPU, and when
    grep '"kind":"switch"' "$1" | sed 's/"seq":[0-9]*,//'
}
for schedule in rr mlfq lottery:1 lottery:2; do
    "$fencepost" run --slice 61 --schedule $schedule --trace "plain.$schedule" \
        "${two[@]}" >out
    "$fencepost" run --slice 61 --schedule $schedule --trace watched \
        --trace-accesses --paranoid --stats "${two[@]}" >out.watched 2>stats
    ok "$schedule: output" cmp out out.watched
    ok "$schedule: turns" cmp <(turns "plain.$schedule") <(turns watched)
done
ok 'rr is what there is' cmp plain plain.rr
ok 'lottery: is not round robin' \
    [ "$(turns plain.lottery:1 | cksum)" != "$(turns plain.rr | cksum)" ]
ok 'a seed changes turns' \
    [ "$(turns plain.lottery:1 | cksum)" != "$(turns plain.lottery:2 | cksum)" ]

# Who only works a little now and then waits less under mlfq than in turn.
cat >tick.c <<'END'
#include <time.h>
int main(void)
{
    const struct timespec pause = {0, 2000};

    for (int i = 0; i < 20; i++)
        nanosleep(&pause, 0);
    return 0;
}
END
"$root/scripts/guest-cc" --arch arm -o tick tick.c
busy=$guests/x86/sha256
for schedule in rr mlfq; do
    "$fencepost" run --slice 1000 --bounds 64k --schedule $schedule \
        --trace "tick.$schedule" "$busy" ::: "$busy" ::: "$busy" ::: tick >out
    ok "$schedule: turns beside a sleeper" \
        [ "$(turns "tick.$schedule" | wc -l)" -gt 40 ]
done
ends() { # TRACE: the cycle of the last trap of process 4
    grep '"pid":4,.*"kind":"syscall"' "$1" | tail -n 1 |
        sed 's/.*"cycle":\([0-9]*\).*/\1/'
}
ok "mlfq: 20 naps end at $(ends tick.mlfq), in turn at $(ends tick.rr)" \
    [ "$(ends tick.mlfq)" -lt "$(ends tick.rr)" ]
ok 'mlfq: is not round robin' [ "$(turns tick.mlfq | cksum)" != \
    "$(turns tick.rr | cksum)" ]

# The first that fails gives the exit code; a fault is its process's own.
"$fencepost" run "$guests/x86/zoo/divide_by_zero" ::: "$guests/arm/primes" ::: \
    "$guests/x86/zoo/store_past_bounds" >out 2>err
ok 'a fault: exit code' [ $? = 136 ]
ok 'a fault: the others go on' grep -q '303 primes' out
ok 'a fault: two reports' [ "$(grep -c 'The operating system ended pid' err)" = 2 ]
ok 'a fault: the name of each' grep -q 'pid 3, store_past_bounds' err

# Heaps that grow into each other: memory is compacted under running programs.
cat >grow.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    const unsigned size = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    unsigned char *blocks[20];
    unsigned sum = 0;

    for (int i = 0; i < 20; i++) {
        blocks[i] = malloc(size + 100 * i);
        memset(blocks[i], i + 1, size);
    }
    for (int i = 0; i < 20; i++)
        for (unsigned k = 0; k < size; k++)
            sum = sum * 31 + blocks[i][k];
    printf("%u %x\n", size, sum);
    return 0;
}
END
for room in segmented:205k table:232k; do
    space=${room%:*}
    sizes=(x86 1000 arm 1500 thumb 700)
    list=()
    for i in 0 2 4; do
        isa=${sizes[i]} size=${sizes[i + 1]}
        "$root/scripts/guest-cc" --arch "$isa" --space "$space" \
            -o "grow.$isa" grow.c
        "$fencepost" run --mmu "$space" "grow.$isa" "$size" >"alone.$isa"
        list+=("grow.$isa" "$size" :::)
    done
    unset 'list[-1]'
    for slice in 1 300 7001; do
        "$fencepost" run --mmu "$space" --stack 4k --phys "${room#*:}" --slice $slice \
            --tag --paranoid --stats "${list[@]}" >together 2>err
        ok "$space compaction, slice $slice: exit code" [ $? = 0 ]
        ok "$space compaction, slice $slice" diff \
            <(cat alone.x86 alone.arm alone.thumb) \
            <(sort together | sed 's/^\[.\] //')
        ok "$space compaction, slice $slice: moved something" grep -Eq \
            '^compactions +[1-9]' err
    done
    "$fencepost" run --mmu "$space" --stack 4k --phys "${room#*:}" --slice 300 \
        --timed --stats "${list[@]}" >out 2>err
    moved=$(sed -n 's/^compacted *\([0-9]*\).*/\1/p' err)
    cycles=$(sed -n 's/^compact *\([0-9]*\).*/\1/p' err)
    ok "$space compaction: a load and a store a word: $moved, $cycles" \
        [ "$cycles" -ge $((moved / 2)) ]
done

hello=$guests/x86/hello
refused 'nothing before' 2 "a program is missing before" ::: "$hello"
refused 'nothing behind' 2 "a program is missing behind" "$hello" :::
refused 'no second file' 127 "none: No such file" "$hello" ::: none
refused 'no room' 126 ".*no hole is that large" --phys 64k --bounds 32k \
    "$hello" ::: "$hello"
refused 'one base' 126 ".*another image lies" --base 32k "$hello" ::: "$hello"
refused 'slice 0' 2 "--slice: 0 is too small" --slice 0 "$hello"
refused 'no such policy' 2 "--schedule: there is no 'mlfk'; did you mean mlfq" \
    --schedule mlfk "$hello"
refused 'no seed' 2 "--schedule: 'x' is no size" --schedule lottery:x "$hello"
refused 'no tickets' 2 "--tickets: 0 is too small" --tickets 0 "$hello"
many=()
for _ in $(seq 257); do many+=("$hello" :::); done
unset 'many[-1]'
refused 'too many' 2 "more than 256 programs" "${many[@]}"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
