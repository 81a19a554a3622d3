/* SPDX-License-Identifier: MIT */
#include "../../../src/banner/machines.h"
#include "../unit.h"
#include "talk_check.h"

#include "netprobe/base/mem.h"

#define ASKED(method, path, host)                                                                  \
	"> " method " " path " HTTP/1.1\\r\\nHost: " host                                          \
	"\\r\\nUser-Agent: netprobe/" NETPROBE_VERSION "\\r\\nAccept: */*\\r\\n"                   \
	"Accept-Encoding: identity\\r\\nConnection: close\\r\\n\\r\\n\n"
#define HEAD        ASKED("HEAD", "/", "www.example.net")
#define GET         ASKED("GET", "/", "www.example.net")
#define OK_BY(name) "HTTP/1.1 200 OK\r\nServer: " name "\r\n"
#define PAGE        "HTTP/1.0 200 OK\r\n\r\n"
#define PAGE_TOLD   "status=200\nreason=OK\nversion=1.0\n"

static struct machine_setup by_name(uint16_t port)
{
	struct machine_setup setup = {.name = "www.example.net"};

	addr_parse("192.0.2.7", 9, &setup.peer);
	setup.peer.port = port;
	return setup;
}

static struct machine_setup page(void)
{
	struct machine_setup setup = by_name(80);

	setup.get = true;
	return setup;
}

static void expect(const char *replies, const char *expected)
{
	struct machine_setup setup = by_name(80);

	talk_expect(&protocol_http, &setup, replies, expected);
}

static void expect_page(const char *replies, const char *expected)
{
	struct machine_setup setup = page();

	talk_expect(&protocol_http, &setup, replies, expected);
}

static void expect_buffer(bool get, const struct strbuf *replies, const char *expected)
{
	struct machine_setup setup = get ? page() : by_name(80);

	talk_expect_bytes(&protocol_http, &setup, replies->text, replies->len, expected);
}

/* What a page is called, in the body of a plain answer. */
static void expect_title(const char *body, const char *title)
{
	struct strbuf replies = {0}, expected = {0};
	bool closed = strcmp(title, "none") == 0;

	strbuf_printf(&replies, PAGE "%s", body);
	strbuf_puts(&expected, GET);
	strbuf_puts(&expected, closed ? "want more, complete\n" : "want done, complete\n");
	strbuf_puts(&expected, PAGE_TOLD);
	if (!closed && *title)
		strbuf_printf(&expected, "title=%s\n", title);
	expect_page(replies.text, expected.text);
	strbuf_release(&replies);
	strbuf_release(&expected);
}

static void expect_request(const struct machine_setup *setup, const char *words)
{
	struct machine *m = machine_new(&protocol_http, setup);
	struct strbuf said = {0};

	machine_start(m);
	text_escape(&said, m->say.text, m->say.len);
	ck_assert_msg(strncmp(said.text, words, strlen(words)) == 0, "%s", said.text);
	strbuf_release(&said);
	machine_free(m);
}

