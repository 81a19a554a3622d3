/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/tcp.h"

#include "be.h"

enum { FLAGS = 0x1ff };

/* Who makes the experiment: RFC 6994. */
enum { EXPERIMENT_TFO = 0xf989 };

enum { WSCALE_MAX = 14, SACK_MAX = 4, SACK_BLOCK = 8 };

bool tcp_parse(struct cursor *c, struct tcp_header *out)
{
	const uint8_t *at = cursor_bytes(c, TCP_HEADER);
	size_t options, left;

	if (!at || at[12] >> 4 < TCP_HEADER / 4) {
		*out = (struct tcp_header){0};
		return false;
	}
	out->source_port = be16_at(at);
	out->destination_port = be16_at(at + 2);
	out->sequence = be32_at(at + 4);
	out->acknowledgment = be32_at(at + 8);
	out->length = (uint8_t)((at[12] >> 4) * 4);
	out->flags = be16_at(at + 12) & FLAGS;
	out->window = be16_at(at + 14);
	out->checksum = be16_at(at + 16);
	out->urgent = be16_at(at + 18);
	options = (size_t)out->length - TCP_HEADER;
	left = cursor_left(c);
	out->options_len = (uint8_t)(options < left ? options : left);
	out->options = cursor_bytes(c, out->options_len);
	return true;
}

static bool is_sack(uint8_t len)
{
	return len > 0 && len % SACK_BLOCK == 0 && len <= SACK_MAX * SACK_BLOCK;
}

static bool set_timestamps(const uint8_t *data, uint8_t len, struct tcp_options *out)
{
	if (len != 8)
		return false;
	out->has_timestamps = true;
	out->tsval = be32_at(data);
	out->tsecr = be32_at(data + 4);
	return true;
}

static bool set_mss(const uint8_t *data, uint8_t len, struct tcp_options *out)
{
	if (len != 2)
		return false;
	out->has_mss = true;
	out->mss = be16_at(data);
	return true;
}

static bool set_wscale(const uint8_t *data, uint8_t len, struct tcp_options *out)
{
	if (len != 1)
		return false;
	out->has_wscale = true;
	out->wscale = data[0];
	return true;
}

static bool set_tfo(struct tcp_options *out)
{
	out->has_tfo = true;
	return true;
}

static bool set_mptcp(uint8_t len, struct tcp_options *out)
{
	if (len < 1)
		return false;
	out->has_mptcp = true;
	return true;
}

static bool set_sack_permitted(uint8_t len, struct tcp_options *out)
{
	if (len != 0)
		return false;
	out->sack_permitted = true;
	return true;
}

/* False: it cannot have this length. */
static bool set(uint8_t kind, const uint8_t *data, uint8_t len, struct tcp_options *out)
{
	switch (kind) {
	case TCP_OPTION_MSS:
		return set_mss(data, len, out);
	case TCP_OPTION_WSCALE:
		return set_wscale(data, len, out);
	case TCP_OPTION_SACK_PERMITTED:
		return set_sack_permitted(len, out);
	case TCP_OPTION_SACK:
		return is_sack(len);
	case TCP_OPTION_TIMESTAMPS:
		return set_timestamps(data, len, out);
	case TCP_OPTION_MPTCP:
		return set_mptcp(len, out);
	case TCP_OPTION_TFO:
		return set_tfo(out);
	case TCP_OPTION_EXPERIMENT:
		if (len >= 2 && be16_at(data) == EXPERIMENT_TFO)
			return set_tfo(out);
		return true;
	default:
		return true;
	}
}

void tcp_options_parse(const uint8_t *options, uint8_t len, struct tcp_options *out)
{
	struct cursor c;

	*out = (struct tcp_options){0};
	cursor_init(&c, options, len);
	while (cursor_left(&c) > 0) {
		uint8_t kind = cursor_u8(&c), size;
		const uint8_t *data;

		if (kind == TCP_OPTION_END)
			return;
		if (kind == TCP_OPTION_NOP)
			continue;
		size = cursor_u8(&c);
		data = cursor_bytes(&c, size < 2 ? SIZE_MAX : size - 2U);
		if (!data || !set(kind, data, (uint8_t)(size - 2), out)) {
			out->malformed = true;
			return;
		}
	}
}
