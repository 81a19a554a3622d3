/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/socket_entry.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include <string.h>
#include <strings.h>

static const char *const protos[SOCKET_PROTOS] = {
	[SOCKET_TCP] = "tcp",
	[SOCKET_UDP] = "udp",
	[SOCKET_UDPLITE] = "udplite",
	[SOCKET_RAW] = "raw",
	[SOCKET_ICMP] = "icmp",
	[SOCKET_UNIX] = "unix",
};

static const char *const states[SOCKET_STATES] = {
	[SOCKET_ESTABLISHED] = "ESTABLISHED",
	[SOCKET_SYN_SENT] = "SYN_SENT",
	[SOCKET_SYN_RECV] = "SYN_RECV",
	[SOCKET_FIN_WAIT1] = "FIN_WAIT1",
	[SOCKET_FIN_WAIT2] = "FIN_WAIT2",
	[SOCKET_TIME_WAIT] = "TIME_WAIT",
	[SOCKET_CLOSE] = "CLOSE",
	[SOCKET_CLOSE_WAIT] = "CLOSE_WAIT",
	[SOCKET_LAST_ACK] = "LAST_ACK",
	[SOCKET_LISTEN] = "LISTEN",
	[SOCKET_CLOSING] = "CLOSING",
};

const char *socket_proto_name(enum socket_proto proto)
{
	return protos[proto];
}

const char *socket_state_name(enum socket_state state)
{
	return state < SOCKET_STATES && states[state] ? states[state] : "UNKNOWN";
}

const char *socket_timer_name(enum socket_timer timer)
{
	static const char *const names[SOCKET_TIMERS] = {
		[SOCKET_TIMER_RETRANSMIT] = "retransmit",
		[SOCKET_TIMER_KEEPALIVE] = "keepalive",
		[SOCKET_TIMER_TIME_WAIT] = "time-wait",
		[SOCKET_TIMER_PROBE] = "window-probe",
	};

	return timer < SOCKET_TIMERS ? names[timer] : NULL;
}

/* ---- words for states */

/* ss counts SYN_RECV and TIME_WAIT as sockets in a bucket, all others as big. */
#define BUCKET              (SOCKET_BIT(SOCKET_SYN_RECV) | SOCKET_BIT(SOCKET_TIME_WAIT))
#define LISTENING_OR_CLOSED (SOCKET_BIT(SOCKET_LISTEN) | SOCKET_BIT(SOCKET_CLOSE))
#define SS_CONNECTED        (SOCKET_ALL_STATES & ~LISTENING_OR_CLOSED)

const char *const socket_state_words[] = {"established", "syn-sent", "syn-recv", "fin-wait-1",
	"fin-wait-2", "time-wait", "closed", "close-wait", "last-ack", "listening", "closing",
	"all", "connected", "synchronized", "bucket", "big", NULL};

static const struct {
	const char *word;
	unsigned states;
} groups[] = {
	{"all", SOCKET_ALL_STATES},
	{"connected", SS_CONNECTED},
	{"synchronized", SS_CONNECTED & ~SOCKET_BIT(SOCKET_SYN_SENT)},
	{"bucket", BUCKET},
	{"big", SOCKET_ALL_STATES & ~BUCKET},
	{"closed", SOCKET_BIT(SOCKET_CLOSE)},
	{"unconnected", SOCKET_BIT(SOCKET_CLOSE)},
	{"unconn", SOCKET_BIT(SOCKET_CLOSE)},
	{"listening", SOCKET_BIT(SOCKET_LISTEN)},
	{"estab", SOCKET_BIT(SOCKET_ESTABLISHED)},
	{"syn-rcv", SOCKET_BIT(SOCKET_SYN_RECV)},
};

/* Letters and digits alone decide: FIN-WAIT-1 is FIN_WAIT1. */
static bool same_word(const char *word, const char *text, size_t len)
{
	const char *end = text + len;

	for (;; word++, text++) {
		while (*word == '-' || *word == '_')
			word++;
		while (text < end && (*text == '-' || *text == '_'))
			text++;
		if (*word == '\0' || text == end)
			return *word == '\0' && text == end;
		if (strncasecmp(word, text, 1) != 0)
			return false;
	}
}

