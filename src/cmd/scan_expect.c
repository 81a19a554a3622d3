/* SPDX-License-Identifier: MIT */
#include "scan_expect.h"

#include "netprobe/base/log.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/scan.h"
#include "netprobe/output/record.h"
#include "scan_known.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum difference_field {
	DIFFERENCE_ADDR,
	DIFFERENCE_PROTO,
	DIFFERENCE_PORT,
	DIFFERENCE_EXPECTED,
	DIFFERENCE_FOUND,
	DIFFERENCE_VERDICT,
	DIFFERENCE_FIELDS,
};

/* Rows come when their port is decided: later ones may be wider. */
enum { PORT_LEAST = sizeof "65535" - 1, STATE_LEAST = sizeof "open|filtered" - 1 };

static const struct field difference_fields[DIFFERENCE_FIELDS] = {
	[DIFFERENCE_ADDR] = {.name = "addr", .title = "ADDRESS", .kind = FIELD_TEXT},
	[DIFFERENCE_PROTO] = {.name = "proto", .title = "PROTO", .kind = FIELD_TEXT},
	[DIFFERENCE_PORT] = {.name = "port",
		.title = "PORT",
		.kind = FIELD_UINT,
		.right = true,
		.least = PORT_LEAST},
	[DIFFERENCE_EXPECTED] = {.name = "expected",
		.title = "EXPECTED",
		.kind = FIELD_LIST,
		.least = STATE_LEAST},
	[DIFFERENCE_FOUND] = {.name = "found",
		.title = "FOUND",
		.kind = FIELD_TEXT,
		.least = STATE_LEAST},
	[DIFFERENCE_VERDICT] = {.name = "verdict", .title = "VERDICT", .kind = FIELD_TEXT},
};
static const struct schema difference_schema = {"difference", difference_fields, DIFFERENCE_FIELDS};

struct scan_expect {
	struct scan_known *known;
	const char *path;
	int proto;
	bool incomplete;            /* the earlier run did not get to all of its ports, perhaps */
	uint64_t named, others;     /* ports one by one: of this protocol, of the other */
	uint64_t met, differ, open; /* ports */
	uint64_t at;                /* of scan_known_next() */
	uint16_t *list;             /* the ports of one address */
	char name[ADDR_TEXT_MAX];
};

static const char *proto_name(int proto)
{
	return proto == IPPROTO_UDP ? "udp" : "tcp";
}

static void count_named(struct scan_expect *e)
{
	uint64_t at = 0;
	struct addr a;
	unsigned states;
	int proto;

	while (scan_known_next(e->known, &at, &a, &proto, &states)) {
		e->named += proto == e->proto;
		e->others += proto != e->proto;
	}
	if (e->others)
		log_info("%s: %" PRIu64 " ports are not of %s, and not compared", e->path,
			e->others, proto_name(e->proto));
}

struct scan_expect *scan_expect_open(const char *path, int proto)
{
	struct scan_expect *e = mem_alloc(1, sizeof *e);
	struct strbuf why = {0};
	uint64_t offset;

	e->path = path;
	e->proto = proto;
	e->known = scan_known_read(path, KNOWN_ANY, &why);
	if (!e->known) {
		log_error("--expect %s", why.text);
		strbuf_release(&why);
		scan_expect_free(e);
		return NULL;
	}
	e->incomplete = scan_known_run(e->known) && !scan_known_run(e->known)->ended;
	if (scan_known_cut(e->known, &offset))
		log_warn("%s: the last line is cut short, and does not count", path);
	else if (e->incomplete)
		log_warn("%s: its run was interrupted, or could not tell everything: what it lacks "
			 "is not compared",
			path);
	e->list = mem_alloc(PORTS_MAX, sizeof *e->list);
	count_named(e);
	return e;
}

void scan_expect_free(struct scan_expect *e)
{
	if (!e)
		return;
	scan_known_free(e->known);
	free(e->list);
	free(e);
}

uint64_t scan_expect_named(const struct scan_expect *e)
{
	return e->named;
}

/* Where the other protocol was meant. */
static const char *advice(const struct scan_expect *e)
{
	return e->proto == IPPROTO_UDP ? "TCP: leave out --udp" : "UDP: add --udp";
}

int scan_expect_check(const struct scan_expect *e, bool targets)
{
	int other = e->proto == IPPROTO_UDP ? IPPROTO_TCP : IPPROTO_UDP;

	if (targets) {
		if (!scan_known_has(e->known, e->proto) && scan_known_has(e->known, other))
			log_warn("%s names no ports but those of %s", e->path, advice(e));
		return 0;
	}
	if (e->named)
		return 0;
	if (e->others)
		return usage_error(&command_scan,
			"no target given, and the ports that %s names one by one are of %s",
			e->path, advice(e));
	return usage_error(&command_scan,
		"no target given, and %s names no port of an address one by one", e->path);
}

/* --- what is asked where no target is given -----------------------------------------------------
 */

/* The ports of the next address, however many of them are wanted. False at the end. */
static bool next_addr(
	struct scan_expect *e, const struct ports *wanted, struct addr *a, uint32_t *count)
{
	struct addr next;
	uint64_t at = e->at;
	unsigned states;
	bool any = false;
	int proto;

