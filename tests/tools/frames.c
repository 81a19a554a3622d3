/* SPDX-License-Identifier: MIT */
/*
 * frames [-f WORDS] FILE >CAPTURE: the capture that a text describes; tests/golden/README.md is the
 * language. WORDS stand in for the `file` line of the text, joined by commas.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENDS = 16,
	INTERFACES = 8,
	WRAPS = 8,
	WORDS = 96,
	OPTIONS = 40,
	HEADROOM = 512,
	PACKET = 66000, /* an IPv4 packet fits */
	NAME = 32,
};

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

enum { IPV4 = 0x0800, IPV6 = 0x86dd, BRIDGED = 0x6558, MPLS = 0x8847, PPPOE = 0x8864 };

enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_PPP = 9, LINK_RAW = 101, LINK_LOOP = 108 };
enum { LINK_COOKED = 113, LINK_COOKED2 = 276 };

/* ---- what was read */

struct host {
	uint8_t family; /* 4 or 6 */
	uint8_t ip[16];
};

struct end {
	char name[NAME];
	struct host host;
	uint16_t port, id;
	uint8_t ttl;
	uint32_t isn, next; /* sequence numbers */
};

/* Around an IP packet, the inner first. `from` and `to` are those of packets of the first end. */
struct wrap {
	const char *kind;
	struct host from, to;
	uint32_t id;
};

struct packet {
	const struct end *from, *to;
	uint8_t protocol; /* 6, 17, or that of ICMP */
	unsigned flags;
	uint32_t sequence, acknowledgment, captured;
	uint16_t payload, window, urgent, id, port_from, port_to, fragments;
	uint8_t ttl, tos, options_len;
	uint8_t options[OPTIONS];
	uint8_t icmp_type, icmp_code;
	uint32_t icmp_rest;
	struct host sender; /* of an ICMP error */
	const uint8_t *quoted;
	char extensions[NAME];
	struct wrap wraps[WRAPS];
	uint8_t wrap_count;
	uint32_t interface, index;
	bool has_sequence, has_acknowledgment, incoming, outgoing, lost, bad_sum, may_fragment;
};

/* Bytes that grow at the front. */
struct bytes {
	uint8_t room[HEADROOM + PACKET];
	size_t at, end;
};

struct frame {
	uint64_t at; /* nanoseconds */
	uint32_t interface, captured, len;
	uint8_t direction; /* as epb_flags has it */
	uint8_t *bytes;
};

struct interface {
	char name[NAME];
	uint32_t link;
};

struct capture {
	uint64_t base; /* seconds */
	struct end ends[ENDS];
	struct interface interfaces[INTERFACES];
	size_t end_count, interface_count, count, room;
	struct frame *frames;
	struct packet last;
	char *always; /* words of `with` */
	bool big, nano, pcapng;
	uint32_t snaplen, cut;
	uint64_t shuffle;
	unsigned line;
};

