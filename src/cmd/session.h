/* SPDX-License-Identifier: MIT */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "common_options.h"

#include "netprobe/cli/options.h"
#include "netprobe/event/loop.h"
#include "netprobe/net/feed.h"
#include "netprobe/net/target.h"
#include "netprobe/output/output.h"
#include "netprobe/output/progress.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What every command does alike: the result stream, signals, progress, the timely flush, the end;
 * and of those over targets: targets and exclusions from the arguments, names looked up beside the
 * run. The caller owns the struct, zeroed but for the first group; session_release() is due after
 * every path.
 */
struct session {
	const struct command *cmd;
	const struct common_options *common;
	void (*stop)(void *user); /* ends the run: a signal came, or the output failed */
	/* Fills in `unit`, `done`, `total`, `known` and `limit`, which has to last beyond the call;
	 * an `eta` below 0 where the rate says nothing about the end, above 0 where more than the
	 * rate is known of it. NULL: no progress. */
	void (*show)(void *user, struct progress_state *out, nsec_t now);
	void *user;
	struct run_info run;   /* what its record says beside command, version and arguments */
	uint64_t keep;         /* bytes of the output's file that stay before what is written */
	bool held;             /* that file is (base/hold.h) */
	bool targets_optional; /* the command may have addresses of its own */
	bool gathers_rows; /* tables: rows wait for others to share their widths with, but not for
			  long */

	struct targets *targets;
	struct feed *feed;
	struct loop *loop;
	struct output *out;
	struct progress *progress;
	nsec_t started;
	uint64_t unusable; /* targets that could not be used; each was said */
	bool interrupted;
	bool lent; /* the output */
	struct watch feed_watch;
	struct timer flush, tick;
	nsec_t rate_since;
	uint64_t rate_from;
	double rate;
};

/* Parses operands and --exclude, opens lists. What is wrong is said as a usage error, also a list
 * that the results would empty. 0 or another
 * code. */
int session_targets(
	struct session *s, const struct target_options *options, const struct arguments *args);

/* After privileges are gone, since names are looked up: leaves out their addresses. 0 or ERR_NAME,
 * said.
 */
int session_exclude_names(struct session *s);

/* `path`, "-" for standard input, is the file that --output names, also through links. What is no
 * file cannot be emptied. */
bool session_empties(const struct session *s, const char *path);

/* Opens the destination that -o, --format and --color ask for. 0 or -errno, said. */
int session_output(struct session *s);

/* After privileges are gone: loop, feed, progress, and the signals that end a run. 0 or -errno. */
int session_start(struct session *s);

/* The next address, an IPv4-mapped one as IPv4. 1; 0: there are no more; -EAGAIN: names are being
 * looked up, the loop will be woken. What cannot be used is said, counted in `unusable` and passed
 * over. */
int session_next(struct session *s, struct feed_item *out);

/* After anything was written: stops the run when the output has failed, else sees to it that it
 * goes out in time. */
void session_written(struct session *s);

/* Tables that gather rows: how long these wait for others at most. */
#define SESSION_TABLE_DELAY (500 * NSEC_PER_MSEC)

/* While the loop runs: the output, which is no terminal, is another thread's, which flushes it, and
 * is left alone until it is taken back, before the end. */
void session_lend_output(struct session *s);
void session_take_output(struct session *s);

/* Writes `run`, runs the loop until it is stopped. */
void session_run(struct session *s, const struct arguments *args);

/* Takes the progress line away for good; before the last results. */
void session_quiet(struct session *s);

/* Ends the result stream with `status`; the last write can fail, too: returns `status`, or
 * EXIT_UNKNOWN when it did. */
int session_end(struct session *s, int status);

/* Also of a session that failed early: a stream still open ends with EXIT_UNKNOWN, one that never
 * ran without a word. What uses the loop is freed before. */
void session_release(struct session *s);

#endif
