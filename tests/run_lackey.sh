#!/bin/bash
# run_lackey.sh - the accesses of `fencepost run` against valgrind's lackey.
#
# Small freestanding i386 programs run under fencepost and under lackey, and the
# two traces must be equal, line by line, but for:
#
#   the stack      it lies elsewhere: its addresses are compared relative to
#                  the first that is used
#   POPA           valgrind loads from the highest address down, we from the
#                  stack pointer up, as the manual says
#   LOCK, XCHG     valgrind has a load, then a modify of the same bytes; we have
#                  the modify
#   FXSAVE         valgrind stores the 464 bytes that have a meaning, we 512
#   dead loads     valgrind leaves out a load into a register that the following
#                  instructions overwrite unseen; the programs have none
#
# Where the kernel runs no i386 programs, qemu-i386 runs valgrind; where neither
# does, the comparison is skipped, and a line says so.
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
        echo '__attribute__((noinline)) static unsigned down(unsigned n)'
        echo '{ volatile unsigned here[5]; here[n & 3] = n;'
        echo '  return n ? down(n - 1) + here[n & 3] : 0; }'
        echo '__attribute__((noinline)) static void work(void) {'
        cat
        echo '}'
        # shellcheck disable=SC2016 # $0x80 is a number
        echo 'void _start(void) { work(); s += down(3);'
        # shellcheck disable=SC2016
        echo '__asm__ volatile("int $0x80" : : "a"(1), "b"(s * 0)); }'
    } >"$1.c"
    i686-linux-gnu-gcc -O1 -msse2 -static -nostdlib -ffreestanding -fno-pic -no-pie \
        -fno-stack-protector -o "$1" "$1.c" || exit 1
}

program integers <<'END'
    for (unsigned k = 1; k < 12; k++)
        for (unsigned i = 0; i < 40000; i += 97 * k) {
            a[i] += i, s += a[(i * 7) % 40000];
            *(volatile unsigned *)(a + (i * 5) % 39002) += i;
            *(volatile unsigned long long *)(a + (i * 11) % 39003) = s;
        }
    s += down(12); /* less than a page: to grow the stack is beyond valgrind under qemu */
END
program floats <<'END'
    volatile double d = 1.5;
    volatile float f = 2.5f;
    for (unsigned i = 0; i < 300; i++) {
        d = d * 1.01 + f;
        f = (float)(d / 3) - (float)i;
        __asm__ volatile("movups %0, %%xmm0" : : "m"(a[i * 9]) : "xmm0");
        __asm__ volatile("movups %%xmm0, %0" : "=m"(a[i * 11]) : : "xmm0");
        __asm__ volatile("fldt %0; fstp %%st(0)" : : "m"(a[i + 600]));
        __asm__ volatile("fnstenv %0" : "=m"(a[i]) : : "memory");
    }
END
program strings <<'END'
    for (unsigned i = 0; i < 20; i++) {
        void *to = a + i * 801, *from = a + 20000 + i * 333;
        unsigned n = 100 + i;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
        n = 40;
        __asm__ volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(i) : "memory");
        n = 30;
        __asm__ volatile("repe cmpsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    }
END
program odd <<'END'
    for (unsigned i = 0; i < 20; i++) {
        __asm__ volatile("lock incl %0" : "+m"(a[i * 1999]));
        __asm__ volatile("xchg %0, %1" : "+m"(a[i * 1000]), "+q"(s));
        __asm__ volatile("pusha; popa; jc 1f; 1:");
        __asm__ volatile("fxsave %0" : "=m"(a[(i + 15) & ~15u]) : : "memory");
    }
END

if ./odd 2>/dev/null; then
    how="lackey"
    lackey() { valgrind --tool=lackey "$@"; }
else
    how="lackey under qemu-i386, since this kernel runs no i386 programs"
    lackey() {
        VALGRIND_LAUNCHER=$(command -v valgrind) \
            qemu-i386 /usr/libexec/valgrind/lackey-x86-linux --tool=lackey "$@"
    }
fi

ours() { # PROGRAM FORMAT FILE
    "$fencepost" run --bounds 129m --phys 256m --trace "$3" --trace-accesses \
        --trace-format "$2" "./$1"
}

# Without what is documented above.
normal() {
    grep -v '^==' "$1" | awk '
        function number(hex,   i, n) {
            n = 0
            for (i = 1; i <= length(hex); i++)
                n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
            return n
        }
        function put(line,   at, address, size) {
            at = index(line, ",")
            address = number(substr(line, 4, at - 4))
            size = substr(line, at + 1)
            if (size == 464)
                size = 512
            if (address > 134900000) { # behind the program
                if (!stack)
                    stack = address
                address = "stack" address - stack
            }
            print substr(line, 1, 3) address "," size
        }
        # One instruction: its fetch and its accesses.
        function flush(   i) {
            if (count == 8 && popa)
                for (i = 8; i > 1; i--)
                    put(lines[i])
            else
                for (i = 2; i <= count; i++)
                    if (substr(lines[i], 2, 1) != "L" ||
                        substr(lines[i + 1], 1, 3) != " M " ||
                        substr(lines[i + 1], 4) != substr(lines[i], 4))
                        put(lines[i])
            count = 0
        }
        /^I/ { flush(); put($0); count = 1; popa = 1; delete lines; next }
        { lines[++count] = $0
          if (substr($0, 2, 1) != "L" || (count > 2 && $0 > lines[count - 1]))
              popa = 0 }
        END { flush() }'
}

echo "# against $how"
for name in integers floats strings odd; do
    ours $name lackey $name.ours
    ok "$name: exit code" [ $? = 0 ]
    ok "$name: a trace" [ "$(grep -c '^I  ' $name.ours)" -gt 100 ]
    if ! lackey --trace-mem=yes --log-file=$name.lackey ./$name >/dev/null 2>&1; then
        echo "# skip $name: neither this kernel nor qemu-i386 runs valgrind on i386"
        continue
    fi
    normal $name.lackey >$name.want
    normal $name.ours >$name.got
    ok "$name: $(wc -l <$name.want) lines, not $(wc -l <$name.got): $(
        diff $name.want $name.got | head -n 4 | tr '\n' '|')" \
        cmp -s $name.want $name.got
done

echo "# replayed"
for format in lackey din; do
    ours integers $format trace
    "$fencepost" replay --json --trace-format $format trace >$format.json
    ok "$format: replay takes it" [ $? = 0 ]
    ok "$format: through a pipe" cmp -s $format.json \
        <(ours integers $format - | "$fencepost" replay --json -)
done
ok "lackey and din: the same misses" [ \
    "$(sed -E 's/.*("I1mr":[0-9]+).*("D1mr":[0-9]+).*("DLmr":[0-9]+).*/\1\2\3/' lackey.json)" = \
    "$(sed -E 's/.*("I1mr":[0-9]+).*("D1mr":[0-9]+).*("DLmr":[0-9]+).*/\1\2\3/' din.json)" ]

refuse() { # WHAT REGEX ARGUMENTS...
    local what=$1 regex=$2
    shift 2
    "$fencepost" run "$@" ./odd >.out 2>.err </dev/null
    ok "$what: exit code" [ $? = 2 ]
    ok "$what: $(cat .err)" grep -Eq "^fencepost run: $regex" .err
}
refuse "unknown format" "--trace-format: unknown format 'dinero': want json, lackey or din" \
    --trace t --trace-accesses --trace-format dinero
refuse "only accesses" "--trace-format din has accesses only: it needs --trace-accesses" \
    --trace t --trace-format din

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
