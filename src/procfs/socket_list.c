/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/socket_list.h"

#include "netprobe/base/mem.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

/* Names and facts stay where they were put: entries point to them. */
struct socket_list_block {
	struct socket_list_block *next;
	size_t used, room;
	alignas(max_align_t) char bytes[];
};

static void *keep(struct socket_list *list, const void *bytes, size_t len)
{
	struct socket_list_block *block = list->blocks;
	size_t taken = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *copy;

	if (!block || block->room - block->used < taken) {
		size_t room = taken > BLOCK_BYTES ? taken : BLOCK_BYTES;

		block = mem_alloc(1, sizeof *block + room);
		block->room = room;
		block->next = list->blocks;
		list->blocks = block;
	}
	copy = block->bytes + block->used;
	memcpy(copy, bytes, len);
	block->used += taken;
	return copy;
}

void socket_list_add(struct socket_list *list, const struct socket_entry *e)
{
	struct socket_entry copy = *e; /* may be of this list, and move */

	if (e->path)
		copy.path = keep(list, e->path, e->path_len);
	if (e->tcp)
		copy.tcp = keep(list, e->tcp, sizeof *e->tcp);
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		list->entries = mem_resize(list->entries, list->room, sizeof *list->entries);
	}
	list->entries[list->count++] = copy;
}

void socket_list_clear(struct socket_list *list)
{
	while (list->blocks) {
		struct socket_list_block *block = list->blocks;

		list->blocks = block->next;
		free(block);
	}
	list->count = 0;
}

void socket_list_release(struct socket_list *list)
{
	socket_list_clear(list);
	free(list->entries);
	*list = (struct socket_list){0};
}
