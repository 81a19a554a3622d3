/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/tls.h"

#include "tls_context.h"
#include "tls_facts.h"

#include "netprobe/base/mem.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096 };

struct tls {
	SSL *ssl;
	enum tls_status status;
	bool spoken;          /* the peer said something, and this was the first byte: */
	uint8_t first;        /* */
	bool done;            /* the handshake is */
	const uint8_t *at;    /* what the peer said and nobody has read yet, during a call */
	size_t left;          /* */
	struct strbuf held;   /* the same between calls */
	struct strbuf unsaid; /* waits for the rest of a message from the peer */
	struct strbuf out;
	struct tls_judgement judged;
	char error[96];
};

/* ---- the wire: OpenSSL reads from, and writes to, a struct tls */

static int wire_read(BIO *bio, char *to, int room)
{
	struct tls *t = BIO_get_data(bio);
	size_t len = t->left < (size_t)room ? t->left : (size_t)room;

	BIO_clear_retry_flags(bio);
	if (len == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(to, t->at, len);
	t->at += len;
	t->left -= len;
	return (int)len;
}

static int wire_write(BIO *bio, const char *bytes, int len)
{
	struct tls *t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	strbuf_add(&t->out, bytes, (size_t)len);
	return len;
}

static long wire_ctrl(BIO *bio, int command, long number, void *argument)
{
	(void)bio;
	(void)number;
	(void)argument;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_wire(void)
{
	BIO_METHOD *wire = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "netprobe");

	if (!wire)
		return NULL;
	BIO_meth_set_read(wire, wire_read);
	BIO_meth_set_write(wire, wire_write);
	BIO_meth_set_ctrl(wire, wire_ctrl);
	return wire;
}

/* ---- a connection */

static enum tls_status fail(struct tls *t, const char *why)
{
	snprintf(t->error, sizeof t->error, "%s", why);
	return t->status = TLS_FAILED;
}

static bool looks_like_tls(const struct tls *t)
{
	return t->first >= SSL3_RT_CHANGE_CIPHER_SPEC && t->first <= SSL3_RT_APPLICATION_DATA;
}

/* The library's list of alerts ends before TLS 1.3; its list of errors does not. */
static enum tls_status fail_by_alert(struct tls *t, int alert, const char *reason)
{
	static const char before[] = "alert ";
	const char *text = SSL_alert_desc_string_long(alert);
	char why[sizeof t->error];

	if (strcmp(text, "unknown") == 0) {
		text = reason ? strstr(reason, before) : NULL;
		text = text ? text + strlen(before) : NULL;
	}
	if (text)
		snprintf(why, sizeof why, "peer's alert: %s", text);
	else
		snprintf(why, sizeof why, "peer's alert: number %d", alert);
	return fail(t, why);
}

static enum tls_status fail_by_library(struct tls *t)
{
	unsigned long code = ERR_peek_error();
	int alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET;
	const char *reason = ERR_reason_error_string(code);

	if (t->spoken && !looks_like_tls(t))
		return fail(t, "the answer is not TLS");
	if (ERR_GET_LIB(code) == ERR_LIB_SSL && alert >= 0 && alert <= UINT8_MAX)
		return fail_by_alert(t, alert, reason);
	return fail(t, reason ? reason : "unknown error");
}

/* What a call that did not succeed means. */
static enum tls_status judge(struct tls *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return t->status;
	case SSL_ERROR_ZERO_RETURN:
		return t->status = TLS_CLOSED;
	default:
		return fail_by_library(t);
	}
}

/* Names alone go into SNI (RFC 6066, 3): no addresses, no final dot. */
static void ask_for_name(struct tls *t, const char *name)
{
	size_t len = strlen(name);
	char *plain = mem_strndup(name, len > 1 && name[len - 1] == '.' ? len - 1 : len);

	/* what is no name is on no certificate either */
	if (!strchr(name, ':') && strcmp(name, ".") != 0)
		SSL_set_tlsext_host_name(t->ssl, plain);
	X509_VERIFY_PARAM_set1_host(SSL_get0_param(t->ssl), plain, 0);
	free(plain);
}

static void ask_for_addr(struct tls *t, const struct addr *a)
{
	if (a->family != 0)
		X509_VERIFY_PARAM_set1_ip(SSL_get0_param(t->ssl), a->ip, addr_bits(a) / 8);
}

static void ask_for(struct tls *t, const struct tls_setup *setup)
{
	struct addr literal;

	if (!setup->name || !*setup->name)
		ask_for_addr(t, &setup->addr);
	else if (addr_parse(setup->name, strlen(setup->name), &literal) == 0)
		ask_for_addr(t, &literal);
	else
		ask_for_name(t, setup->name);
}

static void offer(struct tls *t, const char *alpn)
{
	unsigned char list[1 + UINT8_MAX];
	size_t len = strlen(alpn);

	if (len == 0 || len > UINT8_MAX)
		return;
	list[0] = (unsigned char)len;
	memcpy(list + 1, alpn, len);
	SSL_set_alpn_protos(t->ssl, list, (unsigned)len + 1);
}

static struct tls *open_client(struct tls_context *c)
{
	struct tls *t = mem_alloc(1, sizeof *t);
	BIO *wire = BIO_new(c->wire);

