#!/bin/bash
# run_alloc.sh - allocators from outside: fencepost alloc, run --placement, and
# malloc in guests.
#
# tests/golden/alloc.txt has the textbooks' worked examples: "case NAME
# OPTIONS", "source WHERE", then lines "REQUEST => ANSWER".
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1
policies='first best worst next slots segregated slab buddy tree tlsf'

# Answer the requests $1; out, err and code are for the checks below.
alloc() { # REQUESTS OPTIONS...
    local requests=$1
    shift
    printf '%b' "$requests" | "$fencepost" alloc "$@" >.out 2>.err
    code=$?
}

echo "# worked examples"
example() { # NAME OPTIONS...
    local name=$1
    shift
    "$fencepost" alloc "$@" <.in >.out 2>.err
    ok "$name" cmp -s .want .out
    ok "$name: stderr" [ ! -s .err ]
}
options=()
while IFS= read -r line; do
    case $line in
    'case '*)
        [ ${#options[@]} = 0 ] || example "${options[@]}"
        read -ra options <<<"${line#case }"
        : >.in
        : >.want
        ;;
    *' => '*)
        echo "${line%% => *}" >>.in
        echo "${line#* => }" >>.want
        ;;
    esac
done <"$root/tests/golden/alloc.txt"
example "${options[@]}"
ok "there are worked examples" [ "$passed" -gt 30 ]

echo "# what the table says"
alloc 'a 0 20\na 1 500\nf 1\nf 0\nf 0\nf 7\n' --header 4 --align 4
want='{"addr":1004,"searched":1,"freelist":[[1024,76]]}
{"addr":null,"searched":1,"freelist":[[1024,76]]}
{"rc":-1,"freelist":[[1024,76]]}
{"rc":0,"freelist":[[1000,24],[1024,76]]}
{"rc":-1,"freelist":[[1000,24],[1024,76]]}
{"rc":-1,"freelist":[[1000,24],[1024,76]]}'
ok "failed and unknown frees" [ "$(cat .out)" = "$want" ]
alloc 'a 0 10\nr 0 4\nr 0 30\nr 9 1\nf 0\n' --coalesce
want='{"addr":1000,"searched":1,"freelist":[[1010,90]]}
{"addr":1000,"searched":0,"freelist":[[1004,96]]}
{"addr":1000,"searched":0,"freelist":[[1030,70]]}
{"rc":-1,"freelist":[[1030,70]]}
{"rc":0,"freelist":[[1000,100]]}'
ok "resize in place" [ "$(cat .out)" = "$want" ]
alloc 'a 0 10\na 1 10\nr 0 30\nr 1 99\n' --freelist last
want='{"addr":1000,"searched":1}
{"addr":1010,"searched":1}
{"addr":1020,"searched":1}
{"addr":null,"searched":2,"freelist":[[1000,10],[1050,50]]}'
ok "resize by moving, the last list" [ "$(cat .out)" = "$want" ]
alloc 'a 0 5\na 1 5\na 2 5\nf 1\nf 0\nf 2\n' --order front --coalesce --coalesce-scope list --freelist last
ok "coalescing by list" [ "$(tail -n 1 .out)" = '{"rc":0,"freelist":[[1010,5],[1000,10],[1015,85]]}' ]
alloc '20000\n2\n3\n1\na 0 512\n\na 1 128\r\nf 0\n' --heap-size 20000 --freelist none
ok "a .rep file" [ "$(tail -n 1 .out)" = '{"rc":0}' ]
ok "a .rep file: three answers" [ "$(wc -l <.out)" = 3 ]
alloc 'a 0 4294967295\na 1 0xffffffff\na 2 1k\n' --heap-size 2k --header 8 --align 16
ok "the largest size is data" [ "$code" = 0 ]
ok "sizes with a suffix" [ "$(tail -n 1 .out)" = '{"addr":1008,"searched":1,"freelist":[[2032,1016]]}' ]
alloc '' --policy tlsf
ok "no requests" [ "$code$(cat .out)" = 0 ]

echo "# bad input"
bad() { # WHAT REQUESTS LINE REGEX
    alloc "a 0 1\n$2"
    ok "$1: exit code $code" [ "$code" = 1 ]
    ok "$1: what came before" [ "$(cat .out)" = '{"addr":1000,"searched":1,"freelist":[[1001,99]]}' ]
    ok "$1: $(cat .err)" grep -Eqx "fencepost alloc: line $3: $4" .err
}
bad "size 0" 'a 1 0\n' 2 "'0' is no size to ask for: at least 1 byte"
bad "2^32" 'a 1 4294967296\n' 2 "'4294967296' is too large a size: at most 4294967295"
bad "far too large" 'a 1 99999999999999999999999\n' 2 ".*"
bad "negative" 'a 1 -5\n' 2 "'-5' is no size"
bad "letter" 'x 1 5\n' 2 "'x' is no request: want .*"
bad "no ID" 'a\n' 2 "the ID is missing"
bad "no size" 'a 1\n' 2 "the size is missing"
bad "bad ID" 'f 4294967296\n' 2 "'4294967296' is no ID: want a number below 2\^32"
bad "too much" 'f 1 1\n' 2 "'1' is too much"
bad "live ID" '\na 0 5\n' 3 "ID 0 is live since line 1"
bad "number behind requests" '17\n' 2 "'17' is no request: .*"
bad "control characters" '\033[2J\n' 2 "'\?\[2J' is no request: .*"
alloc '1\n2\na 0 1\n'
ok "half a header: $(cat .err)" grep -q '^fencepost alloc: line 3: the header of a .rep file is four numbers$' .err
alloc '1\n2\n'
ok "nothing but half a header: $(cat .err)" grep -q '^fencepost alloc: line 3: the header of a .rep file is four numbers$' .err
bad "a NUL" 'a 1 5\000\n' 2 "'5\?' is no size"
alloc "a 1 $(head -c 70000 /dev/zero | tr '\0' 9)\n"
ok "long line: $(cat .err)" grep -qx 'fencepost alloc: line 1: longer than 65536 bytes' .err

usage() { # WHAT REGEX OPTIONS...
    local what=$1 regex=$2
    shift 2
    alloc 'a 0 1\n' "$@"
    ok "$what: exit code $code" [ "$code" = 2 ]
    ok "$what: stdout" [ ! -s .out ]
    ok "$what: $(cat .err)" grep -Eqx "fencepost alloc: $regex" .err
}
usage "align 3" "--align: 3 is no power of two" --align 3
usage "align 0" "--align: 0 is too small: at least 1" --align 0
usage "heap of no header" "--heap-size: 3 bytes are less than one header \(4\)" --heap-size 3 --header 4
usage "heap past 2^32" "--heap-size: from 4294967290 on there are only 6 addresses" --heap-base 4294967290 --heap-size 7
usage "policy" "--policy: there is no 'bset'; did you mean best\?" --policy bset
usage "slot" "--policy: '' is no size.*" --policy slots:
usage "order" "--order: there is no 'up'; see --help" --order up
usage "scope alone" "--coalesce-scope needs --coalesce" --coalesce-scope list
usage "scope of a tree" "--coalesce-scope list: policy tree keeps no single list" --policy tree --coalesce --coalesce-scope list
usage "compare one" "--compare runs all policies.*" --compare --policy best
usage "two files" "'b': one file of requests is enough" a b
"$fencepost" alloc nowhere 2>.err
ok "no file" [ $? = 1 ]
ok "no file: $(cat .err)" grep -qx 'fencepost alloc: nowhere: No such file or directory' .err
printf 'a 0 1\n' | "$fencepost" alloc >/dev/full 2>.err
ok "full disk" [ $? = 1 ]
printf 'a 0 1\n' | "$fencepost" alloc --stats >.out 2>/dev/full
ok "--stats that nobody gets" [ $? = 1 ]
ok "full disk: one line" [ "$(wc -l <.err)" = 1 ]

echo "# a million requests"
awk 'BEGIN { srand(1); for (i = 0; i < 1000000; i++) {
    id = int(rand() * 2000)
    if (live[id]) { print "f " id; live[id] = 0 }
    else { print "a " id " " 1 + int(rand() * 200); live[id] = 1 } } }' >trace
