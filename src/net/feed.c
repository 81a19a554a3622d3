/* SPDX-License-Identifier: MIT */
#include "netprobe/net/feed.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/resolve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

enum {
	FEED_THREADS = 64,  /* 1,000 names at 50 ms each need 25 to be done in 2 s */
	FEED_PENDING = 256, /* names under way; bounds memory, the list itself is read no further */
};

/* What was asked for with a name travels through the resolver in its `user` pointer. */
struct asked {
	struct asked *next, *last; /* all that are under way, for the end */
	uint16_t port;
	char *scheme, *path;
};

struct feed {
	struct targets *targets;
	struct feed_options options;
	struct resolver *resolver;
	struct resolution answer; /* the one whose addresses are being handed out */
	size_t next;              /* of its addresses */
	bool answer_held, targets_done;
	struct asked *asked;
};

struct feed *feed_new(struct targets *targets, const struct feed_options *options)
{
	struct feed *f = mem_alloc(1, sizeof *f);

	f->targets = targets;
	f->options = *options;
	f->resolver = resolver_new(options->family, FEED_THREADS);
	if (f->resolver)
		return f;
	free(f);
	return NULL;
}

static char *copy(const char *text)
{
	return text ? mem_strdup(text) : NULL;
}

static struct asked *asked_new(struct feed *f, const struct target *target)
{
	struct asked *asked = mem_alloc(1, sizeof *asked);

	asked->port = target->port;
	asked->scheme = copy(target->scheme);
	asked->path = copy(target->path);
	asked->next = f->asked;
	if (f->asked)
		f->asked->last = asked;
	f->asked = asked;
	return asked;
}

static void asked_free(struct asked *asked)
{
	free(asked->scheme);
	free(asked->path);
	free(asked);
}

static void unlink_asked(struct feed *f, struct asked *asked)
{
	if (asked->next)
		asked->next->last = asked->last;
	if (asked->last)
		asked->last->next = asked->next;
	else
		f->asked = asked->next;
}

static void drop_answer(struct feed *f)
{
	if (!f->answer_held)
		return;
	unlink_asked(f, f->answer.user);
	asked_free(f->answer.user);
	resolution_release(&f->answer);
	f->answer_held = false;
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	drop_answer(f);
	resolver_free(f->resolver);
	for (struct asked *asked = f->asked, *next; asked; asked = next) {
		next = asked->next;
		asked_free(asked);
	}
	free(f);
}

int feed_fd(const struct feed *f)
{
	return resolver_fd(f->resolver);
}

static bool hand_out(struct feed *f, struct feed_item *out)
{
	size_t usable = f->options.all_addresses ? f->answer.count : 1;
	const struct asked *asked = f->answer.user;

	while (f->next < usable && f->next < f->answer.count) {
		const struct addr *a = &f->answer.addrs[f->next++];

		if (targets_excluded(f->targets, a))
			continue;
		*out = (struct feed_item){.host = f->answer.name,
			.addr = *a,
			.scheme = asked->scheme,
			.path = asked->path,
			.lookup = f->answer.elapsed};
		out->addr.port = asked->port;
		return true;
	}
	drop_answer(f);
	return false;
}

static int next_resolved(struct feed *f, struct feed_item *out, struct strbuf *why)
{
	for (;;) {
		if (f->answer_held && hand_out(f, out))
			return 1;
		if (!resolver_take(f->resolver, &f->answer))
			return -EAGAIN;
		f->answer_held = true;
		f->next = 0;
		log_info("%s: %zu address%s, looked up in %.1f ms", f->answer.name, f->answer.count,
			f->answer.count == 1 ? "" : "es",
			(double)f->answer.elapsed / NSEC_PER_MSEC);
		if (f->answer.status == 0)
			continue;
		strbuf_printf(why, "%s: %s", f->answer.name, f->answer.why);
		drop_answer(f);
		return ERR_NAME;
	}
}

static int take_target(struct feed *f, struct feed_item *out, struct strbuf *why)
{
	struct target target;
	int got = targets_next(f->targets, &target, why);

	if (got == 0)
		f->targets_done = true;
	if (got < 0)
		strbuf_printf(why, ": %s", err_text(got));
	if (got <= 0)
		return got;
	if (target.addr.family) {
		*out = (struct feed_item){.host = target.host,
			.addr = target.addr,
			.scheme = target.scheme,
			.path = target.path,
			.lookup = -1};
		out->addr.port = target.port;
		return 1;
	}
	if (f->options.numeric) {
		strbuf_printf(why, "%s: a name, and -n looks none up", target.host);
		return ERR_NAME;
	}
	resolver_submit(f->resolver, target.host, asked_new(f, &target));
	return -EAGAIN;
}

int feed_next(struct feed *f, struct feed_item *out, struct strbuf *why)
{
	for (;;) {
		int got = next_resolved(f, out, why);

		if (got != -EAGAIN)
			return got;
		if (f->targets_done)
			return resolver_pending(f->resolver) ? -EAGAIN : 0;
		if (resolver_pending(f->resolver) >= FEED_PENDING)
			return -EAGAIN;
		got = take_target(f, out, why);
		if (got != 0 && got != -EAGAIN)
			return got;
	}
}
