#!/bin/bash
# run_cli.sh - the command line of fencepost from outside: exit codes, one line
# for each mistake, nothing left behind.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
hello=$guests/x86/hello
cd "$work" || exit 1

# Run a command; its exit code, stdout and stderr are for the checks below.
# What it leaves in the folder besides them must be asked for.
run() {
    "$@" >"$work/.out" 2>"$work/.err" </dev/null
    code=$?
}

# A refused command line: its exit code, nothing on stdout, one line on stderr.
refuse() { # WHAT CODE REGEX COMMAND...
    local what=$1 want=$2 regex=$3
    shift 3
    run "$@"
    ok "$what: exit code $code, not $want" [ "$code" = "$want" ]
    ok "$what: stdout" [ ! -s .out ]
    ok "$what: one line on stderr" [ "$(wc -l <.err)" = 1 ]
    ok "$what: $(cat .err)" grep -Eq "^fencepost( run)?: $regex" .err
    ok "$what: left $(ls)" [ -z "$(ls)" ]
}

usage() { # WHAT REGEX ARGUMENTS...
    local what=$1 regex=$2
    shift 2
    refuse "$what" 2 "$regex" "$fencepost" "$@"
}

cannot() { # WHAT CODE REGEX ARGUMENTS... (of run)
    local what=$1 want=$2 regex=$3
    shift 3
    refuse "$what" "$want" "$regex" "$fencepost" run "$@"
}

# A run that must succeed: exit code and exact stdout.
succeed() { # WHAT CODE STDOUT ARGUMENTS... (of run)
    local what=$1 want=$2 out=$3
    shift 3
    run "$fencepost" run "$@"
    ok "$what: exit code $code, not $want" [ "$code" = "$want" ]
    ok "$what: stdout $(cat .out)" [ "$(cat .out)" = "$out" ]
}

stdout_of() {
    run "$@"
    cat .out
}

echo "# help and version"
run "$fencepost" --help
ok "--help" [ "$code" = 0 ]
ok "--help lists run" grep -q '^  run ' .out
ok "--help: stderr" [ ! -s .err ]
run "$fencepost" run --help
ok "run --help" [ "$code" = 0 ]
for option in bounds base phys dram trace trace-accesses stats max-instructions; do
    ok "run --help: --$option" grep -q -- "^  --$option\b" .out
done
for line in --version "run --version"; do
    # shellcheck disable=SC2086
    run "$fencepost" $line
    ok "$line" [ "$code" = 0 ]
    ok "$line: libraries" grep -Eq '^fencepost [0-9.]+ \(libunicorn [0-9.]+, libcapstone [0-9.]+, libdw [0-9.]+\)$' .out
done
"$fencepost" --help >/dev/full 2>.err
ok "--help on a full disk" [ $? = 1 ]
ok "--help on a full disk: says so" grep -q 'No space left' .err

