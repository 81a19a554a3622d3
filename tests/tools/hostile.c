/* SPDX-License-Identifier: MIT */
/*
 * hostile ADDR PORT=BEHAVIOUR...
 * A server of bad manners, one behaviour a port (see behaviours[] below; `hostile` alone lists
 * them). Prints "ready" when the ports are open, and runs until it is killed. ADDR "::" takes IPv4,
 * too. One thread; a connection costs it a few words, so that tens of thousands may be open at
 * once.
 */
#include "netprobe/base/clock.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct text {
	const char *bytes;
	size_t len;
};

#define TEXT(literal)                                                                              \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}

/* What is said when the peer's words begin so; an empty beginning is any. */
struct answer {
	struct text to, say;
};

enum end {
	STAY,  /* and read on */
	DEAF,  /* and read nothing */
	CLOSE, /* with a FIN */
	RESET, /* with a RST */
};

enum { ANSWERS_MAX = 4 };

/* A greeting, then answers, then (after the first answer, where there are any) something for ever.
 */
struct behaviour {
	const char *name;
	struct text greeting;
	struct answer answers[ANSWERS_MAX];
	struct text over_and_over;
	size_t blocks; /* so many of BLOCK bytes; 0: for ever */
	bool slow;     /* a byte each second */
	enum end end;  /* once all is said */
};

#define ANY                                                                                        \
	{                                                                                          \
		"", 0                                                                              \
	}
#define ESCAPES                                                                                    \
	"\x1b[31mred\x1b]0;owned\x07\x9b"                                                          \
	"2J\xc2\x9b"                                                                               \
	"31m\x1b[2J\x08\x7f\xe2\x80\xae"
#define SERVER_HELLO                                                                               \
	"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"                                             \
	"0123456789abcdef0123456789abcdef\x20"                                                     \
	"0123456789abcdef0123456789abcdef\x13\x01\x00\x00\x2e\x00\x2b\x00\x02\x03\x04\x00\x33"

