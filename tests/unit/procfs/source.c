/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/source.h"

#include "../own_net.h"
#include "made_dir.h"

#include "netprobe/base/err.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/proc_net.h"
#include "netprobe/procfs/socket_list.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/un.h>

enum { BUFFER = 64 * 1024, READS_MAX = 100000 };

static const struct source_query all = {SOCKET_ALL_PROTOS, SOCKET_ALL_STATES, 0, false};

static void keep(void *user, const struct socket_entry *e)
{
	socket_list_add(user, e);
}

/* What source_read() said last. */
static int read_on(struct source *s, struct socket_list *list)
{
	int got, reads = 0;

	while ((got = source_read(s, keep, list)) == 1)
		ck_assert_int_lt(++reads, READS_MAX);
	return got;
}

static void read_whole(struct source *s, const struct source_query *query, struct socket_list *list)
{
	socket_list_clear(list);
	source_start(s, query);
	ck_assert_int_eq(read_on(s, list), 0);
	/* the end stays the end */
	ck_assert_int_eq(source_read(s, keep, list), 0);
}

static struct source_status status_of(const struct source *s)
{
	struct source_status status;

	source_status(s, &status);
	return status;
}

/* ---- made directories */

#define TCP_HEADING  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
#define UNIX_HEADING "Num       RefCount Protocol Flags    Type St Inode Path\n"

static const char tcp_listen[] = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000001 "
				 "00:00000000 00000000     0        0 "
				 "101 2 0000000062ba4035 100 0 0 10 0\n";
static const char tcp_open[] = "   1: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 "
			       "00000000  1000        0 "
			       "102 1 0000000062ba4035 20 4 30 10 -1\n";
static const char tcp6_listen[] =
	"   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A "
	"00000000:00000000 00:00000000 00000000     0        0 103 1 0000000062ba4035 100 0 0 10 "
	"0\n";
/* of the rest of the internet protocols: inode, for the table's number to go there */
static const char datagrams[] =
	"  100: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        "
	"0 %u 2 0000000062ba4035 0\n";
static const char datagrams6[] =
	"  100: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 "
	"00000000:00000000 00:00000000 00000000   101        0 %u 2 0000000062ba4035 0\n";
static const char unix_listen[] =
	"00000000d4c38c5d: 00000002 00000000 00010000 0001 01 111 /run/x\n";

static void add_table(
	const struct made_dir *d, const char *net, const struct proc_net_table *t, unsigned inode)
{
	struct strbuf text = {0};
	char name[64];

	snprintf(name, sizeof name, "%s/%s", net, t->file);
	if (t->proto == SOCKET_UNIX)
		strbuf_printf(&text, "%s%s", UNIX_HEADING, unix_listen);
	else if (t->proto == SOCKET_TCP)
		strbuf_printf(
			&text, "%s%s", TCP_HEADING, t->family == 6 ? tcp6_listen : tcp_listen);
	else if (t->family == 6)
		strbuf_printf(&text, datagrams6, inode);
	else
		strbuf_printf(&text, datagrams, inode);
	made_dir_puts(d, name, text.text);
	strbuf_release(&text);
}

static void add_tables(const struct made_dir *d)
{
	for (unsigned i = 0; i < PROC_NET_TABLES; i++)
		add_table(d, "net", &proc_net_tables[i], 1000 + i);
}

static struct source *made_source(const struct made_dir *d)
{
	struct source *s = source_new(d->path, 0);

	ck_assert_ptr_nonnull(s);
	return s;
}

/* "tcp4 tcp6 unix0 " */
static void expect_kinds(const struct socket_list *list, const char *expected)
{
	struct strbuf text = {0};

	strbuf_puts(&text, "");
	for (size_t i = 0; i < list->count; i++)
		strbuf_printf(&text, "%s%u ", socket_proto_name(list->entries[i].proto),
			list->entries[i].family);
	ck_assert_str_eq(text.text, expected);
	strbuf_release(&text);
}

/* The socket of a directory whose only table is tcp, with this text. */
static void expect_inodes(const char *text, size_t len, const char *expected, uint64_t malformed)
{
	struct socket_list list = {0};
	struct strbuf inodes = {0};
	struct made_dir d;
	struct source *s;

	made_dir_start(&d);
	made_dir_write(&d, "net/tcp", text, len);
	s = made_source(&d);
	read_whole(s, &all, &list);
	strbuf_puts(&inodes, "");
	for (size_t i = 0; i < list.count; i++)
		strbuf_printf(&inodes, "%" PRIu64 " ", list.entries[i].inode);
	ck_assert_str_eq(inodes.text, expected);
	ck_assert_uint_eq(status_of(s).malformed, malformed);
	strbuf_release(&inodes);
	source_free(s);
	socket_list_release(&list);
	made_dir_end(&d);
}

