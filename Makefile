# SPDX-License-Identifier: MIT
#
# make                build build/netprobe
# make demo           install what is missing, build, scan a small network of its own
# make check          install what the tests need, run all of them
# make VARIANT=asan   the same sources under ASan and UBSan, in build/asan
# make help           every target

VERSION := 0.1.0
VARIANT ?= release
PREFIX ?= /usr/local
DESTDIR ?=
PKG_CONFIG ?= pkg-config
V ?= 0
# V=1 shows the commands
Q := $(if $(filter 0,$(V)),@)
FUZZ_SECONDS ?= 60

BINDIR = $(DESTDIR)$(PREFIX)/bin
MANDIR = $(DESTDIR)$(PREFIX)/share/man/man1
BASH_DIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_DIR = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

PACKAGES := json-c libcap liblzma libmnl libpcap libzstd openssl zlib
B := build/$(VARIANT)

# Fuzzing needs libFuzzer; VARIANT=clang is for the warnings of the second compiler, in build/clang.
ifneq ($(filter fuzz clang,$(VARIANT)),)
CC := clang
endif

# Compiler and pkg-config are asked when a recipe first needs them, and once: `make demo` and `make check`
# start on machines that have neither yet.
once = $(eval $(1) := $(2))$($(1))
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(PACKAGES) || echo -DPACKAGES_MISSING))
PKG_LIBS = $(call once,PKG_LIBS,$(shell $(PKG_CONFIG) --libs $(PACKAGES)))
MACHINE = $(call once,MACHINE,$(shell $(CC) -dumpmachine))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wvla \
	-Wformat=2 -Wwrite-strings -Wundef
BRANCHES = $(if $(filter x86_64% i%86%,$(MACHINE)),-fcf-protection)
HARDENING = -fstack-protector-strong -fPIE $(BRANCHES)
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack

# Ubuntu's compilers define _FORTIFY_SOURCE by themselves.
CPPFLAGS_release := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
CPPFLAGS_clang := $(CPPFLAGS_release)
CPPFLAGS_asan := -U_FORTIFY_SOURCE
CPPFLAGS_tsan := -U_FORTIFY_SOURCE
CPPFLAGS_fuzz := -U_FORTIFY_SOURCE
CFLAGS_release := -O2 -g
CFLAGS_clang := -O1
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan := -O1 -g -fsanitize=thread
CFLAGS_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_fuzz := -fsanitize=address,undefined

# What every packet of a capture goes through is optimised as a whole when the program is linked. The objects
# are fat, so that the many tests are linked as if they were none of those.
PER_PACKET := capture/% packet/% cmd/pcap%
BY_GCC = $(call once,BY_GCC,$(findstring gcc version,$(shell LC_ALL=C $(CC) -v 2>&1)))
WHOLE = $(and $(filter release,$(VARIANT)),$(BY_GCC),$(1))

# json-c tells its version at run time; these do not.
LIBRARIES_FLAG = -DNETPROBE_LIBRARIES='"libcap $(shell $(PKG_CONFIG) --modversion libcap)"'

NP_CPPFLAGS = -D_GNU_SOURCE -DNETPROBE_VERSION='"$(VERSION)"' -Iinclude -include netprobe/base/banned.h \
	$(CPPFLAGS_$(VARIANT)) $(PKG_CFLAGS) $(CPPFLAGS)
NP_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS_$(VARIANT)) $(LTO) $(WERROR) $(CFLAGS)
NP_LDFLAGS = $(LINK_HARDENING) $(LDFLAGS_$(VARIANT)) $(LINK_LTO) $(LDFLAGS)
NP_LIBS = $(PKG_LIBS) -lm -pthread $(LIBS)
LINK_LTO = $(call WHOLE,-fno-lto)