START_TEST(http_asks_with_head)
{
	expect("HTTP/1.1 200 OK\r\n\r\n",
		HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.1\n");
}
END_TEST

START_TEST(http_names_the_host_as_the_url_does)
{
	struct machine_setup setup = by_name(80);

	expect_request(&setup, "HEAD / HTTP/1.1\\r\\nHost: www.example.net\\r\\n");
	setup.peer.port = 443;
	expect_request(&setup, "HEAD / HTTP/1.1\\r\\nHost: www.example.net:443\\r\\n");
	setup.secure = true;
	expect_request(&setup, "HEAD / HTTP/1.1\\r\\nHost: www.example.net\\r\\n");
	setup.peer.port = 80;
	expect_request(&setup, "HEAD / HTTP/1.1\\r\\nHost: www.example.net:80\\r\\n");
}
END_TEST

START_TEST(http_names_an_address_without_a_name)
{
	struct machine_setup setup = {.path = "/a?b=c"};

	addr_parse("192.0.2.7", 9, &setup.peer);
	setup.peer.port = 8080;
	expect_request(&setup, "HEAD /a?b=c HTTP/1.1\\r\\nHost: 192.0.2.7:8080\\r\\n");
	addr_parse("2001:db8::1", 11, &setup.peer);
	setup.peer.port = 80;
	expect_request(&setup, "HEAD /a?b=c HTTP/1.1\\r\\nHost: [2001:db8::1]\\r\\n");
	addr_parse("fe80::1", 7, &setup.peer);
	setup.peer.scope = 1;
	setup.peer.port = 81;
	expect_request(&setup, "HEAD /a?b=c HTTP/1.1\\r\\nHost: [fe80::1]:81\\r\\n");
}
END_TEST

/* A path may come out of a redirect. */
START_TEST(http_lets_nothing_into_the_request_that_ends_it)
{
	struct machine_setup setup = by_name(80);

	setup.path = "/a b\r\nX: \xc3\xbc\x7f";
	setup.name = "www\r\n.example.net";
	expect_request(&setup,
		"HEAD /a%20b%0D%0AX:%20%C3%BC%7F HTTP/1.1\\r\\nHost: www%0D%0A.example.net\\r\\n");
	setup.path = "?q";
	expect_request(&setup, "HEAD /?q HTTP/1.1\\r\\n");
	setup.path = "";
	expect_request(&setup, "HEAD / HTTP/1.1\\r\\n");
}
END_TEST

START_TEST(http_reads_nginx)
{
	expect("HTTP/1.1 301 Moved Permanently\r\nServer: nginx/1.22.1\r\n"
	       "Date: Sat, 21 Nov 2026 10:00:00 GMT\r\nContent-Type: text/html\r\n"
	       "Content-Length: 169\r\nConnection: close\r\n"
	       "Location: https://www.example.net/\r\n\r\n",
		HEAD "want done, complete\nstatus=301\nreason=Moved Permanently\nversion=1.1\n"
		     "server=nginx/1.22.1\ncontent_type=text/html\n"
		     "location=https://www.example.net/\n"
		     "headers=[Server: nginx/1.22.1|Date: Sat, 21 Nov 2026 10:00:00 GMT|"
		     "Content-Type: text/html|Content-Length: 169|Connection: close|"
		     "Location: https://www.example.net/]\n");
}
END_TEST

/* Names in any case, blanks around values or none, and before the colon. */
START_TEST(http_reads_headers_as_they_come)
{
	expect("HTTP/1.1 200 OK\r\nSERVER:lighttpd/1.4.69\r\ncontent-type: \t text/plain \t\r\n"
	       "X-Empty:\r\nlocation : /a\r\nno colon\r\n: no name\r\n\r\n",
		HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.1\n"
		     "server=lighttpd/1.4.69\ncontent_type=text/plain\nlocation=/a\n"
		     "headers=[SERVER: lighttpd/1.4.69|content-type: text/plain|X-Empty: |"
		     "location: /a]\n");
}
END_TEST

START_TEST(http_takes_the_first_of_two_headers)
{
	expect(OK_BY("Apache/2.4.57 (Debian)") "Server: other\r\n\r\n",
		HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.1\n"
		     "server=Apache/2.4.57 (Debian)\n"
		     "headers=[Server: Apache/2.4.57 (Debian)|Server: other]\n");
}
END_TEST

/* RFC 9112, section 5.2 */
START_TEST(http_unfolds_headers)
{
	expect("HTTP/1.1 200 OK\r\n Server: ignored\r\nServer: one\r\n  two \r\n\tthree\r\nX: "
	       "y\r\n\r\n",
		HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.1\n"
		     "server=one two three\nheaders=[Server: one two three|X: y]\n");
}
END_TEST

START_TEST(http_reads_bare_line_feeds)
{
	expect("HTTP/1.0 200 OK\nServer: uc-httpd 1.0.0\n\n",
		HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.0\n"
		     "server=uc-httpd 1.0.0\nheaders=[Server: uc-httpd 1.0.0]\n");
}
END_TEST

START_TEST(http_reads_status_lines_of_many_kinds)
{
	expect("HTTP/1.1 404\r\n\r\n", HEAD "want done, complete\nstatus=404\nversion=1.1\n");
	expect("HTTP/1.1 404 \r\n\r\n", HEAD "want done, complete\nstatus=404\nversion=1.1\n");
	expect("HTTP/2 200  Fine\t\r\n\r\n",
		HEAD "want done, complete\nstatus=200\nreason=Fine\nversion=2\n");
	expect("HTTP/1.0  999 Request denied\r\n\r\n",
		HEAD "want done, complete\nstatus=999\nreason=Request denied\nversion=1.0\n");
	expect("HTTP/1.1 200OK\r\n\r\n",
		HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.1\n");
}
END_TEST

START_TEST(http_says_what_is_not_http)
{
	static const char *const others[] = {"SSH-2.0-x\r\n", "<html><title>0.9</title>", "\r\n",
		"ICY 200 OK\r\n", "HTTQ", "http/1.1 200 OK\r\n", "HTTP/ 200 OK\r\n", "HTTP/1.1\r\n",
		"HTTP/1.1 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n",
		"HTTP/1.1 000 OK\r\n", "HTTP/1.1200 OK\r\n", "HTTP/x.y 200 OK\r\n", "\x15\x03\x01"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		expect(others[i], HEAD "want mismatch\n");
}
END_TEST

START_TEST(http_passes_over_interim_answers)
{
	expect("HTTP/1.1 100 Continue\r\n\r\n"
	       "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nServer: early\r\n\r\n" OK_BY(
		       "Caddy") "\r\n",
		HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.1\nserver=Caddy\n"
		     "headers=[Server: Caddy]\n");
	expect("HTTP/1.1 101 Switching Protocols\r\n\r\n",
		HEAD "want done, complete\nstatus=101\nreason=Switching Protocols\nversion=1.1\n");
	expect("HTTP/1.1 100 Continue\r\n\r\n", HEAD "want more\n");
}
END_TEST

START_TEST(http_does_not_wait_for_ever_for_the_final_answer)
{
	struct strbuf replies = {0};

	for (int i = 0; i < 1000; i++)
		strbuf_printf(&replies, "HTTP/1.1 102 Turn %d\r\n\r\n", i);
	expect_buffer(false, &replies,
		HEAD "want done, complete\nstatus=102\nreason=Turn 8\nversion=1.1\n");
	strbuf_release(&replies);
}
END_TEST

START_TEST(http_asks_again_where_head_is_refused)
{
	static const char *const refusals[] = {
		"400 Bad Request", "405 Method Not Allowed", "501 Unsupported method ('HEAD')"};
	struct strbuf replies = {0};

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		strbuf_reset(&replies);
		strbuf_printf(&replies, "HTTP/1.0 %s\r\nServer: first\r\n\r\n" PAGE, refusals[i]);
		strbuf_puts(&replies, "<title>Files</title>");
		expect_buffer(false, &replies,
			HEAD "again\n" GET "want done, complete\n" PAGE_TOLD "title=Files\n");
	}
	strbuf_release(&replies);
	expect("HTTP/1.1 403 Forbidden\r\n\r\n",
		HEAD "want done, complete\nstatus=403\nreason=Forbidden\nversion=1.1\n");
}
END_TEST

START_TEST(http_asks_again_where_head_is_not_answered)
{
	struct machine_setup setup = by_name(80);

	expect("", HEAD "want again\n");
	expect_page("", GET "want more\n");
	setup.round = 1;
	talk_expect(&protocol_http, &setup, "", GET "want more\n");
	talk_expect(&protocol_http, &setup, "HTTP/1.0 405 No\r\nContent-Length: 0\r\n\r\n",
		GET "want done, complete\nstatus=405\nreason=No\nversion=1.0\n"
		    "headers=[Content-Length: 0]\n");
}
END_TEST

START_TEST(http_makes_do_with_what_came)
{
	expect("HTT", HEAD "want more\n");
	expect("HTTP/1.1 20", HEAD "want more\n");
	expect("HTTP/1.0 200 OK\r",
		HEAD "want more, complete\nstatus=200\nreason=OK\nversion=1.0\n");
	expect(OK_BY("Jetty(9.4.51)") "Locat",
		HEAD "want more, complete\nstatus=200\nreason=OK\nversion=1.1\n"
		     "server=Jetty(9.4.51)\nheaders=[Server: Jetty(9.4.51)]\n");
}
END_TEST

START_TEST(http_finds_the_title)
{
	expect_title("<html><head><title>Welcome</title></head>", "Welcome");
	expect_title("<TITLE lang=\"de\"\n>Gr\xc3\xbc\xc3\x9f"
		     "e</TITLE >",
		"Gr\xc3\xbc\xc3\x9f"
		"e");
	expect_title("<titlebar>no</titlebar><<title>yes</title>", "yes");
	expect_title("<title>a </titl</titles> b</title>", "a </titl</titles> b");
	expect_title("<title<title>twice</title>", "twice");
	expect_title("<title>one</title><title>two</title>", "one");
	expect_title("<title/>x</title/>", "x");
	expect_title("<title>  \n </title>", "");
	expect_title("<title>", "none");
	expect_title("<title>cut of", "none");
	expect_title("<p>title</title>", "none");
}
END_TEST

START_TEST(http_tidies_the_title)
{
	expect_title("<title>\r\n\t a  b\n\nc \f</title>", "a b c");
	expect_title("<title>a&amp;b &lt;c&gt; &quot;d&#39;&apos;</title>", "a&b <c> \"d''");
	expect_title("<title>&#x41;&#66;&#X43; &#8364;&#x1F642;</title>",
		"ABC \xe2\x82\xac\xf0\x9f\x99\x82");
	expect_title("<title>&amp;lt;</title>", "&lt;");
	expect_title("<title>&nbsp;&; &#; &#x; &#0; &#xd800; &#x110000; &#99999999; &#1a;</title>",
		"&nbsp;&; &#; &#x; &#0; &#xd800; &#x110000; &#99999999; &#1a;");
	expect_title("<title>a &amp b & c</title>", "a &amp b & c");
	expect_title("<title>&#27;[2J\x1b[31m\x9b\xff</title>", "\\x1b[2J\\x1b[31m\\x9b\\xff");
}
END_TEST

START_TEST(http_caps_the_title_between_characters)
{
	struct strbuf replies = {0}, expected = {0};

	strbuf_puts(&replies, PAGE "<title>xx");
	strbuf_puts(&expected, GET "want done, complete\n" PAGE_TOLD "title=xx");
	for (int i = 0; i < 4000; i++) {
		strbuf_puts(&replies, "\xe2\x82\xac");
		if (i < 1022 / 3)
			strbuf_puts(&expected, "\xe2\x82\xac");
	}
	strbuf_puts(&replies, "</title>");
	strbuf_puts(&expected, "\n");
	expect_buffer(true, &replies, expected.text);
	strbuf_release(&replies);
	strbuf_release(&expected);
}
END_TEST

START_TEST(http_stops_at_the_length)
{
	expect_page("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345<title>no</title>",
		GET "want done, complete\nstatus=200\nreason=OK\nversion=1.1\n"
		    "headers=[Content-Length: 5]\n");
	expect_page("HTTP/1.1 204 No Content\r\n\r\n<title>no</title>",
		GET "want done, complete\nstatus=204\nreason=No Content\nversion=1.1\n");
	expect_page("HTTP/1.1 304 Not Modified\r\n\r\n<title>no</title>",
		GET "want done, complete\nstatus=304\nreason=Not Modified\nversion=1.1\n");
}
END_TEST

/* Then the body goes on to the end of the connection. */
START_TEST(http_does_not_believe_a_length_that_is_none)
{
	static const char *const lengths[] = {
		"-1", "5, 5", "0x10", "", "99999999999999999999", "18446744073709551615"};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct strbuf replies = {0}, expected = {0};

		strbuf_printf(&replies,
			"HTTP/1.0 200 OK\r\nContent-Length: %s\r\n\r\n<title>a title</title>",
			lengths[i]);
		strbuf_printf(&expected,
			GET "want done, complete\n" PAGE_TOLD
			    "title=a title\nheaders=[Content-Length: %s]\n",
			lengths[i]);
		expect_page(replies.text, expected.text);
		strbuf_release(&replies);
		strbuf_release(&expected);
	}
}
END_TEST

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define CHUNKED_TOLD(title)                                                                        \
	GET "want done, complete\nstatus=200\nreason=OK\nversion=1.1\n" title                      \
	    "headers=[Transfer-Encoding: chunked]\n"

/* RFC 9112, section 7.1 */
START_TEST(http_joins_chunks)
{
	expect_page(CHUNKED "4\r\n<tit\r\n5;a=\"b\"\r\nle>On\r\n0A \r\ne page</ti\r\n"
			    "4\r\ntle>\r\n0\r\n\r\n",
		CHUNKED_TOLD("title=One page\n"));
	expect_page(CHUNKED "3\r\nabc\r\n0;last\r\nTrailer: <title>no</title>\r\n\r\n",
		CHUNKED_TOLD(""));
}
END_TEST

START_TEST(http_ends_a_body_whose_chunks_lie)
{
	static const char *const broken[] = {
		"3\r\nabcd\r\n<title>no</title>",         /* longer than its size */
		"fffffffffffffffff\r\n<title>no</title>", /* more than 64 bits */
		"-1\r\n<title>no</title>",
		"\r\n<title>no</title>",
		"g\r\n<title>no</title>",
		"5x\r\n<title>no</title>",
		"0x7\r\n<title>no</title>",
	};

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		struct strbuf replies = {0};

		strbuf_printf(&replies, CHUNKED "%s", broken[i]);
		expect_buffer(true, &replies, CHUNKED_TOLD(""));
		strbuf_release(&replies);
	}
	expect_page(
		CHUNKED "ffffffffffffffff\r\n<title>huge</title>", CHUNKED_TOLD("title=huge\n"));
}
END_TEST

