/* SPDX-License-Identifier: MIT */
#ifndef QUERY_SNMP_FACTS_H
#define QUERY_SNMP_FACTS_H

#include "netprobe/base/cursor.h"
#include "netprobe/base/facts.h"

/* All versions of SNMP tell of one agent. */
enum {
	SNMP_VERSION,
	SNMP_DESCRIPTION,
	SNMP_ERROR,
	SNMP_ENGINE_ID,
	SNMP_ENTERPRISE,
	SNMP_VENDOR,
	SNMP_ENGINE_MAC,
	SNMP_ENGINE_ADDR,
	SNMP_ENGINE_TEXT,
	SNMP_BOOTS,
	SNMP_TIME,
	SNMP_FACTS,
};

extern const struct fact_def snmp_facts[SNMP_FACTS];

/* SnmpEngineID, RFC 3411, section 5. */
void snmp_engine(struct facts *f, const uint8_t *id, size_t len);
void snmp_headline(const struct facts *f, struct strbuf *out);

#endif
