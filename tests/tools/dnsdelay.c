/* SPDX-License-Identifier: MIT */
/*
 * A name server for tests: dnsdelay ADDR PORT DELAY_MS IPV4
 *
 * Answers every A question with IPV4 and every other with an empty NOERROR, DELAY_MS after it came,
 * any number at once. UDP over IPv4 only. Says nothing; ends with a signal.
 */
#include "netprobe/base/clock.h"
#include "netprobe/base/parse.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

/* RFC 1035, section 4.1 */
enum {
	HEADER = 12,
	FLAGS = 2,
	QDCOUNT = 4,
	ANCOUNT = 6,
	LABEL_MAX = 63,
	QUESTION_TAIL = 4, /* type and class */
	TYPE_A = 1,
	MESSAGE_MAX = 512,
	RECORD = 16,
	TTL = 60,
	HELD_MAX = 8192,
};

struct reply {
	nsec_t due;
	struct sockaddr_in to;
	size_t len;
	uint8_t bytes[MESSAGE_MAX + RECORD];
};

/* Every reply waits equally long: first in, first out. */
struct server {
	int fd;
	nsec_t delay;
	struct in_addr answer;
	struct reply *held; /* a ring of HELD_MAX */
	size_t first, count;
};

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Where the first question ends, 0 when there is none. */
static size_t question_end(const uint8_t *bytes, size_t len)
{
	size_t at = HEADER;

	while (at < len && bytes[at] != 0 && bytes[at] <= LABEL_MAX)
		at += 1u + bytes[at];
	if (at >= len || bytes[at] != 0 || len - at <= QUESTION_TAIL)
		return 0;
	return at + 1 + QUESTION_TAIL;
}

/* Turns the question in `r` into its answer; false when it is none. */
static bool answer(struct reply *r, struct in_addr ip)
{
	size_t end = r->len > HEADER ? question_end(r->bytes, r->len) : 0;
	uint8_t *record = r->bytes + end;
	bool is_a;

	if (end == 0 || r->bytes[FLAGS] & 0x80)
		return false;
	is_a = record[-4] == 0 && record[-3] == TYPE_A;
	r->bytes[FLAGS] = (uint8_t)(0x80 | (r->bytes[FLAGS] & 0x01)); /* QR; RD as asked */
	r->bytes[FLAGS + 1] = 0x80;                                   /* RA */
	memset(r->bytes + QDCOUNT, 0, HEADER - QDCOUNT);
	put16(r->bytes + QDCOUNT, 1);
	put16(r->bytes + ANCOUNT, is_a);
	r->len = end;
	if (!is_a)
		return true;
	put16(record, 0xc000 | HEADER); /* the name of the question */
	put16(record + 2, TYPE_A);
	put16(record + 4, 1); /* IN */
	put16(record + 6, 0);
	put16(record + 8, TTL);
	put16(record + 10, sizeof ip);
	memcpy(record + 12, &ip, sizeof ip);
	r->len += RECORD;
	return true;
}

static void receive(struct server *s)
{
	while (s->count < HELD_MAX) {
		struct reply *r = &s->held[(s->first + s->count) % HELD_MAX];
		socklen_t size = sizeof r->to;
		ssize_t len = recvfrom(s->fd, r->bytes, MESSAGE_MAX, MSG_DONTWAIT,
			(struct sockaddr *)&r->to, &size);

		if (len < 0)
			return;
		r->len = (size_t)len;
		r->due = clock_now() + s->delay;
		if (answer(r, s->answer))
			s->count++;
	}
}

static void send_due(struct server *s)
{
	nsec_t now = clock_now();

	while (s->count && s->held[s->first].due <= now) {
		struct reply *r = &s->held[s->first];

		sendto(s->fd, r->bytes, r->len, 0, (struct sockaddr *)&r->to, sizeof r->to);
		s->first = (s->first + 1) % HELD_MAX;
		s->count--;
	}
}

static void serve(struct server *s)
{
	struct pollfd wait = {.fd = s->fd, .events = POLLIN};

	for (;;) {
		nsec_t left = s->count ? s->held[s->first].due - clock_now() : 0;
		struct timespec timeout = {0};

		if (left > 0) {
			timeout.tv_sec = left / NSEC_PER_SEC;
			timeout.tv_nsec = left % NSEC_PER_SEC;
		}
		ppoll(&wait, s->count < HELD_MAX, s->count ? &timeout : NULL, NULL);
		receive(s);
		send_due(s);
	}
}

int main(int argc, char **argv)
{
	static struct reply held[HELD_MAX];
	struct sockaddr_in here = {.sin_family = AF_INET};
	struct server s = {.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), .held = held};
	uint64_t port, delay;
	int buffer = 4 << 20;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
		parse_uint(argv[2], 1, UINT16_MAX, &port) != 0 ||
		parse_uint(argv[3], 0, 60000, &delay) != 0 ||
		inet_pton(AF_INET, argv[4], &s.answer) != 1) {
		fprintf(stderr, "usage: dnsdelay ADDR PORT DELAY_MS IPV4\n");
		return 2;
	}
	here.sin_port = htons((uint16_t)port);
	s.delay = (nsec_t)delay * NSEC_PER_MSEC;
	setsockopt(s.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	if (bind(s.fd, (struct sockaddr *)&here, sizeof here) != 0) {
		perror("dnsdelay: bind");
		return 2;
	}
	serve(&s);
}
