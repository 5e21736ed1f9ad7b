#!/bin/bash
# run_translate.sh - fencepost translate from outside: the textbook's examples
# (tests/golden/translate: a source, the options, and one "line => answer" for
# each address), traces, explanations, exercises, and bad input.
#
#   FENCEPOST  the program under test (build/rel/fencepost)
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
fencepost=${FENCEPOST:-build/rel/fencepost}

# Translate stdin; exit code, stdout and stderr are for the checks below.
translate() {
    "$fencepost" translate "$@" >"$work/out" 2>"$work/err"
    code=$?
}

answers() { # WHAT LINES OPTIONS...
    local what=$1
    printf '%s\n' "$2" >"$work/want"
    shift 2
    translate "$@"
    ok "$what: exit code $code" [ "$code" = 0 ]
    ok "$what: answers" diff "$work/want" "$work/out"
    ok "$what: stderr" [ ! -s "$work/err" ]
}

for file in tests/golden/translate/*; do
    sed -n 's/ => .*//p' "$file" >"$work/in"
    # shellcheck disable=SC2046 # options are words
    translate $(sed -n 's/^\$ //p' "$file") <"$work/in"
    sed -n 's/.* => //p' "$file" >"$work/want"
    ok "$file: exit code $code" [ "$code" = 0 ]
    ok "$file" diff "$work/want" "$work/out"
done

# shellcheck disable=SC2054 # the commas are the program's
book=(--mmu segmented --asize 16K --seg-bits 2 --phys 64K
    --seg 0:base=32K,bounds=2K,prot=rx --seg 3:base=28K,bounds=2K,grow=down)

answers 'kind and size appear when given' \
'{"va":128,"ok":true,"pa":32896}
{"va":16384,"ok":false,"fault":"bounds"}
{"kind":"store","va":16380,"size":4,"ok":true,"pa":49148}
{"va":16381,"size":4,"ok":false,"fault":"bounds"}
{"kind":"load","va":16383,"ok":true,"pa":49151}' \
    --base 32K --bounds 16K <<'END'
128
  0x4000

# a comment
w 16380 4
16381 4
r	16383
END
answers 'a size that wraps' \
'{"va":4294967295,"size":2,"segment":3,"ok":false,"fault":"bounds"}
{"va":4294967295,"segment":3,"ok":true,"pa":28671}' \
    --mmu segmented --phys 64k --seg 3:base=28k,bounds=2k,grow=down <<'END'
0xffffffff 2
0xffffffff
END
answers 'no such segment' '{"va":20000,"ok":false,"fault":"segment"}' \
    "${book[@]}" <<<20000
answers 'lackey' \
'{"kind":"fetch","va":16,"size":3,"segment":0,"ok":true,"pa":32784}
{"kind":"load","va":16382,"size":2,"segment":3,"ok":true,"pa":28670}
{"kind":"store","va":16,"size":4,"segment":0,"ok":false,"fault":"protection"}
{"kind":"load","va":15360,"size":8,"segment":3,"ok":true,"pa":27648}
{"kind":"store","va":15360,"size":8,"segment":3,"ok":true,"pa":27648}' \
    "${book[@]}" --trace-format lackey <<'END'
==123== Lackey, an example Valgrind tool
I  00000010,3
 L 3ffe,2
 S 10,4
 M 3c00,8
END
# valgrind's own program has 64 bits of address: those past 2^32 are outside.
cat >"$work/wide" <<'END'
I  04001a40,3
 S 1ffefff8e0,8
 M ffffffffffffffff,4
 L 0ffffffff,1
END
wide='the first line
{"kind":"store","va":137422174432,"size":8,"ok":false,"fault":"segment"}
{"kind":"load","va":18446744073709551615,"size":4,"ok":false,"fault":"segment"}
{"kind":"store","va":18446744073709551615,"size":4,"ok":false,"fault":"segment"}'
for scheme in base-bounds segmented implicit table; do
    translate --mmu $scheme --trace-format lackey <"$work/wide"
    ok "wide addresses under $scheme: exit code $code" [ "$code" = 0 ]
    ok "wide addresses under $scheme: all" [ "$(wc -l <"$work/out")" = 5 ]
    ok "wide addresses under $scheme: segment" diff \
        <(sed -n '2,4p' <<<"$wide") <(sed -n '2,4p' "$work/out")
done
answers 'explain a wide address' \
'store of 8 bytes at va 137422174432 = 0b0000_0000_0000_0000_0000_0000_0001_1111_1111_1110_1111_1111_1111_1000_1110_0000
  the address space ends at 16384
  SEGMENTATION VIOLATION: no such segment' \
    "${book[@]}" --explain --trace-format lackey <<<' S 1ffefff8e0,8'