static const struct behaviour behaviours[] = {
	{.name = "never"},
	{.name = "no-window", .end = DEAF},
	{.name = "close", .end = CLOSE},
	{.name = "reset", .end = RESET},
	{.name = "half", .greeting = TEXT("220 mail.exam"), .end = CLOSE},
	{.name = "half-stays", .greeting = TEXT("220 mail.exam")},
	{.name = "trickle", .over_and_over = TEXT("220-all in good time\r\n"), .slow = true},
	{.name = "flood", .over_and_over = TEXT("\x01\x80 flood and flood\t")},
	{.name = "endless-lines", .over_and_over = TEXT("220-and another one\r\n")},
	{.name = "long-line",
		.greeting = TEXT("220 "),
		.over_and_over = TEXT("0123456789abcdef"),
		.blocks = 16},
	{.name = "nuls",
		.greeting = TEXT("220 a\0b\0\0mail\0\r\n"),
		.answers = {{ANY, TEXT("250 \0\r\n")}}},
	{.name = "invalid-utf8",
		.greeting = TEXT(
			"220 \xff\xfe\xc3\x28\xed\xa0\x80\xf8\x88\x80\x80\x80\xc0\xaf mail\r\n"),
		.answers = {{ANY, TEXT("250-\xc3\r\n250 \xe2\x82\r\n")}}},
	{.name = "escapes",
		.greeting = TEXT("220 " ESCAPES " mail\r\n"),
		.answers = {{ANY, TEXT("250-" ESCAPES "\r\n250 " ESCAPES "\r\n")}}},
	{.name = "escapes-http",
		.answers = {{ANY,
			TEXT("HTTP/1.1 200 " ESCAPES "\r\nServer: " ESCAPES "\r\nX-" ESCAPES
			     ": " ESCAPES "\r\nContent-Type: text/html\r\n\r\n<title>" ESCAPES
			     "</title>")}},
		.end = CLOSE},
	{.name = "escapes-ssh",
		.greeting = TEXT(ESCAPES "\r\nSSH-2.0-" ESCAPES " " ESCAPES "\r\n")},
	{.name = "endless-headers",
		.answers = {{ANY, TEXT("HTTP/1.1 200 OK\r\nServer: endless\r\n")}},
		.over_and_over = TEXT("X-And: another\r\n")},
	{.name = "slow-headers",
		.answers = {{ANY, TEXT("HTTP/1.1 200 OK\r\nServer: slow\r\n")}},
		.over_and_over = TEXT("X-And: another\r\n"),
		.slow = true},
	{.name = "endless-body",
		.answers = {{ANY,
			TEXT("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>")}},
		.over_and_over = TEXT("and on ")},
	{.name = "continue-forever",
		.answers = {{ANY, TEXT("HTTP/1.1 100 Continue\r\n\r\n")}},
		.over_and_over = TEXT("HTTP/1.1 100 Continue\r\n\r\n")},
	{.name = "redirect-loop",
		.answers = {{ANY, TEXT("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: "
				       "0\r\n\r\n")}},
		.end = CLOSE},
	{.name = "lying-chunk",
		.answers = {{ANY, TEXT("HTTP/1.1 200 OK\r\nContent-Type: "
				       "text/html\r\nTransfer-Encoding: chunked\r\n"
				       "\r\nffffffffffffffff\r\n<title>never")}}},
	{.name = "lying-length",
		.answers = {{ANY,
			TEXT("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n")}}},
	{.name = "lying-kexinit",
		.greeting = TEXT("SSH-2.0-lies\r\n\xff\xff\xff\xf0\x04\x14"
				 "0123456789abcdef")},
	{.name = "lying-namelist",
		.greeting = TEXT("SSH-2.0-lies\r\n\x00\x00\x00\x2c\x04\x14"
				 "0123456789abcdef\xff\xff\xff\xff"
				 "0123456789abcdef0123456")},
	{.name = "lying-mysql",
		.greeting = TEXT("\xff\xff\xff\x00\x0a"
				 "10.0-lies")},
	{.name = "lying-bulk", .answers = {{ANY, TEXT("$2147483647\r\nredis_version:1\r\n")}}},
	{.name = "lying-postgresql", .answers = {{ANY, TEXT("E\x7f\xff\xff\xffSFATAL")}}},
	{.name = "lying-dns",
		.answers = {{ANY, TEXT("\xff\xff\x12\x34\x84\x00\x00\x01\xff\xff\xc0\x0c")}}},
	{.name = "lying-tls",
		.answers = {{ANY, TEXT("\x16\x03\x03\xff\xff\x02\xff\xff\xff\x03\x03")}}},
	{.name = "tls-trickle", .over_and_over = TEXT(SERVER_HELLO), .slow = true},
	{.name = "telnet-storm", .over_and_over = TEXT("\xff\xfd\x18\xff\xfb\x01\xff\xfa\x18")},
	{.name = "starttls-then-garbage",
		.greeting = TEXT("220 mail.example.net ESMTP\r\n"),
		.answers = {{TEXT("EHLO"), TEXT("250-mail.example.net\r\n250 STARTTLS\r\n")},
			{TEXT("STARTTLS"), TEXT("220 go ahead\r\n")},
			{TEXT("\x16"), TEXT("this is not what TLS looks like \x00\x01\x02\r\n")}}},
	{.name = "starttls-then-silence",
		.greeting = TEXT("220 mail.example.net ESMTP\r\n"),
		.answers = {{TEXT("EHLO"), TEXT("250-mail.example.net\r\n250 STARTTLS\r\n")},
			{TEXT("STARTTLS"), TEXT("220 go ahead\r\n")}}},
};

enum { BLOCK = 1 << 16, TURNS = 4 };

struct port {
	int fd;
	const struct behaviour *behaviour;
	struct text block; /* over_and_over, many times */
};

struct peer {
	int fd;
	const struct port *port;
	struct text left; /* of what is being said */
	size_t blocks;
	bool answered;
	struct peer *next, *prev; /* of the slow ones */
};

