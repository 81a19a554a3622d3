/* SPDX-License-Identifier: MIT */
/*
 * First byte: bits 0-2 the link type (enum link_type), bits 3-7 where the frame is cut, in parts of
 * 32. The rest is the frame, which is told as a line.
 */
#include "../../src/cmd/pcap_packet_line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 65536, PARTS = 32, LINE_MAX_BYTES = 2048 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Numbers and names of our own: nothing that would have to be escaped. */
static void check(const struct strbuf *line)
{
	must(line->len > 0 && line->len < LINE_MAX_BYTES && strlen(line->text) == line->len);
	for (size_t i = 0; i < line->len; i++)
		must(line->text[i] >= ' ' && line->text[i] <= '~' && line->text[i] != '\\');
	must(line->text[line->len - 1] != ' ');
}

/* What waited in a journal is told in the same words, as long as nothing but the journal's own
 * limits stands between. */
static void check_journal(const struct frame *frame, struct packet_lines *w, const char *line)
{
	struct flow f = {.id = 1};
	struct packet_seen seen;
	struct frame again;
	struct journal *j = NULL;
	struct flow_packet p = {.flow = &f, .frame = frame};

	f.ends[CLIENT] = (struct addr){.family = frame->ip.family, .port = frame->tcp.source_port};
	f.ends[SERVER] =
		(struct addr){.family = frame->ip.family, .port = frame->tcp.destination_port};
	memcpy(f.ends[CLIENT].ip, frame->ip.source, frame->ip.family == 4 ? 4 : 16);
	memcpy(f.ends[SERVER].ip, frame->ip.destination, frame->ip.family == 4 ? 4 : 16);
	f.place = (struct flow_place){.vlans = {frame->vlans[0], frame->vlans[1]},
		.tunnel_id = frame->tunnel_id,
		.tunnel = (uint8_t)frame->tunnel};
	p.sequence = frame->tcp.sequence;
	p.acknowledgment = frame->tcp.acknowledgment;
	journal_add(&j, &p, 0);
	packet_of_journal(&seen, &again, &f, journal_at(j, 0));
	seen.told.flow = NULL;
	must(strcmp(packet_line(w, &seen)->text, line) == 0);
	journal_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct captured captured = {0};
	struct packet_seen seen;
	struct packet_lines *w;
	struct frame frame;
	char *line;

	if (size < 1 || size > INPUT_MAX)
		return 0;
	captured.bytes = data + 1;
	captured.wire_len = (uint32_t)size - 1;
	captured.len = captured.wire_len - captured.wire_len * (data[0] >> 3) / PARTS;
	captured.link = (enum link_type)((data[0] & 7) % LINK_TYPES);
	frame_parse(captured.link, captured.bytes, captured.len, captured.wire_len, &frame);
	packet_of_no_flow(&seen, &frame, &captured);
	w = packet_lines_new(NULL);
	line = strdup(packet_line(w, &seen)->text);
	check(packet_line(w, &seen));
	if (frame.kind == FRAME_TCP && frame.flaw == FRAME_WHOLE && !frame.mpls_count &&
		!frame.pppoe && !frame.ip.more && !(frame.tcp.flags & TCP_URG) &&
		frame.vlan_count <= 2 && !(frame.vlan_count && !frame.vlans[0]) &&
		!(frame.vlan_count > 1 && !frame.vlans[1]))
		check_journal(&frame, w, line);
	free(line);
	packet_lines_free(w);
	return 0;
}