START_TEST(http_passes_over_an_extension_without_end)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, CHUNKED "12;");
	strbuf_pad(&replies, 'x', 20000);
	strbuf_puts(&replies, "\r\n<title>Far</title>\r\n0\r\n\r\n");
	expect_buffer(true, &replies, CHUNKED_TOLD("title=Far\n"));
	strbuf_release(&replies);
}
END_TEST

START_TEST(http_lets_the_last_coding_decide)
{
	expect_page("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, Chunked\r\n"
		    "\r\n7\r\n<title>\r\n9\r\na</title>\r\n",
		GET "want done, complete\nstatus=200\nreason=OK\nversion=1.1\ntitle=a\n"
		    "headers=[Content-Length: 3|Transfer-Encoding: gzip, Chunked]\n");
	expect_page("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\n"
		    "<title>a</title>",
		GET "want done, complete\nstatus=200\nreason=OK\nversion=1.1\ntitle=a\n"
		    "headers=[Transfer-Encoding: gzip|Content-Length: 3]\n");
}
END_TEST

START_TEST(http_reads_32_kib_of_a_body)
{
	struct strbuf replies = {0};

	strbuf_puts(&replies, PAGE);
	strbuf_pad(&replies, '\0', (32 << 10) - 16);
	strbuf_puts(&replies, "<title>a</title>");
	expect_buffer(true, &replies, GET "want done, complete\n" PAGE_TOLD "title=a\n");
	strbuf_reset(&replies);
	strbuf_puts(&replies, PAGE);
	strbuf_pad(&replies, '<', (32 << 10) - 7);
	strbuf_puts(&replies, "<title>a</title>");
	expect_buffer(true, &replies, GET "want done, complete\n" PAGE_TOLD);
	strbuf_release(&replies);
}
END_TEST

