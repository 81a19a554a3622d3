/* SPDX-License-Identifier: MIT */
/* Ubiquiti's discovery, version 1. Nothing is published of it; the numbers are those that
 * Wireshark's dissector and the devices' answers agree on. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { VERSION_1 = 1, INFO = 0 };
enum {
	TYPE_MAC = 0x01,
	TYPE_MAC_AND_ADDRESS = 0x02,
	TYPE_FIRMWARE = 0x03,
	TYPE_UPTIME = 0x0a,
	TYPE_HOST = 0x0b,
	TYPE_PLATFORM = 0x0c,
	TYPE_ESSID = 0x0d,
	TYPE_MODEL = 0x14
};
enum { MAC_BYTES = 6 };

enum { MODEL, PLATFORM, FIRMWARE, HOST, ESSID, UPTIME, MAC, ADDRESS };

static const struct fact_def defs[] = {
	[MODEL] = {"model", FACT_TEXT},
	[PLATFORM] = {"platform", FACT_TEXT},
	[FIRMWARE] = {"firmware", FACT_TEXT},
	[HOST] = {"host", FACT_TEXT},
	[ESSID] = {"essid", FACT_TEXT},
	[UPTIME] = {"uptime", FACT_NUMBER}, /* in seconds */
	[MAC] = {"mac", FACT_TEXT},
	[ADDRESS] = {"address", FACT_TEXT},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	(void)token;
	writer_number(&w, VERSION_1, 1);
	writer_number(&w, INFO, 1);
	writer_number(&w, 0, 2);
	return w.len;
}

static void mac(struct facts *f, const uint8_t *m)
{
	char text[18];

	snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		m[5]);
	facts_puts(f, MAC, text);
}

static void number(struct facts *f, size_t index, const uint8_t *bytes, size_t len)
{
	struct cursor c;

	cursor_init(&c, bytes, len);
	facts_number(f, index, cursor_u32(&c));
}

/* Whether it is one that is known, and as long as it has to be. */
static bool field(struct facts *f, uint8_t type, const uint8_t *bytes, size_t len)
{
	static const struct {
		uint8_t type;
		size_t index;
	} texts[] = {{TYPE_FIRMWARE, FIRMWARE}, {TYPE_HOST, HOST}, {TYPE_PLATFORM, PLATFORM},
		{TYPE_ESSID, ESSID}, {TYPE_MODEL, MODEL}};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (texts[i].type == type) {
			facts_text(f, texts[i].index, bytes, len);
			return true;
		}
	}
	if (type == TYPE_UPTIME && len == 4)
		number(f, UPTIME, bytes, len);
	else if (type == TYPE_MAC && len == MAC_BYTES)
		mac(f, bytes);
	else if (type == TYPE_MAC_AND_ADDRESS && len == MAC_BYTES + 4)
		fact_address(f, ADDRESS, bytes + MAC_BYTES, 4, 0);
	else
		return false;
	return true;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint8_t version, command;
	bool known = false;
	struct cursor c;
	uint16_t rest;

	(void)token;
	cursor_init(&c, bytes, len);
	version = cursor_u8(&c);
	command = cursor_u8(&c);
	rest = cursor_u16(&c);
	if (!cursor_ok(&c) || version != VERSION_1 || command != INFO || rest != cursor_left(&c))
		return false;
	while (cursor_left(&c) > 0) {
		uint8_t type = cursor_u8(&c);
		uint16_t size = cursor_u16(&c);
		const uint8_t *value = cursor_bytes(&c, size);

		if (!value)
			return false;
		known = field(out, type, value, size) || known;
	}
	return known;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	size_t start = out->len;

	if (!say_text(f, MODEL, "", out))
		say_text(f, PLATFORM, "", out);
	say_text(f, FIRMWARE, say_comma(out, start), out);
	say_text(f, HOST, say_comma(out, start), out);
}

const struct query query_ubiquiti = {
	.protocol = "ubiquiti",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
