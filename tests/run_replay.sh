#!/bin/bash
# run_replay.sh - fencepost replay against valgrind, and from outside.
#
# Small freestanding i386 programs run under valgrind's lackey, which records
# their accesses, and under cachegrind, which simulates caches. Replaying the
# record must give all nine of cachegrind's counts, for every geometry. Where
# the kernel runs no i386 programs, qemu-i386 runs valgrind.
#
#   FENCEPOST  the program under test (build/rel/fencepost)
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test

cd "$work" || exit 1

# The programs: what each is made of is behind the same start and end.
program() { # NAME, body of work() on stdin
    {
        echo 'static unsigned char a[40000]; static unsigned s;'
        echo '__attribute__((noinline)) static void work(void) {'
        cat
        echo '}'
        echo 'void _start(void) { work();'
        # shellcheck disable=SC2016 # $0x80 is a number
        echo '__asm__ volatile("int $0x80" : : "a"(1), "b"(s * 0)); }'
    } >"$1.c"
    i686-linux-gnu-gcc -O1 -msse2 -static -nostdlib -ffreestanding -fno-pic -no-pie \
        -fno-stack-protector -o "$1" "$1.c" || exit 1
}

program strides <<'END'
    for (unsigned k = 1; k < 12; k++)
        for (unsigned i = 0; i < 40000; i += 97 * k)
            a[i] += i, s += a[(i * 7) % 40000];
END
program straddles <<'END'
    for (unsigned i = 0; i < 39000; i += 61) {
        *(volatile unsigned *)(a + i) = i;
        s += *(volatile unsigned short *)(a + (i * 31) % 39001);
        *(volatile unsigned *)(a + (i * 5) % 39002) += i;
        *(volatile unsigned long long *)(a + (i * 11) % 39003) = s;
    }
END
program wide <<'END'
    for (unsigned i = 0; i < 30000; i += 1777) {
        __asm__ volatile("fnstenv %0" : "=m"(a[i]) : : "memory");
        __asm__ volatile("fxsave %0" : "=m"(a[(i + 15) & ~15u]) : : "memory");
        __asm__ volatile("movups %0, %%xmm0" : : "m"(a[i + 9]) : "xmm0");
        __asm__ volatile("fldt %0; fstp %%st(0)" : : "m"(a[i + 600]));
    }
END
program strings <<'END'
    for (unsigned i = 0; i < 20; i++) {
        void *to = a + i * 801, *from = a + 20000 + i * 333;
        unsigned n = 100 + i;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
        n = 40;
        __asm__ volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(i) : "memory");
        __asm__ volatile("lock incl %0" : "+m"(a[i * 1999]));
        __asm__ volatile("pusha; popa");
    }
END

if ./strides 2>/dev/null; then
    tool() { valgrind "--tool=$1" "${@:2}"; }
else
    tool() {
        VALGRIND_LAUNCHER=$(command -v valgrind) \
            qemu-i386 "/usr/libexec/valgrind/$1-x86-linux" "--tool=$1" "${@:2}"
    }
fi

oracle() { # PROGRAM I1 D1 LL: cachegrind's nine counts
    tool cachegrind --cache-sim=yes --cachegrind-out-file=cg.out \
        "--I1=$2" "--D1=$3" "--LL=$4" "./$1" >/dev/null 2>&1
    sed -n 's/^summary: //p' cg.out
    rm -f cg.out
}

# The nine of a replay's totals; the pattern pins their names and order.
nine() {
    sed -nE 's/.*"cachegrind":\{"Ir":([0-9]+),"I1mr":([0-9]+),"ILmr":([0-9]+),"Dr":([0-9]+),"D1mr":([0-9]+),"DLmr":([0-9]+),"Dw":([0-9]+),"D1mw":([0-9]+),"DLmw":([0-9]+)\}\}$/\1 \2 \3 \4 \5 \6 \7 \8 \9/p'
}

