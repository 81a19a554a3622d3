/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/protocols.h"

#include "../unit.h"

#include "netprobe/base/mem.h"

#include <string.h>

struct verdict {
	enum protocol_id id, second;
	bool more;
};

static struct verdict judge(const char *bytes, size_t len)
{
	struct verdict v;

	v.id = protocol_recognise(bytes, len, &v.more, &v.second);
	if (v.more) {
		ck_assert_int_eq(v.id, PROTOCOL_UNKNOWN);
		ck_assert_int_eq(v.second, PROTOCOL_UNKNOWN);
	}
	return v;
}

/* The whole gives `id` and `second`, at the byte `needed` for the first time, and no beginning says
 * anything else. */
static void decides(
	const char *bytes, size_t len, size_t needed, enum protocol_id id, enum protocol_id second)
{
	for (size_t n = 0; n <= len; n++) {
		struct verdict v = judge(bytes, n);

		ck_assert_msg(v.more == (n < needed), "more at %zu of %s", n, bytes);
		if (v.more)
			continue;
		ck_assert_msg(v.id == id, "%s at %zu of %s", protocol_name(v.id), n, bytes);
		ck_assert_msg(v.second == second, "%s instead at %zu of %s",
			protocol_name(v.second), n, bytes);
	}
}

#define DECIDES(bytes, needed, id) decides(bytes, sizeof(bytes) - 1, needed, id, PROTOCOL_UNKNOWN)
#define WHOLE(bytes, id)           decides(bytes, sizeof(bytes) - 1, sizeof(bytes) - 1, id, PROTOCOL_UNKNOWN)
#define EITHER(bytes, id, second)  decides(bytes, sizeof(bytes) - 1, sizeof(bytes) - 1, id, second)

START_TEST(recognise_knows_fixed_words)
{
	DECIDES("SSH-2.0-OpenSSH_9.2p1\r\n", 4, PROTOCOL_SSH);
	DECIDES("SSH-1.99-Cisco-1.25\n", 4, PROTOCOL_SSH);
	DECIDES("HTTP/1.1 400 Bad Request\r\n", 5, PROTOCOL_HTTP);
	DECIDES("+OK POP3 ready <1896.697@mail.example.net>\r\n", 4, PROTOCOL_POP3);
	DECIDES("+OK\r\n", 4, PROTOCOL_POP3);
	DECIDES("* OK [CAPABILITY IMAP4rev1] ready\r\n", 5, PROTOCOL_IMAP);
	DECIDES("* PREAUTH ready\r\n", 10, PROTOCOL_IMAP);
	DECIDES("* BYE overloaded\r\n", 6, PROTOCOL_IMAP);
	DECIDES("+PONG\r\n", 6, PROTOCOL_REDIS);
	DECIDES("-DENIED Redis is running in protected mode\r\n", 8, PROTOCOL_REDIS);
	DECIDES("-NOAUTH Authentication required.\r\n", 8, PROTOCOL_REDIS);
	DECIDES("-ERR unknown command 'HEAD'\r\n", 20, PROTOCOL_REDIS);
	DECIDES("-ERR max number of clients reached\r\n", 26, PROTOCOL_REDIS);
}
END_TEST

START_TEST(recognise_needs_the_end_of_a_word)
{
	DECIDES("+OKAY\r\n", 4, PROTOCOL_UNKNOWN);
	DECIDES("* OKAY\r\n", 5, PROTOCOL_UNKNOWN);
	DECIDES("-DENIEDX", 8, PROTOCOL_UNKNOWN);
	DECIDES("2200 welcome\r\n", 4, PROTOCOL_UNKNOWN);
	DECIDES("SSH2-", 4, PROTOCOL_UNKNOWN);
	DECIDES("ssh-2.0", 2, PROTOCOL_UNKNOWN);
	DECIDES("-ERR [AUTH] no such user\r\n", 6, PROTOCOL_UNKNOWN);
}
END_TEST

START_TEST(recognise_tells_smtp_by_its_words)
{
	WHOLE("220 mx.example.net ESMTP Postfix (Debian)\r\n", PROTOCOL_SMTP);
	WHOLE("220 mx.example.net Microsoft ESMTP MAIL Service ready\r\n", PROTOCOL_SMTP);
	WHOLE("220 mx.example.net Sendmail ready\n", PROTOCOL_SMTP);
	WHOLE("220 mx.example.net LMTP\r\n", PROTOCOL_SMTP);
	WHOLE("220 ftp.example.net ESMTP\r\n", PROTOCOL_SMTP);
	WHOLE("421 mx.example.net ESMTP too busy\r\n", PROTOCOL_SMTP);
}
END_TEST

