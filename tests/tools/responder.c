/* SPDX-License-Identifier: MIT */
/*
 * responder TUN
 * Makes the tun device TUN, prints "ready" and answers what is routed there until it is killed. The
 * destination chooses how: the last octet of an IPv4 address is the rule, the octet before it the
 * parameter P. In IPv6 they are the last two groups, as they are written: 10.80.30.2 and fd80::30:2
 * are both rule 2 with P = 30.
 *
 *    1  answers; so does every number that is not in this table
 *    2  after P ms
 *    3  after P x 10 ms
 *    4  1 + P times
 *    5  the first, third, ... after P ms, the others at once: order is lost
 *    6  not each Pth question
 *    7  with another identifier
 *    8  with the first 8 data bytes changed
 *    9  from another address: rule + 100, 10.80.P.109
 *   10  with 4 data bytes left
 *   11  cut to half an ICMP header
 *   12  with a bad checksum
 *   13  with data byte P (none given: 20) changed, the checksum right
 *   14  with another sequence number
 *   15  with an echo request instead of a reply
 *   16  by P x 10 replies to nobody's questions, and then rightly
 *   17  by P x 10 of them, and no more
 *   18  never
 *   19  in all the wrong ways of 7 to 15 but 13, and then rightly
 *   20  twice, after P x 10 ms
 *   21  P x 10 times, after a second
 *
 * Errors come from 10.80.P.254 (fd80::P:254) and quote the IP header and 8 bytes:
 *
 *   30  time exceeded          31  host (IPv6: address) unreachable   32  net unreachable (no
 * route) 33  admin-prohibited       34  fragmentation needed, packet too big: the mtu is 1280 + P
 *   35  port unreachable       36  protocol unreachable (next header)
 *   37  source quench (IPv6: parameter problem)
 *   38  host unreachable for another identifier   39  for another destination   40  without the 8
 * bytes
 *
 * Rules 1 to 6, 18, 20 and 21 hold for ICMP and ICMPv6 echo and for UDP, which is echoed; 7 to 19
 * for echo alone; errors are the answer to any protocol. Fragments are not put together. Codecs are
 * its own on purpose: what judges netprobe does not share its mistakes.
 */
#include "netprobe/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	PACKET_MAX = 2048,
	HELD_MAX = 4096,
	HEADER4 = 20,
	HEADER6 = 40,
	ICMP_HEADER = 8,
	COOKIE = 8,
	TTL = 64,
	HOP = 254,
	OTHER = 100, /* rule + this: the address that answers in another's place */
	LEAST_MTU = 1280,
};

struct packet {
	nsec_t due;
	int family;
	uint8_t protocol;
	bool spoilt;    /* leaves with a bad checksum */
	unsigned times; /* it leaves */
	size_t at, len; /* where the payload begins; the whole */
	unsigned rule, param;
	uint8_t bytes[PACKET_MAX];
};

struct responder {
	int tun;
	unsigned asked[65536]; /* questions so far: see nth() */
	size_t count;
	struct packet held[HELD_MAX]; /* in no order */
};

typedef void forge_fn(struct packet *p);

/* ---- bytes */

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum(uint32_t so_far, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		so_far += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return so_far;
}

static unsigned folded(uint32_t value)
{
	value = (value & 0xffff) + (value >> 16);
	value = (value & 0xffff) + (value >> 16);
	return ~value & 0xffff;
}

static size_t address_size(int family)
{
	return family == 4 ? 4 : 16;
}

static size_t source_at(int family)
{
	return family == 4 ? 12 : 8;
}

static size_t destination_at(int family)
{
	return source_at(family) + address_size(family);
}

static uint8_t *source(struct packet *p)
{
	return p->bytes + source_at(p->family);
}

static uint8_t *destination(struct packet *p)
{
	return p->bytes + destination_at(p->family);
}

static uint8_t *payload(struct packet *p)
{
	return p->bytes + p->at;
}

/* 0x30 is 30. */
static unsigned as_written(const uint8_t *group)
{
	return group[0] / 16 * 1000u + group[0] % 16 * 100u + group[1] / 16 * 10u + group[1] % 16;
}

static void write_group(uint8_t *group, unsigned value)
{
	put16(group, value / 1000 % 10 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 |
			     value % 10);
}