answers 'din' \
'{"kind":"load","va":15360,"segment":3,"ok":true,"pa":27648}
{"kind":"store","va":15360,"size":4,"segment":3,"ok":true,"pa":27648}
{"kind":"fetch","va":16,"segment":0,"ok":true,"pa":32784}' \
    "${book[@]}" --trace-format din <<'END'
0 3c00
1 0x3C00 4
2 10
END
answers 'explain' \
'load of 1 byte at va 15360 = 0b11_1100_0000_0000
  selector 0b11 = 3, offset 0b1100_0000_0000 = 3072
  segment 3: base 28672, bounds 2048, rwx, grows down
  it counts back from the end of its 4096 addresses: 3072 - 4096 = -1024
  1024 <= bounds 2048
  legal
  pa = base - 1024 = 28672 - 1024 = 27648' \
    "${book[@]}" --explain <<<15k
answers 'overlap, allowed' '{"va":0,"segment":0,"ok":true,"pa":0}' \
    --mmu segmented --overlap --seg 0:base=0,bounds=2k \
    --seg 1:base=1k,bounds=2k <<<0

# Segments in a table: found, absent, never set, past its end.
# shellcheck disable=SC2054
table=(--mmu table --seg-bits 8 --phys 64k --seg 0:base=32k,bounds=2k,prot=rx
    --seg 2:bounds=100,present=no --seg 3:base=28k,bounds=2k,grow=down
    --seg 200:base=1k,bounds=1k)
printf '%s\n' 'x 100' 'w 100' 0x3ffffff '0x3ffffff 2' 0x2000000 0x1000000 \
    0xc8000000 0xc9000000 'x 0' >"$work/vas"
in_table='{"kind":"fetch","va":100,"segment":0,"ok":true,"pa":32868}
{"kind":"store","va":100,"segment":0,"ok":false,"fault":"protection"}
{"va":67108863,"segment":3,"ok":true,"pa":28671}
{"va":67108863,"size":2,"segment":3,"ok":false,"fault":"bounds"}
{"va":33554432,"segment":2,"ok":false,"fault":"absent"}
{"va":16777216,"segment":1,"ok":false,"fault":"bounds"}
{"va":3355443200,"segment":200,"ok":true,"pa":1024}
{"va":3372220416,"ok":false,"fault":"segment"}
{"kind":"fetch","va":0,"segment":0,"ok":true,"pa":32768}'
answers 'table' "$in_table" "${table[@]}" <"$work/vas"
answers 'table, anywhere' "$in_table" "${table[@]}" --table 2k <"$work/vas"

# Not present comes before bounds, also where there are none.
for scheme in segmented table implicit; do
    translate --mmu $scheme --asize 16k --phys 64k \
        --seg 1:bounds=0,present=no --seg 2:bounds=9,present=no \
        <<<"$([ $scheme = implicit ] && echo 'r 4096' || echo 4096)"
    ok "$scheme: absent with bounds 0" grep -q '"fault":"absent"' "$work/out"
done

# Two copies: 0 and 3 are found again, 0 is forgotten at last; past the end
# nothing is looked up.
translate "${table[@]}" --associative 2 <"$work/vas"
ok 'associative: the same answers' diff <(echo "$in_table") \
    <(sed 's/"hit":[a-z]*,//' "$work/out")
sed -n 's/.*"hit":\([a-z]*\).*/\1/p' "$work/out" | tr '\n' ' ' >"$work/hits"
ok "associative: $(cat "$work/hits")" [ "$(cat "$work/hits")" = \
    'false true false true false false false false ' ]
answers 'explain a table' \
'load of 1 byte at va 3355443201 = 0b1100_1000_0000_0000_0000_0000_0000_0001
  selector 0b1100_1000 = 200, offset 0b0000_0000_0000_0000_0000_0001 = 1
  its descriptor is at pa 62320 + 16 * 200 = 65520
  segment 200: base 1024, bounds 1024, rwx, grows up
  1 < bounds 1024
  legal
  pa = base + offset = 1024 + 1 = 1025
load of 1 byte at va 3372220416 = 0b1100_1001_0000_0000_0000_0000_0000_0000
  selector 0b1100_1001 = 201, offset 0b0000_0000_0000_0000_0000_0000 = 0
  the table has 201 descriptors
  SEGMENTATION VIOLATION: no such segment
