/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/udp_engine.h"

#include "../own_net.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/query/query.h"

#include <netinet/in.h>

/* Loopback of a namespace of this test's own: ICMP errors to it are not limited there, so that what
 * is closed is proved at once. */
enum { OPEN = 1001, SILENT = 1002, CLOSED = 1003, NTP = 123, TARGETS_MAX = 4 };
enum { NTP_BYTES = 48, NTP_ORIGIN = 24, NTP_TRANSMIT = 40, LONG = 5000 };

struct service {
	struct watch watch;
	int fd;
	bool answers;
	size_t bytes; /* of the answer */
	unsigned asked;
};

struct run {
	struct loop *loop;
	struct udp_engine *engine;
	struct ports *ports;
	struct service open, silent;
	struct engine_target targets[TARGETS_MAX];
	unsigned target_count, given, known;
	unsigned decided[PORT_STATES], done, complete, stop_after;
	struct cell cells[8]; /* of the last address */
	struct port_reply reply;
	struct addr spoke;
	struct engine_status status;
};

static const char hello[LONG] = "hello";

static void serve(struct watch *watch, uint32_t events, nsec_t now)
{
	struct service *s = container_of(watch, struct service, watch);
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	char bytes[2048];

	(void)events;
	(void)now;
	if (recvfrom(s->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) < 0)
		return;
	s->asked++;
	if (s->answers)
		sendto(s->fd, hello, s->bytes, 0, (struct sockaddr *)&from, len);
}

static void open_service(struct run *r, struct service *s, int family, uint16_t port, bool answers)
{
	struct addr at = loopback_addr(family);
	struct sockaddr_storage sa;
	socklen_t len;

	at.port = port;
	len = addr_to_sockaddr(&at, &sa);
	*s = (struct service){.watch.ready = serve, .answers = answers, .bytes = 5};
	s->fd = socket(addr_af(&at), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&sa, len), 0);
	ck_assert_int_eq(loop_watch(r->loop, s->fd, LOOP_IN, &s->watch), 0);
}

/* NTP of a host of several addresses, which answers from another one than was asked. */
struct two_faced {
	struct watch watch;
	int fd, other;
	bool forges; /* it has not seen the question */
	unsigned answered;
};

static void answer_elsewhere(struct watch *watch, uint32_t events, nsec_t now)
{
	struct two_faced *s = container_of(watch, struct two_faced, watch);
	uint8_t bytes[2048], reply[NTP_BYTES] = {4 << 3 | 4, 2};
	struct sockaddr_storage from;
	socklen_t len = sizeof from;

	(void)events;
	(void)now;
	if (recvfrom(s->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) != NTP_BYTES)
		return;
	memcpy(reply + NTP_ORIGIN, bytes + NTP_TRANSMIT, 8);
	if (s->forges)
		reply[NTP_ORIGIN + 7] ^= 1;
	s->answered++;
	sendto(s->other, reply, sizeof reply, 0, (struct sockaddr *)&from, len);
}

