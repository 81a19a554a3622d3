/* SPDX-License-Identifier: MIT */
#include "capture_private.h"

#include "file_source.h"
#include "link.h"
#include "pcapng.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <byteswap.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio_ext.h>

enum { ROOM = 64 << 10, LINK_TYPES_MAX = UINT16_MAX + 1 };

/* What is known of a link type: whether packets match the filter. */
struct link_filter {
	uint16_t linktype;
	enum link_type link;
	bool none; /* match, since the filter cannot be asked of it */
	struct bpf_program program;
};

struct file {
	struct capture capture;
	char *name, *filter; /* filter NULL: none */
	struct file_source *source;
	uint64_t packets; /* of the file, before the filter */
	int failed;
	char *failure;
	struct link_filter *filters, *last_filter;
	size_t filter_count;
	uint16_t *filter_of; /* by link type, and one more than its place; 0: none yet */
	/* pcap */
	FILE *stream;
	char *room;
	pcap_t *pcap;
	/* pcapng */
	struct pcapng *pcapng;
	void (*another_interface)(void *user);
	void *user;
	struct pcapng_packet first; /* was read to learn its link type */
	int first_result;
	bool first_waits;
};

/* ---- errors */

static const char *flaw_of_packing(const struct file *f, int code, char room[static 128])
{
	const char *packing = file_source_packing(f->source);

	if (!packing || file_source_error(f->source) != code)
		return NULL;
	snprintf(room, 128,
		code == ERR_DAMAGED
			? "the %s stream is broken"
			: "its %s takes more than 128 MiB of memory, or a newer version",
		packing);
	return room;
}

static void tell_how_far(const struct file *f, uint64_t at, struct strbuf *why)
{
	if (f->packets == 0)
		strbuf_puts(why, " before the first packet");
	else
		strbuf_printf(why, " after packet %" PRIu64, f->packets);
	/* where in the packed file is not known, so that 0 would say nothing */
	if (!file_source_packing(f->source))
		strbuf_printf(why, " (at byte %" PRIu64 ")", at);
	else if (at > 0)
		strbuf_printf(why, " (at byte %" PRIu64 ", unpacked)", at);
}

/* Says why the file cannot be read on, and keeps that for later calls; the code. */
static int fail(struct file *f, int code, const char *flaw, uint64_t at)
{
	struct strbuf text = {0};
	char room[128];
	const char *of_packing = flaw_of_packing(f, code, room);

	strbuf_printf(&text, "%s: ", f->name);
	if (code == ERR_UNSUPPORTED)
		strbuf_puts(&text, "cannot be read");
	else
		strbuf_puts(&text, code == ERR_CUT ? "cut" : err_text(code));
	tell_how_far(f, at, &text);
	if (code == ERR_DAMAGED || code == ERR_UNSUPPORTED)
		strbuf_printf(&text, ": %s", of_packing ? of_packing : flaw);
	f->failed = code;
	f->failure = text.text;
	return code;
}

/* ---- filters */

static const struct link_filter *add_filter(struct file *f, uint16_t linktype, struct strbuf *why)
{
	struct link_filter added = {.linktype = linktype, .link = link_of(linktype)};
	bool known = added.link != LINK_UNKNOWN;
	struct strbuf text = {0};

	if (f->filter) {
		pcap_t *dead = pcap_open_dead(link_dlt(linktype), CAPTURE_SNAPLEN);

		added.none = !dead || !capture_compile(dead, f->filter, &added.program, &text);
		if (dead)
			pcap_close(dead);
	}
	if (added.none && known)
		strbuf_puts(why, text.text ? text.text : err_text(-ENOMEM));
	strbuf_release(&text);
	if (added.none && known)
		return NULL;
	f->filters = mem_resize(f->filters, f->filter_count + 1, sizeof *f->filters);
	f->filters[f->filter_count] = added;
	return &f->filters[f->filter_count++];
}

/* NULL, with `why`: the filter is in error for it. */
static const struct link_filter *filter_of(struct file *f, uint16_t linktype, struct strbuf *why)
{
	uint16_t *place = &f->filter_of[linktype];

	/* there are no more than interfaces */
	if (*place == 0 && add_filter(f, linktype, why))
		*place = (uint16_t)f->filter_count;
	return *place ? &f->filters[*place - 1] : NULL;
}

/* ---- pcap, through libpcap */

static ssize_t stream_read(void *source, char *room, size_t size)
{
	ssize_t got = file_source_read(source, room, size);

	if (got < 0)
		errno = EIO;
	return got < 0 ? -1 : got;
}

/* Only says where it is. */
static int stream_seek(void *source, off64_t *offset, int whence)
{
	if (whence != SEEK_CUR || *offset != 0)
		return -1;
	*offset = (off64_t)file_source_given(source);
	return 0;
}

