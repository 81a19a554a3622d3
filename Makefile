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

PACKAGES := json-c libcap libmnl
B := build/$(VARIANT)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wvla \
	-Wformat=2 -Wwrite-strings -Wundef
HARDENING := -fstack-protector-strong -fPIE -fcf-protection
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack

CPPFLAGS_release := -D_FORTIFY_SOURCE=3
CFLAGS_release := -O2 -g
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_fuzz := -fsanitize=address,undefined

# Fuzzing needs libFuzzer; any other variant builds with the compiler the user names.
ifeq ($(VARIANT),fuzz)
CC := clang
endif

NP_CPPFLAGS = -D_GNU_SOURCE -DNETPROBE_VERSION='"$(VERSION)"' -Iinclude -include netprobe/base/banned.h \
	$(CPPFLAGS_$(VARIANT)) $(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(CPPFLAGS)
NP_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS_$(VARIANT)) $(WERROR) $(CFLAGS)
NP_LDFLAGS = $(LINK_HARDENING) $(LDFLAGS_$(VARIANT)) $(LDFLAGS)
NP_LIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -pthread $(LIBS)

SOURCES := $(filter-out src/main.c,$(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(B)/libnetprobe.a
BINARY := $(if $(filter release,$(VARIANT)),build/netprobe,$(B)/netprobe)

UNIT_SOURCES := $(wildcard tests/unit/*/*.c)
UNIT_TESTS := $(UNIT_SOURCES:%.c=$(B)/%)
FUZZ_SOURCES := $(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
FUZZ_REPLAYS := $(FUZZ_SOURCES:%.c=$(B)/%-replay)
FUZZERS := $(FUZZ_SOURCES:%.c=build/fuzz/%)
TOOL_SOURCES := $(wildcard tests/tools/*.c)
TOOLS := $(TOOL_SOURCES:%.c=$(B)/%)

all: $(BINARY)

$(BINARY): $(B)/src/main.o $(LIBRARY)
	$(CC) $(NP_LDFLAGS) -o $@ $^ $(NP_LIBS)

$(LIBRARY): $(OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(NP_CPPFLAGS) $(NP_CFLAGS) -MMD -MP -c -o $@ $<

# Tests see the same warnings; check's macros are not clean under -Wpedantic.
$(B)/tests/unit/%.o: NP_CFLAGS += -Wno-pedantic -Wno-conversion
$(UNIT_TESTS): %: %.o $(LIBRARY)
	$(CC) $(NP_LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs check) $(NP_LIBS)

$(FUZZ_REPLAYS): %-replay: %.o $(B)/tests/fuzz/replay.o $(LIBRARY)
	$(CC) $(NP_LDFLAGS) -o $@ $^ $(NP_LIBS)

ifeq ($(VARIANT),fuzz)
$(FUZZERS): %: %.o $(LIBRARY)
	$(CC) $(NP_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(NP_LIBS)
endif

# Programs that tests run beside netprobe.
$(TOOLS): %: %.o $(LIBRARY)
	$(CC) $(NP_LDFLAGS) -o $@ $^ $(NP_LIBS)

tools: $(TOOLS)

unit: $(UNIT_TESTS)
	@set -e; for t in $(UNIT_TESTS); do ./$$t; done

replay: $(FUZZ_REPLAYS)
	@set -e; for f in $(FUZZ_SOURCES:tests/fuzz/%.c=%); do $(B)/tests/fuzz/$$f-replay tests/fuzz/corpus/$$f; done

.PHONY: all unit replay tools
.SECONDARY:
-include $(OBJECTS:.o=.d) $(B)/src/main.d $(UNIT_SOURCES:%.c=$(B)/%.d) $(FUZZ_SOURCES:%.c=$(B)/%.d) \
	$(TOOL_SOURCES:%.c=$(B)/%.d) $(B)/tests/fuzz/replay.d
