# library.mk - the C library for one instruction set and one kind of floating
# point. Run by scripts/guest-cc, which owns all flags and passes:
#
#       CC      guest-cc with its --arch and --float
#       AR      the archiver; LTO_AR that for link-time optimization
#       ISA     the folder with the instruction set's own sources
#       ROOT    the checkout
#       OUT     where the library goes
LIB  := $(ROOT)/guest/lib
HEAP := $(ROOT)/os/alloc
SRC  := $(filter-out %/malloc.c,$(wildcard $(LIB)/*.c $(LIB)/$(ISA)/*.c \
          $(LIB)/$(ISA)/*.S))
OBJ  := $(patsubst $(LIB)/%,$(OUT)/%.o,$(SRC))
SMALL_OBJ := $(patsubst $(LIB)/%,$(OUT)/%.o,$(wildcard $(LIB)/small/*.c))
DEPS := $(wildcard $(LIB)/*.h $(LIB)/$(ISA)/*.inc $(ROOT)/os/abi.h \
          $(HEAP)/*.h \
          $(ROOT)/guest/include/*.h $(ROOT)/guest/include/sys/*.h) \
        $(LIB)/library.mk $(ROOT)/scripts/guest-cc

# malloc: itself, the allocators, and for each policy what chooses it.
POLICIES := first best worst next slots segregated slab buddy tree tlsf
HEAP_OBJ := $(OUT)/malloc.c.o $(patsubst $(HEAP)/%,$(OUT)/alloc/%.o, \
              $(filter-out %/policies.c,$(wildcard $(HEAP)/*.c)))
CHOICES  := $(POLICIES:%=$(OUT)/libmalloc-%.a)

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

# libm.a is empty, for those who write -lm. libsmall.a has what is linked before
# libc.a where there is little room. Nobody sees half a library: libc.a gets its
# name when all is complete. It is newer than what its objects need, even if no
# object had to change.
$(OUT)/libc.a: $(OBJ) $(SMALL_OBJ) $(OUT)/libmalloc.a $(CHOICES) $(DEPS)
	rm -f $(OUT)/libm.a $(OUT)/libsmall.a $@.new
	$(AR) rcsD $(OUT)/libm.a
	$(AR) rcsD $(OUT)/libsmall.a $(SMALL_OBJ)
	$(AR) rcsD $@.new $(OBJ)
	mv $@.new $@

$(OUT)/libmalloc.a: $(HEAP_OBJ)
	rm -f $@
	$(LTO_AR) rcsD $@ $^

$(CHOICES): $(OUT)/libmalloc-%.a: $(OUT)/policy/%.o
	rm -f $@
	$(LTO_AR) rcsD $@ $^

# Where there is little room ARM divides by an instruction, not by a function.
$(SMALL_OBJ): ARCH := $(if $(filter arm,$(ISA)),-march=armv7ve)

# Loops stay loops: memcpy must not be made of calls to memcpy.
COMPILE = mkdir -p $(@D) && $(CC) $(ARCH) -Os -Wall -Wextra -fno-builtin \
    -fno-tree-loop-distribute-patterns -c -o $@ $<

# malloc is compiled when a program is linked, as one with its policy: else it
# would be too large for 16 KiB. So is, on ARM, that it is made of Thumb code.
HEAP_COMPILE = $(COMPILE) -flto -DALLOC_LEAN -Wno-unused-function \
    $(if $(filter arm,$(ISA)),-mthumb)

$(OUT)/malloc.c.o: $(LIB)/malloc.c $(DEPS)
	$(HEAP_COMPILE)

$(OUT)/alloc/%.o: $(HEAP)/% $(DEPS)
	$(HEAP_COMPILE)

$(OUT)/policy/%.o: $(LIB)/policy/malloc_policy.c $(DEPS)
	$(HEAP_COMPILE) -DPOLICY=$*

$(OUT)/%.o: $(LIB)/% $(DEPS)
	$(COMPILE)
