/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PACKET_ECHO_H
#define NETPROBE_PACKET_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ICMP Echo (RFC 792) and its ICMPv6 twin (RFC 4443, 4.1). */
enum { ECHO_HEADER = 8 };

enum echo_kind { ECHO_NONE, ECHO_REQUEST, ECHO_REPLY };

struct echo {
	enum echo_kind kind; /* ECHO_NONE: another message, or too short for one */
	uint16_t id, sequence;
	const uint8_t *data; /* borrowed from the input */
	size_t size;
};

/* Writes the header of a request in front of the data that stands at packet + ECHO_HEADER already;
 * `len` is that of the whole. IPv4 gets its checksum; that of ICMPv6 needs the addresses and is the
 * kernel's work (RFC 3542, 3.1). */
void echo_encode(int family, uint16_t id, uint16_t sequence, uint8_t *packet, size_t len);

/* Reads a message, or the beginning of a quoted one. The checksum is not judged:
 * echo_checksum_ok() does that for a whole IPv4 message. */
void echo_parse(int family, const void *bytes, size_t len, struct echo *out);
bool echo_checksum_ok(const void *bytes, size_t len);

#endif
