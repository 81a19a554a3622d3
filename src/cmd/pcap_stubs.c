/* SPDX-License-Identifier: MIT */
/* Until the others stand. */
#include "pcap_owner.h"
#include "pcap_view.h"
#include <errno.h>
struct pcap_view *pcap_packets_view(const struct pcap_context *c) { return pcap_table_view(c); }
struct pcap_view *pcap_ladder_view(const struct pcap_context *c) { return pcap_table_view(c); }
struct pcap_view *pcap_svg_view(const struct pcap_context *c) { (void)c; errno = ENOSYS; return NULL; }
struct pcap_owner *pcap_owner_new(void) { return NULL; }
void pcap_owner_free(struct pcap_owner *w) { (void)w; }
int pcap_owner_fd(const struct pcap_owner *w) { (void)w; return -1; }
void pcap_owner_ask(struct pcap_owner *w, const struct flow *f) { (void)w; (void)f; }
int pcap_owner_read(struct pcap_owner *w) { (void)w; return 0; }
const struct owner *pcap_owner_of(const struct pcap_owner *w, const struct flow *f, enum side *local, size_t *count) { (void)w; (void)f; *local = CLIENT; *count = 0; return NULL; }
void pcap_owner_forget(struct pcap_owner *w, const struct flow *f) { (void)w; (void)f; }
