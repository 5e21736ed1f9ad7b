# guest.mk - the programs that run inside. Included by the top Makefile, from
# the top folder; `make guests` builds them all:
#
#       build/guest/ARCH/NAME           programs/
#       build/guest/ARCH/zoo/NAME       zoo/, one program per kind of fault
#       build/guest/ARCH/bench/NAME     bench/
#       build/guest/ARCH/processes/NAME processes/, those that fork
#       build/guest/ARCH/stress/adversary   stress/, the one that tests share
#       build/guest/ARCH/signals/NAME   signals/, those with handlers
#       build/guest/ARCH/SPACE/...      the same for another address space,
#                                       also the zoo:
#                                       segmented, table; segmented-14 has two
#       build/guest/ARCH/implicit/NAME  implicit/, most of them assembly
#
# ARCH is x86, arm or thumb; arm-soft and thumb-soft have a few programs only.
# How to compile is known to scripts/guest-cc alone.
GUEST_OUT   := build/guest
GUEST_ARCH  := x86 arm thumb
GUEST_SOFT  := arm-soft thumb-soft
GUEST_CC    := scripts/guest-cc
# fork() returns twice, but to copies of the variables: nothing is clobbered.
GUEST_FLAGS := -std=gnu11 -Wall -Wextra -Wno-clobbered

guest_names = $(basename $(notdir $(wildcard $(1))))

GUEST_SOFT_PROGRAMS := floats hello int64 matrix quicksort setjmp

GUEST_PROGRAMS := $(call guest_names,guest/programs/*.c)
GUEST_BENCH    := $(call guest_names,guest/bench/*.c)
GUEST_PROCESSES := $(call guest_names,guest/processes/*.c)
GUEST_SIGNALS  := $(call guest_names,guest/signals/*.c)
GUEST_ZOO      := $(call guest_names,guest/zoo/*.c)
GUEST_ZOO_x86  := $(call guest_names,guest/zoo/x86/*.c)
GUEST_ZOO_arm  := $(call guest_names,guest/zoo/arm/*.c)

GUEST_BINARIES := $(foreach a,$(GUEST_ARCH), \
    $(addprefix $(GUEST_OUT)/$(a)/,$(GUEST_PROGRAMS)) \
    $(addprefix $(GUEST_OUT)/$(a)/bench/,$(GUEST_BENCH)) \
    $(addprefix $(GUEST_OUT)/$(a)/processes/,$(GUEST_PROCESSES)) \
    $(addprefix $(GUEST_OUT)/$(a)/signals/,$(GUEST_SIGNALS)) \
    $(addprefix $(GUEST_OUT)/$(a)/zoo/,$(GUEST_ZOO) \
        $(GUEST_ZOO_$(patsubst thumb,arm,$(a)))))
GUEST_BINARIES += $(foreach a,$(GUEST_SOFT), \
    $(addprefix $(GUEST_OUT)/$(a)/,$(GUEST_SOFT_PROGRAMS)))

GUEST_SPACES := segmented table
GUEST_BINARIES += $(foreach a,$(GUEST_ARCH), \
    $(GUEST_OUT)/$(a)/stress/adversary $(GUEST_OUT)/$(a)/segmented/stress/adversary)
GUEST_14     := hello quicksort
GUEST_BINARIES += $(foreach a,$(GUEST_ARCH), \
    $(foreach s,$(GUEST_SPACES),$(addprefix $(GUEST_OUT)/$(a)/$(s)/,$(GUEST_PROGRAMS)) \
        $(addprefix $(GUEST_OUT)/$(a)/$(s)/processes/,$(GUEST_PROCESSES)) \
        $(addprefix $(GUEST_OUT)/$(a)/$(s)/signals/,$(GUEST_SIGNALS)) \
        $(addprefix $(GUEST_OUT)/$(a)/$(s)/zoo/,$(GUEST_ZOO) \
            $(GUEST_ZOO_$(patsubst thumb,arm,$(a))))) \
    $(addprefix $(GUEST_OUT)/$(a)/segmented-14/,$(GUEST_14)))
GUEST_BINARIES += $(foreach a,$(GUEST_ARCH),$(addprefix $(GUEST_OUT)/$(a)/implicit/, \
    $(call guest_names,guest/implicit/*.c) \
    $(call guest_names,guest/implicit/$(patsubst thumb,arm,$(a))/*.S)))
GUEST_SPACE_BENCH := $(foreach a,x86 arm,$(foreach s,$(GUEST_SPACES), \
    $(addprefix $(GUEST_OUT)/$(a)/$(s)/bench/,$(GUEST_BENCH))))

# Whatever may change a program although its source did not.
GUEST_DEPS := $(GUEST_CC) os/abi.h guest/zoo/zoo.h \
    $(wildcard guest/include/*.h guest/include/sys/*.h guest/lib/*.[ch] \
      os/alloc/*.[ch] guest/implicit/*/guest.inc guest/lib/*.ld guest/lib/*/*.[cS] guest/lib/*/*.inc)

.PHONY: guests
guests: $(GUEST_BINARIES) ## build the guest programs

# $(1) architecture, $(2) its options for guest-cc
define guest_rules
$(GUEST_OUT)/$(1)/%: guest/programs/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/bench/%: guest/bench/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/stress/%: guest/stress/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/processes/%: guest/processes/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/signals/%: guest/signals/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/zoo/%: guest/zoo/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/zoo/%: guest/zoo/$(if $(filter x86,$(1)),x86,arm)/%.c \
                         $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/%: GUEST_TARGET := $(2)
endef

guest_compile = @mkdir -p $(@D) && \
    $(if $(filter 1,$(V)),set -x;,echo "  GUEST   $@";) \
    $(GUEST_CC) $(GUEST_TARGET) $(GUEST_SPACE) $(GUEST_FLAGS) -o $@ $<

$(foreach a,$(GUEST_ARCH),$(eval $(call guest_rules,$(a),--arch $(a))))
$(foreach a,$(GUEST_SOFT),$(eval $(call guest_rules,$(a), \
    --arch $(patsubst %-soft,%,$(a)) --float soft)))

# $(1) architecture, $(2) folder, $(3) its options for guest-cc
define guest_space_rules
$(GUEST_OUT)/$(1)/$(2)/%: guest/programs/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/$(2)/bench/%: guest/bench/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/$(2)/stress/%: guest/stress/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/$(2)/processes/%: guest/processes/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/$(2)/signals/%: guest/signals/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/$(2)/zoo/%: guest/zoo/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/$(2)/zoo/%: guest/zoo/$(if $(filter x86,$(1)),x86,arm)/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/$(2)/%: GUEST_SPACE := $(3)
$(GUEST_OUT)/$(1)/$(2)/zoo/%: GUEST_SPACE := $(3) -DZOO_SEGMENTS
endef

define guest_implicit_rules
$(GUEST_OUT)/$(1)/implicit/%: guest/implicit/%.c $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/implicit/%: guest/implicit/$(patsubst thumb,arm,$(1))/%.S $(GUEST_DEPS)
	$$(guest_compile)
$(GUEST_OUT)/$(1)/implicit/%: GUEST_SPACE := --space implicit
endef

$(foreach a,$(GUEST_ARCH), \
    $(foreach s,$(GUEST_SPACES),$(eval $(call guest_space_rules,$(a),$(s),--space $(s)))) \
    $(eval $(call guest_space_rules,$(a),segmented-14,--space segmented:14 -Os)) \
    $(eval $(call guest_implicit_rules,$(a))))
