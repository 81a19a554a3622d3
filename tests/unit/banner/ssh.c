/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "netprobe/base/mem.h"

#include "../unit.h"
#include "binary.h"

#define OURS "> SSH-2.0-netprobe_" NETPROBE_VERSION "\\r\\n"
#define FAREWELL                                                                                   \
	"\\x00\\x00\\x00\\x1c\\x06\\x01\\x00\\x00\\x00\\x0b\\x00\\x00\\x00\\x08netprobe"           \
	"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\n"
#define SERVER          "SSH-2.0-x\r\n"
#define SERVER_FACTS    "ident=SSH-2.0-x\nprotocol=2.0\nsoftware=x\n"
#define IDENT_ALONE     "\nwant done, complete\n"
#define NO_KEY_EXCHANGE "want more, complete\ndetail: no key exchange after its identification\n"

static const struct machine_setup plain;

static void expect(const char *replies, const char *expected)
{
	talk_expect(protocol_of(PROTOCOL_SSH), &plain, replies, expected);
}

static void expect_built(struct strbuf *replies, const char *expected)
{
	talk_expect_text(protocol_of(PROTOCOL_SSH), &plain, replies, expected);
	strbuf_release(replies);
}

static void put_packet(struct strbuf *out, const void *payload, size_t len)
{
	unsigned padding = 4 + (8 - (4 + 1 + (unsigned)len + 4) % 8) % 8;

	put(out, 1 + len + padding, 4);
	put(out, padding, 1);
	strbuf_add(out, payload, len);
	strbuf_pad(out, 'p', padding);
}

static void put_list(struct strbuf *out, const char *names)
{
	put(out, strlen(names), 4);
	strbuf_puts(out, names);
}

/* Eight lists, then two of languages, first_kex_packet_follows, reserved. */
static void put_kexinit(struct strbuf *out, const char *const lists[8])
{
	struct strbuf payload = {0};

	put(&payload, 20, 1);
	strbuf_pad(&payload, 'c', 16);
	for (size_t i = 0; i < 8; i++)
		put_list(&payload, lists[i]);
	strbuf_pad(&payload, '\0', 13);
	put_packet(out, payload.text, payload.len);
	strbuf_release(&payload);
}

static const char *const debian_lists[8] = {"sntrup761x25519-sha512,curve25519-sha256,ext-info-s",
	"rsa-sha2-512,rsa-sha2-256,ssh-ed25519", "chacha20-poly1305@openssh.com,aes128-ctr",
	"chacha20-poly1305@openssh.com,aes128-ctr", "umac-64-etm@openssh.com,hmac-sha1",
	"umac-64-etm@openssh.com,hmac-sha1", "none,zlib@openssh.com", "none,zlib@openssh.com"};

static const char *const short_lists[8] = {"k", "h", "c", "c", "m", "m", "z", "z"};
#define SHORT_FACTS "kex=[k]\nhost_key=[h]\nciphers=[c]\nmacs=[m]\ncompression=[z]\n"

START_TEST(ssh_reads_identification_and_algorithms)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n");
	put_kexinit(&replies, debian_lists);
	expect_built(&replies,
		OURS FAREWELL "want done, complete\n"
			      "ident=SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\n"
			      "protocol=2.0\nsoftware=OpenSSH_9.2p1\ncomments=Debian-2+deb12u3\n"
			      "kex=[sntrup761x25519-sha512|curve25519-sha256|ext-info-s]\n"
			      "host_key=[rsa-sha2-512|rsa-sha2-256|ssh-ed25519]\n"
			      "ciphers=[chacha20-poly1305@openssh.com|aes128-ctr]\n"
			      "macs=[umac-64-etm@openssh.com|hmac-sha1]\n"
			      "compression=[none|zlib@openssh.com]\n");
}
END_TEST

/* The identification alone, with what it is made of. */
static void expect_ident(const char *ident, const char *facts)
{
	struct strbuf expected = {0}, replies = {0};

	strbuf_printf(&replies, "%s\r\n", ident);
	strbuf_printf(&expected, OURS "\n" NO_KEY_EXCHANGE "ident=%s\n%s", ident, facts);
	expect_built(&replies, expected.text);
	strbuf_release(&expected);
}