static int bound_to(uint8_t last, uint16_t port)
{
	const struct addr at = {.family = 4, .ip = {127, 0, 0, last}, .port = port};
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&at, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

static void open_two_faced(struct run *r, struct two_faced *s, bool forges)
{
	*s = (struct two_faced){.watch.ready = answer_elsewhere, .forges = forges};
	s->fd = bound_to(1, NTP);
	s->other = bound_to(9, NTP);
	ck_assert_int_eq(loop_watch(r->loop, s->fd, LOOP_IN, &s->watch), 0);
}

static void close_two_faced(struct two_faced *s)
{
	close(s->fd);
	close(s->other);
}

static int next_target(void *user, struct engine_target *out)
{
	struct run *r = user;

	if (r->given == r->target_count)
		return 0;
	*out = r->targets[r->given++];
	return 1;
}

static void admitted(void *user, struct host *h)
{
	struct run *r = user;

	for (unsigned i = 0; i < r->known; i++)
		host_knew(h, i, PORT_FILTERED, REASON_TIMEOUT);
}

static void decided(void *user, struct host *h, uint32_t cell)
{
	struct run *r = user;
	const struct port_reply *reply = host_reply(h, cell);

	r->decided[h->cells[cell].state]++;
	r->cells[cell] = h->cells[cell];
	ck_assert(!reply || reply->cell == cell);
	if (reply)
		r->reply = *reply;
	if (host_witness(h, &h->cells[cell]))
		r->spoke = *host_witness(h, &h->cells[cell]);
	if (r->stop_after && --r->stop_after == 0)
		udp_engine_stop(r->engine);
}

static bool host_done(void *user, struct host *h, bool complete)
{
	struct run *r = user;

	ck_assert_int_eq(complete, h->decided == h->count);
	r->done++;
	r->complete += complete;
	return false;
}

static struct run *run_new(const char *ports, int family)
{
	struct run *r = calloc(1, sizeof *r);

	ck_assert_int_eq(ports_parse(ports, IPPROTO_UDP, &r->ports, NULL), 0);
	r->loop = loop_new();
	open_service(r, &r->open, family, OPEN, true);
	open_service(r, &r->silent, family, SILENT, false);
	return r;
}

static void add_target(struct run *r, struct addr addr)
{
	r->targets[r->target_count++] =
		(struct engine_target){.name = "target", .addr = addr, .ports = r->ports};
}

static nsec_t go(struct run *r, const struct udp_engine_options *options)
{
	const struct engine_events events = {
		.next = next_target,
		.admitted = admitted,
		.decided = decided,
		.done = host_done,
		.user = r,
	};
	nsec_t began = clock_now();

	r->engine = udp_engine_new(r->loop, options, &events);
	ck_assert_ptr_nonnull(r->engine);
	ck_assert_int_eq(loop_run(r->loop), 0);
	udp_engine_status(r->engine, &r->status);
	return clock_now() - began;
}

static void run_free(struct run *r)
{
	udp_engine_free(r->engine);
	loop_free(r->loop);
	close(r->open.fd);
	close(r->silent.fd);
	ports_free(r->ports);
	free(r);
}

static const struct udp_engine_options usual = {.icmp_wait = 10 * NSEC_PER_SEC, .retries = 1};

static void tells_open_closed_and_silent(int family)
{
	struct run *r = run_new("1001,1002,1003", family);

	add_target(r, loopback_addr(family));
	go(r, &usual);
	ck_assert_int_eq(r->cells[0].state, PORT_OPEN);
	ck_assert_int_eq(r->cells[0].reason, REASON_REPLY);
	ck_assert_uint_lt(r->cells[0].rtt_us, 1000000);
	ck_assert_int_eq(r->cells[1].state, PORT_OPEN_FILTERED);
	ck_assert_int_eq(r->cells[1].proof, SILENCE_BESIDE);
	ck_assert_uint_ge(r->cells[1].confidence, 75);
	ck_assert_int_eq(r->cells[2].state, PORT_CLOSED);
	ck_assert_int_eq(r->cells[2].icmp_type, family == 6 ? 1 : 3);
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->complete, 1);
	ck_assert_uint_eq(r->status.decided, 3);
	run_free(r);
}

START_TEST(udp_engine_tells_open_closed_and_silent)
{
	if (!own_net())
		return;
	tells_open_closed_and_silent(4);
	tells_open_closed_and_silent(6);
}
END_TEST

START_TEST(udp_engine_asks_each_port_of_many_addresses)
{
	struct run *r;

	if (!own_net())
		return;
	r = run_new("1001-1003", 4);
	for (unsigned i = 1; i <= TARGETS_MAX; i++)
		add_target(r, (struct addr){.family = 4, .ip = {127, 0, 0, (uint8_t)i}});
	go(r, &usual);
	/* the services are on the first one alone */
	ck_assert_uint_eq(r->decided[PORT_OPEN], 1);
	ck_assert_uint_eq(r->decided[PORT_OPEN_FILTERED], 1);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 3 * TARGETS_MAX - 2);
	ck_assert_uint_eq(r->done, TARGETS_MAX);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_takes_an_address_with_its_own_port)
{
	struct addr at = loopback_addr(4);
	struct run *r;

	if (!own_net())
		return;
	r = run_new("1002,1003", 4);
	at.port = OPEN;
	add_target(r, at);
	add_target(r, loopback_addr(4)); /* the same address, with other ports */
	go(r, &usual);
	ck_assert_uint_eq(r->decided[PORT_OPEN], 1);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 1);
	ck_assert_uint_eq(r->decided[PORT_OPEN_FILTERED], 1);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_does_not_ask_what_is_known)
{
	struct run *r;

	if (!own_net())
		return;
	r = run_new("1001,1003", 4);
	r->known = 1;
	add_target(r, loopback_addr(4));
	go(r, &usual);
	ck_assert_uint_eq(r->open.asked, 0);
	ck_assert_uint_eq(r->decided[PORT_OPEN], 0);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 1);
	ck_assert_uint_eq(r->complete, 1);
	ck_assert_uint_eq(r->status.decided, 2);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_is_done_where_everything_is_known)
{
	struct run *r;

	if (!own_net())
		return;
	r = run_new("1001,1003", 4);
	r->known = 2;
	add_target(r, loopback_addr(4));
	go(r, &usual);
	ck_assert_uint_eq(r->status.sent, 0);
	ck_assert_uint_eq(r->complete, 1);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_keeps_what_it_does_not_understand)
{
	static const size_t sizes[] = {0, 5, LONG};

	if (!own_net())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct run *r = run_new("1001", 4);

		r->open.bytes = sizes[i];
		add_target(r, loopback_addr(4));
		go(r, &usual);
		ck_assert_int_eq(r->cells[0].state, PORT_OPEN);
		ck_assert_ptr_null(r->reply.query);
		ck_assert_uint_eq(r->reply.bytes, sizes[i]);
		ck_assert_uint_eq(
			r->reply.start_len, sizes[i] < REPLY_START ? sizes[i] : REPLY_START);
		ck_assert_mem_eq(r->reply.start, hello, r->reply.start_len);
		run_free(r);
	}
}
END_TEST