static void set_rule(struct packet *p, uint8_t *address, unsigned rule)
{
	if (p->family == 4)
		address[3] = (uint8_t)rule;
	else
		write_group(address + 14, rule);
}

/* ---- questions */

static bool read_header4(struct packet *p)
{
	if (p->len < HEADER4 || p->bytes[0] != 0x45 || (p->bytes[6] & 0x3f) || p->bytes[7])
		return false;
	p->at = HEADER4;
	p->protocol = p->bytes[9];
	p->rule = destination(p)[3];
	p->param = destination(p)[2];
	return true;
}

static bool read_header6(struct packet *p)
{
	if (p->len < HEADER6)
		return false;
	p->at = HEADER6;
	p->protocol = p->bytes[6];
	p->rule = as_written(destination(p) + 14);
	p->param = as_written(destination(p) + 12) & 0xff;
	return destination(p)[0] != 0xff; /* the kernel's own multicast */
}

static bool read_question(struct packet *p)
{
	p->family = p->len ? p->bytes[0] >> 4 : 0;
	if (p->family == 4)
		return read_header4(p);
	return p->family == 6 && read_header6(p);
}

static bool is_icmp(const struct packet *p)
{
	return p->protocol == (p->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static bool is_echo(const struct packet *p)
{
	return is_icmp(p) && p->len >= p->at + ICMP_HEADER &&
	       p->bytes[p->at] == (p->family == 4 ? 8 : 128);
}

static bool is_udp(const struct packet *p)
{
	return p->protocol == IPPROTO_UDP && p->len >= p->at + ICMP_HEADER;
}

/* ---- answers */

/* Lengths and checksums, after which the packet can go. */
static void seal(struct packet *p)
{
	size_t size = p->len - p->at;
	uint8_t *check = payload(p) + (is_icmp(p) ? 2 : 6);
	uint32_t pseudo = (uint32_t)size + p->protocol;
	unsigned value;

	if (p->family == 4) {
		put16(p->bytes + 2, p->len);
		put16(p->bytes + 10, 0);
		put16(p->bytes + 10, folded(sum(0, p->bytes, HEADER4)));
	} else {
		put16(p->bytes + 4, size);
	}
	if (size < 4)
		return;
	put16(check, 0);
	if (p->family == 4 && is_icmp(p))
		pseudo = 0; /* RFC 792 has none */
	else
		pseudo = sum(pseudo, source(p), 2 * address_size(p->family));
	value = folded(sum(pseudo, payload(p), size));
	if (p->protocol == IPPROTO_UDP && value == 0)
		value = 0xffff;
	put16(check, p->spoilt ? value ^ 0x0101 : value);
}

static void leave(const struct responder *r, const struct packet *p)
{
	for (unsigned i = 0; i < p->times; i++) {
		if (write(r->tun, p->bytes, p->len) < 0)
			perror("responder: write");
	}
}

static void say(struct responder *r, struct packet *p, nsec_t delay, unsigned times)
{
	seal(p);
	p->times = times;
	p->due = clock_now() + delay;
	if (delay == 0)
		leave(r, p);
	else if (r->count < HELD_MAX)
		r->held[r->count++] = *p;
	else
		fprintf(stderr, "responder: too many wait\n");
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = a[i];

		a[i] = b[i];
		b[i] = byte;
	}
}

/* The right answer to an echo request or a datagram. */
static struct packet reply_to(const struct packet *asked)
{
	struct packet p = *asked;

	swap(source(&p), destination(&p), address_size(p.family));
	p.bytes[p.family == 4 ? 8 : 7] = TTL;
	if (is_icmp(&p))
		*payload(&p) = p.family == 4 ? 0 : 129;
	else
		swap(payload(&p), payload(&p) + 2, 2);
	return p;
}

/* ---- wrong answers */

static size_t data_size(const struct packet *p)
{
	return p->len - p->at - ICMP_HEADER;
}

static uint8_t *data(struct packet *p)
{
	return payload(p) + ICMP_HEADER;
}

static void other_id(struct packet *p)
{
	payload(p)[4] ^= 0x55;
}

static void other_sequence(struct packet *p)
{
	payload(p)[6] ^= 0x40;
}

static void other_cookie(struct packet *p)
{
	for (size_t i = 0; i < COOKIE && i < data_size(p); i++)
		data(p)[i] ^= 0xff;
}

static void other_source(struct packet *p)
{
	set_rule(p, source(p), p->rule + OTHER);
}

static void few_data(struct packet *p)
{
	if (data_size(p) > 4)
		p->len = p->at + ICMP_HEADER + 4;
}

static void half_header(struct packet *p)
{
	p->len = p->at + ICMP_HEADER / 2;
}

static void bad_checksum(struct packet *p)
{
	p->spoilt = true;
}

static void corrupt(struct packet *p)
{
	size_t at = p->param ? p->param : 20;

	if (at < data_size(p))
		data(p)[at] = data(p)[at] ? 0 : 0xff;
}

static void as_request(struct packet *p)
{
	*payload(p) = p->family == 4 ? 8 : 128;
}

static void stranger(struct packet *p)
{
	other_cookie(p);
	other_id(p);
	p->bytes[p->at + 7] ^= 0x0f;
}

/* From rule 7 on. */
static forge_fn *const forgeries[] = {other_id, other_cookie, other_source, few_data, half_header,
	bad_checksum, corrupt, other_sequence, as_request};

enum { FORGERIES = sizeof forgeries / sizeof *forgeries };

static void say_forged(
	struct responder *r, const struct packet *asked, forge_fn *forge, unsigned times)
{
	struct packet p = reply_to(asked);

	forge(&p);
	say(r, &p, 0, times);
}

static void say_right(struct responder *r, const struct packet *asked, nsec_t delay, unsigned times)
{
	struct packet p = reply_to(asked);

	say(r, &p, delay, times);
}

/* ---- errors */

static const struct error {
	unsigned rule;
	uint8_t type4, code4, type6, code6;
} errors[] = {
	{30, 11, 0, 3, 0}, /* time exceeded */
	{31, 3, 1, 1, 3},  /* host, address unreachable */
	{32, 3, 0, 1, 0},  /* net unreachable, no route */
	{33, 3, 13, 1, 1}, /* admin-prohibited */
	{34, 3, 4, 2, 0},  /* too big */
	{35, 3, 3, 1, 4},  /* port unreachable */
	{36, 3, 2, 4, 1},  /* protocol unreachable, next header */
	{37, 4, 0, 4, 0},  /* source quench, parameter problem */
	{38, 3, 1, 1, 3},
	{39, 3, 1, 1, 3},
	{40, 3, 1, 1, 3},
};

static const struct error *error_for(unsigned rule)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		if (errors[i].rule == rule)
			return &errors[i];
	}
	return NULL;
}