SOURCES := $(filter-out src/main.c,$(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(B)/libnetprobe.a
BINARY := $(if $(filter release,$(VARIANT)),build/netprobe,$(B)/netprobe)

UNIT_SOURCES := $(wildcard tests/unit/*/*.c)
UNIT_TESTS := $(UNIT_SOURCES:%.c=$(B)/%)
FUZZ_SOURCES := $(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
FUZZ_NAMES := $(FUZZ_SOURCES:tests/fuzz/%.c=%)
FUZZ_REPLAYS := $(FUZZ_SOURCES:%.c=$(B)/%-replay)
FUZZERS := $(FUZZ_SOURCES:%.c=build/fuzz/%)
TOOL_SOURCES := $(wildcard tests/tools/*.c)
TOOLS := $(TOOL_SOURCES:%.c=$(B)/%)
MANUALS := $(wildcard man/*.1)

all: $(BINARY)

# ---- building

$(BINARY): private LINK_LTO = $(call WHOLE,-flto=auto $(WERROR))
$(BINARY): $(B)/src/main.o $(LIBRARY)
	@echo "  LINK  $@"
	$(Q)$(CC) $(NP_LDFLAGS) -o $@ $^ $(NP_LIBS)

$(LIBRARY): $(OBJECTS)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/%.o: %.c Makefile $(B)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(NP_CPPFLAGS) $(NP_CFLAGS) -MMD -MP -c -o $@ $<

$(filter $(PER_PACKET:%=$(B)/src/%),$(OBJECTS)): private LTO = $(call WHOLE,-flto=auto -ffat-lto-objects)

# Another compiler or other flags build everything anew: no warning hides in an object that stands already.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	$(if $(findstring PACKAGES_MISSING,$(PKG_CFLAGS)),$(error Libraries are missing: scripts/need build installs them))
	@printf '%s\n' '$(CC)' $(NP_CPPFLAGS) $(NP_CFLAGS) | cmp -s - $@ || \
		printf '%s\n' '$(CC)' $(NP_CPPFLAGS) $(NP_CFLAGS) >$@

$(B)/src/main.o: private NP_CPPFLAGS += $(LIBRARIES_FLAG)

# Tests see the same warnings; check's macros are not clean under -Wpedantic.
$(B)/tests/unit/%.o: private NP_CFLAGS += -Wno-pedantic -Wno-conversion
$(UNIT_TESTS): %: %.o $(LIBRARY)
	@echo "  LINK  $@"
	$(Q)$(CC) $(NP_LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs check) $(NP_LIBS)

$(FUZZ_REPLAYS): %-replay: %.o $(B)/tests/fuzz/replay.o $(LIBRARY)
	@echo "  LINK  $@"
	$(Q)$(CC) $(NP_LDFLAGS) -o $@ $^ $(NP_LIBS)

# Programs that tests run beside netprobe.
$(TOOLS): %: %.o $(LIBRARY)
	@echo "  LINK  $@"
	$(Q)$(CC) $(NP_LDFLAGS) -o $@ $^ $(NP_LIBS)

ifeq ($(VARIANT),fuzz)
$(FUZZERS): %: %.o $(LIBRARY)
	@echo "  LINK  $@"
	$(Q)$(CC) $(NP_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(NP_LIBS)
endif

# ---- running

demo:
	scripts/need demo
	$(MAKE) all tools
	scripts/demo

check:
	scripts/need check
	tests/run

bench:
	scripts/need check
	$(MAKE) all tools
	tests/bench/run

lint:
	tests/lint/run

unit: $(UNIT_TESTS)
	@set -e; for t in $(UNIT_TESTS); do ./$$t; done

replay: $(FUZZ_REPLAYS)
	@set -e; for f in $(FUZZ_NAMES); do $(B)/tests/fuzz/$$f-replay tests/fuzz/corpus/$$f; done

# Seeds stay as they are: what a run finds goes to build/fuzz/corpus, what breaks to build/fuzz/artifacts.
fuzz:
	$(MAKE) VARIANT=fuzz $(FUZZERS)
	@set -e; mkdir -p build/fuzz/artifacts; for f in $(FUZZ_NAMES); do \
		echo "== fuzz $$f, $(FUZZ_SECONDS) s"; mkdir -p build/fuzz/corpus/$$f; \
		build/fuzz/tests/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=1024 -timeout=10 \
			-print_final_stats=1 -verbosity=0 -artifact_prefix=build/fuzz/artifacts/$$f- \
			build/fuzz/corpus/$$f tests/fuzz/corpus/$$f; \
	done

netns: $(BINARY) $(TOOLS)
	bats tests/netns

tools: $(TOOLS)

programs: $(BINARY) $(UNIT_TESTS) $(FUZZ_REPLAYS) $(TOOLS)

# Committed, so that nothing has to run to install them; tests/cli/parity.bats holds them against the options.
completions: $(BINARY)
	$(BINARY) --completion bash >completions/netprobe.bash
	$(BINARY) --completion zsh >completions/_netprobe
	$(BINARY) --completion fish >completions/netprobe.fish

# What clang-tidy and the header check compile with, a word a line.
flags:
	@printf '%s\n' -std=gnu11 $(NP_CPPFLAGS) $(LIBRARIES_FLAG) $(WARNINGS)

format:
	clang-format -i $(wildcard src/*.c src/*/*.[ch] include/netprobe/*/*.h tests/*/*.[ch] tests/*/*/*.[ch])

# ---- shipping

install: all
	install -d $(BINDIR) $(MANDIR) $(BASH_DIR) $(ZSH_DIR) $(FISH_DIR)
	install -m 755 $(BINARY) $(BINDIR)/netprobe
	install -m 644 $(MANUALS) $(MANDIR)
	install -m 644 completions/netprobe.bash $(BASH_DIR)/netprobe
	install -m 644 completions/_netprobe $(ZSH_DIR)/_netprobe
	install -m 644 completions/netprobe.fish $(FISH_DIR)/netprobe.fish

uninstall:
	rm -f $(BINDIR)/netprobe $(MANUALS:man/%=$(MANDIR)/%) \
		$(BASH_DIR)/netprobe $(ZSH_DIR)/_netprobe $(FISH_DIR)/netprobe.fish

dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=netprobe-$(VERSION)/ -o build/netprobe-$(VERSION).tar.gz HEAD

clean:
	rm -rf build

help:
	@echo 'make                 build build/netprobe'
	@echo 'make demo            install what is missing, build, scan a small network of its own'
	@echo 'make check           install what the tests need, run all of them'
	@echo 'make unit, replay    unit tests; the fuzz corpus, each file once'
	@echo 'make fuzz            every fuzz harness in turn, FUZZ_SECONDS=60 each'
	@echo 'make bench           measure'
	@echo 'make netns           network tests alone (bats), in namespaces of their own; as root'
	@echo 'make completions     write the completion files anew from the options'
	@echo 'make lint, format    hold the tree against its rules; lay out the C sources'
	@echo 'make install         binary, manuals and completions into DESTDIR/PREFIX (/usr/local)'
	@echo 'make uninstall       take them away again'
	@echo 'make dist            build/netprobe-$(VERSION).tar.gz from the last commit'
	@echo 'make clean           remove build/'
	@echo
	@echo 'VARIANT=release|clang|asan|tsan|fuzz  which build; CC, CFLAGS, LDFLAGS, WERROR=-Werror as usual'

.PHONY: all demo check bench lint unit replay netns fuzz tools programs completions flags format install uninstall dist clean help FORCE
.SECONDARY:
-include $(OBJECTS:.o=.d) $(B)/src/main.d $(UNIT_SOURCES:%.c=$(B)/%.d) $(FUZZ_SOURCES:%.c=$(B)/%.d) \
	$(TOOL_SOURCES:%.c=$(B)/%.d) $(B)/tests/fuzz/replay.d
