/* SPDX-License-Identifier: MIT */
#include "capture_private.h"

#include "decompress.h"

#include "netprobe/base/mem.h"

struct capture *capture_open(const struct capture_options *options, struct strbuf *why)
{
	return options->interface ? capture_open_live(options, why)
				  : capture_open_file(options, why);
}

void capture_free(struct capture *c)
{
	if (c)
		c->kind->free(c);
}

int capture_begin(struct capture *c, const char *filter, struct strbuf *why)
{
	c->filtered = filter && *filter;
	return c->kind->begin(c, c->filtered ? filter : NULL, why);
}

int capture_read(struct capture *c, void (*take)(void *user, const struct captured *packet),
	void *user, unsigned most, struct strbuf *why)
{
	c->take = take;
	c->user = user;
	return c->kind->read(c, most, why);
}

int capture_fd(const struct capture *c)
{
	return c->fd;
}

void capture_progress(const struct capture *c, uint64_t *done, uint64_t *total)
{
	*done = *total = 0;
	if (c->kind->progress)
		c->kind->progress(c, done, total);
}

void capture_status(struct capture *c, struct capture_status *out)
{
	if (c->kind->status)
		c->kind->status(c);
	*out = c->status;
}

bool capture_is_whole(const struct capture *c)
{
	return !c->filtered && c->status.dropped == 0 && c->status.dropped_interface == 0;
}

void capture_parse(const struct captured *packet, struct frame *out)
{
	frame_parse(packet->link, packet->bytes, packet->len, packet->wire_len, out);
	if (!packet->incoming && !packet->outgoing)
		return;
	out->incoming = packet->incoming;
	out->outgoing = packet->outgoing;
	out->to_others = packet->to_others;
}

const char *capture_interface(const struct capture *c, const struct captured *packet)
{
	return c->kind->interface(c, packet);
}

const char *capture_library_version(void)
{
	static char text[256];

	snprintf(text, sizeof text, "%s\n%s", pcap_lib_version(), decompress_library_versions());
	return text;
}

bool capture_compile(pcap_t *pcap, const char *filter, struct bpf_program *out, struct strbuf *why)
{
	if (pcap_compile(pcap, out, filter, 1, PCAP_NETMASK_UNKNOWN) == 0)
		return true;
	strbuf_printf(why, "filter '%s': %s", filter, pcap_geterr(pcap));
	return false;
}
