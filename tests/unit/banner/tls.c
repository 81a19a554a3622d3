/* SPDX-License-Identifier: MIT */
#include "tls_world.h"

#include "../../../src/banner/tls_facts.h"

/* ---- what the handshake brings */

START_TEST(tls_tells_what_was_agreed_on_and_what_the_certificate_says)
{
	static const struct tls_setup setup = {.name = NAME};
	struct world w = world_ready(&good, &setup);
	nsec_t now = clock_wall();

	ck_assert_str_eq(w.facts.version, "TLSv1.3");
	ck_assert_str_eq(w.facts.cipher, "TLS_AES_256_GCM_SHA384");
	ck_assert_ptr_null(w.facts.alpn);
	ck_assert_str_eq(w.facts.subject, "CN=" NAME ",O=Example");
	ck_assert_str_eq(w.facts.issuer, "CN=Authority,O=Test");
	ck_assert_uint_eq(w.facts.san_count, 1);
	ck_assert_str_eq(w.facts.san[0], "DNS:" NAME);
	ck_assert_int_le(w.facts.not_before, now - A_DAY * NSEC_PER_SEC);
	ck_assert_int_gt(w.facts.not_before, now - (A_DAY + 60) * NSEC_PER_SEC);
	ck_assert_int_eq(w.facts.not_after - w.facts.not_before, 91 * A_DAY * NSEC_PER_SEC);
	ck_assert_int_eq(tls_days_left(&w.facts, now), 89);
	ck_assert(w.facts.verified);
	ck_assert_ptr_null(w.facts.verify_error);
	ck_assert_uint_eq(w.facts.chain, 2);
	ck_assert_str_eq(w.facts.key, "EC P-256");
	ck_assert_str_eq(w.facts.signature, "ecdsa-with-SHA256");
	ck_assert_uint_eq(strlen(w.facts.fingerprint), 64);
	world_free(&w);
}
END_TEST

START_TEST(tls_has_no_facts_before_the_handshake_is_done)
{
	struct world w = world_new(&good);

	world_open(&w, &by_name);
	tls_facts(w.tls, &w.facts);
	ck_assert_ptr_null(w.facts.version);
	ck_assert_ptr_null(w.facts.subject);
	ck_assert_uint_eq(w.facts.san_count, 0);
	ck_assert(!w.facts.verified);
	world_free(&w);
}
END_TEST

START_TEST(tls_fingerprint_is_the_sha256_of_the_certificate_as_sent)
{
	struct world w = world_ready(&good, &by_name);
	unsigned char *der = NULL, digest[32];
	int len = i2d_X509(w.id.cert, &der);
	char hex[65];

	EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, digest, NULL);
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(w.facts.fingerprint, hex);
	OPENSSL_free(der);
	world_free(&w);
}
END_TEST

START_TEST(tls_takes_every_version_however_old)
{
	static const struct {
		int version;
		const char *name;
	} versions[] = {{TLS1_VERSION, "TLSv1"}, {TLS1_1_VERSION, "TLSv1.1"},
		{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}};

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct world w = world_new(&good);

		SSL_CTX_set_max_proto_version(w.peer.settings, versions[i].version);
		world_open(&w, &by_name);
		ck_assert_int_eq(world_talk(&w), TLS_READY);
		ck_assert_str_eq(w.facts.version, versions[i].name);
		ck_assert(w.facts.verified);
		world_free(&w);
	}
}
END_TEST

