/* SPDX-License-Identifier: MIT */
#include "pcap_packet_words.h"

#include "pcap_words.h"

#include "netprobe/base/mem.h"

static const struct {
	uint16_t flag;
	const char *letter, *word;
} flag_names[] = {
	/* in tcpdump's order */
	{TCP_FIN, "F", "FIN"},
	{TCP_SYN, "S", "SYN"},
	{TCP_RST, "R", "RST"},
	{TCP_PSH, "P", "PSH"},
	{TCP_ACK, ".", "ACK"},
	{TCP_URG, "U", "URG"},
	{TCP_ECE, "E", "ECE"},
	{TCP_CWR, "W", "CWR"},
	{TCP_AE, "e", "AE"},
};

void flags_brackets(struct strbuf *out, uint16_t flags)
{
	strbuf_putc(out, '[');
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag)
			strbuf_puts(out, flag_names[i].letter);
	strbuf_puts(out, flags ? "]" : "none]");
}

void flags_words(struct strbuf *out, uint16_t flags)
{
	const char *before = "";

	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag) {
			strbuf_printf(out, "%s%s", before, flag_names[i].word);
			before = ", ";
		}
	if (flags == 0)
		strbuf_puts(out, "no flags");
}

size_t flag_names_of(uint16_t flags, const char *names[], size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flag_names) && count < room; i++)
		if (flags & flag_names[i].flag)
			names[count++] = flag_names[i].word;
	return count;
}

/* A name for records, words for lines, and what a ladder says of it; the first that fits is said.
 */
static const struct {
	enum packet_role role;
	const char *name, *words, *meaning;
} role_names_of[] = {
	{ROLE_REFUSES, "refuses", "refuses", "connection refused"},
	{ROLE_FOREIGN, "foreign", "not like the server",
		"not like the server's other packets: from a device between, or its kernel without "
		"the socket"},
	{ROLE_REJECTS, "rejects", "rejects", "rejected on the way"},
	{ROLE_SYN_RETRY, "syn-retry", "SYN retry", ""},
	{ROLE_SYNACK_RETRY, "synack-retry", "SYN-ACK retry", ""},
	{ROLE_COMPLETES, "completes", "handshake complete", "handshake complete"},
	{ROLE_SIGHTING, "sighting", "seen again", "the same packet at another place"},
	{ROLE_RETRANSMISSION, "retransmission", "retransmission", "sent again"},
	{ROLE_OUT_OF_ORDER, "out-of-order", "out of order", "out of order"},
	{ROLE_GAP, "gap", "gap before", "something before it is missing"},
	{ROLE_ZERO_WINDOW, "zero-window", "zero window", "window closed: the receiver is full"},
	{ROLE_WINDOW_OPENS, "window-opens", "window opens", "window open again"},
	{ROLE_KEEPALIVE, "keepalive", "keepalive", "keepalive"},
	{ROLE_DUPLICATE_ACK, "duplicate-ack", "duplicate ACK", "asks again for what is missing"},
	{ROLE_STRAY, "stray", "stray", "does not belong to this connection"},
	{ROLE_FIRST_DATA, "first-data", "first data", "first data"},
};

size_t role_names(unsigned roles, const char *names[], size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(role_names_of) && count < room; i++)
		if (roles & role_names_of[i].role)
			names[count++] = role_names_of[i].name;
	return count;
}

void roles_words(struct strbuf *out, unsigned roles)
{
	const char *before = "";

	for (size_t i = 0; i < ARRAY_SIZE(role_names_of); i++)
		if (roles & role_names_of[i].role) {
			strbuf_puts(out, before);
			strbuf_puts(out, role_names_of[i].words);
			before = ", ";
		}
}

void sighting_words(
	struct strbuf *out, const struct capture *capture, uint32_t interface, uint8_t ttl)
{
	strbuf_puts(out, "again");
	if (interface_is_known(capture, interface)) {
		strbuf_puts(out, ": ");
		interface_words(out, capture, interface, "interface ");
	}
	strbuf_printf(out, ", TTL %u", ttl);
}

static bool is_retry(unsigned roles)
{
	return roles & (ROLE_SYN_RETRY | ROLE_SYNACK_RETRY | ROLE_RETRANSMISSION);
}

/* What was lost, the packet or its answer, is not to be seen from one place. */
static const char *syn_retry_words(const struct handshake *h, nsec_t at)
{
	if (h->ack != NOT_SEEN && at > h->ack)
		return "SYN came once more";
	if (h->synack != NOT_SEEN && at > h->synack)
		return "SYN-ACK lost or late, SYN tried again";
	if (h->answer != NOT_SEEN && at > h->answer)
		return "SYN tried again";
	if (h->synack != NOT_SEEN && h->answered_syn != NOT_SEEN && !h->ambiguous_syn &&
		h->answered_syn < at)
		return "answer under way, SYN tried again";
	return "SYN not answered, tried again";
}

static bool syn_came_again(const struct handshake *h, nsec_t from, nsec_t to)
{
	const struct syn_times *t = h->times;

	for (unsigned i = 1; t && i < t->count; i++)
		if (t->syns[i].at > from && t->syns[i].at <= to)
			return true;
	return false;
}

static const char *synack_retry_words(const struct handshake *h, nsec_t at, nsec_t gap)
{
	if (gap > 0 && syn_came_again(h, at - gap, at))
		return "answers the repeated SYN, sent again";
	if (h->ack != NOT_SEEN && at > h->ack)
		return "ACK of the SYN-ACK lost or late, sent again";
	if (h->ack != NOT_SEEN && !h->ambiguous_synack && h->synack + h->acked_after < at)
		return "ACK under way, SYN-ACK sent again";
	return "SYN-ACK not acknowledged, sent again";
}

static void add_meaning(
	struct strbuf *out, const struct handshake *h, size_t role, const struct packet_told *p)
{
	if (role_names_of[role].role == ROLE_SYN_RETRY)
		strbuf_puts(out, syn_retry_words(h, p->at));
	else if (role_names_of[role].role == ROLE_SYNACK_RETRY)
		strbuf_puts(out, synack_retry_words(h, p->at, p->gap));
	else
		strbuf_puts(out, role_names_of[role].meaning);
	if (p->roles & ROLE_REFUSES && p->roles & ROLE_FOREIGN)
		strbuf_puts(out, ", not like the server's own packets");
}

void packet_meaning(struct strbuf *out, const struct flow *f, const struct packet_told *p)
{
	const char *who = p->from == CLIENT ? "client" : "server";

	for (size_t i = 0; i < ARRAY_SIZE(role_names_of); i++)
		if (p->roles & role_names_of[i].role) {
			add_meaning(out, &f->handshake, i, p);
			if (is_retry(p->roles) && p->gap > 0) {
				strbuf_puts(out, " after ");
				duration_words(out, p->gap);
			}
			return;
		}
	if (p->flags & TCP_RST)
		strbuf_printf(out, "%s resets the connection", who);
	else if (p->flags & TCP_FIN)
		strbuf_printf(out, "%s closes%s", who,
			f->ended_by == p->from && f->end == END_FIN ? "" : ", too");
}
