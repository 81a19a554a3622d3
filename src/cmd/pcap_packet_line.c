/* SPDX-License-Identifier: MIT */
#include "pcap_packet_line.h"

#include "pcap_option_text.h"
#include "pcap_packet_words.h"
#include "pcap_words.h"

#include "netprobe/base/decimal.h"
#include "netprobe/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_IPS = 64, IPV6_LEN = 16, MICRO_DIGITS = 6 };

struct packet_lines {
	const struct capture *capture;
	struct strbuf line;
	nsec_t second; /* that `clock` is of */
	char clock[sizeof "22:13:20." - 1];
	struct { /* of IPv6: those of a flow come again and again */
		uint8_t ip[IPV6_LEN];
		uint8_t len; /* 0: none */
		char text[INET6_ADDRSTRLEN];
	} known[KNOWN_IPS];
	struct strbuf interface; /* its name with a space */
	struct captured of;      /* whose interface that is */
	bool knows_interface;
};

/* Millions of lines are written so. */
#define ADD(out, literal) strbuf_add(out, literal, sizeof(literal) - 1)

struct packet_lines *packet_lines_new(const struct capture *capture)
{
	struct packet_lines *w = mem_alloc(1, sizeof *w);

	w->capture = capture;
	w->second = -1;
	return w;
}

void packet_lines_free(struct packet_lines *w)
{
	if (!w)
		return;
	strbuf_release(&w->line);
	strbuf_release(&w->interface);
	free(w);
}

/* ---- what each line begins with */

static void add_time(struct packet_lines *w, nsec_t at)
{
	char text[CLOCK_TIME_OF_DAY_MAX], digits[MICRO_DIGITS];
	nsec_t second;
	unsigned micros;

	at = at < 0 ? 0 : at;
	second = at / NSEC_PER_SEC;
	micros = (unsigned)(at % NSEC_PER_SEC / NSEC_PER_USEC);
	if (second != w->second) {
		clock_time_of_day(at, text);
		memcpy(w->clock, text, sizeof w->clock);
		w->second = second;
	}
	for (size_t i = MICRO_DIGITS; i-- > 0; micros /= 10)
		digits[i] = (char)('0' + micros % 10);
	strbuf_add(&w->line, w->clock, sizeof w->clock);
	strbuf_add(&w->line, digits, sizeof digits);
	ADD(&w->line, " ");
}

static void add_interface(struct packet_lines *w, const struct packet_seen *p)
{
	const struct captured *c = &p->captured;

	if (!w->knows_interface || w->of.interface != c->interface || w->of.link != c->link) {
		w->knows_interface = true;
		w->of = *c;
		strbuf_reset(&w->interface);
		packet_interface(&w->interface, w->capture, p, "if");
		if (w->interface.len > 0)
			strbuf_putc(&w->interface, ' ');
	}
	strbuf_add(&w->line, w->interface.text, w->interface.len);
}

static void add_place(struct strbuf *out, const struct frame *f)
{
	const struct flow_place place = flow_place_of(f);

	if (f->incoming)
		ADD(out, "in ");
	if (f->outgoing)
		ADD(out, "out ");
	if (f->mpls_count)
		ADD(out, "mpls ");
	if (f->pppoe)
		ADD(out, "pppoe ");
	if (f->vlan_count || f->tunnel)
		place_words(out, &place);
}

/* ---- ends */

static void add_ipv4(struct strbuf *out, const uint8_t ip[static 4])
{
	char text[4 * sizeof "255"];
	size_t len = 0;

	for (size_t i = 0; i < 4; i++) {
		uint8_t part = ip[i];

		if (part >= 100)
			text[len++] = (char)('0' + part / 100);
		if (part >= 10)
			text[len++] = (char)('0' + part / 10 % 10);
		text[len++] = (char)('0' + part % 10);
		text[len++] = '.';
	}
	strbuf_add(out, text, len - 1);
}

static size_t place_of(const uint8_t ip[static IPV6_LEN])
{
	uint64_t halves[2];

	memcpy(halves, ip, sizeof halves);
	return ((halves[0] ^ halves[1]) * 0x9e3779b97f4a7c15U) >> 58;
}

