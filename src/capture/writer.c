/* SPDX-License-Identifier: MIT */
#include "capture_private.h"

#include "link.h"

#include "netprobe/base/err.h"
#include "netprobe/base/hold.h"
#include "netprobe/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM = 256 << 10 };

struct capture_writer {
	FILE *stream;
	char *room;
	pcap_t *pcap;          /* NULL before the first packet */
	pcap_dumper_t *dumper; /* has the stream from then on */
	enum link_type link;
	bool is_stdout, begun;
	int failed;
};

/* A descriptor or a code; what a shell redirects is not held. */
static int open_path(const char *path)
{
	int fd, err;

	if (strcmp(path, "-") == 0) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0)
		return -errno;
	err = hold_file(fd);
	if (err)
		close(fd);
	return err ? err : fd;
}

static FILE *open_stream(const char *path)
{
	int fd = open_path(path);
	FILE *stream;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	stream = fdopen(fd, "w");
	if (!stream)
		close(fd);
	return stream;
}

struct capture_writer *capture_writer_new(const char *path)
{
	FILE *stream = open_stream(path);
	struct capture_writer *w;

	if (!stream)
		return NULL;
	w = mem_alloc(1, sizeof *w);
	w->stream = stream;
	w->is_stdout = strcmp(path, "-") == 0;
	w->room = mem_alloc(ROOM, 1);
	setvbuf(stream, w->room, _IOFBF, ROOM);
	return w;
}

/* libpcap's functions either fail without a word or in words only: the stream knows. */
static int checked(struct capture_writer *w)
{
	if (!w->failed && ferror(w->stream))
		w->failed = errno ? -errno : -EIO;
	return w->failed;
}

/* Pipes and devices cannot be emptied, and standard output is the shell's. */
int capture_writer_begin(struct capture_writer *w)
{
	struct stat st;
	int fd = fileno(w->stream);

	w->begun = true;
	if (!w->is_stdout && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) != 0)
		w->failed = -errno;
	return w->failed;
}

/* The file's header stays in the stream's room, so that libpcap cannot fail with it: it would close
 * the stream. */
static int write_head(struct capture_writer *w, enum link_type link)
{
	w->pcap = pcap_open_dead_with_tstamp_precision(
		link_written(link), CAPTURE_SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
	w->dumper = w->pcap ? pcap_dump_fopen(w->pcap, w->stream) : NULL;
	w->link = link;
	if (!w->dumper)
		w->failed = -ENOMEM;
	return w->failed;
}

static void dump(struct capture_writer *w, const struct captured *packet)
{
	const struct pcap_pkthdr header = {
		.ts = {packet->at / NSEC_PER_SEC, packet->at % NSEC_PER_SEC},
		.caplen = packet->len < CAPTURE_SNAPLEN ? packet->len : CAPTURE_SNAPLEN,
		.len = packet->wire_len,
	};

	pcap_dump((u_char *)w->dumper, &header, packet->bytes);
}

int capture_writer_put(struct capture_writer *w, const struct captured *packet)
{
	errno = 0;
	if (w->failed)
		return w->failed;
	if (packet->link == LINK_UNKNOWN || (w->dumper && packet->link != w->link))
		return ERR_UNSUPPORTED;
	if (!w->dumper && write_head(w, packet->link) != 0)
		return w->failed;
	dump(w, packet);
	return checked(w);
}

int capture_writer_flush(struct capture_writer *w)
{
	errno = 0;
	if (!w->failed && fflush(w->stream) != 0)
		w->failed = errno ? -errno : -EIO;
	return w->failed;
}

/* A file without packets is one, too. */
int capture_writer_close(struct capture_writer *w)
{
	int err;

	errno = 0;
	if (w->begun && !w->failed && !w->dumper)
		write_head(w, LINK_ETHERNET);
	err = capture_writer_flush(w);
	if (fclose(w->stream) != 0 && !err)
		err = -errno;
	if (w->pcap)
		pcap_close(w->pcap);
	free(w->room);
	free(w);
	return err;
}
