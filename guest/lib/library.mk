# library.mk - the C library for one instruction set and one kind of floating
# point. Run by scripts/guest-cc, which owns all flags and passes:
#
#       CC      guest-cc with its --arch and --float
#       AR      the archiver
#       ISA     the folder with the instruction set's own sources
#       ROOT    the checkout
#       OUT     where the library goes
LIB  := $(ROOT)/guest/lib
SRC  := $(wildcard $(LIB)/*.c $(LIB)/$(ISA)/*.c $(LIB)/$(ISA)/*.S)
OBJ  := $(patsubst $(LIB)/%,$(OUT)/%.o,$(SRC))
SMALL_OBJ := $(patsubst $(LIB)/%,$(OUT)/%.o,$(wildcard $(LIB)/small/*.c))
DEPS := $(wildcard $(LIB)/*.h $(LIB)/$(ISA)/*.inc $(ROOT)/os/abi.h \
          $(ROOT)/guest/include/*.h $(ROOT)/guest/include/sys/*.h) \
        $(LIB)/library.mk $(ROOT)/scripts/guest-cc

.DELETE_ON_ERROR:
.SUFFIXES:

# libm.a is empty, for those who write -lm. libsmall.a has what is linked before
# libc.a where there is little room. Nobody sees half a library: it
# gets its name when it is complete. It is newer than what its objects need,
# even if no object had to change.
$(OUT)/libc.a: $(OBJ) $(SMALL_OBJ) $(DEPS)
	rm -f $(OUT)/libm.a $(OUT)/libsmall.a $@.new
	$(AR) rcsD $(OUT)/libm.a
	$(AR) rcsD $(OUT)/libsmall.a $(SMALL_OBJ)
	$(AR) rcsD $@.new $(OBJ)
	mv $@.new $@

# Where there is little room ARM divides by an instruction, not by a function.
$(SMALL_OBJ): ARCH := $(if $(filter arm,$(ISA)),-march=armv7ve)

# Loops stay loops: memcpy must not be made of calls to memcpy.
$(OUT)/%.o: $(LIB)/% $(DEPS)
	@mkdir -p $(@D)
	$(CC) $(ARCH) -Os -Wall -Wextra -fno-builtin -fno-tree-loop-distribute-patterns \
	    -c -o $@ $<
