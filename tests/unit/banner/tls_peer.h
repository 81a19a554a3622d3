/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TLS_PEER_H
#define TESTS_TLS_PEER_H

/* Certificates to order, and a TLS server in this process that speaks through memory. */

#include "netprobe/banner/tls.h"
#include "netprobe/base/mem.h"

#include "../unit.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { A_DAY = 24 * 60 * 60 };

struct identity {
	X509 *cert;
	EVP_PKEY *key;
};

struct san {
	int type; /* GEN_DNS, ... */
	const char *bytes;
	size_t len; /* 0: that of the text */
};

struct wish {
	const char *name, *organization; /* of the subject */
	size_t name_len;                 /* 0: that of the text */
	int name_type;                   /* 0: UTF-8 */
	const char *key;                 /* "EC" by default, "RSA", "ED25519", ... */
	const char *curve;               /* of EC: P-256 by default */
	int bits;                        /* of RSA: 2048 by default */
	const char *digest;              /* SHA256 by default */
	long from, days;                 /* since now: yesterday, 90 days by default */
	const char *not_after;           /* instead: GeneralizedTime or UTCTime */
	bool ca;
	const struct san *sans;
	size_t san_count;
};

static inline EVP_PKEY *peer_key(const struct wish *w)
{
	const char *kind = w->key ? w->key : "EC";
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	if (strcmp(kind, "EC") == 0)
		EVP_PKEY_CTX_set_group_name(ctx, w->curve ? w->curve : "P-256");
	else if (strncmp(kind, "RSA", 3) == 0)
		EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, w->bits ? w->bits : 2048);
	ck_assert_int_eq(EVP_PKEY_generate(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static inline GENERAL_NAME *peer_san(const struct san *san)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	int len = (int)(san->len ? san->len : strlen(san->bytes));
	ASN1_STRING *text = ASN1_STRING_type_new(
		san->type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

	if (san->type == GEN_RID) {
		ASN1_STRING_free(text);
		GENERAL_NAME_set0_value(name, GEN_RID, OBJ_txt2obj(san->bytes, 1));
		return name;
	}
	ck_assert_int_eq(ASN1_STRING_set(text, san->bytes, len), 1);
	GENERAL_NAME_set0_value(name, san->type, text);
	return name;
}

static inline void peer_add_sans(X509 *cert, const struct san *sans, size_t count)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

	for (size_t i = 0; i < count; i++)
		sk_GENERAL_NAME_push(names, peer_san(&sans[i]));
	ck_assert_int_eq(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
}

static inline void peer_add_ca(X509 *cert)
{
	BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();

	basic->ca = 1;
	ck_assert_int_eq(X509_add1_ext_i2d(cert, NID_basic_constraints, basic, 1, 0), 1);
	BASIC_CONSTRAINTS_free(basic);
}

static inline void peer_name(X509_NAME *name, const struct wish *w)
{
	int type = w->name_type ? w->name_type : MBSTRING_UTF8;

	if (w->organization)
		X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
			(const unsigned char *)w->organization, -1, -1, 0);
	if (w->name)
		ck_assert_int_eq(
			X509_NAME_add_entry_by_txt(name, "CN", type, (const unsigned char *)w->name,
				w->name_len ? (int)w->name_len : -1, -1, 0),
			1);
}

/* Signed by `issuer`, by itself where that is NULL. */
static inline struct identity identity_new(const struct wish *w, const struct identity *issuer)
{
	struct identity id = {X509_new(), peer_key(w)};
	const struct identity *by = issuer ? issuer : &id;
	const EVP_MD *digest = EVP_get_digestbyname(w->digest ? w->digest : "SHA256");
	time_t now = time(NULL);

	X509_set_version(id.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(id.cert), 4711);
	X509_set_pubkey(id.cert, id.key);
	peer_name(X509_get_subject_name(id.cert), w);
	X509_set_issuer_name(id.cert, X509_get_subject_name(by->cert));
	X509_time_adj_ex(X509_getm_notBefore(id.cert), (int)(w->from ? w->from : -1), 0, &now);
	X509_time_adj_ex(X509_getm_notAfter(id.cert), (int)(w->days ? w->days : 90), 0, &now);
	if (w->not_after)
		ck_assert_int_eq(
			ASN1_TIME_set_string(X509_getm_notAfter(id.cert), w->not_after), 1);
	if (w->ca)
		peer_add_ca(id.cert);
	if (w->san_count)
		peer_add_sans(id.cert, w->sans, w->san_count);
	if (EVP_PKEY_is_a(by->key, "ED25519") || EVP_PKEY_is_a(by->key, "ED448"))
		digest = NULL;
	ck_assert_int_gt(X509_sign(id.cert, by->key, digest), 0);
	return id;
}

static inline void identity_free(struct identity *id)
{
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
	*id = (struct identity){0};
}

/* Of an authority of its own, which a file in PEM makes known. */
struct authority {
	struct identity id;
	char path[64];
};

static inline void authority_write(const struct authority *a)
{
	FILE *f = fopen(a->path, "w");

	ck_assert_int_eq(PEM_write_X509(f, a->id.cert), 1);
	fclose(f);
}

static inline struct authority authority_new(const char *name)
{
	const struct wish wish = {.name = name, .organization = "Test", .ca = true};
	struct authority a = {.id = identity_new(&wish, NULL)};

	snprintf(a.path, sizeof a.path, "/tmp/netprobe-tls-%ld-%s.pem", (long)getpid(), name);
	authority_write(&a);
	return a;
}

static inline void authority_free(struct authority *a)
{
	unlink(a->path);
	identity_free(&a->id);
}

/* ---- the server */

struct peer {
	SSL_CTX *settings;
	SSL *ssl;
	BIO *in, *out;
	struct strbuf heard; /* what the client said inside */
};

static inline SSL_CTX *peer_settings(const struct identity *id, const struct identity *issuer)
{
	SSL_CTX *settings = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_min_proto_version(settings, 0);
	SSL_CTX_set_cipher_list(settings, "ALL:@SECLEVEL=0");
	if (id) {
		ck_assert_int_eq(SSL_CTX_use_certificate(settings, id->cert), 1);
		ck_assert_int_eq(SSL_CTX_use_PrivateKey(settings, id->key), 1);
	}
	if (issuer)
		SSL_CTX_add1_chain_cert(settings, issuer->cert);
	ERR_clear_error();
	return settings;
}

/* Takes the settings over. */
static inline struct peer peer_new(SSL_CTX *settings)
{
	struct peer p = {
		settings, SSL_new(settings), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()), {0}};

	SSL_set_bio(p.ssl, p.in, p.out);
	SSL_set_accept_state(p.ssl);
	return p;
}