/* What epoll hands back: a port (peer is NULL), or a peer. */
struct handle {
	struct port port;
	struct peer peer;
	bool is_peer;
};

struct server {
	int epoll;
	struct peer slow; /* head of the ring */
	nsec_t tick;
};

static struct handle *handle_of(struct peer *p)
{
	return container_of(p, struct handle, peer);
}

static void drop(struct peer *p)
{
	if (p->port->behaviour->slow) {
		p->prev->next = p->next;
		p->next->prev = p->prev;
	}
	close(p->fd);
	free(handle_of(p));
}

static void reset(struct peer *p)
{
	struct linger now = {.l_onoff = 1};

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	drop(p);
}

static void watch(struct server *s, struct peer *p, uint32_t events)
{
	struct epoll_event event = {.events = events | EPOLLRDHUP, .data.ptr = handle_of(p)};

	epoll_ctl(s->epoll, EPOLL_CTL_MOD, p->fd, &event);
}

static bool has_answers(const struct behaviour *b)
{
	return b->answers[0].say.len > 0;
}

/* The next thing to say; false when there is none, for now or for ever. */
static bool go_on(struct peer *p)
{
	const struct behaviour *b = p->port->behaviour;

	if (p->left.len > 0)
		return true;
	if (p->port->block.len == 0 || (has_answers(b) && !p->answered) ||
		(b->blocks > 0 && p->blocks == b->blocks))
		return false;
	p->left = p->port->block;
	p->blocks++;
	return true;
}

static bool over(const struct peer *p)
{
	return p->answered || !has_answers(p->port->behaviour);
}

/* All is said, for now or for ever. */
static void finish(struct server *s, struct peer *p)
{
	enum end end = over(p) ? p->port->behaviour->end : STAY;

	if (end == RESET)
		reset(p);
	else if (end == CLOSE)
		drop(p);
	else
		watch(s, p, end == DEAF ? 0 : EPOLLIN);
}

/* A byte of the slow ones, some blocks of the others. */
static void speak(struct server *s, struct peer *p)
{
	bool slow = p->port->behaviour->slow;

	for (unsigned turns = 0; go_on(p); turns++) {
		ssize_t sent = send(p->fd, p->left.bytes, slow ? 1 : p->left.len, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN) {
			drop(p);
			return;
		}
		if (sent > 0) {
			p->left.bytes += sent;
			p->left.len -= (size_t)sent;
		}
		if (slow)
			return;
		if (sent < 0 || turns == TURNS) {
			watch(s, p, EPOLLIN | EPOLLOUT);
			return;
		}
	}
	finish(s, p);
}

static void hear(struct server *s, struct peer *p)
{
	const struct behaviour *b = p->port->behaviour;
	char words[4096];
	ssize_t got = recv(p->fd, words, sizeof(words), 0);

	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		drop(p);
		return;
	}
	for (size_t i = 0; got > 0 && i < ANSWERS_MAX && b->answers[i].say.len > 0; i++) {
		const struct text *to = &b->answers[i].to;

		if (p->left.len > 0 || (size_t)got < to->len ||
			memcmp(words, to->bytes, to->len) != 0)
			continue;
		p->left = b->answers[i].say;
		p->answered = true;
		break;
	}
	speak(s, p);
}

static void welcome(struct server *s, const struct port *port, int fd)
{
	struct handle *h = mem_alloc(1, sizeof(*h));
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = h};

	h->is_peer = true;
	h->peer = (struct peer){.fd = fd, .port = port, .left = port->behaviour->greeting};
	if (port->behaviour->slow) {
		h->peer.next = &s->slow;
		h->peer.prev = s->slow.prev;
		s->slow.prev->next = &h->peer;
		s->slow.prev = &h->peer;
	}
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		drop(&h->peer);
	else
		speak(s, &h->peer);
}

