/* SPDX-License-Identifier: MIT */
#include "scripted.h"

#include "netprobe/banner/grabber.h"
#include "netprobe/banner/machine.h"

#include <inttypes.h>
#include <sys/resource.h>

enum { SERVERS_MAX = 4, ORDERS_MAX = 8 };

/* What was told of a session, kept. */
struct told {
	struct grab grab;
	char *facts; /* "status=301 reason=Moved" */
	char *detail, *raw, *redirects;
	const char *limit;
	char tls[16]; /* version */
	bool verified;
};

struct run {
	struct loop *loop;
	struct grabber *grabber;
	struct grabber_options options;
	struct scripted servers[SERVERS_MAX];
	unsigned server_count;
	struct identity identity;

	struct grab_order orders[ORDERS_MAX];
	unsigned order_count, given, repeat; /* the first order so often */
	struct timer late;                   /* until it rings, next() says -EAGAIN */
	unsigned not_yet;

	struct told told; /* the last */
	unsigned done, idle, states[GRAB_STATES], under_way_most, stop_after;
	nsec_t total_most;
	bool stop_at_lookup;
	struct addr excluded;
	struct strbuf dialogue;
	struct timer alarm;
	bool alarmed;
};

static void alarm_rings(struct timer *timer, nsec_t now)
{
	struct run *r = container_of(timer, struct run, alarm);

	(void)now;
	r->alarmed = true;
	loop_stop(r->loop);
}

static void nothing(struct timer *timer, nsec_t now)
{
	(void)timer;
	(void)now;
}

/* NULL where there is no network to be had. */
static struct run *run_new(void)
{
	struct run *r;

	if (!own_net())
		return NULL;
	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	r = mem_alloc(1, sizeof *r);
	r->loop = loop_new();
	r->alarm.expired = alarm_rings;
	r->late.expired = nothing;
	grabber_defaults(&r->options);
	r->options.connect_timeout = 300 * NSEC_PER_MSEC;
	r->options.timeout = 300 * NSEC_PER_MSEC;
	r->options.listen = 100 * NSEC_PER_MSEC;
	r->options.deadline = 5 * NSEC_PER_SEC;
	strbuf_init(&r->dialogue);
	return r;
}

/* The server of that port of loopback; its scripts are to be given by play(). */
static struct scripted *serve_at(struct run *r, int family, uint16_t port)
{
	struct scripted *s = &r->servers[r->server_count++];
	struct addr at;

	ck_assert(scripted_open(s, r->loop, family, port, &at));
	return s;
}

static struct scripted *serve(struct run *r, uint16_t port)
{
	return serve_at(r, 4, port);
}

static void play(struct scripted *s, const script *steps)
{
	memcpy(s->scripts[s->count++], *steps, sizeof *steps);
}

#define PLAY(s, ...) play(s, &(const script){__VA_ARGS__})

static void serve_tls(struct run *r, struct scripted *s)
{
	static const struct san local[] = {{GEN_IPADD, "\x7f\0\0\1", 4}};
	static const struct wish wish = {.name = "server", .sans = local, .san_count = 1};

	if (!r->identity.cert)
		r->identity = identity_new(&wish, NULL);
	s->settings = peer_settings(&r->identity, NULL);
}

static void told_release(struct told *t)
{
	free(t->facts);
	free(t->detail);
	free(t->raw);
	free(t->redirects);
	*t = (struct told){0};
}

static void run_free(struct run *r)
{
	grabber_free(r->grabber);
	for (unsigned i = 0; i < r->server_count; i++)
		scripted_close(&r->servers[i]);
	timers_cancel(loop_timers(r->loop), &r->alarm);
	timers_cancel(loop_timers(r->loop), &r->late);
	loop_free(r->loop);
	identity_free(&r->identity);
	told_release(&r->told);
	strbuf_release(&r->dialogue);
	free(r);
}

static char *facts_text_of(const struct facts *f)
{
	struct strbuf text = {0};

	strbuf_init(&text);
	for (size_t i = 0; f && i < f->count; i++) {
		const struct fact *fact = facts_get(f, i);

		if (!fact || f->defs[i].kind == FACT_LIST)
			continue;
		strbuf_printf(&text, "%s%s=", text.len ? " " : "", f->defs[i].name);
		if (f->defs[i].kind == FACT_TEXT)
			strbuf_add(&text, fact->text.text, fact->text.len);
		else
			strbuf_printf(&text, "%" PRIu64, fact->number);
	}
	return text.text;
}

static void on_done(void *user, const struct grab *g)
{
	struct run *r = user;
	struct told *t = &r->told;
	struct strbuf all = {0};

	told_release(t);
	t->grab = *g;
	t->facts = facts_text_of(g->facts);
	t->detail = mem_strdup(g->detail ? g->detail : "");
	t->raw = mem_strndup(g->raw, g->raw_len);
	t->limit = g->limit ? g->limit : "";
	strbuf_init(&all);
	for (size_t i = 0; i < g->redirect_count; i++)
		strbuf_printf(&all, "%s%s", i ? ", " : "", g->redirects[i]);
	t->redirects = all.text;
	if (g->tls) {
		snprintf(t->tls, sizeof t->tls, "%s", g->tls->version);
		t->verified = g->tls->verified;
	}
	if (g->phases.total > r->total_most)
		r->total_most = g->phases.total;
	r->done++;
	r->states[g->state]++;
	if (r->done == r->stop_after) {
		grabber_stop(r->grabber);
		loop_stop(r->loop);
	}
}

static int on_next(void *user, struct grab_order *out)
{
	struct run *r = user;
	struct grabber_status status;

	grabber_status(r->grabber, &status);
	if (status.under_way > r->under_way_most)
		r->under_way_most = status.under_way;
	if (timer_is_set(&r->late)) {
		r->not_yet++;
		return -EAGAIN;
	}
	if (r->repeat > 1) {
		r->repeat--;
		*out = r->orders[0];
		return 1;
	}
	if (r->given == r->order_count)
		return 0;
	*out = r->orders[r->given++];
	return 1;
}

static void on_said(void *user, const struct grab *g, enum grab_voice voice, const char *line,
	size_t len, nsec_t at)
{
	struct run *r = user;

	ck_assert_ptr_nonnull(g->host);
	ck_assert_int_ge(at, 0);
	strbuf_putc(&r->dialogue, "*><"[voice]);
	strbuf_add(&r->dialogue, line, len);
	strbuf_putc(&r->dialogue, '\n');
	if (r->stop_at_lookup && len > 7 && memcmp(line, "looking", 7) == 0)
		timers_set(loop_timers(r->loop), &r->late, 0);
}

static bool on_excluded(void *user, const struct addr *addr)
{
	const struct run *r = user;

	return addr_same(addr, &r->excluded);
}

static void on_idle(void *user)
{
	struct run *r = user;

	r->idle++;
	loop_stop(r->loop);
}

static void run_open(struct run *r)
{
	const struct grabber_events events = {
		.next = on_next,
		.done = on_done,
		.said = on_said,
		.excluded = on_excluded,
		.idle = on_idle,
		.user = r,
	};

	r->grabber = grabber_new(r->loop, &r->options, &events, NULL);
	ck_assert_ptr_nonnull(r->grabber);
}

/* Until all orders are done, which may take no longer than that. Returns how long it took. */
static nsec_t run_go(struct run *r, nsec_t most)
{
	nsec_t began = clock_now();

	if (!r->grabber)
		run_open(r);
	timers_set(loop_timers(r->loop), &r->alarm, began + most);
	ck_assert_int_eq(loop_run(r->loop), 0);
	ck_assert_msg(!r->alarmed, "sessions that never end");
	return clock_now() - began;
}

static struct grab_order *order_at(struct run *r, const char *host, int family, uint16_t port)
{
	struct grab_order *order = &r->orders[r->order_count++];

	*order = (struct grab_order){.host = host, .addr = loopback_addr(family), .resolve = -1};
	order->addr.port = port;
	return order;
}

static struct grab_order *order(struct run *r, uint16_t port)
{
	return order_at(r, "127.0.0.1", 4, port);
}

