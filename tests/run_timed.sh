#!/bin/bash
# run_timed.sh - `fencepost run --timed` from outside: cycles add up, and stay
# the same whoever watches.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

# The counters of a run, without the host's speed, in the file named first.
stats() { # FILE ARGUMENTS...
    local file=$1
    shift
    "$fencepost" run --stats "$@" 2>&1 >/dev/null </dev/null |
        grep -E '^[a-z0-9_]+ +[0-9.]+ # ' | grep -v '^host_' >"$file"
}

value() { # FILE NAME
    awk -v name="$2" '$1 == name { print $2 }' "$1"
}

sum_of_causes() { # FILE
    awk '$1 == "cycles" { on = 1; next } $1 == "cpi" { on = 0 } on { sum += $2 }
         END { print sum }' "$1"
}

echo "# cycles add up"
stats s --timed "$guests/x86/sha256"
ok "cycles" [ "$(value s cycles)" -gt "$(value s instructions)" ]
ok "causes: $(sum_of_causes s)" [ "$(value s cycles)" = "$(sum_of_causes s)" ]
ok "references: fetches" [ "$(value s l1i_fetches)" = "$(value s instructions)" ]
ok "translate" [ "$(value s translate)" = \
    $(($(value s instructions) + $(value s loads) + $(value s stores))) ]
ok "cpi" [ "$(value s cpi)" = "$(awk -v c="$(value s cycles)" -v i="$(value s instructions)" \
    'BEGIN { printf "%.3f", int(c * 1000 / i) / 1000 }')" ]
ok "one process" [ "$(value s cycles_pid_1)" = "$(value s cycles)" ]

# Where a reference to a first level costs one cycle and traps themselves cost
# nothing, a trap's cycles are the references of its handler and its vector.
count=(--l1d "1m,16,64" --ll "4m,16,64" --cost l1d_hit=1 --cost l2_hit=1 --cost dram_hit=0
    --cost dram_closed=0 --cost dram_conflict=0 --cost trap_entry=0 --cost trap_exit=0)
references() { # WHAT ARGUMENTS...
    local what=$1
    shift
    stats s --timed "${count[@]}" "$@"
    ok "references of handlers: $what" [ "$(value s trap)" -gt 0 ]
    ok "references: $what" [ $(($(value s l1d_loads) + $(value s l1d_stores))) = \
        $(($(value s loads) + $(value s stores) + $(value s trap) + \
            $(value s context_switch) + $(value s compact))) ]
    ok "$what: causes" [ "$(value s cycles)" = "$(sum_of_causes s)" ]
}
references sha256 "$guests/x86/sha256"
references sieve "$guests/arm/processes/sieve"
references "copies on a write" --mmu segmented "$guests/x86/segmented/processes/family"
references signals "$guests/thumb/signals/repair"

stats s --timed --slice 700 "$guests/x86/primes" ::: "$guests/arm/hello" ::: "$guests/thumb/primes"
ok "three processes: causes" [ "$(value s cycles)" = "$(sum_of_causes s)" ]
ok "three processes" [ "$(value s cycles)" = $(($(value s cycles_pid_1) + \
    $(value s cycles_pid_2) + $(value s cycles_pid_3))) ]
# The sum of what a process has of each cause, or of NAME over all processes.
sum_of() { # FILE PATTERN
    awk -v pattern="^$2\$" '$1 ~ pattern { sum += $2 } END { print sum + 0 }' "$1"
}
for name in instructions execute fetch_stall load_stall store_stall translate trap context_switch; do
    ok "three processes: $name" [ "$(value s $name)" = "$(sum_of s "${name}_pid_[0-9]+")" ]
done
ok "one of three: causes" [ $((2 * $(value s cycles_pid_2) + $(value s instructions_pid_2))) = \
    "$(sum_of s "[a-z_]+_pid_2")" ]
"$fencepost" run --timed --stats --json --slice 700 "$guests/x86/primes" ::: "$guests/arm/hello" \
    ::: "$guests/thumb/primes" 2>j >/dev/null
