/* SPDX-License-Identifier: MIT */
#include "tls_facts.h"

#include "netprobe/base/mem.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { DAY = 24 * 60 * 60 };

/* A text ends at its first NUL, and a name that goes on behind it is not the name before it: the
 * NUL is spelled out, as it is in names of RFC 4514. */
static void add_spelled(struct strbuf *sb, const char *bytes, size_t len)
{
	while (len > 0) {
		const char *nul = memchr(bytes, '\0', len);
		size_t plain = nul ? (size_t)(nul - bytes) : len;

		strbuf_add(sb, bytes, plain);
		if (!nul)
			return;
		strbuf_puts(sb, "\\00");
		bytes += plain + 1;
		len -= plain + 1;
	}
}

/* The caller's to free. */
static char *spelled(const char *prefix, const void *bytes, size_t len)
{
	struct strbuf sb = {0};

	strbuf_puts(&sb, prefix);
	add_spelled(&sb, bytes, len < TLS_TEXT_MAX ? len : TLS_TEXT_MAX);
	return sb.text;
}

void tls_session_facts(const SSL *ssl, struct tls_facts *out)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const char *name = SSL_CIPHER_standard_name(cipher);
	const unsigned char *alpn;
	unsigned len;

	out->version = mem_strdup(SSL_get_version(ssl));
	out->cipher = mem_strdup(name ? name : SSL_CIPHER_get_name(cipher));
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	if (len > 0)
		out->alpn = spelled("", alpn, len);
}

/* Control bytes are escaped as RFC 4514 has it; UTF-8 stays legible. */
static char *name_text(const X509_NAME *name)
{
	const unsigned long legible = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes, *text;
	long len;

	X509_NAME_print_ex(bio, name, 0, legible);
	len = BIO_get_mem_data(bio, &bytes);
	text = spelled("", bytes, len > 0 ? (size_t)len : 0);
	BIO_free(bio);
	return text;
}

static char *ip_text(const ASN1_OCTET_STRING *ip)
{
	struct addr a = {.family = ip->length == 4 ? 4 : 6};
	char text[ADDR_TEXT_MAX];

	if (ip->length != 4 && ip->length != 16)
		return NULL;
	memcpy(a.ip, ip->data, (size_t)ip->length);
	addr_text(&a, text);
	return spelled("IP:", text, strlen(text));
}

static char *san_text(const GENERAL_NAME *name)
{
	const ASN1_IA5STRING *text;

	switch (name->type) {
	case GEN_DNS:
		text = name->d.dNSName;
		return spelled("DNS:", text->data, (size_t)text->length);
	case GEN_EMAIL:
		text = name->d.rfc822Name;
		return spelled("email:", text->data, (size_t)text->length);
	case GEN_URI:
		text = name->d.uniformResourceIdentifier;
		return spelled("URI:", text->data, (size_t)text->length);
	case GEN_IPADD:
		return ip_text(name->d.iPAddress);
	default:
		return NULL;
	}
}

static void add_sans(const GENERAL_NAMES *names, struct tls_facts *out)
{
	int count = sk_GENERAL_NAME_num(names);
	size_t bytes = 0;

	out->san = mem_alloc(count < TLS_SAN_MAX ? (size_t)count : TLS_SAN_MAX, sizeof *out->san);
	for (int i = 0; i < count && out->san_count < TLS_SAN_MAX; i++) {
		char *text = san_text(sk_GENERAL_NAME_value(names, i));

		if (!text)
			continue;
		bytes += strlen(text);
		if (bytes > TLS_SAN_BYTES_MAX) {
			free(text);
			return;
		}
		out->san[out->san_count++] = text;
	}
}

/* Whole seconds reach far beyond what nsec_t holds: "99991231235959Z" means no end (RFC 5280). */
static nsec_t wall_time(const ASN1_TIME *time)
{
	struct tm tm;
	nsec_t wall;
	time_t seconds;

	if (!ASN1_TIME_to_tm(time, &tm))
		return 0;
	seconds = timegm(&tm);
	if (__builtin_mul_overflow((nsec_t)seconds, NSEC_PER_SEC, &wall))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return wall;
}

static char *algorithm_text(const ASN1_OBJECT *algorithm)
{
	char text[128];

	OBJ_obj2txt(text, sizeof text, algorithm, 0);
	return mem_strdup(text);
}

static void add_curve(struct strbuf *sb, const EVP_PKEY *key)
{
	const char *nist = NULL;
	char group[64];
	size_t len;

	if (!EVP_PKEY_get_group_name(key, group, sizeof group, &len)) {
		strbuf_printf(sb, "EC %d", EVP_PKEY_get_bits(key));
		return;
	}
	nist = EC_curve_nid2nist(OBJ_sn2nid(group));
	strbuf_printf(sb, "EC %s", nist ? nist : group);
}

static char *key_text(const X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	struct strbuf sb = {0};
	ASN1_OBJECT *algorithm;

	if (!key) { /* broken, or of a kind that this library does not know */
		X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(cert));
		return algorithm_text(algorithm);
	}
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:
		add_curve(&sb, key);
		break;
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		strbuf_puts(&sb, EVP_PKEY_get0_type_name(key));
		break;
	default:
		strbuf_printf(&sb, "%s %d", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
	}
	return sb.text;
}

static char *signature_text(const X509 *cert)
{
	const ASN1_OBJECT *algorithm;
	const X509_ALGOR *whole;

	X509_get0_signature(NULL, &whole, cert);
	X509_ALGOR_get0(&algorithm, NULL, NULL, whole);
	return algorithm_text(algorithm);
}

static char *fingerprint_text(const X509 *cert)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct strbuf sb = {0};
	unsigned len = 0;

	X509_digest(cert, EVP_sha256(), digest, &len);
	for (unsigned i = 0; i < len; i++)
		strbuf_printf(&sb, "%02x", digest[i]);
	return sb.text;
}

void tls_certificate_facts(X509 *cert, struct tls_facts *out)
{
	GENERAL_NAMES *sans = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	out->subject = name_text(X509_get_subject_name(cert));
	out->issuer = name_text(X509_get_issuer_name(cert));
	if (sans)
		add_sans(sans, out);
	GENERAL_NAMES_free(sans);
	out->not_before = wall_time(X509_get0_notBefore(cert));
	out->not_after = wall_time(X509_get0_notAfter(cert));
	out->key = key_text(cert);
	out->signature = signature_text(cert);
	out->fingerprint = fingerprint_text(cert);
	ERR_clear_error();
}

void tls_facts_release(struct tls_facts *f)
{
	for (size_t i = 0; i < f->san_count; i++)
		free(f->san[i]);
	free(f->san);
	free(f->version);
	free(f->cipher);
	free(f->alpn);
	free(f->subject);
	free(f->issuer);
	free(f->verify_error);
	free(f->key);
	free(f->signature);
	free(f->fingerprint);
	*f = (struct tls_facts){0};
}

long tls_days_left(const struct tls_facts *f, nsec_t wall)
{
	const nsec_t day = DAY * NSEC_PER_SEC;
	nsec_t left;

	if (__builtin_sub_overflow(f->not_after, wall, &left))
		left = wall < 0 ? INT64_MAX : INT64_MIN;
	return (long)(left / day - (left % day < 0));
}