/* One session. */
static const struct told *ask_order(struct run *r)
{
	run_go(r, 10 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->idle, 1);
	ck_assert_int_ge(r->told.grab.phases.total, 0);
	return &r->told;
}

static const struct told *ask(struct run *r, uint16_t port)
{
	order(r, port);
	return ask_order(r);
}

static void expect(const struct told *t, enum grab_state state, enum protocol_id proto,
	enum grab_ground ground)
{
	ck_assert_str_eq(grab_state_name(t->grab.state), grab_state_name(state));
	ck_assert_str_eq(protocol_name(t->grab.proto), protocol_name(proto));
	ck_assert_int_eq(t->grab.ground, ground);
}

#define SSH_IDENT    "SSH-2.0-Test_1.0"
#define HTTP_OK      "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 0\r\n\r\n"
#define REDIRECT(to) "HTTP/1.1 301 Moved\r\nLocation: " to "\r\nContent-Length: 0\r\n\r\n"

/* --- who is it? ---------------------------------------------------------------------------------
 */

START_TEST(server_that_greets_is_known_by_its_greeting)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 2222), ">" SSH_IDENT "\r\n", "<netprobe", "close");
	t = ask(r, 2222);
	expect(t, GRAB_OK, PROTOCOL_SSH, GROUND_GREETING);
	ck_assert_str_eq(t->facts, "ident=" SSH_IDENT " protocol=2.0 software=Test_1.0");
	ck_assert_str_eq(t->raw, SSH_IDENT "\r\n");
	ck_assert_uint_eq(t->grab.received, strlen(SSH_IDENT "\r\n"));
	ck_assert_uint_eq(t->grab.connections, 1);
	ck_assert_int_eq(t->grab.asked, PROTOCOL_UNKNOWN);
	ck_assert_ptr_null(t->grab.tls);
	ck_assert_str_eq(t->limit, "");
	run_free(r);
}
END_TEST

START_TEST(greeting_in_pieces_is_the_same)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 2222), ">S", "~30", ">SH-2.0-Te", "~30", ">st_1.0\r\n", "<netprobe", "close");
	t = ask(r, 2222);
	expect(t, GRAB_OK, PROTOCOL_SSH, GROUND_GREETING);
	ck_assert_str_eq(t->facts, "ident=" SSH_IDENT " protocol=2.0 software=Test_1.0");
	ck_assert_str_eq(t->raw, SSH_IDENT "\r\n");
	run_free(r);
}
END_TEST

START_TEST(smtp_greeting_is_answered)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 2525);
	PLAY(s, ">220 mx ESMTP\r\n", "<EHLO", ">250-mx\r\n250 SIZE\r\n", "<QUIT", ">221 bye\r\n",
		"close");
	t = ask(r, 2525);
	expect(t, GRAB_OK, PROTOCOL_SMTP, GROUND_GREETING);
	ck_assert_str_eq(t->facts, "code=220 hostname=mx greeting=mx ESMTP starttls=0");
	ck_assert_str_eq(s->heard.text, "|EHLO [127.0.0.1]\r\nQUIT\r\n");
	run_free(r);
}
END_TEST

START_TEST(greeting_that_two_protocols_have_is_the_second_ones)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 2121);
	PLAY(s, ">220 ready\r\n", "<EHLO", ">500 what?\r\n", "<HELO", ">500 what?\r\n");
	PLAY(s, ">220 ready\r\n", "<FEAT", ">211-Features\r\n UTF8\r\n211 End\r\n", "<QUIT",
		">221 bye\r\n", "close");
	t = ask(r, 2121);
	expect(t, GRAB_OK, PROTOCOL_FTP, GROUND_GREETING);
	ck_assert_str_eq(t->facts, "code=220 greeting=ready starttls=0");
	ck_assert_uint_eq(t->grab.connections, 2);
	run_free(r);
}
END_TEST

START_TEST(mail_port_with_files_behind_it_is_ftp)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 25);
	PLAY(s, ">220 ready\r\n", "<EHLO", ">500 what?\r\n", "<HELO", ">500 what?\r\n");
	PLAY(s, ">220 ready\r\n", "<FEAT", ">211-Features\r\n UTF8\r\n211 End\r\n", "<QUIT",
		">221 bye\r\n", "close");
	t = ask(r, 25);
	expect(t, GRAB_OK, PROTOCOL_FTP, GROUND_GREETING);
	ck_assert_uint_eq(t->grab.connections, 2);
	run_free(r);
}
END_TEST

/* No protocol is tried twice, whatever it answers. */
START_TEST(server_that_is_neither_is_unknown)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 2121);
	PLAY(s, ">220 ready\r\n", "<EHLO", ">500 what?\r\n", "<HELO", ">500 what?\r\n");
	PLAY(s, ">220 ready\r\n", "<FEAT", ">no\r\n");
	t = ask(r, 2121);
	ck_assert_uint_le(t->grab.connections, 3);
	ck_assert_int_eq(t->grab.state, GRAB_OK);
	run_free(r);
}
END_TEST

START_TEST(port_decides_what_is_asked)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 8080);
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 8080);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->facts, "status=200 reason=OK version=1.1 server=test");
	ck_assert_ptr_nonnull(
		strstr(s->heard.text, "|HEAD / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
	ck_assert_int_eq(t->grab.asked, PROTOCOL_UNKNOWN);
	run_free(r);
}
END_TEST

START_TEST(port_that_lies_is_known_by_the_answer)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 8080), ">" SSH_IDENT "\r\n", "<netprobe", "close");
	t = ask(r, 8080);
	expect(t, GRAB_OK, PROTOCOL_SSH, GROUND_ANSWER);
	ck_assert_uint_eq(t->grab.connections, 2);
	run_free(r);
}
END_TEST

START_TEST(scheme_decides_against_the_port)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 80), ">" SSH_IDENT "\r\n", "<netprobe", "close");
	order(r, 80)->scheme = "ssh";
	t = ask_order(r);
	expect(t, GRAB_OK, PROTOCOL_SSH, GROUND_SCHEME);
	ck_assert_int_eq(t->grab.asked, PROTOCOL_SSH);
	run_free(r);
}
END_TEST

START_TEST(path_of_a_url_is_asked_for)
{
	struct run *r = run_new();
	struct scripted *s;
	struct grab_order *o;

	if (!r)
		return;
	s = serve(r, 7777);
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	o = order_at(r, "www.example.net", 4, 7777);
	o->scheme = "http";
	o->path = "/a?b";
	expect(ask_order(r), GRAB_OK, PROTOCOL_HTTP, GROUND_SCHEME);
	ck_assert_ptr_nonnull(
		strstr(s->heard.text, "|HEAD /a?b HTTP/1.1\r\nHost: www.example.net:7777\r\n"));
	run_free(r);
}
END_TEST

START_TEST(name_that_is_asked_for_takes_the_place_of_the_host)
{
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	r->options.name = "other.example";
	expect(ask(r, 80), GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_ptr_nonnull(strstr(s->heard.text, "Host: other.example\r\n"));
	run_free(r);
}
END_TEST

START_TEST(option_decides_against_the_port)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.proto = PROTOCOL_SSH;
	PLAY(serve(r, 80), ">" SSH_IDENT "\r\n", "<netprobe", "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_SSH, GROUND_OPTION);
	ck_assert_int_eq(t->grab.asked, PROTOCOL_SSH);
	run_free(r);
}
END_TEST

START_TEST(something_else_than_was_asked_for_is_a_mismatch)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.proto = PROTOCOL_HTTP;
	PLAY(serve(r, 80), ">" SSH_IDENT "\r\n");
	t = ask(r, 80);
	expect(t, GRAB_MISMATCH, PROTOCOL_SSH, GROUND_ANSWER);
	ck_assert_int_eq(t->grab.asked, PROTOCOL_HTTP);
	ck_assert_uint_eq(t->grab.connections, 1);
	ck_assert_str_eq(t->facts, "");
	run_free(r);
}
END_TEST

START_TEST(words_that_nobody_knows_are_a_banner)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 9999), ">hello, stranger\r\n");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_str_eq(t->raw, "hello, stranger\r\n");
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

