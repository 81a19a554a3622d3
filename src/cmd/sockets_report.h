/* SPDX-License-Identifier: MIT */
#ifndef CMD_SOCKETS_REPORT_H
#define CMD_SOCKETS_REPORT_H

#include "sockets_place.h"
#include "sockets_record.h"

/*
 * What was read becomes rows, counts, findings or changes, as the options have it. Counts all that
 * is shown, and ends with one line or record of that.
 */
struct sockets_report;

/* Whether a socket that was read is one of those that are meant. */
typedef bool (*sockets_shown)(void *user, const struct socket_entry *e);

struct sockets_report *sockets_report_new(struct output *out, struct ownership *ownership,
	const struct sockets_options *options, const struct places *places, sockets_shown shown,
	void *user);
void sockets_report_free(struct sockets_report *r);

/* One socket that is shown, which does not wait for others. */
void sockets_report_socket(struct sockets_report *r, const struct socket_entry *e);

/* A look begins, the ownership was reset: asks for what will be needed beside the look's sockets.
 */
void sockets_report_want(const struct sockets_report *r);

/* A look has gathered `list`, sorted; it is borrowed until the next look or the end. It is `whole`
 * where every socket was read that was asked for. */
void sockets_report_look(struct sockets_report *r, struct socket_list *list, bool whole);

/* Goes on with what is to be told of the look, some at a time; true while there is more. */
bool sockets_report_go_on(struct sockets_report *r);

struct sockets_totals {
	uint64_t sockets; /* that were shown or counted; with --watch those of the first look, and
			     changes */
	uint64_t states[SOCKET_STATES];
	uint64_t unowned; /* held by somebody, who could not be found */
};

const struct sockets_totals *sockets_report_totals(const struct sockets_report *r);

/* The last line or record, and on stderr what could not be known. */
void sockets_report_end(struct sockets_report *r, bool interrupted);

#endif
