/* SPDX-License-Identifier: MIT */
#include "../../../src/banner/tls_context.h"

#include "tls_world.h"

#include <malloc.h>

/* ---- whom it trusts */

static struct world world_of(struct tls_context *context, const struct identity *id)
{
	struct world w = {.context = context, .authority.path = "/nonexistent"};

	w.peer.settings = peer_settings(id, NULL);
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	return w;
}

START_TEST(tls_does_not_trust_whom_nobody_made_known)
{
	struct authority a;
	struct identity self, signed_by_a;
	struct world w;

	no_roots();
	a = authority_new("Authority");
	self = identity_new(&good, NULL);
	signed_by_a = identity_new(&good, &a.id);
	w = world_of(context_new(NULL), &self);
	ck_assert_str_eq(w.facts.verify_error, "self-signed certificate");
	ck_assert_uint_eq(w.facts.chain, 1);
	world_free(&w);
	w = world_of(context_new(NULL), &signed_by_a);
	ck_assert_str_eq(w.facts.verify_error, "unable to get local issuer certificate");
	ck_assert(!w.facts.verified);
	world_free(&w);
	identity_free(&self);
	identity_free(&signed_by_a);
	authority_free(&a);
}
END_TEST

START_TEST(tls_reads_the_systems_roots_once_and_not_before_they_are_needed)
{
	struct authority first, second;
	struct identity of_first, of_second;
	struct tls_context *context;
	struct world w;

	no_roots();
	first = authority_new("First");
	second = authority_new("Second");
	of_first = identity_new(&good, &first.id);
	of_second = identity_new(&good, &second.id);
	setenv("SSL_CERT_FILE", second.path, 1);
	context = context_new(NULL);
	setenv("SSL_CERT_FILE", first.path, 1);
	w = world_of(context, &of_first);
	ck_assert(w.facts.verified);
	w.context = NULL;
	world_free(&w);
	setenv("SSL_CERT_FILE", second.path, 1);
	w = world_of(context, &of_second);
	ck_assert(!w.facts.verified);
	world_free(&w);
	identity_free(&of_first);
	identity_free(&of_second);
	authority_free(&first);
	authority_free(&second);
}
END_TEST

START_TEST(tls_trusts_a_ca_file_besides_the_roots)
{
	struct authority root, extra;
	struct identity of_root, of_extra;
	struct tls_context *context;
	struct world w;

	no_roots();
	root = authority_new("Root");
	extra = authority_new("Extra");
	of_root = identity_new(&good, &root.id);
	of_extra = identity_new(&good, &extra.id);
	setenv("SSL_CERT_FILE", root.path, 1);
	context = context_new(extra.path);
	w = world_of(context, &of_extra);
	ck_assert(w.facts.verified);
	w.context = NULL;
	world_free(&w);
	w = world_of(context, &of_root);
	ck_assert(w.facts.verified);
	world_free(&w);
	identity_free(&of_root);
	identity_free(&of_extra);
	authority_free(&root);
	authority_free(&extra);
}
END_TEST

START_TEST(tls_says_what_is_wrong_with_a_ca_file)
{
	struct strbuf why = {0};

	ck_assert_ptr_null(tls_context_new("/nonexistent/ca.pem", &why));
	ck_assert_str_eq(why.text, "/nonexistent/ca.pem: No such file or directory");
	strbuf_reset(&why);
	ck_assert_ptr_null(tls_context_new("/dev/null", &why));
	ck_assert_str_eq(why.text, "/dev/null: no certificates in PEM");
	strbuf_reset(&why);
	ck_assert_ptr_null(tls_context_new("/tmp", &why));
	ck_assert_str_eq(why.text, "/tmp: no certificates in PEM");
	ck_assert_uint_eq(ERR_peek_error(), 0);
	strbuf_release(&why);
	tls_context_free(NULL);
	tls_free(NULL);
}
END_TEST

START_TEST(tls_asks_for_anonymity_last_so_that_a_certificate_is_shown)
{
	struct world w = world_new(&good);

	SSL_CTX_set_max_proto_version(w.peer.settings, TLS1_2_VERSION);
	SSL_CTX_set_dh_auto(w.peer.settings, 1);
	SSL_CTX_set_cipher_list(w.peer.settings, "aNULL:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0");
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	ck_assert_str_eq(w.facts.cipher, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA");
	ck_assert(w.facts.verified);
	world_free(&w);
}
END_TEST

/* ---- chains */

START_TEST(tls_takes_no_more_than_a_bounded_chain)
{
	struct world w = world_new(&good);

	for (int i = 0; i < 400; i++)
		SSL_CTX_add1_chain_cert(w.peer.settings, w.authority.id.cert);
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_FAILED);
	ck_assert_str_eq(tls_error(w.tls), "excessive message size");
	world_free(&w);
}
END_TEST

/* Bytes that a client holds once it is ready. */
static size_t held_after(int extra_certificates)
{
	struct world w = world_new(&good);
	size_t full;

	for (int i = 0; i < extra_certificates; i++)
		SSL_CTX_add1_chain_cert(w.peer.settings, w.authority.id.cert);
	world_open(&w, &by_name);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	ck_assert_uint_eq(w.facts.chain, 2u + (unsigned)extra_certificates);
	ck_assert(w.facts.verified);
	full = mallinfo2().uordblks;
	tls_free(w.tls);
	w.tls = NULL;
	full -= mallinfo2().uordblks;
	world_free(&w);
	return full;
}

START_TEST(tls_keeps_of_a_long_chain_no_more_than_its_length)
{
	held_after(0); /* what the library keeps for ever */
	ck_assert_uint_lt(held_after(200), held_after(0) + 16384);
}
END_TEST

UNIT_MAIN("banner/tls_context", tls_does_not_trust_whom_nobody_made_known,
	tls_reads_the_systems_roots_once_and_not_before_they_are_needed,
	tls_trusts_a_ca_file_besides_the_roots, tls_says_what_is_wrong_with_a_ca_file,
	tls_asks_for_anonymity_last_so_that_a_certificate_is_shown,
	tls_takes_no_more_than_a_bounded_chain, tls_keeps_of_a_long_chain_no_more_than_its_length)