#define BAD      "HTTP/1.1 400 Bad Request\r\n\r\n"
#define BAD_TOLD "status=400\nreason=Bad Request\nversion=1.1\n"

START_TEST(http_sees_that_tls_is_wanted)
{
	expect("HTTP/1.1 400 Bad Request\r\n\r\n" BAD
	       "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title>",
		HEAD "again\n" GET "want more, complete\ndetail: wants TLS\n" BAD_TOLD
		     "title=400 The plain HTTP request was sent to HTTPS port\n");
	expect_page(BAD "<title>400 Bad Request</title><p>Reason: You're speaking plain HTTP to an "
			"SSL-enabled server port.<br />",
		GET "want more, complete\ndetail: wants TLS\n" BAD_TOLD "title=400 Bad Request\n");
	expect_page(BAD "Client sent an HTTP request to an HTTPS server.\n",
		GET "want more, complete\ndetail: wants TLS\n" BAD_TOLD);
	expect_page("HTTP/1.1 400 \r\nContent-Length: 59\r\n\r\nBad Request\n"
		    "This combination of host and port requires TLS.",
		GET "want done, complete\ndetail: wants TLS\nstatus=400\nversion=1.1\n"
		    "headers=[Content-Length: 59]\n");
}
END_TEST

START_TEST(http_sees_it_in_the_reason)
{
	expect_page("HTTP/1.1 400 The plain HTTP request was sent to HTTPS port\r\n"
		    "Content-Length: 0\r\n\r\n",
		GET "want done, complete\ndetail: wants TLS\nstatus=400\n"
		    "reason=The plain HTTP request was sent to HTTPS port\nversion=1.1\n"
		    "headers=[Content-Length: 0]\n");
}
END_TEST

