/* SPDX-License-Identifier: MIT */
/* SSDP search (UPnP Device Architecture 2.0, section 1.3.2), to one device alone. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { SERVER, ST, USN, LOCATION };

static const struct fact_def defs[] = {
	[SERVER] = {"server", FACT_TEXT},
	[ST] = {"st", FACT_TEXT},
	[USN] = {"usn", FACT_TEXT},
	[LOCATION] = {"location", FACT_TEXT},
};

/* For the root device alone: "ssdp:all" would bring an answer for each service. Devices want MX
 * even where the section leaves it out. Nothing in an answer can be told to be ours. */
static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	(void)token;
	writer_text(&w, "M-SEARCH * HTTP/1.1\r\n"
			"HOST: 239.255.255.250:1900\r\n"
			"MAN: \"ssdp:discover\"\r\n"
			"MX: 1\r\n"
			"ST: upnp:rootdevice\r\n\r\n");
	return w.len;
}

static bool is_found(const uint8_t *bytes, size_t len)
{
	struct cursor c;
	struct span line;

	cursor_init(&c, bytes, len);
	return span_line(&c, &line) &&
	       (span_begins(line, "http/1.1 200") || span_begins(line, "http/1.0 200")) &&
	       header_ends(bytes, len);
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct span type;

	(void)token;
	if (!is_found(bytes, len) || !header_value(bytes, len, "st", &type) || type.len == 0)
		return false;
	fact_span(out, ST, type);
	fact_header(out, SERVER, bytes, len, "server");
	fact_header(out, USN, bytes, len, "usn");
	fact_header(out, LOCATION, bytes, len, "location");
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (!say_text(f, SERVER, "", out))
		say_text(f, ST, "", out);
}

const struct query query_ssdp = {
	.protocol = "ssdp",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
