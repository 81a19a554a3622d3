/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/capture.h"

#include "netprobe/base/err.h"

#include "../unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* One a test, which is a process. */
static const char *path(void)
{
	static char text[64];

	snprintf(text, sizeof text, "/tmp/netprobe-writer-%d.pcap", (int)getpid());
	return text;
}

struct wanted {
	const struct captured *packets;
	size_t count;
};

static void compare(void *user, const struct captured *packet)
{
	struct wanted *w = user;

	ck_assert_uint_gt(w->count, 0);
	ck_assert_int_eq(packet->at, w->packets->at);
	ck_assert_uint_eq(packet->len, w->packets->len);
	ck_assert_uint_eq(packet->wire_len, w->packets->wire_len);
	ck_assert_int_eq(packet->link, w->packets->link);
	ck_assert_mem_eq(packet->bytes, w->packets->bytes, packet->len);
	w->packets++;
	w->count--;
}

static void assert_file(const struct captured *packets, size_t count)
{
	struct capture *c =
		capture_open(&(struct capture_options){.path = path()}, &(struct strbuf){0});
	struct wanted w = {packets, count};
	struct strbuf why = {0};

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(capture_begin(c, NULL, &why), 0);
	while (capture_read(c, compare, &w, 10, &why) > 0)
		;
	ck_assert_ptr_null(why.text);
	ck_assert_uint_eq(w.count, 0);
	capture_free(c);
}

static struct captured packet(nsec_t at, enum link_type link)
{
	return (struct captured){.at = at,
		.bytes = (const uint8_t *)"some bytes",
		.len = 10,
		.wire_len = 1500,
		.link = link,
		.interface = 3};
}

static struct capture_writer *begun(const char *path_)
{
	struct capture_writer *w = capture_writer_new(path_);

	if (w)
		ck_assert_int_eq(capture_writer_begin(w), 0);
	return w;
}

START_TEST(writer_keeps_every_link_type_and_the_nanoseconds)
{
	for (enum link_type link = LINK_UNKNOWN + 1; link < LINK_TYPES; link++) {
		const struct captured packets[] = {
			packet(1700000000123456789, link), packet(999999999, link)};
		struct capture_writer *w = begun(path());

		ck_assert_ptr_nonnull(w);
		ck_assert_int_eq(capture_writer_put(w, &packets[0]), 0);
		ck_assert_int_eq(capture_writer_put(w, &packets[1]), 0);
		ck_assert_int_eq(capture_writer_close(w), 0);
		assert_file(packets, 2);
	}
	unlink(path());
}
END_TEST

START_TEST(writer_cuts_packets_that_are_longer_than_a_file_may_have)
{
	enum { MOST = 262144 };
	uint8_t *bytes = calloc(1, MOST + 1);
	struct captured p = {.bytes = bytes, .len = MOST + 1, .wire_len = MOST + 1};
	struct capture_writer *w;

	p.link = LINK_RAW;
	w = begun(path());
	ck_assert_int_eq(capture_writer_put(w, &p), 0);
	ck_assert_int_eq(capture_writer_close(w), 0);
	p.len = MOST;
	assert_file(&p, 1);
	free(bytes);
	unlink(path());
}
END_TEST

START_TEST(writer_refuses_what_such_a_file_cannot_hold_and_goes_on)
{
	const struct captured raw = packet(1, LINK_RAW), cooked = packet(2, LINK_COOKED2),
			      unknown = packet(3, LINK_UNKNOWN);
	struct capture_writer *w;

	w = begun(path());
	ck_assert_int_eq(capture_writer_put(w, &unknown), ERR_UNSUPPORTED);
	ck_assert_int_eq(capture_writer_put(w, &raw), 0);
	ck_assert_int_eq(capture_writer_put(w, &cooked), ERR_UNSUPPORTED);
	ck_assert_int_eq(capture_writer_put(w, &unknown), ERR_UNSUPPORTED);
	ck_assert_int_eq(capture_writer_close(w), 0);
	assert_file(&raw, 1);
	unlink(path());
}
END_TEST