START_TEST(unknown_that_says_much_is_kept_in_part)
{
	struct run *r = run_new();
	const struct told *t;
	char step[5000];

	if (!r)
		return;
	memset(step, 'x', sizeof step);
	step[0] = '>';
	step[sizeof step - 1] = '\0';
	PLAY(serve(r, 9999), step, "close");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_uint_eq(t->grab.received, sizeof step - 2);
	ck_assert_uint_eq(t->grab.raw_len, 2048);
	ck_assert(t->grab.raw_cut);
	run_free(r);
}
END_TEST

/* --- the silent ---------------------------------------------------------------------------------
 */

START_TEST(silent_server_is_offered_tls_then_http)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 9999);
	PLAY(s, NULL);
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_HTTP);
	ck_assert_int_eq(s->heard.text[1], 0x16);
	ck_assert_ptr_nonnull(strstr(s->heard.text, "|HEAD / "));
	ck_assert_uint_eq(t->grab.connections, 2);
	ck_assert_int_ge(t->grab.phases.first_byte, 0);
	/* it does not count the wait for a greeting */
	ck_assert_int_le(t->grab.phases.first_byte + r->options.listen, t->grab.phases.total);
	ck_assert_int_ge(t->grab.phases.total, 200 * NSEC_PER_MSEC);
	ck_assert_int_lt(t->grab.phases.tls, 0);
	ck_assert_int_lt(t->grab.phases.resolve, 0);
	run_free(r);
}
END_TEST

START_TEST(silent_server_stays_silent)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 9999), NULL);
	t = ask(r, 9999);
	expect(t, GRAB_SILENT, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_int_lt(t->grab.phases.first_byte, 0);
	ck_assert_int_ge(t->grab.phases.connect, 0);
	ck_assert_uint_eq(t->grab.received, 0);
	ck_assert_str_eq(t->raw, "");
	ck_assert_str_eq(t->detail, "");
	run_free(r);
}
END_TEST

START_TEST(server_that_closes_at_offers_is_silent_with_a_remark)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 9999);
	PLAY(s, "<\x03", "close");
	PLAY(s, "<\r\n\r\n", "close");
	t = ask(r, 9999);
	expect(t, GRAB_SILENT, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_str_eq(t->detail, "closes when it is asked by TLS or HTTP");
	ck_assert_uint_eq(t->grab.connections, 3); /* HEAD, then GET */
	run_free(r);
}
END_TEST

START_TEST(tls_that_is_not_wanted_is_not_offered)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.no_tls = true;
	s = serve(r, 9999);
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_HTTP);
	ck_assert_uint_eq(t->grab.connections, 1);
	ck_assert_ptr_eq(strstr(s->heard.text, "|HEAD"), s->heard.text);
	run_free(r);
}
END_TEST

START_TEST(tls_that_is_not_wanted_is_not_spoken_on_its_port)
{
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	r->options.no_tls = true;
	s = serve(r, 443);
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	expect(ask(r, 443), GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_ptr_eq(strstr(s->heard.text, "|HEAD"), s->heard.text);
	run_free(r);
}
END_TEST

START_TEST(silent_server_that_takes_tls_is_asked_inside)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 9999);
	serve_tls(r, s);
	PLAY(s, "tls");
	PLAY(s, "tls", "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_HTTP);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert(!t->grab.upgraded);
	ck_assert_int_ge(t->grab.phases.tls, 0);
	ck_assert_uint_eq(t->grab.connections, 2);
	ck_assert_ptr_nonnull(strstr(s->heard.text, "||HEAD / "));
	run_free(r);
}
END_TEST

START_TEST(tls_with_a_greeting_inside_is_known_by_it)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 9999);
	serve_tls(r, s);
	PLAY(s, "tls");
	PLAY(s, "tls", "~30", ">+OK pop ready\r\n", "<CAPA", ">+OK\r\nUIDL\r\n.\r\n", "<QUIT",
		">+OK\r\n", "close");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_POP3, GROUND_GREETING);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert(strncmp(t->raw, "+OK pop ready\r\n", 15) == 0);
	run_free(r);
}
END_TEST

START_TEST(tls_with_silence_inside_is_tls)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 9999);
	serve_tls(r, s);
	PLAY(s, "tls");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_TLS, GROUND_TLS);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert_int_lt(t->grab.phases.first_byte, 0);
	ck_assert_str_eq(t->raw, "");
	run_free(r);
}
END_TEST

START_TEST(tls_that_is_asked_for_is_spoken_at_once)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 9999);
	serve_tls(r, s);
	r->options.proto = PROTOCOL_TLS;
	PLAY(s, "tls", "~20", ">" SSH_IDENT "\r\n", "<netprobe", "close");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_SSH, GROUND_GREETING);
	ck_assert_int_eq(t->grab.asked, PROTOCOL_TLS);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

/* --- TLS by the port ----------------------------------------------------------------------------
 */

START_TEST(port_of_https_is_asked_inside_tls)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 443);
	serve_tls(r, s);
	PLAY(s, "tls", "<\r\n\r\n", ">" HTTP_OK);
	t = ask(r, 443);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert(!t->verified);
	ck_assert_uint_eq(t->grab.received, strlen(HTTP_OK));
	ck_assert_int_ge(t->grab.phases.tls, 0);
	ck_assert_int_ge(t->grab.phases.first_byte, 0);
	run_free(r);
}
END_TEST

START_TEST(tls_port_that_speaks_plainly_is_known_by_the_answer)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 443);
	PLAY(s, "<\x03", ">HTTP/1.1 400 Bad Request\r\n\r\n", "close");
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 443);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_ANSWER);
	ck_assert_str_eq(t->facts, "status=200 reason=OK version=1.1 server=test");
	ck_assert_ptr_null(t->grab.tls);
	run_free(r);
}
END_TEST

START_TEST(tls_port_that_closes_is_asked_plainly)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 443);
	PLAY(s, "<\x03", "close");
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 443);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_uint_eq(t->grab.connections, 2);
	ck_assert_str_eq(t->detail, "");
	run_free(r);
}
END_TEST

START_TEST(tls_port_that_closes_twice_is_closed)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 993);
	PLAY(s, "<\x03", "close");
	PLAY(s, "close");
	t = ask(r, 993);
	expect(t, GRAB_CLOSED, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_uint_eq(t->grab.connections, 2);
	run_free(r);
}
END_TEST

START_TEST(tls_by_option_is_not_given_up)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.tls = true;
	s = serve(r, 80);
	PLAY(s, "<\x03", "close");
	t = ask(r, 80);
	expect(t, GRAB_CLOSED, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_uint_eq(t->grab.connections, 1);
	ck_assert_str_eq(t->detail, "TLS: closed during the handshake");
	run_free(r);
}
END_TEST

START_TEST(option_on_a_tls_port_finds_the_plain_service)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.proto = PROTOCOL_HTTP;
	s = serve(r, 8443);
	PLAY(s, "<\x03", ">HTTP/1.1 400 Bad Request\r\n\r\n", "close");
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 8443);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_OPTION);
	run_free(r);
}
END_TEST

START_TEST(https_that_is_asked_for_and_spoken_plainly_is_a_mismatch)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 443), "<\x03", ">HTTP/1.1 400 Bad Request\r\n\r\n", "close");
	order(r, 443)->scheme = "https";
	t = ask_order(r);
	expect(t, GRAB_MISMATCH, PROTOCOL_HTTP, GROUND_ANSWER);
	ck_assert_str_eq(t->detail, "TLS: the answer is not TLS");
	ck_assert_ptr_eq(strstr(t->raw, "HTTP/1.1 400"), t->raw);
	run_free(r);
}
END_TEST

START_TEST(alert_to_the_handshake_is_tls)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 443), "<\x03", ">\x15\x03\x03", "close");
	t = ask(r, 443);
	expect(t, GRAB_CLOSED, PROTOCOL_TLS, GROUND_PORT);
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