load of 1 byte at va 33554432 = 0b0000_0010_0000_0000_0000_0000_0000_0000
  selector 0b0000_0010 = 2, offset 0b0000_0000_0000_0000_0000_0000 = 0
  its descriptor is at pa 62320 + 16 * 2 = 62352
  segment 2: base 0, bounds 100, rwx, grows up
  it is not present
  SEGMENTATION VIOLATION: segment not in memory' \
    "${table[@]}" --explain <<'END'
0xc8000001
0xc9000000
0x2000000
END
# The end of memory is taken: the table goes below it.
translate --mmu table --phys 64k --seg 1:base=63k,bounds=1k --explain <<<0x40000000
ok 'a table finds a place' grep -q 'at pa 64480 + 16' "$work/out"

# Segments by use: the same address three times.
# shellcheck disable=SC2054
use=(--mmu implicit --asize 16k --phys 64k --seg 0:base=32k,bounds=2k,prot=rx
    --seg 1:base=34k,bounds=3k,prot=rw
    --seg 2:base=28k,bounds=16k,grow=down,prot=rw)
answers 'implicit' \
'{"kind":"fetch","va":100,"segment":0,"ok":true,"pa":32868}
{"kind":"store","va":100,"segment":1,"ok":true,"pa":34916}
{"kind":"store","va":100,"size":4,"segment":2,"ok":true,"pa":12388}
{"kind":"load","va":16380,"size":4,"segment":2,"ok":true,"pa":28668}
{"kind":"load","va":16380,"size":5,"segment":2,"ok":false,"fault":"bounds"}
{"va":3072,"segment":1,"ok":false,"fault":"bounds"}
{"va":16384,"ok":false,"fault":"segment"}' \
    "${use[@]}" <<'END'
x 100
w 100
sw 100 4
sr 16380 4
sr 16380 5
3072
16k
END
answers 'explain a use' \
'store of 4 bytes at va 15360 = 0b11_1100_0000_0000
  used as stack: segment 2, offset 15360
  segment 2: base 28672, bounds 16384, rw-, grows down
  it counts back from the end of its 16384 addresses: 15360 - 16384 = -1024
  1024 <= bounds 16384
  legal
  pa = base - 1024 = 28672 - 1024 = 27648' \
    "${use[@]}" --explain <<<'sw 15k 4'

answers 'explain what the associative memory does' \
'load of 1 byte at va 33554432 = 0b0000_0010_0000_0000_0000_0000_0000_0000
  selector 0b0000_0010 = 2, offset 0b0000_0000_0000_0000_0000_0000 = 0
  its descriptor is at pa 62320 + 16 * 2 = 62352
  segment 2: base 0, bounds 100, rwx, grows up
  it is not present
  SEGMENTATION VIOLATION: segment not in memory
  miss: its 12 bytes at pa 62352 are read
  memory accesses to translate: 1
load of 1 byte at va 3372220416 = 0b1100_1001_0000_0000_0000_0000_0000_0000
  selector 0b1100_1001 = 201, offset 0b0000_0000_0000_0000_0000_0000 = 0
  the table has 201 descriptors
  SEGMENTATION VIOLATION: no such segment' \
    "${table[@]}" --associative 2 --explain <<'END'
0x2000000
0xc9000000
END
# Read and noted; at hand; at hand, and a store is noted; at hand.
translate "${table[@]}" --associative 2 --explain <<'END'
0xc8000001
0xc8000001
w 0xc8000001
w 0xc8000001
END
sed -n 's/^  memory accesses to translate: //p; s/^  \(hit\|miss\):.*/\1/p' \
    "$work/out" | tr '\n' ' ' >"$work/walks"
ok "explain hits and misses: $(cat "$work/walks")" \
    [ "$(cat "$work/walks")" = 'miss 2 hit 0 hit 1 hit 0 ' ]

# What an exercise asks is what translate answers.
# The questions as lines for translate.
questions() {
    sed -nE 's/^[0-9]+\. (load|store|fetch) of ([0-9]+) bytes? at va ([0-9]+)( through)?.*/\1\4 \3 \2/p' \
        "$work/quiz" | sed 's/^load through/sr/; s/^store through/sw/
        s/^load/r/; s/^store/w/; s/^fetch/x/' >"$work/vas"
}