echo "# command lines that cannot be"
usage "no subcommand" "a subcommand is missing"
usage "unknown subcommand" "unknown subcommand rum; did you mean run\?" rum
usage "unknown main option" "unknown option --versoin; did you mean --version\?" --versoin
usage "no program" "a program to run is missing" run
usage "unknown option" "unknown option --bonds; did you mean --bounds\?" run --bonds 1 "$hello"
usage "help in short" "unknown option -h; did you mean --help\?" -h
usage "help of run in short" "unknown option -h; did you mean --help\?" run -h
usage "help as a word" "unknown subcommand help; did you mean --help\?" help
cannot "a name of two lines" 127 'no.such: No such file' $'no\nsuch'
usage "unlike any option" "unknown option --zebra; see" run --zebra "$hello"
usage "abbreviated option" "unknown option --bound; did you mean --bounds\?" run --bound 1 "$hello"
usage "no value" "--bounds needs a value" run --bounds
usage "value not wanted" "--stats takes no value" run --stats=yes "$hello"
usage "bounds 0" "--bounds: 0 is too small" run --bounds 0 "$hello"
usage "bounds overflow" "--bounds: 99999999999999999999 is too large" run --bounds 99999999999999999999 "$hello"
usage "bounds overflow by suffix" "--bounds: 17179869184g is too large" run --bounds 17179869184g "$hello"
usage "bounds over 2g" "--bounds: 4g is too large: at most 2g" run --bounds 4g "$hello"
usage "bounds with junk" "--bounds: '16q' is no size" run --bounds 16q "$hello"
usage "bounds negative" "--bounds: '-4k' is no size" run --bounds -4k "$hello"
usage "base beyond memory" "--base: 4g is too large" run --base 4g "$hello"
usage "phys too small" "--phys: 1k is too small: at least 32k" run --phys 1k "$hello"
usage "a right twice" "--prot code=rr: 'code=rr' is none of" run --mmu segmented --prot code=rr "$hello"
usage "rights twice" "--prot code=r,code=w: code= is given twice" run --mmu segmented --prot code=r,code=w "$hello"
usage "no rights" "--prot code=: 'code=' is none of" run --mmu segmented --prot code= "$hello"
usage "rights with junk" "--prot code=rq: 'code=rq' is none of" run --mmu segmented --prot code=rq "$hello"
usage "rights and a comma" "--prot code=r,: '' is none of" run --mmu segmented --prot code=r, "$hello"
usage "rights of nothing" "--prot heap=r: 'heap=r' is none of" run --mmu segmented --prot heap=r "$hello"
usage "limit 0" "--max-instructions: 0 is too small" run --max-instructions 0 "$hello"
usage "accesses without trace" "--trace-accesses needs --trace" run --trace-accesses "$hello"

echo "# programs that cannot run"
cannot "missing program" 127 "nowhere: No such file" nowhere
cannot "program below a file" 127 "$hello/x: Not a directory" "$hello/x"
cannot "a folder" 126 "/: Is a directory" /
cannot "a device" 126 "/dev/zero: not a regular file" /dev/zero
cannot "no ELF file" 126 "/etc/passwd: .*ELF" /etc/passwd
mkfifo "$work/.pipe"
cannot "a pipe" 126 ".*/.pipe: not a regular file" "$work/.pipe"
: >.empty
cannot "an empty file" 126 ".empty: .*ELF" .empty
head -c 100 "$hello" >.short
cannot "a truncated file" 126 "\.short: " .short
cannot "the host's own kind" 126 "/bin/true: " /bin/true
cannot "larger than bounds" 126 "$hello: .*bounds [0-9]+ leave 4 KiB for stack and heap; .*" --bounds 1k "$hello"
cannot "larger than memory" 126 "$hello: .*hole" --phys 32k --bounds 64k "$hello"
cannot "base and bounds past memory" 126 "$hello: base" --base 64m --bounds 16k "$hello"
cannot "base in the OS" 126 "$hello: base 0x1:" --base 1 "$hello"
if [ "$(id -u)" != 0 ]; then
    cp "$hello" .secret && chmod 0 .secret
    cannot "unreadable program" 126 ".secret: Permission denied" .secret
fi

echo "# the guest's own"
for isa in x86 arm thumb; do
    guest=$guests/$isa
    [ -x "$guest/hello" ] || continue
    succeed "$isa hello" 0 "hello, world" "$guest/hello"
    ok "$isa hello: stderr" [ ! -s .err ]
    succeed "$isa exit code" 42 "" "$guest/zoo/exit_code"
    run "$fencepost" run "$guest/args" --stats -x "a b"
    ok "$isa arguments" grep -q -- "--stats" .out
    ok "$isa arguments with spaces" grep -q "a b" .out
    run "$fencepost" run "$guest/zoo/store_past_bounds"
    ok "$isa fault: exit code $code" [ "$code" = 139 ]
    ok "$isa fault: first line" grep -q -m1 '^SEGMENTATION VIOLATION: store of 1 byte at 0x4000: 1 byte past bounds 0x4000 of segment image (pid 1, store_past_bounds)$' .err
    ok "$isa fault: function and line" grep -q ' in main+0x[0-9a-f]* at store_past_bounds.c:' .err
    run "$fencepost" run "$guest/zoo/undefined_instruction"
    ok "$isa undefined: exit code $code" [ "$code" = 132 ]
    run "$fencepost" run "$guest/zoo/breakpoint"
    ok "$isa breakpoint: exit code $code" [ "$code" = 133 ]