geometries='
32768,8,64 32768,8,64 262144,8,64
16384,4,32 16384,4,32 65536,16,64
1024,1,16 1024,1,16 4096,1,32
1536,3,32 3072,3,64 20480,5,32
512,2,128 2048,32,64 5120,5,16'

echo "# against cachegrind"
for name in strides straddles wide strings; do
    tool lackey --trace-mem=yes --log-file="$name.lackey" "./$name" >/dev/null 2>&1
    ok "$name: a trace" [ "$(grep -c '^I  ' "$name.lackey")" -gt 100 ]
    while read -r i1 d1 ll; do
        [ -n "$i1" ] || continue
        want=$(oracle "$name" "$i1" "$d1" "$ll")
        got=$("$fencepost" replay --json --l1i "$i1" --l1d "$d1" --ll "$ll" \
            "$name.lackey" | nine)
        ok "$name $i1 $d1 $ll: cachegrind '$want', replay '$got'" \
            [ -n "$got" -a "$got" = "$want" ]
    done <<<"$geometries"
done

# A command: its exit code, stdout and stderr are for the checks below.
run() {
    "$@" >.out 2>.err </dev/null
    code=$?
}

# Refused: exit code, one line on stderr, and nothing on stdout.
refuse() { # WHAT CODE REGEX ARGUMENTS...
    local what=$1 want=$2 regex=$3
    shift 3
    run "$fencepost" replay "$@"
    ok "$what: exit code $code, not $want" [ "$code" = "$want" ]
    ok "$what: one line on stderr" [ "$(wc -l <.err)" = 1 ]
    ok "$what: $(cat .err)" grep -Eq "^fencepost replay: $regex" .err
    ok "$what: stdout" [ ! -s .out ]
}

# A wrong line: what came before is reported, then file, line and reason.
wrong() { # WHAT REFERENCES LINE REGEX FILE ARGUMENTS...
    local what=$1 references=$2 line=$3 regex=$4 file=$5
    shift 5
    run "$fencepost" replay "$@" "$file"
    ok "$what: exit code $code, not 1" [ "$code" = 1 ]
    ok "$what: one line on stderr" [ "$(wc -l <.err)" = 1 ]
    ok "$what: $(cat -v .err)" grep -Eq "^fencepost replay: $file:$line: $regex" .err
    ok "$what: $(head -n 1 .out)" grep -Eq "^references +$references # " .out
}

total() { # WHAT JSON-FRAGMENT ARGUMENTS...
    local what=$1 want=$2
    shift 2
    run "$fencepost" replay --json "$@"
    ok "$what: exit code $code" [ "$code" = 0 ]
    ok "$what: $(cat .out .err)" grep -qF -- "$want" .out
}

echo "# formats"
printf '==1== noise\n--1-- more\n\nI  00001000,3\n L 00002000,4\n S 00002004,4\n M 0000203e,4\n' >a
printf '2 1000 3\nr 0x2000 4\n1 2004 a comment\nm 203e 4\n4 0\nv 2000 40\n' >b
cat >c <<'END'
{"seq":1,"cycle":0,"pid":1,"pc":4096,"kind":"fetch","va":4096,"size":3,"segment":"image","offset":4096,"pa":4096,"verdict":"ok"}
{"seq":2,"kind":"load","va":8192,"size":4,"verdict":"ok"}
{"seq":3,"kind":"store","va":0,"size":4,"pa":8196,"verdict":"ok"}
{"seq":4,"kind":"store","va":0,"size":4,"verdict":"bounds"}
{"seq":5,"kind":"syscall","number":4,"name":"write","args":[1,7072,13],"result":13}
{"seq":6,"kind":"load","va":8254,"size":4,"verdict":"ok"}
END
sed 's/$/\r/' a >d
nine='"Ir":1,"I1mr":1,"ILmr":1,"Dr":2,"D1mr":2,"DLmr":2,"Dw":1,"D1mw":0,"DLmw":0'
for file in a b c d; do
    total "format $file" "$nine" "$file"
