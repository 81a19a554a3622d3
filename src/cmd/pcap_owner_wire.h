/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_OWNER_WIRE_H
#define CMD_PCAP_OWNER_WIRE_H

#include "netprobe/net/addr.h"

#include <stdbool.h>
#include <stdint.h>

/* What goes between the reader of packets and the process that looks up owners: one of these a
 * message of a SOCK_SEQPACKET socket. */
struct owner_question {
	uint64_t flow;
	struct addr ends[2]; /* by enum side */
};

enum { OWNERS_TOLD = 4, COMM_TOLD = 16 };

struct owner_answer {
	uint64_t flow;
	uint8_t side;   /* that is of this machine: enum side */
	uint8_t told;   /* owners that follow */
	uint32_t count; /* of all of them; 0: nothing is known */
	struct {
		uint32_t pid, fd;
		char comm[COMM_TOLD]; /* terminated; empty: not known */
	} owners[OWNERS_TOLD];
};

/* The life of that process: answers until the other end of `fd` is closed. */
void owner_child_run(int fd);

#endif