START_TEST(silence_to_the_handshake_ends_in_time)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.proto = PROTOCOL_TLS;
	PLAY(serve(r, 9999), NULL);
	t = ask(r, 9999);
	expect(t, GRAB_SILENT, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_str_eq(t->detail, "TLS: no answer to the handshake");
	ck_assert_int_ge(t->grab.phases.total, 300 * NSEC_PER_MSEC);
	ck_assert_int_lt(t->grab.phases.total, 10 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

START_TEST(tls_that_stands_before_a_silent_service_is_told)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 993);
	serve_tls(r, s);
	PLAY(s, "tls");
	t = ask(r, 993);
	expect(t, GRAB_SILENT, PROTOCOL_TLS, GROUND_PORT);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	run_free(r);
}
END_TEST

START_TEST(plain_answer_that_wants_tls_gets_it_once)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 8080);
	PLAY(s, "<\r\n\r\n", ">HTTP/1.1 400 The plain HTTP request was sent to HTTPS port\r\n\r\n",
		"close");
	PLAY(s, "~10", ">\x15\x03\x03", "close");
	PLAY(s, "~10", ">\x15\x03\x03", "close");
	t = ask(r, 8080);
	ck_assert_uint_le(t->grab.connections, 3);
	ck_assert_int_eq(t->grab.proto, PROTOCOL_HTTP);
	run_free(r);
}
END_TEST

START_TEST(upgrade_to_tls_is_told)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 25);
	serve_tls(r, s);
	PLAY(s, ">220 mx ESMTP\r\n", "<EHLO", ">250-mx\r\n250 STARTTLS\r\n", "<STARTTLS\r\n",
		">220 go\r\n", "tls", "<EHLO", ">250 mx\r\n", "<QUIT", ">221 bye\r\n", "close");
	t = ask(r, 25);
	expect(t, GRAB_OK, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert(t->grab.upgraded);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert_str_eq(t->facts, "code=220 hostname=mx greeting=mx ESMTP starttls=1");
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

START_TEST(upgrade_that_fails_leaves_what_was_said)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 25), ">220 mx ESMTP\r\n", "<EHLO", ">250-mx\r\n250 STARTTLS\r\n",
		"<STARTTLS\r\n", ">220 go\r\n", "<\x03", ">nonsense\r\n", "close");
	t = ask(r, 25);
	expect(t, GRAB_OK, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert(!t->grab.upgraded);
	ck_assert_ptr_null(t->grab.tls);
	ck_assert_str_eq(t->detail, "TLS: the answer is not TLS");
	ck_assert_str_eq(t->facts, "code=220 hostname=mx greeting=mx ESMTP starttls=1");
	run_free(r);
}
END_TEST

START_TEST(upgrade_that_is_not_wanted_is_not_made)
{
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	r->options.no_tls = true;
	s = serve(r, 25);
	PLAY(s, ">220 mx ESMTP\r\n", "<EHLO [127.0.0.1]\r\n", ">250-mx\r\n250 STARTTLS\r\n",
		"<\r\n", ">221 bye\r\n", "close");
	expect(ask(r, 25), GRAB_OK, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert_str_eq(s->heard.text, "|EHLO [127.0.0.1]\r\nQUIT\r\n");
	run_free(r);
}
END_TEST

START_TEST(tls_that_is_not_wanted_is_not_tried_where_it_answers)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.no_tls = true;
	PLAY(serve(r, 8080), "<\r\n\r\n", ">\x15\x03\x03", "close");
	t = ask(r, 8080);
	expect(t, GRAB_OK, PROTOCOL_TLS, GROUND_ANSWER);
	ck_assert_uint_eq(t->grab.connections, 1);
	ck_assert_ptr_null(t->grab.tls);
	run_free(r);
}
END_TEST

START_TEST(plain_question_that_is_answered_in_tls_is_put_again_inside)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 8080);
	serve_tls(r, s);
	PLAY(s, "<\r\n\r\n", ">\x15\x03\x03", "close");
	PLAY(s, "tls", "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 8080);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_TLS);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert_str_eq(t->raw, HTTP_OK);
	run_free(r);
}
END_TEST

/* RFC 3207, section 6 */
START_TEST(words_sent_before_the_handshake_are_not_taken_for_words_inside)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 25), ">220 mx ESMTP\r\n", "<EHLO", ">250-mx\r\n250 STARTTLS\r\n",
		"<STARTTLS\r\n", ">220 go\r\n250 injected\r\n", "close");
	t = ask(r, 25);
	expect(t, GRAB_OK, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert_str_eq(t->detail, "TLS: the answer is not TLS");
	run_free(r);
}
END_TEST

/* --- HTTP ---------------------------------------------------------------------------------------
 */

START_TEST(head_that_is_closed_without_a_byte_becomes_get)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", "close");
	PLAY(s, "<\r\n\r\n", ">" HTTP_OK, "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_ptr_nonnull(strstr(s->heard.text, "|GET / "));
	ck_assert_uint_eq(t->grab.connections, 2);
	run_free(r);
}
END_TEST

START_TEST(refusal_of_head_is_the_answer_where_get_brings_none)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", ">HTTP/1.0 405 No\r\n\r\n", "close");
	PLAY(s, "<GET", "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->facts, "status=405 reason=No version=1.0");
	run_free(r);
}
END_TEST

START_TEST(redirects_are_followed_where_asked)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", ">" REDIRECT("b/c?d"), "close");
	PLAY(s, "<HEAD /a/b/c?d ", ">" REDIRECT("http://127.0.0.1:8080/x"), "close");
	s = serve(r, 8080);
	PLAY(s, "<HEAD /x ", ">" HTTP_OK, "close");
	order(r, 80)->path = "/a/";
	t = ask_order(r);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->redirects, "301 http://127.0.0.1/a/b/c?d, 301 http://127.0.0.1:8080/x");
	ck_assert_str_eq(t->facts, "status=200 reason=OK version=1.1 server=test");
	ck_assert_uint_eq(t->grab.addr.port, 80);
	ck_assert_uint_eq(t->grab.connections, 3);
	ck_assert_str_eq(t->limit, "");
	run_free(r);
}
END_TEST

START_TEST(redirects_are_not_followed_unless_asked)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("/x"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->facts, "status=301 reason=Moved version=1.1 location=/x");
	ck_assert_str_eq(t->redirects, "");
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

START_TEST(redirect_to_https_and_back_tells_of_the_last)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", ">" REDIRECT("https://127.0.0.1/"), "close");
	PLAY(s, "<HEAD /plain ", ">" HTTP_OK, "close");
	s = serve(r, 443);
	serve_tls(r, s);
	PLAY(s, "tls", "<HEAD / ", ">" REDIRECT("http://127.0.0.1/plain"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->redirects, "301 https://127.0.0.1/, 301 http://127.0.0.1/plain");
	ck_assert_ptr_null(t->grab.tls);
	ck_assert_int_lt(t->grab.phases.tls, 0);
	run_free(r);
}
END_TEST

START_TEST(redirect_to_https_brings_its_tls)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("https://127.0.0.1/"), "close");
	s = serve(r, 443);
	serve_tls(r, s);
	PLAY(s, "tls", "<HEAD / ", ">" HTTP_OK, "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->tls, "TLSv1.3");
	ck_assert_str_eq(t->facts, "status=200 reason=OK version=1.1 server=test");
	run_free(r);
}
END_TEST

START_TEST(redirect_to_tls_that_fails_leaves_what_was_found)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("https://127.0.0.1/"), "close");
	PLAY(serve(r, 443), "<\x03", "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(
		t->facts, "status=301 reason=Moved version=1.1 location=https://127.0.0.1/");
	ck_assert_str_eq(t->detail, "TLS: closed during the handshake");
	ck_assert_uint_eq(t->grab.connections, 2);
	run_free(r);
}
END_TEST

START_TEST(redirect_to_something_else_leaves_what_was_found)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	r->options.proto = PROTOCOL_HTTP;
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("http://127.0.0.1:22/"), "close");
	PLAY(serve(r, 22), ">" SSH_IDENT "\r\n");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_OPTION);
	ck_assert_str_eq(
		t->facts, "status=301 reason=Moved version=1.1 location=http://127.0.0.1:22/");
	run_free(r);
}
END_TEST

