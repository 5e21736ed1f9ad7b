#!/bin/bash
# run_swap.sh - programs that do not fit in memory together, from outside: with
# a swap file each does what it does alone.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

counter() { # NAME: as --stats has it in the file err
    awk -v name="$1" '$1 == name { print $2 }' err
}

programs=(x86/primes arm/quicksort thumb/strings x86/sha256 arm/matrix)

# Each alone, then all together where at most two have room.
for way in base-bounds:180k segmented:150k table:150k; do
    scheme=${way%:*} phys=${way#*:}
    space=(--mmu "$scheme" --stack 40k)
    [ "$scheme" = base-bounds ] && space=(--bounds 64k)
    list=()
    for p in "${programs[@]}"; do
        path=$guests/${p%/*}/$scheme/${p#*/}
        [ "$scheme" = base-bounds ] && path=$guests/$p
        "$fencepost" run "${space[@]}" "$path" >"alone.${p/\//-}" </dev/null
        list+=("$path" :::)
    done
    unset 'list[-1]'
    "$fencepost" run "${space[@]}" --phys "$phys" "${list[@]}" >out 2>err
    ok "$scheme: does not fit without" grep -q 'no hole' err
    for slice in 211 10000; do
        "$fencepost" run --tag "${space[@]}" --slice $slice --phys "$phys" \
            --swap swap --swap-size 1m --paranoid --stats \
            --trace "trace.$slice" "${list[@]}" \
            >together </dev/null 2>err
        ok "$scheme, slice $slice: exit code" [ $? = 0 ]
        ok "$scheme, slice $slice: swaps" [ "$(counter swapped_out)" -gt 2 ]
        ok "$scheme, slice $slice: all come back" \
            [ "$(counter swapped_out)" = "$(counter swapped_in)" ]
        ok "$scheme, slice $slice: a record for each" \
            [ "$(grep -c '"kind":"swap-' "trace.$slice")" = \
            $(($(counter swapped_out) + $(counter swapped_in))) ]
        ok "$scheme, slice $slice: bytes" \
            [ "$(sed -n 's/.*"kind":"swap-.*"bytes":\([0-9]*\).*/\1/p' \
            "trace.$slice" | awk '{ n += $1 } END { print n }')" = \
            "$(counter swap_bytes)" ]
        pid=0
        for p in "${programs[@]}"; do
            pid=$((pid + 1))
            sed -n "s/^\[$pid\] //p" together >"of.$pid"
            ok "$scheme, slice $slice: $p" cmp "alone.${p/\//-}" "of.$pid"
        done
    done
done

# Processes that fork, wait and write to each other.
for name in family pipes pipeline; do
    program=$guests/x86/processes/$name
    "$fencepost" run --bounds 64k "$program" >want
    for slice in 97 10000; do
        "$fencepost" run --bounds 64k --phys 170k --slice $slice --paranoid \
            --swap swap --swap-size 1m --stats "$program" >out 2>err
        ok "$name, slice $slice: exit code" [ $? = 0 ]
        ok "$name, slice $slice" cmp want out
        ok "$name, slice $slice: swaps" [ "$(counter swapped_out)" -gt 0 ]
    done
done

# It costs the time of the disk, and nobody's watching changes who goes.
two=("$guests/x86/primes" ::: "$guests/arm/hello")
run=("$fencepost" run --bounds 64k --phys 100k --slice 997 --swap swap)
"${run[@]}" --stats --trace plain "${two[@]}" >out 2>err
out=$(counter swapped_out) in=$(counter swapped_in)
"${run[@]}" --stats --timed "${two[@]}" >out.timed 2>err
ok 'timed: as often' [ "$out $in" = "$(counter swapped_out) $(counter swapped_in)" ]
ok 'timed: same output' cmp out out.timed
ok 'timed: what the disk takes' [ "$(counter swap)" -ge 6000000 ]
"${run[@]}" --trace watched --paranoid --round-trip "${two[@]}" >out.watched
ok 'watched: same trace' cmp plain watched
ok 'watched: same output' cmp out out.watched

# Others run while images are on their way, and nobody's watching changes it.
many=("$guests/x86/primes" ::: "$guests/arm/quicksort" ::: "$guests/x86/sha256" :::
    "$guests/thumb/strings")
for timed in '' --timed; do
    run=("$fencepost" run --bounds 64k --phys 150k --slice 997 --swap swap
        --swap-size 1m)
    [ -z "$timed" ] || run+=("$timed" --cost disk_seek=20000)
    "${run[@]}" --trace plain "${many[@]}" >out.flight 2>err
    "${run[@]}" --trace watched --paranoid --round-trip --stats "${many[@]}" \
        >out.watched 2>err
    ok "in flight $timed: same trace" cmp plain watched
    ok "in flight $timed: same output" cmp out.flight out.watched
    "${run[@]}" --trace both --trace-accesses "${many[@]}" >out.watched 2>err
    ok "in flight $timed: same without accesses" cmp \
        <(sed 's/"seq":[0-9]*,//' plain) \
        <(grep -v '"verdict":"ok"' both | sed 's/"seq":[0-9]*,//')
done
"${run[@]}" --stats "${many[@]}" >out.flight 2>err
ok 'in flight: interrupts' [ "$(counter traps_disk)" -gt 0 ]
sum=0
for cause in execute fetch_stall load_stall store_stall translate trap \
    context_switch compact swap idle; do
    sum=$((sum + $(counter $cause)))
done
ok "in flight: the causes are all of the time" [ "$(counter cycles)" = $sum ]

printf '[machine]\nphys = 100k\n[mmu]\nbounds = 64k\n[os]\nslice = 997\nswap = swap\nswap-size = 64k\n' \
    >machine.ini
"$fencepost" run --machine machine.ini "${two[@]}" >out.machine
ok 'machine file: same output' cmp out out.machine
"$fencepost" run --machine machine.ini --show-config >config
ok 'machine file: shown' grep -q '^swap = swap$' config
ok 'machine file: its size too' grep -q '^swap-size = 64k$' config

# The three regimes: who is in memory differs, what is printed does not.
three=("$guests/x86/primes" ::: "$guests/arm/quicksort" ::: "$guests/x86/sha256")
for memory in resident swap early; do
    "$fencepost" run --tag --bounds 64k --slice 10000 --memory $memory \
        --swap swap --swap-size 1m --timed --stats "${three[@]}" >"out.$memory" 2>err
    ok "$memory: exit code" [ $? = 0 ]
    sort "out.$memory" >"sorted.$memory"
    ok "$memory: output" cmp sorted.resident "sorted.$memory"
    switches=$(counter switches) out=$(counter swapped_out)
    case $memory in
    resident) ok "$memory: $switches, $out" [ "$switches $out" = "$switches 0" ] ;;
    swap) ok "$memory: $switches, $out" test "$((switches > 20 && out >= switches))" = 1 ;;
    early) ok "$memory: $switches, $out" [ "$switches $out" = '0 0' ] ;;
    esac
