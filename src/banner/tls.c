/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/tls.h"

#include "netprobe/base/mem.h"
#include "tls_facts.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum {
	CERT_LIST_MAX = 100 * 1024, /* bytes of certificates in a handshake */
	CHAIN_DEPTH_MAX = 16,
	VERIFY_ERRORS_MAX = 16,
	VERIFY_LEVEL = 2, /* keys and signatures of 112 bits, as programs of today ask for */
	PIECE = 4096,
};

/* Anonymous and unencrypted ones stand last: a server that follows our order shows its
 * certificate where it can. */
static const char ciphers[] = "ALL:COMPLEMENTOFALL:+aNULL:+eNULL:@SECLEVEL=0";
static const char ciphers_13[] =
	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
	"TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256";

struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *wire;
	bool rooted; /* the system's roots are in */
};

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
	int verify_errors[VERIFY_ERRORS_MAX];
	size_t verify_error_count;
	unsigned chain; /* certificates that were sent */
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

static BIO_METHOD *wire_method(void)
{
	BIO_METHOD *wire = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "netprobe");

	if (!wire)
		return NULL;
	BIO_meth_set_read(wire, wire_read);
	BIO_meth_set_write(wire, wire_write);
	BIO_meth_set_ctrl(wire, wire_ctrl);
	return wire;
}

/* ---- the context */

/* A directory with a file for each root, under the hash of its name (openssl-rehash(1)). */
static bool has_hashed_roots(void)
{
	const char *path = getenv(X509_get_default_cert_dir_env());
	DIR *dir = opendir(path && *path ? path : X509_get_default_cert_dir());
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		size_t len = strlen(name);

		found = len > 2 && strspn(name, "0123456789abcdef") == len - 2 &&
			strcmp(name + len - 2, ".0") == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* To read all roots takes longer than many a run: they are read when the first handshake is due,
 * and of a directory OpenSSL reads just the ones it looks for. */
void tls_context_prepare(struct tls_context *c)
{
	if (!c->rooted && !getenv(X509_get_default_cert_file_env()) && has_hashed_roots())
		SSL_CTX_set_default_verify_dir(c->ssl);
	else if (!c->rooted)
		SSL_CTX_set_default_verify_paths(c->ssl);
	c->rooted = true;
	ERR_clear_error(); /* no roots: every certificate is told as not verified */
}

static void note_verify_error(struct tls *t, int code)
{
	for (size_t i = 0; i < t->verify_error_count; i++)
		if (t->verify_errors[i] == code)
			return;
	if (t->verify_error_count < VERIFY_ERRORS_MAX)
		t->verify_errors[t->verify_error_count++] = code;
}

static struct tls *owner(X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	return SSL_get_app_data(ssl);
}

static int step_verified(int ok, X509_STORE_CTX *store)
{
	if (!ok)
		note_verify_error(owner(store), X509_STORE_CTX_get_error(store));
	return 1;
}

/* The connection would keep what the peer sent, and that can be hundreds of certificates: once they
 * are judged, their number and the first are all that anybody asks for. */
static unsigned drop_chain(X509_STORE_CTX *store)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
	unsigned count = (unsigned)sk_X509_num(sent);

	X509_STORE_CTX_set0_verified_chain(store, NULL);
	while (sk_X509_num(sent) > 1)
		X509_free(sk_X509_pop(sent));
	return count;
}

static int verify(X509_STORE_CTX *store, void *context)
{
	struct tls *t = owner(store);

	(void)context;
	/* the connection takes anything, and would have its certificate judged alike */
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(store), VERIFY_LEVEL);
	if (X509_verify_cert(store) <= 0)
		note_verify_error(t, X509_STORE_CTX_get_error(store));
	t->chain = drop_chain(store);
	return 1;
}

static bool set_up(struct tls_context *c)
{
	SSL_CTX *ssl = c->ssl;
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ssl);

	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF |
					 SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(ssl, CERT_LIST_MAX);
	SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, step_verified);
	SSL_CTX_set_cert_verify_callback(ssl, verify, c);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH_MAX);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	/* the common name is no host name any more (RFC 9525, 2) */
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return SSL_CTX_set_min_proto_version(ssl, 0) && SSL_CTX_set_max_proto_version(ssl, 0) &&
	       SSL_CTX_set_cipher_list(ssl, ciphers) && SSL_CTX_set_ciphersuites(ssl, ciphers_13);
}

static bool read_ca_file(struct tls_context *c, const char *path, struct strbuf *why)
{
	FILE *f = fopen(path, "r"); /* OpenSSL's words for a missing file are none */

	if (!f) {
		strbuf_printf(why, "%s: %s", path, strerror(errno));
		return false;
	}
	fclose(f);
	if (SSL_CTX_load_verify_file(c->ssl, path))
		return true;
	strbuf_printf(why, "%s: no certificates in PEM", path);
	return false;
}

struct tls_context *tls_context_new(const char *ca_file, struct strbuf *why)
{
	struct tls_context *c = mem_alloc(1, sizeof *c);
	bool fine;

	/* the machine's policy is not what this asks about */
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	ERR_clear_error();
	c->ssl = SSL_CTX_new(TLS_client_method());
	c->wire = wire_method();
	fine = c->ssl && c->wire && set_up(c);
	if (!fine)
		strbuf_printf(why, "OpenSSL: %s", ERR_reason_error_string(ERR_peek_error()));
	else if (ca_file)
		fine = read_ca_file(c, ca_file, why);
	ERR_clear_error();
	if (fine)
		return c;
	tls_context_free(c);
	return NULL;
}

void tls_context_free(struct tls_context *c)
{
	if (!c)
		return;
	SSL_CTX_free(c->ssl);
	BIO_meth_free(c->wire);
	free(c);
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
	SSL_set_app_data(t->ssl, t);
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

	for (size_t i = 0; i < t->verify_error_count; i++)
		strbuf_printf(&sb, "%s%s", i ? "; " : "",
			X509_verify_cert_error_string(t->verify_errors[i]));
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
	out->chain = t->chain;
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
