/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/flights.h"

#include "netprobe/base/mem.h"

enum { FIRST_ROOM = 64 };

void flights_init(struct flights *f)
{
	*f = (struct flights){.first = 1, .patient = 1, .open = 1, .next = 1};
}

void flights_release(struct flights *f)
{
	free(f->ring);
	flights_init(f);
}

static struct flight *place(const struct flights *f, uint64_t number)
{
	return &f->ring[number & (f->room - 1)];
}

static void grow(struct flights *f)
{
	struct flights larger = *f;

	larger.room = f->room ? 2 * f->room : FIRST_ROOM;
	larger.ring = mem_alloc(larger.room, sizeof *larger.ring);
	for (uint64_t n = f->first; n < f->next; n++)
		*place(&larger, n) = *place(f, n);
	free(f->ring);
	*f = larger;
}

struct flight *flights_add(struct flights *f, uint64_t *number)
{
	struct flight *flight;

	if (f->next - f->first == f->room)
		grow(f);
	*number = f->next++;
	flight = place(f, *number);
	*flight = (struct flight){0};
	return flight;
}

struct flight *flights_at(const struct flights *f, uint64_t number)
{
	return number >= f->first && number < f->next ? place(f, number) : NULL;
}

void flights_close_oldest(
	struct flights *f, void (*forget)(void *user, struct flight *flight), void *user)
{
	f->open++;
	flights_patient(f);
	while (f->open - f->first > FLIGHTS_KEPT && f->first < f->patient)
		forget(user, place(f, f->first++));
}

struct flight *flights_oldest_kept(const struct flights *f)
{
	return f->first < f->patient ? place(f, f->first) : NULL;
}

void flights_drop_oldest(struct flights *f)
{
	f->first++;
}

struct flight *flights_patient(struct flights *f)
{
	while (f->patient < f->open && place(f, f->patient)->state != FLIGHT_PATIENT)
		f->patient++;
	return f->patient < f->open ? place(f, f->patient) : NULL;
}

uint64_t flights_find(const struct flights *f, uint16_t low, uint64_t below)
{
	uint64_t last = (below < f->next ? below : f->next) - 1;
	uint64_t number = last - (uint16_t)(last - low);

	/* before the first number the subtraction wraps around */
	return number >= f->first && number <= last ? number : 0;
}

uint64_t flights_number(const struct flights *f, uint32_t low)
{
	uint64_t last = f->next - 1, number = last - (uint32_t)(last - low);

	return number >= f->first && number <= last ? number : 0;
}
