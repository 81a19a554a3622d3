/* SPDX-License-Identifier: MIT */
/* Until the others stand. */
#include "pcap_view.h"
#include <errno.h>
struct pcap_view *pcap_svg_view(const struct pcap_context *c)
{
	(void)c;
	errno = ENOSYS;
	return NULL;
}
