/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_HISTORY_H
#define CAPTURE_HISTORY_H

#include "netprobe/capture/flow.h"

/*
 * Zeek's history: a letter for what a side did, upper case for the client, each once a side in the
 * order of its first time: s SYN, h SYN-ACK, a ACK without payload, d payload, f FIN, r RST,
 * t retransmitted payload, w zero window, g gap (acknowledged and never seen), i inconsistent (FIN
 * and RST in one), q several flags that do not go together (SYN with one of those), and ^ where the
 * roles were turned around.
 */
void history_add(struct flow *f, enum side from, char letter); /* lower case; others do nothing */
bool history_has(const struct flow *f, enum side from, char letter);

/* The roles were turned around: so are the letters so far. Called once, with the flow's ends. */
void history_flip(struct flow *f);

#endif
