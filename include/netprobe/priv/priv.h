/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PRIV_PRIV_H
#define NETPROBE_PRIV_PRIV_H

#include <stdbool.h>

/*
 * Everything netprobe ever does with privilege is done by the functions of this header, before
 * priv_drop() or priv_drop_but_reading(). For `scan` that is nothing: it only drops.
 */

/*
 * A non-blocking socket for ICMP echo in the family (4 or 6): raw with CAP_NET_RAW (*raw true),
 * else an ICMP datagram socket where net.ipv4.ping_group_range has this process's group (icmp(7)).
 * With CAP_NET_ADMIN its buffers go beyond net.core.rmem_max and wmem_max. The descriptor, or
 * -errno: -EPERM where neither kind may be had, -EAFNOSUPPORT without the family.
 */
int priv_icmp_open(int family, bool *raw);

/* Moves this thread into a network namespace (setns(2); CAP_SYS_ADMIN here and in the user
 * namespace that owns it). 0 or -errno: -EPERM without it. */
int priv_enter_netns(int fd);

/*
 * Gives up every capability for good: bounding set as far as allowed, ambient, inheritable,
 * permitted and effective, and sets no_new_privs, so that nothing that runs later gets any back.
 * The user id stays. Returns 0 or -errno; on failure the program must not go on.
 */
int priv_drop(void);

/*
 * The same, but what reading the descriptors of other users' processes takes stays where it was
 * had: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (ptrace(2), proc(5)). Only for commands that read no
 * byte from the network.
 */
int priv_drop_but_reading(void);

bool priv_holds_any(void);       /* some capability is still permitted */
bool priv_can_read_all(void);    /* all of those that priv_drop_but_reading() leaves */
bool priv_can_enter_netns(void); /* what priv_enter_netns() takes here */

#endif
