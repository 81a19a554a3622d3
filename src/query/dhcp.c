/* SPDX-License-Identifier: MIT */
/* DHCPINFORM (RFC 2131, 4.3.5): the configuration without a lease. Most servers answer to port 68
 * of the address that it names, where nobody hears it. dnsmasq answers to whoever asked, but only
 * where some address is named: one of RFC 5737, that nobody has. */
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"

enum {
	REQUEST = 1,
	REPLY = 2,
	ETHERNET = 1,
	MAC_LEN = 6,
	XID = 4,
	CIADDR = 12,
	FIXED = 236,
	PACKET = 300
};
enum { INFORM = 8, TYPE_LAST = 18, COOKIE = 0x63825363, IPV4_LEN = 4 };
enum {
	PAD = 0,
	ROUTER = 3,
	DNS = 6,
	DOMAIN = 15,
	TYPE = 53,
	SERVER = 54,
	PARAMETERS = 55,
	END = 255
};

enum { MESSAGE, SERVER_ID, ROUTERS, DNS_SERVERS, DOMAIN_NAME };

static const struct fact_def facts[] = {
	[MESSAGE] = {"message", FACT_TEXT},
	[SERVER_ID] = {"server_id", FACT_TEXT},
	[ROUTERS] = {"routers", FACT_LIST},
	[DNS_SERVERS] = {"dns_servers", FACT_LIST},
	[DOMAIN_NAME] = {"domain", FACT_TEXT},
};

/* RFC 2132, 9.6; later ones are of leases that are asked about. */
static const char *const types[] = {NULL, "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK",
	"RELEASE", "INFORM", "FORCERENEW", "LEASEQUERY", "LEASEUNASSIGNED", "LEASEUNKNOWN",
	"LEASEACTIVE", "BULKLEASEQUERY", "LEASEQUERYDONE", "ACTIVELEASEQUERY", "LEASEQUERYSTATUS",
	"TLS"};

/* clang-format off */
static const uint8_t options[] = {
	0x63, 0x82, 0x53, 0x63,         /* magic cookie (RFC 2131, section 3) */
	TYPE, 1, INFORM,                /* message type */
	PARAMETERS, 3, ROUTER, DNS, DOMAIN,
	END,
};
/* clang-format on */

static const uint8_t nobody[] = {192, 0, 2, 1};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memset(out, 0, PACKET); /* BOOTP's least, which some relays insist on */
	out[0] = REQUEST;
	out[1] = ETHERNET;
	out[2] = MAC_LEN;
	wire_u32(out + XID, token_u32(token));
	memcpy(out + CIADDR, nobody, sizeof nobody);
	memcpy(out + FIXED, options, sizeof options);
	return PACKET;
}

static void addresses(struct facts *f, size_t index, struct cursor data)
{
	while (cursor_left(&data) >= IPV4_LEN)
		fact_address(f, index, cursor_bytes(&data, IPV4_LEN), IPV4_LEN, 0);
}

static bool option(struct facts *f, uint8_t code, struct cursor data)
{
	size_t len = cursor_left(&data);

	if (code == TYPE) {
		if (len != 1 || *data.at == 0 || *data.at > TYPE_LAST)
			return false;
		facts_puts(f, MESSAGE, types[*data.at]);
	} else if (code == SERVER && len == IPV4_LEN) {
		fact_address(f, SERVER_ID, data.at, IPV4_LEN, 0);
	} else if (code == ROUTER || code == DNS) {
		addresses(f, code == ROUTER ? ROUTERS : DNS_SERVERS, data);
	} else if (code == DOMAIN) {
		facts_text(f, DOMAIN_NAME, data.at, len);
	}
	return true;
}

/* RFC 2132, section 2. Up to END: without it something is missing. */
static bool all_options(struct facts *f, struct cursor *c)
{
	while (cursor_left(c) > 0) {
		uint8_t code = cursor_u8(c), len;
		struct cursor data;

		if (code == PAD)
			continue;
		if (code == END)
			return facts_get(f, MESSAGE);
		len = cursor_u8(c);
		if (!cursor_part(c, len, &data) || !option(f, code, data))
			return false;
	}
	return false;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	uint8_t op;
	uint32_t xid;

	cursor_init(&c, bytes, len);
	op = cursor_u8(&c);
	cursor_skip(&c, XID - 1);
	xid = cursor_u32(&c);
	cursor_skip(&c, FIXED - XID - 4);
	if (op != REPLY || xid != token_u32(token) || cursor_u32(&c) != COOKIE)
		return false;
	return all_options(out, &c);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	say_text(f, MESSAGE, "", out);
	say_text(f, SERVER_ID, " of ", out);
}

const struct query query_dhcp = {
	.protocol = "dhcp",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
