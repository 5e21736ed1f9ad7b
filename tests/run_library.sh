#!/bin/bash
# run_library.sh - libfencepost as a stranger finds it: installed under a prefix
# of its own, found by pkg-config, and nothing else of this repository.
#
#   FENCEPOST  the program under test, in its build tree (build/rel/fencepost)
#   GUESTS     folder of guest programs, by instruction set (build/guest)
#   CC         the compiler (cc)
#
# The examples in tests/examples are compiled against what was installed, with
# the shared and with the static library, and must pass.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/shell_test
. tests/shell_test
examples=$PWD/tests/examples
read -ra cc <<<"${CC:-cc}"
stage=$work

# What MODE a build tree is of: asan, or rel-OTHER with another Unicorn.
mode=$(basename "$(dirname "$fencepost")")
mode=${mode%%-*}
flags=(-std=c11 -Wall -Wextra -Werror)
[ "$mode" != asan ] || flags+=(-fsanitize="address,undefined")
[ "$mode" != cov ] || flags+=(--coverage)

prefix=/opt/fencepost
if ! make -s MODE="$mode" PREFIX=$prefix DESTDIR="$stage" install >"$stage/log" 2>&1; then
    cat "$stage/log"
    echo "not ok make install"
    echo "0 passed, 1 failed"
    exit 1
fi
root=$stage$prefix

# pkg-config is told that the prefix is somewhere else, as for any staging area.
export PKG_CONFIG_PATH=$root/lib/pkgconfig
pc() {
    pkg-config --define-variable=prefix="$root" \
        --define-variable=libdir="$root/lib" \
        --define-variable=includedir="$root/include" "$@"
}

version=$(FENCEPOST='' "$root/bin/fencepost" --version | cut -d' ' -f2)
ok 'pkg-config knows the version' [ "$(pc --modversion fencepost)" = "$version" ]
for file in bin/fencepost lib/libfencepost.a lib/libfencepost.so include/fencepost.h \
    share/man/man1/fencepost.1 share/man/man3/libfencepost.3; do
    ok "$file is installed" [ -s "$root/$file" ]
done

# Nothing but the documented names can be seen from outside.
others() {
    nm "$@" --defined-only --extern-only --format=posix |
        grep -vE '^(fp_[a-z_]+ |$|.*:$|__odr_asan|__asan|__gcov|mangle_path)'
}
ok 'the shared library exports fp_* only' [ -z "$(others -D "$root/lib/libfencepost.so")" ]
ok 'so does the archive' [ -z "$(others "$root/lib/libfencepost.a")" ]
documented=$(grep -ohE '\bfp_[a-z_]+\(' "$root"/include/fencepost/*.h | tr -d '(' |
    grep -vxE 'fp_(handler|event)' | sort -u) # those are types
exported=$(nm -D --defined-only "$root/lib/libfencepost.so" | grep -oE '\bfp_[a-z_]+$' | sort -u)
ok 'all that is exported is documented' \
    [ -z "$(comm -13 <(echo "$documented") <(echo "$exported"))" ]
ok 'the soname is there' test -e \
    "$root/lib/$(objdump -p "$root/lib/libfencepost.so" | awk '/SONAME/ {print $2}')"

# A library says nothing and never ends its program, but for failed asserts.
undefined=$(nm -D --undefined-only "$root/lib/libfencepost.so" | awk '{print $2}' | cut -d@ -f1)
if [ "$mode" != cov ]; then
    for name in exit _exit printf puts fprintf perror vprintf putchar; do
        ok "it does not call $name" [ -z "$(grep -x "$name" <<<"$undefined")" ]
    done
fi

# Each header alone, in C and in C++.
for header in fencepost.h fencepost/trap.h fencepost/machine.h fencepost/state.h \
    fencepost/inject.h; do
    # shellcheck disable=SC2046 # flags are words
    ok "$header alone" "${cc[@]}" "${flags[@]}" -pedantic $(pc --cflags fencepost) \
        -include "$header" -x c -fsyntax-only /dev/null
    if command -v c++ >/dev/null; then
        # shellcheck disable=SC2046
        ok "$header in C++" c++ -Wall -Werror $(pc --cflags fencepost) \
            -include "$header" -x c++ -fsyntax-only /dev/null
    fi
done

declare -A guest=([stack_growth]=x86/segmented/recursion
    [demand_loader]=x86/table/quicksort [broken_handler]=x86/segmented/recursion
    [first]=x86/segmented/recursion)

build() { # NAME shared|static
    local libs
    if [ "$2" = shared ]; then
        libs="$(pc --libs fencepost) -Wl,-rpath,$root/lib"
    else
        # -l:NAME is the archive, although the shared library is beside it.
        libs=$(pc --static --libs fencepost | sed 's/-lfencepost/-l:libfencepost.a/')
    fi
    # shellcheck disable=SC2046,SC2086
    "${cc[@]}" "${flags[@]}" -o "$stage/$1.$2" "$examples/$1.c" \
        $(pc --cflags fencepost cmocka) $libs $(pkg-config --libs cmocka)
}

passes() { # COMMAND...
    "$@" >"$stage/out" 2>&1 && return
    cat "$stage/out"
    return 1
}

needs() { # FILE
    objdump -p "$1" | grep -q 'NEEDED.*libfencepost\.so\.'
}

has_none() { # FILE
    ! needs "$1"
}

cd "$stage" || exit 1
for source in "$examples"/*.c; do
    name=$(basename "$source" .c)
    for kind in shared static; do
        ok "$name compiles, $kind" build "$name" $kind || continue
        ok "$name passes, $kind" passes "./$name.$kind" "$guests/${guest[$name]}"
    done
    ok "$name is linked to the shared library" needs "$name.shared"
    ok "$name needs none" has_none "$name.static"
done
ok 'the first example is the README' cmp "$examples/first.c" \
    <(awk '/^```c$/ {on = 1; next} /^```/ {on = 0} on' "$examples/../../README.md")
if [ "$mode" = rel ] && [ -z "${UNICORN:-}" ]; then
    # shellcheck disable=SC2046
    ok 'it links without any shared library' "${cc[@]}" "${flags[@]}" -static \
        -o "$stage/whole" "$examples/first.c" $(pc --static --cflags --libs fencepost)
    ok 'and passes' passes ./whole "$guests/${guest[first]}"
fi
ok 'demand_loader passes on ARM' passes ./demand_loader.static "$guests/arm/table/quicksort"

# The manual pages have no mistakes.
if command -v mandoc >/dev/null; then
    for page in "$root"/share/man/man?/*; do
        ok "$(basename "$page") has no mistakes" passes mandoc -T lint -W warning "$page"
    done
fi

# Each function of the headers is in the manual.
for name in $documented; do
    ok "$name is in libfencepost(3)" grep -qE "^\.(Fn|Fo|It Fn) $name\b" \
        "$root/share/man/man3/libfencepost.3"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
