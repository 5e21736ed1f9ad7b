# What is checked, and how: included by the Makefile.

FORMATTED := $(HEADERS) $(LIB_SRCS) $(MAIN) $(sort $(wildcard tests/*.c)) \
             $(sort $(shell find guest -name '*.[ch]' 2>/dev/null))

check-unit: $(TESTS) ## Run every unit test in this MODE
	@for t in $(TESTS); do $$t || exit 1; done

check-headers: $(HEADERS:%=$(OUT)/%.ok) ## Each header compiles on its own
$(OUT)/%.h.ok: %.h $(OUT)/flags
	@mkdir -p $(@D)
	$(Q)echo 'typedef int alone;' | \
	  $(CC) $(CPPFLAGS) $(CFLAGS) -include $< -x c -fsyntax-only - && touch $@

check-layers: ## No #include crosses a folder boundary it should not
	@scripts/check-layers.sh

format: ## Reformat all C files in place
	clang-format -i $(FORMATTED)

format-check: ## Fail if `make format` would change something
	clang-format --dry-run -Werror $(FORMATTED)

.PHONY: check-unit check-headers check-layers format format-check
