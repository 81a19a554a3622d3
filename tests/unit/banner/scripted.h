/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BANNER_SCRIPTED_H
#define TESTS_BANNER_SCRIPTED_H

/*
 * A server that plays scripts, one for each connection (the last one for all that follow), in the
 * loop of the test. A script is a list of steps:
 *
 *	"<text"  waits until the client has said it
 *	">text"  says it
 *	"~50"    waits so many milliseconds
 *	"tls"    TLS from here on
 *	"close"  "reset"
 *	"again"  from the beginning
 *
 * and stays open and silent at its end.
 */

#include "tls_peer.h"

#include "../own_net.h"

#include "netprobe/base/strbuf.h"
#include "netprobe/event/loop.h"

#include <fcntl.h>

enum { SCRIPTS_MAX = 8, STEPS_MAX = 12 };

typedef const char *script[STEPS_MAX];

struct scripted {
	struct loop *loop;
	struct watch watch;
	int fd;
	SSL_CTX *settings; /* for "tls" */
	script scripts[SCRIPTS_MAX];
	unsigned each; /* connections of a script; 0: one */
	unsigned count, accepted, open, open_most;
	struct strbuf heard; /* of all connections, '|' before each */
	struct client *clients;
};

struct client {
	struct watch watch;
	struct timer timer;
	struct scripted *server;
	struct client *next;
	int fd;
	const char *const *first, *const *step;
	struct strbuf in, out;
	size_t used; /* of `in`, by "<" */
	SSL *ssl;
	BIO *from, *to;
	bool waiting;
};

static inline void client_flush(struct client *c)
{
	while (c->out.len > 0) {
		ssize_t n = send(c->fd, c->out.text, c->out.len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		memmove(c->out.text, c->out.text + n, c->out.len - (size_t)n);
		c->out.len -= (size_t)n;
	}
}

static inline void client_take(struct client *c)
{
	char *bytes;
	long len = BIO_get_mem_data(c->to, &bytes);

	strbuf_add(&c->out, bytes, (size_t)len);
	(void)BIO_reset(c->to);
}

static inline void client_say(struct client *c, const char *text)
{
	if (c->ssl) {
		SSL_write(c->ssl, text, (int)strlen(text));
		client_take(c);
	} else {
		strbuf_puts(&c->out, text);
	}
	client_flush(c);
}

static inline void client_close(struct client *c, bool reset)
{
	struct linger hard = {1, 0};

	if (c->fd < 0)
		return;
	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(c->fd);
	c->fd = -1;
	c->server->open--;
}

static inline void client_secure(struct client *c)
{
	c->ssl = SSL_new(c->server->settings);
	c->from = BIO_new(BIO_s_mem());
	c->to = BIO_new(BIO_s_mem());
	SSL_set_bio(c->ssl, c->from, c->to);
	SSL_set_accept_state(c->ssl);
}

/* True where the step is done, and the next one may follow. */
static inline bool client_step(struct client *c, const char *step)
{
	const char *at;

	switch (*step) {
	case '>':
		client_say(c, step + 1);
		return true;
	case '<':
		at = c->in.text ? strstr(c->in.text + c->used, step + 1) : NULL;
		if (at)
			c->used = (size_t)(at - c->in.text) + strlen(step + 1);
		return at != NULL;
	case '~':
		c->waiting = true;
		timers_set(loop_timers(c->server->loop), &c->timer,
			clock_now() + strtol(step + 1, NULL, 10) * NSEC_PER_MSEC);
		return true;
	case 't':
		client_secure(c);
		return true;
	case 'a':
		c->step = c->first - 1;
		return true;
	default:
		client_close(c, *step == 'r');
		return false;
	}
}

static inline void client_play(struct client *c)
{
	while (c->fd >= 0 && !c->waiting && *c->step && client_step(c, *c->step))
		c->step++;
}

static inline void client_rang(struct timer *timer, nsec_t now)
{
	struct client *c = container_of(timer, struct client, timer);

	(void)now;
	c->waiting = false;
	client_play(c);
}

static inline void client_hear(struct client *c, const char *bytes, size_t len)
{
	/* NULs would end what "<" looks at */
	for (size_t i = 0; i < len; i++) {
		strbuf_putc(&c->in, bytes[i] ? bytes[i] : '.');
		strbuf_putc(&c->server->heard, bytes[i] ? bytes[i] : '.');
	}
}

static inline void client_hear_tls(struct client *c, const char *bytes, size_t len)
{
	char inside[4096];
	int got;

	BIO_write(c->from, bytes, (int)len);
	while ((got = SSL_read(c->ssl, inside, sizeof inside)) > 0)
		client_hear(c, inside, (size_t)got);
	ERR_clear_error();
	client_take(c);
	client_flush(c);
}

static inline void client_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct client *c = container_of(watch, struct client, watch);
	char bytes[16384];

	(void)events;
	(void)now;
	if (c->fd >= 0)
		client_flush(c);
	while (c->fd >= 0) {
		ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			client_close(c, false);
			return;
		}
		if (c->ssl)
			client_hear_tls(c, bytes, (size_t)n);
		else
			client_hear(c, bytes, (size_t)n);
		client_play(c);
	}
}

static inline void scripted_accept(struct scripted *s, int fd)
{
	struct client *c = mem_alloc(1, sizeof *c);
	unsigned at = s->accepted / (s->each ? s->each : 1);

	c->server = s;
	c->fd = fd;
	c->watch.ready = client_ready;
	c->timer.expired = client_rang;
	c->first = c->step = s->scripts[at < s->count ? at : s->count - 1];
	c->next = s->clients;
	s->clients = c;
	s->accepted++;
	if (++s->open > s->open_most)
		s->open_most = s->open;
	strbuf_putc(&s->heard, '|');
	ck_assert_int_eq(loop_watch(s->loop, fd, LOOP_IN | LOOP_OUT, &c->watch), 0);
	client_play(c);
}

static inline void scripted_ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct scripted *s = container_of(watch, struct scripted, watch);
	int fd;

	(void)events;
	(void)now;
	while ((fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		scripted_accept(s, fd);
}

/* Listens on a port of 127.0.0.1 or ::1; false where the machine lacks the family. */
static inline bool scripted_open(
	struct scripted *s, struct loop *loop, int family, uint16_t port, struct addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int on = 1;

	s->loop = loop;
	s->watch.ready = scripted_ready;
	strbuf_init(&s->heard);
	*at = loopback_addr(family);
	at->port = port;
	len = addr_to_sockaddr(at, &sa);
	s->fd = socket(addr_af(at), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return false;
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(s->fd, (struct sockaddr *)&sa, len) != 0)
		return false;
	ck_assert_int_eq(listen(s->fd, 4096), 0);
	ck_assert_int_eq(loop_watch(loop, s->fd, LOOP_IN, &s->watch), 0);
	return true;
}

static inline void scripted_close(struct scripted *s)
{
	while (s->clients) {
		struct client *c = s->clients;

		s->clients = c->next;
		timers_cancel(loop_timers(s->loop), &c->timer);
		client_close(c, false);
		SSL_free(c->ssl);
		strbuf_release(&c->in);
		strbuf_release(&c->out);
		free(c);
	}
	SSL_CTX_free(s->settings);
	strbuf_release(&s->heard);
	close(s->fd);
}

#endif
