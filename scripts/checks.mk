# What is checked, and how: included by the Makefile.

FORMATTED := $(HEADERS) $(LIB_SRCS) $(FP_SRCS) $(MAIN) \
             $(sort $(wildcard tests/*.c tests/examples/*_*.c)) \
             $(sort $(shell find guest -name '*.[ch]' 2>/dev/null))
SCRIPTS   := $(sort $(wildcard scripts/*.sh tests/*.sh)) scripts/setup \
             scripts/demo scripts/check scripts/guest-cc scripts/unicorn-from \
             scripts/drop-pcb-fields \
             .ci/run
TRIXIE    := build/unicorn-trixie
# As many jobs as processors, unless the caller has said how many.
JOBS       = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

run: ## See it run: x86, ARM, and a fault
	@scripts/setup guests
	@$(MAKE) -s $(JOBS) $(PROGRAM) demo-guests
	@FENCEPOST=$(PROGRAM) scripts/demo

DEMO := x86/hello arm/hello thumb/quicksort x86/zoo/store_past_bounds
demo-guests: $(DEMO:%=build/guest/%)

check: ## Prove it: every test of this MODE (and guests on all processors)
	@scripts/setup check
	@$(MAKE) -s $(JOBS) all lib guests tests
	@scripts/check $(OUT) $(TESTS)

check-unit: guests $(TESTS) ## Run only the unit tests
	@for t in $(TESTS); do $$t || exit 1; done

check-unicorn: ## Run the same tests on Debian 13's Unicorn 2.1
	@scripts/setup check
	@scripts/unicorn-from trixie $(TRIXIE)
	@$(MAKE) -s $(JOBS) all
	@OTHER=$(PROGRAM) $(MAKE) -s UNICORN=$(TRIXIE) check

check-pcb: ## Leave out each field of the PCB in turn, and see a test fail
	@scripts/setup check
	@MODE=$(MODE) scripts/drop-pcb-fields

check-headers: $(HEADERS:%=$(OUT)/%.ok) ## Each header compiles on its own
$(OUT)/%.h.ok: %.h $(OUT)/flags
	@mkdir -p $(@D)
	$(Q)echo 'typedef int alone;' | \
	  $(CC) $(CPPFLAGS) $(CFLAGS) -include $< -x c -fsyntax-only - && touch $@

check-layers: ## No #include crosses a folder boundary it should not
	@scripts/check-layers.sh

check-forms: ## Fail if the conformance forms are not as assembled
	@tests/conformance.py --check

check-scripts: ## Look over the shell scripts
	@shellcheck -x $(SCRIPTS)

format: ## Reformat all C files in place
	clang-format -i $(FORMATTED)

format-check: ## Fail if `make format` would change something
	@clang-format --dry-run -Werror $(FORMATTED)

# Fuzzers of what reads files: FUZZ_RUNS inputs each, at most a minute each.
FUZZ_RUNS ?= 300000
FUZZERS   := elf access_line trace requests ini
FUZZ_SRCS_elf := $(filter mmu/% os/%,$(LIB_SRCS)) tests/elf_build.c
FUZZ_SRCS_trace := emu/lines.c $(wildcard emu/reftrace*.c)
FUZZ_SRCS_access_line := emu/access_line.c emu/cli_size.c $(FUZZ_SRCS_trace)
FUZZ_SRCS_ini := emu/ini.c
FUZZ_SRCS_requests := $(filter os/alloc/%,$(LIB_SRCS)) os/error.c emu/requests.c \
                      emu/lines.c emu/replay_alloc.c emu/cli_size.c
fuzz: $(FUZZERS:%=fuzz-%) ## Feed what reads files hostile ones
fuzz-%:
	@mkdir -p build/fuzz
	@clang $(CPPFLAGS) -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined \
	  -fno-sanitize-recover=all $(FUZZ_SRCS_$*) tests/fuzz_$*.c -o build/fuzz/$*
	@build/fuzz/$* -seed=1 -runs=$(FUZZ_RUNS) -max_total_time=60 \
	  -max_len=4096 -print_final_stats=0 -verbosity=0 && \
	  echo "fuzz-$*: $(FUZZ_RUNS) hostile inputs, none got through"

bench: ## Measure speed against bare Unicorn (prints `bench NAME VALUE`)
	@scripts/setup check
	@$(MAKE) -s all guests $(GUEST_SPACE_BENCH) $(OUT)/tests/bench_bare $(OUT)/tests/bench_os $(OUT)/tests/bench_alloc
	@scripts/bench $(OUT)
	@$(OUT)/tests/bench_alloc

$(OUT)/tests/bench_alloc: $(OUT)/tests/bench_alloc.o $(CORE_OBJS)
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(CC) $(CFLAGS) -o $@ $^

$(OUT)/tests/bench_os: $(OUT)/tests/bench_os.o $(OUT)/tests/elf_build.o $(CORE_OBJS)
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(CC) $(CFLAGS) -o $@ $^

$(OUT)/tests/bench_bare: $(OUT)/tests/bench_bare.o $(CORE_OBJS)
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(PROGRAM_LIBS)

# What a change must pass. The tests come last, so that the end of the output
# is their summary.
ci: ## Everything that continuous integration runs
	$(MAKE) check-layers check-forms check-scripts format-check
	$(MAKE) $(JOBS) WERROR=1 check-headers all tests
	$(MAKE) $(JOBS) WERROR=1 CC=clang MODE=dbg all tests
	$(MAKE) fuzz
	$(MAKE) WERROR=1 MODE=asan check
	$(MAKE) WERROR=1 check

.PHONY: run demo-guests check check-unit check-unicorn check-headers \
        check-layers check-forms check-scripts format format-check fuzz bench ci
