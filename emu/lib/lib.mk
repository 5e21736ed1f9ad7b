# libfencepost: included by the Makefile.
#
#   make lib                         the static and the shared library
#   make install PREFIX=/usr/local   program, libraries, headers, manual pages
#
# Only what the public headers declare can be seen from outside, in the archive
# too: other names are made local before it is packed. So nothing of ours can
# take the place of a function of libunicorn's that is called the same.

PREFIX      ?= /usr/local
DESTDIR     ?=
BINDIR      ?= $(PREFIX)/bin
LIBDIR      ?= $(PREFIX)/lib
INCLUDEDIR  ?= $(PREFIX)/include
MANDIR      ?= $(PREFIX)/share/man
PKGDIR      ?= $(LIBDIR)/pkgconfig
FP_VERSION  := $(shell sed -n 's/^.define CLI_VERSION "\(.*\)"/\1/p' emu/cli.h)
FP_ABI      := 0

FP_SRCS     := $(sort $(wildcard emu/lib/*.c))
FP_HEADERS  := emu/lib/fencepost.h $(sort $(wildcard emu/lib/fencepost/*.h))
FP_OBJS     := $(FP_SRCS:%.c=$(OUT)/%.o)
FP_HOUSE    := $(filter mmu/% os/% emu/engine_% emu/decode% emu/forecast% emu/machine.c emu/file.c,$(LIB_SRCS))
FP_PIC      := $(patsubst %.c,$(OUT)/pic/%.o,$(FP_SRCS) $(FP_HOUSE))
FP_STATIC   := $(OUT)/libfencepost.a
FP_SHARED   := $(OUT)/libfencepost.so.$(FP_VERSION)
FP_SONAME   := libfencepost.so.$(FP_ABI)
FP_LIBS     := $(if $(UNICORN),-L$(abspath $(UNICORN_LIB)) \
                 -Wl$(comma)-rpath=$(abspath $(UNICORN_LIB))) -lunicorn -lcapstone

$(OUT)/pic/emu/engine_%.o: CFLAGS += -Wno-pedantic

$(OUT)/pic/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	@$(if $(Q),echo "  CC    $< (library)")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(OUT)/pic/libfencepost.o: $(FP_PIC)
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(LD) -r -o $@ $^
	$(Q)objcopy --localize-hidden $@

$(FP_STATIC): $(OUT)/pic/libfencepost.o
	@$(if $(Q),echo "  AR    $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $<

$(FP_SHARED): $(OUT)/pic/libfencepost.o
	@$(if $(Q),echo "  LD    $@")
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,$(FP_SONAME) \
	  $(if $(findstring asan,$(MODE)),,-Wl$(comma)-z$(comma)defs) -o $@ $< $(FP_LIBS)

$(OUT)/$(FP_SONAME): $(FP_SHARED)
	$(Q)ln -sf $(<F) $@
$(OUT)/libfencepost.so: $(OUT)/$(FP_SONAME)
	$(Q)ln -sf $(<F) $@

$(OUT)/fencepost.pc: emu/lib/fencepost.pc.in $(OUT)/flags FORCE
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|' \
	  -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(FP_VERSION)|' \
	  -e 's|@LIBS@|$(strip $(FP_LIBS) -lpthread -lm)|' $< > $@

lib: $(FP_STATIC) $(OUT)/libfencepost.so $(OUT)/fencepost.pc ## Build libfencepost, static and shared

install: all lib ## Install program, library and manuals: PREFIX, DESTDIR
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(PKGDIR) \
	  $(DESTDIR)$(INCLUDEDIR)/fencepost $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man3
	install -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)
	install -m 644 $(FP_STATIC) $(FP_SHARED) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(FP_SHARED)) $(DESTDIR)$(LIBDIR)/$(FP_SONAME)
	ln -sf $(FP_SONAME) $(DESTDIR)$(LIBDIR)/libfencepost.so
	install -m 644 $(OUT)/fencepost.pc $(DESTDIR)$(PKGDIR)
	install -m 644 emu/lib/fencepost.h $(DESTDIR)$(INCLUDEDIR)
	install -m 644 emu/lib/fencepost/*.h $(DESTDIR)$(INCLUDEDIR)/fencepost
	install -m 644 emu/lib/fencepost.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 emu/lib/libfencepost.3 $(DESTDIR)$(MANDIR)/man3

# The library's own test also makes host allocations fail.
$(filter $(OUT)/tests/test_library%,$(TESTS)) $(OUT)/tests/test_mixed: $(FP_OBJS)

.PHONY: lib install
-include $(FP_PIC:.o=.d) $(FP_OBJS:.o=.d)
