/* SPDX-License-Identifier: MIT */
#ifndef QUERY_PROTOCOLS_H
#define QUERY_PROTOCOLS_H

#include "netprobe/query/query.h"

/* One file each; more than one question where a service may keep silent to the first. */
extern const struct query query_a2s;
extern const struct query query_bacnet;
extern const struct query query_cldap;
extern const struct query query_coap;
extern const struct query query_dhcp;
extern const struct query query_dns, query_dns_root;
extern const struct query query_dtls;
extern const struct query query_iax2;
extern const struct query query_ike, query_ike_nat, query_ikev1;
extern const struct query query_ipmi;
extern const struct query query_kerberos;
extern const struct query query_l2tp;
extern const struct query query_mdns;
extern const struct query query_memcached;
extern const struct query query_natpmp;
extern const struct query query_netbios;
extern const struct query query_ntp;
extern const struct query query_openvpn;
extern const struct query query_quake3;
extern const struct query query_quic;
extern const struct query query_radius;
extern const struct query query_raknet;
extern const struct query query_ripv1;
extern const struct query query_rpcbind, query_rpcbind_null;
extern const struct query query_sip;
extern const struct query query_snmp1, query_snmp2c, query_snmp3;
extern const struct query query_ssdp;
extern const struct query query_stun;
extern const struct query query_tftp;
extern const struct query query_ubiquiti;
extern const struct query query_wsdiscovery, query_wsdiscovery_device;
extern const struct query query_xdmcp;

/* Which questions go to which port. */
struct query_port {
	uint16_t port;
	const struct query *queries[QUERIES_PER_PORT]; /* the rest NULL */
};

extern const struct query_port query_ports[];
extern const size_t query_port_count;

#endif