done
total "format by name" "$nine" --trace-format lackey a
"$fencepost" replay --json <a >.out
ok "stdin without a name" grep -qF "$nine" .out
"$fencepost" replay --json - <a >.out
ok "stdin as -" grep -qF "$nine" .out
"$fencepost" replay --json - < <(cat a) >.out
ok "a pipe" grep -qF "$nine" .out
: >empty
total "an empty trace" '"references":0,' empty
printf ' L 1ffefff8e0,8\n S ffffffffffffffff,4' >high
total "addresses of 64 bits, no last newline" '"references":2,' high
run "$fencepost" replay a
ok "text: every line has its shape" [ "$(grep -Evc '^[a-z0-9_]+ +[0-9.]+ # .+ \([a-z]+\)$' .out)" = 0 ]
ok "text: sums" [ "$(awk '/^cycles/ {c = $2} /_stall/ {s += $2} END {print c - s}' .out)" = 0 ]

echo "# policies and levels"
awk 'BEGIN { x = 1; for (i = 0; i < 20000; i++) { x = x * 16807 % 2147483647
    printf " L %08x,4\n", int(x / 1024) % 1500 } }' >s
for policy in lru fifo plru random; do
    run "$fencepost" replay --l1d "1k,4,32,$policy" --seed 5 s
    ok "$policy" [ "$code" = 0 ]
    grep '^l1d_load_misses' .out
done >misses
ok "policies differ" [ "$(grep load_misses misses | sort -u | wc -l)" = 4 ]
run "$fencepost" replay --l2 64k,4,64 --ll 1m,16,64 --inclusive s
ok "three levels" grep -q '^l3_fetches' .out
run "$fencepost" replay --l1d 8:4:32 s
cp .out sets
run "$fencepost" replay --l1d 1k,4,32 s
ok "sets:ways:line" cmp -s .out sets
printf ' L 00000000,4\n L 00010000,4\n L 00000040,4\n L 00010040,4\n' >d
while read -r dram hits closed conflicts; do
    total "DRAM of $dram" "\"dram_hits\":$hits,\"dram_closed\":$closed,\"dram_conflicts\":$conflicts," \
        --dram "$dram" d
done <<'END'
8,8k 0 1 3
16,8k 2 2 0
8,128k 3 1 0
1,64 0 1 3
END
run "$fencepost" replay --cost l1d_hit=3 --show-costs
ok "costs" grep -Eq '^l1d_hit +3 # ' .out