START_TEST(udp_engine_knows_an_answer_from_another_address_by_its_token)
{
	const struct addr other = {.family = 4, .ip = {127, 0, 0, 9}};
	struct two_faced service;
	struct run *r;

	if (!own_net())
		return;
	r = run_new("123", 4);
	open_two_faced(r, &service, false);
	/* others that wait for the same port, the asked one among them twice */
	add_target(r, (struct addr){.family = 4, .ip = {127, 0, 0, 8}});
	add_target(r, loopback_addr(4));
	add_target(r, loopback_addr(4));
	go(r, &usual);
	ck_assert_uint_eq(r->decided[PORT_OPEN], 2);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 1);
	ck_assert_str_eq(r->reply.query->protocol, "ntp");
	ck_assert(addr_same(&r->spoke, &other));
	close_two_faced(&service);
	run_free(r);
}
END_TEST

/* Both are asked, and the one that speaks is not what is asked for. */
START_TEST(udp_engine_gives_an_answer_to_whom_its_token_names)
{
	struct two_faced service;
	struct run *r;

	if (!own_net())
		return;
	r = run_new("123", 4);
	open_two_faced(r, &service, false);
	add_target(r, (struct addr){.family = 4, .ip = {127, 0, 0, 9}});
	add_target(r, loopback_addr(4));
	go(r, &usual);
	ck_assert_uint_eq(r->decided[PORT_OPEN], 1);
	ck_assert_uint_eq(r->decided[PORT_OPEN_FILTERED], 1);
	close_two_faced(&service);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_takes_no_answer_without_its_token_from_another_address)
{
	struct two_faced service;
	struct run *r;

	if (!own_net())
		return;
	r = run_new("123", 4);
	open_two_faced(r, &service, true);
	add_target(r, loopback_addr(4));
	go(r, &usual);
	ck_assert_uint_gt(service.answered, 0);
	ck_assert_uint_eq(r->decided[PORT_OPEN], 0);
	ck_assert_uint_eq(r->decided[PORT_OPEN_FILTERED], 1);
	close_two_faced(&service);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_stops_in_the_middle)
{
	struct run *r;

	if (!own_net())
		return;
	r = run_new("1001-1008", 4);
	add_target(r, loopback_addr(4));
	r->stop_after = 1;
	go(r, &usual);
	ck_assert_uint_eq(r->done, 1);
	ck_assert_uint_eq(r->complete, 0);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_keeps_the_rate)
{
	struct udp_engine_options slow = usual;
	struct run *r;

	if (!own_net())
		return;
	r = run_new("2001-2008", 4);
	add_target(r, loopback_addr(4));
	slow.rate = 20;
	/* eight ports and a control */
	ck_assert_int_gt(go(r, &slow), 330 * NSEC_PER_MSEC);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 8);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_keeps_the_delay)
{
	struct udp_engine_options slow = usual;
	struct run *r;

	if (!own_net())
		return;
	r = run_new("2001-2008", 4);
	add_target(r, loopback_addr(4));
	slow.delay = 50 * NSEC_PER_MSEC;
	ck_assert_int_gt(go(r, &slow), 400 * NSEC_PER_MSEC);
	ck_assert_uint_eq(r->decided[PORT_CLOSED], 8);
	run_free(r);
}
END_TEST

START_TEST(udp_engine_says_where_there_is_no_route)
{
	struct run *r;

	if (!own_net())
		return;
	r = run_new("1001,1003", 4);
	add_target(r, (struct addr){.family = 4, .ip = {192, 0, 2, 1}});
	go(r, &usual);
	ck_assert_uint_eq(r->decided[PORT_UNREACHABLE], 2);
	ck_assert_int_eq(r->cells[0].reason, REASON_NO_ROUTE);
	run_free(r);
}
END_TEST

UNIT_MAIN("probe/udp_engine", udp_engine_tells_open_closed_and_silent,
	udp_engine_asks_each_port_of_many_addresses, udp_engine_takes_an_address_with_its_own_port,
	udp_engine_does_not_ask_what_is_known, udp_engine_is_done_where_everything_is_known,
	udp_engine_keeps_what_it_does_not_understand,
	udp_engine_knows_an_answer_from_another_address_by_its_token,
	udp_engine_gives_an_answer_to_whom_its_token_names,
	udp_engine_takes_no_answer_without_its_token_from_another_address,
	udp_engine_stops_in_the_middle, udp_engine_keeps_the_rate, udp_engine_keeps_the_delay,
	udp_engine_says_where_there_is_no_route)