START_TEST(recognise_tells_ftp_by_its_words)
{
	WHOLE("220 (vsFTPd 3.0.3)\r\n", PROTOCOL_FTP);
	WHOLE("220 ProFTPD 1.3.8 Server (files) [192.0.2.1]\r\n", PROTOCOL_FTP);
	WHOLE("220 Microsoft FTP Service\r\n", PROTOCOL_FTP);
	WHOLE("220-FileZilla Server 1.7.0\r\n", PROTOCOL_FTP);
	WHOLE("220 mail.example.net FTP server ready.\r\n", PROTOCOL_FTP);
	WHOLE("220 192.0.2.1 FTP server ready\r\n", PROTOCOL_FTP);
	WHOLE("421 Too many connections (FTP)\r\n", PROTOCOL_FTP);
}
END_TEST

START_TEST(recognise_leaves_a_bare_220_open)
{
	EITHER("220 mx.example.net\r\n", PROTOCOL_SMTP, PROTOCOL_FTP);
	EITHER("220 \r\n", PROTOCOL_SMTP, PROTOCOL_FTP);
	EITHER("220\r\n", PROTOCOL_SMTP, PROTOCOL_FTP);
	EITHER("220\n", PROTOCOL_SMTP, PROTOCOL_FTP);
	EITHER("421 Service not available\r\n", PROTOCOL_SMTP, PROTOCOL_FTP);
	EITHER("554 No service\r\n", PROTOCOL_SMTP, PROTOCOL_FTP);
}
END_TEST

START_TEST(recognise_takes_the_name_of_the_host_for_a_hint)
{
	EITHER("220 ftp.example.net ready\r\n", PROTOCOL_FTP, PROTOCOL_SMTP);
	EITHER("220 mail.example.net ready\r\n", PROTOCOL_SMTP, PROTOCOL_FTP);
}
END_TEST

START_TEST(recognise_reads_on_in_a_reply_of_many_lines)
{
	WHOLE("220-Welcome\r\n220-to the archive\r\n220-Pure-FTPd [privsep]\r\n", PROTOCOL_FTP);
	WHOLE("220-mx.example.net ESMTP Exim 4.97\r\n", PROTOCOL_SMTP);
	WHOLE("220-Welcome\r\n free text\r\n220 mx.example.net ESMTP\r\n", PROTOCOL_SMTP);
	EITHER("220-Welcome\r\n220-\r\n220 bye\r\n", PROTOCOL_SMTP, PROTOCOL_FTP);
}
END_TEST

/* What was decided by a line stays, whatever the next one says. */
START_TEST(recognise_decides_by_the_first_line_that_tells)
{
	static const char smtp[] = "220-mx.example.net ESMTP\r\n220 no FTP here\r\n";

	decides(smtp, sizeof smtp - 1, strlen("220-mx.example.net ESMTP\r\n"), PROTOCOL_SMTP,
		PROTOCOL_UNKNOWN);
}
END_TEST

START_TEST(recognise_gives_up_on_a_greeting_without_end)
{
	enum { ENOUGH = 2048 };
	char line[3 * ENOUGH] = "220 ";

	memset(line + 4, 'x', sizeof line - 4);
	memcpy(line + ENOUGH, " FTP\r\n", 6);
	decides(line, sizeof line, ENOUGH, PROTOCOL_SMTP, PROTOCOL_FTP);
	for (size_t at = 0; at + 5 < sizeof line; at += 5)
		memcpy(line + at, "220-\n", 5);
	decides(line, sizeof line, ENOUGH, PROTOCOL_SMTP, PROTOCOL_FTP);
	memset(line, '\n', sizeof line); /* the last byte that is looked at ends a line */
	memcpy(line, "220-", 4);
	decides(line, sizeof line, ENOUGH, PROTOCOL_SMTP, PROTOCOL_FTP);
}
END_TEST

