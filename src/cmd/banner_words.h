/* SPDX-License-Identifier: MIT */
#ifndef CMD_BANNER_WORDS_H
#define CMD_BANNER_WORDS_H

#include "netprobe/banner/grab.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/probe/result.h"

#include <stdbool.h>

/* What records, rows and blocks say of a session alike. What is appended holds outside bytes as
 * they are, where nothing else is said. */

/* Why there was no connection; REASON_NONE where there was one. */
enum port_reason banner_reason(const struct grab *g);

/* This machine was short of something: nothing is known of the port. */
bool banner_not_asked(const struct grab *g);

/* Who said so; NULL where nobody did, or it is not known. */
const struct addr *banner_witness(const struct grab *g, enum port_reason reason);

/* The remark for people; appends nothing where there is none. */
void banner_detail(const struct grab *g, enum port_reason reason, struct strbuf *out);

/* "https", "smtps" where TLS wraps the protocol and there is a scheme that says so. */
enum { BANNER_SERVICE_MAX = 16 };
const char *banner_service(const struct grab *g, char out[static BANNER_SERVICE_MAX]);

/* "TLSv1.3 CN=www.example.net 64 days", then what is wrong with the certificate. */
void banner_tls(const struct tls_facts *t, nsec_t wall, struct strbuf *out);

/* What a row has room for: where redirects led, software, TLS, why there is none, what cut it
 * short. Escaped, in HEADLINE_COLUMNS at the most. */
enum { HEADLINE_COLUMNS = 200 };
void banner_headline(
	const struct grab *g, enum port_reason reason, nsec_t wall, struct strbuf *out);

#endif
