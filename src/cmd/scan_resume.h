/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_RESUME_H
#define CMD_SCAN_RESUME_H

#include "scan_options.h"
#include "scan_report.h"

#include "netprobe/net/ports.h"
#include "netprobe/probe/host.h"

/*
 * A run that was interrupted goes on: its targets and options come from the `run` record of its
 * NDJSON, what that file says of ports is not asked again, and what is new is added to it. A last
 * line that was cut short goes away. The file gets another `run` record ("resumed": true), so that
 * each part has its own time and arguments.
 */
struct scan_resume;

/* `given` and `args` are what stands beside --resume. NULL: why not was said, and *status is the
 * exit status: that of the run where it was complete. */
struct scan_resume *scan_resume_open(
	const struct scan_options *given, const struct arguments *args, int *status);
void scan_resume_free(struct scan_resume *r); /* NULL is fine */

/* Of the run as it goes on; valid as long as `r`. */
struct scan_options *scan_resume_options(struct scan_resume *r);
struct arguments scan_resume_arguments(const struct scan_resume *r, const struct arguments *typed);
uint64_t scan_resume_keep(const struct scan_resume *r); /* bytes of the file */

/* True: nothing of the address is left to do (`a` with its port, or with `ports`). It is counted.
 */
bool scan_resume_passes(struct scan_resume *r, const struct addr *a, const struct ports *ports,
	int proto, struct report *report);

/* Before anything is asked of it: its ports that are known are counted, and need not be asked; with
 * --where but for silent ones whose way was not found, of those that would be followed. */
void scan_resume_admit(struct scan_resume *r, struct host *h, int proto, struct report *report);

/* A port that the earlier run found open; its banner did not come any more. */
bool scan_resume_lacks_banner(const struct scan_resume *r, const struct host *h, uint32_t cell);

uint64_t scan_resume_ports(const struct scan_resume *r); /* that were known and not asked, so far */
uint64_t scan_resume_passed(const struct scan_resume *r); /* of these, of addresses passed over */

/* The run has an end already, and it says this. */
bool scan_resume_ended(const struct scan_resume *r, int status);

#endif
