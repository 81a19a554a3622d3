/* SPDX-License-Identifier: MIT */
#include "tls_context.h"

#include "netprobe/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum {
	CERT_LIST_MAX = 100 * 1024, /* bytes of certificates in a handshake */
	CHAIN_DEPTH_MAX = 16,
	VERIFY_LEVEL = 2, /* keys and signatures of 112 bits, as programs of today ask for */
};

/* Anonymous and unencrypted ones stand last: a server that follows our order shows its
 * certificate where it can. */
static const char ciphers[] = "ALL:COMPLEMENTOFALL:+aNULL:+eNULL:@SECLEVEL=0";
static const char ciphers_13[] =
	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
	"TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256";

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

static void note_error(struct tls_judgement *j, int code)
{
	for (size_t i = 0; i < j->count; i++)
		if (j->errors[i] == code)
			return;
	if (j->count < TLS_VERIFY_ERRORS_MAX)
		j->errors[j->count++] = code;
}

static struct tls_judgement *judgement(X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	return SSL_get_app_data(ssl);
}

static int step_verified(int ok, X509_STORE_CTX *store)
{
	if (!ok)
		note_error(judgement(store), X509_STORE_CTX_get_error(store));
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
	struct tls_judgement *j = judgement(store);

	(void)context;
	/* the connection takes anything, and would have its certificate judged alike */
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(store), VERIFY_LEVEL);
	if (X509_verify_cert(store) <= 0)
		note_error(j, X509_STORE_CTX_get_error(store));
	j->chain = drop_chain(store);
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
	c->wire = tls_wire();
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
