/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_WORDS_H
#define CMD_PCAP_WORDS_H

#include "netprobe/base/strbuf.h"
#include "netprobe/capture/capture.h"
#include "netprobe/capture/tracker.h"

/* What flows mean, in words; the same in tables, ladders and pictures. All append. */

/* "0.041 ms", "7.0 s" */
void duration_words(struct strbuf *out, nsec_t duration);

/* What is worth to be said of a flow beside its state: "RST, TTL 63", "port-unreachable from
 * 10.0.0.1", "asked 3 times over 7.0 s", "MSS 1460 -> 1380", "eth0 in -> eth1 out"; nothing for
 * what went as it should. */
void flow_note(struct strbuf *out, const struct flow *f, const struct capture *capture);

/* Live: that it was shown as something else before. */
void flow_note_retold(struct strbuf *out, const struct flow *f);

/* "refused after 0.041 ms", "complete in 0.310 ms", "unanswered: asked 3 times over 3.0 s". */
void flow_fate(struct strbuf *out, const struct flow *f);

/* "eth1", or `prefix` and the number where its name is not known. `capture` may be NULL. */
void interface_words(
	struct strbuf *out, const struct capture *capture, uint32_t interface, const char *prefix);

/* Whether it has a name or, at least, a number. */
bool interface_is_known(const struct capture *capture, uint32_t interface);

/* What stands between two places changed, by the names of records: "mss", "sack", ... Stores at
 * most SIGHTING_CHANGES; returns how many. */
enum { SIGHTING_CHANGES = 7 };
size_t change_names(const struct sighting *s, const char *names[static SIGHTING_CHANGES]);

/* "vxlan"; NULL: none. Some kinds have an id whatever it is, others where it is not 0. */
const char *tunnel_name(enum tunnel kind);
bool tunnel_has_id(enum tunnel kind, uint32_t id);

/* "vlan 10 vxlan 42 ", nothing for what is in none. */
void place_words(struct strbuf *out, const struct flow_place *place);

/* "VLAN 10, in vxlan 42", for the notes of tables; nothing for what is in none. */
void place_note(struct strbuf *out, const struct flow_place *place);

/* "MSS 1460, window scale 7, SACK, timestamps" */
void syn_options_words(struct strbuf *out, const struct syn_options *o);

#endif