START_TEST(http_believes_that_only_of_a_400_in_the_clear)
{
	struct machine_setup setup = page();

	expect_page(PAGE "The plain HTTP request was sent to HTTPS port",
		GET "want more, complete\n" PAGE_TOLD);
	setup.secure = true;
	setup.peer.port = 443;
	talk_expect(&protocol_http, &setup,
		BAD "<title>The plain HTTP request was sent to HTTPS port</title>",
		GET "want done, complete\n" BAD_TOLD
		    "title=The plain HTTP request was sent to HTTPS port\n");
	talk_expect(&protocol_http, &setup,
		"HTTP/1.1 400 The plain HTTP request was sent to HTTPS port\r\n"
		"Content-Length: 0\r\n\r\n",
		GET "want done, complete\nstatus=400\n"
		    "reason=The plain HTTP request was sent to HTTPS port\nversion=1.1\n"
		    "headers=[Content-Length: 0]\n");
}
END_TEST

START_TEST(http_counts_lines)
{
	struct machine_setup setup = by_name(80);

	setup.line_limit = 3;
	talk_expect(&protocol_http, &setup, OK_BY("a") "B: c\r\nD: e\r\n\r\n",
		HEAD "want done, complete, over limit\nstatus=200\nreason=OK\nversion=1.1\n"
		     "server=a\nheaders=[Server: a|B: c]\n");
	setup.line_limit = 1;
	talk_expect(&protocol_http, &setup, "HTTP/1.1 100 Continue\r\n\r\n",
		HEAD "want done, over limit\n");
}
END_TEST