want="\"2\":{\"instructions\":$(value s instructions_pid_2),\"cycles\":$(value s cycles_pid_2),"
ok "three processes: JSON" grep -q "$want" j
want="\"l1i\":{\"references\":$(value s l1i_references_pid_2),\"misses\":$(value s l1i_misses_pid_2),\"hit_rate\":$(value s l1i_hit_rate_pid_2)},\"l1d\":"
ok "three processes: a cache in JSON" grep -qF "$want" j
want="\"nobody\":{\"l1i\":{\"references\":0,\"misses\":0,\"hit_rate\":100.00},\"l1d\":{\"references\":$(value s l1d_references_nobody),"
ok "three processes: nobody's in JSON" grep -qF "$want" j
ok "switches cost" [ "$(value s context_switch)" -gt $(($(value s switches) * 100)) ]
stats s --timed "$guests/x86/signals/orders"
ok "nobody pays for idle time" [ "$(value s cycles)" = $(($(value s idle) + \
    $(sum_of s "cycles_pid_[0-9]+"))) ]
ok "utilization" [ "$(value s utilization)" = "$(awk -v c="$(value s cycles)" -v i="$(value s idle)" \
    'BEGIN { printf "%.2f", int((c - i) * 10000 / c) / 100 }')" ]
ok "there is idle time" [ "$(value s idle)" -gt 0 ]

# What processes refer to in LEVEL, and nobody does, is what all do; so with misses.
sums_of_level() { # WHAT LEVEL
    ok "$1: references to $2" [ "$(sum_of s "$2_references_(pid_[0-9]+|nobody)")" = \
        "$(sum_of s "$2_(fetches|loads|stores)")" ]
    ok "$1: misses of $2" [ "$(sum_of s "$2_misses_(pid_[0-9]+|nobody)")" = \
        "$(sum_of s "$2_(fetch|load|store)_misses")" ]
}
shares() { # WHAT ARGUMENTS...
    local what=$1 level pid
    shift
    stats s --timed "${small[@]}" --l2 "512,2,32" "$@"
    for level in l1i l1d l2 l3; do
        sums_of_level "$what" $level
    done
    ok "$what: somebody misses" [ "$(sum_of s "l3_misses_pid_[0-9]+")" -gt 0 ]
    ok "$what: fetches" [ "$(sum_of s "l1i_references_pid_[0-9]+")" = "$(value s instructions)" ]
    ok "$what: nobody fetches" [ "$(value s l1i_references_nobody)" = 0 ]
    # A table's descriptors are references, too.
    [ -n "$(value s associative_misses)" ] ||
        ok "$what: loads and stores" [ "$(sum_of s "l1d_references_pid_[0-9]+")" = \
            $(($(value s loads) + $(value s stores))) ]
    while read -r pid; do
        ok "$what: fetches of $pid" [ "$(value s "l1i_references_pid_$pid")" = \
            "$(value s "instructions_pid_$pid")" ]
    done < <(sed -En 's/^l1i_references_pid_([0-9]+) .*/\1/p' s)
}
small=(--l1i "256,2,16" --l1d "256,1,32" --ll "1k,4,32")
three=("$guests/x86/primes" ::: "$guests/arm/hello" ::: "$guests/thumb/primes")
shares "in turns" --slice 700 "${three[@]}"
shares "until a limit" --slice 700 --max-instructions 20011 "${three[@]}"
shares "one after the other" --memory early --phys 64k "${three[@]}"
shares "swapped" --memory swap --swap swap.img --slice 3000 "${three[@]}"
shares "children" --mmu segmented "$guests/x86/segmented/processes/family"
shares "waiting" "$guests/x86/signals/orders"
shares "tables" --mmu table --slice 700 "$guests/x86/table/hello" ::: "$guests/arm/table/hello"
# With these costs the cycles of handlers and switches are their references.
stats s --timed "${count[@]}" --slice 700 "${three[@]}"
ok "nobody's are those of traps and switches" [ "$(value s l1d_references_nobody)" = \
    $(($(value s trap) + $(value s context_switch) + $(value s compact))) ]