START_TEST(recognise_knows_tls_records)
{
	DECIDES("\x15\x03\x03\0\x02\x02\x46", 3, PROTOCOL_TLS);
	DECIDES("\x16\x03\x01\x02\0\x01", 3, PROTOCOL_TLS);
	DECIDES("\x15\x03\0\0\x02\x02\x28", 3, PROTOCOL_TLS);
	DECIDES("\x16\x04\x01", 3, PROTOCOL_UNKNOWN);
	DECIDES("\x15\x03\x09", 3, PROTOCOL_UNKNOWN);
}
END_TEST

START_TEST(recognise_knows_mysql_greetings)
{
	DECIDES("\x4a\0\0\0\x0a"
		"8.0.36\0\x08\0\0\0",
		12, PROTOCOL_MYSQL);
	DECIDES("\x5b\0\0\0\x0a"
		"5.5.5-10.11.6-MariaDB\0\x08",
		27, PROTOCOL_MYSQL);
	DECIDES("\x45\0\0\0\xff\x6a\x04Host 'a' is not allowed", 8, PROTOCOL_MYSQL);
	DECIDES("\x45\0\0\0\xff\x10\x04#08004Too many connections", 8, PROTOCOL_MYSQL);
}
END_TEST

START_TEST(recognise_is_strict_with_mysql)
{
	DECIDES("\x4a\0\0\x01\x0a"
		"8.0.36\0",
		4, PROTOCOL_UNKNOWN); /* not the first packet */
	DECIDES("\x4a\0\x01\0\x0a"
		"8.0.36\0",
		3, PROTOCOL_UNKNOWN); /* 64 KiB */
	DECIDES("\x4a\0\0\0\x0b"
		"8.0.36\0",
		5, PROTOCOL_UNKNOWN);                           /* protocol 11 */
	DECIDES("\x4a\0\0\0\x0a\0\x08\0", 6, PROTOCOL_UNKNOWN); /* no version */
	DECIDES("\x4a\0\0\0\x0a"
		"8.0\x01\0",
		9, PROTOCOL_UNKNOWN); /* not printable */
	DECIDES("\x04\0\0\0\x0a"
		"8.0.36\0",
		8, PROTOCOL_UNKNOWN); /* ends before it does */
	DECIDES("\0\0\0\0\x0a"
		"8.0.36\0",
		5, PROTOCOL_UNKNOWN);                           /* empty */
	DECIDES("\x45\0\0\0\xff\x01\0no", 8, PROTOCOL_UNKNOWN); /* no such error */
	DECIDES("\x03\0\0\0\xff\x6a\x04", 5, PROTOCOL_UNKNOWN); /* without a text */
}
END_TEST

START_TEST(recognise_knows_telnet_by_its_first_command)
{
	DECIDES("\xff\xfd\x18\xff\xfd\x20", 2, PROTOCOL_TELNET);
	DECIDES("\xff\xfb\x01", 2, PROTOCOL_TELNET);
	DECIDES("\xff\xff", 2, PROTOCOL_UNKNOWN);
	DECIDES("\xff\xfa", 2, PROTOCOL_UNKNOWN);
}
END_TEST

/* One byte could be the length of a MySQL packet. */
START_TEST(recognise_says_nothing_of_what_it_does_not_know)
{
	DECIDES("<html><title>old</title></html>", 2, PROTOCOL_UNKNOWN);
	DECIDES("<!DOCTYPE html>", 2, PROTOCOL_UNKNOWN);
	DECIDES("RFB 003.008\n", 2, PROTOCOL_UNKNOWN);
	DECIDES("\r\nlogin: ", 3, PROTOCOL_UNKNOWN);
	DECIDES("ICY 200 OK\r\n", 2, PROTOCOL_UNKNOWN);
}
END_TEST

UNIT_MAIN("banner/recognise", recognise_knows_fixed_words, recognise_needs_the_end_of_a_word,
	recognise_tells_smtp_by_its_words, recognise_tells_ftp_by_its_words,
	recognise_leaves_a_bare_220_open, recognise_takes_the_name_of_the_host_for_a_hint,
	recognise_reads_on_in_a_reply_of_many_lines, recognise_decides_by_the_first_line_that_tells,
	recognise_gives_up_on_a_greeting_without_end, recognise_knows_tls_records,
	recognise_knows_mysql_greetings, recognise_is_strict_with_mysql,
	recognise_knows_telnet_by_its_first_command,
	recognise_says_nothing_of_what_it_does_not_know)