echo "# geometries that cannot be"
refuse "no geometry" 2 "--l1d: 'big' is no geometry" --l1d big a
refuse "two numbers" 2 "--l1d: '32k,8' is no geometry" --l1d 32k,8 a
refuse "mixed" 2 "--ll: '8:8,64' is no geometry" --ll 8:8,64 a
refuse "line of 48" 2 "--l1i: 32k,8,48: the line's size must be a power of two" --l1i 32k,8,48 a
refuse "line over cache" 2 "--ll: 64,1,128: a line is larger than the cache" --ll 64,1,128 a
refuse "three sets" 2 "--l1d: 3:1:64: the number of sets.* power of two" --l1d 3:1:64 a
refuse "odd size" 2 "--l1d: 1000,1,64: the size must be a multiple" --l1d 1000,1,64 a
refuse "no ways" 2 "--l1d: 1k,0,64: there must be 1 to 65536 ways" --l1d 1k,0,64 a
refuse "huge" 2 "--ll: 17179869183g,8,64: the cache is larger" --ll 17179869183g,8,64 a
refuse "huge sets" 2 "--ll: 9999999999999:65536:65536: the cache is larger" --ll 9999999999999:65536:65536 a
refuse "policy" 2 "--l1d: unknown policy or option 'lur'; did you mean lru\?" --l1d 32k,8,64,lur a
refuse "two policies" 2 "--l1d: two policies, lru and fifo" --l1d 32k,8,64,lru,fifo a
refuse "plru of 3" 2 "--l1d: .*plru needs a power of two" --l1d 3k,3,64,plru a
refuse "virtual last level" 2 "--ll: 32k,8,64,virtual: only a first level" --ll 32k,8,64,virtual a
refuse "inclusive lines" 2 "l2: its lines are shorter" --inclusive --ll 32k,8,32 a
refuse "no DRAM" 2 "--dram: '8' is no DRAM: want BANKS,ROW such as 8,8k" --dram 8 a
refuse "DRAM of three" 2 "--dram: '8,8k,64' is no DRAM" --dram 8,8k,64 a
refuse "no banks" 2 "--dram: 0,8k: there must be 1 to 64 banks" --dram 0,8k a
refuse "too many banks" 2 "--dram: 128,8k: there must be 1 to 64 banks" --dram 128,8k a
refuse "huge banks" 2 "--dram: 17179869184g,8k: there must be" --dram 17179869184g,8k a
refuse "three banks" 2 "--dram: 3,8k: the number of banks must be a power of two" --dram 3,8k a
refuse "no row" 2 "--dram: 8,0: a row must have 8 bytes to 1g" --dram 8,0 a
refuse "short row" 2 "--dram: 8,4: a row must have 8 bytes to 1g" --dram 8,4 a
refuse "long row" 2 "--dram: 8,2g: a row must have 8 bytes to 1g" --dram 8,2g a
refuse "odd row" 2 "--dram: 8,1000: the row's size must be a power of two" --dram 8,1000 a
refuse "cost" 2 "--cost: there is no cost l2_hti; did you mean l2_hit\?" --cost l2_hti=1 a
refuse "cost without value" 2 "--cost: 'l2_hit': want NAME=N$" --cost l2_hit a
refuse "cost below 0" 2 "--cost: '-1': want a number of cycles below 4g" --cost l2_hit=-1 a
refuse "cost too large" 2 "--cost: '4g': want a number of cycles below 4g" --cost l2_hit=4g a
refuse "format" 2 "--trace-format: unknown format 'elf'" --trace-format elf a
refuse "two files" 2 "one trace at a time" a b
refuse "no file" 1 "nowhere: No such file" nowhere
refuse "a folder" 1 "/: Is a directory" /

echo "# through an MMU"
counter() { # NAME
    awk -v name="$1" '$1 == name { print $2 }' .out
}
count() { # WHAT NAME VALUE
    ok "$1: $2 is $(counter "$2"), not $3" [ "$(counter "$2")" = "$3" ]
}
# Fetch, load, modify, two that are outside, a store that crosses the end.
printf 'I  00000010,4\n L 00000800,4\n M 00000804,4\n L 00001000,1\n L 100000000,4\n S 00000ffe,4\n' >m
run "$fencepost" replay --mmu base-bounds --base 32k --bounds 4k m
count "base and bounds" references 3
count "base and bounds" translate 3
count "base and bounds" faults_bounds 2
count "base and bounds" faults_segment 1
count "base and bounds" wide_addresses 1
count "base and bounds" l1d_loads 2
# All three lines are in one row, at 32 KiB.
count "base and bounds" dram_closed 1
count "base and bounds" dram_hits 1
count "base and bounds" cycles $((3 + 12 + 33 + 12 + 19 + 1))
total "base and bounds as JSON" '"translate":3,"faults":{"segment":1,"absent":0,"bounds":2,"protection":0},"wide_addresses":1,' \
    --mmu base-bounds --base 32k --bounds 4k m
run "$fencepost" replay --mmu segmented --asize 16k --seg 0:base=32k,bounds=4k,prot=rx m
count "segments" faults_protection 1
count "segments" faults_bounds 2
count "segments" faults_segment 1
# A table at 64 KiB: two descriptors in one line, each read and noted once,
# the second noted again by its first store.
printf 'I  00000010,4\n L 00001000,4\nI  00000014,4\n S 00001004,4\n M 00001008,4\n' >n
run "$fencepost" replay --mmu table --asize 64k --seg-bits 4 --table 64k \
    --seg 0:base=32k,bounds=2k,prot=rx --seg 1:base=40k,bounds=2k,prot=rw n