done

echo "# places and sizes"
for base in 16k 0x4001 32k 12345677 0x3ffc000; do
    succeed "at $base" 0 "hello, world" --base "$base" "$hello"
done
succeed "odd bounds" 0 "hello, world" --bounds 16001 "$hello"
succeed "phys 32k" 0 "hello, world" --phys 32K "$hello"
succeed "phys 1g" 0 "hello, world" --phys 1G "$hello"
succeed "paranoid" 0 "hello, world" --paranoid "$hello"
succeed "round trip" 0 "hello, world" --round-trip "$hello"

echo "# limits"
cannot "instruction limit" 124 "$hello: stopped after 100 instructions" --max-instructions 100 "$hello"
succeed "limit not reached" 0 "hello, world" --max-instructions 1m "$hello"
run "$fencepost" run --stats --max-instructions 1000 "$hello"
ok "limit is exact" grep -Eq '^instructions +1000 #' .err

echo "# stats"
run "$fencepost" run --stats "$hello"
ok "stats: lines" [ "$(grep -Evc '^[a-z_]+ +[0-9.]+ # .+ \(.+\)$' .err)" = 0 ]
ok "stats: system calls" grep -Eq '^traps_syscall +2 #' .err
ok "stats: no heap" grep -Eq '^heap_size +0 #' .err
run "$fencepost" run --stats "$guests/x86/quicksort"
ok "stats: a heap" grep -Eq '^heap_utilization +[1-9][0-9]* #' .err
ok "stats: all is freed" grep -Eq '^heap_used +0 #' .err
ok "stats: host last" [ "$(tail -n 2 .err | grep -c '^host_')" = 2 ]
run "$fencepost" run --stats "$guests/x86/zoo/store_past_bounds"
ok "stats: a fault" grep -Eq '^faults +1 #' .err

echo "# traces"
cp "$hello" same
run "$fencepost" run --trace same same
ok "trace over the program: exit code $code, not 2" [ "$code" = 2 ]
ok "trace over the program: untouched" cmp -s "$hello" same
rm -f same
run "$fencepost" run --trace trace "$hello"
ok "trace: exit code" [ "$code" = 0 ]
ok "trace: one record for each trap" [ "$(wc -l <trace)" = 2 ]
ok "trace: write" grep -q '"kind":"syscall","number":4,"name":"write","args":\[1,[0-9]*,13\],"result":13}$' trace
ok "trace: nothing else" [ "$(ls)" = trace ]
run "$fencepost" run --trace trace --trace-accesses "$guests/x86/zoo/store_past_bounds"
ok "trace of a fault: exit code" [ "$code" = 139 ]
ok "trace of a fault: last record" [ "$(tail -n 1 trace | grep -c '"kind":"store","va":16384,"size":1,"segment":"image","offset":16384,"verdict":"bounds"}')" = 1 ]
ok "trace: accesses" grep -q '"kind":"fetch".*"verdict":"ok"}' trace
seq "$(wc -l <trace)" >.seq
sed 's/^{"seq":\([0-9]*\),.*/\1/' trace | cmp -s - .seq
ok "trace: seq counts" [ $? = 0 ]
run "$fencepost" run --trace trace --max-instructions 1000 "$hello"
ok "trace at the limit: exit code" [ "$code" = 124 ]
ok "trace at the limit: complete" [ -e trace ]
rm -f trace
run "$fencepost" run --trace - "$hello"
ok "trace on stdout" [ "$(grep -c '^{"seq":' .out)" = 2 ]
ok "trace on stdout: in order" [ "$(head -n 1 .out)" = "hello, world" ]
run "$fencepost" run --trace /dev/full "$hello"
ok "full disk: exit code $code" [ "$code" = 125 ]
ok "full disk: one line" [ "$(cat .err)" = "fencepost run: --trace /dev/full: No space left on device" ]
run timeout 60 "$fencepost" run --bounds 64k --trace /dev/full --trace-accesses "$guests/x86/primes"
ok "full disk in the middle: exit code $code" [ "$code" = 125 ]
ok "full disk in the middle: one line" [ "$(cat .err)" = "fencepost run: --trace /dev/full: No space left on device" ]
"$fencepost" run --trace - "$hello" >/dev/full 2>.err
ok "trace on a full stdout: $(cat .err)" [ "$(cat .err)" = "fencepost run: --trace -: No space left on device" ]
"$fencepost" run --trace - "$hello" >&- 2>.err
ok "trace on a closed stdout: $(cat .err)" [ "$(cat .err)" = "fencepost run: --trace -: Bad file descriptor" ]
{ sleep 0.2; "$fencepost" run --trace - "$hello" 2>.err; } | true
ok "trace that nobody reads: $(cat .err)" [ "$(cat .err)" = "fencepost run: --trace -: Broken pipe" ]
ln -s new link
run "$fencepost" run --trace link "$hello"
ok "trace through a dangling link: exit code $code" [ "$code" = 0 ]
ok "trace: the link stays" [ -L link ]
ok "trace: the link's file is made" [ -s new ]
echo old >new && chmod 600 new
run "$fencepost" run --trace link "$hello"
ok "trace: the old file's rights stay" [ "$(stat -c %a new)" = 600 ]
ok "trace: but not what it said" [ "$(wc -l <new)" = 2 ]
ln -sf no/where link
run "$fencepost" run --trace link "$hello"
ok "trace through a link to nowhere: exit code $code" [ "$code" = 125 ]
ok "trace through a link to nowhere: $(cat .err)" [ "$(cat .err)" = "fencepost run: --trace link: No such file or directory" ]
rm -f link new
cannot "trace nowhere" 125 "--trace no/such: No such file" --trace no/such "$hello"
cannot "trace is a folder" 125 "--trace /: Is a directory" --trace / "$hello"
cannot "no trace of what cannot run" 126 "/etc/passwd: " --trace trace /etc/passwd
echo old >trace
run "$fencepost" run --trace trace nowhere
ok "an older trace stays" [ "$(cat trace)" = old ]
rm -f trace
(ulimit -f 1 && trap '' XFSZ && exec "$fencepost" run --trace trace --trace-accesses "$hello") >.out 2>.err
ok "file size limit: exit code" [ $? = 125 ]
ok "file size limit: one line" [ "$(cat .err)" = "fencepost run: --trace trace: File too large" ]
ok "file size limit: left $(ls)" [ -z "$(ls)" ]

