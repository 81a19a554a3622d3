/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_NET_LIMITS_H
#define NETPROBE_NET_LIMITS_H

/* Raises the soft limit of open files to the hard one and returns it (RLIMIT_NOFILE, getrlimit(2)).
 */
unsigned limits_raise_files(void);

/* Local ports that connect() may choose from: net.ipv4.ip_local_port_range (ip(7); IPv6 uses the
 * same). 28232, Linux's default, where it cannot be read. */
unsigned limits_local_ports(void);

#endif