static inline void peer_free(struct peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->settings);
	strbuf_release(&p->heard);
}

/* Reads what the client sent, goes on with the handshake. True where there was something. */
static inline bool peer_listen(struct peer *p, struct tls *t)
{
	struct strbuf sent = {0};
	char inside[4096];
	int got;

	tls_take(t, &sent);
	if (sent.len > 0)
		BIO_write(p->in, sent.text, (int)sent.len);
	if (SSL_in_init(p->ssl))
		SSL_do_handshake(p->ssl);
	while ((got = SSL_read(p->ssl, inside, sizeof inside)) > 0)
		strbuf_add(&p->heard, inside, (size_t)got);
	ERR_clear_error();
	got = sent.len > 0;
	strbuf_release(&sent);
	return got;
}

/* What the server has to send. */
static inline void peer_take(struct peer *p, struct strbuf *out)
{
	char *bytes;
	long len = BIO_get_mem_data(p->out, &bytes);

	strbuf_add(out, bytes, (size_t)len);
	(void)BIO_reset(p->out);
}

/* Both speak until neither has anything to say. The server's bytes come in pieces of `cut`, 0 for
 * all at once. */
static inline enum tls_status peer_talk_cut(
	struct peer *p, struct tls *t, struct strbuf *plain, size_t cut)
{
	enum tls_status status = tls_feed(t, NULL, 0, plain, SIZE_MAX);

	while (peer_listen(p, t)) {
		struct strbuf said = {0};

		peer_take(p, &said);
		for (size_t at = 0; at < said.len;) {
			size_t len = cut && said.len - at > cut ? cut : said.len - at;

			status = tls_feed(t, said.text + at, len, plain, SIZE_MAX);
			ck_assert_uint_eq(ERR_peek_error(), 0);
			at += len;
		}
		strbuf_release(&said);
	}
	return status;
}

static inline enum tls_status peer_talk(struct peer *p, struct tls *t, struct strbuf *plain)
{
	return peer_talk_cut(p, t, plain, 0);
}

/* The server has spoken by itself. */
static inline enum tls_status peer_deliver(struct peer *p, struct tls *t, struct strbuf *plain)
{
	struct strbuf said = {0};
	enum tls_status status;

	peer_take(p, &said);
	status = tls_feed(t, said.text, said.len, plain, SIZE_MAX);
	strbuf_release(&said);
	return status;
}

#endif
