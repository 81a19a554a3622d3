/* SPDX-License-Identifier: MIT */
#include "snmp_facts.h"
#include "parts.h"

#include "netprobe/base/mem.h"

enum { ID_MAX = 32, ENTERPRISE_LEN = 4, HOUR = 3600, DAY = 24 * HOUR };
enum { FORM_IPV4 = 1, FORM_MAC = 3, FORM_TEXT = 4, IPV4_LEN = 4, MAC_LEN = 6 };

const struct fact_def snmp_facts[SNMP_FACTS] = {
	[SNMP_VERSION] = {"version", FACT_TEXT},
	[SNMP_DESCRIPTION] = {"description", FACT_TEXT},
	[SNMP_ERROR] = {"error", FACT_NUMBER},
	[SNMP_ENGINE_ID] = {"engine_id", FACT_TEXT},
	[SNMP_ENTERPRISE] = {"enterprise", FACT_NUMBER},
	[SNMP_VENDOR] = {"vendor", FACT_TEXT},
	[SNMP_ENGINE_MAC] = {"mac", FACT_TEXT},
	[SNMP_ENGINE_ADDR] = {"engine_addr", FACT_TEXT},
	[SNMP_ENGINE_TEXT] = {"engine_text", FACT_TEXT},
	[SNMP_BOOTS] = {"boots", FACT_NUMBER},
	[SNMP_TIME] = {"up_seconds", FACT_NUMBER},
};

/* IANA's private enterprise numbers: those that are met most. */
static const struct {
	uint32_t number;
	const char *name;
} vendors[] = {
	{9, "Cisco"},
	{11, "Hewlett-Packard"},
	{171, "D-Link"},
	{311, "Microsoft"},
	{318, "APC"},
	{674, "Dell"},
	{890, "ZyXEL"},
	{1588, "Brocade"},
	{1916, "Extreme Networks"},
	{2011, "Huawei"},
	{2021, "UCD-SNMP"},
	{2435, "Brother"},
	{2636, "Juniper"},
	{4526, "Netgear"},
	{6876, "VMware"},
	{8072, "Net-SNMP"},
	{12356, "Fortinet"},
	{14988, "MikroTik"},
	{25461, "Palo Alto Networks"},
	{30065, "Arista"},
	{41112, "Ubiquiti"},
};

static void enterprise(struct facts *f, uint32_t number)
{
	facts_number(f, SNMP_ENTERPRISE, number);
	for (size_t i = 0; i < ARRAY_SIZE(vendors); i++)
		if (vendors[i].number == number)
			facts_puts(f, SNMP_VENDOR, vendors[i].name);
}

static void rest_of_id(struct facts *f, uint8_t form, const uint8_t *rest, size_t len)
{
	if (form == FORM_MAC && len == MAC_LEN)
		fact_bytes(f, SNMP_ENGINE_MAC, rest, len, ':');
	else if (form == FORM_IPV4 && len == IPV4_LEN)
		fact_address(f, SNMP_ENGINE_ADDR, rest, IPV4_LEN, 0);
	else if (form == FORM_TEXT)
		facts_text(f, SNMP_ENGINE_TEXT, rest, len);
}

/* The first bit says whether a form follows; older agents have what they like behind the number. */
void snmp_engine(struct facts *f, const uint8_t *id, size_t len)
{
	struct cursor c;
	uint32_t number;
	uint8_t form;

	if (len > ID_MAX)
		len = ID_MAX;
	fact_bytes(f, SNMP_ENGINE_ID, id, len, '\0');
	cursor_init(&c, id, len);
	number = cursor_u32(&c);
	if (!cursor_ok(&c))
		return;
	enterprise(f, number & 0x7fffffff);
	form = cursor_u8(&c);
	if (cursor_ok(&c) && number >> 31)
		rest_of_id(f, form, c.at, cursor_left(&c));
}

static void up(const struct facts *f, struct strbuf *out)
{
	const struct fact *fact = facts_get(f, SNMP_TIME);
	uint64_t seconds = fact ? fact->number : 0;

	if (seconds >= (uint64_t)2 * DAY)
		strbuf_printf(out, ", up %u days", (unsigned)(seconds / DAY));
	else if (seconds >= (uint64_t)2 * HOUR)
		strbuf_printf(out, ", up %u hours", (unsigned)(seconds / HOUR));
}

void snmp_headline(const struct facts *f, struct strbuf *out)
{
	if (say_text(f, SNMP_DESCRIPTION, "", out))
		return;
	say_text(f, SNMP_VERSION, "version ", out);
	if (!say_text(f, SNMP_VENDOR, ", ", out))
		say_number(f, SNMP_ENTERPRISE, ", enterprise ", out);
	up(f, out);
}