	*count = 0;
	while (scan_known_next(e->known, &at, &next, &proto, &states)) {
		if (proto == e->proto && any && addr_compare(a, &next) != 0)
			break;
		e->at = at;
		if (proto != e->proto)
			continue;
		*a = next;
		any = true;
		if (ports_has(wanted, next.port))
			e->list[(*count)++] = next.port;
	}
	a->port = 0;
	return any;
}

int scan_expect_next(struct scan_expect *e, const struct targets *targets,
	const struct ports *ports, struct engine_target *out)
{
	struct addr a;
	uint32_t count;

	while (next_addr(e, ports, &a, &count)) {
		if (count == 0 || targets_excluded(targets, &a))
			continue;
		addr_text(&a, e->name);
		*out = (struct engine_target){
			.name = e->name,
			.addr = a,
			.own_ports = ports_of(e->list, count),
		};
		return 1;
	}
	return 0;
}

/* --- what is found ------------------------------------------------------------------------------
 */

static size_t names_of(unsigned states, const char *names[static PORT_STATES])
{
	size_t count = 0;

	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++)
		if (states >> s & 1)
			names[count++] = port_state_name(s);
	return count;
}

static void put(const struct scan_expect *e, struct output *out, const struct host *h,
	uint32_t cell, unsigned expected, bool differs)
{
	enum port_state found = h->cells[cell].state;
	const char *names[PORT_STATES];
	char addr[ADDR_TEXT_MAX];
	struct record r;

	record_init(&r, &difference_schema);
	record_text(&r, DIFFERENCE_ADDR, addr_text(&h->addr, addr));
	record_text(&r, DIFFERENCE_PROTO, proto_name(e->proto));
	record_uint(&r, DIFFERENCE_PORT, host_port(h, cell));
	if (expected)
		record_list(&r, DIFFERENCE_EXPECTED, names, names_of(expected, names));
	if (found != PORT_PENDING)
		record_text(&r, DIFFERENCE_FOUND, port_state_name(found));
	record_text(&r, DIFFERENCE_VERDICT, differs ? "differs" : "not told");
	output_record(out, &r, differs ? ROW_BAD : ROW_WARN);
}

static unsigned expected_of(const struct scan_expect *e, const struct host *h, uint32_t cell)
{
	return scan_known_states(e->known, &h->addr, host_port(h, cell), e->proto, NULL);
}

/* One of the two could not say of the port whether it is what the other says. */
static bool is_guess(const struct scan_expect *e, const struct host *h, uint32_t cell)
{
	const struct cell *c = &h->cells[cell];
	unsigned expected = expected_of(e, h, cell);

	if (c->state == PORT_OPEN_FILTERED && c->proof != SILENCE_BESIDE)
		return true;
	/* where ICMP errors are limited, silence and an error may be the same */
	if (c->state == PORT_FILTERED && c->reason == REASON_TIMEOUT && host_limiter(h) &&
		(expected >> PORT_UNREACHABLE & 1))
		return true;
	if (!scan_known_is_guess(e->known, &h->addr, host_port(h, cell), e->proto))
		return false;
	return c->state == PORT_UNREACHABLE || !(expected >> PORT_FILTERED & 1);
}

/* What an earlier run could not prove expects nothing; a line that says so means it. */
static bool is_met(const struct scan_expect *e, enum port_state found, unsigned expected)
{
	bool nothing = scan_known_is_records(e->known) && expected == 1u << PORT_UNPROVED;

	return !nothing && expected >> found & 1;
}

void scan_expect_decided(
	struct scan_expect *e, struct output *out, const struct host *h, uint32_t cell)
{
	unsigned expected = expected_of(e, h, cell);
	enum port_state found = h->cells[cell].state;
	bool differs;

	if (is_met(e, found, expected)) {
		e->met++;
		return;
	}
	if (!expected && found != PORT_OPEN) {
		e->open += found == PORT_UNPROVED || e->incomplete;
		return;
	}
	differs = found != PORT_UNPROVED && !is_guess(e, h, cell) && (expected || !e->incomplete);
	e->differ += differs;
	e->open += !differs;
	put(e, out, h, cell, expected, differs);
}

void scan_expect_done(struct scan_expect *e, struct output *out, const struct host *h)
{
	for (uint32_t i = 0; i < h->count; i++) {
		unsigned expected = h->cells[i].state == PORT_PENDING ? expected_of(e, h, i) : 0;

		if (!expected)
			continue;
		e->open++;
		put(e, out, h, i, expected, false);
	}
}

static bool says_nothing(const struct scan_expect *e)
{
	bool empty = scan_known_is_empty(e->known) && !scan_known_is_records(e->known);

	return !empty && e->met + e->differ + e->open == 0;
}

int scan_expect_status(const struct scan_expect *e, bool all)
{
	if (says_nothing(e))
		log_warn("%s names no port of those that were asked", e->path);
	if (e->differ)
		return EXIT_NO;
	return e->open || says_nothing(e) || !all ? EXIT_UNKNOWN : EXIT_YES;
}

void scan_expect_footer(const struct scan_expect *e, bool interrupted, struct strbuf *out)
{
	strbuf_printf(out, "%" PRIu64 " port%s as expected, %" PRIu64 " differ%s", e->met,
		e->met == 1 ? "" : "s", e->differ, e->differ == 1 ? "s" : "");
	if (e->open)
		strbuf_printf(out, ", %" PRIu64 " could not be told", e->open);
	if (interrupted)
		strbuf_puts(out, ", interrupted");
}
