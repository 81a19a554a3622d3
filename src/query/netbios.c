/* SPDX-License-Identifier: MIT */
/* NetBIOS name service: the names of a node (NBSTAT, RFC 1002, 4.2.17 and 4.2.18). */
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"

#define SAMBA "__SAMBA__"
enum { NAME = 15, ENTRY = NAME + 3, MAC_LEN = 6, ENCODED = 32 };
enum { TYPE_NBSTAT = 0x21, CLASS_IN = 1, RESPONSE = 0x8000, OPCODE = 0x7800, RCODE = 0xf };
enum { FLAG_GROUP = 0x8000 };
enum { SUFFIX_HOST = 0x00 }; /* Microsoft's use of the sixteenth byte */

enum { HOST, WORKGROUP, MAC, NAMES };

static const struct fact_def facts[] = {
	[HOST] = {"name", FACT_TEXT},
	[WORKGROUP] = {"workgroup", FACT_TEXT},
	[MAC] = {"mac", FACT_TEXT},
	[NAMES] = {"names", FACT_LIST},
};

/* clang-format off */
static const uint8_t question[] = {
	0, 0,                   /* NAME_TRN_ID */
	0, 0,                   /* a query, of the node itself */
	0, 1, 0, 0, 0, 0, 0, 0, /* one question */
	ENCODED,                /* "*" and zeros, a letter for four bits (RFC 1001, 14.1) */
	'C', 'K', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A',
	'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A', 0,
	0, TYPE_NBSTAT, 0, CLASS_IN,
};
/* clang-format on */

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memcpy(out, question, sizeof question);
	wire_u16(out, token_u16(token));
	return sizeof question;
}

static size_t trimmed(const uint8_t *name)
{
	size_t len = NAME;

	while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\0'))
		len--;
	return len;
}

/* Appended to the list as "FILES<20>", the form that other tools made known. */
static void add_name(struct facts *f, const uint8_t *name, size_t len, uint8_t suffix, bool group)
{
	char item[NAME + sizeof "<00>"];

	memcpy(item, name, len);
	snprintf(item + len, sizeof item - len, "<%02x>", suffix);
	facts_item(f, NAMES, item, strlen(item));
	if (suffix == SUFFIX_HOST && !facts_get(f, group ? WORKGROUP : HOST))
		facts_text(f, group ? WORKGROUP : HOST, name, len);
}

/* Samba gives a zero for its address; as a domain controller (where it has a name of its own for
 * itself) what happened to stand in its memory. */
static bool names(struct facts *f, struct cursor *c)
{
	static const uint8_t no_mac[MAC_LEN];
	uint8_t count = cursor_u8(c);
	const uint8_t *mac;
	bool samba = false;

	for (uint8_t i = 0; i < count; i++) {
		const uint8_t *name = cursor_bytes(c, NAME);
		uint8_t suffix = cursor_u8(c);
		uint16_t flags = cursor_u16(c);

		if (!cursor_ok(c))
			return false;
		samba |= trimmed(name) == strlen(SAMBA) && memcmp(name, SAMBA, strlen(SAMBA)) == 0;
		add_name(f, name, trimmed(name), suffix, flags & FLAG_GROUP);
	}
	mac = cursor_bytes(c, MAC_LEN); /* UNIT_ID; the rest are statistics that nobody keeps */
	if (mac && !samba && memcmp(mac, no_mac, MAC_LEN) != 0)
		fact_bytes(f, MAC, mac, MAC_LEN, ':');
	return mac;
}

static bool read_header(const struct query_token *token, struct cursor *c)
{
	uint16_t id = cursor_u16(c), flags = cursor_u16(c), questions = cursor_u16(c),
		 answers = cursor_u16(c);

	cursor_skip(c, 4);
	return cursor_ok(c) && id == token_u16(token) && flags & RESPONSE && !(flags & OPCODE) &&
	       !(flags & RCODE) && questions == 0 && answers == 1;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	const uint8_t *name;
	uint16_t type, class;
	struct cursor c, data;

	cursor_init(&c, bytes, len);
	if (!read_header(token, &c))
		return false;
	name = cursor_bytes(&c, 1 + ENCODED + 1);
	type = cursor_u16(&c);
	class = cursor_u16(&c);
	cursor_skip(&c, 4); /* time to live */
	if (!cursor_part(&c, cursor_u16(&c), &data) || name[0] != ENCODED || type != TYPE_NBSTAT ||
		class != CLASS_IN)
		return false;
	return names(out, &data);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (say_text(f, HOST, "", out))
		say_text(f, WORKGROUP, ", workgroup ", out);
	else
		say_text(f, WORKGROUP, "workgroup ", out);
}

const struct query query_netbios = {
	.protocol = "netbios",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