START_TEST(ssh_takes_the_identifications_of_many_servers_apart)
{
	expect_ident("SSH-2.0-OpenSSH_7.4", "protocol=2.0\nsoftware=OpenSSH_7.4\n");
	expect_ident("SSH-1.99-OpenSSH_3.9p1", "protocol=1.99\nsoftware=OpenSSH_3.9p1\n");
	expect_ident("SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10",
		"protocol=2.0\nsoftware=OpenSSH_8.9p1\ncomments=Ubuntu-3ubuntu0.10\n");
	expect_ident("SSH-2.0-OpenSSH_9.7 FreeBSD-20240701 x",
		"protocol=2.0\nsoftware=OpenSSH_9.7\ncomments=FreeBSD-20240701 x\n");
	expect_ident("SSH-2.0-OpenSSH_for_Windows_8.1",
		"protocol=2.0\nsoftware=OpenSSH_for_Windows_8.1\n");
	expect_ident("SSH-2.0-dropbear_2022.83", "protocol=2.0\nsoftware=dropbear_2022.83\n");
	expect_ident("SSH-2.0-libssh_0.9.6", "protocol=2.0\nsoftware=libssh_0.9.6\n");
	expect_ident("SSH-1.99-Cisco-1.25", "protocol=1.99\nsoftware=Cisco-1.25\n");
	expect_ident("SSH-2.0-ROSSSH", "protocol=2.0\nsoftware=ROSSSH\n");
	expect_ident("SSH-2.0-", "protocol=2.0\n");
	expect_ident("SSH-2.0", "protocol=2.0\n");
}
END_TEST

START_TEST(ssh_line_may_end_without_carriage_return)
{
	expect("SSH-2.0-x\n", OURS "\n" NO_KEY_EXCHANGE SERVER_FACTS);
}
END_TEST

/* Ours is not understood there, and nothing more is said unencrypted that could be read. */
START_TEST(ssh_of_protocol_1_is_done_at_once_and_not_answered)
{
	expect("SSH-1.5-1.2.27\r\n", "want done, complete\n"
				     "ident=SSH-1.5-1.2.27\nprotocol=1.5\nsoftware=1.2.27\n");
	expect("SSH-\r\n", "want done, complete\nident=SSH-\n");
	expect("SSH-2.00-x\r\n", "want done, complete\n"
				 "ident=SSH-2.00-x\nprotocol=2.00\nsoftware=x\n");
}
END_TEST

START_TEST(ssh_joins_what_the_two_directions_offer_in_order)
{
	static const char *const lists[8] = {
		"k,k", "h", "a,b,c", "b,d,a", "m", "n", "none", ",,zlib,none,"};
	struct strbuf replies = {0};

	strbuf_puts(&replies, SERVER);
	put_kexinit(&replies, lists);
	expect_built(&replies, OURS FAREWELL
		"want done, complete\n" SERVER_FACTS
		"kex=[k]\nhost_key=[h]\nciphers=[a|b|c|d]\nmacs=[m|n]\ncompression=[none|zlib]\n");
}
END_TEST

START_TEST(ssh_tells_empty_lists_as_nothing)
{
	static const char *const lists[8] = {"k", "", "", "", "", "", "", ""};
	struct strbuf replies = {0};

	strbuf_puts(&replies, SERVER);
	put_kexinit(&replies, lists);
	expect_built(&replies, OURS FAREWELL "want done, complete\n" SERVER_FACTS "kex=[k]\n");
}
END_TEST

START_TEST(ssh_passes_over_what_may_come_before_the_key_exchange)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, SERVER);
	put_packet(&replies, "\x02\0\0\0\3abc", 8);
	put_packet(&replies, "\x03\0\0\0\1", 5);
	put_packet(&replies, "\x04\1\0\0\0\2hi\0\0\0\0", 12);
	put_kexinit(&replies, short_lists);
	expect_built(&replies, OURS FAREWELL "want done, complete\n" SERVER_FACTS SHORT_FACTS);
}
END_TEST

START_TEST(ssh_does_not_expect_anything_else_there)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, SERVER);
	put_packet(&replies, "\x06\0\0\0\0", 5);
	put_kexinit(&replies, short_lists);
	expect_built(&replies,
		OURS IDENT_ALONE "detail: no key exchange after its identification\n" SERVER_FACTS);
}
END_TEST

