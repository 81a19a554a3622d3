/* SPDX-License-Identifier: MIT */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "netprobe/cli/options.h"

bool value_takes(const struct option_def *def);    /* whether the option is followed by a value */
bool value_optional(const struct option_def *def); /* it may be left out */
/* Whether an optional value may stand in the next argument; else it is joined. */
bool value_stands_alone(const struct option_def *def);
bool value_repeats(const struct option_def *def);

/* Stores `text` (NULL where the option takes none) at `slot`. Returns 0 or a code below; *slot
 * stays on failure. */
int value_set(const struct option_def *def, void *slot, const char *text);

/* Whether `text` stands alone and reads as a value of this kind, be it out of bounds. */
bool value_reads(const struct option_def *def, const char *text);

/* Appends why value_set() failed with `code`: "out of range: 1 to 10". */
void value_explain(const struct option_def *def, int code, struct strbuf *out);

/* Appends what help calls the value: "PORTS", "auto|always|never". */
void value_name(const struct option_def *def, struct strbuf *out);

/* Appends "1 to 10", "10ms to 60s", with `separator` in between. Returns false where there is
 * nothing worth saying. */
bool value_bounds(const struct option_def *def, const char *separator, struct strbuf *out);

/* Appends the choices with `separator` between them. */
void value_choices(const struct option_def *def, const char *separator, struct strbuf *out);
/* As words of a shell's command line: "open|filtered" is none, for fish and zsh, without a
 * backslash. */
void value_words(const struct option_def *def, struct strbuf *out);

#endif
