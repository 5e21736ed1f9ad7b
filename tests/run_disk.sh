#!/bin/bash
# run_disk.sh - programs that read and write the disk, from outside.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
cd "$work" || exit 1

counter() { # NAME: as --stats has it in the file err
    awk -v name="$1" '$1 == name { print $2 }' err
}

new_disk() { # 256 blocks of zeros
    head -c 131072 /dev/zero >disk
}

for arch in x86 arm thumb; do
    for space in base-bounds segmented table; do
        "$root/scripts/guest-cc" --arch $arch --space $space \
            -o "blocks.$arch.$space" "$root/guest/disk/blocks.c" || exit 1
    done
done

# What one process writes another one reads, under every scheme, also after.
for space in base-bounds segmented table; do
    options=(--mmu "$space" --stack 8k)
    [ $space = base-bounds ] && options=(--bounds 32k)
    for arch in x86 arm thumb; do
        program=blocks.$arch.$space
        new_disk
        "$fencepost" run "${options[@]}" --disk disk --paranoid --stats \
            "$program" both 3 21 >"out.$arch" 2>err
        ok "$program: exit code" [ $? = 0 ]
        ok "$program: blocks" [ "$(counter disk_read) $(counter disk_written)" = '21 21' ]
        ok "$program: as x86 does" cmp out.x86 "out.$arch"
        "$fencepost" run "${options[@]}" --disk disk "$program" read 3 21 >again
        ok "$program: in another run" cmp out.x86 again
        ok "$program: not more" cmp -n 1536 disk /dev/zero
        "$fencepost" run "${options[@]}" --disk disk "$program" errors >refused 2>err
        ok "$program: errors: exit code" [ $? = 0 ]
        cat >want <<'END'
no blocks: Invalid argument
too many: Invalid argument
behind the end: No such device or address
past the end: No such device or address
wild: Bad address
wild: Bad address
the last one: done
END
        ok "$program: errors" cmp want refused
        ok "$program: the file is as large" [ "$(stat -c %s disk)" = 131072 ]
        for slice in 1 7 100 1000; do
            "$fencepost" run "${options[@]}" --slice $slice --disk disk --paranoid \
                "$program" kill 3 >killed 2>err
            ok "$program: kill, slice $slice" [ $? = 0 ]
            ok "$program: killed, slice $slice" grep -qx 'killed by signal 9' killed
            ok "$program: quiet, slice $slice" [ ! -s err ]
        done
    done
done

# Several at once, x86 and ARM, whoever is in memory: each prints what it prints
# alone, and the disk is the same in the end.
b=blocks.x86.base-bounds c=blocks.arm.base-bounds
all=("$b" both 0 20 ::: "$c" both 20 20 ::: "$b" both 40 3 ::: "$c" both 60 30)
new_disk
"$fencepost" run --tag --bounds 32k --disk disk "${all[@]}" >out
sort out >want
cp disk want.disk
for way in '--memory resident' '--memory swap' '--memory early' '--phys 120k' \
    '--phys 120k --slice 97' '--memory swap --slice 97' '--slice 1'; do
    read -ra options <<<"$way"
    swap=(--swap swap --swap-size 1m)
    new_disk
    "$fencepost" run --tag --bounds 32k --disk disk "${swap[@]}" --stats \
        "${options[@]}" "${all[@]}" >out 2>err
    ok "$way: exit code" [ $? = 0 ]
    # Only the first processes have the same pids: compare without.
    ok "$way: output" cmp <(sed 's/^\[[0-9]*\] //' want | sort) \
        <(sed 's/^\[[0-9]*\] //' out | sort)
    ok "$way: the disk" cmp want.disk disk
    case $way in
    *swap* | *phys*) ok "$way: swaps" [ "$(counter swapped_out)" -gt 2 ] ;;
    esac
done

