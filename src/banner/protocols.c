/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/protocols.h"

#include "machines.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/mem.h"

#include <string.h>

static const struct protocol *const machines[PROTOCOLS] = {
	[PROTOCOL_UNKNOWN] = &protocol_unknown,
	[PROTOCOL_HTTP] = &protocol_http,
	[PROTOCOL_SMTP] = &protocol_smtp,
	[PROTOCOL_SSH] = &protocol_ssh,
	[PROTOCOL_FTP] = &protocol_ftp,
	[PROTOCOL_POP3] = &protocol_pop3,
	[PROTOCOL_IMAP] = &protocol_imap,
	[PROTOCOL_MYSQL] = &protocol_mysql,
	[PROTOCOL_POSTGRESQL] = &protocol_postgresql,
	[PROTOCOL_REDIS] = &protocol_redis,
	[PROTOCOL_DNS] = &protocol_dns,
	[PROTOCOL_TELNET] = &protocol_telnet,
};

/* RFC 3986 schemes as they are in use; those that end in "s" mean TLS from the first byte on. */
static const struct {
	const char *scheme;
	enum protocol_id id;
	bool tls;
} schemes[] = {
	{"http", PROTOCOL_HTTP, false},
	{"https", PROTOCOL_HTTP, true},
	{"smtp", PROTOCOL_SMTP, false},
	{"smtps", PROTOCOL_SMTP, true},
	{"ssh", PROTOCOL_SSH, false},
	{"sftp", PROTOCOL_SSH, false},
	{"ftp", PROTOCOL_FTP, false},
	{"ftps", PROTOCOL_FTP, true},
	{"pop3", PROTOCOL_POP3, false},
	{"pop3s", PROTOCOL_POP3, true},
	{"imap", PROTOCOL_IMAP, false},
	{"imaps", PROTOCOL_IMAP, true},
	{"mysql", PROTOCOL_MYSQL, false},
	{"postgres", PROTOCOL_POSTGRESQL, false},
	{"postgresql", PROTOCOL_POSTGRESQL, false},
	{"redis", PROTOCOL_REDIS, false},
	{"rediss", PROTOCOL_REDIS, true},
	{"dns", PROTOCOL_DNS, false},
	{"telnet", PROTOCOL_TELNET, false},
	{"tls", PROTOCOL_UNKNOWN, true},
};

static const struct {
	uint16_t port;
	enum protocol_id id;
	bool tls;
} ports[] = {
	{21, PROTOCOL_FTP, false},
	{22, PROTOCOL_SSH, false},
	{23, PROTOCOL_TELNET, false},
	{25, PROTOCOL_SMTP, false},
	{53, PROTOCOL_DNS, false},
	{80, PROTOCOL_HTTP, false},
	{110, PROTOCOL_POP3, false},
	{143, PROTOCOL_IMAP, false},
	{443, PROTOCOL_HTTP, true},
	{465, PROTOCOL_SMTP, true},
	{587, PROTOCOL_SMTP, false},
	{853, PROTOCOL_DNS, true},
	{990, PROTOCOL_FTP, true},
	{993, PROTOCOL_IMAP, true},
	{995, PROTOCOL_POP3, true},
	{3306, PROTOCOL_MYSQL, false},
	{5432, PROTOCOL_POSTGRESQL, false},
	{6379, PROTOCOL_REDIS, false},
	{8000, PROTOCOL_HTTP, false},
	{8080, PROTOCOL_HTTP, false},
	{8443, PROTOCOL_HTTP, true},
};

const char protocol_ports[] = "21,22,23,25,53,80,110,143,443,465,587,853,990,993,995,3306,5432,"
			      "6379,8000,8080,8443";

const struct protocol *protocol_of(enum protocol_id id)
{
	return machines[id];
}

const char *protocol_name(enum protocol_id id)
{
	return id == PROTOCOL_TLS ? "tls" : machines[id]->name;
}

enum protocol_id protocol_by_name(const char *name)
{
	for (int id = PROTOCOL_UNKNOWN + 1; id < PROTOCOLS; id++)
		if (strcmp(protocol_name((enum protocol_id)id), name) == 0)
			return (enum protocol_id)id;
	return PROTOCOL_UNKNOWN;
}

bool protocol_by_scheme(const char *scheme, enum protocol_id *id, bool *tls)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (strcasecmp(schemes[i].scheme, scheme) != 0)
			continue;
		*id = schemes[i].id;
		*tls = schemes[i].tls;
		return true;
	}
	return false;
}

bool protocol_by_port(uint16_t port, enum protocol_id *id, bool *tls)
{
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		if (ports[i].port != port)
			continue;
		*id = ports[i].id;
		*tls = ports[i].tls;
		return true;
	}
	return false;
}
