/* SPDX-License-Identifier: MIT */
/*
 * What an outside server may say to a TLS client. First byte: bit 7 clear, bit 0 a name is asked
 * for, bit 1 a protocol is offered, bit 2 the address is IPv6, bits 3 and 4 how the rest, the
 * server's bytes, is cut. Bit 7 set: the rest is a certificate (DER), which is turned into facts.
 */
#include "../../src/banner/tls_facts.h"

#include "netprobe/base/mem.h"

#include <openssl/err.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INSIDE_MAX = 100, CERTIFICATE = 0x80 };

static void require(bool truth)
{
	if (!truth)
		abort();
}

static struct tls_context *context(void)
{
	static struct tls_context *c;
	struct strbuf why = {0};

	if (c)
		return c;
	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	c = tls_context_new(NULL, &why);
	require(c != NULL);
	return c;
}

static void bounded(const char *text)
{
	require(text && strlen(text) <= 3 * TLS_TEXT_MAX + sizeof "email:");
}

static void check_certificate(const struct tls_facts *f)
{
	size_t bytes = 0;

	bounded(f->subject);
	bounded(f->issuer);
	bounded(f->key);
	bounded(f->signature);
	require(strlen(f->fingerprint) == 64);
	require(f->san_count <= TLS_SAN_MAX);
	for (size_t i = 0; i < f->san_count; i++)
		bytes += strlen(f->san[i]);
	require(bytes <= TLS_SAN_BYTES_MAX);
	for (const char *p = f->subject; *p; p++)
		require((unsigned char)*p >= ' ' && *p != 0x7f);
	tls_days_left(f, clock_wall());
	require(ERR_peek_error() == 0);
}

static void read_certificate(const uint8_t *der, size_t len)
{
	X509 *cert = d2i_X509(NULL, &der, (long)len);
	struct tls_facts facts = {0};

	ERR_clear_error();
	if (!cert)
		return;
	tls_certificate_facts(cert, &facts);
	check_certificate(&facts);
	tls_facts_release(&facts);
	require(facts.subject == NULL && facts.san_count == 0);
	X509_free(cert);
}

static void check_facts(const struct tls *t, enum tls_status status)
{
	struct tls_facts facts;

	tls_facts(t, &facts);
	require(status != TLS_READY || (facts.version && facts.cipher));
	require(facts.verified == (facts.version && !facts.verify_error));
	if (facts.subject)
		check_certificate(&facts);
	tls_facts_release(&facts);
}

static void check_feed(struct tls *t, const uint8_t *bytes, size_t len, enum tls_status *status)
{
	enum tls_status before = *status;
	struct strbuf plain = {0}, out = {0};

	*status = tls_feed(t, bytes, len, &plain, INSIDE_MAX);
	require(plain.len <= INSIDE_MAX);
	require(*status >= before);
	require((*status == TLS_FAILED) == (*tls_error(t) != '\0'));
	require(ERR_peek_error() == 0);
	if (*status == TLS_READY)
		tls_say(t, "hello", 5);
	tls_take(t, &out);
	strbuf_release(&plain);
	strbuf_release(&out);
}

static void hear_server(uint8_t choice, const uint8_t *bytes, size_t len)
{
	static const size_t cuts[] = {SIZE_MAX, 1, 7, 500};
	size_t cut = cuts[choice >> 3 & 3];
	struct tls_setup setup = {
		.name = choice & 1 ? "www.example.net" : NULL,
		.alpn = choice & 2 ? "http/1.1" : NULL,
		.addr = {.family = choice & 4 ? 6 : 4},
	};
	struct tls *t = tls_new(context(), &setup);
	enum tls_status status = TLS_HANDSHAKE;

	check_feed(t, NULL, 0, &status);
	require(status == TLS_HANDSHAKE);
	for (size_t at = 0; at < len;) {
		size_t piece = len - at < cut ? len - at : cut;

		check_feed(t, bytes + at, piece, &status);
		at += piece;
	}
	check_facts(t, status);
	tls_goodbye(t);
	tls_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 1 << 17)
		return 0;
	if (data[0] & CERTIFICATE)
		read_certificate(data + 1, size - 1);
	else
		hear_server(data[0], data + 1, size - 1);
	return 0;
}