# Time: a seek and sectors for each transfer, and others run meanwhile.
new_disk
"$fencepost" run --bounds 32k --disk disk --timed --stats "$b" write 0 4 2>err
ok "one transfer: idle $(counter idle)" [ "$(counter idle)" = 6016384 ]
run=("$fencepost" run --bounds 32k --disk disk --cost disk_seek=2000 --cost disk_sector=500)
"${run[@]}" --stats "$b" write 0 9 2>err
ok "three transfers: idle $(counter idle)" [ "$(counter idle)" = 10500 ]
"${run[@]}" --stats "$b" write 0 40 ::: "$guests/arm/primes" >out 2>err
ok "another runs: idle $(counter idle)" [ "$(counter idle)" -lt 40000 ]
ok "another runs: interrupts $(counter traps_disk)" [ "$(counter traps_disk)" -gt 0 ]
"${run[@]}" --trace - "$b" write 0 40 ::: "$guests/arm/primes" >trace
ok 'the interrupts are in the trace' grep -q '"kind":"disk"' trace

# Watching changes nothing.
trace=("$fencepost" run --bounds 32k --phys 120k --slice 211 --disk disk
    --swap swap --swap-size 1m)
new_disk
"${trace[@]}" --trace plain "${all[@]}" >out.plain
new_disk
"${trace[@]}" --trace watched --paranoid --round-trip --stats "${all[@]}" >out 2>err
ok 'watched: trace' cmp plain watched
ok 'watched: output' cmp out.plain out

# The machine file.
printf '[machine]\ndisk = disk\n[mmu]\nbounds = 32k\n' >machine.ini
"$fencepost" run --machine machine.ini "$b" read 0 20 >out
ok 'machine file' grep -q '^blocks 0 to 19' out
"$fencepost" run --machine machine.ini --show-config >config
ok 'machine file: shown' grep -qx 'disk = disk' config

# Bad disks.
hello=$guests/x86/hello
refused 'no file' 125 '--disk none: No such file' --disk none "$hello"
refused 'a folder' 2 '--disk \.: not a regular file' --disk . "$hello"
refused 'no name' 2 '--disk: the file.s name is empty' --disk '' "$hello"
: >empty
refused 'empty' 2 '--disk empty: 0 bytes are not' --disk empty "$hello"
printf '%600s' '' >odd
refused 'odd' 2 '--disk odd: 600 bytes are not one or more blocks of 512' --disk odd "$hello"
# Who may read it only: root may do all, so somebody else tries.
new_disk
chmod 444 disk
chmod 755 .
someone=()
[ "$(id -u)" != 0 ] || someone=(setpriv --reuid 65534 --clear-groups)
if "${someone[@]}" test -x "$fencepost" -a -r "$hello" 2>err; then
    "${someone[@]}" "$fencepost" run --disk disk "$hello" >out 2>err
    ok 'read-only: exit code' [ $? = 125 ]
    ok "read-only: $(cat err)" \
        grep -q -- '--disk disk: Permission denied; a disk must be readable and writable$' err
fi
chmod 644 disk
truncate -s 5g large
refused 'large' 2 '--disk large: larger than 4g' --disk large "$hello"
"$fencepost" run --bounds 32k "$b" read 0 1 >out 2>err
ok 'no disk: exit code' [ $? = 2 ]
ok "no disk: $(cat out err)" grep -q 'No such device or address' out err

# Somebody makes the file shorter: EIO, and it is said once.
new_disk
(
    exec 9<disk
    flock -n 9 || exit 1
    "$fencepost" run --disk disk "$hello"
) >out 2>err
ok "locked: $(cat err)" grep -q -- '--disk disk: another run has it' err
cat >cut.c <<'END'
#include <errno.h>
#include <fencepost.h>
#include <stdio.h>
#include <string.h>
static char bytes[DISK_BLOCK];
int main(void)
{
    getchar();
    for (int i = 0; i < 2; i++) {
        const int result = disk_read(9, bytes, 1);
        printf("%d %s\n", result, strerror(errno));
    }
    return 0;
}
END
"$root/scripts/guest-cc" --arch x86 -o cut cut.c
mkfifo in
"$fencepost" run --disk disk cut <in >out 2>err &
pid=$!
exec 3>in
sleep 0.3
: >disk
exec 3>&-
wait $pid
ok 'cut: the program goes on' [ "$(cat out)" = $'-1 Input/output error\n-1 Input/output error' ]
ok 'cut: said once' [ "$(grep -c -- '--disk disk: cannot be read' err)" = 1 ]

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