static void expect_disconnect(const char *payload, size_t len, const char *detail)
{
	struct strbuf replies = {0}, expected = {0};

	strbuf_puts(&replies, SERVER);
	put_packet(&replies, payload, len);
	strbuf_printf(&expected, OURS IDENT_ALONE "detail: %s\n" SERVER_FACTS, detail);
	expect_built(&replies, expected.text);
	strbuf_release(&expected);
}

START_TEST(ssh_tells_why_it_was_disconnected)
{
	expect_disconnect(
		"\1\0\0\0\1\0\0\0\0\0\0\0\0", 13, "disconnected: host not allowed to connect");
	expect_disconnect(
		"\1\0\0\0\x0c\0\0\0\4full\0\0\0\0", 17, "disconnected: too many connections");
	expect_disconnect("\1\0\0\0\x0f", 5, "disconnected: illegal user name");
	expect_disconnect("\1\0\0\0\x10", 5, "disconnected without a known reason");
	expect_disconnect("\1\xff\xff\xff\xff", 5, "disconnected without a known reason");
	expect_disconnect("\1\0\0", 3, "disconnected without a known reason");
}
END_TEST

START_TEST(ssh_keeps_what_stands_before_the_identification)
{
	expect("Welcome!\r\n\r\nNo entry.\n" SERVER,
		OURS "\n" NO_KEY_EXCHANGE SERVER_FACTS "notices=[Welcome!||No entry.]\n");
	expect("220 SSH-2.0-x\r\n" SERVER,
		OURS "\n" NO_KEY_EXCHANGE SERVER_FACTS "notices=[220 SSH-2.0-x]\n");
}
END_TEST

START_TEST(ssh_allows_fifty_notices_and_not_one_more)
{
	struct strbuf replies = {0}, list = {0}, expected = {0};

	for (unsigned i = 0; i < 50; i++) {
		strbuf_puts(&replies, "n\r\n");
		strbuf_puts(&list, i ? "|n" : "n");
	}
	strbuf_puts(&replies, SERVER);
	strbuf_printf(
		&expected, OURS "\n" NO_KEY_EXCHANGE SERVER_FACTS "notices=[%s]\n", list.text);
	talk_expect_text(protocol_of(PROTOCOL_SSH), &plain, &replies, expected.text);
	replies.len = 150;
	strbuf_puts(&replies, "n\r\n" SERVER);
	strbuf_reset(&expected);
	strbuf_printf(&expected, "want mismatch\nnotices=[%s]\n", list.text);
	expect_built(&replies, expected.text);
	strbuf_release(&expected);
	strbuf_release(&list);
}
END_TEST

/* However much they say: there has to be room for what comes. */
START_TEST(ssh_cuts_notices_so_that_the_rest_finds_room)
{
	struct strbuf replies = {0}, expected = {0};

	strbuf_puts(&expected,
		OURS FAREWELL "want done, complete\n" SERVER_FACTS SHORT_FACTS "notices=[");
	for (unsigned i = 0; i < 50; i++) {
		strbuf_pad(&replies, 'n', 10000);
		strbuf_putc(&replies, '\n');
		strbuf_pad(&expected, 'n', 512);
		strbuf_puts(&expected, i < 49 ? "|" : "]\n");
	}
	strbuf_puts(&replies, SERVER);
	put_kexinit(&replies, short_lists);
	expect_built(&replies, expected.text);
	strbuf_release(&expected);
}
END_TEST

START_TEST(ssh_honours_the_limit_of_lines)
{
	struct machine_setup few = {.line_limit = 3};

	talk_expect(protocol_of(PROTOCOL_SSH), &few, "a\nb\nc\nd\ne\n" SERVER,
		"want done, over limit\nnotices=[a|b|c]\n");
}
END_TEST

