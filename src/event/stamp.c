/* SPDX-License-Identifier: MIT */
#include "netprobe/event/stamp.h"

#include "netprobe/base/mem.h"

static const nsec_t read_apart = 20 * NSEC_PER_USEC;
static const nsec_t slack = 50 * NSEC_PER_USEC;
static const nsec_t least_step = 100 * NSEC_PER_USEC;
static const nsec_t alike = 10 * NSEC_PER_USEC;

/* Stamps come from outside, and their differences may be anything. */
__extension__ typedef __int128 wide;

/* On which side of a step the two stamps were taken: time runs on, so that never the second alone
 * is before it. */
static const struct side {
	bool wire_after, arrived_after;
} sides[] = {{false, false}, {false, true}, {true, true}};

enum { READ_TRIES = 4, SIDES_ALIKE = 1, SIDES_OF_ARRIVED = 2, SIDES = ARRAY_SIZE(sides) };

/* A wall clock that was read late makes the two look stepped: then both are read again. */
struct instant instant_now(void)
{
	struct instant t = {0};
	nsec_t apart = NSEC_NEVER;

	for (int i = 0; i < READ_TRIES && apart > read_apart; i++) {
		nsec_t before = clock_now();

		t.wall = clock_wall();
		apart = clock_now() - before;
		t.mono = before + apart / 2;
	}
	return t;
}

/* What the wall clock was moved by in the meantime; 0 while it ran evenly. */
static nsec_t step_of(const struct stamps *s)
{
	nsec_t elapsed = s->read.mono - s->asked.mono;
	nsec_t moved = s->read.wall - s->asked.wall - elapsed;
	nsec_t even = least_step + elapsed / 1000;

	return moved >= -even && moved <= even ? 0 : moved;
}

static nsec_t at_least_0(wide value)
{
	return value < 0 ? 0 : (nsec_t)value;
}

/* In monotonic time the program asks, the probe leaves, the answer arrives, the program reads. */
static bool holds(
	const struct stamps *s, nsec_t step, const struct side *side, struct round_trip *out)
{
	wide wait = (wide)s->wire - s->asked.wall - (side->wire_after ? step : 0);
	wide wake = (wide)s->read.wall - s->arrived - (side->arrived_after ? 0 : step);
	wide rtt = (wide)s->arrived - s->wire;

	if (side->arrived_after && !side->wire_after)
		rtt -= step;
	if (wait < -slack || wake < -slack || rtt <= 0 ||
		rtt > (wide)s->read.mono - s->asked.mono + slack)
		return false;
	out->wait = at_least_0(wait);
	out->rtt = (nsec_t)rtt;
	out->wake = at_least_0(wake);
	return true;
}

/* The one round trip that the stamps allow, false when there is none or more than one. */
static bool solve(const struct stamps *s, nsec_t step, unsigned count, struct round_trip *out)
{
	struct round_trip found = {0};
	bool any = false;

	for (unsigned i = 0; i < count; i++) {
		if (!holds(s, step, &sides[i], &found))
			continue;
		if (any && (found.rtt - out->rtt > alike || out->rtt - found.rtt > alike))
			return false;
		if (any)
			found.wait = found.wake = -1;
		*out = found;
		any = true;
	}
	return any;
}

static bool from_both(const struct stamps *s, nsec_t step, struct round_trip *out)
{
	if (s->wire == 0 || s->arrived == 0)
		return false;
	if (!solve(s, step, step ? SIDES : SIDES_ALIKE, out))
		return false;
	out->source = STAMPS_BOTH;
	return true;
}

/* As if the probe had left when the program asked. */
static bool from_arrived(const struct stamps *s, nsec_t step, struct round_trip *out)
{
	struct stamps alone = *s;

	if (s->arrived == 0)
		return false;
	alone.wire = s->asked.wall;
	if (!solve(&alone, step, step ? SIDES_OF_ARRIVED : SIDES_ALIKE, out))
		return false;
	out->source = STAMPS_ARRIVED;
	out->wait = -1;
	return true;
}

struct round_trip round_trip_of(const struct stamps *s)
{
	nsec_t step = step_of(s);
	struct round_trip out;

	if (from_both(s, step, &out) || from_arrived(s, step, &out))
		return out;
	return (struct round_trip){
		.rtt = at_least_0((wide)s->read.mono - s->asked.mono),
		.wait = -1,
		.wake = -1,
		.source = STAMPS_NONE,
	};
}