START_TEST(redirect_to_a_closed_port_leaves_what_was_found)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("http://127.0.0.1:81/"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(
		t->facts, "status=301 reason=Moved version=1.1 location=http://127.0.0.1:81/");
	ck_assert_ptr_nonnull(strstr(t->detail, "redirected to "));
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

START_TEST(redirect_to_a_name_is_not_looked_up_with_numbers_only)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.follow = r->options.numeric = true;
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("http://www.example.net/"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->detail, "redirected to a name, and -n looks none up");
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

START_TEST(redirect_to_a_name_is_looked_up)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	r->options.family = 4;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", ">" REDIRECT("http://localhost/there"), "close");
	PLAY(s, "<HEAD /there HTTP/1.1\r\nHost: localhost\r\n", ">" HTTP_OK, "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->facts, "status=200 reason=OK version=1.1 server=test");
	ck_assert_str_eq(t->redirects, "301 http://localhost/there");
	run_free(r);
}
END_TEST

START_TEST(name_that_leads_to_an_excluded_address_is_not_asked)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	r->options.family = 4;
	r->excluded = loopback_addr(4);
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", ">" REDIRECT("http://localhost/there"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->detail, "redirected to http://localhost/there: left out");
	ck_assert_uint_eq(s->accepted, 1);
	run_free(r);
}
END_TEST

START_TEST(redirect_to_an_excluded_address_is_not_followed)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	r->excluded = (struct addr){.family = 4, .ip = {127, 0, 0, 2}};
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("http://127.0.0.2/"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->detail, "redirected to an address that is left out");
	run_free(r);
}
END_TEST

START_TEST(redirects_in_a_circle_end_at_the_limit)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	r->options.redirects = 20;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", ">" REDIRECT("/"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->limit, "redirects");
	ck_assert_uint_eq(t->grab.redirect_count, 20);
	ck_assert_uint_eq(s->accepted, 21);
	run_free(r);
}
END_TEST

START_TEST(redirect_to_https_without_tls_is_not_followed)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.follow = r->options.no_tls = true;
	PLAY(serve(r, 80), "<\r\n\r\n", ">" REDIRECT("https://127.0.0.1/"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->detail, "redirected to HTTPS, and no TLS is wanted");
	run_free(r);
}
END_TEST

/* --- ends ---------------------------------------------------------------------------------------
 */

START_TEST(closed_before_a_byte_is_closed)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 9999), "close");
	t = ask(r, 9999);
	expect(t, GRAB_CLOSED, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

START_TEST(reset_is_closed)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 22), "~20", "reset");
	t = ask(r, 22);
	expect(t, GRAB_CLOSED, PROTOCOL_UNKNOWN, GROUND_NONE);
	run_free(r);
}
END_TEST

START_TEST(closed_in_the_middle_is_closed)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 25), ">220-mx ESMTP\r\n", "~20", "close");
	t = ask(r, 25);
	expect(t, GRAB_CLOSED, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert_str_eq(t->raw, "220-mx ESMTP\r\n");
	run_free(r);
}
END_TEST

START_TEST(no_answer_in_the_middle_is_a_timeout)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	PLAY(serve(r, 25), ">220-mx ESMTP\r\n");
	t = ask(r, 25);
	expect(t, GRAB_TIMEOUT, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert_int_ge(t->grab.phases.total, 300 * NSEC_PER_MSEC);
	ck_assert_str_eq(t->limit, "");
	run_free(r);
}
END_TEST

