/* SPDX-License-Identifier: MIT */
#include "pcap_journals.h"

#include "netprobe/base/mem.h"

#include <stdlib.h>

/* What flow->user points to. */
struct page {
	struct journal *journal;
	uint64_t missed; /* packets for which there was no room */
	bool told;
};

struct pcap_journals {
	const struct pcap_select *select;
	size_t kept;          /* packets, in all of them */
	struct page unwanted; /* in the place of a page: the flow is not selected */
};

bool pcap_journals_wanted(
	const struct pcap_options *o, const struct pcap_select *select, bool table)
{
	return o->svg || (o->ladder && table) || (o->packets && pcap_selects_fate(select));
}

struct pcap_journals *pcap_journals_new(const struct pcap_select *select)
{
	struct pcap_journals *js = mem_alloc(1, sizeof *js);

	js->select = select;
	return js;
}

void pcap_journals_free(struct pcap_journals *js)
{
	free(js);
}

static struct page *page_of(const struct pcap_journals *js, const struct flow *f)
{
	return f->user == &js->unwanted ? NULL : f->user;
}

static struct page *begin_page(struct pcap_journals *js, struct flow *f)
{
	if (pcap_select_ends(js->select, f)) {
		f->user = mem_alloc(1, sizeof(struct page));
		return f->user;
	}
	f->user = &js->unwanted;
	return NULL;
}

void pcap_journals_add(struct pcap_journals *js, const struct flow_packet *p, uint32_t interface)
{
	struct page *page = p->flow->user ? page_of(js, p->flow) : begin_page(js, p->flow);
	size_t before;

	if (!page)
		return;
	before = journal_count(page->journal);
	/* a journal that has its full size takes no more room */
	if (js->kept >= JOURNALS_MOST && before < JOURNAL_FIRST + JOURNAL_LAST) {
		page->missed++;
		return;
	}
	journal_add(&page->journal, p, interface);
	js->kept += journal_count(page->journal) - before;
}

void pcap_journals_forget(struct pcap_journals *js, struct flow *f)
{
	struct page *page = page_of(js, f);

	f->user = NULL;
	if (!page)
		return;
	js->kept -= journal_count(page->journal);
	journal_free(page->journal);
	free(page);
}

void pcap_journals_decided(struct pcap_journals *js, struct flow *f)
{
	if (f->handshake.state != HANDSHAKE_COMPLETE || pcap_select_fate(js->select, f))
		return;
	pcap_journals_forget(js, f);
	f->user = &js->unwanted;
}

const struct journal *pcap_journals_of(const struct pcap_journals *js, const struct flow *f)
{
	const struct page *page = page_of(js, f);

	return page ? page->journal : NULL;
}

uint64_t pcap_journals_missed(const struct pcap_journals *js, const struct flow *f)
{
	const struct page *page = page_of(js, f);

	return page ? page->missed : 0;
}

void pcap_journals_tell(struct pcap_journals *js, struct flow *f)
{
	struct page *page = page_of(js, f);

	if (page)
		page->told = true;
}

bool pcap_journals_told(const struct pcap_journals *js, const struct flow *f)
{
	const struct page *page = page_of(js, f);

	return page && page->told;
}
