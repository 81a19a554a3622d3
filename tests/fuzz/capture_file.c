/* SPDX-License-Identifier: MIT */
/* The bytes as a file: pcap or pcapng, packed or not, without a filter and with one. */
#include "netprobe/capture/capture.h"

#include "netprobe/base/err.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a few bytes unpack to can be long. */
enum { MOST_TURNS = 200, A_TURN = 64 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

struct seen {
	struct capture *c;
	uint64_t count, unknown;
	nsec_t last;
	bool backwards;
};

static void take(void *user, const struct captured *packet)
{
	struct seen *s = user;
	const char *name = capture_interface(s->c, packet);
	volatile uint8_t sum = 0;

	must(packet->wire_len >= packet->len && packet->at >= 0 && packet->at <= INT64_MAX / 2);
	must(packet->link >= LINK_UNKNOWN && packet->link < LINK_TYPES);
	must(!name || *name);
	for (uint32_t i = 0; i < packet->len; i++)
		sum = sum ^ packet->bytes[i];
	s->count++;
	s->unknown += packet->link == LINK_UNKNOWN;
	s->backwards |= packet->at < s->last;
	s->last = packet->at;
}

static void check_status(struct seen *s)
{
	struct capture_status status;
	uint64_t done, total;

	capture_status(s->c, &status);
	must(status.packets == s->count && status.unknown_link == s->unknown);
	must(status.backwards == s->backwards && status.dropped == 0);
	capture_progress(s->c, &done, &total);
	must(done <= total);
	must(capture_fd(s->c) == -1);
}

/* How many packets there were. */
static uint64_t read_file(const char *path, const char *filter)
{
	struct strbuf why = {0};
	struct seen s = {0};
	int result = 1;

	s.c = capture_open(&(struct capture_options){.path = path}, &why);
	if (s.c && capture_begin(s.c, filter, &why) != 0) {
		capture_free(s.c);
		s.c = NULL;
	}
	must(!s.c == (why.len > 0));
	for (int i = 0; s.c && result > 0 && i < MOST_TURNS; i++) {
		uint64_t before = s.count;

		result = capture_read(s.c, take, &s, A_TURN, &why);
		must(s.count - before <= A_TURN && (result < 0) == (why.len > 0));
		check_status(&s);
	}
	if (s.c && result <= 0) {
		strbuf_reset(&why);
		must(capture_read(s.c, take, &s, 1, &why) == result);
	}
	capture_free(s.c);
	strbuf_release(&why);
	return s.count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	char path[32];
	uint64_t count;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	count = read_file(path, NULL);
	must(read_file(path, "tcp or udp port 53") <= count);
	close(fd);
	return 0;
}