static void add_ipv6(struct packet_lines *w, const uint8_t ip[static IPV6_LEN])
{
	size_t i = place_of(ip);

	if (w->known[i].len == 0 || memcmp(w->known[i].ip, ip, IPV6_LEN) != 0) {
		struct addr a = {.family = 6};
		char text[ADDR_TEXT_MAX];

		memcpy(a.ip, ip, IPV6_LEN);
		memcpy(w->known[i].ip, ip, IPV6_LEN);
		w->known[i].len = (uint8_t)strlen(addr_text(&a, text));
		memcpy(w->known[i].text, text, w->known[i].len);
	}
	strbuf_add(&w->line, w->known[i].text, w->known[i].len);
}

static void add_ip(struct packet_lines *w, uint8_t family, const uint8_t *ip)
{
	if (family == 4)
		add_ipv4(&w->line, ip);
	else
		add_ipv6(w, ip);
}

static void add_end(struct packet_lines *w, uint8_t family, const uint8_t *ip, uint16_t port)
{
	if (family == 6)
		ADD(&w->line, "[");
	add_ip(w, family, ip);
	if (family == 6)
		ADD(&w->line, "]");
	ADD(&w->line, ":");
	strbuf_uint(&w->line, port);
}

static void add_ends(
	struct packet_lines *w, const struct ip_header *ip, uint16_t source, uint16_t destination)
{
	add_end(w, ip->family, ip->source, source);
	ADD(&w->line, " > ");
	add_end(w, ip->family, ip->destination, destination);
	ADD(&w->line, ": ");
}

static void add_hosts(struct packet_lines *w, const struct ip_header *ip)
{
	add_ip(w, ip->family, ip->source);
	ADD(&w->line, " > ");
	add_ip(w, ip->family, ip->destination);
	ADD(&w->line, ": ");
}

/* ---- TCP */

static void add_number(struct strbuf *out, const char *name, size_t len, uint64_t number)
{
	strbuf_add(out, name, len);
	strbuf_uint(out, number);
}

#define ADD_NUMBER(out, name, number) add_number(out, name, sizeof(name) - 1, number)

/* What the receiver's numbers are told relative to. */
static uint32_t base_of(const struct flow_packet *p)
{
	const struct handshake *h;

	if (!p->flow)
		return 0;
	h = &p->flow->handshake;
	return h->knows_isn[other_side(p->from)] ? h->isn[other_side(p->from)] : 0;
}

static void add_tcp(struct packet_lines *w, const struct flow_packet *p)
{
	const struct frame *f = p->frame;
	const struct tcp_header *tcp = &f->tcp;
	struct strbuf *out = &w->line;

	add_ends(w, &f->ip, tcp->source_port, tcp->destination_port);
	ADD(out, "Flags ");
	flags_brackets(out, tcp->flags);
	if (f->payload_len || tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST))
		ADD_NUMBER(out, ", seq ", p->sequence);
	if (f->payload_len)
		ADD_NUMBER(out, ":", p->sequence + f->payload_len);
	if (tcp->flags & TCP_ACK)
		ADD_NUMBER(out, ", ack ", p->acknowledgment);
	ADD_NUMBER(out, ", win ", tcp->window);
	if (tcp->flags & TCP_URG)
		ADD_NUMBER(out, ", urg ", tcp->urgent);
	if (tcp->length > TCP_HEADER) {
		ADD(out, ", options [");
		option_text(out, tcp, base_of(p));
		ADD(out, "]");
	}
	ADD_NUMBER(out, ", length ", f->payload_len);
}

/* ---- others */

static void add_udp(struct packet_lines *w, const struct frame *f)
{
	add_ends(w, &f->ip, f->udp.source_port, f->udp.destination_port);
	ADD_NUMBER(&w->line, "UDP, length ", f->payload_len);
}

static void add_protocol(struct strbuf *out, uint8_t family, uint8_t protocol)
{
	const char *words = packet_protocol_words(family, protocol);

	if (words)
		strbuf_puts(out, words);
	else
		ADD_NUMBER(out, "IP protocol ", protocol);
}

static void add_quote(struct packet_lines *w, const struct icmp_quote *quote)
{
	ADD(&w->line, ", quotes ");
	if (quote->has_ports)
		add_ends(w, &quote->ip, quote->source_port, quote->destination_port);
	else
		add_hosts(w, &quote->ip);
	add_protocol(&w->line, quote->ip.family, quote->ip.protocol);
}

static bool is_echo(uint8_t family, uint8_t type)
{
	return family == 4 ? type == 0 || type == 8 : type == 128 || type == 129;
}

