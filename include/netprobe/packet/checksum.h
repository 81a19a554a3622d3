/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PACKET_CHECKSUM_H
#define NETPROBE_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The Internet checksum (RFC 1071) over `len` bytes, in host order: to be stored in network order.
 * Over bytes that hold a valid checksum it is 0. */
uint16_t checksum(const void *bytes, size_t len);

#endif
