/* SPDX-License-Identifier: MIT */
#ifndef BANNER_MACHINES_H
#define BANNER_MACHINES_H

/* One file each; the indices of their facts, where others need them, stand beside. */
struct protocol;

extern const struct protocol protocol_unknown, protocol_http, protocol_smtp, protocol_ssh,
	protocol_ftp, protocol_pop3, protocol_imap, protocol_mysql, protocol_postgresql,
	protocol_redis, protocol_dns, protocol_telnet;

#endif
