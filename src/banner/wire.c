/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include "netprobe/base/mem.h"
#include "netprobe/net/route.h"
#include "netprobe/packet/icmp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MAX = 16384 };

/* What this machine is short of for the moment; another try may do. EADDRINUSE: an explicit bind of
 * somebody else took the port that connect(2) had in mind. */
static bool is_shortage(int err)
{
	switch (err) {
	case EADDRNOTAVAIL:
	case EADDRINUSE:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return true;
	default:
		return false;
	}
}

static bool alive(const struct visit *v, unsigned generation)
{
	return !v->over && v->generation == generation;
}

/* --- sending ------------------------------------------------------------------------------------
 */

static void flush(struct visit *v)
{
	size_t sent = 0;

	while (sent < v->out.len) {
		ssize_t n = send(v->fd, v->out.text + sent, v->out.len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		/* a broken connection is told by reading */
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	if (sent < v->out.len && sent > 0)
		memmove(v->out.text, v->out.text + sent, v->out.len - sent);
	v->out.len -= sent;
	if (v->out.len == 0)
		strbuf_release(&v->out);
}

static void flush_tls(struct visit *v)
{
	tls_take(v->tls, &v->out);
	flush(v);
}

void wire_say_raw(struct visit *v, const void *bytes, size_t len)
{
	strbuf_add(&v->out, bytes, len);
	flush(v);
}

void wire_say(struct visit *v, const void *bytes, size_t len, nsec_t now)
{
	if (v->dialogue)
		dialogue_say(v->dialogue, VOICE_SENT, bytes, len, now - v->started);
	if (v->tls_ready) {
		tls_say(v->tls, bytes, len);
		flush_tls(v);
		return;
	}
	wire_say_raw(v, bytes, len);
}

/* --- receiving ----------------------------------------------------------------------------------
 */

/* What a failed handshake began with tells what speaks there instead. */
static void keep_first(struct visit *v, const void *bytes, size_t len)
{
	size_t room = RAW_MAX - v->raw.len;

	if (!v->tls_ready && !v->upgrading)
		strbuf_add(&v->raw, bytes, len < room ? len : room);
}

static void tls_over(struct visit *v, enum tls_status status, nsec_t now)
{
	const char *why = tls_error(v->tls);

	if (status == TLS_FAILED) {
		strbuf_reset(&v->detail);
		strbuf_printf(&v->detail, "TLS: %s", why);
		visit_note(v, now, "%s", v->detail.text);
	} else {
		visit_note(v, now, "closed by the server");
	}
	visit_ended(v, status == TLS_FAILED && !v->tls_ready ? END_TLS : END_CLOSED, now);
}

static void heard_tls(struct visit *v, const void *bytes, size_t len, nsec_t now)
{
	unsigned generation = v->generation;
	struct strbuf plain = {0};
	enum tls_status status;
	bool more;

	keep_first(v, bytes, len);
	do {
		strbuf_reset(&plain);
		status = tls_feed(v->tls, bytes, len, &plain, READ_MAX);
		len = 0;
		flush_tls(v);
		if (!v->tls_ready && status != TLS_HANDSHAKE && status != TLS_FAILED) {
			v->tls_ready = true;
			visit_secured(v, now);
		}
		more = plain.len > 0;
		if (more && alive(v, generation))
			visit_heard(v, plain.text, plain.len, now);
	} while (more && alive(v, generation));
	strbuf_release(&plain);
	if (alive(v, generation) && (status == TLS_FAILED || status == TLS_CLOSED))
		tls_over(v, status, now);
}

static void heard(struct visit *v, const void *bytes, size_t len, nsec_t now)
{
	v->wire += len;
	if (v->wire > v->grabber->options.max_bytes + WIRE_EXTRA)
		visit_ended(v, END_BYTES, now);
	else if (v->tls)
		heard_tls(v, bytes, len, now);
	else
		visit_heard(v, bytes, len, now);
}

static void closed(struct visit *v, ssize_t n, nsec_t now)
{
	visit_note(v, now, "%s", n ? "reset by the server" : "closed by the server");
	visit_ended(v, END_CLOSED, now);
}

static void receive(struct visit *v)
{
	unsigned generation = v->generation;
	uint8_t bytes[READ_MAX];

	/* without a place among the TLS it is left in the kernel */
	while (alive(v, generation) && !v->tls_wanted) {
		ssize_t n = recv(v->fd, bytes, sizeof bytes, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		/* a quick dialogue goes on within one turn of the loop */
		if (n <= 0)
			closed(v, n, clock_now());
		else
			heard(v, bytes, (size_t)n, clock_now());
		if (alive(v, generation) && v->tls)
			sock_acknowledge(v->fd);
	}
}

/* --- TLS ----------------------------------------------------------------------------------------
 */

void wire_secure_now(struct visit *v, nsec_t now)
{
	struct tls_setup setup = {.name = v->name, .addr = v->to};
	const struct protocol *protocol =
		v->way.kind == WAY_MACHINE ? protocol_of(v->way.proto) : NULL;
	unsigned generation = v->generation;
	struct strbuf held = {0};

	if (protocol)
		setup.alpn = protocol->alpn;
	v->tls_wanted = false;
	visit_wait(v, now + v->grabber->options.timeout);
	v->tls = tls_new(grabber_tls(v->grabber), &setup);
	v->securing = clock_now(); /* the first one may have read the roots */
	/* what came before the handshake began is no part of the plain conversation (RFC 3207, 6)
	 */
	if (v->upgrading) {
		held = v->machine->held;
		v->machine->held = (struct strbuf){0};
	}
	heard_tls(v, held.text ? held.text : "", held.len, now);
	strbuf_release(&held);
	if (alive(v, generation))
		receive(v);
}

void wire_secure(struct visit *v, nsec_t now)
{
	v->phase = VISIT_SECURING;
	v->tls_ready = false;
	v->tls_wanted = !grabber_tls_place(v);
	/* nothing was asked yet that could be answered */
	if (v->tls_wanted)
		visit_wait(v, v->deadline);
	else
		wire_secure_now(v, now);
}

/* --- connecting ---------------------------------------------------------------------------------
 */

static void trouble(struct visit *v, int err, nsec_t now)
{
	static const nsec_t limit = 5 * NSEC_PER_SEC, pause = 20 * NSEC_PER_MSEC;

	wire_close(v);
	if (v->trouble_since == 0)
		v->trouble_since = now;
	if (!is_shortage(err) || now - v->trouble_since > limit) {
		visit_refused(v, err, NULL, now);
		return;
	}
	grabber_trouble(v->grabber, err, now);
	v->phase = VISIT_STARTING;
	visit_wait(v, now + pause);
}

static void established(struct visit *v, nsec_t now)
{
	struct sock_handshake facts;
	struct addr self;

	/* the socket met its own SYN (simultaneous open, RFC 9293, 3.5) */
	if (sock_local_addr(v->fd, &self) == 0 && self.port == v->to.port &&
		addr_same(&self, &v->to)) {
		trouble(v, EADDRINUSE, now);
		return;
	}
	sock_set_nodelay(v->fd);
	sock_handshake(v->fd, &facts);
	grabber_connected(v, true, facts.resent > 0, now);
	v->phase = VISIT_TALKING;
	v->stands = now;
	v->setup.self = self;
	v->grab.phases.connect = facts.resent == 0 && facts.rtt ? facts.rtt : now - v->connecting;
	visit_connected(v, now);
}

static void judge(struct visit *v, int status, nsec_t now)
{
	switch (status) {
	case 0:
	case -ECONNRESET: /* it stood, and was reset since: reading will tell (before: ECONNREFUSED)
			   */
		established(v, now);
		break;
	case -EINPROGRESS:
	case -EALREADY:
		break;
	default:
		trouble(v, -status, now);
	}
}

/* Nobody answered ARP or neighbour discovery: the kernel tells it as an ICMP error of our own. */
static bool is_silence(const struct visit *v, const struct sock_error *e)
{
	struct addr self;

	return icmp_meaning(v->to.family, e->type, e->code) == ICMP_MEANS_NO_WAY &&
	       sock_local_addr(v->fd, &self) == 0 && addr_same(&self, &e->from) &&
	       route_is_unresolved(&v->to);
}

static void progress(struct visit *v, nsec_t now)
{
	struct sock_error e;
	bool silence;

	/* the queue first: see ARCHITECTURE.md */
	while (sock_next_error(v->fd, &e, NULL)) {
		if (e.port != v->to.port ||
			icmp_meaning(v->to.family, e.type, e.code) == ICMP_MEANS_NOTHING)
			continue;
		silence = is_silence(v, &e);
		wire_close(v);
		visit_refused(v, silence ? EHOSTUNREACH : e.err, silence ? NULL : &e, now);
		return;
	}
	judge(v, sock_connect(v->fd, &v->to), now);
}

static void ready(struct watch *watch, uint32_t events, nsec_t now)
{
	struct visit *v = container_of(watch, struct visit, watch);
	unsigned generation = v->generation;

	(void)events;
	if (v->over || v->fd < 0)
		return;
	if (v->phase == VISIT_CONNECTING)
		progress(v, now);
	if (!alive(v, generation) || v->fd < 0 || v->phase == VISIT_CONNECTING)
		return;
	flush(v);
	receive(v);
}

void wire_open(struct visit *v, nsec_t now)
{
	int err;

	v->generation++;
	v->watch.ready = ready;
	v->phase = VISIT_CONNECTING;
	v->connecting = now;
	v->fd = sock_tcp_open(v->to.family);
	if (v->fd < 0) {
		err = -v->fd;
		v->fd = -1;
		trouble(v, err, now);
		return;
	}
	v->grabber->connecting++;
	err = loop_watch(v->grabber->loop, v->fd, LOOP_IN | LOOP_OUT, &v->watch);
	judge(v, err ? err : sock_connect(v->fd, &v->to), now);
}

void wire_close(struct visit *v)
{
	if (v->tls_ready && v->fd >= 0) {
		tls_goodbye(v->tls);
		flush_tls(v);
	}
	if (v->fd >= 0) {
		if (v->phase == VISIT_CONNECTING)
			grabber_connected(v, false, false, 0);
		close(v->fd);
	}
	v->fd = -1;
	v->generation++;
	grabber_tls_leave(v);
	tls_free(v->tls);
	v->tls = NULL;
	v->tls_ready = false;
	strbuf_release(&v->out);
}