	t->ssl = SSL_new(c->ssl);
	if (!wire || !t->ssl) {
		fail(t, "out of memory");
		BIO_free(wire);
		SSL_free(t->ssl);
		t->ssl = NULL;
		return t;
	}
	BIO_set_data(wire, t);
	BIO_set_init(wire, 1);
	SSL_set_bio(t->ssl, wire, wire);
	SSL_set_app_data(t->ssl, &t->judged);
	SSL_set_connect_state(t->ssl);
	return t;
}

struct tls *tls_new(struct tls_context *c, const struct tls_setup *setup)
{
	struct tls *t = open_client(c);

	tls_context_prepare(c);
	if (t->ssl) {
		ask_for(t, setup);
		if (setup->alpn)
			offer(t, setup->alpn);
	}
	ERR_clear_error();
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	strbuf_release(&t->held);
	strbuf_release(&t->unsaid);
	strbuf_release(&t->out);
	free(t);
}

/* ---- the conversation */

static void take_in(struct tls *t, const void *bytes, size_t len)
{
	if (len > 0 && !t->spoken) {
		t->spoken = true;
		t->first = *(const uint8_t *)bytes;
	}
	if (t->held.len > 0) {
		strbuf_add(&t->held, bytes, len);
		bytes = t->held.text;
		len = t->held.len;
	}
	t->at = bytes;
	t->left = len;
}

static void hold_rest(struct tls *t)
{
	struct strbuf rest = {0};

	if (t->left > 0)
		strbuf_add(&rest, t->at, t->left);
	strbuf_release(&t->held);
	t->held = rest;
	t->at = NULL;
	t->left = 0;
}

static void go_on_with_handshake(struct tls *t)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(t->ssl);
	if (result != 1) {
		judge(t, result);
		return;
	}
	t->status = TLS_READY;
	t->done = true;
}

static void listen_inside(struct tls *t, struct strbuf *plain, size_t room)
{
	while (t->status == TLS_READY && room > 0) {
		char piece[PIECE];
		size_t want = room < sizeof piece ? room : sizeof piece;
		int got;

		ERR_clear_error();
		got = SSL_read(t->ssl, piece, (int)want);
		if (got <= 0) {
			judge(t, got);
			return;
		}
		strbuf_add(plain, piece, (size_t)got);
		room -= (size_t)got;
	}
}

/* All of it or nothing: a message of the peer that came in part (a ticket) has to be whole first.
 */
static void speak_inside(struct tls *t)
{
	size_t said;

	if (t->status != TLS_READY || t->unsaid.len == 0)
		return;
	ERR_clear_error();
	if (SSL_write_ex(t->ssl, t->unsaid.text, t->unsaid.len, &said))
		strbuf_release(&t->unsaid);
	else
		judge(t, 0);
}

enum tls_status tls_feed(
	struct tls *t, const void *bytes, size_t len, struct strbuf *plain, size_t room)
{
	if (t->status == TLS_CLOSED || t->status == TLS_FAILED)
		return t->status;
	take_in(t, bytes, len);
	if (t->status == TLS_HANDSHAKE)
		go_on_with_handshake(t);
	listen_inside(t, plain, room);
	speak_inside(t);
	hold_rest(t);
	ERR_clear_error();
	return t->status;
}

enum tls_status tls_say(struct tls *t, const void *bytes, size_t len)
{
	if (t->status != TLS_READY)
		return t->status;
	take_in(t, NULL, 0);
	strbuf_add(&t->unsaid, bytes, len);
	speak_inside(t);
	hold_rest(t);
	ERR_clear_error();
	return t->status;
}

void tls_goodbye(struct tls *t)
{
	ERR_clear_error();
	if (t->status == TLS_READY || t->status == TLS_CLOSED)
		SSL_shutdown(t->ssl);
	ERR_clear_error();
}

void tls_take(struct tls *t, struct strbuf *out)
{
	strbuf_add(out, t->out.text, t->out.len);
	strbuf_release(&t->out);
}

const char *tls_error(const struct tls *t)
{
	return t->error;
}

/* ---- what it brought */

static char *verify_text(const struct tls *t)
{
	struct strbuf sb = {0};

	for (size_t i = 0; i < t->judged.count; i++)
		strbuf_printf(&sb, "%s%s", i ? "; " : "",
			X509_verify_cert_error_string(t->judged.errors[i]));
	return sb.text;
}

void tls_facts(const struct tls *t, struct tls_facts *out)
{
	X509 *cert;

	*out = (struct tls_facts){0};
	if (!t->done)
		return;
	tls_session_facts(t->ssl, out);
	cert = SSL_get0_peer_certificate(t->ssl);
	if (!cert) {
		out->verify_error = mem_strdup("no certificate");
		return;
	}
	tls_certificate_facts(cert, out);
	out->chain = t->judged.chain;
	out->verify_error = verify_text(t);
	out->verified = !out->verify_error;
}

void tls_hello(struct tls_context *c, struct strbuf *out)
{
	struct tls *t = open_client(c);

	tls_feed(t, NULL, 0, NULL, 0);
	tls_take(t, out);
	tls_free(t);
}

const char *tls_library_version(void)
{
	static char text[64];

	snprintf(text, sizeof text, "OpenSSL %s", OpenSSL_version(OPENSSL_VERSION_STRING));
	return text;
}