stats t --timed --l1d 256,1,32 "$guests/x86/sha256"
ok "alone: no more lines than before" [ "$(grep -Ec '_pid_|_nobody' t)" = 1 ]

stats s --timed --mmu table "$guests/x86/table/hello"
ok "table: causes" [ "$(value s cycles)" = "$(sum_of_causes s)" ]
ok "table: descriptors" [ "$(value s associative_misses)" -gt 0 ]
# A change of descriptors drops the copies, the note of a use does not. The
# first one that is brought in finds none to drop.
ok "table: flushes" [ "$(value s associative_flushes)" = $(($(value s traps_absent) - 1)) ]
ok "table: the disk" [ \
    "$(($(value s swap) - $(value s traps_absent) * 6000000))" -gt 0 ]
ok "table: whole sectors" [ \
    "$((($(value s swap) - $(value s traps_absent) * 6000000) % 4096))" = 0 ]

echo "# nobody who watches changes a number"
compare() { # WHAT ARGUMENTS...
    local what=$1
    shift
    stats want --timed "$@"
    ok "$what: counters" [ "$(wc -l <want)" -gt 60 ]
    stats got --timed --trace /dev/null --trace-accesses "$@"
    ok "$what: observed: $(diff want got | head -n 4)" cmp -s want got
    stats got --timed --paranoid "$@"
    ok "$what: paranoid: $(diff want got | head -n 4)" cmp -s want got
    stats got --timed --round-trip "$@"
    ok "$what: round trip: $(diff want got | head -n 4)" cmp -s want got
    stats got --timed --trace /dev/null "$@"
    ok "$what: traced: $(diff want got | head -n 4)" cmp -s want got
}
for arch in x86 arm thumb; do
    for name in hello quicksort floats strings; do
        compare "$arch $name" --bounds 64k "$guests/$arch/$name"
    done
    compare "$arch, small caches" "${small[@]}" --bounds 64k "$guests/$arch/quicksort"
    compare "$arch, inclusive" "${small[@]}" --inclusive "$guests/$arch/hello"
    compare "$arch, a fault" "$guests/$arch/zoo/straddle_bounds"
    compare "$arch, segments" --mmu segmented "$guests/$arch/segmented/quicksort"
    compare "$arch, a table" --mmu table "$guests/$arch/table/hello"
    compare "$arch, a table, sorting" --mmu table "$guests/$arch/table/quicksort"
    for copies in 1 3 4; do
        compare "$arch, $copies copies" --mmu table --associative $copies \
            "$guests/$arch/table/hello"
    done
done
compare "in turns" --slice 300 --bounds 64k "$guests/x86/quicksort" ::: \
    "$guests/thumb/floats" ::: "$guests/arm/hello"
# Each switch drops all copies.
compare "tables in turns" --mmu table --slice 300 "$guests/x86/table/quicksort" ::: \
    "$guests/thumb/table/floats" ::: "$guests/arm/table/strings" ::: "$guests/x86/table/args"
# Who runs for so long is charged in another core, which foresees accesses.
long() { # WHAT ARGUMENTS...
    local what=$1
    shift
    stats want --timed "$@"
    ok "$what: instructions" [ "$(value want instructions)" -gt 6000000 ]
    stats got --timed --paranoid "$@"
    ok "$what: paranoid: $(diff want got | head -n 4)" cmp -s want got
}
for arch in x86 arm thumb; do
    long "$arch, calls" --bounds 64k "$guests/$arch/bench/calls" 1
    long "$arch, arrays" --bounds 4m "$guests/$arch/bench/memory" 2
    long "$arch, small caches, compute" "${small[@]}" --bounds 64k "$guests/$arch/bench/compute" 11000
done
long "calls and compute in turns" --slice 20000 --bounds 64k "$guests/x86/bench/calls" 1 ::: \
    "$guests/arm/bench/compute" 11000
