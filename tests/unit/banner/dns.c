/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/machine.h"

#include "netprobe/base/mem.h"

#include "../unit.h"
#include "binary.h"

#define QUERY                                                                                      \
	"> \\x00\\x1eNP\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x07version\\x04bind"    \
	"\\x00\\x00\\x10\\x00\\x03\n"
#define MALFORMED "want done, complete\ndetail: its answer is malformed\n"

enum { ID = 0x4e50, QR = 0x8000, AA = 0x400, RA = 0x80, TXT = 16, NS = 2, SOA = 6, CH = 3, IN = 1 };

/* Of the question, which stands behind the header. */
static const uint16_t POINTER = 0xc00c;

static const struct machine_setup plain;

static void put_header(struct strbuf *out, uint16_t flags, uint16_t questions, uint16_t answers)
{
	put(out, ID, 2);
	put(out, flags, 2);
	put(out, questions, 2);
	put(out, answers, 2);
	put(out, 0, 4);
}

static void put_question(struct strbuf *out)
{
	strbuf_add(out, "\7version\4bind\0\0\x10\0\3", 18);
}

static void put_record(
	struct strbuf *out, uint16_t type, uint16_t class, const void *data, size_t len)
{
	put(out, POINTER, 2);
	put(out, type, 2);
	put(out, class, 2);
	put(out, 0, 4);
	put(out, len, 2);
	strbuf_add(out, data, len);
}

static void expect_message(struct strbuf *message, const char *expected)
{
	struct strbuf replies = {0}, told = {0};

	put(&replies, message->len, 2);
	strbuf_add(&replies, message->text, message->len);
	strbuf_printf(&told, QUERY "%s", expected);
	talk_expect_text(protocol_of(PROTOCOL_DNS), &plain, &replies, told.text);
	strbuf_release(&replies);
	strbuf_release(&told);
	strbuf_release(message);
}

/* Header, question and one TXT CH. */
static void expect_version(uint16_t flags, const char *data, size_t len, const char *expected)
{
	struct strbuf message = {0};

	put_header(&message, QR | flags, 1, 1);
	put_question(&message);
	put_record(&message, TXT, CH, data, len);
	expect_message(&message, expected);
}

static void expect_bytes(const char *replies, size_t len, const char *expected)
{
	talk_expect_bytes(protocol_of(PROTOCOL_DNS), &plain, replies, len, expected);
}

START_TEST(dns_bind_tells_its_version)
{
	expect_version(AA,
		"\x10"
		"9.18.24-1-Debian",
		17,
		"want done, complete\nrcode=NOERROR\nversion=9.18.24-1-Debian\n"
		"authoritative=yes\nrecursion=no\n");
}
END_TEST

START_TEST(dns_servers_of_many_kinds)
{
	expect_version(AA | RA,
		"\x0c"
		"dnsmasq-2.90",
		13,
		"want done, complete\nrcode=NOERROR\nversion=dnsmasq-2.90\n"
		"authoritative=yes\nrecursion=yes\n");
	expect_version(RA,
		"\x0e"
		"unbound 1.17.1",
		15,
		"want done, complete\nrcode=NOERROR\nversion=unbound 1.17.1\n"
		"authoritative=no\nrecursion=yes\n");
	expect_version(0,
		"\x09"
		"NSD 4.8.0",
		10,
		"want done, complete\nrcode=NOERROR\nversion=NSD 4.8.0\n"
		"authoritative=no\nrecursion=no\n");
}
END_TEST

START_TEST(dns_refusal_is_an_answer)
{
	struct strbuf message = {0};

	put_header(&message, QR | RA | 5, 1, 0);
	put_question(&message);
	expect_message(
		&message, "want done, complete\nrcode=REFUSED\nauthoritative=no\nrecursion=yes\n");
}
END_TEST

START_TEST(dns_answer_need_not_repeat_the_question)
{
	struct strbuf message = {0};

	put_header(&message, QR | 4, 0, 0);
	expect_message(
		&message, "want done, complete\nrcode=NOTIMP\nauthoritative=no\nrecursion=no\n");
}
END_TEST

START_TEST(dns_names_every_rcode)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI",
		"RCODE12", "RCODE13", "RCODE14", "RCODE15"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct strbuf message = {0}, expected = {0};

		put_header(&message, (uint16_t)(QR | i), 0, 0);
		strbuf_printf(&expected,
			"want done, complete\nrcode=%s\nauthoritative=no\nrecursion=no\n",
			names[i]);
		expect_message(&message, expected.text);
		strbuf_release(&expected);
	}
}
END_TEST

