/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/proc_net.h"

#include "netprobe/base/err.h"

#include <string.h>
#include <unistd.h>

const struct proc_net_table proc_net_tables[PROC_NET_TABLES] = {
	{"tcp", SOCKET_TCP, 4},
	{"tcp6", SOCKET_TCP, 6},
	{"udp", SOCKET_UDP, 4},
	{"udp6", SOCKET_UDP, 6},
	{"udplite", SOCKET_UDPLITE, 4},
	{"udplite6", SOCKET_UDPLITE, 6},
	{"raw", SOCKET_RAW, 4},
	{"raw6", SOCKET_RAW, 6},
	{"icmp", SOCKET_ICMP, 4},
	{"icmp6", SOCKET_ICMP, 6},
	{"unix", SOCKET_UNIX, 0},
};

/* ---- fields */

/* The first field that is not there fails it for good; whoever reads a line asks once. */
struct fields {
	const char *at, *end;
	bool failed;
};

/* A digit is its value and this bit. */
enum { IS_DIGIT = 0x10 };

static const uint8_t digits[UINT8_MAX + 1] = {
	['0'] = 0x10,
	['1'] = 0x11,
	['2'] = 0x12,
	['3'] = 0x13,
	['4'] = 0x14,
	['5'] = 0x15,
	['6'] = 0x16,
	['7'] = 0x17,
	['8'] = 0x18,
	['9'] = 0x19,
	['A'] = 0x1a,
	['B'] = 0x1b,
	['C'] = 0x1c,
	['D'] = 0x1d,
	['E'] = 0x1e,
	['F'] = 0x1f,
	['a'] = 0x1a,
	['b'] = 0x1b,
	['c'] = 0x1c,
	['d'] = 0x1d,
	['e'] = 0x1e,
	['f'] = 0x1f,
};

static void skip_blanks(struct fields *f)
{
	while (f->at < f->end && *f->at == ' ')
		f->at++;
}

static void expect(struct fields *f, char c)
{
	if (f->at < f->end && *f->at == c)
		f->at++;
	else
		f->failed = true;
}

static void gap(struct fields *f)
{
	expect(f, ' ');
	skip_blanks(f);
}

/* Of as many digits as the kernel pads it to. What follows says whether there were more. */
static uint32_t hex(struct fields *f, int width)
{
	uint8_t all = IS_DIGIT;
	uint32_t value = 0;

	if (f->end - f->at < width) {
		f->failed = true;
		return 0;
	}
	for (int i = 0; i < width; i++) {
		uint8_t digit = digits[(uint8_t)f->at[i]];

		all &= digit;
		value = value << 4 | (digit & 0xf);
	}
	f->at += width;
	f->failed |= all != IS_DIGIT;
	return value;
}

/* A long: eight digits, or more where they are needed. */
static uint64_t hex_long(struct fields *f)
{
	enum { MORE = 8 };
	uint64_t value = hex(f, 8);

	for (int i = 0; i < MORE && f->at < f->end && digits[(uint8_t)*f->at]; i++)
		value = value << 4 | (digits[(uint8_t)*f->at++] & 0xf);
	return value;
}

static uint64_t decimal(struct fields *f, uint64_t max)
{
	const char *start = f->at;
	uint64_t value = 0;

	for (; f->at < f->end && *f->at >= '0' && *f->at <= '9'; f->at++) {
		unsigned digit = (unsigned)(*f->at - '0');

		if (value > (max - digit) / 10) {
			f->failed = true;
			return 0;
		}
		value = value * 10 + digit;
	}
	f->failed |= f->at == start;
	return value;
}

/* Something that is of no interest, up to a blank or `last`. */
static void skip_word(struct fields *f, char last)
{
	const char *start = f->at;

	while (f->at < f->end && *f->at != ' ' && *f->at != last)
		f->at++;
	f->failed |= f->at == start;
}

static bool is_heading(const struct fields *f, const char *first)
{
	size_t len = strlen(first);

	return (size_t)(f->end - f->at) > len && memcmp(f->at, first, len) == 0 &&
	       f->at[len] == ' ';
}

/* ---- the tables of the internet protocols */

/* The kernel writes the words of an address as numbers of its own: put back into memory as they
 * are, they stand in network order on every machine. */
static void read_end(struct fields *f, uint8_t family, struct addr *a)
{
	int words = family == 6 ? 4 : 1;

	a->family = family;
	for (int i = 0; i < words; i++) {
		uint32_t word = hex(f, 8);

		memcpy(a->ip + sizeof word * (size_t)i, &word, sizeof word);
	}
	expect(f, ':');
	a->port = (uint16_t)hex(f, 4);
	gap(f);
}

