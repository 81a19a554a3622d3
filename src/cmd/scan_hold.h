/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_HOLD_H
#define CMD_SCAN_HOLD_H

#include "scan_report.h"

/*
 * Ports and addresses that are not told of although the engine is done with them, because something
 * is still asked about them: a banner, where packets are dropped, whether random ports are open,
 * too.
 */
struct scan_hold;

struct scan_hold *scan_hold_new(struct report *report);
void scan_hold_free(struct scan_hold *s); /* before the engine */

/* One more thing is asked about the port: it is counted and listed when the last has ended. */
void scan_hold_port(struct scan_hold *s, struct host *h, uint32_t cell);
void scan_hold_port_end(struct scan_hold *s, struct host *h, uint32_t cell);

/* The same of an address, which is reported when it is done and nothing is asked about it or its
 * ports any more. Its end may free it. */
void scan_hold_host(struct scan_hold *s, struct host *h);
void scan_hold_host_end(struct scan_hold *s, struct host *h);

/* To be written to before the port, or the address, is told of. */
struct host_note *scan_hold_host_note(struct scan_hold *s, struct host *h);
struct port_note *scan_hold_note(struct scan_hold *s, struct host *h, uint32_t cell);
const struct port_note *scan_hold_notes(const struct host *h); /* of all its ports; NULL: none */
const struct host_note *scan_hold_noted(const struct host *h); /* NULL: nothing */

/* The engine is done with the address. True: it is kept. */
bool scan_hold_done(struct scan_hold *s, struct host *h);

size_t scan_hold_waiting(const struct scan_hold *s); /* things that are being asked */

/* Nothing more is answered: what waits is told as it stands; `cut` is called for each port before
 * (NULL: nobody cares). */
void scan_hold_stop(
	struct scan_hold *s, void (*cut)(void *user, struct host *h, uint32_t cell), void *user);

#endif