START_TEST(trickle_ends_at_the_deadline)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.deadline = 500 * NSEC_PER_MSEC;
	PLAY(serve(r, 9999), ">x", "~20", "again");
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_str_eq(t->limit, "time");
	ck_assert_int_ge(t->grab.phases.total, 500 * NSEC_PER_MSEC);
	ck_assert_int_lt(t->grab.phases.total, 5 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

START_TEST(trickle_of_a_known_one_ends_at_the_deadline)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.deadline = 500 * NSEC_PER_MSEC;
	PLAY(serve(r, 25), ">220-mx ESMTP\r\n", "~20", "again");
	t = ask(r, 25);
	expect(t, GRAB_TIMEOUT, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert_str_eq(t->limit, "time");
	ck_assert_int_lt(t->grab.phases.total, 5 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

START_TEST(handshake_that_trickles_ends_at_the_deadline)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.deadline = 400 * NSEC_PER_MSEC;
	r->options.timeout = 10 * NSEC_PER_SEC;
	PLAY(serve(r, 443), ">\x16\x03\x03\x01", "~100", ">\x01", "~10000");
	t = ask(r, 443);
	ck_assert_int_eq(t->grab.proto, PROTOCOL_TLS);
	ck_assert_str_eq(t->limit, "time");
	ck_assert_int_lt(t->grab.phases.total, 5 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

START_TEST(offers_end_at_the_deadline)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.deadline = 150 * NSEC_PER_MSEC;
	PLAY(serve(r, 9999), NULL);
	t = ask(r, 9999);
	expect(t, GRAB_SILENT, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_str_eq(t->limit, "time");
	ck_assert_uint_eq(t->grab.connections, 1);
	ck_assert_int_lt(t->grab.phases.total, 5 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

START_TEST(circle_of_slow_redirects_ends_at_the_deadline)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.follow = true;
	r->options.redirects = 100;
	r->options.deadline = 300 * NSEC_PER_MSEC;
	PLAY(serve(r, 80), "<\r\n\r\n", "~70", ">" REDIRECT("/"), "close");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->limit, "time");
	ck_assert_int_lt(t->grab.phases.total, 5 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

/* The headers are known; the page they come with never ends. */
START_TEST(redirect_is_not_followed_after_the_deadline)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.follow = r->options.get = true;
	r->options.timeout = 10 * NSEC_PER_SEC;
	r->options.deadline = 200 * NSEC_PER_MSEC;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n",
		">HTTP/1.1 301 Moved\r\nContent-Type: text/html\r\nLocation: /x\r\n\r\n<html>");
	t = ask(r, 80);
	expect(t, GRAB_OK, PROTOCOL_HTTP, GROUND_PORT);
	ck_assert_str_eq(t->limit, "time");
	ck_assert_str_eq(t->redirects, "");
	ck_assert_uint_eq(t->grab.connections, 1);
	ck_assert_str_eq(t->detail, "");
	run_free(r);
}
END_TEST

START_TEST(bytes_have_a_limit)
{
	struct run *r = run_new();
	const struct told *t;
	char step[5000];

	if (!r)
		return;
	r->options.max_bytes = 64;
	memset(step, 'x', sizeof step);
	step[0] = '>';
	step[sizeof step - 1] = '\0';
	PLAY(serve(r, 9999), step);
	t = ask(r, 9999);
	expect(t, GRAB_OK, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_str_eq(t->limit, "bytes");
	ck_assert_uint_eq(t->grab.received, 64);
	ck_assert_uint_eq(t->grab.raw_len, 64);
	ck_assert_uint_eq(t->grab.connections, 1);
	run_free(r);
}
END_TEST

/* What was used up on one connection is not there for the next. */
START_TEST(bytes_are_those_of_the_whole_session)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;

	if (!r)
		return;
	r->options.max_bytes = 64;
	s = serve(r, 80);
	PLAY(s, ">" SSH_IDENT "-with-a-name-that-is-long-enough-to-fill-the-sixty-four-bytes\r\n");
	t = ask(r, 80);
	ck_assert_str_eq(t->limit, "bytes");
	ck_assert_uint_eq(t->grab.received, 64);
	ck_assert_int_eq(t->grab.proto, PROTOCOL_SSH);
	ck_assert_uint_eq(s->accepted, 1);
	run_free(r);
}
END_TEST

START_TEST(lines_have_a_limit)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	r->options.max_lines = 3;
	PLAY(serve(r, 25), ">220-a\r\n220-b\r\n220-c\r\n220-d\r\n220 e\r\n");
	t = ask(r, 25);
	expect(t, GRAB_OK, PROTOCOL_SMTP, GROUND_PORT);
	ck_assert_str_eq(t->limit, "lines");
	run_free(r);
}
END_TEST

START_TEST(closed_port_is_refused)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	order(r, 9998)->resolve = 7 * NSEC_PER_SEC;
	t = ask_order(r);
	expect(t, GRAB_REFUSED, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_int_eq(t->grab.err, ECONNREFUSED);
	ck_assert(!t->grab.has_icmp);
	ck_assert_uint_eq(t->grab.connections, 0);
	ck_assert_int_lt(t->grab.phases.connect, 0);
	ck_assert_int_lt(t->grab.phases.first_byte, 0);
	ck_assert_int_eq(t->grab.phases.resolve, 7 * NSEC_PER_SEC);
	ck_assert_int_ge(t->grab.phases.total, 7 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

START_TEST(no_route_is_refused_by_this_machine)
{
	struct run *r = run_new();
	const struct told *t;

	if (!r)
		return;
	order(r, 80)->addr.ip[0] = 10;
	t = ask_order(r);
	expect(t, GRAB_REFUSED, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_int_eq(t->grab.err, ENETUNREACH);
	run_free(r);
}
END_TEST

/* A listener whose queue is full drops SYNs. */
START_TEST(silence_to_connect_is_a_timeout)
{
	struct run *r = run_new();
	const struct told *t;
	struct sockaddr_storage sa;
	struct addr at;
	socklen_t len;
	int listener, fill;

	if (!r)
		return;
	listener = loopback_bind(4, SOCK_STREAM, &at);
	len = addr_to_sockaddr(&at, &sa);
	fill = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(listen(listener, 0), 0);
	ck_assert_int_eq(connect(fill, (struct sockaddr *)&sa, len), 0);
	t = ask(r, at.port);
	expect(t, GRAB_TIMEOUT, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_int_eq(t->grab.err, 0);
	ck_assert_int_ge(t->grab.phases.total, 300 * NSEC_PER_MSEC);
	ck_assert_str_eq(t->limit, "");
	close(fill);
	close(listener);
	run_free(r);
}
END_TEST

START_TEST(connect_ends_at_the_deadline)
{
	struct run *r = run_new();
	const struct told *t;
	struct sockaddr_storage sa;
	struct addr at;
	socklen_t len;
	int listener, fill;

	if (!r)
		return;
	r->options.deadline = 100 * NSEC_PER_MSEC;
	listener = loopback_bind(4, SOCK_STREAM, &at);
	len = addr_to_sockaddr(&at, &sa);
	fill = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(listen(listener, 0), 0);
	ck_assert_int_eq(connect(fill, (struct sockaddr *)&sa, len), 0);
	t = ask(r, at.port);
	expect(t, GRAB_TIMEOUT, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_str_eq(t->limit, "time");
	close(fill);
	close(listener);
	run_free(r);
}
END_TEST

START_TEST(route_that_says_no_is_refused_by_this_machine)
{
	const char *const route[] = {
		"ip", "route", "add", "prohibit", "127.9.9.9", "table", "local", NULL};
	struct run *r = run_new();

	if (!r)
		return;
	if (own_net_run(route) != 0) {
		puts("skipped: no route can be made");
	} else {
		memcpy(order(r, 80)->addr.ip, (uint8_t[]){127, 9, 9, 9}, 4);
		expect(ask_order(r), GRAB_REFUSED, PROTOCOL_UNKNOWN, GROUND_NONE);
		ck_assert_int_eq(r->told.grab.err, EACCES);
	}
	run_free(r);
}
END_TEST

START_TEST(icmp_error_ends_the_attempt_with_its_sender)
{
	static const char rules[] = "table ip t { chain c { type filter hook input priority 0;"
				    " tcp dport 7007 reject with icmp type admin-prohibited; }; }";
	const char *const reject[] = {"nft", rules, NULL};
	struct run *r = run_new();
	const struct told *t;
	struct addr self = loopback_addr(4);

	if (!r)
		return;
	if (own_net_run(reject) != 0) {
		puts("skipped: no firewall can be made");
	} else {
		t = ask(r, 7007);
		expect(t, GRAB_REFUSED, PROTOCOL_UNKNOWN, GROUND_NONE);
		ck_assert(t->grab.has_icmp);
		ck_assert_uint_eq(t->grab.icmp.type, 3);
		ck_assert_uint_eq(t->grab.icmp.code, 13);
		ck_assert(addr_same(&t->grab.icmp.from, &self));
	}
	run_free(r);
}
END_TEST

START_TEST(sixth_family_is_asked_alike)
{
	struct run *r = run_new();
	struct scripted *s;
	const struct told *t;
	int fd = r ? socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;

	if (fd < 0)
		return;
	close(fd);
	s = serve_at(r, 6, 25);
	PLAY(s, ">220 mx ESMTP\r\n", "<EHLO [IPv6:::1]", ">250 mx\r\n", "<QUIT", "close");
	order_at(r, "::1", 6, 25);
	t = ask_order(r);
	expect(t, GRAB_OK, PROTOCOL_SMTP, GROUND_PORT);
	run_free(r);
}
END_TEST

/* --- many ---------------------------------------------------------------------------------------
 */

START_TEST(sessions_are_no_more_than_parallel)
{
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	s = serve(r, 22);
	r->options.parallel = 3;
	PLAY(s, "~10", ">" SSH_IDENT "\r\n", "<netprobe", "close");
	order(r, 22);
	r->repeat = 30;
	run_go(r, 10 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 30);
	ck_assert_uint_eq(r->states[GRAB_OK], 30);
	ck_assert_uint_le(r->under_way_most, 3);
	ck_assert_uint_eq(r->idle, 1);
	run_free(r);
}
END_TEST

START_TEST(ten_thousand_orders_are_done)
{
	struct run *r = run_new();
	struct grabber_status status;

	if (!r)
		return;
	PLAY(serve(r, 22), ">" SSH_IDENT "\r\n", "<netprobe", "close");
	order(r, 22);
	order(r, 9998);
	r->repeat = 9999;
	run_go(r, 50 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 10000);
	ck_assert_uint_eq(r->states[GRAB_OK], 9999);
	ck_assert_uint_eq(r->states[GRAB_REFUSED], 1);
	grabber_status(r->grabber, &status);
	ck_assert_uint_eq(status.done, 10000);
	ck_assert_uint_eq(status.under_way, 0);
	run_free(r);
}
END_TEST

START_TEST(refused_connections_leave_their_room)
{
	struct run *r = run_new();

	if (!r)
		return;
	r->options.parallel = 4;
	order(r, 9998);
	r->repeat = 50;
	run_go(r, 10 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->states[GRAB_REFUSED], 50);
	run_free(r);
}
END_TEST

START_TEST(rate_is_kept)
{
	struct run *r = run_new();

	if (!r)
		return;
	r->options.rate = 100;
	order(r, 9998);
	r->repeat = 50;
	ck_assert_int_ge(run_go(r, 10 * NSEC_PER_SEC), 470 * NSEC_PER_MSEC);
	ck_assert_uint_eq(r->done, 50);
	run_free(r);
}
END_TEST

/* HEAD, closed, then GET: two connections each. */
START_TEST(rate_counts_every_connection)
{
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	r->options.rate = 100;
	s = serve(r, 80);
	PLAY(s, "<\r\n\r\n", "close");
	order(r, 80);
	r->repeat = 25;
	ck_assert_int_ge(run_go(r, 10 * NSEC_PER_SEC), 450 * NSEC_PER_MSEC);
	ck_assert_uint_eq(s->accepted, 50);
	run_free(r);
}
END_TEST

START_TEST(orders_that_are_late_are_waited_for)
{
	struct run *r = run_new();

	if (!r)
		return;
	order(r, 9998);
	timers_set(loop_timers(r->loop), &r->late, clock_now() + 50 * NSEC_PER_MSEC);
	ck_assert_int_ge(run_go(r, 10 * NSEC_PER_SEC), 50 * NSEC_PER_MSEC);
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_ge(r->not_yet, 1);
	ck_assert_uint_le(r->not_yet, 10);
	run_free(r);
}
END_TEST

START_TEST(no_orders_are_idle_at_once)
{
	struct run *r = run_new();

	if (!r)
		return;
	run_go(r, NSEC_PER_SEC);
	ck_assert_uint_eq(r->idle, 1);
	ck_assert_uint_eq(r->done, 0);
	run_free(r);
}
END_TEST

static nsec_t add_late(void *user, nsec_t now)
{
	struct run *r = user;
	struct addr at = loopback_addr(4);

	(void)now;
	at.port = 9998;
	if (r->given++ == 1)
		grabber_add(r->grabber, "127.0.0.1", &at, r);
	return NSEC_NEVER;
}

/* As a scan does that finds a port while it sends: behind the grabber's part of the turn. */
START_TEST(orders_that_are_added_behind_its_turn_are_not_forgotten)
{
	struct run *r = run_new();
	const struct grabber_events events = {.done = on_done, .idle = on_idle, .user = r};
	struct timer other = {.expired = nothing};

	if (!r)
		return;
	r->grabber = grabber_new(r->loop, &r->options, &events, NULL);
	loop_on_send(r->loop, add_late, r);
	timers_set(loop_timers(r->loop), &other, clock_now() + 10 * NSEC_PER_MSEC);
	run_go(r, 2 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->idle, 1);
	ck_assert_ptr_eq(r->told.grab.user, r);
	run_free(r);
}
END_TEST

START_TEST(added_orders_go_beside_the_others)
{
	struct run *r = run_new();
	struct grabber_status status;
	struct addr at = loopback_addr(4);

	if (!r)
		return;
	at.port = 9998;
	order(r, 9998);
	run_open(r);
	for (unsigned i = 0; i < 5; i++)
		grabber_add(r->grabber, "127.0.0.1", &at, NULL);
	grabber_status(r->grabber, &status);
	ck_assert_uint_eq(status.queued, 5);
	run_go(r, 5 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 6);
	run_free(r);
}
END_TEST

START_TEST(stop_when_a_session_is_done_tells_of_no_other)
{
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	s = serve(r, 443);
	serve_tls(r, s);
	PLAY(s, "tls", "<\r\n\r\n", ">" HTTP_OK, "close");
	order(r, 443);
	r->repeat = 100;
	r->stop_after = 5;
	run_go(r, 10 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 5);
	ck_assert_uint_eq(r->idle, 0);
	run_free(r);
}
END_TEST

/* Every one ends at once, in the part of the turn that begins them. */
START_TEST(stop_while_sessions_are_begun_begins_no_more)
{
	struct run *r = run_new();
	struct grabber_status status;

	if (!r)
		return;
	order(r, 80)->addr.ip[0] = 10;
	r->repeat = 100;
	r->stop_after = 5;
	run_go(r, 10 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 5);
	grabber_status(r->grabber, &status);
	ck_assert_uint_eq(status.done, 5);
	run_free(r);
}
END_TEST

static void stop_all(struct timer *timer, nsec_t now)
{
	struct run *r = container_of(timer, struct run, late);

	(void)now;
	grabber_stop(r->grabber);
	timers_set(loop_timers(r->loop), &r->alarm, clock_now() + 300 * NSEC_PER_MSEC);
}

/* The loop goes on for a while, as it does until the command has noticed; the name is found then.
 */
START_TEST(stop_among_lookups_and_handshakes_opens_nothing_more)
{
	struct run *r = run_new();
	struct scripted *web;

	if (!r)
		return;
	r->options.follow = r->options.dialogue = r->stop_at_lookup = true;
	r->options.family = 4;
	r->late.expired = stop_all;
	web = serve(r, 80);
	PLAY(web, "<\r\n\r\n", ">" REDIRECT("http://localhost/"), "close");
	PLAY(serve(r, 443), NULL);
	order(r, 80);
	order(r, 443);
	run_open(r);
	timers_set(loop_timers(r->loop), &r->alarm, clock_now() + 5 * NSEC_PER_SEC);
	loop_run(r->loop);
	ck_assert_ptr_nonnull(strstr(r->dialogue.text, "*looking up localhost\n"));
	ck_assert_uint_eq(web->accepted, 1);
	ck_assert_uint_eq(r->done + r->idle, 0);
	run_free(r);
}
END_TEST

START_TEST(free_under_way_leaves_nothing)
{
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	s = serve(r, 80);
	r->options.follow = true;
	r->options.dialogue = true;
	PLAY(s, "<\r\n\r\n", ">" REDIRECT("http://does-not-exist.invalid/"), "close");
	order(r, 80);
	order(r, 22);
	run_open(r);
	timers_set(loop_timers(r->loop), &r->alarm, clock_now() + 20 * NSEC_PER_MSEC);
	loop_run(r->loop);
	run_free(r);
}
END_TEST

START_TEST(few_files_are_enough)
{
	struct rlimit few = {64, 64};
	struct run *r = run_new();
	struct grabber_status status;

	if (!r)
		return;
	PLAY(serve(r, 22), ">" SSH_IDENT "\r\n", "<netprobe", "close");
	setrlimit(RLIMIT_NOFILE, &few);
	r->options.parallel = 0;
	/* the server has its files of the same process */
	r->options.spare_files = 16;
	order(r, 22);
	r->repeat = 300;
	run_go(r, 30 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, 300);
	ck_assert_uint_eq(r->states[GRAB_OK], 300);
	grabber_status(r->grabber, &status);
	ck_assert_uint_eq(status.sockets, 64 - 32 - 16);
	run_free(r);
}
END_TEST

/* Nothing is left for a while; then there is. */
START_TEST(shortage_of_files_is_waited_out)
{
	struct rlimit few = {64, 64};
	struct run *r = run_new();
	struct grabber_status status;
	int held[64], count = 0;

	if (!r)
		return;
	setrlimit(RLIMIT_NOFILE, &few);
	order(r, 9998);
	run_open(r);
	while (count < 64 && (held[count] = dup(0)) >= 0)
		count++;
	timers_set(loop_timers(r->loop), &r->alarm, clock_now() + 100 * NSEC_PER_MSEC);
	loop_run(r->loop);
	ck_assert_uint_eq(r->done, 0);
	r->alarmed = false;
	while (count > 0)
		close(held[--count]);
	run_go(r, 5 * NSEC_PER_SEC);
	expect(&r->told, GRAB_REFUSED, PROTOCOL_UNKNOWN, GROUND_NONE);
	ck_assert_int_eq(r->told.grab.err, ECONNREFUSED);
	grabber_status(r->grabber, &status);
	ck_assert_uint_ge(status.troubles, 1);
	ck_assert_int_eq(status.last_trouble, EMFILE);
	run_free(r);
}
END_TEST

enum { TLS_PLACES = 512 };

/* More handshakes than have a place, none of which is ever answered: those that wait are not told
 * of as unanswered before they were asked. */
START_TEST(handshakes_wait_for_a_place)
{
	struct rlimit many = {8192, 8192};
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	getrlimit(RLIMIT_NOFILE, &many);
	if (many.rlim_max < 4096) {
		run_free(r);
		return;
	}
	many.rlim_cur = many.rlim_max;
	setrlimit(RLIMIT_NOFILE, &many);
	s = serve(r, 9999);
	r->options.proto = PROTOCOL_TLS;
	r->options.timeout = NSEC_PER_SEC;
	PLAY(s, NULL);
	order(r, 9999);
	r->repeat = TLS_PLACES + 100;
	ck_assert_int_ge(run_go(r, 20 * NSEC_PER_SEC), 1000 * NSEC_PER_MSEC);
	ck_assert_uint_eq(r->done, TLS_PLACES + 100);
	ck_assert_uint_eq(r->states[GRAB_SILENT], TLS_PLACES + 100);
	/* some had to wait for their place, and were asked then */
	ck_assert_str_eq(r->told.detail, "TLS: no answer to the handshake");
	ck_assert_int_ge(r->total_most, 1200 * NSEC_PER_MSEC);
	ck_assert_int_lt(r->total_most, 10 * NSEC_PER_SEC);
	run_free(r);
}
END_TEST

/* What the server says meanwhile is no part of a plain conversation. */
START_TEST(words_wait_with_the_handshake_for_a_place)
{
	struct rlimit many = {8192, 8192};
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	getrlimit(RLIMIT_NOFILE, &many);
	if (many.rlim_max < 4096) {
		run_free(r);
		return;
	}
	many.rlim_cur = many.rlim_max;
	setrlimit(RLIMIT_NOFILE, &many);
	s = serve(r, 9999);
	r->options.proto = PROTOCOL_TLS;
	r->options.timeout = NSEC_PER_SEC;
	s->each = TLS_PLACES;
	PLAY(s, NULL);
	PLAY(s, ">hello\r\n");
	order(r, 9999);
	r->repeat = TLS_PLACES + 100;
	run_go(r, 20 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, TLS_PLACES + 100);
	ck_assert_uint_eq(r->states[GRAB_MISMATCH], 100);
	run_free(r);
}
END_TEST

START_TEST(wait_for_a_place_ends_at_the_deadline)
{
	struct rlimit many = {8192, 8192};
	struct run *r = run_new();
	struct scripted *s;

	if (!r)
		return;
	getrlimit(RLIMIT_NOFILE, &many);
	if (many.rlim_max < 4096) {
		run_free(r);
		return;
	}
	many.rlim_cur = many.rlim_max;
	setrlimit(RLIMIT_NOFILE, &many);
	s = serve(r, 9999);
	r->options.proto = PROTOCOL_TLS;
	r->options.timeout = 20 * NSEC_PER_SEC;
	r->options.deadline = 2 * NSEC_PER_SEC;
	PLAY(s, NULL);
	order(r, 9999);
	r->repeat = TLS_PLACES + 10;
	ck_assert_int_lt(run_go(r, 20 * NSEC_PER_SEC), 15 * NSEC_PER_SEC);
	ck_assert_uint_eq(r->done, TLS_PLACES + 10);
	ck_assert_str_eq(r->told.limit, "time");
	run_free(r);
}
END_TEST

START_TEST(ca_file_that_cannot_be_read_is_said)
{
	struct run *r = run_new();
	const struct grabber_events events = {.done = on_done, .user = r};
	struct strbuf why = {0};

	if (!r)
		return;
	r->options.ca_file = "/nonexistent";
	ck_assert_ptr_null(grabber_new(r->loop, &r->options, &events, &why));
	ck_assert_str_eq(why.text, "/nonexistent: No such file or directory");
	strbuf_release(&why);
	run_free(r);
}
END_TEST

START_TEST(dialogue_is_told_in_order)
{
	struct run *r = run_new();

	if (!r)
		return;
	r->options.dialogue = true;
	PLAY(serve(r, 25), ">220 mx ESMTP\r\n", "<EHLO", ">250-mx\r\n250 SIZE\r\n", "<QUIT",
		">221 bye\r\n", "close");
	ask(r, 25);
	ck_assert_str_eq(r->dialogue.text, "*connecting to 127.0.0.1:25\n"
					   "*connected\n"
					   "<220 mx ESMTP\n"
					   ">EHLO [127.0.0.1]\n"
					   "<250-mx\n"
					   "<250 SIZE\n"
					   ">QUIT\n"
					   "<221 bye\n");
	run_free(r);
}
END_TEST

START_TEST(dialogue_is_told_only_where_wanted)
{
	struct run *r = run_new();

	if (!r)
		return;
	PLAY(serve(r, 9999), ">x", "close");
	ask(r, 9999);
	ck_assert_uint_eq(r->dialogue.len, 0);
	run_free(r);
}
END_TEST

UNIT_MAIN("banner/grabber", server_that_greets_is_known_by_its_greeting,
	greeting_in_pieces_is_the_same, smtp_greeting_is_answered,
	greeting_that_two_protocols_have_is_the_second_ones, mail_port_with_files_behind_it_is_ftp,
	server_that_is_neither_is_unknown, port_decides_what_is_asked,
	port_that_lies_is_known_by_the_answer, scheme_decides_against_the_port,
	path_of_a_url_is_asked_for, name_that_is_asked_for_takes_the_place_of_the_host,
	option_decides_against_the_port, something_else_than_was_asked_for_is_a_mismatch,
	words_that_nobody_knows_are_a_banner, unknown_that_says_much_is_kept_in_part,
	silent_server_is_offered_tls_then_http, silent_server_stays_silent,
	server_that_closes_at_offers_is_silent_with_a_remark, tls_that_is_not_wanted_is_not_offered,
	silent_server_that_takes_tls_is_asked_inside, tls_with_a_greeting_inside_is_known_by_it,
	tls_with_silence_inside_is_tls, tls_that_is_asked_for_is_spoken_at_once,
	port_of_https_is_asked_inside_tls, tls_port_that_speaks_plainly_is_known_by_the_answer,
	tls_port_that_closes_is_asked_plainly, tls_port_that_closes_twice_is_closed,
	tls_by_option_is_not_given_up, option_on_a_tls_port_finds_the_plain_service,
	https_that_is_asked_for_and_spoken_plainly_is_a_mismatch, alert_to_the_handshake_is_tls,
	silence_to_the_handshake_ends_in_time, tls_that_stands_before_a_silent_service_is_told,
	plain_answer_that_wants_tls_gets_it_once, upgrade_to_tls_is_told,
	upgrade_that_fails_leaves_what_was_said, upgrade_that_is_not_wanted_is_not_made,
	tls_that_is_not_wanted_is_not_tried_where_it_answers,
	plain_question_that_is_answered_in_tls_is_put_again_inside, connect_ends_at_the_deadline,
	refused_connections_leave_their_room, redirect_is_not_followed_after_the_deadline,
	tls_that_is_not_wanted_is_not_spoken_on_its_port, words_wait_with_the_handshake_for_a_place,
	words_sent_before_the_handshake_are_not_taken_for_words_inside,
	head_that_is_closed_without_a_byte_becomes_get,
	refusal_of_head_is_the_answer_where_get_brings_none, redirects_are_followed_where_asked,
	redirects_are_not_followed_unless_asked, redirect_to_https_and_back_tells_of_the_last,
	redirect_to_https_brings_its_tls, redirect_to_tls_that_fails_leaves_what_was_found,
	redirect_to_something_else_leaves_what_was_found,
	redirect_to_a_closed_port_leaves_what_was_found,
	redirect_to_a_name_is_not_looked_up_with_numbers_only, redirect_to_a_name_is_looked_up,
	name_that_leads_to_an_excluded_address_is_not_asked,
	redirect_to_an_excluded_address_is_not_followed, redirects_in_a_circle_end_at_the_limit,
	redirect_to_https_without_tls_is_not_followed, closed_before_a_byte_is_closed,
	reset_is_closed, closed_in_the_middle_is_closed, no_answer_in_the_middle_is_a_timeout,
	trickle_ends_at_the_deadline, trickle_of_a_known_one_ends_at_the_deadline,
	handshake_that_trickles_ends_at_the_deadline, offers_end_at_the_deadline,
	circle_of_slow_redirects_ends_at_the_deadline, bytes_have_a_limit,
	bytes_are_those_of_the_whole_session, lines_have_a_limit, closed_port_is_refused,
	no_route_is_refused_by_this_machine, silence_to_connect_is_a_timeout,
	route_that_says_no_is_refused_by_this_machine, icmp_error_ends_the_attempt_with_its_sender,
	sixth_family_is_asked_alike, sessions_are_no_more_than_parallel,
	ten_thousand_orders_are_done, rate_is_kept, rate_counts_every_connection,
	orders_that_are_late_are_waited_for, no_orders_are_idle_at_once,
	orders_that_are_added_behind_its_turn_are_not_forgotten, added_orders_go_beside_the_others,
	stop_when_a_session_is_done_tells_of_no_other, stop_while_sessions_are_begun_begins_no_more,
	stop_among_lookups_and_handshakes_opens_nothing_more, free_under_way_leaves_nothing,
	few_files_are_enough, shortage_of_files_is_waited_out, handshakes_wait_for_a_place,
	wait_for_a_place_ends_at_the_deadline, ca_file_that_cannot_be_read_is_said,
	dialogue_is_told_in_order, dialogue_is_told_only_where_wanted)
