/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/pcap_journals.h"

#include "../capture/attempt.h"
#include "../unit.h"

#include <stdlib.h>

static struct pcap_options options;
static struct pcap_select *selection;
static struct pcap_journals *journals;

static void begin(void)
{
	selection = pcap_select_new(&options);
	ck_assert_ptr_nonnull(selection);
	journals = pcap_journals_new(selection);
}

static void end(void)
{
	pcap_journals_free(journals);
	pcap_select_free(selection);
}

static void add(struct flow *f, unsigned count)
{
	struct frame frame = syn();
	struct flow_packet p = {.flow = f, .frame = &frame};

	for (; count > 0; count--)
		pcap_journals_add(journals, &p, 0);
}

static void expect(const struct flow *f, size_t kept, uint64_t missed)
{
	ck_assert_uint_eq(journal_count(pcap_journals_of(journals, f)), kept);
	ck_assert_uint_eq(pcap_journals_missed(journals, f), missed);
}

START_TEST(journals_are_wanted_by_ladders_pictures_and_fates)
{
	struct pcap_options o = {.ladder = true};

	begin();
	ck_assert(pcap_journals_wanted(&o, selection, true));
	ck_assert(!pcap_journals_wanted(&o, selection, false));
	o = (struct pcap_options){.packets = true};
	ck_assert(!pcap_journals_wanted(&o, selection, true));
	o.svg = "a";
	ck_assert(pcap_journals_wanted(&o, selection, false));
	end();
	options.failed = true;
	begin();
	o = (struct pcap_options){.packets = true};
	ck_assert(pcap_journals_wanted(&o, selection, false));
	end();
}
END_TEST

START_TEST(journals_are_of_each_flow_its_own)
{
	struct flow a = {.id = 1}, b = {.id = 2}, c = {.id = 3};

	begin();
	add(&a, 2);
	add(&b, 3);
	expect(&a, 2, 0);
	expect(&b, 3, 0);
	expect(&c, 0, 0);
	pcap_journals_forget(journals, &a);
	expect(&a, 0, 0);
	ck_assert_ptr_null(a.user);
	pcap_journals_forget(journals, &b);
	pcap_journals_forget(journals, &c);
	end();
}
END_TEST

START_TEST(journals_are_of_selected_flows_only)
{
	struct flow a = {.id = 1}, b = {.id = 2};

	options.flow = 2;
	begin();
	add(&a, 2);
	add(&b, 2);
	expect(&a, 0, 0);
	expect(&b, 2, 0);
	pcap_journals_forget(journals, &a);
	pcap_journals_forget(journals, &b);
	end();
}
END_TEST

START_TEST(journals_of_complete_handshakes_go_where_others_are_asked_for)
{
	struct flow a = {.handshake = {.state = HANDSHAKE_COMPLETE}};
	struct flow b = {.handshake = {.state = HANDSHAKE_UNANSWERED}};

	options.failed = true;
	begin();
	add(&a, 2);
	add(&b, 2);
	pcap_journals_decided(journals, &a);
	pcap_journals_decided(journals, &b);
	expect(&a, 0, 0);
	expect(&b, 2, 0);
	add(&a, 2);
	expect(&a, 0, 0);
	pcap_journals_forget(journals, &a);
	pcap_journals_forget(journals, &b);
	end();
}
END_TEST

/* An unanswered SYN may be answered yet. */
START_TEST(journals_of_fates_that_may_change_stay)
{
	static const char *const complete[] = {"complete"};
	struct flow f = {.handshake = {.state = HANDSHAKE_UNANSWERED}};

	options.states.values = (const char **)(uintptr_t)complete;
	options.states.count = 1;
	begin();
	add(&f, 2);
	pcap_journals_decided(journals, &f);
	expect(&f, 2, 0);
	pcap_journals_forget(journals, &f);
	end();
}
END_TEST

START_TEST(journals_keep_so_many_packets_in_all)
{
	enum { EACH = JOURNAL_FIRST + JOURNAL_LAST, FLOWS = JOURNALS_MOST / EACH };
	struct flow *flows = calloc(FLOWS + 1, sizeof *flows);

	begin();
	for (int i = 0; i < FLOWS; i++)
		add(&flows[i], EACH);
	add(&flows[FLOWS], 3);
	expect(&flows[FLOWS], 0, 3);
	/* one that has its full size goes on in it */
	add(&flows[0], 1);
	expect(&flows[0], EACH, 0);
	ck_assert_uint_eq(journal_left_out(pcap_journals_of(journals, &flows[0])), 1);
	/* what goes makes room */
	pcap_journals_forget(journals, &flows[0]);
	add(&flows[FLOWS], 3);
	expect(&flows[FLOWS], 3, 3);
	for (int i = 0; i <= FLOWS; i++)
		pcap_journals_forget(journals, &flows[i]);
	free(flows);
	end();
}
END_TEST

START_TEST(journals_know_which_flows_were_told)
{
	struct flow f = {0};

	begin();
	ck_assert(!pcap_journals_told(journals, &f));
	add(&f, 1);
	ck_assert(!pcap_journals_told(journals, &f));
	pcap_journals_tell(journals, &f);
	ck_assert(pcap_journals_told(journals, &f));
	pcap_journals_forget(journals, &f);
	ck_assert(!pcap_journals_told(journals, &f));
	end();
}
END_TEST

UNIT_MAIN("cmd/pcap_journals", journals_are_wanted_by_ladders_pictures_and_fates,
	journals_are_of_each_flow_its_own, journals_are_of_selected_flows_only,
	journals_of_complete_handshakes_go_where_others_are_asked_for,
	journals_of_fates_that_may_change_stay, journals_keep_so_many_packets_in_all,
	journals_know_which_flows_were_told)
