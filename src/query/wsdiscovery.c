/* SPDX-License-Identifier: MIT */
/* WS-Discovery (April 2005, section 5.2): a probe for whatever there is; what answers are printers,
 * cameras and Windows. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { UUID_BYTES = 16 };

enum { TYPES, ADDRESSES, SCOPES, ENDPOINT };

static const struct fact_def defs[] = {
	[TYPES] = {"types", FACT_TEXT},
	[ADDRESSES] = {"xaddrs", FACT_TEXT},
	[SCOPES] = {"scopes", FACT_TEXT},
	[ENDPOINT] = {"endpoint", FACT_TEXT},
};

/* As RFC 4122, section 4.4, wants one of random bits. */
static void uuid(const struct query_token *token, char out[static 37])
{
	uint8_t b[UUID_BYTES];

	token_bytes(token, 0, b, sizeof b);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		b[13], b[14], b[15]);
}

static size_t probe(
	const struct query_token *token, const char *wanted, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};
	char id[37];

	uuid(token, id);
	writer_text(&w, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
			"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
			"xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
			"xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" "
			"xmlns:wsdp=\"http://schemas.xmlsoap.org/ws/2006/02/devprof\">"
			"<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
			"</a:Action><a:MessageID>urn:uuid:");
	writer_text(&w, id);
	writer_text(&w, "</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
			"</s:Header><s:Body><d:Probe>");
	writer_text(&w, wanted);
	writer_text(&w, "</d:Probe></s:Body></s:Envelope>");
	return w.len;
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return probe(token, "", out);
}

/* Some devices keep silent unless their kind is called. */
static size_t make_device(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return probe(token, "<d:Types>wsdp:Device</d:Types>", out);
}

/* Behind the name of an element, which a prefix may stand before: its attributes end there. */
static bool is_tag(struct span before, struct span after)
{
	char last = before.len > 0 ? before.text[before.len - 1] : '\0';

	return (last == '<' || last == ':') && after.len > 0 &&
	       (*after.text == '>' || *after.text == ' ' || *after.text == '\t' ||
		       *after.text == '\r' || *after.text == '\n');
}

static struct span trimmed(struct span s)
{
	while (s.len > 0 && (uint8_t)*s.text <= ' ') {
		s.text++;
		s.len--;
	}
	while (s.len > 0 && (uint8_t)s.text[s.len - 1] <= ' ')
		s.len--;
	return s;
}

/* The text of the first element of that name, whatever its namespace is called. */
static bool element(struct span all, const char *name, struct span *out)
{
	size_t size = strlen(name), at = 0;
	const char *found;

	while ((found = memmem(all.text + at, all.len - at, name, size))) {
		struct span before = {all.text, (size_t)(found - all.text)};
		struct span after = {found + size, all.len - before.len - size};
		const char *open, *close;

		at = before.len + size;
		if (!is_tag(before, after) || !(open = memchr(after.text, '>', after.len)) ||
			!(close = memchr(open, '<', after.len - (size_t)(open - after.text))))
			continue;
		*out = trimmed((struct span){open + 1, (size_t)(close - open) - 1});
		return true;
	}
	return false;
}

static void take(struct facts *f, size_t index, struct span all, const char *name)
{
	struct span value;

	if (element(all, name, &value) && value.len > 0)
		fact_span(f, index, value);
}

/* The one in the body: the header has addresses, too. */
static void endpoint(struct facts *f, struct span all)
{
	struct span reference;

	if (!element(all, "EndpointReference", &reference))
		return;
	all.len -= (size_t)(reference.text - all.text);
	all.text = reference.text;
	take(f, ENDPOINT, all, "Address");
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct span all = {(const char *)bytes, len}, relates, matches;
	char id[37];

	uuid(token, id);
	if (len == 0 || !element(all, "RelatesTo", &relates) ||
		!element(all, "ProbeMatches", &matches) || relates.len < strlen(id) ||
		!memmem(bytes, len, "Envelope>", 9) ||
		!span_is((struct span){relates.text + relates.len - strlen(id), strlen(id)}, id))
		return false;
	take(out, TYPES, all, "Types");
	take(out, ADDRESSES, all, "XAddrs");
	take(out, SCOPES, all, "Scopes");
	endpoint(out, all);
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (!say_text(f, TYPES, "", out))
		say_text(f, ENDPOINT, "", out);
}

const struct query query_wsdiscovery = {
	.protocol = "wsdiscovery",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};

const struct query query_wsdiscovery_device = {
	.protocol = "wsdiscovery",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make_device,
	.read = read,
	.headline = headline,
	.echoes = true,
};