unsigned socket_states_named(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (same_word(groups[i].word, word, len))
			return groups[i].states;
	for (unsigned state = 1; state < SOCKET_STATES; state++)
		if (same_word(states[state], word, len))
			return SOCKET_BIT(state);
	return 0;
}

/* ---- one socket and another */

bool socket_knows_uid(const struct socket_entry *e)
{
	if (e->state == SOCKET_TIME_WAIT || e->state == SOCKET_SYN_RECV)
		return false;
	return e->uid != SOCKET_UID_NOT_TOLD && (e->inode != 0 || e->uid != 0);
}

/* What a program has closed is in other states; of unix sockets SYN_SENT is what /proc says. */
bool socket_is_unaccepted(const struct socket_entry *e)
{
	if (e->inode != 0)
		return false;
	if (e->proto == SOCKET_TCP)
		return e->state == SOCKET_ESTABLISHED || e->state == SOCKET_CLOSE_WAIT;
	return e->proto == SOCKET_UNIX &&
	       (e->state == SOCKET_ESTABLISHED || e->state == SOCKET_SYN_SENT);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_ends(const struct addr *a, const struct addr *b)
{
	int order = addr_compare(a, b);

	return order ? order : compare_numbers(a->port, b->port);
}

static int compare_paths(const struct socket_entry *a, const struct socket_entry *b)
{
	size_t shorter = a->path_len < b->path_len ? a->path_len : b->path_len;
	int order = shorter ? memcmp(a->path, b->path, shorter) : 0;

	return order ? order : compare_numbers(a->path_len, b->path_len);
}

int socket_compare(const struct socket_entry *a, const struct socket_entry *b)
{
	int order = compare_numbers(a->proto, b->proto);

	order = order ? order : compare_numbers(a->family, b->family);
	order = order ? order : compare_ends(&a->local, &b->local);
	order = order ? order : compare_ends(&a->peer, &b->peer);
	order = order ? order : compare_paths(a, b);
	order = order ? order : compare_numbers(a->state, b->state);
	order = order ? order : compare_numbers(a->inode, b->inode);
	order = order ? order : compare_numbers(a->cookie, b->cookie);
	order = order ? order : compare_numbers(a->interface, b->interface);
	return order ? order : compare_numbers(a->type, b->type);
}

/* The kernel lets no two TCP connections have the same four ends at a time. */
static bool is_known_by_ends(const struct socket_entry *e)
{
	return e->proto == SOCKET_TCP && e->state != SOCKET_LISTEN && e->state != SOCKET_CLOSE;
}

bool socket_same(const struct socket_entry *a, const struct socket_entry *b)
{
	if (a->proto != b->proto || is_known_by_ends(a) != is_known_by_ends(b))
		return false;
	if (is_known_by_ends(a))
		return a->family == b->family && a->interface == b->interface &&
		       compare_ends(&a->local, &b->local) == 0 &&
		       compare_ends(&a->peer, &b->peer) == 0;
	if (a->inode != 0 || b->inode != 0)
		return a->inode == b->inode;
	return a->cookie != 0 && a->cookie == b->cookie;
}

static uint64_t mix_end(uint64_t hash, const struct addr *a)
{
	uint64_t words[2];

	memcpy(words, a->ip, sizeof words);
	hash = rng_mix(rng_mix(hash ^ words[0]) ^ words[1]);
	return rng_mix(hash ^ ((uint64_t)a->scope << 16 | a->port));
}

uint64_t socket_hash(const struct socket_entry *e, uint64_t seed)
{
	uint64_t hash = rng_mix(seed ^ e->proto);

	if (is_known_by_ends(e))
		return mix_end(mix_end(hash ^ ((uint64_t)e->interface << 8 | e->family), &e->local),
			&e->peer);
	return rng_mix(hash ^ (e->inode != 0 ? e->inode : e->cookie));
}