static void error_header(struct packet *p, const struct packet *asked)
{
	p->family = asked->family;
	p->rule = asked->rule;
	p->param = asked->param;
	p->at = asked->at;
	p->bytes[0] = (uint8_t)(p->family == 4 ? 0x45 : 0x60);
	p->protocol = p->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	p->bytes[p->family == 4 ? 9 : 6] = p->protocol;
	p->bytes[p->family == 4 ? 8 : 7] = TTL;
	memcpy(source(p), asked->bytes + destination_at(p->family), address_size(p->family));
	memcpy(destination(p), asked->bytes + source_at(p->family), address_size(p->family));
	set_rule(p, source(p), HOP);
}

/* What it says of the question, where that is not the truth. */
static void forge_quote(struct packet *p)
{
	uint8_t *quote = payload(p) + ICMP_HEADER;

	if (p->rule == 38)
		quote[p->at + 4] ^= 0x55;
	if (p->rule == 39)
		set_rule(p, quote + destination_at(p->family), 1);
	if (p->rule == 40)
		p->len -= 8;
}

static void say_error(struct responder *r, const struct packet *asked, const struct error *e)
{
	struct packet p = {0};
	size_t quoted = asked->at + 8;

	if (asked->len < quoted)
		return;
	error_header(&p, asked);
	payload(&p)[0] = p.family == 4 ? e->type4 : e->type6;
	payload(&p)[1] = p.family == 4 ? e->code4 : e->code6;
	if (e->rule == 34)
		put16(payload(&p) + 6, LEAST_MTU + p.param);
	if (e->rule == 36 && p.family == 6)
		put16(payload(&p) + 6, 6); /* where the next header stands */
	memcpy(payload(&p) + ICMP_HEADER, asked->bytes, quoted);
	p.len = p.at + ICMP_HEADER + quoted;
	forge_quote(&p);
	say(r, &p, 0, 1);
}

