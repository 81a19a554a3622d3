/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_JOURNALS_H
#define CMD_PCAP_JOURNALS_H

#include "pcap_options.h"
#include "pcap_select.h"

#include "netprobe/capture/journal.h"

/*
 * The journals of the flows that may have to be shown when they are over: one each, for all views.
 * flow->user is theirs. Together they keep JOURNALS_MOST packets at most; those beyond are counted.
 */
struct pcap_journals;

enum { JOURNALS_MOST = 1 << 20 };

/* Whether some view needs them; `table`: for eyes. */
bool pcap_journals_wanted(
	const struct pcap_options *o, const struct pcap_select *select, bool table);

struct pcap_journals *pcap_journals_new(const struct pcap_select *select);
void pcap_journals_free(struct pcap_journals *js); /* flows were forgotten before */

/* Only of flows whose ends are selected. */
void pcap_journals_add(struct pcap_journals *js, const struct flow_packet *p, uint32_t interface);
/* A handshake that is complete stays so: where that is not selected its journal is dropped. */
void pcap_journals_decided(struct pcap_journals *js, struct flow *f);
void pcap_journals_forget(struct pcap_journals *js, struct flow *f);

/* NULL: nothing was kept. */
const struct journal *pcap_journals_of(const struct pcap_journals *js, const struct flow *f);
uint64_t pcap_journals_missed(const struct pcap_journals *js, const struct flow *f);

/* For the view that shows packets: those of this flow need not wait any more. */
void pcap_journals_tell(struct pcap_journals *js, struct flow *f);
bool pcap_journals_told(const struct pcap_journals *js, const struct flow *f);

#endif