done
ok 'early: one after the other' cmp out.early <(sort -s -n -k 1.2,1.2 out.early)

# Early programs need room for one; the exit code is that of the first failure.
"$fencepost" run --bounds 64k --phys 100k --memory early "${three[@]}" >out
ok 'early: room for one' cmp out <(sed 's/^\[.\] //' out.early)
"$fencepost" run --memory early "$guests/x86/zoo/exit_code" ::: \
    "$guests/x86/hello" >out 2>err
code=$?
"$fencepost" run "$guests/x86/zoo/exit_code" >alone 2>err
ok "early: exit code $code" [ $code = $? ]
ok 'early: the next one runs' grep -q hello out

# One asks for the time late: all run again, and nobody prints twice.
cat >now.c <<'END'
#include <stdio.h>
#include <time.h>
int main(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%ld.%09ld\n", (long)now.tv_sec, now.tv_nsec);
    return 0;
}
END
"$root/scripts/guest-cc" --arch x86 -o now now.c
for memory in resident swap early; do
    run=("$fencepost" run --bounds 64k --memory "$memory" --swap swap --swap-size 1m)
    "${run[@]}" "$guests/x86/sha256" ::: now >out 2>err
    ok "$memory, time: exit code" [ $? = 0 ]
    "${run[@]}" --stats "$guests/x86/sha256" ::: now >counted 2>err
    ok "$memory, time: as when counted" cmp out counted
done

hello=$guests/x86/hello
refused 'no folder' 125 '--swap none/swap: No such file' --swap none/swap "$hello"
refused 'a folder' 2 '--swap \.: not a regular file' --swap . "$hello"
refused 'a device' 2 '--swap /dev/full: not a regular file' --swap /dev/full "$hello"
refused 'no name' 2 '--swap: the file.s name is empty' --swap '' "$hello"
refused 'only a size' 2 '--swap-size needs --swap' --swap-size 1m "$hello"
refused 'no disk' 2 '--memory swap needs --swap FILE' --memory swap "$hello"
refused 'no regime' 2 '--memory' --memory late "$hello"
refused 'no size' 2 '--swap-size' --swap swap --swap-size 0 "$hello"
refused 'more than 32 bits count' 2 '--swap-size: 4294967295 is too large: at most 4194300k' \
    --swap swap --swap-size 4294967295 "$hello"
"$fencepost" run --swap swap --swap-size 4294963200 "$hello" >out 2>err
ok "as large as can be: $(cat err)" [ $? = 0 ]
cp "$hello" mine
refused 'the program' 2 '--swap mine: that is the program' --swap mine mine
ok 'the program is whole' cmp "$hello" mine
refused 'a disk too small' 126 '.*no hole is that large' --swap swap \
    --swap-size 63k --bounds 64k --phys 100k "${two[@]}"
ok 'a disk too small: said' grep -q ', and 64512 are free on the swap disk' err

# A file that cannot grow: it is said, and the request is refused.
(
    ulimit -f 8
    "$fencepost" run --bounds 64k --phys 100k --swap short "${two[@]}"
) >out 2>err
ok 'cannot grow: exit code' [ $? = 126 ]
ok 'cannot grow' grep -q -- '--swap short: cannot be written.*File too large' err

# Somebody cuts the file while a process is in it.
cat >cut.sh <<'END'
#!/bin/sh
: >swap
END
chmod +x cut.sh
mkfifo in
"$fencepost" run --bounds 64k --phys 100k --swap swap "$guests/x86/echo" ::: \
    "$guests/arm/echo" <in >out 2>err &
pid=$!
exec 3>in
for _ in $(seq 100); do
    [ -s swap ] && break
    sleep 0.05
done
./cut.sh
exec 3>&-
wait $pid
code=$?
ok "cut: exit code $code" [ $code = 137 ]
ok 'cut: said' grep -q -- '--swap swap: cannot be read back' err
ok 'cut: who ends' grep -q 'killed by signal 9 (SIGKILL): its memory cannot be read' err

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
