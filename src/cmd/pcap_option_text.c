/* SPDX-License-Identifier: MIT */
#include "pcap_option_text.h"

#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"

enum { SACK_BLOCK = 8 };

/* Millions of packets have some. */
#define ADD(out, literal) strbuf_add(out, literal, sizeof(literal) - 1)

static void add_hex(struct strbuf *out, struct cursor *data)
{
	static const char digits[] = "0123456789abcdef";

	while (cursor_left(data) > 0) {
		uint8_t byte = cursor_u8(data);
		const char hex[] = {digits[byte >> 4], digits[byte & 15]};

		strbuf_add(out, hex, sizeof hex);
	}
}

static void add_timestamps(struct strbuf *out, struct cursor *data)
{
	ADD(out, "TS val ");
	strbuf_uint(out, cursor_u32(data));
	ADD(out, " ecr ");
	strbuf_uint(out, cursor_u32(data));
}

static void add_sack(struct strbuf *out, struct cursor *data, uint32_t base)
{
	ADD(out, "sack ");
	strbuf_uint(out, cursor_left(data) / SACK_BLOCK);
	ADD(out, " ");
	while (cursor_left(data) > 0) {
		ADD(out, "{");
		strbuf_uint(out, cursor_u32(data) - base);
		ADD(out, ":");
		strbuf_uint(out, cursor_u32(data) - base);
		ADD(out, "}");
	}
}

static void add_mptcp(struct strbuf *out, struct cursor *data)
{
	static const char *const subtypes[] = {"capable", "join", "dss", "add-addr", "rem-addr",
		"prio", "fail", "fastclose", "rst"};
	unsigned subtype = cursor_u8(data) >> 4;

	ADD(out, "mptcp ");
	if (subtype < ARRAY_SIZE(subtypes))
		strbuf_puts(out, subtypes[subtype]);
	else
		strbuf_printf(out, "subtype %u", subtype);
}

static void add_tfo(struct strbuf *out, struct cursor *data)
{
	ADD(out, "tfo ");
	if (cursor_left(data) == 0)
		ADD(out, "cookiereq");
	else
		ADD(out, "cookie ");
	add_hex(out, data);
}

static void add_unknown(struct strbuf *out, uint8_t kind, struct cursor *data)
{
	strbuf_printf(out, "unknown-%u", kind);
	if (cursor_left(data) > 0)
		ADD(out, " 0x");
	add_hex(out, data);
}

/* False: it cannot have this length. */
static bool add_option(struct strbuf *out, uint8_t kind, struct cursor *data, uint32_t base)
{
	size_t len = cursor_left(data);

	switch (kind) {
	case TCP_OPTION_MSS:
		ADD(out, "mss ");
		strbuf_uint(out, cursor_u16(data));
		return len == 2;
	case TCP_OPTION_WSCALE:
		ADD(out, "wscale ");
		strbuf_uint(out, cursor_u8(data));
		return len == 1;
	case TCP_OPTION_SACK_PERMITTED:
		ADD(out, "sackOK");
		return len == 0;
	case TCP_OPTION_SACK:
		add_sack(out, data, base);
		return len > 0 && len % SACK_BLOCK == 0;
	case TCP_OPTION_TIMESTAMPS:
		add_timestamps(out, data);
		return len == 8;
	case TCP_OPTION_MPTCP:
		add_mptcp(out, data);
		return len > 0;
	case TCP_OPTION_TFO:
		add_tfo(out, data);
		return true;
	default:
		add_unknown(out, kind, data);
		return true;
	}
}

/* An option with a length, whose kind was read; false: no more can be read. */
static bool add_sized(struct strbuf *out, uint8_t kind, struct cursor *c, uint32_t base)
{
	uint8_t size = cursor_u8(c);
	const uint8_t *bytes = cursor_bytes(c, size < 2 ? SIZE_MAX : size - 2U);
	size_t begin = out->len;
	struct cursor data;

	if (bytes) {
		cursor_init(&data, bytes, size - 2U);
		if (add_option(out, kind, &data, base))
			return true;
	}
	out->len = begin;
	ADD(out, "[bad opt]");
	return false;
}

static bool add_next(struct strbuf *out, struct cursor *c, uint32_t base)
{
	uint8_t kind = cursor_u8(c);

	if (kind == TCP_OPTION_NOP) {
		ADD(out, "nop");
		return true;
	}
	if (kind != TCP_OPTION_END)
		return add_sized(out, kind, c, base);
	ADD(out, "eol");
	return false;
}

/* How many bytes of a list that was cut are options that were not. */
static size_t uncut(const uint8_t *options, size_t len)
{
	size_t at = 0;

	while (at < len && options[at] != TCP_OPTION_END) {
		size_t size = options[at] == TCP_OPTION_NOP ? 1
			      : at + 1 < len                ? options[at + 1]
							    : len;

		if (size == 0)
			return len; /* malformed */
		if (size > len - at)
			return at;
		at += size;
	}
	return len;
}

void option_text(struct strbuf *out, const struct tcp_header *tcp, uint32_t base)
{
	bool whole = tcp_options_whole(tcp), more = true;
	size_t begin = out->len;
	struct cursor c;

	cursor_init(
		&c, tcp->options, whole ? tcp->options_len : uncut(tcp->options, tcp->options_len));
	while (more && cursor_left(&c) > 0) {
		if (out->len > begin)
			ADD(out, ",");
		more = add_next(out, &c, base);
	}
	if (more && !whole)
		strbuf_puts(out, out->len > begin ? ",..." : "...");
}
