/* SPDX-License-Identifier: MIT */
#include "pcapng.h"

#include "pcapng_bytes.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <byteswap.h>
#include <inttypes.h>
#include <stdio.h>

/* Section numbers of the draft stand behind. */
enum block {
	BLOCK_SECTION = 0x0a0d0d0a, /* 4.1; the same in both byte orders */
	BLOCK_INTERFACE = 1,        /* 4.2 */
	BLOCK_OLD_PACKET = 2,       /* appendix A */
	BLOCK_SIMPLE_PACKET = 3,    /* 4.4 */
	BLOCK_ENHANCED_PACKET = 6,  /* 4.3 */
};

enum option { OPTION_END = 0, OPTION_NAME = 2, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

/* 4.3.1 */
enum {
	OPTION_FLAGS = 2,
	DIRECTION = 0x3,
	INBOUND = 0x1,
	OUTBOUND = 0x2,
	RECEPTION = 0x1c,
	PROMISCUOUS = 0x10,
};

enum {
	LENGTHS = 12, /* type, length, and the length again behind */
	HEADER = 8,   /* what stands before the body */
	TRAILER = 4,
	NAME_KEPT = 63,    /* GUIDs of Windows take 50 */
	OTHER_VERSION = 2, /* 1.2 is 1.0 (4.1) */
	LINKTYPE_NULL = 0,
	USUAL_RESOLUTION = 6, /* microseconds */
	AGAIN = 2,            /* what next_block() says of a block without a packet */
};

static const uint32_t byte_order_magic = 0x1a2b3c4d;

/* An interface of the present section. */
struct interface {
	uint32_t number; /* in all of the file */
	uint32_t snaplen;
	uint16_t link;
	struct pcapng_clock clock;
};

struct pcapng {
	struct pcapng_bytes in;
	int failed;
	const char *flaw;
	bool in_section;
	nsec_t last;
	struct interface *interfaces;
	uint32_t interface_count, interface_cap;
	struct devices *devices;
	bool several;     /* interfaces are described in the file */
	uint32_t current; /* place of the interface of the packet that was read last */
	uint64_t block_at;
};

static int flawed(struct pcapng *p, const char *flaw)
{
	p->flaw = flaw;
	return ERR_DAMAGED;
}

/* ---- sections and interfaces */

static int take_section(struct pcapng *p, const uint8_t *body, size_t len)
{
	if (len < 16)
		return flawed(p, "a section header that is too short");
	if (pcapng_u16(&p->in, body + 4) != 1 || pcapng_u16(&p->in, body + 6) > OTHER_VERSION) {
		p->flaw = "another version of pcapng";
		return ERR_UNSUPPORTED;
	}
	p->in_section = true;
	p->interface_count = 0;
	return AGAIN;
}

static int take_option(struct pcapng *p, struct interface *i, char name[static NAME_KEPT + 1],
	uint16_t code, const uint8_t *value, size_t len)
{
	if (code == OPTION_NAME) {
		if (len > NAME_KEPT)
			len = NAME_KEPT;
		memcpy(name, value, len);
		name[len] = '\0';
	} else if (code == OPTION_RESOLUTION) {
		if (len != 1)
			return flawed(p, "a resolution of time that is not one byte");
		pcapng_clock_resolution(&i->clock, value[0]);
	} else if (code == OPTION_OFFSET) {
		if (len != 8)
			return flawed(p, "an offset of time that is not eight bytes");
		pcapng_clock_offset(&i->clock, (int64_t)pcapng_u64(&p->in, value));
	}
	return 0;
}

static int take_options(struct pcapng *p, struct interface *i, char name[static NAME_KEPT + 1],
	const uint8_t *at, size_t left)
{
	while (left >= 4) {
		uint16_t code = pcapng_u16(&p->in, at);
		size_t len = pcapng_u16(&p->in, at + 2), padded = (len + 3) & ~(size_t)3;
		int err;

		if (code == OPTION_END)
			return 0;
		if (padded > left - 4)
			return flawed(p, "an option that is longer than its block");
		err = take_option(p, i, name, code, at + 4, len);
		if (err)
			return err;
		at += 4 + padded;
		left -= 4 + padded;
	}
	return 0;
}

/* Rotated and merged files describe the same interface again in each section. */
static int number_of(struct pcapng *p, uint16_t link, const char *name, uint32_t *number)
{
	*number = devices_number(p->devices,
		&(struct device){
			.place = p->interface_count, .link = link, .name = *name ? name : NULL});
	p->several |= *number > 1;
	return *number ? 0 : flawed(p, "more interfaces than can be told apart");
}

static int take_interface(struct pcapng *p, const uint8_t *body, size_t len)
{
	struct interface i = {0};
	char name[NAME_KEPT + 1] = "";
	int err;

	if (len < 8)
		return flawed(p, "a description of an interface that is too short");
	pcapng_clock_resolution(&i.clock, USUAL_RESOLUTION);
	i.link = pcapng_u16(&p->in, body);
	i.snaplen = pcapng_u32(&p->in, body + 4);
	err = take_options(p, &i, name, body + 8, len - 8);
	if (!err && p->interface_count == PCAPNG_INTERFACES_MAX)
		err = flawed(p, "more interfaces than can be told apart");
	if (!err)
		err = number_of(p, i.link, name, &i.number);
	if (err)
		return err;
	if (p->interface_count == p->interface_cap) {
		p->interface_cap = p->interface_cap ? 2 * p->interface_cap : 8;
		p->interfaces = mem_resize(p->interfaces, p->interface_cap, sizeof *p->interfaces);
	}
	p->interfaces[p->interface_count++] = i;
	return AGAIN;
}

/* ---- packets */

/* The family before BSD's loopback packets is in the byte order of the section; filters take it in
 * this machine's. */
static void turn_family(struct pcapng_packet *packet, uint8_t *bytes)
{
	uint32_t family;

	if (packet->link != LINKTYPE_NULL || packet->len < sizeof family)
		return;
	memcpy(&family, bytes, sizeof family);
	family = bswap_32(family);
	memcpy(bytes, &family, sizeof family);
}

static int give(struct pcapng *p, struct pcapng_packet *out, const struct interface *i,
	uint8_t *bytes, size_t room, uint32_t len, uint32_t wire_len)
{
	if (len > room)
		return flawed(p, "a packet that is longer than its block");
	out->at = p->last;
	out->bytes = bytes;
	out->len = len;
	out->wire_len = wire_len > len ? wire_len : len;
	out->interface = p->several || devices_name(p->devices, i->number) ? i->number : 0;
	out->link = i->link;
	out->incoming = out->outgoing = out->to_others = false;
	p->current = (uint32_t)(i - p->interfaces);
	if (p->in.swapped)
		turn_family(out, bytes);
	return 1;
}

static void take_flags(struct pcapng_packet *out, uint32_t flags)
{
	out->incoming = (flags & DIRECTION) == INBOUND;
	out->outgoing = (flags & DIRECTION) == OUTBOUND;
	out->to_others = (flags & RECEPTION) == PROMISCUOUS;
}

/* Those behind a packet that cannot be are nothing to stop at. */
static void take_packet_options(
	struct pcapng *p, struct pcapng_packet *out, const uint8_t *at, size_t left)
{
	while (left >= 4) {
		uint16_t code = pcapng_u16(&p->in, at);
		size_t len = pcapng_u16(&p->in, at + 2), padded = (len + 3) & ~(size_t)3;

		if (code == OPTION_END || padded > left - 4)
			return;
		if (code == OPTION_FLAGS && len == sizeof(uint32_t))
			take_flags(out, pcapng_u32(&p->in, at + 4));
		at += 4 + padded;
		left -= 4 + padded;
	}
}

/* Enhanced and old packets differ in how they say of which interface they are. */
static int take_packet(
	struct pcapng *p, struct pcapng_packet *out, uint8_t *body, size_t len, bool old)
{
	const struct interface *i;
	uint32_t local, kept;
	size_t padded;
	int result;

