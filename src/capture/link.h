/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_LINK_H
#define CAPTURE_LINK_H

#include "netprobe/packet/frame.h"

/* Files number link types by LINKTYPE_, libpcap by DLT_: the same but for a few, none of which
 * stands for something else among the others (pcap-linktype(7)). */

enum link_type link_of(int number); /* of either kind */
int link_dlt(int linktype);         /* what libpcap calls a file's number */

/* What is written for it; -1 for LINK_UNKNOWN. */
int link_written(enum link_type link);

#endif
