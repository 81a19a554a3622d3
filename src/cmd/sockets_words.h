/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_WORDS_H
#define CMD_SOCKETS_WORDS_H

#include "sockets_place.h"

#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/changes.h"

/* How sockets are put into words, by records, rows and sentences alike. */

/* The state as tables call it: what has no connections is not closed, but UNCONN, as in ss(8). */
const char *socket_state_word(enum socket_proto proto, enum socket_state state);

/* The same where several protocols are counted together. */
const char *socket_common_state_word(enum socket_state state);

const char *socket_event_name(enum change_kind change);

/* "stream", or briefly "u_str"; NULL, or briefly "unix", for a type that is none of three. */
const char *socket_unix_type(const struct socket_entry *e, bool brief);

bool socket_has_ports(const struct socket_entry *e); /* what stands there is no protocol */
bool socket_is_unconnected(const struct addr *end);
bool socket_knows_send_q(const struct socket_entry *e);

/* The registered name of one of its ports; NULL where there is none. */
const char *socket_service(const struct socket_entry *e, uint16_t port, bool numeric);

/* The interface of that index in the socket's namespace, by its name, if that is known; NULL for 0.
 * In `out`. */
const char *socket_interface(
	const struct places *p, const struct socket_entry *e, uint32_t index, struct strbuf *out);

/* All of these append; nothing is escaped. A path: "@abstract", "/run/x". An address:
 * "fe80::1%eth0". An end: "10.0.0.1:ssh", "[::1]:22", "0.0.0.0%lo:53", "*" for none, a path. */
void socket_add_path(struct strbuf *out, const struct socket_entry *e);
void socket_addr_text(struct strbuf *out, const struct places *p, const struct socket_entry *e,
	const struct addr *end);
void socket_end_text(struct strbuf *out, const struct places *p, const struct socket_entry *e,
	const struct addr *end, bool numeric);

#endif
