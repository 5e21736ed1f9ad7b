# Build: make      See it run: make run      Prove it: make check      All: make help
#
#   MODE=dbg|rel|asan|cov   one tree per mode under build/, never mixed
#   UNICORN=DIR             another libunicorn, unpacked under DIR (see README)
#   V=1                     show full command lines
#   WERROR=1                warnings are errors (CI sets it)
#   EXTRA_CFLAGS=...        appended last; use this, not CFLAGS

MODE    ?= rel
WERROR  ?= 0
V       ?= 0
comma   := ,
CC      ?= cc
UNICORN ?=
OUT     := build/$(MODE)$(if $(UNICORN),-$(notdir $(UNICORN)))
Q       := $(if $(filter 1,$(V)),,@)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

CFLAGS_dbg  := -Og -g3
# Asserts stay on: wrong numbers cost more than slow ones. Where a hook happens to
# lie in its cache lines makes up to a tenth of a run's time.
CFLAGS_rel  := -O2 -g -falign-functions=64
CFLAGS_asan := -Og -g3 -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_cov  := -O0 -g3 --coverage
ifndef CFLAGS_$(MODE)
$(error unknown MODE=$(MODE); use dbg, rel, asan or cov)
endif

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wswitch-enum -Wundef -Wvla \
            -Wno-missing-field-initializers
CPPFLAGS += -I. -D_GNU_SOURCE $(if $(UNICORN),-isystem $(UNICORN)/usr/include)
CFLAGS   += -std=c11 -pedantic $(WARN) $(if $(filter 1,$(WERROR)),-Werror) \
            $(CFLAGS_$(MODE)) $(EXTRA_CFLAGS)
UNICORN_LIB := $(UNICORN)/usr/lib/x86_64-linux-gnu
LIBS     := $(if $(UNICORN),-L$(UNICORN_LIB) -Wl$(comma)-rpath=$(abspath $(UNICORN_LIB))) \
            -lunicorn -lcapstone -ldw -lelf
# In the program the two large libraries are part of it, at a fixed address: to
# relocate their tables at each start took longer than hello does.
PROGRAM_LIBS := -no-pie $(if $(UNICORN),-L$(UNICORN_LIB)) -Wl,-Bstatic -lunicorn -lcapstone \
                -Wl,-Bdynamic -ldw -lelf -lm -lpthread

MAIN      := emu/main.c
LIB_SRCS  := $(filter-out $(MAIN),$(sort $(wildcard mmu/*.c os/*.c os/alloc/*.c emu/*.c)))
TEST_SRCS := $(sort $(wildcard tests/test_*.c))
AID_SRCS  := $(filter-out $(TEST_SRCS) $(wildcard tests/fuzz_*.c tests/bench_*.c),$(sort $(wildcard tests/*.c)))
HEADERS   := $(sort $(wildcard mmu/*.h os/*.h os/alloc/*.h emu/*.h emu/lib/*.h \
               emu/lib/fencepost/*.h tests/*.h))
LIB_OBJS  := $(LIB_SRCS:%.c=$(OUT)/%.o)
CORE_OBJS := $(filter $(OUT)/mmu/% $(OUT)/os/%,$(LIB_OBJS))
AID_OBJS  := $(AID_SRCS:%.c=$(OUT)/%.o)
TESTS     := $(TEST_SRCS:%.c=$(OUT)/%)
PROGRAM   := $(OUT)/fencepost
DEPS      := $(LIB_OBJS:.o=.d) $(AID_OBJS:.o=.d) $(OUT)/emu/main.d $(TESTS:=.d) \
             $(OUT)/tests/bench_bare.d $(OUT)/tests/bench_alloc.d $(OUT)/tests/bench_os.d

all: $(PROGRAM) ## Build fencepost (default)

# A change of compiler or flags rebuilds; an unchanged one touches nothing.
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || \
	  echo '$(CC) $(CPPFLAGS) $(CFLAGS)' > $@

# uc_hook_add() takes functions as void *, which POSIX allows and ISO C does not.
$(OUT)/emu/engine_%.o $(OUT)/tests/bench_bare.o $(OUT)/tests/forecast_run.o: CFLAGS += -Wno-pedantic

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(PROGRAM): $(OUT)/emu/main.o $(LIB_OBJS)
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(PROGRAM_LIBS)

# The memory side and the operating system are tested without the engine.
CORE_TESTS := $(patsubst %,$(OUT)/tests/test_%,mmu base_bounds segmented segment_table \
                associative implicit phys isa trap pcb elf action place usercopy loader syscall os \
                space space_implicit break compact alloc heap cache memsys charge clock process fork pipe \
                exec schedule signal share shm map work swap disk swapio want exec_swap load)
CORE_AIDS  := $(patsubst %,$(OUT)/tests/%.o,rig rng elf_build failing alloc_model stage)
WRAPPED    := -Wl,--wrap=calloc,--wrap=malloc,--wrap=realloc

$(CORE_TESTS): $(OUT)/tests/test_%: $(OUT)/tests/test_%.o $(CORE_AIDS) $(CORE_OBJS)
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(CC) $(CFLAGS) $(WRAPPED) -o $@ $^ -lcmocka

# Every test program can make the nth host allocation fail (tests/failing.h).
$(OUT)/tests/test_%: $(OUT)/tests/test_%.o $(AID_OBJS) $(LIB_OBJS)
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(CC) $(CFLAGS) $(WRAPPED) -o $@ $^ -lcmocka $(LIBS)

tests: $(TESTS)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' \
	  $(MAKEFILE_LIST)

clean: ## Remove every build tree
	rm -rf build

.PHONY: all tests help clean FORCE
.SECONDARY:
-include $(DEPS)
include guest/guest.mk
include emu/lib/lib.mk
include scripts/checks.mk
