#!/usr/bin/env python3
"""Assemble tests/conformance_*.S into tests/conformance_{forms,code}.inc.

    conformance.py          write the files
    conformance.py --check  fail if they would change

The notation is explained in tests/conformance_x86.S. Needs the cross
assemblers of Debian's binutils-i686-linux-gnu and binutils-arm-linux-gnueabihf.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
FORMS = HERE / "conformance_forms.inc"
CODE = HERE / "conformance_code.inc"
SETS = {
    "x86": ("i686-linux-gnu-", ["--32"], ".text"),
    "arm": (
        "arm-linux-gnueabihf-",
        ["-march=armv7-a+mp+sec+virt+simd", "-mfpu=neon-vfpv4"],
        ".syntax unified\n.arm",
    ),
    "thumb": (
        "arm-linux-gnueabihf-",
        ["-march=armv7-a+mp+sec+virt+simd", "-mfpu=neon-vfpv4"],
        ".syntax unified\n.thumb",
    ),
}
LINE = re.compile(r"^ {4}(\S.*?)\s*/\* (.*?) ?: ?(.*?) ?\*/$")
CHOICE = re.compile(r"<([^<>]*)>")


def expand(text):
    """The lines that one line with <a~b~c> stands for."""
    choices = [c.split("~") for c in CHOICE.findall(text)]
    count = len(choices[0]) if choices else 1
    if any(len(c) != count for c in choices):
        sys.exit(f"unequal choices: {text}")
    for i in range(count):
        yield CHOICE.sub(lambda m: m.group(1).split("~")[i], text)


def forms(path):
    body = re.sub(r"^/\*.*?\*/$", "", path.read_text(), flags=re.S | re.M)
    for line in body.splitlines():
        if not line.strip():
            continue
        for one in expand(line):
            match = LINE.match(one)
            if not match:
                sys.exit(f"{path.name}: not a form: {one}")
            yield match.groups()


def parts(text):
    """Of `lead | instruction | trail`."""
    pieces = [p.strip() for p in text.split("|")]
    if len(pieces) == 1:
        pieces = ["", pieces[0]]
    return (pieces + [""])[:3]


def assemble(name, rows):
    """For each row the bytes, and where each of its parts ends."""
    prefix, flags, head = SETS[name]
    source = [head]
    for i, (text, _, _) in enumerate(rows):
        source.append(".balign 4" if name != "x86" else "")
        source.append(f"s{i}_0:")
        for k, part in enumerate(parts(text)):
            source.append(part.replace(";", "\n"))
            source.append(f"s{i}_{k + 1}:")
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        (out / "a.S").write_text("\n".join(source) + "\n")
        run = lambda *a: subprocess.run(a, check=True, stdout=subprocess.PIPE)
        run(prefix + "as", *flags, "-o", str(out / "a.o"), str(out / "a.S"))
        run(prefix + "objcopy", "-O", "binary", "-j", ".text",
            str(out / "a.o"), str(out / "a.bin"))
        symbols = run(prefix + "nm", str(out / "a.o")).stdout.decode()
        data = (out / "a.bin").read_bytes()
    at = {}
    for line in symbols.splitlines():
        where, _, symbol = line.split()
        at[symbol] = int(where, 16)
    for i in range(len(rows)):
        ends = [at[f"s{i}_{k}"] for k in range(4)]
        yield data[ends[0]:ends[3]], [e - ends[0] for e in ends[1:]]


def count(part):
    return sum(1 for s in part.split(";") if s.strip() and not
               s.strip().endswith(":"))


def table(name):
    rows = list(forms(HERE / f"conformance_{name}.S"))
    yield f"static const struct form {name}_forms[] = {{"
    for (text, setup, accesses), (code, ends) in zip(rows, assemble(name, rows)):
        lead, _, trail = parts(text)
        text = re.sub(r"\s+", " ", text)
        escaped = "".join(f"\\x{b:02x}" for b in code)
        yield f'    {{"{text}",'
        yield f'     "{escaped}",'
        yield (f"     {ends[0]}, {ends[1]}, {ends[2]}, {count(lead)}, "
               f'{count(trail)}, "{setup}", "{accesses}"}},')
    yield "};"


def programs(path):
    """(what, result, source) of each program in the file."""
    pieces = re.split(r"^/\* program: (.*?) : (\S+) \*/$", path.read_text(),
                      flags=re.M)
    for i in range(1, len(pieces), 3):
        yield pieces[i], pieces[i + 1], pieces[i + 2]


def link(name, source):
    """The bytes of one program that begins at 0x500."""
    prefix, flags, head = SETS[name]
    run = lambda *a: subprocess.run(a, check=True)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        (out / "a.S").write_text(f"{head}\n{source}\n")
        run(prefix + "as", *flags, "-o", str(out / "a.o"), str(out / "a.S"))
        run(prefix + "ld", "-Ttext=0x500", "-e", "0x500", "-o",
            str(out / "a"), str(out / "a.o"))
        run(prefix + "objcopy", "-O", "binary", "-j", ".text",
            str(out / "a"), str(out / "a.bin"))
        return (out / "a.bin").read_bytes()


def code_table(name):
    yield f"static const struct code_program {name}_programs[] = {{"
    for what, result, source in programs(HERE / f"conformance_code_{name}.S"):
        code = link(name, source)
        yield f'    {{"{what}", {result}, {len(code)},'
        for at in range(0, len(code), 16):
            row = "".join(f"\\x{b:02x}" for b in code[at:at + 16])
            yield f'     "{row}"'
        yield "    },"
    yield "};"


def text(tables):
    lines = ["/* Made by tests/conformance.py from tests/conformance_*.S. */"]
    for table_lines in tables:
        lines.append("")
        lines.extend(table_lines)
    return "\n".join(lines) + "\n"


def main():
    made = {
        FORMS: text(table(name) for name in SETS),
        CODE: text(code_table(name) for name in ("x86", "arm")),
    }
    for path, content in made.items():
        if sys.argv[1:] != ["--check"]:
            path.write_text(content)
        elif path.read_text() != content:
            sys.exit(f"{path.name} is stale")


main()