static FILE *stream_open(struct file *f)
{
	FILE *stream = fopencookie(
		f->source, "r", (cookie_io_functions_t){.read = stream_read, .seek = stream_seek});

	if (!stream)
		return NULL;
	f->room = mem_alloc(ROOM, 1);
	setvbuf(stream, f->room, _IOFBF, ROOM);
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
	return stream;
}

/* Why libpcap could not go on with the stream. */
static int stream_failed(struct file *f, const char *flaw)
{
	int code = file_source_error(f->source);
	off64_t at = ftello(f->stream);

	if (code == 0)
		code = feof(f->stream) ? ERR_CUT : ERR_DAMAGED;
	/* what stands in the stream's room at the end was read, too */
	return fail(f, code, flaw,
		code == ERR_DAMAGED && at > 0 ? (uint64_t)at : file_source_given(f->source));
}

static void take_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct file *f = (struct file *)user;
	const struct link_filter *filter = f->last_filter;
	struct captured packet = {
		/* 32 bits without a sign, to libpcap with one */
		.at = (nsec_t)(uint32_t)header->ts.tv_sec * NSEC_PER_SEC + header->ts.tv_usec,
		.bytes = bytes,
		.len = header->caplen,
		.wire_len = header->len > header->caplen ? header->len : header->caplen,
		.link = filter->link,
	};

	f->packets++;
	if (f->filter && (filter->none || !pcap_offline_filter(&filter->program, header, bytes)))
		return;
	if (packet.at < 0)
		packet.at = 0;
	if (packet.link == LINK_COOKED2)
		packet.interface = capture_cooked_interface(&packet);
	capture_give(&f->capture, &packet);
}

static int pcap_read(struct file *f, unsigned most)
{
	int got = pcap_dispatch(f->pcap, (int)most, take_packet, (u_char *)f);

	if (got < 0)
		return stream_failed(f, pcap_geterr(f->pcap));
	return got > 0;
}

static int pcap_begin(struct file *f, struct strbuf *why)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct link_filter *filter;

	f->stream = stream_open(f);
	if (!f->stream)
		return fail(f, -errno, NULL, 0);
	f->pcap = pcap_fopen_offline_with_tstamp_precision(
		f->stream, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!f->pcap)
		return stream_failed(f, error);
	/* by libpcap's own handle, which knows the byte order of the file */
	filter = mem_alloc(1, sizeof *filter);
	filter->link = link_of(pcap_datalink(f->pcap));
	f->filters = f->last_filter = filter;
	f->filter_count = 1;
	if (f->filter && !capture_compile(f->pcap, f->filter, &filter->program, why))
		return ERR_SYNTAX;
	return 0;
}

/* ---- pcapng */

static int pcapng_failed(struct file *f, int code)
{
	bool block = code == ERR_DAMAGED || code == ERR_UNSUPPORTED;

	return fail(f, code, pcapng_flaw(f->pcapng),
		block && file_source_error(f->source) == 0 ? pcapng_block_at(f->pcapng)
							   : pcapng_bytes_read(f->pcapng));
}

static int next_packet(struct file *f, struct pcapng_packet *out)
{
	if (!f->first_waits)
		return pcapng_next(f->pcapng, out);
	f->first_waits = false;
	*out = f->first;
	return f->first_result;
}

static void give_packet(
	struct file *f, const struct link_filter *filter, const struct pcapng_packet *in)
{
	struct captured packet = {
		.at = in->at,
		.bytes = in->bytes,
		.len = in->len,
		.wire_len = in->wire_len,
		.link = filter->link,
		.interface = in->interface,
		.incoming = in->incoming,
		.outgoing = in->outgoing,
		.to_others = in->to_others,
	};
	struct pcap_pkthdr header = {.caplen = in->len, .len = in->wire_len};

	f->packets++;
	if (f->filter &&
		(filter->none || !pcap_offline_filter(&filter->program, &header, in->bytes)))
		return;
	if (packet.link == LINK_COOKED2)
		packet.interface = pcapng_device(f->pcapng, capture_cooked_interface(&packet));
	capture_give(&f->capture, &packet);
}

/* The filter may be sound for the first packet's link type, and in error for a later one's. */
static int filter_failed(struct file *f, struct strbuf *text)
{
	struct strbuf all = {0};

	strbuf_printf(&all, "%s: after packet %" PRIu64 ": %s", f->name, f->packets, text->text);
	strbuf_release(text);
	f->failure = all.text;
	f->failed = ERR_SYNTAX;
	return f->failed;
}

static int pcapng_read(struct file *f, unsigned most)
{
	struct pcapng_packet packet;
	struct strbuf text = {0};

	for (unsigned i = 0; i < most; i++) {
		int got = next_packet(f, &packet);
		const struct link_filter *filter;

		if (got == 0)
			return 0;
		if (got < 0)
			return pcapng_failed(f, got);
		filter = filter_of(f, packet.link, &text);
		if (!filter)
			return filter_failed(f, &text);
		give_packet(f, filter, &packet);
	}
	return 1;
}