echo "# streams"
run "$fencepost" run --max-instructions 1 "$hello"
ok "one instruction: $(cat .err)" grep -q 'stopped after 1 instruction$' .err
tail -c +1 "$hello" | "$fencepost" run - >.out 2>.err
ok "program from a pipe: $(cat .out .err)" [ "$(cat .out)" = "hello, world" ]
"$fencepost" run - <"$hello" >.out 2>.err
ok "program from stdin" [ "$(cat .out)" = "hello, world" ]
"$fencepost" run - </dev/null >.out 2>.err
ok "no program on stdin" [ $? = 126 ]
"$fencepost" run "$hello" >&- 2>.err
ok "stdout closed: no crash" [ $? -lt 126 ]
"$fencepost" run --trace trace "$hello" >&- 2>.err
ok "stdout closed: the trace stays clean" [ "$(grep -vc '^{"seq"' trace)" = 0 ]
rm -f trace
"$fencepost" run "$hello" <&- >.out 2>.err
ok "stdin closed" [ "$(cat .out)" = "hello, world" ]
"$fencepost" run "$guests/x86/zoo/store_past_bounds" 2>&-
ok "stderr closed" [ $? = 139 ]
"$fencepost" run "$hello" >/dev/full 2>.err
ok "stdout full: no crash" [ $? -lt 126 ]
"$fencepost" run --stats "$hello" >.out 2>/dev/full
ok "--stats that nobody gets" [ $? = 125 ]
(trap '' PIPE; sleep 1; exec "$fencepost" run "$hello"; ) 2>.err | true
ok "reader gone: as by SIGPIPE" [ "${PIPESTATUS[0]}" = 141 ]
seq 1 1000 | "$fencepost" run "$guests/x86/echo" >.out 2>.err
ok "stdin to stdout" [ "$(head -n 1 .out | grep -c .)" = 1 ]

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
