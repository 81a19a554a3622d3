/* SPDX-License-Identifier: MIT */
/* NTP version 4 (RFC 5905), as a client. Mode 6 would tell more, and answer with many times as
 * much. */
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"

enum { PACKET = 48, TRANSMIT = 40, CLIENT = 4 << 3 | 3, MODE = 7, MODE_SERVER = 4 };
enum { REFID_LEN = 4, STRATUM_MAX = 16, NSEC = 1000000000, USEC = 1000000 };

enum { VERSION, STRATUM, REFID, KISS, LEAP, PRECISION, ROOT_DELAY, ROOT_DISPERSION };

static const struct fact_def facts[] = {
	[VERSION] = {"version", FACT_NUMBER},
	[STRATUM] = {"stratum", FACT_NUMBER},
	[REFID] = {"refid", FACT_TEXT},
	[KISS] = {"kiss", FACT_TEXT},
	[LEAP] = {"leap", FACT_NUMBER},
	[PRECISION] = {"precision_ns", FACT_NUMBER},
	[ROOT_DELAY] = {"root_delay_us", FACT_NUMBER},
	[ROOT_DISPERSION] = {"root_dispersion_us", FACT_NUMBER},
};

/* The server sends it back as origin (RFC 5905, section 8). What else a client could fill in is
 * nobody's business (RFC 8915, section 5.7 does the same). Zero means "no answer yet". */
static uint64_t transmit(const struct query_token *token)
{
	return token->words[0] ? token->words[0] : 1;
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memset(out, 0, PACKET);
	out[0] = CLIENT;
	wire_u64(out + TRANSMIT, transmit(token));
	return PACKET;
}

/* Letters, filled up with zeros: "GPS", "RATE" (RFC 5905, 7.3 and 7.4). */
static void letters(struct facts *f, size_t index, const uint8_t bytes[static REFID_LEN])
{
	facts_text(f, index, bytes, strnlen((const char *)bytes, REFID_LEN));
}

static void reference(struct facts *f, uint8_t stratum, const uint8_t bytes[static REFID_LEN])
{
	facts_number(f, STRATUM, stratum);
	if (stratum == 0)
		letters(f, KISS, bytes);
	else if (stratum == 1)
		letters(f, REFID, bytes);
	else
		fact_address(f, REFID, bytes, REFID_LEN, 0);
}

/* A power of two of a second. */
static uint64_t precision_ns(uint8_t byte)
{
	int exponent = byte < 128 ? byte : byte - 256;

	if (exponent < -30)
		return 0;
	return exponent > 0 ? (uint64_t)NSEC << (exponent & 15) : (uint64_t)NSEC >> -exponent;
}

/* Sixteen bits of seconds, sixteen of fraction. */
static uint64_t short_us(uint32_t value)
{
	return (uint64_t)value * USEC >> 16;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint32_t delay, dispersion;
	uint8_t first, stratum, precision;
	const uint8_t *id;
	struct cursor c;

	cursor_init(&c, bytes, len);
	first = cursor_u8(&c);
	stratum = cursor_u8(&c);
	cursor_skip(&c, 1); /* poll interval */
	precision = cursor_u8(&c);
	delay = cursor_u32(&c);
	dispersion = cursor_u32(&c);
	id = cursor_bytes(&c, REFID_LEN);
	cursor_skip(&c, 8); /* reference */
	if (cursor_u64(&c) != transmit(token))
		return false;
	cursor_skip(&c, 16); /* receive, transmit */
	if (!cursor_ok(&c) || (first & MODE) != MODE_SERVER || stratum > STRATUM_MAX)
		return false;
	facts_number(out, VERSION, first >> 3 & 7);
	facts_number(out, LEAP, first >> 6);
	reference(out, stratum, id);
	facts_number(out, PRECISION, precision_ns(precision));
	facts_number(out, ROOT_DELAY, short_us(delay));
	facts_number(out, ROOT_DISPERSION, short_us(dispersion));
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *stratum = facts_get(f, STRATUM), *version = facts_get(f, VERSION);

	if (!stratum || !version)
		return;
	if (say_text(f, KISS, "kiss-o'-death ", out))
		return;
	strbuf_printf(out, "stratum %u, version %u", (unsigned)stratum->number,
		(unsigned)version->number);
}

const struct query query_ntp = {
	.protocol = "ntp",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