START_TEST(writer_without_a_packet_makes_a_file_all_the_same)
{
	ck_assert_int_eq(capture_writer_close(begun(path())), 0);
	assert_file(NULL, 0);
	unlink(path());
}
END_TEST

START_TEST(writer_flushes_what_was_put)
{
	const struct captured raw = packet(1, LINK_RAW);
	struct capture_writer *w;

	w = begun(path());
	ck_assert_int_eq(capture_writer_put(w, &raw), 0);
	ck_assert_int_eq(capture_writer_flush(w), 0);
	assert_file(&raw, 1);
	ck_assert_int_eq(capture_writer_close(w), 0);
	unlink(path());
}
END_TEST

/* Who opens it may still find that what was asked for makes no sense. */
START_TEST(writer_leaves_a_file_as_it_is_until_it_begins)
{
	const struct captured raw = packet(1, LINK_RAW);
	struct capture_writer *w = begun(path());

	ck_assert_int_eq(capture_writer_put(w, &raw), 0);
	ck_assert_int_eq(capture_writer_close(w), 0);
	ck_assert_int_eq(capture_writer_close(capture_writer_new(path())), 0);
	assert_file(&raw, 1);
	ck_assert_int_eq(capture_writer_close(begun(path())), 0);
	assert_file(NULL, 0);
	unlink(path());
}
END_TEST

START_TEST(writer_says_why_it_cannot_begin)
{
	errno = 0;
	ck_assert_ptr_null(capture_writer_new("/no/such/folder/x.pcap"));
	ck_assert_int_eq(errno, ENOENT);
	errno = 0;
	ck_assert_ptr_null(capture_writer_new("/tmp"));
	ck_assert_int_eq(errno, EISDIR);
}
END_TEST

START_TEST(writer_says_when_the_disk_is_full)
{
	const struct captured raw = packet(1, LINK_RAW);
	struct capture_writer *w = begun("/dev/full");
	int err = 0;

	ck_assert_ptr_nonnull(w);
	ck_assert_int_eq(capture_writer_put(w, &raw), 0);
	ck_assert_int_eq(capture_writer_flush(w), -ENOSPC);
	ck_assert_int_eq(capture_writer_put(w, &raw), -ENOSPC);
	ck_assert_int_eq(capture_writer_close(w), -ENOSPC);
	w = begun("/dev/full");
	for (int i = 0; i < 100000 && !err; i++)
		err = capture_writer_put(w, &raw);
	ck_assert_int_eq(err, -ENOSPC);
	ck_assert_int_eq(capture_writer_close(w), -ENOSPC);
	w = begun("/dev/full");
	ck_assert_int_eq(capture_writer_close(w), -ENOSPC);
}
END_TEST

START_TEST(writer_leaves_standard_output_open)
{
	const struct captured raw = packet(1, LINK_RAW);
	struct capture_writer *w;
	int out, kept = dup(STDOUT_FILENO);

	out = open(path(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(dup2(out, STDOUT_FILENO), 0);
	w = begun("-");
	ck_assert_int_eq(capture_writer_put(w, &raw), 0);
	ck_assert_int_eq(capture_writer_close(w), 0);
	ck_assert_int_ge(fcntl(STDOUT_FILENO, F_GETFD), 0);
	ck_assert_int_ge(dup2(kept, STDOUT_FILENO), 0);
	close(kept);
	close(out);
	assert_file(&raw, 1);
	unlink(path());
}
END_TEST

UNIT_MAIN("capture/writer", writer_keeps_every_link_type_and_the_nanoseconds,
	writer_cuts_packets_that_are_longer_than_a_file_may_have,
	writer_refuses_what_such_a_file_cannot_hold_and_goes_on,
	writer_without_a_packet_makes_a_file_all_the_same, writer_flushes_what_was_put,
	writer_leaves_a_file_as_it_is_until_it_begins, writer_says_why_it_cannot_begin,
	writer_says_when_the_disk_is_full, writer_leaves_standard_output_open)