START_TEST(ssh_of_another_protocol_is_a_mismatch_when_it_closes)
{
	expect("220 mail.example.net ESMTP\r\n",
		"want mismatch\nnotices=[220 mail.example.net ESMTP]\n");
	expect("HTTP/1.1 400 Bad Request\r\n\r\n",
		"want mismatch\nnotices=[HTTP/1.1 400 Bad Request|]\n");
	expect("no end of the line", "want mismatch\nnotices=[no end of the line]\n");
	expect("ssh-2.0-x\r\n", "want mismatch\nnotices=[ssh-2.0-x]\n");
}
END_TEST

START_TEST(ssh_that_turns_us_away_is_ssh_nevertheless)
{
	expect("Exceeded MaxStartups\r\n", "want more\ndetail: closed before its identification\n"
					   "notices=[Exceeded MaxStartups]\n");
	expect("Exceeded MaxStartups\r", "want more\ndetail: closed before its identification\n"
					 "notices=[Exceeded MaxStartups]\n");
	expect("Not allowed at this time\r\n",
		"want more\ndetail: closed before its identification\n"
		"notices=[Not allowed at this time]\n");
}
END_TEST

START_TEST(ssh_that_says_nothing_is_nothing)
{
	expect("", "want more\n");
}
END_TEST

START_TEST(ssh_identification_may_lack_its_end)
{
	expect("SSH-2.0-x",
		"want more, complete\ndetail: its identification has no end\n" SERVER_FACTS);
	expect("SSH-2.0-x\r",
		"want more, complete\ndetail: its identification has no end\n" SERVER_FACTS);
}
END_TEST

START_TEST(ssh_cuts_an_identification_that_is_too_long)
{
	for (size_t len = 255; len <= 20000; len += len == 255 ? 1 : 9872) {
		struct strbuf replies = {0}, expected = {0};

		strbuf_puts(&replies, "SSH-2.0-");
		strbuf_pad(&replies, 'x', len - 8);
		strbuf_puts(&replies, "\r\n");
		put_kexinit(&replies, short_lists);
		strbuf_printf(&expected, OURS FAREWELL "want done, complete\n%sident=SSH-2.0-",
			len > 255 ? "detail: its identification is longer than 255 bytes\n" : "");
		strbuf_pad(&expected, 'x', 255 - 8);
		strbuf_puts(&expected, "\nprotocol=2.0\nsoftware=");
		strbuf_pad(&expected, 'x', 255 - 8);
		strbuf_puts(&expected, "\n" SHORT_FACTS);
		expect_built(&replies, expected.text);
		strbuf_release(&expected);
	}
}
END_TEST

START_TEST(ssh_text_in_the_place_of_packets_ends_it)
{
	expect(SERVER "Protocol mismatch.\n",
		OURS IDENT_ALONE "detail: no packet after its identification\n" SERVER_FACTS);
}
END_TEST

static void expect_sizes(uint32_t size, uint8_t padding, bool packet)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, SERVER);
	put(&replies, size, 4);
	put(&replies, padding, 1);
	put(&replies, 2, 1);
	expect_built(&replies, packet ? OURS "\n" NO_KEY_EXCHANGE SERVER_FACTS
				      : OURS IDENT_ALONE
				       "detail: no packet after its identification\n" SERVER_FACTS);
}

START_TEST(ssh_rejects_packets_whose_lengths_lie)
{
	expect_sizes(0, 0, false);
	expect_sizes(1, 0, false);
	expect_sizes(2, 0, true);
	expect_sizes(12, 10, true);
	expect_sizes(12, 11, false);
	expect_sizes(12, 255, false);
	expect_sizes(34996, 4, true);
	expect_sizes(34997, 4, false);
	expect_sizes(UINT32_MAX, 4, false);
	expect_sizes(UINT32_MAX - 3, 4, false);
}
END_TEST

START_TEST(ssh_rejects_a_key_exchange_whose_lists_lie)
{
	static const uint32_t sizes[] = {5, 255, 65536, INT32_MAX, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct strbuf replies = {0}, payload = {0};

		put(&payload, 20, 1);
		strbuf_pad(&payload, 'c', 16);
		for (unsigned list = 0; list < 7; list++)
			put_list(&payload, "abc");
		put(&payload, sizes[i], 4);
		strbuf_puts(&payload, "none");
		strbuf_puts(&replies, SERVER);
		put_packet(&replies, payload.text, payload.len);
		strbuf_release(&payload);
		expect_built(&replies,
			OURS IDENT_ALONE "detail: its key exchange is malformed\n" SERVER_FACTS);
	}
}
END_TEST