for arch in x86 arm; do
    "$root/scripts/guest-cc" --arch $arch --space table -O2 -o twice "$root/guest/shared/twice.c"
    long "$arch, memory with two addresses" --mmu table --l1d 1k,1,16 twice
done
"$root/scripts/guest-cc" --arch thumb -O2 -o behind_it "$root/guest/stress/behind_it.c"
long "thumb, a block that begins behind an IT and does not" --bounds 64k --l1d 1k,1,16 behind_it
# A turn is no shorter than its slice, and longer only until the next jump.
"$fencepost" run --timed --slice 5000 --trace t --bounds 64k "$guests/x86/sha256" ::: \
    "$guests/arm/primes" >/dev/null
sed -En 's/.*"cycle":([0-9]+).*"kind":"(switch|timer)".*/\2 \1/p' t >turns
# shellcheck disable=SC2016 # that is awk
ok "slices are cycles" awk '
    $1 == "switch" { from = $2; next }
    from && ($2 - from < 5000 || $2 - from > 7000) { exit bad = 1 }
    { from = 0; turns++ }
    END { exit bad || turns < 100 }' turns
# The last instructions before a limit are run otherwise.
for limit in 1 1000 1604 20000; do
    stats want --timed --max-instructions $limit "$guests/x86/quicksort"
    stats got --timed --max-instructions $limit --trace /dev/null --trace-accesses \
        "$guests/x86/quicksort"
    ok "limit $limit" cmp -s want got
done

echo "# records and JSON"
"$fencepost" run --timed --trace t --trace-accesses "$guests/x86/hello" >/dev/null
"$fencepost" run --timed --trace u "$guests/x86/hello" >/dev/null
ok "cycles never go back" [ "$(sed -E 's/.*"cycle":([0-9]+).*/\1/' t | sort -nc 2>&1 | wc -l)" = 0 ]
ok "traps have the same cycle" [ \
    "$(grep syscall t | sed -E 's/"seq":[0-9]+//')" = \
    "$(grep syscall u | sed -E 's/"seq":[0-9]+//')" ]
"$fencepost" run --timed --stats --json "$guests/x86/hello" 2>j >/dev/null
stats s --timed "$guests/x86/hello"
ok "JSON: one line" [ "$(wc -l <j)" = 1 ]
for name in instructions cycles execute fetch_stall load_stall trap cpi dram_hits; do
    ok "JSON: $name" grep -Eq "[{,]\"$name\":$(value s $name)[,}]" j
done
ok "JSON: a cache" grep -q "\"l1i\":{\"fetches\":$(value s l1i_fetches)," j
ok "JSON: a process" grep -q "\"processes\":{\"1\":{\"instructions\":$(value s instructions),\"cycles\":$(value s cycles)," j
ok "JSON: traps" grep -q '"traps":{"syscall":2,' j
"$fencepost" run --stats --json "$guests/x86/hello" 2>j >/dev/null
ok "JSON without a clock" grep -vq cycles j

echo "# who waits longest"
"$fencepost" run --stats --top 100000 --l1d 256,1,32 "$guests/arm/quicksort" 2>top >/dev/null
stalls=$(($(value top fetch_stall) + $(value top load_stall) + $(value top store_stall)))
sum_of() { # TITLE
    awk -v title="$1" '$1 == title { on = 1; next } /^$/ { on = 0 } on { sum += $1; insns += $2 }
        END { print sum, insns }' top
}
ok "instructions: all stalls" [ "$(sum_of Instructions)" = "$stalls $(value top instructions)" ]
ok "functions: all stalls" [ "$(sum_of Functions)" = "$stalls $(value top instructions)" ]
"$fencepost" run --stats --top 100000 "${small[@]}" --slice 700 "$guests/arm/quicksort" ::: \
    "$guests/x86/hello" 2>two >/dev/null
