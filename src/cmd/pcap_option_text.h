/* SPDX-License-Identifier: MIT */
#ifndef CMD_PCAP_OPTION_TEXT_H
#define CMD_PCAP_OPTION_TEXT_H

#include "netprobe/base/strbuf.h"
#include "netprobe/packet/tcp.h"

#include <stdint.h>

/* TCP's options as tcpdump(1) has them, "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7", appended.
 * Blocks of SACK are told relative to `base`. What cannot be read ends with "[bad opt]", what
 * the capture cut with "...". */
void option_text(struct strbuf *out, const struct tcp_header *tcp, uint32_t base);

#endif