START_TEST(every_table_is_read_in_its_order)
{
	struct socket_list list = {0};
	struct made_dir d;
	struct source *s;

	made_dir_start(&d);
	add_tables(&d);
	s = made_source(&d);
	read_whole(s, &all, &list);
	expect_kinds(&list, "tcp4 tcp6 udp4 udp6 udplite4 udplite6 raw4 raw6 icmp4 icmp6 unix0 ");
	ck_assert_uint_eq(list.entries[0].inode, 101);
	ck_assert_uint_eq(list.entries[2].inode, 1002);
	ck_assert_uint_eq(list.entries[9].inode, 1009);
	ck_assert_uint_eq(list.entries[10].inode, 111);
	ck_assert_uint_eq(list.entries[10].path_len, 6);
	ck_assert_mem_eq(list.entries[10].path, "/run/x", 6);
	ck_assert_uint_eq(status_of(s).missing, 0);
	ck_assert_uint_eq(status_of(s).malformed, 0);
	ck_assert(!status_of(s).netlink);
	source_free(s);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

START_TEST(only_what_was_asked_for_is_read)
{
	struct source_query udp = all, v6 = all, listening = all, nothing = all;
	struct socket_list list = {0};
	struct made_dir d;
	struct source *s;

	made_dir_start(&d);
	add_tables(&d);
	s = made_source(&d);
	udp.protos = 1U << SOCKET_UDP;
	read_whole(s, &udp, &list);
	expect_kinds(&list, "udp4 udp6 ");
	v6.family = 6;
	read_whole(s, &v6, &list);
	expect_kinds(&list, "tcp6 udp6 udplite6 raw6 icmp6 ");
	listening.states = SOCKET_BIT(SOCKET_LISTEN);
	read_whole(s, &listening, &list);
	expect_kinds(&list, "tcp4 tcp6 unix0 ");
	nothing.protos = 0;
	read_whole(s, &nothing, &list);
	expect_kinds(&list, "");
	source_free(s);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_protocol_without_a_table_is_missing)
{
	struct socket_list list = {0};
	struct source_query tcp = all;
	struct made_dir d;
	struct source *s;

	made_dir_start(&d);
	made_dir_puts(&d, "net/tcp", tcp_listen);
	made_dir_puts(&d, "net/udp", "");
	s = made_source(&d);
	read_whole(s, &all, &list);
	expect_kinds(&list, "tcp4 ");
	ck_assert_uint_eq(
		status_of(s).missing, SOCKET_ALL_PROTOS & ~(1U << SOCKET_TCP | 1U << SOCKET_UDP));
	/* without IPv6 the protocol is there, and what is not asked for is not missed */
	tcp.protos = 1U << SOCKET_TCP;
	read_whole(s, &tcp, &list);
	ck_assert_uint_eq(status_of(s).missing, 0);
	source_free(s);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

START_TEST(where_nothing_can_be_read_there_is_no_source)
{
	struct made_dir d;

	made_dir_start(&d);
	errno = 0;
	ck_assert_ptr_null(source_new(d.path, 0));
	ck_assert_int_eq(errno, ENOENT);
	made_dir_puts(&d, "net", "a file");
	ck_assert_ptr_null(source_new(d.path, 0));
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_ptr_null(source_new(d.path, 812));
	ck_assert_int_eq(errno, ENOENT);
	made_dir_end(&d);
	source_free(NULL);
}
END_TEST

START_TEST(a_pid_means_the_tables_of_its_namespace)
{
	struct socket_list list = {0};
	struct made_dir d;
	struct source *s;

	made_dir_start(&d);
	made_dir_puts(&d, "net/tcp", tcp_listen);
	made_dir_puts(&d, "812/net/tcp", tcp_open);
	s = source_new(d.path, 812);
	ck_assert_ptr_nonnull(s);
	read_whole(s, &all, &list);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_uint_eq(list.entries[0].inode, 102);
	source_free(s);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

/* A table that cannot be read is an error of its own, and the next one follows. */
START_TEST(what_follows_an_unreadable_table_is_read)
{
	struct socket_list list = {0};
	struct made_dir d;
	struct source *s;

	made_dir_start(&d);
	made_dir_add(&d, "net");
	made_dir_add(&d, "net/tcp");
	made_dir_puts(&d, "net/tcp6", tcp6_listen);
	s = made_source(&d);
	source_start(s, &all);
	ck_assert_int_eq(read_on(s, &list), ERR_FILE);
	ck_assert_str_eq(source_table(s), "tcp");
	ck_assert_uint_eq(list.count, 0);
	ck_assert_int_eq(read_on(s, &list), 0);
	expect_kinds(&list, "tcp6 ");
	ck_assert_uint_eq(status_of(s).missing & 1U << SOCKET_TCP, 0);
	source_free(s);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_pipe_is_no_table_and_nobody_waits_for_it)
{
	struct made_dir d;
	char path[MADE_PATH_MAX];

	made_dir_start(&d);
	made_dir_path(&d, "net/tcp", path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_null(source_new(d.path, 0));
	ck_assert_int_eq(-errno, ERR_FILE);
	made_dir_end(&d);
}
END_TEST

START_TEST(the_last_line_needs_no_newline)
{
	struct strbuf text = {0};

	strbuf_printf(&text, "%s%s%s", TCP_HEADING, tcp_listen, tcp_open);
	expect_inodes(text.text, text.len, "101 102 ", 0);
	expect_inodes(text.text, text.len - 1, "101 102 ", 0);
	expect_inodes(tcp_open, sizeof tcp_open - 2, "102 ", 0);
	strbuf_release(&text);
}
END_TEST

START_TEST(lines_that_are_none_are_counted_and_passed_over)
{
	struct strbuf text = {0};

	strbuf_printf(&text, "%s\n\nx\n%s garbage\n%.20s", tcp_listen, tcp_open, tcp_open);
	expect_inodes(text.text, text.len, "101 102 ", 3);
	expect_inodes("", 0, "", 0);
	expect_inodes("\n", 1, "", 0);
	expect_inodes("\0\n\0", 3, "", 2);
	strbuf_release(&text);
}
END_TEST

/* A line of `len` bytes that is none, then one that is; the line's end falls on each place of the
 * buffer's end. */
static void expect_after_long(size_t len, const char *expected, uint64_t malformed)
{
	struct strbuf text = {0};

	strbuf_puts(&text, tcp_listen);
	strbuf_pad(&text, 'x', len);
	strbuf_printf(&text, "\n%s", tcp_open);
	expect_inodes(text.text, text.len, expected, malformed);
	strbuf_release(&text);
}

START_TEST(a_line_longer_than_the_buffer_is_one_line_that_is_none)
{
	size_t first = sizeof tcp_listen - 1;

	expect_after_long(BUFFER - first - 2, "101 102 ", 1);
	expect_after_long(BUFFER - first - 1, "101 102 ", 1);
	expect_after_long(BUFFER - first, "101 102 ", 1);
	for (size_t len = BUFFER - 2; len <= BUFFER + 2; len++)
		expect_after_long(len, "101 102 ", 1);
	expect_after_long(2 * BUFFER - 1, "101 102 ", 1);
	expect_after_long(2 * BUFFER, "101 102 ", 1);
	expect_after_long(5 * BUFFER + 77, "101 102 ", 1);
}
END_TEST

START_TEST(a_long_line_at_the_end_is_one_line_that_is_none)
{
	for (size_t len = BUFFER - 1; len <= 2 * BUFFER + 1; len += BUFFER / 2 + 1) {
		struct strbuf text = {0};

		strbuf_puts(&text, tcp_listen);
		strbuf_pad(&text, 'x', len);
		expect_inodes(text.text, text.len, "101 ", 1);
		strbuf_release(&text);
	}
}
END_TEST

/* Many times the buffer, so that lines are cut at its end. */
START_TEST(lines_go_on_from_one_buffer_to_the_next)
{
	enum { LINES = 3000 };
	struct socket_list list = {0};
	struct strbuf text = {0};
	struct made_dir d;
	struct source *s;

	for (unsigned i = 0; i < LINES; i++)
		strbuf_printf(&text,
			"%4u: 0100007F:1F90 0100007F:%04X 01 00000000:00000000 00:00000000 "
			"00000000     0        0 %u 1 0%*s\n",
			i, i + 1, 5000 + i, (int)(i % 30), "");
	ck_assert_uint_gt(text.len, 4 * BUFFER);
	made_dir_start(&d);
	made_dir_write(&d, "net/tcp", text.text, text.len);
	s = made_source(&d);
	read_whole(s, &all, &list);
	ck_assert_uint_eq(list.count, LINES);
	for (unsigned i = 0; i < LINES; i++)
		ck_assert_uint_eq(list.entries[i].inode, 5000 + i);
	ck_assert_uint_eq(status_of(s).malformed, 0);
	source_free(s);
	strbuf_release(&text);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

/* The kernel's tables show one twice when others go while they are read. */
START_TEST(a_socket_that_is_shown_twice_is_told_once)
{
	struct socket_list list = {0};
	struct strbuf text = {0};
	struct made_dir d;
	struct source *s;

	strbuf_printf(&text, "%s%s%s", tcp_listen, tcp_open, tcp_listen);
	made_dir_start(&d);
	made_dir_write(&d, "net/tcp", text.text, text.len);
	made_dir_puts(&d, "net/udp", "");
	s = made_source(&d);
	for (int look = 0; look < 2; look++) {
		read_whole(s, &all, &list);
		ck_assert_uint_eq(list.count, 2);
		ck_assert_uint_eq(status_of(s).again, 1);
	}
	source_free(s);
	strbuf_release(&text);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_start_forgets_where_the_last_one_was)
{
	struct source_query unix_only = all;
	struct socket_list list = {0};
	struct made_dir d;
	struct source *s;

	made_dir_start(&d);
	add_tables(&d);
	made_dir_puts(&d, "net/udp", "garbage\n");
	s = made_source(&d);
	unix_only.protos = 1U << SOCKET_UNIX;
	for (int reads = 0; reads < 20; reads++) {
		source_start(s, &all);
		for (int i = 0; i < reads; i++)
			source_read(s, keep, &list);
		read_whole(s, &unix_only, &list);
		expect_kinds(&list, "unix0 ");
		ck_assert_uint_eq(status_of(s).malformed, 0);
		read_whole(s, &all, &list);
		ck_assert_uint_eq(list.count, PROC_NET_TABLES - 1);
		ck_assert_uint_eq(status_of(s).malformed, 1);
		ck_assert_uint_eq(status_of(s).damaged, 1U << 2);
	}
	source_free(s);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

START_TEST(two_sources_do_not_meet)
{
	struct socket_list one = {0}, two = {0};
	struct made_dir d, e;
	struct source *s, *t;

	made_dir_start(&d);
	made_dir_start(&e);
	made_dir_puts(&d, "net/tcp", tcp_listen);
	made_dir_puts(&e, "net/tcp", tcp_listen);
	made_dir_puts(&e, "net/unix", unix_listen);
	s = made_source(&d);
	t = made_source(&e);
	source_start(s, &all);
	source_start(t, &all);
	for (int i = 0; i < 2 * PROC_NET_TABLES; i++) {
		source_read(s, keep, &one);
		source_read(t, keep, &two);
	}
	expect_kinds(&one, "tcp4 ");
	expect_kinds(&two, "tcp4 unix0 ");
	source_free(s);
	source_free(t);
	socket_list_release(&one);
	socket_list_release(&two);
	made_dir_end(&d);
	made_dir_end(&e);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	struct socket_list list = {0};
	int before = dup(0), after;

	for (int i = 0; i < 3; i++) {
		struct source *s = source_new(NULL, 0);

		ck_assert_ptr_nonnull(s);
		source_start(s, &all);
		source_read(s, keep, &list);
		source_free(s);
		ck_assert_ptr_null(source_new("/nowhere", 0));
	}
	after = dup(0);
	ck_assert_int_eq(after, before + 1);
	close(after);
	close(before);
	socket_list_release(&list);
}
END_TEST

/* ---- the kernel's own, in a network namespace of the test's */

enum { PAIRS = 400 };

struct made {
	int listening, listening6, udp, udp6, local, seqpacket[2];
	int client[PAIRS], server[PAIRS];
	char path[72];
};

static int bind_local(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	return fd;
}

static int connect_to(const struct addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(at, &sa);
	int fd = socket(addr_af(at), SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

static void make_sockets(struct made *m, const struct made_dir *d)
{
	struct rlimit files = {4096, 4096};
	struct addr at, ignored;

	setrlimit(RLIMIT_NOFILE, &files);
	m->listening = loopback_listen(4, &at);
	m->listening6 = loopback_listen(6, &ignored);
	m->udp = loopback_bind(4, SOCK_DGRAM, &ignored);
	m->udp6 = loopback_bind(6, SOCK_DGRAM, &ignored);
	snprintf(m->path, sizeof m->path, "%s/s", d->path);
	m->local = bind_local(m->path);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, m->seqpacket), 0);
	for (int i = 0; i < PAIRS; i++) {
		m->client[i] = connect_to(&at);
		m->server[i] = accept4(m->listening, NULL, NULL, SOCK_CLOEXEC);
		ck_assert_int_ge(m->server[i], 0);
	}
	settle();
}

static void close_sockets(struct made *m)
{
	close(m->listening);
	close(m->udp);
	if (m->listening6 >= 0)
		close(m->listening6);
	if (m->udp6 >= 0)
		close(m->udp6);
	close(m->local);
	close(m->seqpacket[0]);
	close(m->seqpacket[1]);
	for (int i = 0; i < PAIRS; i++) {
		close(m->client[i]);
		close(m->server[i]);
	}
}

static const struct socket_entry *of_descriptor(const struct socket_list *list, int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].inode == st.st_ino)
			return &list->entries[i];
	ck_abort_msg("descriptor %d is not told", fd);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return socket_compare(a, b);
}

/* By what both sources tell: neither cookies nor names' NULs are in /proc. */
static void sort(struct socket_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct socket_entry *e = &list->entries[i];

		e->cookie = 0;
		e->interface = 0;
		for (size_t j = 1; j < e->path_len; j++)
			if (e->path[j] == '\0')
				((char *)(uintptr_t)e->path)[j] = '@';
	}
	qsort(list->entries, list->count, sizeof *list->entries, compare);
}

static void expect_same(const struct socket_entry *a, const struct socket_entry *b)
{
	ck_assert_int_eq(socket_compare(a, b), 0);
	ck_assert_uint_eq(a->timer, b->timer);
	if (a->proto == SOCKET_UNIX)
		return;
	ck_assert_uint_eq(a->uid, b->uid);
	ck_assert_uint_eq(a->recv_q, b->recv_q);
	/* /proc does not tell how many may wait */
	if (a->state != SOCKET_LISTEN)
		ck_assert_uint_eq(a->send_q, b->send_q);
	if (a->proto != SOCKET_TCP)
		ck_assert_uint_eq(a->drops, b->drops);
}

/* The own network namespace, and a mount of /proc that shows it. False: skipped, with the reason.
 */
static bool made_in_own_net(struct made *m, const struct made_dir *d)
{
	if (!own_net())
		return false;
	make_sockets(m, d);
	return true;
}

START_TEST(sock_diag_and_proc_tell_the_same)
{
	struct socket_list told = {0}, listed = {0};
	struct source *s, *t;
	struct made_dir d;
	struct made m;

	made_dir_start(&d);
	if (!made_in_own_net(&m, &d)) {
		made_dir_end(&d);
		return;
	}
	s = source_new(NULL, 0);
	t = source_new("/proc", 0);
	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_nonnull(t);
	read_whole(s, &all, &told);
	read_whole(t, &all, &listed);
	ck_assert(!status_of(t).netlink);
	if (!status_of(s).netlink)
		printf("no sock_diag here: /proc was compared with itself\n");
	ck_assert_uint_eq(status_of(s).malformed, 0);
	ck_assert_uint_eq(status_of(t).malformed, 0);
	sort(&told);
	sort(&listed);
	ck_assert_uint_eq(told.count, listed.count);
	ck_assert_uint_ge(told.count, 2 * PAIRS + 7);
	for (size_t i = 0; i < told.count; i++)
		expect_same(&told.entries[i], &listed.entries[i]);
	source_free(s);
	source_free(t);
	close_sockets(&m);
	socket_list_release(&told);
	socket_list_release(&listed);
	made_dir_end(&d);
}
END_TEST

START_TEST(the_sockets_of_the_test_are_told_as_they_are)
{
	struct source_query query = all;
	struct socket_list list = {0};
	const struct socket_entry *e;
	struct made_dir d;
	struct source *s;
	struct made m;

	made_dir_start(&d);
	if (!made_in_own_net(&m, &d)) {
		made_dir_end(&d);
		return;
	}
	s = source_new(NULL, 0);
	query.facts = true;
	read_whole(s, &query, &list);
	e = of_descriptor(&list, m.listening);
	ck_assert_uint_eq(e->state, SOCKET_LISTEN);
	ck_assert_uint_eq(e->recv_q, 0);
	if (e->knows_backlog)
		ck_assert_uint_eq(e->send_q, 64);
	ck_assert_ptr_null(e->tcp);
	e = of_descriptor(&list, m.client[PAIRS - 1]);
	ck_assert_uint_eq(e->state, SOCKET_ESTABLISHED);
	ck_assert_uint_eq(e->peer.port, of_descriptor(&list, m.listening)->local.port);
	ck_assert_uint_eq(e->uid, geteuid());
	if (status_of(s).netlink) {
		ck_assert_uint_ne(e->cookie, 0);
		ck_assert_ptr_nonnull(e->tcp);
		ck_assert_uint_gt(e->tcp->cwnd, 0);
		ck_assert_str_ne(e->tcp->congestion, "");
	}
	e = of_descriptor(&list, m.udp);
	ck_assert_uint_eq(e->state, SOCKET_CLOSE);
	ck_assert(e->knows_drops);
	e = of_descriptor(&list, m.local);
	ck_assert_uint_eq(e->state, SOCKET_LISTEN);
	ck_assert_uint_eq(e->path_len, strlen(m.path));
	ck_assert_mem_eq(e->path, m.path, e->path_len);
	e = of_descriptor(&list, m.seqpacket[0]);
	ck_assert_uint_eq(e->type, SOCK_SEQPACKET);
	if (status_of(s).netlink)
		ck_assert_uint_eq(e->peer_inode, of_descriptor(&list, m.seqpacket[1])->inode);
	source_free(s);
	close_sockets(&m);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

/* In the middle of an answer the kernel takes no second question. */
START_TEST(a_source_can_start_anew_in_the_middle)
{
	struct source_query tcp = all, udp = all;
	struct socket_list list = {0};
	struct made_dir d;
	struct source *s;
	struct made m;

	made_dir_start(&d);
	if (!made_in_own_net(&m, &d)) {
		made_dir_end(&d);
		return;
	}
	s = source_new(NULL, 0);
	tcp.protos = 1U << SOCKET_TCP;
	udp.protos = 1U << SOCKET_UDP;
	for (int reads = 1; reads < 6; reads++) {
		source_start(s, &tcp);
		for (int i = 0; i < reads; i++)
			ck_assert_int_ge(source_read(s, keep, &list), 0);
		read_whole(s, &udp, &list);
		ck_assert_uint_eq(list.count, 1U + (m.udp6 >= 0));
		ck_assert_uint_eq(list.entries[0].proto, SOCKET_UDP);
	}
	read_whole(s, &tcp, &list);
	ck_assert_uint_eq(list.count, 2 * PAIRS + 1 + (m.listening6 >= 0));
	source_free(s);
	close_sockets(&m);
	socket_list_release(&list);
	made_dir_end(&d);
}
END_TEST

START_TEST(a_source_stays_with_the_namespace_it_was_made_in)
{
	struct source_query udp = all;
	struct socket_list list = {0};
	struct source *before, *within;
	struct addr at;
	int fd;

	if (!own_net())
		return;
	udp.protos = 1U << SOCKET_UDP;
	fd = loopback_bind(4, SOCK_DGRAM, &at);
	before = source_new(NULL, 0);
	if (unshare(CLONE_NEWNET) != 0) {
		printf("skipped: no second network namespace to be had: %s\n", strerror(errno));
		source_free(before);
		close(fd);
		return;
	}
	within = source_new(NULL, 0);
	read_whole(within, &udp, &list);
	ck_assert_uint_eq(list.count, 0);
	read_whole(before, &udp, &list);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_uint_eq(list.entries[0].local.port, at.port);
	source_free(before);
	source_free(within);
	close(fd);
	socket_list_release(&list);
}
END_TEST

UNIT_MAIN("procfs/source", every_table_is_read_in_its_order, only_what_was_asked_for_is_read,
	a_protocol_without_a_table_is_missing, where_nothing_can_be_read_there_is_no_source,
	a_pid_means_the_tables_of_its_namespace, what_follows_an_unreadable_table_is_read,
	a_pipe_is_no_table_and_nobody_waits_for_it, the_last_line_needs_no_newline,
	lines_that_are_none_are_counted_and_passed_over,
	a_line_longer_than_the_buffer_is_one_line_that_is_none,
	a_long_line_at_the_end_is_one_line_that_is_none, lines_go_on_from_one_buffer_to_the_next,
	a_socket_that_is_shown_twice_is_told_once, a_start_forgets_where_the_last_one_was,
	two_sources_do_not_meet, no_descriptor_is_left_behind, sock_diag_and_proc_tell_the_same,
	the_sockets_of_the_test_are_told_as_they_are, a_source_can_start_anew_in_the_middle,
	a_source_stays_with_the_namespace_it_was_made_in)
