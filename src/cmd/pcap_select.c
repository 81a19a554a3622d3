/* SPDX-License-Identifier: MIT */
#include "pcap_select.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/pcap.h"
#include "netprobe/net/resolve.h"
#include "netprobe/net/target.h"

#include <stdlib.h>
#include <string.h>

struct pcap_select {
	const struct pcap_options *options;
	struct targets *hosts; /* what they leave out is what is meant here; NULL: any */
	struct ports **ports;
	size_t port_count;
	unsigned states; /* a bit for each */
	bool unresolved;
};

/* ---- what was asked for */

static void add_name(const char *name, void *user)
{
	struct pcap_select *s = user;
	struct resolution r;

	if (s->options->common.numeric) {
		usage_error(&command_pcap, "--host %s: a name, and -n looks none up", name);
		s->unresolved = true;
		return;
	}
	resolve_now(name, 0, &r);
	for (size_t i = 0; i < r.count; i++)
		targets_exclude_addr(s->hosts, &r.addrs[i]);
	if (r.status != 0) {
		log_error("--host %s: %s", name, r.why);
		s->unresolved = true;
	}
	resolution_release(&r);
}

static int parse_hosts(struct pcap_select *s)
{
	const struct option_list *list = &s->options->hosts;
	struct target_options any = {0};

	if (list->count == 0)
		return 0;
	s->hosts = targets_new(&any);
	for (size_t i = 0; i < list->count; i++) {
		struct strbuf bad = {0};
		int err = targets_exclude(s->hosts, list->values[i], &bad);

		if (err)
			usage_error(&command_pcap, "--host %s: %s",
				bad.len ? bad.text : list->values[i], err_text(err));
		strbuf_release(&bad);
		if (err)
			return err;
	}
	targets_excluded_names(s->hosts, add_name, s);
	return s->unresolved ? ERR_NAME : 0;
}

static int parse_ports(struct pcap_select *s)
{
	const struct option_list *list = &s->options->ports;

	s->ports = mem_alloc(list->count + 1, sizeof *s->ports);
	for (; s->port_count < list->count; s->port_count++) {
		const char *text = list->values[s->port_count];
		struct strbuf bad = {0};
		int err = ports_parse(text, IPPROTO_TCP, &s->ports[s->port_count], &bad);

		if (err)
			usage_error(&command_pcap, "--port %s: %s", bad.len ? bad.text : text,
				err_text(err));
		strbuf_release(&bad);
		if (err)
			return err;
	}
	return 0;
}

static int add_states(struct pcap_select *s, const char *text)
{
	for (;;) {
		enum handshake_state state;
		size_t len = strcspn(text, ",");

		if (len == 0)
			return usage_error(&command_pcap, "--state: a name is missing");
		if (!handshake_state_by_name(text, len, &state))
			return usage_error(
				&command_pcap, "--state %.*s: no such state", (int)len, text);
		s->states |= 1U << state;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static int parse_states(struct pcap_select *s)
{
	const struct option_list *list = &s->options->states;
	int err = 0;

	for (size_t i = 0; i < list->count && !err; i++)
		err = add_states(s, list->values[i]);
	for (enum handshake_state state = 0; state < HANDSHAKE_STATES; state++)
		if (list->count == 0)
			s->states |= 1U << state;
	return err;
}

struct pcap_select *pcap_select_new(const struct pcap_options *o)
{
	struct pcap_select *s = mem_alloc(1, sizeof *s);

	s->options = o;
	if (parse_states(s) == 0 && parse_ports(s) == 0 && parse_hosts(s) == 0)
		return s;
	pcap_select_free(s);
	return NULL;
}

void pcap_select_free(struct pcap_select *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->port_count; i++)
		ports_free(s->ports[i]);
	free(s->ports);
	targets_free(s->hosts);
	free(s);
}

/* ---- is it meant */

static bool is_host(const struct pcap_select *s, const struct addr *a, const struct addr *b)
{
	return !s->hosts || targets_excluded(s->hosts, a) || targets_excluded(s->hosts, b);
}

static bool is_port(const struct pcap_select *s, uint16_t a, uint16_t b)
{
	for (size_t i = 0; i < s->port_count; i++)
		if (ports_has(s->ports[i], a) || ports_has(s->ports[i], b))
			return true;
	return s->port_count == 0;
}

bool pcap_select_ends(const struct pcap_select *s, const struct flow *f)
{
	const struct addr *a = &f->ends[CLIENT], *b = &f->ends[SERVER];

	return (s->options->flow == 0 || s->options->flow == f->id) &&
	       is_port(s, a->port, b->port) && is_host(s, a, b);
}

bool pcap_select_fate(const struct pcap_select *s, const struct flow *f)
{
	nsec_t took = s->options->slow ? handshake_connect(&f->handshake) : 0;

	if (s->options->failed && !handshake_failed(&f->handshake))
		return false;
	return s->states & 1U << f->handshake.state && took >= s->options->slow;
}

bool pcap_selects_fate(const struct pcap_select *s)
{
	return s->options->slow || s->options->failed || s->options->states.count;
}

bool pcap_select_flow(const struct pcap_select *s, const struct flow *f)
{
	return pcap_select_fate(s, f) && pcap_select_ends(s, f);
}

static bool is_packet(const struct pcap_select *s, const struct ip_header *ip, uint16_t source,
	uint16_t destination)
{
	struct addr a = {.family = ip->family}, b = a;
	size_t len = ip->family == 4 ? 4 : 16;

	if (!is_port(s, source, destination))
		return false;
	memcpy(a.ip, ip->source, len);
	memcpy(b.ip, ip->destination, len);
	return is_host(s, &a, &b);
}

bool pcap_select_frame(const struct pcap_select *s, const struct frame *frame)
{
	const struct icmp_quote *quote = &frame->icmp.quote;

	if (!s->hosts && s->port_count == 0)
		return true;
	if (frame->kind < FRAME_IP)
		return false;
	if (frame->kind == FRAME_ICMP && quote->ip.family)
		return is_packet(s, &quote->ip, quote->source_port, quote->destination_port);
	if (frame->kind == FRAME_TCP)
		return is_packet(
			s, &frame->ip, frame->tcp.source_port, frame->tcp.destination_port);
	if (frame->kind == FRAME_UDP)
		return is_packet(
			s, &frame->ip, frame->udp.source_port, frame->udp.destination_port);
	return is_packet(s, &frame->ip, 0, 0);
}
