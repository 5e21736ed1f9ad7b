#!/bin/bash
# run_segments.sh - segments where memory is short: what the report says.
#
#   FENCEPOST  the program under test (build/rel/fencepost)
#
# Prints "not ok WHAT" for each failure and, last, "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
fencepost=$(realpath "${FENCEPOST:-build/rel/fencepost}")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

ok() { # WHAT CONDITION...
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok $what"
    fi
}

# Exit code, stdout and stderr are for the checks below.
run() { # OPTIONS... PROGRAM
    "$fencepost" run "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

says() { # WHAT LINE REGEX
    ok "$1: $(sed -n "$2p" "$work/err")" \
        grep -Eq "$3" <(sed -n "$2p" "$work/err")
}

# ---- memory that is short ----

cat >"$work/short.c" <<'END'
#include <sys/wait.h>
#include <unistd.h>

static volatile char shared[200000];

static int deep(int n)
{
    volatile char big[20000];

    big[0] = (char)n;
    return n ? deep(n - 1) + big[0] : 0;
}

int main(int argc, char **argv)
{
    int status = 0;

    (void)argv;
    if (argc == 1)
        return deep(100) & 1;
    shared[6] = 1; /* what is absent is not shared */
    if (fork() == 0) {
        shared[5] = 1;
        _exit(0);
    }
    wait(&status);
    return WTERMSIG(status);
}
END
for scheme in segmented table; do
    for arch in x86 thumb; do
        scripts/guest-cc --arch $arch --space $scheme -o "$work/short" \
            "$work/short.c"
        what="$arch $scheme: a stack without memory"
        run --mmu $scheme --phys 1m "$work/short"
        ok "$what: exit code $code" [ "$code" = 139 ]
        says "$what" 1 '^SEGMENTATION VIOLATION: store .* below segment'
        says "$what" 2 'memory was short: the stack could not grow to [0-9]+ '
        run --mmu $scheme "$work/short"
        ok "$what: with memory $code" [ "$code" = 0 ]
        run --mmu $scheme --stack-max 100k "$work/short"
        ok "$what: at its limit" [ "$code" = 139 ]
        ok "$what: its limit is no shortage" \
            sh -c "! grep -q 'memory was short' '$work/err'"

        what="$arch $scheme: a copy without memory"
        run --mmu $scheme --phys 460k "$work/short" fork
        ok "$what: exit code $code" [ "$code" = 9 ]
        says "$what" 1 '^SEGMENTATION VIOLATION: store .*: segment .* is r--'
        says "$what" 2 'memory was short: the segment is shared until'
        says "$what" 3 'there were no [0-9]+ bytes for a copy'
        run --mmu $scheme "$work/short" fork
        ok "$what: with memory $code" [ "$code" = 0 ]
    done
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