static uint32_t ticks_to_ms(uint64_t ticks)
{
	uint64_t ms;

	if (ticks == 0)
		return 0;
	if (ticks > UINT32_MAX)
		return UINT32_MAX;
	ms = ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static void read_queues(struct fields *f, struct socket_entry *out)
{
	out->send_q = hex(f, 8);
	expect(f, ':');
	out->recv_q = hex(f, 8);
	gap(f);
}

/* A timer that came after this was written is none, rather than no socket. */
static void read_timer(struct fields *f, struct socket_entry *out)
{
	uint32_t timer = hex(f, 2);

	expect(f, ':');
	out->timer_ms = ticks_to_ms(hex_long(f));
	if (timer < SOCKET_TIMERS)
		out->timer = (uint8_t)timer;
	gap(f);
}

/* Probes that got no answer stand in the column "timeout", apart from retransmissions. */
static bool counts_probes(const struct socket_entry *e)
{
	return e->timer == SOCKET_TIMER_KEEPALIVE || e->timer == SOCKET_TIMER_PROBE;
}

static void read_owner(struct fields *f, struct socket_entry *out)
{
	uint32_t retransmits = hex(f, 8), probes, count;

	gap(f);
	out->uid = (uint32_t)decimal(f, UINT32_MAX);
	gap(f);
	probes = (uint32_t)decimal(f, UINT32_MAX);
	gap(f);
	out->inode = decimal(f, UINT64_MAX);
	gap(f);
	count = counts_probes(out) ? probes : retransmits;
	out->retransmits = count < UINT8_MAX ? (uint8_t)count : UINT8_MAX;
}

static void read_drops(struct fields *f, struct socket_entry *out)
{
	skip_word(f, ' '); /* ref */
	gap(f);
	skip_word(f, ' '); /* pointer */
	gap(f);
	out->drops = (uint32_t)decimal(f, UINT32_MAX);
	out->knows_drops = true;
	if (f->at < f->end)
		gap(f);
}

static int parse_inet(struct fields *f, uint8_t family, struct socket_entry *out)
{
	decimal(f, UINT64_MAX); /* sl */
	expect(f, ':');
	gap(f);
	read_end(f, family, &out->local);
	read_end(f, family, &out->peer);
	out->state = (uint8_t)hex(f, 2);
	gap(f);
	read_queues(f, out);
	read_timer(f, out);
	read_owner(f, out);
	if (out->proto != SOCKET_TCP)
		read_drops(f, out);
	return f->failed || out->state == 0 || out->state >= SOCKET_STATES ? ERR_SYNTAX : 1;
}

/* ---- unix */

enum {
	ACCEPTS = 0x10000, /* __SO_ACCEPTCON */
	SS_STATES = 5,
};

/* The kernel's enum socket_state (linux/net.h). "Connecting" is an end that nobody has accepted
 * yet; a connect() that waits for room is unconnected. */
static const uint8_t unix_states[SS_STATES] = {
	[1] = SOCKET_CLOSE,
	[2] = SOCKET_SYN_SENT,
	[3] = SOCKET_ESTABLISHED,
	[4] = SOCKET_CLOSING,
};

static bool is_unix_type(uint32_t type)
{
	return type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_SEQPACKET;
}

/* The one blank before a name is not of the name, all others are. */
static void read_path(struct fields *f, char *line, struct socket_entry *out)
{
	char *path;

	if (f->at == f->end)
		return;
	expect(f, ' ');
	if (f->failed || f->at == f->end)
		return;
	path = line + (f->at - line);
	if (*path == '@')
		*path = '\0';
	out->path = path;
	out->path_len = (size_t)(f->end - f->at);
}

static int parse_unix(struct fields *f, char *line, struct socket_entry *out)
{
	uint32_t flags, type, state;

	skip_word(f, ':'); /* Num: a pointer */
	expect(f, ':');
	gap(f);
	hex(f, 8); /* RefCount */
	gap(f);
	hex(f, 8); /* Protocol */
	gap(f);
	flags = hex(f, 8);
	gap(f);
	type = hex(f, 4);
	gap(f);
	state = hex(f, 2);
	gap(f);
	out->inode = decimal(f, UINT64_MAX);
	out->uid = SOCKET_UID_NOT_TOLD;
	out->hides_queues = true;
	if (f->failed || state == 0 || state >= SS_STATES || !is_unix_type(type))
		return ERR_SYNTAX;
	out->type = (uint8_t)type;
	out->state = flags & ACCEPTS ? SOCKET_LISTEN : unix_states[state];
	read_path(f, line, out);
	return f->failed ? ERR_SYNTAX : 1;
}

int proc_net_parse(
	const struct proc_net_table *table, char *line, size_t len, struct socket_entry *out)
{
	struct fields f = {.at = line, .end = line + len};
	bool is_unix = table->proto == SOCKET_UNIX;

	*out = (struct socket_entry){.proto = table->proto, .family = table->family};
	skip_blanks(&f);
	if (f.at == f.end || is_heading(&f, is_unix ? "Num" : "sl"))
		return 0;
	return is_unix ? parse_unix(&f, line, out) : parse_inet(&f, table->family, out);
}