	if (len < 20)
		return flawed(p, "a packet's block that is too short");
	local = old ? pcapng_u16(&p->in, body) : pcapng_u32(&p->in, body);
	if (local >= p->interface_count)
		return flawed(p, "a packet of an interface that was not described");
	i = &p->interfaces[local];
	p->last = pcapng_clock_wall(&i->clock,
		(uint64_t)pcapng_u32(&p->in, body + 4) << 32 | pcapng_u32(&p->in, body + 8));
	kept = pcapng_u32(&p->in, body + 12);
	result = give(p, out, i, body + 20, len - 20, kept, pcapng_u32(&p->in, body + 16));
	padded = ((size_t)kept + 3) & ~(size_t)3;
	if (result > 0 && padded < len - 20)
		take_packet_options(p, out, body + 20 + padded, len - 20 - padded);
	return result;
}

static int take_simple(struct pcapng *p, struct pcapng_packet *out, uint8_t *body, size_t len)
{
	const struct interface *i = p->interfaces;
	uint32_t wire_len, kept;

	if (len < 4)
		return flawed(p, "a packet's block that is too short");
	if (p->interface_count == 0)
		return flawed(p, "a packet of an interface that was not described");
	wire_len = pcapng_u32(&p->in, body);
	kept = i->snaplen > 0 && i->snaplen < wire_len ? i->snaplen : wire_len;
	return give(p, out, i, body + 4, len - 4, kept, wire_len);
}

/* ---- blocks */

static bool wanted(uint32_t type)
{
	return type == BLOCK_ENHANCED_PACKET || type == BLOCK_INTERFACE || type == BLOCK_SECTION ||
	       type == BLOCK_SIMPLE_PACKET || type == BLOCK_OLD_PACKET;
}

/* Without keeping it. */
static int pass_over(struct pcapng *p, uint32_t total)
{
	size_t left = total - TRAILER;
	int err = 0;

	while (left > 0) {
		size_t part = left < p->in.room ? left : p->in.room;

		err = pcapng_need_more(&p->in, part);
		if (err)
			return err;
		p->in.at += part;
		left -= part;
	}
	err = pcapng_need_more(&p->in, TRAILER);
	if (err)
		return err;
	p->in.at += TRAILER;
	return pcapng_u32(&p->in, p->in.buf + p->in.at - TRAILER) == total
		       ? AGAIN
		       : flawed(p, "a block whose two lengths differ");
}

static int take_block(
	struct pcapng *p, struct pcapng_packet *out, uint32_t type, uint8_t *body, size_t len)
{
	switch (type) {
	case BLOCK_ENHANCED_PACKET:
		return take_packet(p, out, body, len, false);
	case BLOCK_OLD_PACKET:
		return take_packet(p, out, body, len, true);
	case BLOCK_SIMPLE_PACKET:
		return take_simple(p, out, body, len);
	case BLOCK_INTERFACE:
		return take_interface(p, body, len);
	default:
		return take_section(p, body, len);
	}
}

/* A section says in what order its bytes are, its own length included. */
static int set_order(struct pcapng *p)
{
	uint32_t magic;
	int err = pcapng_need_more(&p->in, HEADER + sizeof magic);

	if (err)
		return err;
	memcpy(&magic, p->in.buf + p->in.at + HEADER, sizeof magic);
	if (magic != byte_order_magic && magic != bswap_32(byte_order_magic))
		return flawed(p, "a section without a byte order");
	p->in.swapped = magic != byte_order_magic;
	return 0;
}

static int next_block(struct pcapng *p, struct pcapng_packet *out)
{
	uint32_t type, total;
	uint8_t *block;
	int got;

	p->block_at = p->in.base + p->in.at;
	got = pcapng_need(&p->in, HEADER);
	if (got <= 0)
		return got;
	type = pcapng_u32(&p->in, p->in.buf + p->in.at);
	got = type == BLOCK_SECTION ? set_order(p) : 0;
	if (got < 0)
		return got;
	if (type != BLOCK_SECTION && !p->in_section)
		return flawed(p, "a block before the first section");
	total = pcapng_u32(&p->in, p->in.buf + p->in.at + 4);
	if (total < LENGTHS || total % 4 != 0)
		return flawed(p, "a block of an impossible length");
	if (!wanted(type))
		return pass_over(p, total);
	if (total > PCAPNG_BLOCK_MAX)
		return flawed(p, "a block of more than 1 MiB");
	got = pcapng_need_more(&p->in, total);
	if (got < 0)
		return got;
	block = p->in.buf + p->in.at;
	p->in.at += total;
	if (pcapng_u32(&p->in, block + total - TRAILER) != total)
		return flawed(p, "a block whose two lengths differ");
	return take_block(p, out, type, block + HEADER, total - LENGTHS);
}

int pcapng_next(struct pcapng *p, struct pcapng_packet *out)
{
	int result = p->failed;

	if (result < 0)
		return result;
	do
		result = next_block(p, out);
	while (result == AGAIN);
	if (result < 0)
		p->failed = result;
	return result;
}

/* ---- the rest */

const char *pcapng_flaw(const struct pcapng *p)
{
	return p->flaw;
}

uint64_t pcapng_block_at(const struct pcapng *p)
{
	return p->block_at;
}

uint64_t pcapng_bytes_read(const struct pcapng *p)
{
	return p->in.base + p->in.fill;
}

bool pcapng_drained(const struct pcapng *p)
{
	return p->in.at == p->in.fill;
}

uint32_t pcapng_device(struct pcapng *p, uint32_t index)
{
	const struct interface *i = &p->interfaces[p->current];
	const char *of = devices_name(p->devices, i->number);
	char name[NAME_KEPT + sizeof ":4294967295"];

	if (index == 0)
		return i->number;
	snprintf(name, sizeof name, "%s:%" PRIu32, of ? of : "any", index);
	return devices_number(p->devices,
		&(struct device){
			.place = p->current, .index = index, .link = i->link, .name = name});
}

const char *pcapng_interface(const struct pcapng *p, uint32_t interface)
{
	return devices_name(p->devices, interface);
}

struct pcapng *pcapng_new(struct byte_source from)
{
	struct pcapng *p = mem_alloc(1, sizeof *p);

	pcapng_bytes_init(&p->in, from);
	p->devices = devices_new();
	return p;
}

void pcapng_on_interface(struct pcapng *p, void (*another)(void *user), void *user)
{
	devices_on_another(p->devices, another, user);
}

void pcapng_free(struct pcapng *p)
{
	if (!p)
		return;
	devices_free(p->devices);
	free(p->interfaces);
	pcapng_bytes_release(&p->in);
	free(p);
}