START_TEST(tls_names_ciphers_as_iana_does)
{
	static const struct {
		const char *cipher, *name;
	} ciphers[] = {
		{"ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
		{"ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{"ECDHE-ECDSA-NULL-SHA", "TLS_ECDHE_ECDSA_WITH_NULL_SHA"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		struct world w = world_new(&good);
		char only[64];

		snprintf(only, sizeof only, "%s:@SECLEVEL=0", ciphers[i].cipher);
		SSL_CTX_set_max_proto_version(w.peer.settings, TLS1_2_VERSION);
		ck_assert_int_eq(SSL_CTX_set_cipher_list(w.peer.settings, only), 1);
		world_open(&w, &by_name);
		ck_assert_int_eq(world_talk(&w), TLS_READY);
		ck_assert_str_eq(w.facts.cipher, ciphers[i].name);
		world_free(&w);
	}
}
END_TEST

static int choose_http(SSL *ssl, const unsigned char **out, unsigned char *len,
	const unsigned char *offered, unsigned offered_len, void *user)
{
	(void)ssl;
	(void)user;
	*len = 8;
	return offered_len == 9 && memcmp(offered, "\x8http/1.1", 9) == 0
		       ? (*out = offered + 1, SSL_TLSEXT_ERR_OK)
		       : SSL_TLSEXT_ERR_ALERT_FATAL;
}

START_TEST(tls_offers_one_protocol_and_says_whether_it_was_chosen)
{
	static const struct tls_setup http = {.name = NAME, .alpn = "http/1.1"};
	struct world w = world_new(&good), ignoring = world_ready(&good, &http);

	SSL_CTX_set_alpn_select_cb(w.peer.settings, choose_http, NULL);
	world_open(&w, &http);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	ck_assert_str_eq(w.facts.alpn, "http/1.1");
	ck_assert_ptr_null(ignoring.facts.alpn);
	world_free(&w);
	world_free(&ignoring);
}
END_TEST

/* ---- what it is asked for */

static int remember_name(SSL *ssl, int *alert, void *user)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	snprintf(user, 64, "%s", name ? name : "-");
	return SSL_TLSEXT_ERR_OK;
}

static void sees_name(const char *name, const char *seen)
{
	struct world w = world_new(&good);
	struct tls_setup setup = {.name = name, .addr = {.family = 4}};
	char sni[64] = "";

	SSL_CTX_set_tlsext_servername_callback(w.peer.settings, remember_name);
	SSL_CTX_set_tlsext_servername_arg(w.peer.settings, sni);
	world_open(&w, &setup);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	ck_assert_str_eq(sni, seen);
	world_free(&w);
}

START_TEST(tls_says_names_in_sni_and_never_addresses)
{
	sees_name(NAME, NAME);
	sees_name(NAME ".", NAME);
	sees_name("localhost", "localhost");
	sees_name("192.0.2.1", "-");
	sees_name("2001:db8::1", "-");
	sees_name("[2001:db8::1]", "-");
	sees_name("fe80::1%nowhere", "-");
	sees_name(".", "-");
	sees_name("", "-");
	sees_name(NULL, "-");
}
END_TEST

static void expect_verify_error(
	const struct wish *wish, const struct tls_setup *setup, const char *error)
{
	struct world w = world_ready(wish, setup);

	if (error)
		ck_assert_str_eq(w.facts.verify_error ? w.facts.verify_error : "-", error);
	else
		ck_assert_ptr_null(w.facts.verify_error);
	ck_assert_int_eq(w.facts.verified, !error);
	world_free(&w);
}

START_TEST(tls_goes_on_past_every_certificate_and_says_what_is_wrong_with_it)
{
	static const struct san other[] = {{GEN_DNS, "other.example.net", 0}};
	static const struct wish expired = {
		.name = "a", .sans = www, .san_count = 1, .from = -9, .days = -3};
	static const struct wish early = {
		.name = "a", .sans = www, .san_count = 1, .from = 3, .days = 9};
	static const struct wish wrong = {.name = "a", .sans = other, .san_count = 1};
	static const struct wish both = {
		.name = "a", .sans = other, .san_count = 1, .from = -9, .days = -3};
	static const struct wish weak = {.key = "RSA", .bits = 1024, .sans = www, .san_count = 1};
	static const struct wish sha1 = {
		.name = "a", .digest = "SHA1", .sans = www, .san_count = 1};

	expect_verify_error(&good, &by_name, NULL);
	expect_verify_error(&expired, &by_name, "certificate has expired");
	expect_verify_error(&early, &by_name, "certificate is not yet valid");
	expect_verify_error(&wrong, &by_name, "hostname mismatch");
	expect_verify_error(&both, &by_name, "hostname mismatch; certificate has expired");
	expect_verify_error(&weak, &by_name, "EE certificate key too weak");
	expect_verify_error(&sha1, &by_name, "CA signature digest algorithm too weak");
}
END_TEST

START_TEST(tls_matches_sans_and_not_the_common_name)
{
	static const struct san wild[] = {{GEN_DNS, "*.example.net", 0}};
	static const struct san upper[] = {{GEN_DNS, "WWW.EXAMPLE.NET", 0}};
	static const struct san partial[] = {{GEN_DNS, "w*.example.net", 0}};
	static const struct wish named = {.name = NAME};
	static const struct wish wildcard = {.sans = wild, .san_count = 1};
	static const struct wish shouted = {.sans = upper, .san_count = 1};
	static const struct wish partly = {.sans = partial, .san_count = 1};
	static const struct tls_setup deeper = {.name = "a.b.example.net"},
				      dot = {.name = NAME "."};

	expect_verify_error(&named, &by_name, "hostname mismatch");
	expect_verify_error(&wildcard, &by_name, NULL);
	expect_verify_error(&wildcard, &deeper, "hostname mismatch");
	expect_verify_error(&shouted, &by_name, NULL);
	expect_verify_error(&partly, &by_name, "hostname mismatch");
	expect_verify_error(&good, &dot, NULL);
}
END_TEST

START_TEST(tls_without_a_name_looks_for_the_address)
{
	static const struct san ips[] = {{GEN_IPADD, "\xc0\x00\x02\x01", 4},
		{GEN_IPADD, " \x01\r\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16}};
	static const struct san text[] = {{GEN_DNS, "192.0.2.1", 0}};
	static const struct wish by_ip = {.sans = ips, .san_count = 2};
	static const struct wish as_dns = {.sans = text, .san_count = 1};
	static const struct tls_setup v4 = {.addr = {.family = 4, .ip = {192, 0, 2, 1}}};
	static const struct tls_setup other = {.addr = {.family = 4, .ip = {192, 0, 2, 2}}};
	static const struct tls_setup v6 = {
		.addr = {.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
	static const struct tls_setup literal = {.name = "192.0.2.1"},
				      bracketed = {.name = "[2001:db8::1]"};

	expect_verify_error(&by_ip, &v4, NULL);
	expect_verify_error(&by_ip, &v6, NULL);
	expect_verify_error(&by_ip, &literal, NULL);
	expect_verify_error(&by_ip, &bracketed, NULL);
	expect_verify_error(&by_ip, &other, "IP address mismatch");
	expect_verify_error(&by_ip, &by_name, "hostname mismatch");
	expect_verify_error(&as_dns, &v4, "IP address mismatch");
}
END_TEST

START_TEST(tls_without_a_certificate_is_not_verified)
{
	struct world w = world_new(&good);

	SSL_CTX_free(w.peer.settings);
	w.peer.settings = peer_settings(NULL, NULL);
	SSL_CTX_set_max_proto_version(w.peer.settings, TLS1_2_VERSION);
	SSL_CTX_set_dh_auto(w.peer.settings, 1);
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	ck_assert_ptr_nonnull(strstr(w.facts.cipher, "_anon_"));
	ck_assert_ptr_null(w.facts.subject);
	ck_assert_ptr_null(w.facts.key);
	ck_assert(!w.facts.verified);
	ck_assert_str_eq(w.facts.verify_error, "no certificate");
	ck_assert_uint_eq(w.facts.chain, 0);
	world_free(&w);
}
END_TEST

/* ---- certificates, by themselves */

static struct tls_facts facts_of(const struct wish *wish)
{
	struct identity id = identity_new(wish, NULL);
	struct tls_facts facts = {0};

	tls_certificate_facts(id.cert, &facts);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	identity_free(&id);
	return facts;
}

static void expect_key(const struct wish *wish, const char *key, const char *signature)
{
	struct tls_facts facts = facts_of(wish);

	ck_assert_str_eq(facts.key, key);
	ck_assert_str_eq(facts.signature, signature);
	tls_facts_release(&facts);
}

START_TEST(tls_names_keys_and_signatures)
{
	expect_key(&(struct wish){.key = "RSA"}, "RSA 2048", "sha256WithRSAEncryption");
	expect_key(&(struct wish){.key = "RSA", .bits = 1024, .digest = "SHA1"}, "RSA 1024",
		"sha1WithRSAEncryption");
	expect_key(&(struct wish){.key = "RSA", .bits = 1024, .digest = "MD5"}, "RSA 1024",
		"md5WithRSAEncryption");
	expect_key(&(struct wish){.key = "RSA-PSS"}, "RSA-PSS 2048", "rsassaPss");
	expect_key(&(struct wish){.key = "EC", .curve = "P-384", .digest = "SHA384"}, "EC P-384",
		"ecdsa-with-SHA384");
	expect_key(&(struct wish){.key = "EC", .curve = "secp256k1"}, "EC secp256k1",
		"ecdsa-with-SHA256");
	expect_key(&(struct wish){.key = "ED25519"}, "ED25519", "ED25519");
	expect_key(&(struct wish){.key = "ED448"}, "ED448", "ED448");
}
END_TEST

START_TEST(tls_names_a_key_that_nobody_can_read_by_its_algorithm)
{
	static const unsigned char bits[] = {1, 2, 3};
	struct identity id = identity_new(&good, NULL);
	struct tls_facts facts = {0};
	unsigned char *der = NULL;
	const unsigned char *at;
	X509 *broken;
	int len;

	X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(id.cert), OBJ_txt2obj("1.2.3.4", 1),
		V_ASN1_UNDEF, NULL, OPENSSL_memdup(bits, sizeof bits), sizeof bits);
	len = i2d_re_X509_tbs(id.cert, NULL);
	ck_assert_int_gt(len, 0);
	len = i2d_X509(id.cert, &der);
	at = der;
	broken = d2i_X509(NULL, &at, len);
	tls_certificate_facts(broken, &facts);
	ck_assert_str_eq(facts.key, "1.2.3.4");
	tls_facts_release(&facts);
	X509_free(broken);
	OPENSSL_free(der);
	identity_free(&id);
}
END_TEST

static void expect_san(const struct san *san, const char *text)
{
	struct tls_facts facts = facts_of(&(struct wish){.sans = san, .san_count = 1});

	ck_assert_uint_eq(facts.san_count, text != NULL);
	if (text)
		ck_assert_str_eq(facts.san[0], text);
	tls_facts_release(&facts);
}

START_TEST(tls_tells_all_kinds_of_sans_with_their_bytes)
{
	expect_san(&(struct san){GEN_DNS, "*.example.net", 0}, "DNS:*.example.net");
	expect_san(&(struct san){GEN_EMAIL, "a@example.net", 0}, "email:a@example.net");
	expect_san(&(struct san){GEN_URI, "https://example.net/", 0}, "URI:https://example.net/");
	expect_san(&(struct san){GEN_IPADD, "\xc0\0\2\1", 4}, "IP:192.0.2.1");
	expect_san(
		&(struct san){GEN_IPADD, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}, "IP:fe80::1");
	expect_san(&(struct san){GEN_IPADD, "\xc0\0\2", 3}, NULL);
	expect_san(&(struct san){GEN_IPADD, "\xc0\0\2\0\xff\xff\xff\0", 8}, NULL);
	expect_san(&(struct san){GEN_RID, "1.2.3.4", 0}, NULL);
	expect_san(&(struct san){GEN_DNS, "a\x1b[2J\n\xff,b", 0}, "DNS:a\x1b[2J\n\xff,b");
	expect_san(&(struct san){GEN_DNS, NAME "\0.evil.example", sizeof NAME + 13},
		"DNS:" NAME "\\00.evil.example");
	expect_san(&(struct san){GEN_DNS, "\0\0", 2}, "DNS:\\00\\00");
}
END_TEST

START_TEST(tls_is_not_fooled_by_a_nul_in_a_name)
{
	static const struct san nul[] = {{GEN_DNS, NAME "\0.evil.example", sizeof NAME + 13}};

	expect_verify_error(&(struct wish){.name = "a", .sans = nul, .san_count = 1}, &by_name,
		"hostname mismatch");
}
END_TEST

START_TEST(tls_keeps_a_bounded_number_of_sans)
{
	static char text[256][512];
	struct san sans[300];
	struct tls_facts facts;

	for (size_t i = 0; i < ARRAY_SIZE(sans); i++)
		sans[i] = (struct san){GEN_DNS, "a.example.net", 0};
	facts = facts_of(&(struct wish){.sans = sans, .san_count = 300});
	ck_assert_uint_eq(facts.san_count, TLS_SAN_MAX);
	tls_facts_release(&facts);
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		memset(text[i], 'a', sizeof text[i] - 1);
		sans[i] = (struct san){GEN_DNS, text[i], 0};
	}
	facts = facts_of(&(struct wish){.sans = sans, .san_count = 256});
	ck_assert_uint_eq(facts.san_count, TLS_SAN_BYTES_MAX / (511 + 4));
	tls_facts_release(&facts);
}
END_TEST

static void expect_subject(const struct wish *wish, const char *text)
{
	struct tls_facts facts = facts_of(wish);

	ck_assert_str_eq(facts.subject, text);
	ck_assert_str_eq(facts.issuer, text);
	tls_facts_release(&facts);
}

START_TEST(tls_writes_names_as_rfc_4514_does)
{
	expect_subject(&(struct wish){0}, "");
	expect_subject(
		&(struct wish){.name = "a, b+c", .organization = "#1"}, "CN=a\\, b\\+c,O=\\#1");
	expect_subject(&(struct wish){.name = "M\xc3\xbcller"}, "CN=M\xc3\xbcller");
	expect_subject(&(struct wish){.name = "M\xfcller", .name_type = V_ASN1_T61STRING},
		"CN=M\xc3\xbcller");
	expect_subject(&(struct wish){.name = "a\x1b[2J\n", .name_type = V_ASN1_UTF8STRING},
		"CN=a\\1B[2J\\0A");
	expect_subject(&(struct wish){.name = NAME "\0.evil",
			       .name_len = sizeof NAME + 5,
			       .name_type = V_ASN1_UTF8STRING},
		"CN=" NAME "\\00.evil");
}
END_TEST

START_TEST(tls_keeps_a_bounded_part_of_a_name)
{
	static char name[2 * TLS_TEXT_MAX];
	struct tls_facts facts;

	memset(name, 'n', sizeof name - 1);
	facts = facts_of(&(struct wish){.name = name, .name_type = V_ASN1_UTF8STRING});
	ck_assert_uint_eq(strlen(facts.subject), TLS_TEXT_MAX);
	tls_facts_release(&facts);
}
END_TEST

static nsec_t ends(const char *not_after)
{
	struct tls_facts facts = facts_of(&(struct wish){.not_after = not_after});
	nsec_t end = facts.not_after;

	tls_facts_release(&facts);
	return end;
}

START_TEST(tls_dates_are_clamped_to_what_the_clock_can_hold)
{
	ck_assert_int_eq(ends("700101000001Z"), NSEC_PER_SEC);
	ck_assert_int_eq(ends("500101000000Z"), -631152000 * NSEC_PER_SEC);
	ck_assert_int_eq(ends("20501231235959Z"), 2556143999 * NSEC_PER_SEC);
	ck_assert_int_eq(ends("99991231235959Z"), INT64_MAX);
	ck_assert_int_eq(ends("00010101000000Z"), INT64_MIN);
}
END_TEST

START_TEST(tls_takes_a_date_that_is_none_for_the_beginning_of_time)
{
	struct identity id = identity_new(&good, NULL);
	struct tls_facts facts = {0};

	ASN1_STRING_set(X509_getm_notAfter(id.cert), "2026-13-99", -1);
	tls_certificate_facts(id.cert, &facts);
	ck_assert_int_eq(facts.not_after, 0);
	tls_facts_release(&facts);
	identity_free(&id);
}
END_TEST

START_TEST(tls_days_are_rounded_down)
{
	const nsec_t day = A_DAY * NSEC_PER_SEC, now = 1000 * day + 5;
	struct tls_facts f = {.not_after = now};

	ck_assert_int_eq(tls_days_left(&f, now), 0);
	ck_assert_int_eq(tls_days_left(&f, now + 1), -1);
	ck_assert_int_eq(tls_days_left(&f, now + day), -1);
	ck_assert_int_eq(tls_days_left(&f, now + day + 1), -2);
	ck_assert_int_eq(tls_days_left(&f, now - 1), 0);
	ck_assert_int_eq(tls_days_left(&f, now - day + 1), 0);
	ck_assert_int_eq(tls_days_left(&f, now - day), 1);
	f.not_after = INT64_MAX;
	ck_assert_int_eq(tls_days_left(&f, -now), INT64_MAX / day);
	f.not_after = INT64_MIN;
	ck_assert_int_eq(tls_days_left(&f, now), INT64_MIN / day - 1);
}
END_TEST

/* ---- what is said inside */

START_TEST(tls_carries_what_both_sides_say)
{
	struct world w = world_ready(&good, &by_name);

	ck_assert_int_eq(tls_say(w.tls, "GET", 3), TLS_READY);
	ck_assert_int_eq(tls_say(w.tls, " /", 2), TLS_READY);
	ck_assert_int_eq(tls_say(w.tls, "", 0), TLS_READY);
	peer_listen(&w.peer, w.tls);
	ck_assert_str_eq(w.peer.heard.text, "GET /");
	SSL_write(w.peer.ssl, "200", 3);
	ck_assert_int_eq(peer_deliver(&w.peer, w.tls, &w.plain), TLS_READY);
	ck_assert_str_eq(w.plain.text, "200");
	world_free(&w);
}
END_TEST

START_TEST(tls_says_nothing_before_it_is_ready)
{
	struct world w = world_new(&good);
	struct strbuf out = {0};

	world_open(&w, &by_name);
	ck_assert_int_eq(tls_say(w.tls, "secret", 6), TLS_HANDSHAKE);
	tls_goodbye(w.tls);
	tls_take(w.tls, &out);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	ck_assert_ptr_null(w.peer.heard.text);
	strbuf_release(&out);
	world_free(&w);
}
END_TEST

START_TEST(tls_gives_at_most_what_there_is_room_for_and_the_rest_later)
{
	struct world w = world_ready(&good, &by_name);
	struct strbuf said = {0}, wanted = {0};
	size_t before;

	for (int i = 0; i < 3; i++) {
		strbuf_pad(&wanted, (char)('a' + i), 9000);
		SSL_write(w.peer.ssl, wanted.text + (size_t)i * 9000, 9000);
	}
	peer_take(&w.peer, &said);
	ck_assert_int_eq(tls_feed(w.tls, said.text, said.len, &w.plain, 0), TLS_READY);
	ck_assert_uint_eq(w.plain.len, 0);
	do {
		before = w.plain.len;
		ck_assert_int_eq(tls_feed(w.tls, NULL, 0, &w.plain, 5000), TLS_READY);
		ck_assert_uint_le(w.plain.len - before, 5000);
	} while (w.plain.len > before);
	ck_assert_str_eq(w.plain.text, wanted.text);
	strbuf_release(&said);
	strbuf_release(&wanted);
	world_free(&w);
}
END_TEST

START_TEST(tls_is_the_same_however_the_bytes_are_cut)
{
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		struct world w = world_new(&good);

		SSL_CTX_set_max_proto_version(w.peer.settings, version);
		world_open(&w, &by_name);
		ck_assert_int_eq(peer_talk_cut(&w.peer, w.tls, &w.plain, 1), TLS_READY);
		tls_facts(w.tls, &w.facts);
		ck_assert(w.facts.verified);
		ck_assert_str_eq(w.facts.san[0], "DNS:" NAME);
		SSL_write(w.peer.ssl, "inside", 6);
		tls_say(w.tls, "x", 1);
		ck_assert_int_eq(peer_talk_cut(&w.peer, w.tls, &w.plain, 1), TLS_READY);
		ck_assert_str_eq(w.plain.text, "inside");
		ck_assert_str_eq(w.peer.heard.text, "x");
		world_free(&w);
	}
}
END_TEST

static int fat_ticket(SSL *ssl, void *user)
{
	static const char padding[1500];

	(void)user;
	return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), padding, sizeof padding);
}

