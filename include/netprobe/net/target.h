/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_TARGET_H
#define NETPROBE_NET_TARGET_H

#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"
#include "netprobe/net/ports.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the user asked for, as a lazy sequence of addresses and names: nothing is stored but the
 * specifications themselves, so a /8 and a list of a million lines cost what one address costs.
 *
 * A specification is a name, a literal, HOST:PORT, [V6]:PORT, a URL (its host, port, scheme and
 * path; the port of http, https, ftp, ssh, smtp and the like comes from the scheme; a user is
 * passed over), CIDR of any size in both families, a last-octet range 10.0.0.1-50, a full range
 * 10.0.0.1-10.0.1.20 or fd00::1-fd00::ff, "-" for a list on standard input, or @FILE. A list has
 * one specification a line; blanks around it, empty lines and what follows '#' are ignored; lists
 * do not nest.
 */
struct target {
	const char *host; /* as given: name, literal, CIDR or range text */
	struct addr addr; /* family 0: a name, still to be resolved */
	uint16_t port;    /* asked for with this target, or 0: the run's own ports */
	/* Of a URL, else NULL: the scheme in lower case; path and query as given, from '/' on,
	 * without the fragment, NULL where there is neither. What is not ASCII is percent-encoded:
	 * the path can go into a request line. */
	const char *scheme, *path; /* like host, valid until the next call */
};

struct target_options {
	int family; /* 4 or 6 to keep to one family, else 0; literals of the other are an error */
	bool sequential; /* ranges in ascending order; else each in an order that `seed` fixes */
	uint64_t seed;
	bool zoned; /* who asks is bound to an interface: link-local addresses need not name one */
};

struct targets;

struct targets *targets_new(const struct target_options *options);
void targets_free(struct targets *t);

/*
 * Adds a specification; list files are opened here (so that it can be done before privileges go)
 * and read in targets_next(). Returns 0 or -errno (a list that cannot be opened), ERR_EMPTY,
 * ERR_SYNTAX (also a blank or control character in a URL's path), ERR_ADDRESS, ERR_PREFIX,
 * ERR_REVERSED, ERR_FAMILY, ERR_PORT, ERR_SERVICE (a URL without a port, and its scheme has no
 * known one), ERR_ZONE, ERR_NO_ZONE, ERR_NAME, ERR_TOO_LONG (also a path beyond URI_PATH_MAX);
 * -EBUSY where standard input was asked for before, here or below. Numbers and dots alone are an
 * address, never a name: "300.1.1.1" and "0x7f.1" are ERR_ADDRESS.
 */
int targets_add(struct targets *t, const char *spec);

/*
 * Leaves out what `spec` covers: an address, CIDR or range; a name leaves out that name as a target
 * (its addresses are the caller's to resolve and exclude); @FILE and "-" are read at once. Ports do
 * not belong here. On failure the offending piece is appended to `bad` (may be NULL).
 */
int targets_exclude(struct targets *t, const char *spec, struct strbuf *bad);
void targets_exclude_addr(struct targets *t, const struct addr *a);
bool targets_excluded(const struct targets *t, const struct addr *a);

/* Calls `each` for every name given to targets_exclude(). */
void targets_excluded_names(
	const struct targets *t, void (*each)(const char *name, void *user), void *user);

/*
 * Returns 1 and the next target, 0 at the end, or a negative code: a bad line or a read error in a
 * list, or ERR_SILENT (too much in a row that is no target; the list's end follows). Then the place
 * and text ("hosts.txt:3: 10.0.0.0/33") is appended to `bad` (may be NULL), and the call can be
 * repeated to go on behind it. Excluded addresses are passed over, in ranges in one step where
 * whole blocks are excluded.
 */
int targets_next(struct targets *t, struct target *out, struct strbuf *bad);

/* How many targets are in sight: all that targets_add() was given, each line of a list once it was
 * read. *exact is false while a list is unread. Exclusions are not subtracted. */
u128 targets_count(const struct targets *t, bool *exact);

#endif