/* The list is full, what is wanted by name is still found. */
START_TEST(http_lists_64_headers_and_looks_at_all)
{
	struct strbuf replies = {0}, expected = {0};

	strbuf_puts(&replies, "HTTP/1.1 302 Found\r\n");
	strbuf_puts(&expected, HEAD "want done, complete\nstatus=302\nreason=Found\nversion=1.1\n"
				    "location=/late\nheaders=[");
	for (int i = 0; i < 300; i++) {
		strbuf_printf(&replies, "X-%d: y\r\n", i);
		if (i < 64)
			strbuf_printf(&expected, "%sX-%d: y", i ? "|" : "", i);
	}
	strbuf_puts(&replies, "Location: /late\r\n\r\n");
	strbuf_puts(&expected, "]\n");
	expect_buffer(false, &replies, expected.text);
	strbuf_release(&replies);
	strbuf_release(&expected);
}
END_TEST

static struct machine *told(const struct machine_setup *setup, const struct strbuf *replies)
{
	struct machine *m = machine_new(&protocol_http, setup);

	machine_start(m);
	machine_feed(m, replies->text, replies->len);
	return m;
}

START_TEST(http_keeps_room_for_what_is_wanted_by_name)
{
	struct machine_setup setup = by_name(80);
	struct strbuf replies = {0};
	struct machine *m;

	strbuf_puts(&replies, "HTTP/1.1 302 Found\r\n");
	for (int i = 0; i < 60; i++) {
		strbuf_puts(&replies, "X: ");
		strbuf_pad(&replies, 'x', 8000);
		strbuf_puts(&replies, "\r\n");
	}
	strbuf_puts(&replies, "Location: /");
	strbuf_pad(&replies, 'a', 8000);
	strbuf_puts(&replies, "\r\n\r\n");
	m = told(&setup, &replies);
	ck_assert_int_eq(m->want, MACHINE_DONE);
	ck_assert(m->facts.truncated);
	ck_assert_uint_eq(facts_get(&m->facts, 5)->text.len, 8001);
	machine_free(m);
	strbuf_release(&replies);
}
END_TEST

