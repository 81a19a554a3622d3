/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_SERVICES_H
#define NETPROBE_NET_SERVICES_H

#include <stdint.h>

/* RFC 6335, section 6: system (well-known) 0-1023, user (registered) 1024-49151, dynamic
 * 49152-65535. */
enum port_class { PORT_WELL_KNOWN, PORT_REGISTERED, PORT_DYNAMIC };

enum port_class service_class(uint16_t port);
const char *service_class_text(enum port_class class); /* "well-known", "registered", "dynamic" */

/*
 * Registered name of a port and back, as services(5) has it (through getservent(3), read once at
 * the first call; not thread-safe). `proto` is IPPROTO_TCP or IPPROTO_UDP. The name is NULL, the
 * port 0, where there is none. Aliases are known by service_port() only.
 */
const char *service_name(uint16_t port, int proto);
uint16_t service_port(const char *name, int proto);

/*
 * The rank'th likeliest port to be open, rank 0 to 65534: a bijection onto 1..65535. How the order
 * was made is said in services_top.c and the manual.
 */
uint16_t service_top(uint32_t rank, int proto);

#endif