# The command that comes with it answers it, and --answers says the same.
quiz() { # WHAT OPTIONS...
    local what=$1
    shift
    translate --quiz "$@" </dev/null
    ok "quiz $what: exit code $code, $(cat "$work/err")" [ "$code" = 0 ]
    cp "$work/out" "$work/quiz"
    questions
    ok "quiz $what: eight questions" [ "$(wc -l <"$work/vas")" = 8 ]
    ok "quiz $what: no answers" sh -c "! grep -q 'pa =' '$work/quiz'"
    # shellcheck disable=SC1003 # a backslash
    options=$(sed -n '/To check/,/^$/p' "$work/quiz" | tr -d '\\' |
        sed 's/.*fencepost translate//' | tr '\n' ' ')
    # shellcheck disable=SC2086 # options are words
    translate $options <"$work/vas"
    cp "$work/out" "$work/explained"
    translate --answers --quiz "$@" </dev/null
    ok "quiz $what: the answers are right" diff "$work/explained" \
        <(grep -v '^[0-9]*\. ' "$work/out" |
            sed -nE '/^(load|store|fetch) of/,$p' | sed '/^$/d')
    ok "quiz $what: out of bounds" grep -q 'VIOLATION: out of' "$work/explained"
}

for seed in 0 1 2 3 11 4294967295; do
    for scheme in base-bounds segmented implicit table; do
        quiz "$scheme $seed" $seed --mmu $scheme
        [ $scheme = base-bounds ] || ok "quiz $scheme $seed: protection" \
            grep -q 'VIOLATION: not allowed' "$work/explained"
        # One with a legal byte first, so that only its size is wrong.
        # shellcheck disable=SC2086
        translate ${options/--explain/} < <(awk '{print $1, $2}' "$work/vas")
        cp "$work/out" "$work/first"
        # shellcheck disable=SC2086
        translate ${options/--explain/} <"$work/vas"
        ok "quiz $scheme $seed: one straddles" awk '
            NR == FNR { ok[FNR] = /"ok":true/; next }
            ok[FNR] && /"fault":"bounds"/ { found = 1 }
            END { exit !found }' "$work/first" "$work/out"
    done
done
quiz 'about the book' 5 "${book[@]}"
ok 'quiz about the book: its segments' [ "$(grep -c \
    '^  segment [03]: base \(32768\|28672\), bounds 2048' "$work/quiz")" = 2 ]
ok 'quiz about the book: protection' grep -q 'not allowed' "$work/explained"
quiz 'about a table' 5 "${table[@]}" --associative 2
ok 'quiz about a table: absent' grep -q '^  segment 2 is not present' \
    "$work/quiz"
quiz 'about uses' 5 "${use[@]}"
quiz 'about registers' 5 --base 32k --bounds 16k --phys 64k
ok 'quiz about registers' grep -q 'base register *32768$' "$work/quiz"
quiz 'about a size' 5 --mmu segmented --asize 16k --seg-bits 2
ok 'quiz about a size: three segments' [ "$(grep -c '^  segment' \
    "$work/quiz")" = 3 ]
ok 'quiz about a size: its last one' grep -q '^  segment 3.*down' "$work/quiz"
quiz 'about the largest size' 5 --mmu table --asize 4g --seg-bits 12
quiz 'about overlapping segments' 5 --mmu segmented --overlap \
    --seg 0:base=0,bounds=2k --seg 1:base=1k,bounds=2k

bad() { # WHAT CODE REGEX OPTIONS... ; input is one good line and $line
    local what=$1 want=$2 regex=$3
    shift 3
    printf '1\n%s\n2\n' "$line" | "$fencepost" translate "$@" \
        >"$work/out" 2>"$work/err"
    code=${PIPESTATUS[1]}
    ok "$what: exit code $code" [ "$code" = "$want" ]
    ok "$what: one line" [ "$(wc -l <"$work/err")" = 1 ]
    ok "$what: $(cat "$work/err")" grep -Eq "^fencepost translate: $regex" \
        "$work/err"
}

while IFS='|' read -r line regex; do
    bad "line $line" 1 "line 2: .*$regex"
    ok "line $line: what came before" [ "$(wc -l <"$work/out")" = 1 ]
done <<'END'
x|want VA
q 5|no 32-bit address
-1|no 32-bit address
4294967296|no 32-bit address
5 0|a size is
5 513|a size is
r 5 4 4|follows
0x|no 32-bit address
s 5|want VA
sx 5|want VA
s|want VA
sr5|want VA
5,4|no 32-bit address
END
line=3
bad 'no such scheme' 2 "--mmu pages: there is" --mmu pages
bad 'asize' 2 "--asize 10000: no power of two" --asize 10000
bad 'outside memory' 2 "--base 60000: .*past the end" --phys 64k --base 60000
bad 'a segment outside memory' 2 "--seg 1: .*not inside" --mmu segmented \
    --phys 64k --seg 1:base=60k,bounds=8k
bad 'a segment below memory' 2 "--seg 3: .*not inside" --mmu segmented \
    --phys 64k --seg 3:base=1k,bounds=2k,grow=down