START_TEST(dns_strings_of_a_text_are_joined)
{
	expect_version(0, "\4Powe\4rDNS\0\1 \0034.8", 17,
		"want done, complete\nrcode=NOERROR\nversion=PowerDNS 4.8\n"
		"authoritative=no\nrecursion=no\n");
	expect_version(0, "\0", 1,
		"want done, complete\nrcode=NOERROR\nversion=\n"
		"authoritative=no\nrecursion=no\n");
	expect_version(0, "", 0,
		"want done, complete\nrcode=NOERROR\nversion=\n"
		"authoritative=no\nrecursion=no\n");
}
END_TEST

START_TEST(dns_version_is_the_first_text_of_the_chaos)
{
	struct strbuf message = {0};

	put_header(&message, QR, 1, 5);
	put_question(&message);
	put_record(&message, NS, CH, "\xc0\x0c", 2);
	put_record(&message, TXT, IN, "\2no", 3);
	put_record(&message, SOA, CH, "", 0);
	put_record(&message, TXT, CH, "\3yes", 4);
	put_record(&message, TXT, CH, "\4late", 5);
	expect_message(&message, "want done, complete\nrcode=NOERROR\nversion=yes\n"
				 "authoritative=no\nrecursion=no\n");
}
END_TEST

START_TEST(dns_answer_without_a_text_has_no_version)
{
	struct strbuf message = {0};

	put_header(&message, QR, 1, 1);
	put_question(&message);
	put_record(&message, TXT, IN, "\2no", 3);
	expect_message(
		&message, "want done, complete\nrcode=NOERROR\nauthoritative=no\nrecursion=no\n");
}
END_TEST

static void expect_first_bytes(uint16_t size, uint16_t id, uint16_t flags, const char *expected)
{
	struct strbuf replies = {0}, told = {0};

	put(&replies, size, 2);
	put(&replies, id, 2);
	put(&replies, flags, 2);
	strbuf_printf(&told, QUERY "%s", expected);
	talk_expect_text(protocol_of(PROTOCOL_DNS), &plain, &replies, told.text);
	strbuf_release(&replies);
	strbuf_release(&told);
}

START_TEST(dns_reply_has_to_be_one_to_our_query)
{
	expect_first_bytes(12, ID, QR, "want more\n");
	expect_first_bytes(12, ID ^ 1, QR, "want mismatch\n");
	expect_first_bytes(12, ID ^ 0x100, QR, "want mismatch\n");
	expect_first_bytes(12, ID, 0, "want mismatch\n");
	expect_first_bytes(12, ID, 0x7fff, "want mismatch\n");
}
END_TEST

START_TEST(dns_length_that_is_not_that_of_a_message_is_a_mismatch)
{
	expect_first_bytes(0, ID, QR, "want mismatch\n");
	expect_first_bytes(11, ID, QR, "want mismatch\n");
	expect_first_bytes(65535, ID, QR, "want more\n");
}
END_TEST

START_TEST(dns_is_not_what_answers_in_other_words)
{
	static const char *const others[] = {"HTTP/1.1 400 Bad Request\r\n",
		"220 mail.example.net ESMTP\r\n", "SSH-2.0-x\r\n", "-ERR\r\n",
		"\x15\x03\x03\xff\x02"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		expect_bytes(others[i], strlen(others[i]) + 1, QUERY "want mismatch\n");
}
END_TEST

/* Header, one answer whose name is these bytes; then a TXT CH with "v". */
static void expect_name(const char *name, size_t len, bool sound)
{
	struct strbuf message = {0};

	put_header(&message, QR, 0, 1);
	strbuf_add(&message, name, len);
	strbuf_add(&message, "\0\x10\0\3\0\0\0\0\0\2\1v", 12);
	expect_message(&message, sound ? "want done, complete\nrcode=NOERROR\nversion=v\n"
					 "authoritative=no\nrecursion=no\n"
				       : MALFORMED
					 "rcode=NOERROR\nauthoritative=no\nrecursion=no\n");
}

START_TEST(dns_pointers_go_nowhere)
{
	expect_name("\xc0\x0c", 2, true);      /* to itself */
	expect_name("\xff\xff", 2, true);      /* beyond the message */
	expect_name("\3abc\xc0\x0c", 6, true); /* to what holds it */
	expect_name("\0", 1, true);            /* the root */
}
END_TEST

/* Neither a label nor a pointer, though there are as many bytes as a label would have. */
START_TEST(dns_knows_no_other_kinds_of_labels)
{
	static const uint8_t kinds[] = {0x40, 0x41, 0x80, 0xbf};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct strbuf name = {0};

		put(&name, kinds[i], 1);
		strbuf_pad(&name, 'a', kinds[i]);
		put(&name, 0, 1);
		expect_name(name.text, name.len, false);
		strbuf_release(&name);
	}
}
END_TEST

