/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include "byte_source.h"
#include "devices.h"
#include "pcapng_clock.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads packets out of pcapng (draft-ietf-opsawg-pcapng): sections one after another in either byte
 * order, interfaces with link types, clocks and names of their own. Blocks without packets are
 * passed over. Memory is bounded, whatever lengths the file claims.
 */
struct pcapng;

/* The number of interfaces that can be told apart. */
enum { PCAPNG_INTERFACES_MAX = DEVICES_MAX };

/* What it points to holds until the next is read. */
struct pcapng_packet {
	nsec_t at; /* of a simple packet, which has none, that of the packet before */
	const uint8_t *bytes;
	uint32_t len, wire_len; /* wire_len is no less */
	uint32_t interface;     /* from 1 on, through all sections; the same in all where it has the
				   same place, name and link type. 0: there is only one, without a name
				 */
	uint16_t link;          /* LINKTYPE_... */
	bool incoming, outgoing, to_others; /* where the file tells */
};

struct pcapng *pcapng_new(struct byte_source from);
void pcapng_free(struct pcapng *p);

/* Called before pcapng_interface() knows another one. NULL: nobody is. */
void pcapng_on_interface(struct pcapng *p, void (*another)(void *user), void *user);

/* 1 and a packet; 0 at the end; below 0, again at each later call: what the source said, ERR_CUT,
 * ERR_DAMAGED, ERR_UNSUPPORTED (another version). */
int pcapng_next(struct pcapng *p, struct pcapng_packet *out);

/* After ERR_DAMAGED and ERR_UNSUPPORTED: what is wrong with the block; static storage. */
const char *pcapng_flaw(const struct pcapng *p);

/* Where the block begins that was looked at last; how much was read. */
uint64_t pcapng_block_at(const struct pcapng *p);
uint64_t pcapng_bytes_read(const struct pcapng *p);
bool pcapng_drained(const struct pcapng *p); /* all that was read was looked at */

/* The interface of which the packet that was read last says that it came by at the device of this
 * index, on the machine where all of them were captured: a number among the others, its name
 * "any:2". 0: there are too many. */
uint32_t pcapng_device(struct pcapng *p, uint32_t index);

/* Outside bytes without a NUL; NULL: it was not named, or there is none of that number. */
const char *pcapng_interface(const struct pcapng *p, uint32_t interface);

#endif