/* The filter is judged by the first packet's link type, since a file without packets has none. */
static int pcapng_begin(struct file *f, struct strbuf *why)
{
	const uint16_t ethernet = 1;

	f->filter_of = mem_alloc(LINK_TYPES_MAX, sizeof *f->filter_of);
	f->pcapng = pcapng_new((struct byte_source){file_source_read, f->source});
	pcapng_on_interface(f->pcapng, f->another_interface, f->user);
	f->first_result = pcapng_next(f->pcapng, &f->first);
	if (f->first_result < 0)
		return pcapng_failed(f, f->first_result);
	f->first_waits = true;
	return filter_of(f, f->first_result ? f->first.link : ethernet, why) ? 0 : ERR_SYNTAX;
}

/* ---- a file */

static int read_some(struct file *f, unsigned most)
{
	return f->pcap ? pcap_read(f, most) : pcapng_read(f, most);
}

static bool would_wait(const struct file *f)
{
	bool drained = f->pcap ? (uint64_t)ftello(f->stream) == file_source_given(f->source)
			       : pcapng_drained(f->pcapng);

	return drained && file_source_waits(f->source);
}

/* Before a pipe is waited for, what has come is told. */
static int read_pipe(struct file *f, unsigned most)
{
	int result = 1;

	for (unsigned i = 0; i < most && result == 1; i++) {
		if (i > 0 && would_wait(f))
			break;
		result = read_some(f, 1);
	}
	return result;
}

static int file_read(struct capture *c, unsigned most, struct strbuf *why)
{
	struct file *f = (struct file *)c;
	int result = f->failed;

	if (!result)
		result = file_source_regular(f->source) ? read_some(f, most) : read_pipe(f, most);
	if (result < 0)
		strbuf_puts(why, f->failure);
	return result;
}

static void file_progress(const struct capture *c, uint64_t *done, uint64_t *total)
{
	file_source_progress(((const struct file *)c)->source, done, total);
}

/* Those of cooked pcap were those of a machine that is not asked. */
static const char *file_interface(const struct capture *c, const struct captured *packet)
{
	const struct file *f = (const struct file *)c;

	return f->pcapng ? pcapng_interface(f->pcapng, packet->interface) : NULL;
}

static void file_free(struct capture *c)
{
	struct file *f = (struct file *)c;

	for (size_t i = 0; i < f->filter_count; i++)
		pcap_freecode(&f->filters[i].program);
	free(f->filters);
	free(f->filter_of);
	if (f->pcap)
		pcap_close(f->pcap); /* and with it the stream */
	else if (f->stream)
		fclose(f->stream);
	free(f->room);
	pcapng_free(f->pcapng);
	file_source_free(f->source);
	free(f->failure);
	free(f->filter);
	free(f->name);
	free(f);
}

/* Those that libpcap knows: with microseconds, nanoseconds, and two with longer packet headers. */
static bool is_pcap(uint32_t magic)
{
	static const uint32_t known[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0xa1b234cd};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (magic == known[i] || magic == bswap_32(known[i]))
			return true;
	return false;
}

/* By its first bytes. 0, or a code, with why in f->failure or `why`. */
static int begin(struct file *f, struct strbuf *why)
{
	const uint32_t section = 0x0a0d0d0a; /* the same in both byte orders */
	uint32_t magic = 0;
	ssize_t got = file_source_peek(f->source, &magic, sizeof magic);
	int err = file_source_error(f->source);

	if (err)
		return fail(f, err, NULL, got > 0 ? (uint64_t)got : 0);
	if (magic == section)
		return pcapng_begin(f, why);
	if (is_pcap(magic))
		return pcap_begin(f, why);
	strbuf_printf(why, "%s: %s", f->name, got == 0 ? "empty" : "neither pcap nor pcapng");
	return got == 0 ? ERR_EMPTY : ERR_UNSUPPORTED;
}

static int file_begin(struct capture *c, const char *filter, struct strbuf *why)
{
	struct file *f = (struct file *)c;
	int err;

	f->filter = filter ? mem_strdup(filter) : NULL;
	err = begin(f, why);
	if (err && f->failure)
		strbuf_puts(why, f->failure);
	if (!err)
		file_source_read_ahead(f->source);
	return err;
}

static const struct capture_kind kind = {
	.begin = file_begin,
	.read = file_read,
	.free = file_free,
	.progress = file_progress,
	.interface = file_interface,
};

struct capture *capture_open_file(const struct capture_options *options, struct strbuf *why)
{
	struct file *f = mem_alloc(1, sizeof *f);
	int err;

	f->capture.kind = &kind;
	f->capture.fd = -1;
	f->another_interface = options->another_interface;
	f->user = options->user;
	f->name = mem_strdup(strcmp(options->path, "-") == 0 ? "standard input" : options->path);
	err = file_source_open(options->path, &f->source);
	if (!err)
		return &f->capture;
	strbuf_printf(why, "%s: %s", f->name, err_text(err));
	file_free(&f->capture);
	return NULL;
}