START_TEST(dns_names_are_bounded)
{
	struct strbuf name = {0};

	for (unsigned i = 0; i < 127; i++)
		strbuf_add(&name, "\1a", 2);
	strbuf_putc(&name, '\0');
	expect_name(name.text, name.len, true); /* 255 bytes */
	name.len--;
	strbuf_add(&name, "\1a\0", 3);
	expect_name(name.text, name.len, false);
	strbuf_release(&name);
}
END_TEST

START_TEST(dns_counts_and_lengths_may_lie)
{
	struct strbuf message = {0};

	put_header(&message, QR, 65535, 65535);
	put_question(&message);
	expect_message(&message, MALFORMED "rcode=NOERROR\nauthoritative=no\nrecursion=no\n");
	put_header(&message, QR, 1, 65535);
	put_question(&message);
	expect_message(&message, MALFORMED "rcode=NOERROR\nauthoritative=no\nrecursion=no\n");
	put_header(&message, QR, 1, 65535);
	put_question(&message);
	put_record(&message, TXT, CH, "\1v", 2); /* it is not looked for more */
	expect_message(&message, "want done, complete\nrcode=NOERROR\nversion=v\n"
				 "authoritative=no\nrecursion=no\n");
	expect_version(0, "\2v", 2, MALFORMED "rcode=NOERROR\nauthoritative=no\nrecursion=no\n");
	expect_version(
		0, "\1v\xff", 3, MALFORMED "rcode=NOERROR\nauthoritative=no\nrecursion=no\n");
}
END_TEST

/* The message says that it is whole, and is cut within. */
START_TEST(dns_answer_that_is_cut_keeps_its_header)
{
	struct strbuf all = {0};

	put_header(&all, QR | AA, 1, 1);
	put_question(&all);
	put_record(&all, TXT, CH, "\3yes", 4);
	for (size_t len = 12; len < all.len; len++) {
		struct strbuf message = {0};

		strbuf_add(&message, all.text, len);
		expect_message(
			&message, MALFORMED "rcode=NOERROR\nauthoritative=yes\nrecursion=no\n");
	}
	strbuf_release(&all);
}
END_TEST

START_TEST(dns_that_stops_anywhere_is_not_complete)
{
	struct strbuf all = {0};

	put(&all, 12 + 18 + 12 + 4, 2);
	put_header(&all, QR, 1, 1);
	put_question(&all);
	put_record(&all, TXT, CH, "\3yes", 4);
	for (size_t len = 0; len < all.len; len++)
		expect_bytes(all.text, len, QUERY "want more\n");
	strbuf_release(&all);
}
END_TEST

START_TEST(dns_bytes_of_any_value_stay_what_they_are)
{
	expect_version(0, "\x0b\0\x1b[2J\xff\xe2\x80\xae\n\\", 12,
		"want done, complete\nrcode=NOERROR\n"
		"version=\\x00\\x1b[2J\\xff\\xe2\\x80\\xae\\n\\\\\n"
		"authoritative=no\nrecursion=no\n");
}
END_TEST

static void expect_headline(uint16_t flags, const char *data, size_t len, const char *expected)
{
	struct strbuf replies = {0};

	put(&replies, 12 + 18 + 12 + len, 2);
	put_header(&replies, QR | flags, 1, 1);
	put_question(&replies);
	put_record(&replies, TXT, CH, data, len);
	headline_expect(protocol_of(PROTOCOL_DNS), &plain, replies.text, replies.len, expected);
	strbuf_release(&replies);
}

START_TEST(dns_headline_is_the_version_or_the_rcode)
{
	expect_headline(0, "\4v9.1", 5, "v9.1");
	expect_headline(0, "\0", 1, "NOERROR");
	expect_headline(5, "\1", 1, "REFUSED");
	headline_expect(protocol_of(PROTOCOL_DNS), &plain, "", 0, "");
}
END_TEST

UNIT_MAIN("banner/dns", dns_bind_tells_its_version, dns_servers_of_many_kinds,
	dns_refusal_is_an_answer, dns_answer_need_not_repeat_the_question, dns_names_every_rcode,
	dns_strings_of_a_text_are_joined, dns_version_is_the_first_text_of_the_chaos,
	dns_answer_without_a_text_has_no_version, dns_reply_has_to_be_one_to_our_query,
	dns_length_that_is_not_that_of_a_message_is_a_mismatch,
	dns_is_not_what_answers_in_other_words, dns_pointers_go_nowhere,
	dns_knows_no_other_kinds_of_labels, dns_names_are_bounded, dns_counts_and_lengths_may_lie,
	dns_answer_that_is_cut_keeps_its_header, dns_that_stops_anywhere_is_not_complete,
	dns_bytes_of_any_value_stay_what_they_are, dns_headline_is_the_version_or_the_rcode)