static void add_icmp(struct packet_lines *w, const struct frame *f)
{
	const struct icmp_packet *icmp = &f->icmp;
	struct strbuf *out = &w->line;

	add_hosts(w, &f->ip);
	strbuf_puts(out, f->ip.family == 4 ? "ICMP " : "ICMP6 ");
	strbuf_puts(out, packet_icmp_words(f->ip.family, icmp->type, icmp->code));
	if (is_echo(f->ip.family, icmp->type)) {
		ADD_NUMBER(out, ", id ", icmp->id);
		ADD_NUMBER(out, ", seq ", icmp->sequence);
	}
	if (icmp->mtu)
		ADD_NUMBER(out, ", mtu ", icmp->mtu);
	if (icmp->quote.ip.family)
		add_quote(w, &icmp->quote);
	else
		ADD_NUMBER(out, ", length ", f->ip.length);
}

static void add_mac(struct strbuf *out, const uint8_t mac[static 6])
{
	strbuf_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
}

static void add_arp(struct packet_lines *w, const struct arp_packet *arp)
{
	struct strbuf *out = &w->line;

	switch (arp->operation) {
	case 1:
		ADD(out, "ARP, Request who-has ");
		add_ipv4(out, arp->target_ip);
		ADD(out, " tell ");
		add_ipv4(out, arp->sender_ip);
		break;
	case 2:
		ADD(out, "ARP, Reply ");
		add_ipv4(out, arp->sender_ip);
		ADD(out, " is-at ");
		add_mac(out, arp->sender_mac);
		break;
	default:
		ADD_NUMBER(out, "ARP, operation ", arp->operation);
	}
}

static void add_fragment(struct packet_lines *w, const struct ip_header *ip)
{
	struct strbuf *out = &w->line;

	add_hosts(w, ip);
	ADD(out, "fragment of ");
	add_protocol(out, ip->family, ip->protocol);
	ADD_NUMBER(out, ", id ", ip->id);
	ADD_NUMBER(out, ", offset ", ip->offset);
	ADD_NUMBER(out, ", length ", ip->length);
	strbuf_puts(out, ip->more ? ", more follow" : ", the last");
}

static void add_unknown(struct strbuf *out, const struct packet_seen *p)
{
	if (p->told.frame->ethertype)
		strbuf_printf(out, "ethertype 0x%04x", p->told.frame->ethertype);
	else
		ADD(out, "unknown");
	ADD_NUMBER(out, ", length ", p->captured.wire_len);
}

static void add_content(struct packet_lines *w, const struct packet_seen *p)
{
	const struct frame *f = p->told.frame;

	switch (f->kind) {
	case FRAME_TCP:
		add_tcp(w, &p->told);
		break;
	case FRAME_UDP:
		add_udp(w, f);
		break;
	case FRAME_ICMP:
		add_icmp(w, f);
		break;
	case FRAME_ARP:
		add_arp(w, &f->arp);
		break;
	case FRAME_FRAGMENT:
		add_fragment(w, &f->ip);
		break;
	case FRAME_IP:
		add_hosts(w, &f->ip);
		add_protocol(&w->line, f->ip.family, f->ip.protocol);
		ADD_NUMBER(&w->line, ", length ", f->ip.length);
		break;
	case FRAME_UNKNOWN:
		add_unknown(&w->line, p);
	}
}

/* ---- the whole */

static void add_remark(struct strbuf *out, size_t begin, const char *words)
{
	strbuf_puts(out, out->len == begin ? " (" : ", ");
	strbuf_puts(out, words);
}

/* What it was to its flow, and what is not whole. */
static void add_remarks(struct strbuf *out, const struct flow_packet *p)
{
	const struct frame *f = p->frame;
	size_t begin = out->len;

	if (p->roles) {
		ADD(out, " (");
		roles_words(out, p->roles);
	}
	if (f->kind >= FRAME_IP && f->kind != FRAME_FRAGMENT && f->ip.more)
		add_remark(out, begin, "first fragment");
	if (f->flaw == FRAME_CUT)
		add_remark(out, begin, "cut short");
	if (f->flaw == FRAME_MALFORMED)
		add_remark(out, begin, "malformed");
	if (out->len > begin)
		ADD(out, ")");
}

const struct strbuf *packet_line(struct packet_lines *w, const struct packet_seen *p)
{
	strbuf_reset(&w->line);
	add_time(w, p->told.at);
	add_interface(w, p);
	add_place(&w->line, p->told.frame);
	if (p->told.flow) {
		ADD_NUMBER(&w->line, "#", p->told.flow->id);
		ADD(&w->line, " ");
	}
	add_content(w, p);
	add_remarks(&w->line, &p->told);
	return &w->line;
}