static SSL_TICKET_RETURN any_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
	size_t len, SSL_TICKET_STATUS status, void *user)
{
	(void)ssl;
	(void)session;
	(void)name;
	(void)len;
	(void)status;
	(void)user;
	return SSL_TICKET_RETURN_IGNORE;
}

START_TEST(tls_speaks_once_a_ticket_that_came_in_part_is_whole)
{
	struct world w = world_new(&good);
	struct strbuf said = {0};
	size_t first;

	SSL_CTX_set_session_ticket_cb(w.peer.settings, fat_ticket, any_ticket, NULL);
	SSL_CTX_set_max_send_fragment(w.peer.settings, 512);
	SSL_CTX_set_num_tickets(w.peer.settings, 1);
	world_open(&w, &by_name);
	tls_feed(w.tls, NULL, 0, &w.plain, SIZE_MAX);
	peer_listen(&w.peer, w.tls);
	ck_assert_int_eq(peer_deliver(&w.peer, w.tls, &w.plain), TLS_READY);
	peer_listen(&w.peer, w.tls);
	peer_take(&w.peer, &said); /* the ticket, in several records */
	first = 5 + (size_t)((uint8_t)said.text[3] << 8 | (uint8_t)said.text[4]);
	ck_assert_uint_lt(first, said.len);
	ck_assert_int_eq(tls_feed(w.tls, said.text, first, &w.plain, SIZE_MAX), TLS_READY);
	ck_assert_int_eq(tls_say(w.tls, "he", 2), TLS_READY);
	ck_assert_int_eq(tls_say(w.tls, "llo", 3), TLS_READY);
	ck_assert(!peer_listen(&w.peer, w.tls));
	ck_assert_int_eq(tls_feed(w.tls, said.text + first, said.len - first, &w.plain, SIZE_MAX),
		TLS_READY);
	peer_listen(&w.peer, w.tls);
	ck_assert_str_eq(w.peer.heard.text, "hello");
	strbuf_release(&said);
	world_free(&w);
}
END_TEST

