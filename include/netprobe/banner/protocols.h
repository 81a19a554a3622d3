/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BANNER_PROTOCOLS_H
#define NETPROBE_BANNER_PROTOCOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum protocol_id {
	PROTOCOL_UNKNOWN,
	PROTOCOL_HTTP,
	PROTOCOL_SMTP,
	PROTOCOL_SSH,
	PROTOCOL_FTP,
	PROTOCOL_POP3,
	PROTOCOL_IMAP,
	PROTOCOL_MYSQL,
	PROTOCOL_POSTGRESQL,
	PROTOCOL_REDIS,
	PROTOCOL_DNS,
	PROTOCOL_TELNET,
	PROTOCOL_TLS, /* TLS stands, and nothing is known of what is inside */
	PROTOCOLS,
};

struct protocol;

/* The machine of a protocol. PROTOCOL_UNKNOWN has one that only collects what it hears;
 * PROTOCOL_TLS has none: NULL. */
const struct protocol *protocol_of(enum protocol_id id);

/* "http", ..., "tls", "unknown": the names of the `proto` field. */
const char *protocol_name(enum protocol_id id);
/* PROTOCOL_UNKNOWN where no protocol has the name. Exact. */
enum protocol_id protocol_by_name(const char *name);

/* What a scheme ("https", "smtps", "sftp"; any case) or a port asks for. False: nothing is known.
 */
bool protocol_by_scheme(const char *scheme, enum protocol_id *id, bool *tls);
bool protocol_by_port(uint16_t port, enum protocol_id *id, bool *tls);

/* The ports that protocol_by_port() knows, as ports_parse() reads them: "21,22,...". */
extern const char protocol_ports[];

/*
 * Whose first words are these? PROTOCOL_UNKNOWN: nobody's that is known; with *more, a longer
 * beginning may tell. *second: what it may be instead (a greeting of "220" alone is SMTP's or
 * FTP's), else PROTOCOL_UNKNOWN. The answer to a question is recognised, too: an HTTP status line,
 * a TLS alert.
 */
enum protocol_id protocol_recognise(
	const void *bytes, size_t len, bool *more, enum protocol_id *second);

#endif
