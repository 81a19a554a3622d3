/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TLS_WORLD_H
#define TESTS_TLS_WORLD_H

#include "tls_peer.h"

#define NAME "www.example.net"

static const struct san www[] = {{GEN_DNS, NAME, 0}};
static const struct tls_setup by_name = {.name = NAME};

/* A world of one authority, one server and one client. */
struct world {
	struct authority authority;
	struct identity id;
	struct tls_context *context;
	struct peer peer;
	struct tls *tls;
	struct tls_facts facts;
	struct strbuf plain;
};

static inline void no_roots(void)
{
	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
}

static inline struct tls_context *context_new(const char *ca_file)
{
	struct strbuf why = {0};
	struct tls_context *c = tls_context_new(ca_file, &why);

	ck_assert_msg(c != NULL, "%s", why.text ? why.text : "");
	strbuf_release(&why);
	return c;
}

/* The server's settings are still to be changed; then world_open(). */
static inline struct world world_new(const struct wish *wish)
{
	struct world w = {0};

	no_roots();
	w.authority = authority_new("Authority");
	w.context = context_new(w.authority.path);
	w.id = identity_new(wish, &w.authority.id);
	w.peer.settings = peer_settings(&w.id, &w.authority.id);
	return w;
}

static inline void world_open(struct world *w, const struct tls_setup *setup)
{
	w->peer = peer_new(w->peer.settings);
	w->tls = tls_new(w->context, setup);
}

/* Talks until there is nothing more to say, and asks what it brought. */
static inline enum tls_status world_talk(struct world *w)
{
	enum tls_status status = peer_talk(&w->peer, w->tls, &w->plain);

	tls_facts_release(&w->facts);
	tls_facts(w->tls, &w->facts);
	return status;
}

static inline struct world world_ready(const struct wish *wish, const struct tls_setup *setup)
{
	struct world w = world_new(wish);

	world_open(&w, setup);
	ck_assert_int_eq(world_talk(&w), TLS_READY);
	ck_assert_str_eq(tls_error(w.tls), "");
	return w;
}

static inline void world_free(struct world *w)
{
	tls_facts_release(&w->facts);
	tls_free(w->tls);
	if (w->peer.ssl)
		peer_free(&w->peer);
	else
		SSL_CTX_free(w->peer.settings);
	tls_context_free(w->context);
	identity_free(&w->id);
	authority_free(&w->authority);
	strbuf_release(&w->plain);
}

static const struct wish good = {
	.name = NAME, .organization = "Example", .sans = www, .san_count = 1};

#endif
