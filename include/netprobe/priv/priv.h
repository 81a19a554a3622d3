/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PRIV_PRIV_H
#define NETPROBE_PRIV_PRIV_H

/*
 * Everything netprobe ever does with privilege is done by the functions of this header, before
 * priv_drop(). For `scan` that is nothing: it only drops.
 */

/*
 * Gives up every capability for good: bounding set as far as allowed, ambient, inheritable,
 * permitted and effective, and sets no_new_privs, so that nothing that runs later gets any back.
 * The user id stays. Returns 0 or -errno; on failure the program must not go on.
 */
int priv_drop(void);

#endif