START_TEST(tls_does_not_negotiate_anew)
{
	struct world w = world_new(&good);
	struct strbuf answer = {0};

	SSL_CTX_set_max_proto_version(w.peer.settings, TLS1_2_VERSION);
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	SSL_renegotiate(w.peer.ssl);
	SSL_do_handshake(w.peer.ssl);
	ck_assert_int_eq(peer_deliver(&w.peer, w.tls, &w.plain), TLS_READY);
	tls_take(w.tls, &answer);
	ck_assert_int_eq(answer.text[0], SSL3_RT_ALERT);
	strbuf_release(&answer);
	world_free(&w);
}
END_TEST

START_TEST(tls_takes_servers_that_know_nothing_of_safe_renegotiation)
{
	/* TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA, no extensions (RFC 5746, 4.1) */
	static const char hello[5 + 42] = "\x16\x03\x03\0\x2a\x02\0\0\x26\x03\x03";
	char bytes[sizeof hello];
	struct world w = world_new(&good);

	memcpy(bytes, hello, sizeof hello);
	bytes[5 + 4 + 2 + 32 + 2] = 0x2f;
	world_open(&w, &by_name);
	tls_feed(w.tls, NULL, 0, &w.plain, 99);
	ck_assert_int_eq(tls_feed(w.tls, bytes, sizeof bytes, &w.plain, 99), TLS_HANDSHAKE);
	world_free(&w);
}
END_TEST

