/* SPDX-License-Identifier: MIT */
#include "capture_private.h"

#include "link.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

/* So many interfaces keep their name after they are gone. */
enum { NAMES_MAX = 65536, BUFFER = 32 << 20, LOOPBACK_INDEX = 1 };

/* Twice that, and the grain of the kernel's clock, is CAPTURE_LATE. */
enum { TIMEOUT_MSEC = 40 };

struct interface_name {
	uint32_t index;
	char name[IF_NAMESIZE]; /* empty: it was gone before it could be asked */
};

struct live {
	struct capture capture;
	pcap_t *pcap;
	char *name;
	uint32_t index; /* 0 for "any" */
	enum link_type link;
	nsec_t unit;                         /* of the packets' tv_usec */
	uint32_t dropped, dropped_interface; /* as libpcap counted last, in 32 bits */
	struct interface_name *names;
	uint32_t name_count, name_cap, name_last;
};

/* ---- names, of "any" */

static bool names_find(struct live *l, uint32_t index)
{
	for (uint32_t i = 0; i < l->name_count; i++)
		if (l->names[i].index == index) {
			l->name_last = i;
			return true;
		}
	return false;
}

/* Asked when its first packet comes: containers' interfaces may be gone when their flows are
 * told. */
static void names_learn(struct live *l, uint32_t index)
{
	struct interface_name *n;

	if (l->name_last < l->name_count && l->names[l->name_last].index == index)
		return;
	if (names_find(l, index) || l->name_count == NAMES_MAX)
		return;
	if (l->name_count == l->name_cap) {
		l->name_cap = l->name_cap ? 2 * l->name_cap : 16;
		l->names = mem_resize(l->names, l->name_cap, sizeof *l->names);
	}
	l->name_last = l->name_count++;
	n = &l->names[l->name_last];
	n->index = index;
	if (!if_indextoname(index, n->name))
		n->name[0] = '\0';
}

static const char *live_interface(const struct capture *c, const struct captured *packet)
{
	const struct live *l = (const struct live *)c;

	if (l->index > 0)
		return l->name;
	for (uint32_t i = 0; i < l->name_count; i++)
		if (l->names[i].index == packet->interface)
			return l->names[i].name[0] ? l->names[i].name : NULL;
	return NULL;
}

/* ---- reading */

static void take_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct live *l = (struct live *)user;
	struct captured packet = {
		.at = (nsec_t)header->ts.tv_sec * NSEC_PER_SEC + header->ts.tv_usec * l->unit,
		.bytes = bytes,
		.len = header->caplen,
		.wire_len = header->len,
		.link = l->link,
		.interface = l->index,
	};

	if (l->link == LINK_COOKED2) {
		packet.interface = capture_cooked_interface(&packet);
		names_learn(l, packet.interface);
	}
	capture_give(&l->capture, &packet);
}

static int live_read(struct capture *c, unsigned most, struct strbuf *why)
{
	struct live *l = (struct live *)c;
	int got = pcap_dispatch(l->pcap, (int)most, take_packet, (u_char *)l);

	if (got >= 0)
		return got > 0 ? 1 : -EAGAIN;
	if (l->index > 0 && if_nametoindex(l->name) != l->index) {
		strbuf_printf(why, "%s: the interface is gone", l->name);
		return -ENODEV;
	}
	strbuf_printf(why, "%s: %s", l->name, pcap_geterr(l->pcap));
	return -EIO;
}

/* libpcap counts in 32 bits. */
static void live_status(struct capture *c)
{
	struct live *l = (struct live *)c;
	struct pcap_stat now;

	if (pcap_stats(l->pcap, &now) != 0)
		return;
	c->status.dropped += now.ps_drop - l->dropped;
	c->status.dropped_interface += now.ps_ifdrop - l->dropped_interface;
	l->dropped = now.ps_drop;
	l->dropped_interface = now.ps_ifdrop;
}

static void live_free(struct capture *c)
{
	struct live *l = (struct live *)c;

	if (l->pcap)
		pcap_close(l->pcap);
	free(l->names);
	free(l->name);
	free(l);
}

static bool use(struct live *l, const char *filter, struct strbuf *why)
{
	struct bpf_program program;
	bool set;

	if (!capture_compile(l->pcap, filter, &program, why))
		return false;
	set = pcap_setfilter(l->pcap, &program) == 0;
	if (!set)
		strbuf_printf(why, "%s: filter '%s': %s", l->name, filter, pcap_geterr(l->pcap));
	pcap_freecode(&program);
	return set;
}

