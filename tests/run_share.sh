#!/bin/bash
# run_share.sh - memory that processes have in common, from outside: the code of
# programs that were started apart, and what they exchange through shared memory.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

# ---- one code for all copies of a program ----

hole() { # ARGUMENTS...: bytes of the last hole
    "$fencepost" run --show-map "$@" | awk '$3 == "hole" { n = $2 } END { print n }'
}
for scheme in segmented table implicit; do
    for isa in x86 arm; do
        dir=$guests/$isa/$scheme
        [ -x "$dir/hello" ] || continue
        what="$scheme $isa"

        # A second copy costs what the first does, without its code.
        one=$(hole --mmu $scheme "$dir/hello")
        two=$(hole --mmu $scheme "$dir/hello" ::: "$dir/hello")
        three=$(hole --mmu $scheme "$dir/hello" ::: "$dir/hello" ::: "$dir/hello")
        "$fencepost" run --mmu $scheme --show-map "$dir/hello" ::: "$dir/hello" >map
        code=$(awk '/shared by 2/ { n += $2 } END { print n + 0 }' map)
        all=$(awk '/pid 1/ { n += $2 } END { print n }' map)
        ok "$what: some is shared" [ "$code" -gt 0 ]
        ok "$what: a copy costs less" [ $((one - two)) = $((all - code)) ]
        ok "$what: and the next one" [ $((two - three)) = $((all - code)) ]

        # Another program shares nothing.
        other=$dir/echo
        [ -x "$other" ] || other=$dir/fib
        "$fencepost" run --mmu $scheme --show-map "$dir/hello" ::: "$other" >map
        ok "$what: another program: $?" grep -q 'segment . of pid 2' map
        ok "$what: another program" [ "$(grep -c shared map)" = 0 ]

        # By content: the same file under another name, and one that differs.
        cp "$dir/hello" copy
        "$fencepost" run --mmu $scheme --show-map "$dir/hello" ::: ./copy >map
        ok "$what: another name" grep -q 'shared by 2' map

        # Who may write to its code has its own.
        "$fencepost" run --mmu $scheme --prot code=rwx --show-map "$dir/hello" \
            ::: "$dir/hello" >map 2>err
        ok "$what: writable code" [ "$scheme" = table -o "$(grep -c shared map)" = 0 ]

        # They run as if alone, and nothing is left.
        "$fencepost" run --mmu $scheme "$dir/hello" >alone
        "$fencepost" run --mmu $scheme --paranoid --slice 3 --tag "$dir/hello" \
            ::: "$dir/hello" ::: "$dir/hello" >together 2>err
        ok "$what: $(head -n 1 err)" [ ! -s err ]
        for pid in 1 2 3; do
            ok "$what: output of $pid" cmp alone \
                <(sed -n "s/^\[$pid\] //p" together)
        done
    done
done
ok 'base-bounds shares nothing' [ "$("$fencepost" run --show-map \
    "$guests/x86/hello" ::: "$guests/x86/hello" | grep -c shared)" = 0 ]

# ---- memory by key: the sum of the squares below N, modulo 2^32 ----

sum() { # N: what the receiver says
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) s += i * i
        printf "%d numbers, sum %d\n", n, s % 4294967296 }'
}
for space in segmented table; do
    for isa in x86 arm; do
        "$root/scripts/guest-cc" --arch $isa --space $space \
            -o "exchange.$space.$isa" "$root/guest/shared/exchange.c"
        run=("$fencepost" run --mmu "$space" --paranoid)
        "${run[@]}" "exchange.$space.$isa" both 700 >out 2>err
        ok "both $space $isa: exit code" [ $? = 0 ]
        ok "both $space $isa: $(cat out err)" cmp out <(sum 700)
        "${run[@]}" "exchange.$space.$isa" spoil >out 2>err
        ok "spoil $space $isa: exit code" [ $? = 139 ]
        ok "spoil $space $isa: why" grep -q '^SEGMENTATION VIOLATION: store' err
    done
    for slice in 1 17 10000; do
        "${run[@]}" --slice $slice "exchange.$space.x86" send 300 ::: \
            "exchange.$space.arm" receive >out 2>err
        ok "x86 to arm $space $slice: exit code" [ $? = 0 ]
        ok "x86 to arm $space $slice: $(cat out err)" cmp out <(sum 300)
    done

    # Whoever may only read cannot, even while the other one writes there.
    "${run[@]}" "exchange.$space.x86" both 100 ::: \
        "exchange.$space.arm" spoil >out 2>err
    ok "no rights leak $space: exit code" [ $? = 139 ]
    ok "no rights leak $space: $(cat out)" cmp out <(sum 100)
done
for isa in x86 arm; do
    "$root/scripts/guest-cc" --arch $isa -o exchange "$root/guest/shared/exchange.c"
    "$fencepost" run --bounds 64k exchange both >out 2>err
    ok "base-bounds $isa: refused" [ $? = 2 ]
    ok "base-bounds $isa: $(cat err)" grep -q 'not implemented' err
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