START_TEST(tls_closes_when_the_peer_says_goodbye_and_says_it_back)
{
	struct world w = world_ready(&good, &by_name);

	SSL_write(w.peer.ssl, "bye", 3);
	SSL_shutdown(w.peer.ssl);
	ck_assert_int_eq(peer_deliver(&w.peer, w.tls, &w.plain), TLS_CLOSED);
	ck_assert_str_eq(w.plain.text, "bye");
	ck_assert_str_eq(tls_error(w.tls), "");
	ck_assert_int_eq(tls_feed(w.tls, "more", 4, &w.plain, 99), TLS_CLOSED);
	ck_assert_int_eq(tls_say(w.tls, "more", 4), TLS_CLOSED);
	tls_goodbye(w.tls);
	peer_listen(&w.peer, w.tls);
	ck_assert(SSL_get_shutdown(w.peer.ssl) & SSL_RECEIVED_SHUTDOWN);
	ck_assert_ptr_null(w.peer.heard.text);
	world_free(&w);
}
END_TEST

START_TEST(tls_says_goodbye_first)
{
	struct world w = world_ready(&good, &by_name);

	tls_say(w.tls, "QUIT", 4);
	tls_goodbye(w.tls);
	peer_listen(&w.peer, w.tls);
	ck_assert_str_eq(w.peer.heard.text, "QUIT");
	ck_assert(SSL_get_shutdown(w.peer.ssl) & SSL_RECEIVED_SHUTDOWN);
	world_free(&w);
}
END_TEST