/*
 * Packets over loopback come by twice, going out and coming in. libpcap passes over the first, but
 * only when it has taken room in the ring, and perhaps been counted as dropped.
 */
static void spare_loopback(struct live *l, const char *filter)
{
	const int on = 1;
	struct strbuf text = {0}, why = {0};

	if (l->index == LOOPBACK_INDEX)
		setsockopt(l->capture.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
	if (l->index > 0 || l->link != LINK_COOKED2)
		return;
	if (filter)
		strbuf_printf(&text, "(%s) and ", filter);
	strbuf_printf(&text, "not (outbound and ifindex %d)", LOOPBACK_INDEX);
	use(l, text.text, &why);
	strbuf_release(&text);
	strbuf_release(&why);
}

/* What the ring holds already is passed over. */
static int live_begin(struct capture *c, const char *filter, struct strbuf *why)
{
	struct live *l = (struct live *)c;

	if (filter && !use(l, filter, why))
		return ERR_SYNTAX;
	spare_loopback(l, filter);
	return 0;
}

static const struct capture_kind kind = {
	.begin = live_begin,
	.read = live_read,
	.free = live_free,
	.status = live_status,
	.interface = live_interface,
};

/* ---- opening */

static void tell_refusal(const struct live *l, int code, struct strbuf *why)
{
	strbuf_printf(why, "%s: ", l->name);
	switch (code) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		strbuf_puts(why, "no such interface");
		break;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		strbuf_puts(why, "needs CAP_NET_RAW (sudo, or: setcap cap_net_raw+ep netprobe)");
		break;
	case PCAP_ERROR_IFACE_NOT_UP:
		strbuf_puts(why, "the interface is down");
		break;
	default:
		strbuf_puts(
			why, code == PCAP_ERROR ? pcap_geterr(l->pcap) : pcap_statustostr(code));
	}
}

/*
 * No immediate mode: for it libpcap takes a ring with a slot of the snap length for each packet,
 * of which 32 MB hold 128. The ring of blocks packs them close, and a block that is not full is
 * handed over when the kernel looks at it for the second time since it was begun.
 */
static void set_up(struct live *l, const struct capture_options *options)
{
	uint32_t snaplen = options->snaplen;

	if (snaplen == 0 || snaplen > CAPTURE_SNAPLEN)
		snaplen = CAPTURE_SNAPLEN;
	pcap_set_snaplen(l->pcap, (int)snaplen);
	pcap_set_promisc(l->pcap, options->promiscuous);
	pcap_set_timeout(l->pcap, TIMEOUT_MSEC);
	pcap_set_buffer_size(l->pcap, BUFFER); /* less where the kernel has less */
	pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);
}

static bool start(struct live *l, struct strbuf *why)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	int code = pcap_activate(l->pcap);

	if (code < 0) {
		tell_refusal(l, code, why);
		return false;
	}
	/* the second version says through which interface; older libraries do not have it */
	if (pcap_datalink(l->pcap) == DLT_LINUX_SLL)
		pcap_set_datalink(l->pcap, DLT_LINUX_SLL2);
	l->link = link_of(pcap_datalink(l->pcap));
	l->unit = pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1
										   : NSEC_PER_USEC;
	l->capture.fd = pcap_get_selectable_fd(l->pcap);
	if (pcap_setnonblock(l->pcap, 1, error) != 0 || l->capture.fd < 0) {
		strbuf_printf(why, "%s: cannot be waited for: %s", l->name, error);
		return false;
	}
	/* what the interface lost before does not count */
	live_status(&l->capture);
	l->capture.status = (struct capture_status){0};
	return true;
}

struct capture *capture_open_live(const struct capture_options *options, struct strbuf *why)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct live *l = mem_alloc(1, sizeof *l);

	l->capture.kind = &kind;
	l->capture.fd = -1;
	l->name = mem_strdup(options->interface);
	l->index = if_nametoindex(l->name);
	l->pcap = pcap_create(l->name, error);
	if (!l->pcap) {
		strbuf_printf(why, "%s: %s", l->name, error);
	} else {
		set_up(l, options);
		if (start(l, why))
			return &l->capture;
	}
	live_free(&l->capture);
	return NULL;
}