START_TEST(http_passes_over_the_rest_of_a_line_of_a_megabyte)
{
	struct machine_setup setup = by_name(80);
	struct strbuf replies = {0};
	struct machine *m;

	strbuf_puts(&replies, OK_BY("before") "X: ");
	strbuf_pad(&replies, 'x', 1 << 20);
	strbuf_puts(&replies, "\r\n folded\r\nLocation: /after\r\n\r\n");
	m = told(&setup, &replies);
	ck_assert_int_eq(m->want, MACHINE_DONE);
	ck_assert(m->facts.truncated);
	ck_assert_str_eq(facts_get(&m->facts, 5)->text.text, "/after");
	machine_free(m);
	strbuf_release(&replies);
}
END_TEST

START_TEST(http_keeps_little_of_what_is_folded_for_ever)
{
	struct machine_setup setup = by_name(80);
	struct strbuf replies = {0};
	struct machine *m;

	strbuf_puts(&replies, OK_BY("a"));
	for (int i = 0; i < 20000; i++)
		strbuf_puts(&replies, " and so on\r\n");
	strbuf_puts(&replies, "\r\n");
	m = told(&setup, &replies);
	ck_assert_int_eq(m->want, MACHINE_DONE);
	ck_assert_uint_le(facts_get(&m->facts, 3)->text.len, 8192);
	ck_assert(m->facts.truncated);
	machine_free(m);
	strbuf_release(&replies);
}
END_TEST

START_TEST(http_takes_any_bytes_for_text)
{
	static const char replies[] =
		"HTTP/1.1 200 \x1b[2J\xff\r\nServer: a\0b\x9b\r\nX\0Y: \x80\r\n\r\n";
	struct machine_setup setup = by_name(80);

	talk_expect_bytes(&protocol_http, &setup, replies, sizeof replies - 1,
		HEAD "want done, complete\nstatus=200\nreason=\\x1b[2J\\xff\nversion=1.1\n"
		     "server=a\\x00b\\x9b\nheaders=[Server: a\\x00b\\x9b|X\\x00Y: \\x80]\n");
}
END_TEST

static void expect_headline(const char *text, const char *expected)
{
	struct machine_setup setup = page();
	struct strbuf replies = {0}, line = {0};
	struct machine *m;

	strbuf_puts(&replies, text);
	m = told(&setup, &replies);
	strbuf_init(&line);
	protocol_http.headline(&m->facts, &line);
	ck_assert_str_eq(line.text, expected);
	machine_free(m);
	strbuf_release(&replies);
	strbuf_release(&line);
}

