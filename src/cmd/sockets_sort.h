/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_SORT_H
#define CMD_SOCKETS_SORT_H

#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/socket_list.h"

#include <stdbool.h>

struct ownership;

enum sort_key {
	SORT_PROTO,
	SORT_STATE,
	SORT_LOCAL,
	SORT_PEER,
	SORT_PORT,
	SORT_RECV_Q,
	SORT_SEND_Q,
	SORT_USER,
	SORT_PROCESS,
	SORT_UNIT,
	SORT_INODE,
	SORT_RTT,
	SORT_KEYS,
};

extern const char *const sort_key_names[]; /* NULL-ended */

struct sort_keys {
	size_t count; /* 0: as they come */
	struct {
		enum sort_key key;
		bool descending;
	} keys[SORT_KEYS];
};

/* "state,-recv-q". 0; ERR_EMPTY, ERR_NAME or ERR_TOO_LONG with the offending key in `bad`. */
int sort_keys_parse(const char *text, struct sort_keys *out, struct strbuf *bad);

bool sort_needs(const struct sort_keys *keys, enum sort_key key);

/* Sorts the entries; what the keys leave equal is in the order of socket_compare(). What has no
 * value comes last, whichever way round; users without a name come behind the others, by number. */
void sort_sockets(
	struct socket_list *list, const struct sort_keys *keys, struct ownership *ownership);

#endif
