#!/bin/bash
# run_faults.sh - what a handler is told of its fault, from outside: the signal,
# si_code and si_addr that Linux gives; and which handlers another program keeps.
#
#   FENCEPOST  the program under test (build/rel/fencepost)
#
# Oracles are the same source as an ordinary static Linux program: under qemu-i386
# and qemu-arm, and on the host itself where that is an x86-64, whose kernel has
# the same words for i386.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
source=$PWD/guest/faults/faults.c
guest_cc=$PWD/scripts/guest-cc
cd "$work" || exit 1

# Where fencepost differs, and the README says so: what is privileged is SIGILL
# on x86, too, and of SSE's exceptions none is raised.
as_documented() {
    sed -E 's/^(privileged: .*|no such interrupt|bad selector): signal 11, code 128, address 0/\1: signal 4, code 5, address of the instruction/
        s/^(SSE division):.*/\1: nothing/'
}

# Where qemu differs from Linux: it raises no exception of the x87, and has
# ILL_ILLOPN where do_undefinstr() says ILL_ILLOPC.
as_linux() {
    sed -E 's/^(x87 division): nothing/\1: signal 8, code 3, address of the instruction/'
}
as_linux_arm() {
    sed -E 's/: signal 4, code 2,/: signal 4, code 1,/'
}

flags=(-std=gnu11 -D_GNU_SOURCE -O1 -static -no-pie)
i686-linux-gnu-gcc "${flags[@]}" -o i386 "$source" &&
    arm-linux-gnueabihf-gcc "${flags[@]}" -marm -o armhf "$source" || exit 1
qemu-i386 ./i386 >qemu.x86
qemu-arm ./armhf >qemu.arm
as_linux <qemu.x86 | as_documented >want.x86
as_linux_arm <qemu.arm >want.arm
if [ "$(uname -m)" = x86_64 ]; then
    gcc "${flags[@]}" -w -o host "$source" || exit 1
    ./host | as_documented >host.x86
    ok 'the host agrees with qemu' cmp host.x86 \
        <(grep -Ev '^(into|bound):' want.x86)
fi
for arch in x86 arm; do
    for space in plain segmented table; do
        options=(--mmu "$space") with=(--space "$space")
        [ $space = plain ] && options=(--bounds 64k) with=()
        "$guest_cc" --arch $arch "${with[@]}" -o faults "$source" || exit 1
        "$fencepost" run "${options[@]}" --paranoid faults >out 2>err
        ok "$arch $space: exit code" [ $? = 0 ]
        ok "$arch $space: $(diff want.$arch out | tr '\n' ' ')" cmp want.$arch out
        ok "$arch $space: $(head -n 1 err)" [ ! -s err ]
    done
done

# Another program begins with the default where there was a handler; what is
# ignored or blocked stays so.
cat >again.c <<'END'
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static void on(int number)
{
    printf("on %d\n", number);
}
int main(int argc, char **argv)
{
    static const int all[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGFPE};
    sigset_t set;

    if (argc > 1) {
        for (int i = 0; i < 4; i++) {
            struct sigaction action;

            sigaction(all[i], NULL, &action);
            printf("%d: %s\n", all[i], action.sa_handler == SIG_DFL   ? "default"
                                       : action.sa_handler == SIG_IGN ? "ignored"
                                                                      : "handler");
        }
        sigprocmask(SIG_BLOCK, NULL, &set);
        printf("blocked: %d %d\n", sigismember(&set, SIGTERM),
               sigismember(&set, SIGFPE));
        fflush(stdout);
        raise(SIGUSR2);
        puts("alive");
        fflush(stdout);
        raise(SIGUSR1);
        puts("not reached");
        return 0;
    }
    signal(SIGUSR1, on);
    signal(SIGUSR2, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    fflush(stdout);
    execl(argv[0], argv[0], "again", NULL);
    return 9;
}
END
gcc -std=gnu11 -D_GNU_SOURCE -O1 -o again again.c || exit 1
(./again; echo "exit code $?") >want 2>err
ok 'exec: the host ends by SIGUSR1' grep -q '^exit code 138$' want
for arch in x86 arm; do
    for space in plain segmented table; do
        options=(--mmu "$space") with=(--space "$space")
        [ $space = plain ] && options=(--bounds 64k) with=()
        "$guest_cc" --arch $arch "${with[@]}" -o again again.c || exit 1
        "$fencepost" run "${options[@]}" ./again >out 2>err
        echo "exit code $?" >>out
        ok "exec $arch $space: $(diff want out | tr '\n' ' ')" cmp want out
    done
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
