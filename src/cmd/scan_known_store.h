/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_KNOWN_STORE_H
#define CMD_SCAN_KNOWN_STORE_H

#include "scan_known.h"

#include "netprobe/net/ports.h"
#include "netprobe/net/range.h"
#include "netprobe/output/ndjson.h"

/* How scan_known is filled: scan_known.c keeps it, scan_known_file.c reads the file,
 * scan_known_record.c and scan_known_line.c one line each. */

enum known_proto { KNOWN_TCP, KNOWN_UDP, KNOWN_BANNER, KNOWN_PROTOS = KNOWN_BANNER };

/* 16 bytes, since there may be millions. */
struct known_port {
	uint32_t addr, turn; /* index into the addresses; counts up */
	uint16_t port;
	uint16_t beside; /* how many ports the line named */
	uint8_t proto;   /* enum known_proto; KNOWN_BANNER: nothing but that there is one */
	uint8_t states, reason;
	bool guess : 1;   /* a record's state that is not proved */
	bool located : 1; /* a record says where its packets end */
};

struct known_addr {
	struct addr addr;
	uint8_t rest[KNOWN_PROTOS]; /* states of the ports that are not named; 0: nothing said */
	uint32_t summaries;         /* the last of them, from 1; 0: none */
};

/* A line about many addresses. */
struct known_rule {
	struct range range;
	struct ports *ports;
	uint32_t turn;
	uint8_t proto, states;
};

struct known_summary {
	uint32_t before; /* the address's summary before it, from 1 */
	bool taken;
	uint32_t counts[PORT_STATES];
};

struct scan_known {
	struct known_port *ports;
	struct known_addr *addrs;
	struct known_rule *rules;
	struct known_summary *summaries;
	size_t port_count, port_room, addr_count, addr_room, rule_count, summary_count,
		summary_room;
	uint32_t *places;   /* of the addresses by their hash: index + 1; 0: empty */
	size_t place_count; /* a power of two */
	uint32_t turn;
	bool is_records, is_lines, cut;
	uint64_t whole;
	bool has_run;
	struct known_run run;
	char *shard;
	char **args;
};

struct scan_known *known_new(void);

/* `beside`: how many ports were named together. */
void known_add_port(struct scan_known *k, const struct addr *a, enum known_proto proto,
	uint16_t port, uint32_t beside, unsigned states, enum port_reason reason);
void known_mark_guess(struct scan_known *k); /* the port that was added last is one */
void known_mark_located(struct scan_known *k);
/* The ports become the store's. */
void known_add_rule(struct scan_known *k, const struct range *range, enum known_proto proto,
	struct ports *ports, unsigned states);
void known_add_summary(
	struct scan_known *k, const struct addr *a, const uint32_t counts[static PORT_STATES]);

/* After the last of them, before anything is asked. */
void known_settle(struct scan_known *k);

/* 0; ERR_SYNTAX, with what is wrong with the line appended to `why`. */
int known_read_record(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why);
int known_read_line(struct scan_known *k, const char *text, size_t len, struct strbuf *why);

#endif
