/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_FILTER_H
#define NETPROBE_PROCFS_FILTER_H

#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/socket_entry.h"

/*
 * Which sockets are meant: ss's filter language (ss(8)) and what options add to it, all of which
 * has to hold.
 *
 *   filter  = { "state" WORD | ( "exclude" | "excl" ) WORD } [ expr ]
 *   expr    = and { ( "or" | "||" | "|" ) and }
 *   and     = term { [ "and" | "&&" | "&" ] term }
 *   term    = { "not" | "!" } ( "(" expr ")" | test )
 *   test    = ( "src" | "dst" ) [ equal ] HOST | ( "sport" | "dport" ) [ order ] PORT
 *           | "dev" [ equal ] DEVICE | "cgroup" [ equal ] PATH
 *   equal   = "=" "==" "eq" | "!=" "ne" "neq"
 *   order   = equal | "<" "lt" | "<=" "le" "leq" | ">" "gt" | ">=" "ge" "geq"
 *   HOST    = address, address/prefix ("10/8" is "10.0.0.0/8") or name, any of them with :PORT;
 *             [v6]:PORT, ":PORT", "*"
 *           | a unix socket's path, or @ and its abstract name, with * and ?
 *   PORT    = "22", ":22", "*:22" and the same with a service's name; "*"
 *
 * "inet:" or "inet6:" before a HOST or PORT keeps to sockets of that family, "unix:" makes any text
 * a unix socket's name. Words are written in lower case, only those of states
 * (socket_states_named()) in any. State words stand before the tests; where no "or" joins them,
 * between them, too. "state" adds to what is left, "exclude" takes away, and the first one begins
 * with none or with all. Brackets and operators need no blanks around them where no word could go
 * on; a backslash takes the meaning from a blank, bracket, operator or backslash.
 *
 * "and" binds closer than "or", as ss(8) has it (ss 6.1 itself goes from left to right). An IPv4
 * address means IPv4-mapped IPv6 ones, too. Tests of addresses, ports and devices never hold for
 * unix sockets, those of names for nothing else, whatever their operator; names are compared
 * without regard to case, as ss does. A name of several addresses stands for each of them. A device
 * is that which the socket is bound to, 0 is none.
 */
struct filter;

/* Whether the text begins as a filter can: with a word of the language, a state or an operator. */
bool filter_begins(const char *text);

enum filter_side { FILTER_LOCAL, FILTER_PEER, FILTER_EITHER };

/* Which names are looked up; others are errors. Those of services need no network. */
enum filter_names { FILTER_ALL_NAMES, FILTER_SERVICE_NAMES, FILTER_NO_NAMES };

struct filter *filter_new(void); /* matches everything */
void filter_free(struct filter *f);

/* Says what an interface's name means where the sockets are: its index in *index, or what to say of
 * a name that means nothing. Before anything is parsed; without it names are those of the caller's
 * namespace. What is no name there and is a number is taken for an index. */
typedef const char *(*filter_interface)(const void *user, const char *name, uint32_t *index);
void filter_on_interface(struct filter *f, filter_interface meaning, const void *user);

/* On failure a code and in `why` one line about it, not escaped; *at is the offset of the spot in
 * `text`, its length for the end; nothing was added then. A second text has to hold beside the
 * first. */
int filter_parse(struct filter *f, const char *text, enum filter_names names, struct strbuf *why,
	size_t *at);

/* A HOST as above for one side; failure as above. Of several for a side one has to hold. The same
 * goes for ports and users. */
int filter_add_host(struct filter *f, enum filter_side side, const char *text,
	enum filter_names names, struct strbuf *why);

/* "22,80,8000-8100,ssh" as ports_parse() has it, of either end. 0 or its code, `why` as above. */
int filter_add_ports(struct filter *f, enum filter_side side, const char *text, struct strbuf *why);

void filter_add_states(struct filter *f, unsigned states);
void filter_add_user(struct filter *f, uint32_t uid);

/* Asked of a cgroup's id where the language says "cgroup": its path, NULL where not known. */
void filter_on_cgroup(
	struct filter *f, const char *(*path)(void *user, uint64_t cgroup), void *user);

bool filter_matches(const struct filter *f, const struct socket_entry *e);

/* Whether what the options said of one side leaves any unix socket, or any other. */
bool filter_side_allows(const struct filter *f, enum filter_side side, bool is_unix);

/* What can match at all, for the source to ask for no more. `given` says whether the text or
 * filter_add_states() named states, and did not leave them to the caller. */
unsigned filter_states(const struct filter *f, bool *given);

#endif