bad 'a segment larger than its span' 2 "--seg 0: bounds 5120 are more" \
    --mmu segmented --asize 16k --seg 0:base=0,bounds=5k
bad 'overlap' 2 "--seg 0 and --seg 1 overlap" --mmu segmented \
    --seg 0:base=0,bounds=2k --seg 1:base=1k,bounds=2k
bad 'twice' 2 "--seg .*: segment 1 is given twice" --mmu segmented \
    --seg 1:base=0,bounds=1 --seg 1:base=9,bounds=1
bad 'prot' 2 "--seg .*'prot=rq' is none of" --mmu segmented \
    --seg 1:base=0,bounds=1,prot=rq
bad 'selector' 2 "--seg 5: 2 bits select" --mmu segmented \
    --seg 5:base=0,bounds=1
bad 'field' 2 "--seg .*'size=4' is none of" --mmu segmented --seg 1:size=4
bad 'a field twice' 2 "--seg 0:base=1,base=2: base is given twice" \
    --mmu segmented --seg 0:base=1,base=2
bad 'a right twice' 2 "--seg .*'prot=rr' is none of" --mmu segmented \
    --seg 0:prot=rr
bad 'no field' 2 "--seg 0:: '' is none of" --mmu segmented --seg 0:
bad 'a comma too many' 2 "--seg .*: '' is none of" --mmu segmented \
    --seg 0:base=1,
bad 'two commas' 2 "--seg .*: '' is none of" --mmu segmented \
    --seg 0:base=1,,bounds=2
bad 'no value' 2 "--seg .*'base' is none of" --mmu segmented --seg 0:base
bad 'an empty value' 2 "--seg .*'bounds=' is none of" --mmu segmented \
    --seg 0:bounds=
bad 'half a name' 2 "--seg .*'bas=1' is none of" --mmu segmented --seg 0:bas=1
bad 'a long number' 2 "--seg .*is none of" --mmu segmented \
    --seg "0:base=$(printf '%0140d' 5)"
bad 'no number' 2 "--seg :base=1: want N:" --mmu segmented --seg :base=1
bad 'a negative number' 2 "--seg -1:base=1: want N:" --mmu segmented \
    --seg -1:base=1
bad 'past all tables' 2 "--seg 4096:.*from 0 to 4095" --mmu table \
    --seg-bits 12 --seg 4096:base=1
bad 'no colon' 2 "--seg 1: want N:" --mmu segmented --seg 1
bad 'no offset' 2 "--seg-bits 2: .*no bit left" --mmu segmented --asize 4
bad 'useless' 2 "--seg means nothing under --mmu base-bounds" \
    --seg 1:base=0,bounds=1
bad 'no such use' 2 "--seg 3: under --mmu implicit 0 is code" --mmu implicit \
    --seg 3:base=0,bounds=1
bad 'too many registers' 2 "--seg-bits 5: --mmu segmented has at most 4" \
    --mmu segmented --seg-bits 5
bad 'past the table' 2 "--seg 256: 8 bits select" "${table[@]}" \
    --seg 256:base=0,bounds=1
bad 'a table in the way' 2 "--table 32768: .*overlap --seg 0" "${table[@]}" \
    --table 32k
bad 'a table outside' 2 "--table 65520: .*not inside" "${table[@]}" \
    --table 65520
bad 'no room for a table' 2 "--mmu table: the segments leave no" --mmu table \
    --phys 32k --seg 0:base=0,bounds=32k
bad 'no memory for a table' 2 "--phys 1024: memory that holds" --mmu table \
    --phys 1k
bad 'presence' 2 "--seg .*'present=maybe' is none of" --mmu table \
    --seg 0:present=maybe
bad 'copies without a table' 2 "--associative means nothing" --associative 4
bad 'too many copies' 2 "--associative: 65 is too large" "${table[@]}" \
    --associative 65
bad 'an argument' 2 "'vas.txt': addresses come from stdin" vas.txt
bad 'answers' 2 "--answers needs --quiz" --answers
bad 'a trace as an exercise' 2 "--trace-format means nothing with --quiz" \
    --quiz 1 --trace-format din
bad 'an exercise about what cannot be' 2 "--seg 1: .*not inside" --quiz 1 \
    --mmu segmented --phys 64k --seg 1:base=60k,bounds=8k
printf '5\n' | "$fencepost" translate >/dev/full 2>"$work/err"
ok 'a full disk' [ "${PIPESTATUS[1]}" = 1 ]
ok 'a full disk: why' grep -q 'No space left' "$work/err"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