misses_of() { # LEVEL: of all processes
    awk -v pattern="^$1_misses_pid_" '$1 ~ pattern { sum += $2 } END { print sum + 0 }' two
}
all="$(misses_of l1i) $(misses_of l1d) $(misses_of l2)"
for title in Instructions Functions; do
    ok "$title: all misses" [ "$all" = "$(awk -v title="$title" '
        $1 == title { on = 1; next } /^$/ { on = 0 } on { i += $3; d += $4; l += $5 }
        END { print i, d, l }' two)" ]
done
ok "nobody misses, too" [ "$(value two l1d_misses_nobody)" -gt 0 ]
ok "a function and its line" grep -Eq ' 0x[0-9a-f]{8}  main\+0x[0-9a-f]+ at quicksort.c:[0-9]+$' top
stats s --l1d 256,1,32 "$guests/arm/quicksort"
grep -E '^[a-z0-9_]+ +[0-9.]+ # ' top | grep -v '^host_' >t
ok "--top changes no number" cmp -s s t
"$fencepost" run --stats --json --top 2 "$guests/x86/quicksort" 2>j >/dev/null
ok "JSON: ranks" grep -Eq '"functions_by_stall":\{"1":\{"program":1,"pc":[0-9]+,"stall":[0-9]+,"executed":[0-9]+,"l1i_misses":[0-9]+,"l1d_misses":[0-9]+,"ll_misses":[0-9]+,"function":"' j

echo "# costs and options"
"$fencepost" run --cost trap_entry=7 --show-costs >c
ok "--show-costs" grep -Eq '^trap_entry +7 # ' c
ok "--show-costs is all" [ "$(wc -l <c)" = 20 ]
stats s --cost trap_entry=1000000 --cost trap_exit=0 "$guests/x86/hello"
ok "--cost implies --timed" [ "$(value s trap)" -gt 2000000 ]
stats s --ll 1m,16,64 "$guests/x86/hello"
ok "a geometry implies --timed" [ "$(value s cycles)" -gt 0 ]
ok "l2 alone" [ -z "$(value s l3_fetches)" ]
stats s --dram 1,64 --cost dram_hit=0 --cost dram_closed=1 --cost dram_conflict=1 "$guests/x86/hello"
ok "DRAM implies --timed" [ "$(value s cycles)" -gt 0 ]
ok "one bank is closed once" [ "$(value s dram_closed)" = 1 ]
ok "rows of a line are never hit" [ "$(value s dram_hits) $(($(value s dram_conflicts) + 1))" = \
    "0 $(($(value s l2_fetch_misses) + $(value s l2_load_misses) + $(value s l2_store_misses)))" ]
stats t --dram 8,8k "$guests/x86/hello"
stats s --timed "$guests/x86/hello"
ok "DRAM as it is without the option: $(diff s t | head -n 4)" cmp -s s t
stats s --l2 64k,4,64 "$guests/x86/hello"
ok "three levels" [ -n "$(value s l3_fetches)" ]
stats s "$guests/x86/hello"
ok "without --timed there are no cycles" [ -z "$(value s cycles)" ]

refuse() { # WHAT REGEX ARGUMENTS...
    local what=$1 regex=$2
    shift 2
    "$fencepost" run "$@" "$guests/x86/hello" >.out 2>.err </dev/null
    ok "$what: exit code" [ $? = 2 ]
    ok "$what: stdout" [ ! -s .out ]
    ok "$what: one line" [ "$(wc -l <.err)" = 1 ]
    ok "$what: $(cat .err)" grep -Eq "^fencepost run: $regex" .err
}
refuse "three sets" "--l1d: 3:1:64: the number of sets.* power of two" --l1d 3:1:64
refuse "policy" "--l1i: unknown policy or option 'lur'; did you mean lru\?" --l1i 32k,8,64,lur
refuse "virtual" "--ll: 32k,8,64,virtual: only a first level" --ll 32k,8,64,virtual
refuse "DRAM" "--dram: 8,3k: the row's size must be a power of two" --dram 8,3k
refuse "cost" "--cost: there is no cost trap_enter; did you mean trap_entry\?" --cost trap_enter=1
refuse "top alone" "--top needs --stats" --top 5
refuse "top 0" "--top: 0 is too small" --top 0 --stats
refuse "json alone" "--json needs --stats" --json

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
