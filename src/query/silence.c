/* SPDX-License-Identifier: MIT */
#include "netprobe/query/query.h"

#include "netprobe/base/mem.h"

#define ONLY_LISTENS  " only takes what it is sent, and never answers"
#define KNOWN_CLIENTS "RADIUS answers only to clients that it knows, most servers only if they sign"
#define LINK          " answers only to hosts of its own link"

/* In the order of the ports. */
static const struct {
	uint16_t port;
	const char *reason;
} silences[] = {
	{9, "the discard service" ONLY_LISTENS},                                   /* RFC 863 */
	{67, "most DHCP servers answer to port 68, not to who asks from another"}, /* RFC 2131, 4.1
										    */
	{68, "a DHCP client hears only answers to what it asked"},
	{88, "a KDC may keep silent to realms that are not its own"},
	{138, "the NetBIOS datagram service" ONLY_LISTENS}, /* RFC 1002, 4.4 */
	{161, "an SNMP agent without version 3 answers only to communities that it knows"},
	{162, "a receiver of SNMP traps" ONLY_LISTENS},
	{319, "PTP event messages are for its own clocks"}, /* IEEE 1588 */
	{320, "PTP general messages are for its own clocks"},
	{514, "syslog" ONLY_LISTENS}, /* RFC 5426 */
	{546, "a DHCPv6 client hears only answers to what it asked"},
	{547, "a DHCPv6 server" LINK}, /* RFC 8415, 18.4 */
	{1194, "OpenVPN with tls-auth or tls-crypt answers only to who has the key"},
	{1645, KNOWN_CLIENTS},
	{1646, KNOWN_CLIENTS},
	{1812, KNOWN_CLIENTS},
	{1813, KNOWN_CLIENTS}, /* RFC 2866, section 4.1: requests are signed with a secret */
	{1985, "HSRP speaks only to its group"},
	{2055, "a NetFlow collector" ONLY_LISTENS},
	{2152, "GTP user traffic without a tunnel may be dropped"},   /* 3GPP TS 29.281 */
	{3784, "BFD answers only to neighbours that it was told of"}, /* RFC 5881, section 4 */
	{4739, "an IPFIX collector" ONLY_LISTENS},                    /* RFC 7011 */
	{4789, "VXLAN carries frames, and answers none by itself"},   /* RFC 7348 */
	{5353, "multicast DNS" LINK},                                 /* RFC 6762, section 11 */
	{5355, "LLMNR answers only for its own name, and only on its own link"}, /* RFC 4795 */
	{6081, "Geneve carries frames, and answers none by itself"},             /* RFC 8926 */
	{6343, "an sFlow collector" ONLY_LISTENS},
	{6666, "netconsole" ONLY_LISTENS},
	{8125, "statsd" ONLY_LISTENS},
	{8472, "VXLAN carries frames, and answers none by itself"}, /* Linux' first port of it */
	{9993, "ZeroTier answers only to nodes whose keys it can look up"},
	{9995, "a NetFlow collector" ONLY_LISTENS},
	{9996, "a NetFlow collector" ONLY_LISTENS},
	{12201, "a GELF collector" ONLY_LISTENS},
	{25826, "collectd" ONLY_LISTENS},
	{41641, "Tailscale's WireGuard answers only to keys that it knows"},
	{51820, "WireGuard answers only to keys that it knows"},
};

const char *query_silence(uint16_t port)
{
	for (size_t i = 0; i < ARRAY_SIZE(silences); i++)
		if (silences[i].port == port)
			return silences[i].reason;
	return NULL;
}