count "table" associative_misses 2
count "table" associative_hits 3
count "table" associative_notes 3
count "table" translate $((5 + (12 + 33) + 1 + 1 + 1 + 1))
count "table" l1d_loads $((2 + 2))
count "table" l1d_stores $((3 + 1))
count "table" fetch_stall $((12 + 33 + 1))
count "table" load_stall $((12 + 33 + 1))
count "table" store_stall 1
run "$fencepost" replay --mmu table --asize 64k --seg-bits 4 --table 64k --associative 0 \
    --seg 0:base=32k,bounds=2k,prot=rx --seg 1:base=40k,bounds=2k,prot=rw n
count "no copies" associative_misses 5
refuse "scheme" 2 "--mmu pages: there is base-bounds, segmented, implicit and table" --mmu pages a
refuse "useless option" 2 "--base means nothing under --mmu segmented" --mmu segmented --base 5 a
refuse "outside" 2 "--base 4294967295.*" --base 4294967295 --bounds 2 a

# What a run has recorded costs as much again, translated by the same registers.
guests=${GUESTS:-$root/build/guest}
for arch in x86 arm; do
    "$fencepost" run --timed --stats --trace r --trace-accesses --base 0x5003 \
        --l1i 1k,2,32 --l1d 16k,4,32 "$guests/$arch/hello" 2>want >/dev/null
    run "$fencepost" replay --mmu base-bounds --base 0x5003 --bounds 16k \
        --l1i 1k,2,32 --l1d 16k,4,32 r
    for name in translate fetch_stall load_stall store_stall l1i_fetch_misses; do
        count "$arch, run again" $name "$(awk -v name=$name '$1 == name { print $2 }' want)"
    done
done

echo "# traces that are wrong"
{ cat a; printf ' L 0000'; } >t
wrong "truncated" 4 8 "no comma after the address" t
{ cat a; printf ' L 00002000,\n'; } >t
wrong "no size" 4 8 "no size after the comma" t
{ cat a; printf ' L 00002000,4 x\nI  00001000,3\n'; } >t
wrong "junk behind" 4 8 "something follows" t
{ cat a; printf ' L 00002000,513\n'; } >t
wrong "too wide" 4 8 "the size must be 1 to 512" t
{ cat a; printf ' L 00002000,0\n'; } >t
wrong "size 0" 4 8 "the size must be 1 to 512" t
{ cat a; printf ' L 12345678123456781,4\n'; } >t
wrong "address of 68 bits" 4 8 "no hexadecimal address of 64 bits" t
{ cat a; printf ' X 00002000,4\n'; } >t
wrong "unknown kind" 4 8 "a lackey line begins with" t
{ cat b; printf '9 2000\n'; } >t
wrong "din label" 4 7 "a din line begins with a label" t
{ cat b; printf '0 zero\n'; } >t
wrong "din address" 4 7 "no hexadecimal address" t
{ cat c; head -c 40 c; } >t
wrong "truncated record" 4 7 "it is no complete JSON object" t
{ cat c; echo '{"kind":"load","va":-4,"size":4,"verdict":"ok"}'; } >t
wrong "negative va" 4 7 "va, pa and size must be whole numbers" t
{ cat c; echo '{"kind":"load","size":4,"verdict":"ok"}'; } >t
wrong "no va" 4 7 "an access without va or size" t
{ cat c; echo '{"kind":"load","va":4,"size":4}'; } >t
wrong "no verdict" 4 7 "an access without a verdict" t
head -c 3000 "$fencepost" >t
wrong "binary" 0 1 "it is of no known format" t
{ cat a; head -c 3000 "$fencepost"; } >t
wrong "binary in the middle" 4 8 "a lackey line begins with" t
{ cat a; head -c 300000 /dev/zero | tr '\0' x; } >t
wrong "an endless line" 4 8 "the line is too long" t
echo hello >t
wrong "a text" 0 1 "it is of no known format" t
"$fencepost" replay a >/dev/full 2>.err
ok "stdout full: exit code" [ $? = 1 ]
ok "stdout full: says so" grep -q '^fencepost replay: stdout: No space left' .err

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