for policy in $policies; do
    timeout 60 "$fencepost" alloc --heap-size 1m --policy "$policy" --coalesce --freelist none trace >.out 2>.err
    ok "$policy: a million answers" [ "$(wc -l <.out)" = 1000000 ]
done
timeout 60 "$fencepost" alloc --heap-size 1m --policy tlsf --stats --plot heap.svg --freelist none trace >.out 2>.err
ok "stats: lines" [ "$(grep -Evc '^[a-z_]+ +[0-9.]+ # .+ \(.+\)$' .err)" = 0 ]
ok "stats: requests" grep -Eq '^requests +1000000 #' .err
ok "stats: utilization" grep -Eq '^peak_utilization +[0-9.]+ #' .err
ok "plot: is XML" python3 -c 'import sys, xml.dom.minidom as m; m.parse("heap.svg")'
ok "plot: has a heap" grep -q '<path fill="#2171b5" d="M' heap.svg
ok "plot: is no larger than it need be" [ "$(wc -c <heap.svg)" -lt 5000000 ]
head -n 20000 trace | "$fencepost" alloc --heap-size 1m --compare --coalesce >.out 2>.err
ok "compare: a row for each policy" [ "$(awk 'NR > 1 { printf "%s ", $1 }' .out)" = "$policies " ]
printf 'a 0 1\na 0 1\n' | "$fencepost" alloc --compare >.out 2>.err
ok "compare: stops at a bad line" [ $? = 1 ]
ok "compare: all policies stop there" [ "$(wc -l <.out)" = 11 ]
ok "compare: one line" grep -qx 'fencepost alloc: line 2: ID 0 is live since line 1' .err

