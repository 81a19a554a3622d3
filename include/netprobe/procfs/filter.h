/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_FILTER_H
#define NETPROBE_PROCFS_FILTER_H

#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/socket_entry.h"

/*
 * Which sockets are meant: ss's filter language (ss(8)) and what options add to it, all of which
 * has to hold.
 *
 *   filter  = { "state" WORD | "exclude" WORD } [ expr ]      (state words: socket_states_named())
 *   expr    = and-expr { ("or" | "||" | "|") and-expr }
 *   and     = term { [ "and" | "&&" | "&" ] term }
 *   term    = ("not" | "!") term | "(" expr ")" | test
 *   test    = ("src" | "dst") [ op ] HOST | ("sport" | "dport") [ op ] PORT
 *           | "dev" [ op ] DEVICE | "cgroup" [ op ] PATH | "autobound"
 *   op      = "=" "==" "eq" | "!=" "ne" "neq" | "<" "lt" | "<=" "le" "leq" | ">" "gt" | ">=" "ge"
 * "geq" HOST    = address, address/prefix, either with :PORT, [v6]:port, ":PORT", "*", a name, a
 * unix socket's path or @abstract name with * and ? ; "inet:", "inet6:", "unix:" may stand before
 * it PORT    = ":22", "22", ":ssh", "*:22"
 *
 * Words of state may also stand between the tests. Brackets and operators need no blanks around
 * them where no word could go on. IPv4 addresses match IPv4-mapped IPv6 ones, too.
 */
struct filter;

enum filter_side { FILTER_LOCAL, FILTER_PEER, FILTER_EITHER };

struct filter *filter_new(void); /* matches everything */
void filter_free(struct filter *f);

/* `numeric`: names of hosts and services are not looked up, and are errors. On failure a code and
 * in `why` one line about it, not escaped; *at is the offset of the spot in `text`. */
int filter_parse(struct filter *f, const char *text, bool numeric, struct strbuf *why, size_t *at);

/* A HOST as above for one side; failure as above. */
int filter_add_host(struct filter *f, enum filter_side side, const char *text, bool numeric,
	struct strbuf *why);

/* "22,80,8000-8100,ssh" as ports_parse() has it, of either end. 0 or its code, `why` as above. */
int filter_add_ports(struct filter *f, enum filter_side side, const char *text, struct strbuf *why);

void filter_add_states(struct filter *f, unsigned states);
void filter_add_user(struct filter *f, uint32_t uid);

/* Asked of a cgroup's id where the language says "cgroup": its path, NULL where not known. */
void filter_on_cgroup(
	struct filter *f, const char *(*path)(void *user, uint64_t cgroup), void *user);

bool filter_matches(const struct filter *f, const struct socket_entry *e);

/* What can match at all, for the source to ask for no more. `given` says whether the text or
 * filter_add_states() named states, and did not leave them to the caller. */
unsigned filter_states(const struct filter *f, bool *given);

#endif