/* ---- what goes wrong */

static void expect_failure(const void *bytes, size_t len, const char *error)
{
	struct tls_context *c = context_new(NULL);
	struct tls *t = tls_new(c, &by_name);
	struct strbuf plain = {0}, out = {0};

	ck_assert_int_eq(tls_feed(t, NULL, 0, &plain, 99), TLS_HANDSHAKE);
	tls_take(t, &out);
	ck_assert_int_eq(tls_feed(t, bytes, len, &plain, 99), TLS_FAILED);
	ck_assert_str_eq(tls_error(t), error);
	ck_assert_int_eq(tls_feed(t, bytes, len, &plain, 99), TLS_FAILED);
	ck_assert_int_eq(tls_say(t, "x", 1), TLS_FAILED);
	tls_goodbye(t);
	ck_assert_uint_eq(plain.len, 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	strbuf_release(&plain);
	strbuf_release(&out);
	tls_free(t);
	tls_context_free(c);
}

#define FAILS(bytes, error) expect_failure(bytes, sizeof(bytes) - 1, error)

START_TEST(tls_fails_where_something_else_is_spoken)
{
	no_roots();
	FAILS("220 mail.example.net ESMTP\r\n", "the answer is not TLS");
	FAILS("HTTP/1.1 400 Bad Request\r\n\r\n", "the answer is not TLS");
	FAILS("SSH-2.0-OpenSSH_9.2\r\n", "the answer is not TLS");
	FAILS("\0\0\0\0\0\0\0\0", "the answer is not TLS");
	FAILS("\x80\x2e\x04\0\1\0\2\0\0\0\0\0", "the answer is not TLS"); /* SSL 2.0 */
}
END_TEST

START_TEST(tls_fails_on_records_that_make_no_sense)
{
	no_roots();
	FAILS("\x16\x02\0\0\1\0", "wrong version number");
	FAILS("\x16\x03\x03\xff\xff\0", "packet length too long");
	FAILS("\x17\x03\x03\0\1\0", "unexpected message");
	FAILS("\x16\x03\x03\0\4\x0e\0\0\0", "unexpected message");
}
END_TEST

START_TEST(tls_names_the_peers_alert)
{
	no_roots();
	FAILS("\x15\x03\x01\0\2\2\x28", "peer's alert: handshake failure");
	FAILS("\x15\x03\x01\0\2\2\x46", "peer's alert: protocol version");
	FAILS("\x15\x03\x01\0\2\2\x70", "peer's alert: unrecognized name");
	FAILS("\x15\x03\x01\0\2\2\x78", "peer's alert: no application protocol");
	FAILS("\x15\x03\x01\0\2\2\x74", "peer's alert: certificate required");
	FAILS("\x15\x03\x01\0\2\2\xfe", "peer's alert: number 254");
}
END_TEST

START_TEST(tls_fails_where_nothing_is_in_common)
{
	struct world w = world_new(&good);

	SSL_CTX_set_max_proto_version(w.peer.settings, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(w.peer.settings, "aRSA:@SECLEVEL=0");
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_FAILED);
	ck_assert_str_eq(tls_error(w.tls), "peer's alert: handshake failure");
	ck_assert_ptr_null(w.facts.version);
	world_free(&w);
}
END_TEST

START_TEST(tls_keeps_its_facts_when_the_peer_wants_a_certificate_in_the_end)
{
	struct world w = world_new(&good);

	SSL_CTX_set_verify(
		w.peer.settings, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_FAILED);
	ck_assert_str_eq(tls_error(w.tls), "peer's alert: certificate required");
	ck_assert_str_eq(w.facts.version, "TLSv1.3");
	ck_assert(w.facts.verified);
	world_free(&w);
}
END_TEST

START_TEST(tls_waits_for_what_was_cut_off)
{
	struct world w = world_new(&good);
	struct strbuf said = {0};

	world_open(&w, &by_name);
	tls_feed(w.tls, NULL, 0, &w.plain, 99);
	peer_listen(&w.peer, w.tls);
	peer_take(&w.peer, &said);
	ck_assert_int_eq(tls_feed(w.tls, said.text, said.len - 1, &w.plain, 99), TLS_HANDSHAKE);
	tls_facts(w.tls, &w.facts);
	ck_assert_ptr_null(w.facts.version);
	strbuf_release(&said);
	world_free(&w);
}
END_TEST

/* Every 97th byte of the server's answer in turn. */
START_TEST(tls_fails_on_whatever_was_tampered_with)
{
	struct world w = world_new(&good);
	size_t len = 12;

	for (size_t at = 11; at < len; at += 97) { /* behind the version, which nobody reads */
		struct strbuf said = {0};

		w.peer = peer_new(w.peer.settings);
		w.tls = tls_new(w.context, &by_name);
		tls_feed(w.tls, NULL, 0, &w.plain, 99);
		peer_listen(&w.peer, w.tls);
		peer_take(&w.peer, &said);
		len = said.len;
		said.text[at] ^= 0x55;
		ck_assert_int_ne(tls_feed(w.tls, said.text, len, &w.plain, 99), TLS_READY);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		strbuf_release(&said);
		tls_free(w.tls);
		SSL_free(w.peer.ssl);
		w.peer.ssl = NULL;
		w.tls = NULL;
	}
	ck_assert_uint_gt(len, 500);
	world_free(&w);
}
END_TEST

/* ---- the rest */

START_TEST(tls_hello_opens_a_connection)
{
	struct world w = world_new(&good);
	struct strbuf hello = {0}, answer = {0};

	tls_hello(w.context, &hello);
	ck_assert_uint_gt(hello.len, 100);
	ck_assert_int_eq(memcmp(hello.text, "\x16\x03\x01", 3), 0);
	ck_assert_uint_eq(hello.len, 5u + ((uint8_t)hello.text[3] << 8 | (uint8_t)hello.text[4]));
	w.peer = peer_new(w.peer.settings);
	BIO_write(w.peer.in, hello.text, (int)hello.len);
	SSL_do_handshake(w.peer.ssl);
	peer_take(&w.peer, &answer);
	ck_assert_int_eq(memcmp(answer.text, "\x16\x03\x03", 3), 0);
	strbuf_release(&hello);
	strbuf_release(&answer);
	world_free(&w);
}
END_TEST

START_TEST(tls_names_its_library)
{
	ck_assert_int_eq(strncmp(tls_library_version(), "OpenSSL 3.", 10), 0);
	ck_assert_ptr_null(strchr(tls_library_version() + 8, ' '));
}
END_TEST

UNIT_MAIN("banner/tls", tls_tells_what_was_agreed_on_and_what_the_certificate_says,
	tls_has_no_facts_before_the_handshake_is_done,
	tls_fingerprint_is_the_sha256_of_the_certificate_as_sent,
	tls_takes_every_version_however_old, tls_names_ciphers_as_iana_does,
	tls_offers_one_protocol_and_says_whether_it_was_chosen,
	tls_says_names_in_sni_and_never_addresses,
	tls_goes_on_past_every_certificate_and_says_what_is_wrong_with_it,
	tls_matches_sans_and_not_the_common_name, tls_without_a_name_looks_for_the_address,
	tls_without_a_certificate_is_not_verified, tls_names_keys_and_signatures,
	tls_names_a_key_that_nobody_can_read_by_its_algorithm,
	tls_tells_all_kinds_of_sans_with_their_bytes, tls_is_not_fooled_by_a_nul_in_a_name,
	tls_keeps_a_bounded_number_of_sans, tls_writes_names_as_rfc_4514_does,
	tls_keeps_a_bounded_part_of_a_name, tls_dates_are_clamped_to_what_the_clock_can_hold,
	tls_takes_a_date_that_is_none_for_the_beginning_of_time, tls_days_are_rounded_down,
	tls_carries_what_both_sides_say, tls_says_nothing_before_it_is_ready,
	tls_gives_at_most_what_there_is_room_for_and_the_rest_later,
	tls_is_the_same_however_the_bytes_are_cut,
	tls_speaks_once_a_ticket_that_came_in_part_is_whole, tls_does_not_negotiate_anew,
	tls_takes_servers_that_know_nothing_of_safe_renegotiation,
	tls_closes_when_the_peer_says_goodbye_and_says_it_back, tls_says_goodbye_first,
	tls_fails_where_something_else_is_spoken, tls_fails_on_records_that_make_no_sense,
	tls_names_the_peers_alert, tls_fails_where_nothing_is_in_common,
	tls_keeps_its_facts_when_the_peer_wants_a_certificate_in_the_end,
	tls_waits_for_what_was_cut_off, tls_fails_on_whatever_was_tampered_with,
	tls_hello_opens_a_connection, tls_names_its_library)
