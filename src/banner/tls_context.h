/* SPDX-License-Identifier: MIT */
#ifndef BANNER_TLS_CONTEXT_H
#define BANNER_TLS_CONTEXT_H

#include "netprobe/banner/tls.h"

#include <openssl/ssl.h>

enum { TLS_VERIFY_ERRORS_MAX = 16 };

/* What every connection of a run is made of: which versions and ciphers are taken, whose
 * certificates are trusted, and how the bytes come and go. */
struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *wire;
	bool rooted; /* the system's roots are in */
};

/* What was thought of the certificates of one handshake, which goes on all the same. The SSL of
 * a connection has its own as app data (SSL_set_app_data()) before the handshake begins. */
struct tls_judgement {
	int errors[TLS_VERIFY_ERRORS_MAX]; /* X509_V_ERR_..., each once, in the order met */
	size_t count;
	unsigned chain; /* certificates that were sent */
};

/* tls.c: how a connection reads from what it was fed, and writes to what is to be taken. NULL: out
 * of memory; to be freed with BIO_meth_free(). */
BIO_METHOD *tls_wire(void);

#endif