/* ---- rules */

/* Which question this is, from 1 on, of the same identifier or to the same port: two programs do
 * not count together. */
static unsigned nth(struct responder *r, const struct packet *asked)
{
	const uint8_t *asker = asked->bytes + asked->at + (is_icmp(asked) ? 4 : 2);
	unsigned key = (unsigned)asker[0] << 8 | asker[1];

	return ++r->asked[(key ^ asked->param) & 0xffff];
}

static void answer_forged(struct responder *r, const struct packet *asked)
{
	if (asked->rule >= 7 && asked->rule < 7 + FORGERIES)
		say_forged(r, asked, forgeries[asked->rule - 7], 1);
	if (asked->rule == 16 || asked->rule == 17)
		say_forged(r, asked, stranger, asked->param * 10);
	for (size_t i = 0; asked->rule == 19 && i < FORGERIES; i++) {
		if (forgeries[i] != corrupt)
			say_forged(r, asked, forgeries[i], 1);
	}
	if (asked->rule == 16 || asked->rule == 19)
		say_right(r, asked, 0, 1);
}

static void answer(struct responder *r, const struct packet *asked)
{
	const struct error *error = error_for(asked->rule);
	nsec_t wait = asked->param * NSEC_PER_MSEC;

	if (error) {
		say_error(r, asked, error);
		return;
	}
	if (asked->rule == 18 || !(is_echo(asked) || is_udp(asked)))
		return;
	if (asked->rule >= 7 && asked->rule <= 19 && is_echo(asked))
		answer_forged(r, asked);
	else if (asked->rule == 2)
		say_right(r, asked, wait, 1);
	else if (asked->rule == 3)
		say_right(r, asked, 10 * wait, 1);
	else if (asked->rule == 4)
		say_right(r, asked, 0, 1 + asked->param);
	else if (asked->rule == 5)
		say_right(r, asked, nth(r, asked) % 2 ? wait : 0, 1);
	else if (asked->rule == 20)
		say_right(r, asked, 10 * wait, 2);
	else if (asked->rule == 21)
		say_right(r, asked, NSEC_PER_SEC, asked->param * 10);
	else if (asked->rule != 6 || asked->param == 0 || nth(r, asked) % asked->param != 0)
		say_right(r, asked, 0, 1);
}

/* ---- the loop */

static void receive(struct responder *r)
{
	struct packet p = {0};
	ssize_t len;

	while ((len = read(r->tun, p.bytes, sizeof p.bytes)) > 0) {
		p.len = (size_t)len;
		if (read_question(&p))
			answer(r, &p);
		p = (struct packet){0};
	}
}

/* Sends what is due in the order of the times; returns the next one. */
static nsec_t send_due(struct responder *r)
{
	for (;;) {
		size_t first = 0;

		for (size_t i = 1; i < r->count; i++) {
			if (r->held[i].due < r->held[first].due)
				first = i;
		}
		if (r->count == 0)
			return NSEC_NEVER;
		if (r->held[first].due > clock_now())
			return r->held[first].due;
		leave(r, &r->held[first]);
		r->held[first] = r->held[--r->count];
	}
}

static void serve(struct responder *r)
{
	struct pollfd wait = {.fd = r->tun, .events = POLLIN};

	for (;;) {
		nsec_t next = send_due(r), left = 0;
		struct timespec timeout;

		if (next != NSEC_NEVER)
			left = next - clock_now();
		if (left < 0)
			left = 0;
		timeout.tv_sec = left / NSEC_PER_SEC;
		timeout.tv_nsec = left % NSEC_PER_SEC;
		ppoll(&wait, 1, next == NSEC_NEVER ? NULL : &timeout, NULL);
		receive(r);
	}
}

static int open_tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) == 0)
		return fd;
	close(fd);
	return -1;
}

int main(int argc, char **argv)
{
	static struct responder r;

	if (argc != 2) {
		fprintf(stderr, "usage: responder TUN\n");
		return 2;
	}
	r.tun = open_tun(argv[1]);
	if (r.tun < 0) {
		perror("responder: /dev/net/tun");
		return 2;
	}
	printf("ready\n");
	fflush(stdout);
	serve(&r);
}
