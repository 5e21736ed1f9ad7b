#!/bin/bash
# run_load.sh - absent segments that come through the disk while others run,
# from outside.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

counter() { # FILE NAME: as --stats has it
    awk -v name="$2" '$1 == name { print $2 }' "$1"
}

# The cycles of the records of kind bring-in for process PID, one a line.
brought() { # TRACE PID
    sed -n "s/.*\"cycle\":\([0-9]*\),\"pid\":$2,.*\"kind\":\"bring-in\".*/\1/p" "$1"
}

one=$guests/x86/table/primes two=$guests/arm/table/hello
costs=(--cost disk_seek=100000 --cost disk_sector=100)
timed=(--mmu table --stack 16k --timed "${costs[@]}")

echo "# times, to the cycle"
for p in one two; do
    "$fencepost" run "${timed[@]}" --stats "${!p}" >"alone.$p" 2>"stats.$p" </dev/null
    ok "$p: exit code" [ $? = 0 ]
    ok "$p: a seek and its sectors" [ "$(counter "stats.$p" swap)" = \
        $(($(counter "stats.$p" segments_loaded) * 100000 + \
            $(counter "stats.$p" load_bytes) * 100 / 512)) ]
    ok "$p: each absent segment" [ "$(counter "stats.$p" segments_loaded)" -ge \
        "$(counter "stats.$p" traps_absent)" ]
done
"$fencepost" run "${timed[@]}" --tag --stats --trace trace "$one" ::: "$two" \
    >both 2>stats </dev/null
ok "both: exit code" [ $? = 0 ]
for pid in 1 2; do
    sed -n "s/^\[$pid\] //p" both >"of.$pid"
done
ok "both: one" cmp alone.one of.1
ok "both: two" cmp alone.two of.2
ok "both: as many" [ "$(counter stats segments_loaded)" = \
    $(($(counter stats.one segments_loaded) + $(counter stats.two segments_loaded))) ]
ok "both: one runs while the disk is at work" [ "$(counter stats swap)" -lt \
    $(($(counter stats.one swap) + $(counter stats.two swap))) ]
ok "both: that is faster" [ "$(counter stats cycles)" -lt \
    $(($(counter stats.one cycles) + $(counter stats.two cycles))) ]

# The second load is asked for while the first one goes on, and follows it.
size=$(sed -n 's/.*"pid":2,.*"kind":"bring-in","bytes":\([0-9]*\).*/\1/p' trace | head -1)
ok "both: one after the other" [ $(($(brought trace 2 | head -1) - \
    $(brought trace 1 | head -1))) = $((100000 + size * 100 / 512)) ]

echo "# nobody who watches changes a record"
for watch in --paranoid --round-trip "--profile profile"; do
    # shellcheck disable=SC2086 # an option and its argument
    "$fencepost" run "${timed[@]}" --trace watched $watch "$one" ::: "$two" \
        >/dev/null 2>&1 </dev/null
    ok "$watch" cmp trace watched
done

echo "# without --timed, with a disk"
"$fencepost" run --mmu table --stack 16k --swap swap --stats "${costs[@]}" \
    --trace accesses --trace-accesses "$two" >out 2>stats </dev/null
ok "swap: output" cmp alone.two out
ok "swap: loaded" [ "$(counter stats segments_loaded)" = \
    "$(counter stats.two segments_loaded)" ]
ok "swap: time goes on" sh -c "sed 's/.*\"cycle\":\([0-9]*\).*/\1/' accesses | sort -nc"

echo "# images and segments on one disk"
all=("$one" ::: "$two" ::: "$guests/thumb/table/strings" ::: "$guests/x86/table/processes/family")
"$fencepost" run --mmu table --stack 40k --tag "${all[@]}" </dev/null | sort >want
for schedule in rr mlfq lottery; do
    for slice in 100 1000; do
        "$fencepost" run --mmu table --stack 40k --phys 150k --swap swap --swap-size 4m \
            --timed --paranoid --slice $slice --schedule $schedule --tag --stats \
            "${all[@]}" 2>stats </dev/null | sort >out
        ok "$schedule, $slice: output" cmp want out
        ok "$schedule, $slice: images" [ "$(counter stats swapped_out)" -gt 5 ]
        ok "$schedule, $slice: segments" [ "$(counter stats segments_loaded)" -gt 5 ]
    done
done

echo "# without a disk"
"$fencepost" run --mmu table --stack 16k --stats --trace trace "$two" >out 2>stats </dev/null
ok "none: output" cmp alone.two out
ok "none: nothing is loaded" [ "$(counter stats segments_loaded)" = 0 ]
ok "none: no record" [ -z "$(brought trace 1)" ]

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