START_TEST(http_headline_has_what_there_is)
{
	expect_headline(OK_BY("nginx/1.22.1") "\r\n<title>Hello</title>",
		"nginx/1.22.1, 200 OK, \"Hello\"");
	expect_headline("HTTP/1.1 302\r\nLocation: /login\r\nServer: gunicorn\r\n"
			"Content-Length: 0\r\n\r\n",
		"gunicorn, 302 -> /login");
	expect_headline("HTTP/1.1 201 Created\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n",
		"201 Created");
	expect_headline("SSH-2.0-x\r\n", "");
}
END_TEST

START_TEST(http_headline_is_clear_where_a_title_ends)
{
	expect_headline(OK_BY("a\"b\\") "\r\n<title>\"x\", \\ -> y\x1b\"</title>",
		"a\"b\\\\, 200 OK, \"\\\"x\\\", \\\\ -> y\\x1b\\\"\"");
	expect_headline("HTTP/1.1 302 \x1b\r\nLocation: /\xff\r\nContent-Length: 0\r\n\r\n",
		"302 \\x1b -> /\\xff");
}
END_TEST

/* As they were seen to answer, with other names. */
START_TEST(http_reads_servers_of_many_kinds)
{
	static const char *const servers[] = {"Microsoft-IIS/10.0", "CUPS/2.4 IPP/2.1",
		"SimpleHTTP/0.6 Python/3.11.2", "Werkzeug/2.2.2 Python/3.11.2", "Jetty(11.0.15)",
		"Mini web server 1.0 ZTE corp 2005.", "mini_httpd/1.19 19dec2003", "GoAhead-Webs"};

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		struct strbuf replies = {0}, expected = {0};

		strbuf_printf(&replies,
			"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
			"Server: %s\r\n\r\n",
			servers[i]);
		strbuf_printf(&expected,
			HEAD "want done, complete\nstatus=200\nreason=OK\nversion=1.1\nserver=%s\n"
			     "content_type=text/html; charset=utf-8\n"
			     "headers=[Content-Type: text/html; charset=utf-8|Server: %s]\n",
			servers[i], servers[i]);
		expect(replies.text, expected.text);
		strbuf_release(&replies);
		strbuf_release(&expected);
	}
}
END_TEST

UNIT_MAIN("banner/http", http_asks_with_head, http_names_the_host_as_the_url_does,
	http_names_an_address_without_a_name, http_lets_nothing_into_the_request_that_ends_it,
	http_reads_nginx, http_reads_headers_as_they_come, http_takes_the_first_of_two_headers,
	http_unfolds_headers, http_reads_bare_line_feeds, http_reads_status_lines_of_many_kinds,
	http_says_what_is_not_http, http_passes_over_interim_answers,
	http_does_not_wait_for_ever_for_the_final_answer, http_asks_again_where_head_is_refused,
	http_asks_again_where_head_is_not_answered, http_makes_do_with_what_came,
	http_finds_the_title, http_tidies_the_title, http_caps_the_title_between_characters,
	http_stops_at_the_length, http_does_not_believe_a_length_that_is_none, http_joins_chunks,
	http_ends_a_body_whose_chunks_lie, http_passes_over_an_extension_without_end,
	http_lets_the_last_coding_decide, http_reads_32_kib_of_a_body, http_sees_that_tls_is_wanted,
	http_sees_it_in_the_reason, http_believes_that_only_of_a_400_in_the_clear,
	http_counts_lines, http_lists_64_headers_and_looks_at_all,
	http_keeps_room_for_what_is_wanted_by_name,
	http_passes_over_the_rest_of_a_line_of_a_megabyte,
	http_keeps_little_of_what_is_folded_for_ever, http_takes_any_bytes_for_text,
	http_headline_has_what_there_is, http_headline_is_clear_where_a_title_ends,
	http_reads_servers_of_many_kinds)
