/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BANNER_TLS_H
#define NETPROBE_BANNER_TLS_H

#include "netprobe/base/clock.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A TLS client without a socket, over OpenSSL: what the peer sent goes in, what is to be sent comes
 * out. It takes every version and cipher that the library can do, however old, and goes on past any
 * certificate: what is wrong with it is a fact to report, never a reason to stop.
 */
struct tls_context; /* roots and settings, for a whole run */
struct tls;         /* one connection */

/* System roots, and those of `ca_file` (PEM; NULL for none). NULL: `why` says what is wrong. */
struct tls_context *tls_context_new(const char *ca_file, struct strbuf *why);
/* Reads the roots where that has to be done as a whole; the first tls_new() does it, too, where it
 * takes some tens of milliseconds. */
void tls_context_prepare(struct tls_context *c);
void tls_context_free(struct tls_context *c);

struct tls_setup {
	const char *name; /* asked name: SNI, and what one of the certificate's SANs has to be;
			     NULL, or a literal: by address */
	struct addr addr; /* what it has to be for where there is no name */
	const char *alpn; /* the one protocol to offer; NULL: none */
};

struct tls *tls_new(struct tls_context *c, const struct tls_setup *setup);
void tls_free(struct tls *t); /* NULL is fine */

enum tls_status {
	TLS_HANDSHAKE, /* under way: wants what the peer says */
	TLS_READY,
	TLS_CLOSED, /* the peer said goodbye (close_notify) */
	TLS_FAILED, /* tls_error() says why */
};

/* Takes what came from the peer (none to begin the handshake), goes on with it, and appends to
 * `plain` what it says inside. At most `room` bytes are added to `plain`; the rest waits for the
 * next call. */
enum tls_status tls_feed(
	struct tls *t, const void *bytes, size_t len, struct strbuf *plain, size_t room);

/* Says something inside; only once it is TLS_READY. */
enum tls_status tls_say(struct tls *t, const void *bytes, size_t len);
void tls_goodbye(struct tls *t); /* close_notify */

/* Moves what is to be sent to the end of `out`. */
void tls_take(struct tls *t, struct strbuf *out);

/* "peer's alert: certificate required", "the answer is not TLS", or OpenSSL's reason ("bad
 * signature"). Empty until TLS_FAILED. */
const char *tls_error(const struct tls *t);

/* What the handshake brought; texts are outside bytes, unset ones NULL or empty. */
struct tls_facts {
	char *version;          /* "TLSv1.3" */
	char *cipher;           /* IANA's name: "TLS_AES_256_GCM_SHA384" */
	char *alpn;             /* chosen by the peer, NULL: none */
	char *subject, *issuer; /* RFC 4514; may hold any bytes but NUL (escaped as \00) */
	char **san;             /* "DNS:www.example.net", "IP:192.0.2.1", "email:...", "URI:..." */
	size_t san_count;
	nsec_t not_before,
		not_after; /* wall clock; valid where `subject` is set; clamped to nsec_t */
	bool verified;
	char *verify_error; /* NULL where verified; several are joined by "; " */
	unsigned chain;     /* certificates that the peer sent */
	char *key;          /* "RSA 2048", "EC P-256", "ED25519"; of the certificate */
	char *signature;    /* "sha256WithRSAEncryption" */
	char *fingerprint;  /* SHA-256 of the certificate, lower-case hex */
};

void tls_facts(const struct tls *t, struct tls_facts *out); /* blank before the handshake is done */
void tls_facts_release(struct tls_facts *f);

/* Days until `not_after`, rounded down: negative when it is over. */
long tls_days_left(const struct tls_facts *f, nsec_t wall);

/* A ClientHello as it would open a connection, to see whether TLS is spoken there at all. */
void tls_hello(struct tls_context *c, struct strbuf *out);

/* "OpenSSL 3.0.17": of the library that runs. Static storage. */
const char *tls_library_version(void);

#endif
