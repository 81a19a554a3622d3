/* SPDX-License-Identifier: MIT */
/* The bytes as a pcapng file, read as a whole and again in small pieces. */
#include "../../src/capture/pcapng.h"

#include "netprobe/base/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

struct piece {
	const uint8_t *bytes;
	size_t len, at, most;
};

static ssize_t next_piece(void *user, void *room, size_t size)
{
	struct piece *p = user;
	size_t left = p->len - p->at;

	must(size > 0);
	if (size > p->most)
		size = p->most;
	if (left > size)
		left = size;
	if (left > 0)
		memcpy(room, p->bytes + p->at, left);
	p->at += left;
	return (ssize_t)left;
}

static void check_packet(struct pcapng *p, const struct pcapng_packet *packet, size_t size)
{
	const char *name = pcapng_interface(p, packet->interface);
	volatile uint8_t sum = 0;

	must(packet->len < size && packet->wire_len >= packet->len);
	must(packet->at >= 0 && packet->at <= PCAPNG_LATEST);
	must(packet->interface <= PCAPNG_INTERFACES_MAX);
	must(!packet->incoming || !packet->outgoing);
	must(pcapng_device(p, packet->len) <= PCAPNG_INTERFACES_MAX);
	must(!name || (*name && strlen(name) < 80));
	for (uint32_t i = 0; i < packet->len; i++)
		sum = sum ^ packet->bytes[i]; /* all of them are there */
}

static void check_end(struct pcapng *p, int result, const struct piece *from)
{
	struct pcapng_packet packet;

	must(result == 0 || result == ERR_CUT || result == ERR_DAMAGED ||
		result == ERR_UNSUPPORTED);
	must(pcapng_next(p, &packet) == result);
	must((result == ERR_DAMAGED || result == ERR_UNSUPPORTED) == (pcapng_flaw(p) != NULL));
	must(pcapng_bytes_read(p) == from->at && pcapng_block_at(p) <= from->at);
	must(result == ERR_DAMAGED || result == ERR_UNSUPPORTED || from->at == from->len);
}

static int read_whole(struct piece *from, size_t *count, uint64_t *sum)
{
	struct pcapng *p = pcapng_new((struct byte_source){next_piece, from});
	struct pcapng_packet packet;
	int result;

	*count = *sum = 0;
	while ((result = pcapng_next(p, &packet)) == 1) {
		check_packet(p, &packet, from->len);
		++*count;
		*sum = *sum * 31 + (uint64_t)packet.at + packet.len + packet.wire_len +
		       packet.interface + packet.link;
	}
	check_end(p, result, from);
	pcapng_free(p);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct piece whole = {data, size, 0, SIZE_MAX}, parts = {data, size, 0, 13};
	size_t count, again;
	uint64_t sum, sum_again;

	must(read_whole(&whole, &count, &sum) == read_whole(&parts, &again, &sum_again));
	must(count == again && sum == sum_again);
	must(count <= size / 16);
	return 0;
}