START_TEST(ssh_that_stops_anywhere_has_its_identification)
{
	struct strbuf replies = {0};
	size_t packet = strlen(SERVER);

	strbuf_puts(&replies, SERVER);
	put_kexinit(&replies, short_lists);
	for (size_t len = packet; len < replies.len; len++)
		talk_expect_bytes(protocol_of(PROTOCOL_SSH), &plain, replies.text, len,
			OURS "\n" NO_KEY_EXCHANGE SERVER_FACTS);
	strbuf_release(&replies);
}
END_TEST

START_TEST(ssh_bytes_of_any_value_stay_what_they_are)
{
	static const char hostile[] = "a\0b\x1b[2J\xff\n"
				      "SSH-2.0-\0\x1b]0;x\x07\xc3( \xe2\x80\xae\r\r\n";

	talk_expect_bytes(protocol_of(PROTOCOL_SSH), &plain, hostile, sizeof hostile - 1,
		OURS "\n" NO_KEY_EXCHANGE
		     "ident=SSH-2.0-\\x00\\x1b]0;x\\x07\\xc3( \\xe2\\x80\\xae\\r\n"
		     "protocol=2.0\nsoftware=\\x00\\x1b]0;x\\x07\\xc3(\n"
		     "comments=\\xe2\\x80\\xae\\r\nnotices=[a\\x00b\\x1b[2J\\xff]\n");
}
END_TEST

START_TEST(ssh_names_without_end_are_bounded)
{
	struct strbuf replies = {0}, expected = {0}, names = {0};
	const char *lists[8] = {"", "", "", "", "", "", "", ""};

	strbuf_puts(&expected, OURS FAREWELL "want done, complete\n" SERVER_FACTS "kex=[");
	for (unsigned i = 0; i < 5000; i++) {
		strbuf_printf(&names, "%u,", i);
		if (i < FACTS_ITEMS_MAX)
			strbuf_printf(&expected, "%s%u", i ? "|" : "", i);
	}
	strbuf_puts(&expected, "]\n");
	lists[0] = names.text;
	strbuf_puts(&replies, SERVER);
	put_kexinit(&replies, lists);
	expect_built(&replies, expected.text);
	strbuf_release(&expected);
	strbuf_release(&names);
}
END_TEST

START_TEST(ssh_headline_is_the_identification)
{
	static const char debian[] = "hello\nSSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";

	headline_expect(protocol_of(PROTOCOL_SSH), &plain, debian, sizeof debian - 1,
		"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3");
	headline_expect(protocol_of(PROTOCOL_SSH), &plain, "x\n", 2, "");
}
END_TEST

UNIT_MAIN("banner/ssh", ssh_reads_identification_and_algorithms,
	ssh_takes_the_identifications_of_many_servers_apart,
	ssh_line_may_end_without_carriage_return,
	ssh_of_protocol_1_is_done_at_once_and_not_answered,
	ssh_joins_what_the_two_directions_offer_in_order, ssh_tells_empty_lists_as_nothing,
	ssh_passes_over_what_may_come_before_the_key_exchange,
	ssh_does_not_expect_anything_else_there, ssh_tells_why_it_was_disconnected,
	ssh_keeps_what_stands_before_the_identification, ssh_allows_fifty_notices_and_not_one_more,
	ssh_cuts_notices_so_that_the_rest_finds_room, ssh_honours_the_limit_of_lines,
	ssh_of_another_protocol_is_a_mismatch_when_it_closes,
	ssh_that_turns_us_away_is_ssh_nevertheless, ssh_that_says_nothing_is_nothing,
	ssh_identification_may_lack_its_end, ssh_cuts_an_identification_that_is_too_long,
	ssh_text_in_the_place_of_packets_ends_it, ssh_rejects_packets_whose_lengths_lie,
	ssh_rejects_a_key_exchange_whose_lists_lie, ssh_that_stops_anywhere_has_its_identification,
	ssh_bytes_of_any_value_stay_what_they_are, ssh_names_without_end_are_bounded,
	ssh_headline_is_the_identification)
