/* SPDX-License-Identifier: MIT */
#ifndef CMD_WORDS_H
#define CMD_WORDS_H

#include "netprobe/net/addr.h"
#include "netprobe/output/record.h"
#include "netprobe/procfs/owners.h"

#include <stdint.h>

/* What several commands say alike. */

/* Why there is no way to `to`, by what connect(2) or send(2) refused it with. */
const char *words_no_route(const struct addr *to, int err);

/* A router by its address; in words where that is not known (family 0). */
const char *words_router(const struct addr *router, char out[static ADDR_TEXT_MAX]);

/* The nested record {type,code,name} of an ICMP error, `schema` of the field that takes it. */
extern const struct schema icmp_schema;
void words_icmp(struct record *out, int family, uint8_t type, uint8_t code);

/* The nested record {addr,port,service} of one end of a connection. */
enum { END_ADDR, END_PORT, END_SERVICE, END_FIELDS };
extern const struct schema end_schema;

/* The nested record {pid,comm,fd} of who holds a socket. */
extern const struct schema owner_schema;
void words_owner(struct record *out, const struct owner *owner);

#endif
