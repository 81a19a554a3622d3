/* SPDX-License-Identifier: MIT */
#include "ike_messages.h"

#include "parts.h"

#include "netprobe/base/mem.h"

/* IANA, "IKEv2 Notify Message Types"; the numbers of version 1 are those of RFC 2408,
 * section 3.14.1. */
static const struct notify {
	uint16_t type;
	const char *name;
} notifies_2[] =
	{
		{5, "INVALID_MAJOR_VERSION"},
		{7, "INVALID_SYNTAX"},
		{14, "NO_PROPOSAL_CHOSEN"},
		{17, "INVALID_KE_PAYLOAD"},
		{24, "AUTHENTICATION_FAILED"},
		{43, "TEMPORARY_FAILURE"},
		{16388, "NAT_DETECTION_SOURCE_IP"},
		{16389, "NAT_DETECTION_DESTINATION_IP"},
		{16390, "COOKIE"},
		{16404, "MULTIPLE_AUTH_SUPPORTED"},
		{16406, "REDIRECT_SUPPORTED"},
		{16407, "REDIRECT"},
		{16418, "CHILDLESS_IKEV2_SUPPORTED"},
		{16430, "IKEV2_FRAGMENTATION_SUPPORTED"},
		{16431, "SIGNATURE_HASH_ALGORITHMS"},
},
  notifies_1[] = {
	  {1, "INVALID-PAYLOAD-TYPE"},
	  {5, "INVALID-MAJOR-VERSION"},
	  {7, "INVALID-EXCHANGE-TYPE"},
	  {14, "NO-PROPOSAL-CHOSEN"},
	  {16, "PAYLOAD-MALFORMED"},
	  {24, "AUTHENTICATION-FAILED"},
};

/* MD5 sums of sentences, mostly; a longer one goes on with a version. RFC 3947 (NAT), RFC 3706
 * (dead peers). */
static const struct vendor {
	uint8_t id[16], len;
	const char *name;
} vendors[] = {
	{{0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45,
		 0x2f},
		16, "NAT-T"},
	{{0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57}, 14,
		"DPD"},
	{{0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12}, 8, "XAUTH"},
	{{0x88, 0x2f, 0xe5, 0x6d, 0x6f, 0xd2, 0x0d, 0xbc, 0x22, 0x51, 0x61, 0x3b, 0x2e, 0xbe, 0x5b,
		 0xeb},
		16, "strongSwan"},
	{{0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9, 0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc}, 14,
		"Cisco Unity"},
	{{0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2,
		 0xd3},
		16, "FRAGMENTATION"},
	{{0x1e, 0x2b, 0x51, 0x69, 0x05, 0x99, 0x1c, 0x7d, 0x7c, 0x96, 0xfc, 0xbf, 0xb5, 0x87, 0xe4,
		 0x61},
		16, "Windows"},
};

static bool is_text(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return false;
	return len > 0;
}

static void vendor(struct facts *f, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(vendors); i++) {
		const struct vendor *v = &vendors[i];

		if (len >= v->len && memcmp(bytes, v->id, v->len) == 0) {
			facts_item(f, IKE_VENDORS, v->name, strlen(v->name));
			return;
		}
	}
	if (is_text(bytes, len))
		facts_item(f, IKE_VENDORS, bytes, len);
	else
		fact_hex(f, IKE_VENDORS, bytes, len);
}

static const char *notify_name(unsigned version, uint16_t type)
{
	const struct notify *all = version == 1 ? notifies_1 : notifies_2;
	size_t count = version == 1 ? ARRAY_SIZE(notifies_1) : ARRAY_SIZE(notifies_2);

	for (size_t i = 0; i < count; i++)
		if (all[i].type == type)
			return all[i].name;
	return NULL;
}

/* In version 1 a domain of interpretation stands before the rest. */
static bool notify(struct facts *f, unsigned version, struct cursor body)
{
	char number[8];
	const char *name;
	uint16_t type;

	cursor_skip(&body, version == 1 ? 6 : 2);
	type = cursor_u16(&body);
	if (!cursor_ok(&body))
		return false;
	name = notify_name(version, type);
	snprintf(number, sizeof number, "%u", type);
	facts_item(f, IKE_NOTIFY, name ? name : number, strlen(name ? name : number));
	return true;
}

static bool payload(struct facts *f, unsigned version, uint8_t type, struct cursor body)
{
	if (type == (version == 1 ? IKE_NOTIFY_1 : IKE_NOTIFY_2))
		return notify(f, version, body);
	if (type == (version == 1 ? IKE_VENDOR_1 : IKE_VENDOR_2))
		vendor(f, body.at, cursor_left(&body));
	else if (type == (version == 1 ? IKE_SA_1 : IKE_SA))
		facts_flag(f, IKE_CHOSEN, true);
	return true;
}

bool ike_payloads(struct cursor *c, unsigned version, uint8_t first, struct facts *out)
{
	enum { HEAD = 4 };

	for (uint8_t type = first; type != 0;) {
		uint8_t next = cursor_u8(c);
		struct cursor body;
		uint16_t size;

		cursor_skip(c, 1);
		size = cursor_u16(c);
		if (!cursor_ok(c) || size < HEAD || !cursor_part(c, size - HEAD, &body))
			return false;
		if (!payload(out, version, type, body))
			return false;
		type = next;
	}
	return true;
}