static void serve_event(struct server *s, const struct epoll_event *event)
{
	struct handle *h = event->data.ptr;
	int fd;

	if (!h->is_peer) {
		while ((fd = accept4(h->port.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0 ||
			errno == ECONNABORTED) {
			if (fd >= 0)
				welcome(s, &h->port, fd);
		}
	} else if (event->events & (EPOLLHUP | EPOLLERR)) {
		drop(&h->peer);
	} else if (h->peer.port->behaviour->end == DEAF) {
		if (event->events & EPOLLRDHUP)
			drop(&h->peer);
	} else if (event->events & (EPOLLIN | EPOLLRDHUP)) {
		hear(s, &h->peer);
	} else {
		speak(s, &h->peer);
	}
}

/* Each second, a byte for each of the slow ones. */
static void serve_slow(struct server *s)
{
	struct peer *next;

	if (clock_now() < s->tick)
		return;
	s->tick += NSEC_PER_SEC;
	for (struct peer *p = s->slow.next; p != &s->slow; p = next) {
		next = p->next;
		speak(s, p);
	}
}

static int serve(struct server *s)
{
	struct epoll_event events[64];

	s->slow.next = s->slow.prev = &s->slow;
	s->tick = clock_now() + NSEC_PER_SEC;
	puts("ready");
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(s->epoll, events, 64, 100);

		if (count < 0 && errno != EINTR)
			return 1;
		for (int i = 0; i < count; i++)
			serve_event(s, &events[i]);
		serve_slow(s);
	}
}

static const struct behaviour *behaviour_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(behaviours); i++) {
		if (strcmp(behaviours[i].name, name) == 0)
			return &behaviours[i];
	}
	return NULL;
}

/* Many times in one piece, so that a flood is one; the slow have all the time in the world. */
static void fill_block(struct port *port)
{
	const struct text *once = &port->behaviour->over_and_over;
	size_t times = 1;
	char *block;

	if (once->len == 0)
		return;
	if (!port->behaviour->slow)
		times += BLOCK / once->len;
	block = mem_alloc(times, once->len);
	for (size_t i = 0; i < times; i++)
		memcpy(block + i * once->len, once->bytes, once->len);
	port->block = (struct text){block, times * once->len};
}

static int bound_socket(const char *addr, unsigned port, bool deaf)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	bool is_v6 = inet_pton(AF_INET6, addr, &v6.sin6_addr) == 1;
	const struct sockaddr *any = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	int on = 1, off = 0, little = 1;
	int fd;

	if (!is_v6 && inet_pton(AF_INET, addr, &v4.sin_addr) != 1)
		return -1;
	fd = socket(any->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (is_v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (deaf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	if (bind(fd, any, is_v6 ? sizeof(v6) : sizeof(v4)) == 0 && listen(fd, 65535) == 0)
		return fd;
	close(fd);
	return -1;
}

static int open_port(struct server *s, const char *addr, const char *word)
{
	const char *equals = strchr(word, '=');
	struct handle *h = mem_alloc(1, sizeof(*h));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = h};
	uint64_t port;

	h->port.behaviour = equals ? behaviour_of(equals + 1) : NULL;
	if (!h->port.behaviour ||
		parse_uint_n(word, (size_t)(equals - word), 1, 65535, &port) < 0) {
		fprintf(stderr, "hostile: %s: not PORT=BEHAVIOUR\n", word);
		free(h);
		return -1;
	}
	fill_block(&h->port);
	h->port.fd = bound_socket(addr, (unsigned)port, h->port.behaviour->end == DEAF);
	if (h->port.fd < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, h->port.fd, &event) < 0) {
		fprintf(stderr, "hostile: %s: %s\n", word, strerror(errno));
		return -1;
	}
	return 0;
}

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	struct server s = {.epoll = epoll_create1(EPOLL_CLOEXEC)};

	if (argc < 3) {
		for (size_t i = 0; i < ARRAY_SIZE(behaviours); i++)
			puts(behaviours[i].name);
		return argc == 1 ? 0 : 2;
	}
	raise_file_limit();
	for (char **word = argv + 2; *word; word++) {
		if (open_port(&s, argv[1], *word) < 0)
			return 1;
	}
	return serve(&s);
}