echo "# images are placed by every policy"
for policy in $policies slots:32k; do
    ok "placement $policy" [ "$("$fencepost" run --placement "$policy" "$guests/x86/hello" 2>&1)" = "hello, world" ]
done
for place in 'buddy 50000' 'slots 50000' 'slab 48k'; do
    read -r policy base <<<"$place"
    "$fencepost" run --placement "$policy" --base "$base" "$guests/x86/hello" >.out 2>.err
    ok "placement $policy at $base" [ $? = 126 ]
    ok "placement $policy at $base: $(cat .err)" grep -q "placement policy $policy can put no 16384 bytes there" .err
done
ok "placement buddy at 48k" [ "$("$fencepost" run --placement buddy --base 48k "$guests/x86/hello")" = "hello, world" ]

echo "# malloc by every policy, in a guest"
stress() { # ARCH POLICY OPERATIONS
    "$root/scripts/guest-cc" --arch "$1" --malloc "$2" -o "heap-$1-$2" "$root/guest/stress/heap.c" 2>.err
    ok "$1 $2: compiles" [ $? = 0 ]
    "$fencepost" run --bounds 512k "heap-$1-$2" "$3" >.out 2>.err
    ok "$1 $2: $3 operations: $(cat .out .err)" [ "$(cat .out)" = "$3 operations, 0 blocks were wrong" ]
}
for arch in x86 arm thumb; do
    for policy in $policies; do
        case $policy in
        tlsf) stress "$arch" "$policy" 1000000 ;;
        *) stress "$arch" "$policy" 20000 ;;
        esac
    done
done
for arch in x86 arm thumb; do
    ok "$arch: quicksort fits in 16 KiB" [ "$("$fencepost" run "$guests/$arch/quicksort" 2>&1 | tail -n 1)" = "qsort: the same" ]
done
"$root/scripts/guest-cc" --arch x86 --malloc lucky -o x "$root/guest/stress/heap.c" 2>.err
ok "guest-cc: unknown policy" [ $? = 2 ]

echo "# a heap near 4 GiB"
for policy in first best worst next segregated tree tlsf; do
    alloc 'a 0 1\na 1 4294967295\na 2 4227858432\na 3 100\n' --policy $policy \
        --heap-base 1 --heap-size 4227858432 --freelist none
    ok "$policy: what no heap holds is refused" [ "$(grep -c '"addr":null' .out)" = 2 ]
    ok "$policy: the last lies behind the first" [ "$(sed -n '4s/.*"addr":\([0-9]*\).*/\1/p' .out)" -gt 1 ]
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