static _Noreturn void fail(const struct capture *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(const struct capture *c, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "frames: line %u: ", c->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void *must(void *memory)
{
	if (!memory) {
		perror("frames");
		exit(2);
	}
	return memory;
}

static uint32_t number(const struct capture *c, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (*end || end == text)
		fail(c, "%s is no number", text);
	return (uint32_t)value;
}

static struct host host_of(const struct capture *c, const char *text)
{
	struct host out = {.family = strchr(text, ':') ? 6 : 4};

	if (inet_pton(out.family == 4 ? AF_INET : AF_INET6, text, out.ip) != 1)
		fail(c, "%s is no address", text);
	return out;
}

static void name_it(const struct capture *c, char out[static NAME], const char *text)
{
	if (strlen(text) >= NAME)
		fail(c, "%s is too long for a name", text);
	memcpy(out, text, strlen(text) + 1);
}

/* ---- bytes */

static void set16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void set32(uint8_t *at, uint32_t value)
{
	set16(at, value >> 16);
	set16(at + 2, value);
}

/* `len` zeros in front of what is there. */
static uint8_t *prepend(struct bytes *b, size_t len)
{
	if (b->at < len) {
		fputs("frames: too many headers\n", stderr);
		exit(2);
	}
	b->at -= len;
	memset(b->room + b->at, 0, len);
	return b->room + b->at;
}

static size_t length(const struct bytes *b)
{
	return b->end - b->at;
}

static void begin_bytes(struct bytes *b, const uint8_t *payload, size_t len)
{
	b->at = HEADROOM;
	b->end = HEADROOM + len;
	if (payload)
		memcpy(b->room + b->at, payload, len);
	else
		memset(b->room + b->at, 'x', len);
}

static uint32_t sum(uint32_t so_far, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		so_far += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return so_far;
}

static uint16_t folded(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static size_t host_len(const struct host *h)
{
	return h->family == 4 ? 4 : 16;
}

/* With the pseudo-header of RFC 9293, 3.1 and RFC 8200, 8.1. */
static uint16_t transport_sum(
	const struct bytes *b, const struct host *from, const struct host *to, uint8_t protocol)
{
	uint32_t total = sum(protocol + (uint32_t)length(b), from->ip, host_len(from));

	total = sum(total, to->ip, host_len(to));
	return folded(sum(total, b->room + b->at, length(b)));
}

/* ---- IP and what is in it */

static void prepend_ip(struct bytes *b, const struct host *from, const struct host *to,
	uint8_t protocol, const struct packet *p)
{
	size_t len = length(b);
	uint8_t *ip = prepend(b, from->family == 4 ? 20 : 40);

	if (from->family == 4) {
		ip[0] = 0x45;
		ip[1] = p->tos;
		set16(ip + 2, (uint32_t)len + 20);
		set16(ip + 4, p->id);
		set16(ip + 6, p->may_fragment ? 0 : 0x4000);
		ip[8] = p->ttl;
		ip[9] = protocol;
		memcpy(ip + 12, from->ip, 4);
		memcpy(ip + 16, to->ip, 4);
		set16(ip + 10, folded(sum(0, ip, 20)));
		return;
	}
	set32(ip, 6U << 28 | (uint32_t)p->tos << 20);
	set16(ip + 4, (uint32_t)len);
	ip[6] = protocol;
	ip[7] = p->ttl;
	memcpy(ip + 8, from->ip, 16);
	memcpy(ip + 24, to->ip, 16);
}

static void prepend_tcp(struct bytes *b, const struct packet *p)
{
	size_t options = (p->options_len + 3U) / 4 * 4;
	uint8_t *tcp = prepend(b, 20 + options);

	set16(tcp, p->port_from);
	set16(tcp + 2, p->port_to);
	set32(tcp + 4, p->sequence);
	set32(tcp + 8, p->acknowledgment);
	tcp[12] = (uint8_t)((20 + options) / 4 << 4);
	tcp[13] = (uint8_t)p->flags;
	set16(tcp + 14, p->window);
	set16(tcp + 18, p->urgent);
	memset(tcp + 20, 1, options); /* NOP */
	memcpy(tcp + 20, p->options, p->options_len);
	set16(tcp + 16,
		transport_sum(b, &p->from->host, &p->to->host, 6) ^ (p->bad_sum ? 0x1234 : 0));
}

static void prepend_udp(struct bytes *b, uint16_t from, uint16_t to)
{
	uint8_t *udp = prepend(b, 8);

	set16(udp, from);
	set16(udp + 2, to);
	set16(udp + 4, (uint32_t)length(b));
}

static void prepend_icmp(struct bytes *b, const struct packet *p)
{
	uint8_t *icmp = prepend(b, 8);

	icmp[0] = p->icmp_type;
	icmp[1] = p->icmp_code;
	set32(icmp + 4, p->icmp_rest);
	set16(icmp + 2, p->sender.family == 4
				? folded(sum(0, icmp, length(b)))
				: transport_sum(b, &p->sender, &p->to->host, p->protocol));
}

/* Extension headers of RFC 8200, the inner first: hop, dst, routing, auth, frag. */
static uint8_t prepend_extensions(struct bytes *b, const struct packet *p)
{
	static const struct {
		const char *name;
		uint8_t number, len;
	} known[] = {{"hop", 0, 8}, {"dst", 60, 8}, {"long", 60, 24}, {"routing", 43, 8},
		{"auth", 51, 12}, {"frag", 44, 8}};
	uint8_t protocol = p->protocol;
	char *names = must(strdup(p->extensions)), *rest = names, *name;

	while ((name = strsep(&rest, ",")) && *name)
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (strcmp(name, known[i].name) == 0) {
				uint8_t *header = prepend(b, known[i].len);

				header[0] = protocol;
				header[1] =
					(uint8_t)(known[i].number == 51   ? known[i].len / 4 - 2
						  : known[i].number == 44 ? 0
									  : known[i].len / 8 - 1);
				if (known[i].number == 60)
					memcpy(header + 2,
						(uint8_t[]){1, (uint8_t)(known[i].len - 4)}, 2);
				protocol = known[i].number;
			}
	free(names);
	return protocol;
}

/* The whole packet, from its IP header on. */
static void build_ip(struct bytes *b, const struct packet *p)
{
	begin_bytes(b, p->quoted, p->payload);
	if (p->protocol == 6)
		prepend_tcp(b, p);
	else if (p->protocol == 17)
		prepend_udp(b, p->port_from, p->port_to);
	else
		prepend_icmp(b, p);
	prepend_ip(b, p->sender.family ? &p->sender : &p->from->host, &p->to->host,
		prepend_extensions(b, p), p);
}

/* ---- around it */

static void prepend_ethernet(struct bytes *b, const struct packet *p, uint16_t type)
{
	uint8_t *header = prepend(b, 14);

	header[0] = header[6] = 2;
	header[5] = (uint8_t)p->to->name[0];
	header[11] = (uint8_t)p->from->name[0];
	set16(header + 12, type);
}

static uint16_t carry(
	struct bytes *b, const struct packet *p, const struct wrap *w, uint8_t protocol)
{
	bool back = p->from > p->to; /* those that were named later are on the other side */
	struct packet outer = {.ttl = 64, .id = p->id};

	prepend_ip(b, back ? &w->to : &w->from, back ? &w->from : &w->to, protocol, &outer);
	return w->from.family == 4 ? IPV4 : IPV6;
}

static uint16_t carry_gre(
	struct bytes *b, const struct packet *p, const struct wrap *w, uint16_t type)
{
	uint8_t *gre;

	if (strcmp(w->kind, "gretap") == 0) {
		prepend_ethernet(b, p, type);
		type = BRIDGED;
	}
	gre = prepend(b, w->id ? 8 : 4);
	set16(gre, w->id ? 0x2000 : 0);
	set16(gre + 2, type);
	if (w->id)
		set32(gre + 4, w->id);
	return carry(b, p, w, 47);
}

static uint16_t carry_overlay(
	struct bytes *b, const struct packet *p, const struct wrap *w, uint16_t type)
{
	bool vxlan = strncmp(w->kind, "vxlan", 5) == 0;
	uint8_t *header;

	prepend_ethernet(b, p, type);
	header = prepend(b, 8);
	set32(header, vxlan ? 8U << 24 : BRIDGED);
	set32(header + 4, w->id << 8);
	prepend_udp(b, 50000, !vxlan ? 6081 : w->kind[5] ? 8472 : 4789);
	return carry(b, p, w, 17);
}

static uint16_t carry_pppoe(struct bytes *b, const struct wrap *w, uint16_t type)
{
	uint8_t *header;

	set16(prepend(b, 2), type == IPV4 ? 0x0021 : type == IPV6 ? 0x0057 : 0x0281);
	header = prepend(b, 6);
	header[0] = 0x11;
	set16(header + 2, w->id);
	set16(header + 4, (uint32_t)length(b) - 6);
	return PPPOE;
}

/* The type of what is in front then. */
static uint16_t wrap_in(
	struct bytes *b, const struct packet *p, const struct wrap *w, uint16_t type)
{
	uint8_t *header;

	if (strcmp(w->kind, "ipip") == 0)
		return carry(b, p, w, type == IPV4 ? 4 : 41);
	if (strncmp(w->kind, "gre", 3) == 0)
		return carry_gre(b, p, w, type);
	if (strcmp(w->kind, "pppoe") == 0)
		return carry_pppoe(b, w, type);
	if (strncmp(w->kind, "vxlan", 5) == 0 || strcmp(w->kind, "geneve") == 0)
		return carry_overlay(b, p, w, type);
	header = prepend(b, 4);
	if (strcmp(w->kind, "mpls") == 0) {
		set32(header, w->id << 12 | (type == MPLS ? 0 : 0x100) | 64);
		return MPLS;
	}
	set16(header, w->id);
	set16(header + 2, type);
	return strcmp(w->kind, "qinq") == 0 ? 0x88a8 : 0x8100;
}

static void prepend_cooked2(struct bytes *b, const struct packet *p, uint16_t type)
{
	uint8_t *header = prepend(b, 20);

	set16(header, type);
	set32(header + 4, p->index);
	set16(header + 8, 1);
	header[10] = p->outgoing ? 4 : 0;
	header[11] = 6;
}

static void prepend_cooked(struct bytes *b, const struct packet *p, uint16_t type)
{
	uint8_t *header = prepend(b, 16);

	set16(header, p->outgoing ? 4 : 0);
	set16(header + 2, 1);
	set16(header + 4, 6);
	set16(header + 14, type);
}

static void prepend_loopback(struct bytes *b, bool big, uint16_t type)
{
	uint8_t *header = prepend(b, 4);

	header[big ? 3 : 0] = type == IPV4 ? 2 : 24;
}

static void prepend_link(
	const struct capture *c, struct bytes *b, const struct packet *p, uint16_t type)
{
	switch (c->interfaces[p->interface].link) {
	case LINK_ETHERNET:
		prepend_ethernet(b, p, type);
		break;
	case LINK_COOKED:
		prepend_cooked(b, p, type);
		break;
	case LINK_COOKED2:
		prepend_cooked2(b, p, type);
		break;
	case LINK_NULL:
	case LINK_LOOP:
		prepend_loopback(b, c->big || c->interfaces[p->interface].link == LINK_LOOP, type);
		break;
	case LINK_PPP:
		set16(prepend(b, 2), type == IPV4 ? 0x0021 : 0x0057);
		break;
	default:
		break;
	}
}

static struct frame *add_frame(struct capture *c)
{
	if (c->count == c->room) {
		c->room = c->room ? 2 * c->room : 64;
		c->frames = must(realloc(c->frames, c->room * sizeof *c->frames));
	}
	return &c->frames[c->count++];
}

/* From the IP header on it stands there. */
static void put_frame(struct capture *c, struct bytes *b, const struct packet *p, uint64_t at)
{
	uint16_t type = p->from && p->from->host.family == 4 ? IPV4 : IPV6;
	struct frame *out = add_frame(c);

	for (unsigned i = 0; i < p->wrap_count; i++)
		type = wrap_in(b, p, &p->wraps[i], type);
	prepend_link(c, b, p, type);
	*out = (struct frame){.at = at, .interface = p->interface, .len = (uint32_t)length(b)};
	out->direction = p->outgoing ? 2 : p->incoming ? 1 : 0;
	out->captured = p->captured && p->captured < out->len ? p->captured : out->len;
	if (c->snaplen && out->captured > c->snaplen)
		out->captured = c->snaplen;
	out->bytes = must(malloc(out->len));
	memcpy(out->bytes, b->room + b->at, out->len);
}

/* ---- fragments */

static void put_fragment(struct capture *c, const struct packet *p, uint64_t at,
	const uint8_t *whole, size_t offset, size_t len, bool more)
{
	size_t header = p->from->host.family == 4 ? 20 : 40;
	struct bytes b;
	uint8_t *ip;

	begin_bytes(&b, whole + header + offset, len);
	if (header == 40) {
		uint8_t *fragment = prepend(&b, 8);

		fragment[0] = p->protocol;
		set16(fragment + 2, (uint32_t)offset | more);
		set32(fragment + 4, p->id);
	}
	ip = prepend(&b, header);
	memcpy(ip, whole, header);
	if (header == 40) {
		set16(ip + 4, (uint32_t)len + 8);
		ip[6] = 44;
	} else {
		set16(ip + 2, (uint32_t)len + 20);
		set16(ip + 6, (uint32_t)offset / 8 | (more ? 0x2000 : 0));
		set16(ip + 10, 0);
		set16(ip + 10, folded(sum(0, ip, 20)));
	}
	put_frame(c, &b, p, at);
}

static void put_fragments(
	struct capture *c, const struct packet *p, const struct bytes *whole, uint64_t at)
{
	size_t header = p->from->host.family == 4 ? 20 : 40, size = p->fragments / 8 * 8;
	size_t left = length(whole) - header;

	for (size_t offset = 0; left > 0; offset += size) {
		size_t len = left < size ? left : size;

		left -= len;
		put_fragment(c, p, at, whole->room + whole->at, offset, len, left > 0);
	}
}

/* ---- words */

static void add_option(struct packet *p, const uint8_t *bytes, size_t len)
{
	if (p->options_len + len > OPTIONS) {
		fputs("frames: more than 40 bytes of options\n", stderr);
		exit(2);
	}
	memcpy(p->options + p->options_len, bytes, len);
	p->options_len = (uint8_t)(p->options_len + len);
}

static size_t unhex(const char *text, uint8_t *out, size_t room)
{
	size_t len = 0;

	for (; len < room && text[0] && text[1]; text += 2) {
		char pair[] = {text[0], text[1], '\0'}, *end;

		out[len] = (uint8_t)strtoul(pair, &end, 16);
		if (*end)
			break;
		len++;
	}
	return len;
}

/* Those of options, with their numbers of arguments. */
static size_t take_option(const struct capture *c, struct packet *p, char **words)
{
	uint8_t bytes[OPTIONS] = {0};
	const char *word = words[0];

	if (strcmp(word, "mss") == 0) {
		set32(bytes, 0x02040000 | number(c, words[1]));
		add_option(p, bytes, 4);
		return 2;
	}
	if (strcmp(word, "ws") == 0) {
		set32(bytes, 0x01030300 | number(c, words[1]));
		add_option(p, bytes, 4);
		return 2;
	}
	if (strcmp(word, "sack") == 0) {
		add_option(p, (const uint8_t[]){4, 2}, 2);
		return 1;
	}
	if (strcmp(word, "ts") == 0) {
		set16(bytes, 0x080a);
		set32(bytes + 2, number(c, words[1]));
		set32(bytes + 6, number(c, words[2]));
		add_option(p, bytes, 10);
		return 3;
	}
	if (strcmp(word, "tfo") == 0 || strcmp(word, "mptcp") == 0) {
		size_t len = unhex(words[1], bytes + 2, sizeof bytes - 2);

		bytes[0] = word[0] == 't' ? 34 : 30;
		bytes[1] = (uint8_t)(len + 2);
		add_option(p, bytes, len + 2);
		return 2;
	}
	if (strcmp(word, "blocks") == 0) {
		set16(bytes, 0x050a);
		set32(bytes + 2, number(c, words[1]));
		set32(bytes + 6, number(c, words[2]));
		add_option(p, bytes, 10);
		return 3;
	}
	if (strcmp(word, "opt") != 0)
		return 0;
	add_option(p, bytes, unhex(words[1], bytes, sizeof bytes));
	return 2;
}

static size_t take_wrap(const struct capture *c, struct packet *p, char **words)
{
	static const struct {
		const char *kind;
		bool hosts, id;
	} known[] = {{"vlan", false, true}, {"qinq", false, true}, {"mpls", false, true},
		{"pppoe", false, true}, {"ipip", true, false}, {"gre", true, true},
		{"gretap", true, true}, {"vxlan", true, true}, {"vxlan8472", true, true},
		{"geneve", true, true}};
	size_t used = 1;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct wrap *w = &p->wraps[p->wrap_count];

		if (strcmp(words[0], known[i].kind) != 0)
			continue;
		if (p->wrap_count++ == WRAPS)
			fail(c, "more than %d wrappers", WRAPS);
		*w = (struct wrap){.kind = known[i].kind};
		if (known[i].hosts) {
			w->from = host_of(c, words[used++]);
			w->to = host_of(c, words[used++]);
		}
		if (known[i].id)
			w->id = number(c, words[used++]);
		return used;
	}
	return 0;
}

static size_t take_number(const struct capture *c, struct packet *p, char **words)
{
	const struct {
		const char *name;
		void *at;
		size_t size;
	} known[] = {{"seq", &p->sequence, 4}, {"ack", &p->acknowledgment, 4},
		{"len", &p->payload, 2}, {"win", &p->window, 2}, {"urg", &p->urgent, 2},
		{"id", &p->id, 2}, {"ttl", &p->ttl, 1}, {"tos", &p->tos, 1},
		{"cut", &p->captured, 4}, {"fragments", &p->fragments, 2}, {"if", &p->interface, 4},
		{"index", &p->index, 4}, {"sport", &p->port_from, 2}, {"dport", &p->port_to, 2}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		uint32_t value;

		if (strcmp(words[0], known[i].name) != 0)
			continue;
		value = number(c, words[1]);
		if (known[i].size == 1)
			*(uint8_t *)known[i].at = (uint8_t)value;
		else if (known[i].size == 2)
			*(uint16_t *)known[i].at = (uint16_t)value;
		else
			*(uint32_t *)known[i].at = value;
		p->has_sequence |= i == 0;
		p->has_acknowledgment |= i == 1;
		return 2;
	}
	return 0;
}

static unsigned flags_of(const struct capture *c, const char *text)
{
	static const char letters[] = "FSRPAUEW";
	unsigned flags = 0;

	for (; *text && *text != '-'; text++) {
		const char *letter = strchr(letters, *text);

		if (!letter)
			fail(c, "what flag is %c?", *text);
		flags |= 1U << (letter - letters);
	}
	return flags;
}

static size_t take_word(const struct capture *c, struct packet *p, char **words)
{
	const struct {
		const char *name;
		bool *is;
	} known[] = {{"in", &p->incoming}, {"out", &p->outgoing}, {"lost", &p->lost},
		{"badsum", &p->bad_sum}, {"nodf", &p->may_fragment}};
	size_t used = take_number(c, p, words);

	if (used == 0)
		used = take_option(c, p, words);
	if (used == 0)
		used = take_wrap(c, p, words);
	if (used > 0)
		return used;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(words[0], known[i].name) == 0) {
			*known[i].is = true;
			if (known[i].is == &p->incoming)
				p->outgoing = false;
			else if (known[i].is == &p->outgoing)
				p->incoming = false;
			return 1;
		}
	if (strcmp(words[0], "noopt") == 0) {
		p->options_len = 0;
		return 1;
	}
	if (strcmp(words[0], "flags") == 0) {
		p->flags = flags_of(c, words[1]);
		return 2;
	}
	if (strcmp(words[0], "ext") == 0) {
		name_it(c, p->extensions, words[1]);
		return 2;
	}
	fail(c, "what is %s?", words[0]);
}

/* The list ends with empty words, which the last one's arguments run into. */
static size_t split(char *text, char *words[static WORDS + 4])
{
	static char none[] = "";
	size_t count = 0;
	char *rest = text, *word;

	while (count < WORDS && (word = strsep(&rest, " \t")))
		if (*word)
			words[count++] = word;
	for (size_t i = 0; i < 4; i++)
		words[count + i] = none;
	return count;
}

static void take_words(const struct capture *c, struct packet *p, char **words)
{
	while (**words)
		words += take_word(c, p, words);
}

/* ---- packets */

static struct end *end_of(struct capture *c, const char *name)
{
	for (size_t i = 0; i < c->end_count; i++)
		if (strcmp(c->ends[i].name, name) == 0)
			return &c->ends[i];
	fail(c, "no end is called %s", name);
}

/* Numbers that are not said go on where they were. */
static void number_it(struct packet *p, struct end *from, const struct end *to)
{
	uint32_t end;

	if (!p->has_sequence)
		p->sequence = p->flags & SYN ? from->isn : from->next;
	if (!p->has_acknowledgment && p->flags & ACK)
		p->acknowledgment = to->next;
	end = p->sequence + p->payload + (p->flags & SYN ? 1 : 0) + (p->flags & FIN ? 1 : 0);
	if (p->flags & SYN || (int32_t)(end - from->next) > 0)
		from->next = end;
}

static void put_packet(struct capture *c, const struct packet *p, uint64_t at)
{
	struct bytes b;

	if (p->interface >= c->interface_count)
		fail(c, "no interface %" PRIu32, p->interface);
	c->last = *p;
	if (p->lost)
		return;
	build_ip(&b, p);
	if (p->fragments)
		put_fragments(c, p, &b, at);
	else
		put_frame(c, &b, p, at);
}

static struct packet blank(struct capture *c)
{
	struct packet p = {.window = 64240};
	char *words[WORDS + 4], *copy = must(strdup(c->always ? c->always : ""));

	split(copy, words);
	take_words(c, &p, words);
	free(copy);
	return p;
}

/* TIME FROM > TO FLAGS|udp WORDS */
static void read_segment(struct capture *c, uint64_t at, char **words)
{
	struct end *from = end_of(c, words[1]), *to = end_of(c, words[3]);
	struct packet p = blank(c);

	p.from = from;
	p.to = to;
	p.protocol = strcmp(words[4], "udp") == 0 ? 17 : 6;
	p.flags = p.protocol == 6 ? flags_of(c, words[4]) : 0;
	p.id = from->id++;
	p.ttl = p.ttl ? p.ttl : from->ttl;
	p.port_from = p.port_from ? p.port_from : from->port;
	p.port_to = p.port_to ? p.port_to : to->port;
	take_words(c, &p, words + 5);
	if (p.protocol == 6)
		number_it(&p, from, to);
	put_packet(c, &p, at);
}

/* TIME again WORDS: the packet before, with other words */
static void read_again(struct capture *c, uint64_t at, char **words)
{
	struct packet p = c->last;

	p.lost = false;
	take_words(c, &p, words + 2);
	put_packet(c, &p, at);
}

/* TIME icmp TYPE/CODE from HOST quoting BYTES WORDS: to who sent the packet before */
static void read_icmp(struct capture *c, uint64_t at, char **words)
{
	struct packet p = blank(c), about = c->last;
	struct bytes quoted;
	char *slash;
	size_t len;

	if (strcmp(words[3], "from") != 0 || strcmp(words[5], "quoting") != 0)
		fail(c, "TIME icmp TYPE/CODE from HOST quoting BYTES");
	p.icmp_type = (uint8_t)strtoul(words[2], &slash, 10);
	if (*slash != '/')
		fail(c, "%s is no TYPE/CODE", words[2]);
	p.icmp_code = (uint8_t)number(c, slash + 1);
	if (!about.from)
		fail(c, "there is nothing to quote yet");
	build_ip(&quoted, &about);
	len = (about.from->host.family == 4 ? 20U : 40U) + number(c, words[6]);
	p.quoted = quoted.room + quoted.at;
	p.payload = (uint16_t)(len < length(&quoted) ? len : length(&quoted));
	p.from = about.to;
	p.to = about.from;
	p.ttl = 64;
	p.sender = host_of(c, words[4]);
	p.protocol = p.sender.family == 4 ? 1 : 58;
	take_words(c, &p, words + 7);
	put_packet(c, &p, at);
	c->last = about;
}

static void read_raw(struct capture *c, uint64_t at, char **words)
{
	struct frame *out = add_frame(c);
	size_t room = strlen(words[2]) / 2;

	*out = (struct frame){.at = at, .bytes = must(malloc(room + 1))};
	out->len = out->captured = (uint32_t)unhex(words[2], out->bytes, room);
}

static uint64_t time_of(const struct capture *c, const char *text)
{
	char digits[] = "000000000";
	const char *dot = strchr(text, '.');
	long long seconds = strtoll(text, NULL, 10);

	for (size_t i = 0; dot && dot[1 + i] && i < sizeof digits - 1; i++)
		digits[i] = dot[1 + i];
	return (c->base + (uint64_t)seconds) * 1000000000 + strtoull(digits, NULL, 10);
}

/* ---- lines */

static uint32_t link_by_name(const struct capture *c, const char *name)
{
	static const struct {
		const char *name;
		uint32_t number;
	} known[] = {{"ethernet", LINK_ETHERNET}, {"cooked", LINK_COOKED},
		{"cooked2", LINK_COOKED2}, {"raw", LINK_RAW}, {"null", LINK_NULL},
		{"loop", LINK_LOOP}, {"ppp", LINK_PPP}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].number;
	return number(c, name);
}

/* end NAME HOST PORT [ttl N] [isn N] [id N] */
static void read_end(struct capture *c, char **words)
{
	struct end *e = NULL;

	for (size_t i = 0; i < c->end_count; i++)
		if (strcmp(c->ends[i].name, words[1]) == 0)
			e = &c->ends[i];
	if (!e && c->end_count == ENDS)
		fail(c, "more than %d ends", ENDS);
	if (!e)
		e = &c->ends[c->end_count++];
	*e = (struct end){.host = host_of(c, words[2]),
		.port = (uint16_t)number(c, words[3]),
		.ttl = 64,
		.isn = (uint32_t)(e - c->ends) * 4000 + 1000,
		.id = (uint16_t)((e - c->ends) * 1000 + 1)};
	name_it(c, e->name, words[1]);
	for (words += 4; **words; words += 2) {
		uint32_t value = number(c, words[1]);

		if (strcmp(words[0], "ttl") == 0)
			e->ttl = (uint8_t)value;
		else if (strcmp(words[0], "isn") == 0)
			e->isn = value;
		else if (strcmp(words[0], "id") == 0)
			e->id = (uint16_t)value;
		else
			fail(c, "what is %s?", words[0]);
	}
}

static void read_interface(struct capture *c, char **words)
{
	static bool named;

	if (!named)
		c->interface_count = 0;
	named = true;
	if (c->interface_count == INTERFACES)
		fail(c, "more than %d interfaces", INTERFACES);
	if (strcmp(words[1], "-") != 0)
		name_it(c, c->interfaces[c->interface_count].name, words[1]);
	c->interfaces[c->interface_count++].link = link_by_name(c, words[2]);
}

static void set_form(struct capture *c, const char *word)
{
	const char *value = strchr(word, '=');

	if (strcmp(word, "be") == 0)
		c->big = true;
	else if (strcmp(word, "nano") == 0)
		c->nano = true;
	else if (strcmp(word, "pcapng") == 0)
		c->pcapng = true;
	else if (value && strncmp(word, "snap=", 5) == 0)
		c->snaplen = number(c, value + 1);
	else if (value && strncmp(word, "cut=", 4) == 0)
		c->cut = number(c, value + 1);
	else if (value && strncmp(word, "shuffle=", 8) == 0)
		c->shuffle = number(c, value + 1);
	else
		fail(c, "what form is %s?", word);
}

static void read_always(struct capture *c, const char *words)
{
	free(c->always);
	c->always = must(strdup(words));
}

static void read_line(struct capture *c, char **words, size_t count, const char *line)
{
	if (strcmp(words[0], "end") == 0)
		read_end(c, words);
	else if (strcmp(words[0], "link") == 0)
		c->interfaces[0].link = link_by_name(c, words[1]);
	else if (strcmp(words[0], "interface") == 0)
		read_interface(c, words);
	else if (strcmp(words[0], "at") == 0)
		c->base = number(c, words[1]);
	else if (strcmp(words[0], "with") == 0)
		read_always(c, strstr(line, "with") + 4);
	else if (strcmp(words[0], "file") == 0)
		for (size_t i = 1; i < count; i++)
			set_form(c, words[i]);
	else if (strcmp(words[1], "again") == 0)
		read_again(c, time_of(c, words[0]), words);
	else if (strcmp(words[1], "icmp") == 0)
		read_icmp(c, time_of(c, words[0]), words);
	else if (strcmp(words[1], "raw") == 0)
		read_raw(c, time_of(c, words[0]), words);
	else if (strcmp(words[2], ">") == 0)
		read_segment(c, time_of(c, words[0]), words);
	else
		fail(c, "what is %s?", words[0]);
}

static void read_text(struct capture *c, FILE *f)
{
	char *line = NULL, *words[WORDS + 4];
	size_t room = 0;

	while (getline(&line, &room, f) > 0) {
		char *copy, *comment = strchr(line, '#');
		size_t count;

		c->line++;
		line[strcspn(line, "\n")] = '\0';
		if (comment)
			*comment = '\0';
		copy = must(strdup(line));
		count = split(copy, words);
		if (count > 0)
			read_line(c, words, count, line);
		free(copy);
	}
	free(line);
}

/* ---- files */

struct file {
	uint8_t *bytes;
	size_t len, room;
	bool big;
};

static void put(struct file *f, const void *bytes, size_t len)
{
	while (f->len + len > f->room) {
		f->room = f->room ? 2 * f->room : 4096;
		f->bytes = must(realloc(f->bytes, f->room));
	}
	memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
}

static void put_number(struct file *f, uint32_t value, unsigned bytes)
{
	uint8_t room[4];

	for (unsigned i = 0; i < bytes; i++)
		room[i] = (uint8_t)(value >> 8 * (f->big ? bytes - 1 - i : i));
	put(f, room, bytes);
}

static void pad(struct file *f)
{
	while (f->len % 4)
		put(f, "", 1);
}

static void write_pcap(const struct capture *c, struct file *f)
{
	put_number(f, c->nano ? 0xa1b23c4d : 0xa1b2c3d4, 4);
	put_number(f, 2, 2);
	put_number(f, 4, 2);
	put_number(f, 0, 4);
	put_number(f, 0, 4);
	put_number(f, 262144, 4);
	put_number(f, c->interfaces[0].link, 4);
	for (size_t i = 0; i < c->count; i++) {
		const struct frame *frame = &c->frames[i];

		put_number(f, (uint32_t)(frame->at / 1000000000), 4);
		put_number(f, (uint32_t)(frame->at % 1000000000 / (c->nano ? 1 : 1000)), 4);
		put_number(f, frame->captured, 4);
		put_number(f, frame->len, 4);
		put(f, frame->bytes, frame->captured);
	}
}

/* The two places of its length are filled in at the end. */
static size_t begin_block(struct file *f, uint32_t type)
{
	size_t start = f->len;

	put_number(f, type, 4);
	put_number(f, 0, 4);
	return start;
}

static void end_block(struct file *f, size_t start)
{
	size_t end;

	pad(f);
	end = f->len + 4;
	put_number(f, (uint32_t)(end - start), 4);
	memcpy(f->bytes + start + 4, f->bytes + f->len - 4, 4);
}

static void put_option(struct file *f, uint32_t code, const void *bytes, size_t len)
{
	put_number(f, code, 2);
	put_number(f, (uint32_t)len, 2);
	put(f, bytes, len);
	pad(f);
}

static void put_section(struct file *f)
{
	size_t start = begin_block(f, 0x0a0d0d0a);

	put_number(f, 0x1a2b3c4d, 4);
	put_number(f, 1, 2);
	put_number(f, 0, 2);
	put(f, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	end_block(f, start);
}

static void put_interface(const struct capture *c, struct file *f, const struct interface *i)
{
	size_t start = begin_block(f, 1);

	put_number(f, i->link, 2);
	put_number(f, 0, 2);
	put_number(f, 262144, 4);
	if (*i->name)
		put_option(f, 2, i->name, strlen(i->name));
	if (c->nano)
		put_option(f, 9, "\x09", 1);
	put_option(f, 0, "", 0);
	end_block(f, start);
}

static void write_pcapng(const struct capture *c, struct file *f)
{
	put_section(f);
	for (size_t i = 0; i < c->interface_count; i++)
		put_interface(c, f, &c->interfaces[i]);
	for (size_t i = 0; i < c->count; i++) {
		const struct frame *frame = &c->frames[i];
		uint64_t at = frame->at / (c->nano ? 1 : 1000);
		size_t start = begin_block(f, 6);

		put_number(f, frame->interface, 4);
		put_number(f, (uint32_t)(at >> 32), 4);
		put_number(f, (uint32_t)at, 4);
		put_number(f, frame->captured, 4);
		put_number(f, frame->len, 4);
		put(f, frame->bytes, frame->captured);
		if (frame->direction) {
			pad(f);
			put_number(f, 2, 2);
			put_number(f, 4, 2);
			put_number(f, frame->direction, 4);
			put_option(f, 0, "", 0);
		}
		end_block(f, start);
	}
}

/* Fisher and Yates; the numbers are those of xorshift64* */
static void shuffle(struct capture *c)
{
	uint64_t state = c->shuffle;

	for (size_t i = c->count; i > 1; i--) {
		struct frame kept = c->frames[i - 1];
		size_t other;

		state ^= state >> 12;
		state ^= state << 25;
		state ^= state >> 27;
		other = (size_t)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % i;
		c->frames[i - 1] = c->frames[other];
		c->frames[other] = kept;
	}
}

static void write_capture(struct capture *c)
{
	struct file f = {.big = c->big};

	if (c->shuffle)
		shuffle(c);
	if (c->pcapng)
		write_pcapng(c, &f);
	else
		write_pcap(c, &f);
	f.len -= c->cut < f.len ? c->cut : f.len;
	if (fwrite(f.bytes, 1, f.len, stdout) != f.len || fflush(stdout) != 0) {
		perror("frames");
		exit(2);
	}
	free(f.bytes);
}

static void forget(struct capture *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->frames[i].bytes);
	free(c->frames);
	free(c->always);
}

static void read_default_ends(struct capture *c)
{
	char client[] = "end c 10.0.0.1 40000", server[] = "end s 10.0.0.2 80";
	char *words[WORDS + 4];

	split(client, words);
	read_end(c, words);
	split(server, words);
	read_end(c, words);
}

int main(int argc, char **argv)
{
	static struct capture c = {
		.base = 1700000000, .interfaces = {{"", LINK_ETHERNET}}, .interface_count = 1};
	bool formed = argc == 4 && strcmp(argv[1], "-f") == 0;
	FILE *f;

	if (argc != 2 && !formed) {
		fputs("usage: frames [-f WORDS] FILE >CAPTURE\n", stderr);
		return 2;
	}
	read_default_ends(&c);
	if (formed)
		for (char *rest = argv[2], *word; (word = strsep(&rest, ","));)
			set_form(&c, word);
	f = fopen(argv[argc - 1], "r");
	if (!f) {
		perror(argv[argc - 1]);
		return 2;
	}
	read_text(&c, f);
	fclose(f);
	write_capture(&c);
	forget(&c);
	return 0;
}
