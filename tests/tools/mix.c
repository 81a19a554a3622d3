/* SPDX-License-Identifier: MIT */
/*
 * mix FLOWS [SEED] >FILE: a capture of that many connections of mixed fates, for benchmarks: 5 %
 * are refused, 5 % unanswered with three SYNs, 5 % half-open, the rest complete with data and
 * close; a thousand of them interleaved. About 8.8 packets and 1,530 bytes of file a connection;
 * the same bytes for the same arguments.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOGETHER = 1000, HEADERS = 14 + 20 + 32, REQUEST = 210, RESPONSE = 770 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct step {
	bool server;
	uint8_t flags;
	uint16_t payload;
	uint32_t gap; /* microseconds before it, give or take */
};

static const struct step complete[] = {
	{false, SYN, 0, 0},
	{true, SYN | ACK, 0, 9000},
	{false, ACK, 0, 60},
	{false, PSH | ACK, REQUEST, 100},
	{true, ACK, 0, 9000},
	{true, PSH | ACK, RESPONSE, 4000},
	{false, ACK, 0, 60},
	{false, FIN | ACK, 0, 2000},
	{true, FIN | ACK, 0, 9000},
	{false, ACK, 0, 60},
};
static const struct step refused[] = {{false, SYN, 0, 0}, {true, RST | ACK, 0, 9000}};
static const struct step unanswered[] = {
	{false, SYN, 0, 0}, {false, SYN, 0, 1000000}, {false, SYN, 0, 2000000}};
static const struct step half_open[] = {{false, SYN, 0, 0}, {true, SYN | ACK, 0, 9000}};

#define FATE(steps) (steps), sizeof(steps) / sizeof(steps)[0]

struct connection {
	uint64_t due; /* microseconds */
	const struct step *steps;
	size_t count, at;
	uint32_t client, server, sequence[2];
	uint16_t client_port, server_port;
};

static uint64_t random_state;

/* xorshift64* (Vigna, 2016) */
static uint32_t draw(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % below;
}

static void set_fate(struct connection *c, const struct step *steps, size_t count)
{
	c->steps = steps;
	c->count = count;
}

static void begin(struct connection *c, uint64_t number, uint64_t now)
{
	static const uint16_t ports[] = {80, 443, 443, 443, 22, 25, 5432, 8080};
	uint32_t fate = draw(100);

	memset(c, 0, sizeof *c);
	c->due = now + draw(2000);
	c->client = 0x0a000000 + draw(1 << 16);
	c->server = 0x0a630001 + draw(40);
	c->client_port = (uint16_t)(1024 + number % 64000);
	c->server_port = ports[draw(sizeof ports / sizeof *ports)];
	c->sequence[0] = draw(UINT32_MAX);
	c->sequence[1] = draw(UINT32_MAX);
	if (fate < 5)
		set_fate(c, FATE(refused));
	else if (fate < 10)
		set_fate(c, FATE(unanswered));
	else if (fate < 15)
		set_fate(c, FATE(half_open));
	else
		set_fate(c, FATE(complete));
}

/* ---- bytes */

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static void write_all(const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, stdout) != len) {
		perror("mix");
		exit(2);
	}
}

static void put_ip(uint8_t *ip, const struct connection *c, bool server, uint16_t payload)
{
	static uint16_t id;

	ip[0] = 0x45;
	put16(ip + 2, 20U + 32U + payload);
	put16(ip + 4, ++id);
	put16(ip + 6, 0x4000);
	ip[8] = server ? 57 : 64;
	ip[9] = 6;
	put32(ip + 12, server ? c->server : c->client);
	put32(ip + 16, server ? c->client : c->server);
}

static void put_tcp(uint8_t *tcp, const struct connection *c, const struct step *s, uint64_t now)
{
	static const uint8_t syn_options[] = {2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 7, 1, 1};

	put16(tcp, s->server ? c->server_port : c->client_port);
	put16(tcp + 2, s->server ? c->client_port : c->server_port);
	put32(tcp + 4, c->sequence[s->server]);
	put32(tcp + 8, s->flags & ACK ? c->sequence[!s->server] : 0);
	tcp[12] = 8 << 4;
	tcp[13] = s->flags;
	put16(tcp + 14, 64240);
	if (s->flags & SYN) {
		memcpy(tcp + 20, syn_options, sizeof syn_options);
		return;
	}
	memcpy(tcp + 20, "\1\1\10\12", 4);
	put32(tcp + 24, (uint32_t)(now / 1000));
}

static void put_packet(struct connection *c)
{
	const struct step *s = &c->steps[c->at];
	uint8_t frame[HEADERS + RESPONSE] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
	uint32_t len = HEADERS + s->payload;
	const uint32_t header[] = {
		1700000000 + (uint32_t)(c->due / 1000000), (uint32_t)(c->due % 1000000), len, len};

	/* what is sent again has the number it had */
	if (s->flags == SYN && c->at > 0)
		c->sequence[0]--;
	put_ip(frame + 14, c, s->server, s->payload);
	put_tcp(frame + 34, c, s, c->due);
	memset(frame + HEADERS, 'x', s->payload);
	write_all(header, sizeof header);
	write_all(frame, len);
	c->sequence[s->server] += s->payload + (s->flags & (SYN | FIN) ? 1U : 0U);
}

/* ---- who is next: a heap by time */

static void sink_down(struct connection *heap, size_t count)
{
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;
		struct connection swapped = heap[at];

		if (child + 1 < count && heap[child + 1].due < heap[child].due)
			child++;
		if (child >= count || heap[at].due <= heap[child].due)
			return;
		heap[at] = heap[child];
		heap[child] = swapped;
		at = child;
	}
}

static void write_flows(uint64_t flows)
{
	static struct connection heap[TOGETHER];
	uint64_t begun = 0;
	size_t count = 0;

	/* in order of time, which is a heap */
	for (; count < TOGETHER && begun < flows; count++)
		begin(&heap[count], begun++, count * 2000);
	while (count > 0) {
		struct connection *c = heap;
		uint64_t now = c->due;

		put_packet(c);
		if (++c->at < c->count)
			c->due += c->steps[c->at].gap / 2 + draw(c->steps[c->at].gap) + 1;
		else if (begun < flows)
			begin(c, begun++, now);
		else
			*c = heap[--count];
		sink_down(heap, count);
	}
}

int main(int argc, char **argv)
{
	static const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
	uint64_t flows = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

	if (flows == 0 || argc > 3) {
		fprintf(stderr, "usage: mix FLOWS [SEED] >FILE\n");
		return 2;
	}
	random_state = (argc > 2 ? strtoull(argv[2], NULL, 10) : 0) + 88172645463325252U;
	write_all(header, sizeof header);
	write_flows(flows);
	if (fflush(stdout) != 0) {
		perror("mix");
		return 2;
	}
	return 0;
}
