/* SPDX-License-Identifier: MIT */
#include "pcapng_bytes.h"

#include "netprobe/base/mem.h"

enum { ROOM = 128 << 10 /* until a block needs more */ };

void pcapng_bytes_init(struct pcapng_bytes *b, struct byte_source from)
{
	*b = (struct pcapng_bytes){.from = from, .room = ROOM, .buf = mem_alloc(ROOM, 1)};
}

void pcapng_bytes_release(struct pcapng_bytes *b)
{
	free(b->buf);
}

int pcapng_refill(struct pcapng_bytes *b, size_t size)
{
	memmove(b->buf, b->buf + b->at, b->fill - b->at);
	b->base += b->at;
	b->fill -= b->at;
	b->at = 0;
	if (size > b->room) {
		b->room = PCAPNG_BLOCK_MAX;
		b->buf = mem_resize(b->buf, b->room, 1);
	}
	while (b->fill < size) {
		ssize_t got = b->from.read(b->from.user, b->buf + b->fill, b->room - b->fill);

		if (got < 0)
			return (int)got;
		if (got == 0)
			return b->fill == 0 ? 0 : ERR_CUT;
		b->fill += (size_t)got;
	}
	return 1;
}
