/* SPDX-License-Identifier: MIT */
#ifndef BANNER_TLS_FACTS_H
#define BANNER_TLS_FACTS_H

#include "netprobe/banner/tls.h"

#include <openssl/ssl.h>

enum {
	TLS_SAN_MAX = 256,
	TLS_SAN_BYTES_MAX = 1 << 15, /* all of them together */
	TLS_TEXT_MAX = 4096,         /* any other text */
};

/* What a handshake agreed on: version, cipher, alpn. */
void tls_session_facts(const SSL *ssl, struct tls_facts *out);

/* What a certificate says: subject to not_after, key to fingerprint. */
void tls_certificate_facts(X509 *cert, struct tls_facts *out);

#endif
