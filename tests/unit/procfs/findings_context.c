/* SPDX-License-Identifier: MIT */
#include "../../../src/procfs/findings_private.h"

#include "../unit.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

/* A procfs of our own, in a folder that goes with the test. */
static char *root(char path[static 64])
{
	snprintf(path, 64, "/tmp/netprobe-findings-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

static void write_file(const char *proc, const char *name, const char *text)
{
	struct strbuf path = {0};
	FILE *f;

	strbuf_printf(&path, "%s/%s", proc, name);
	for (char *slash = path.text + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path.text, 0700);
		*slash = '/';
	}
	f = fopen(path.text, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	strbuf_release(&path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static void remove_all(const char *proc)
{
	ck_assert_int_eq(nftw(proc, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

START_TEST(context_without_a_procfs_is_linuxs_default)
{
	struct findings_context c;

	findings_context_read(&c, "/nonexistent");
	ck_assert_uint_eq(c.first_port, 32768);
	ck_assert_uint_eq(c.last_port, 60999);
	ck_assert_uint_eq(c.unprivileged_port, 1024);
	ck_assert_uint_eq(c.syn_linear_timeouts, 4);
	ck_assert_uint_eq(c.listen_overflows, 0);
	ck_assert(c.owner == NULL);
}
END_TEST

START_TEST(context_is_read_from_the_procfs)
{
	struct findings_context c;
	char proc[64];

	root(proc);
	write_file(proc, "sys/net/ipv4/ip_local_port_range", "10000\t20000\n");
	write_file(proc, "sys/net/ipv4/ip_unprivileged_port_start", "80\n");
	write_file(proc, "sys/net/ipv4/tcp_syn_linear_timeouts", "6\n");
	write_file(proc, "net/netstat",
		"TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 42 43\n"
		"IpExt: InNoRoutes\nIpExt: 7\n");
	findings_context_read(&c, proc);
	ck_assert_uint_eq(c.first_port, 10000);
	ck_assert_uint_eq(c.last_port, 20000);
	ck_assert_uint_eq(c.unprivileged_port, 80);
	ck_assert_uint_eq(c.syn_linear_timeouts, 6);
	ck_assert_uint_eq(c.listen_overflows, 42);
	remove_all(proc);
}
END_TEST

START_TEST(context_of_a_kernel_without_linear_timeouts_has_none)
{
	struct findings_context c;
	char proc[64];

	root(proc);
	write_file(proc, "sys/net/ipv4/ip_local_port_range", "10000\t20000\n");
	findings_context_read(&c, proc);
	ck_assert_uint_eq(c.syn_linear_timeouts, 0);
	remove_all(proc);
}
END_TEST

START_TEST(context_passes_over_what_makes_no_sense)
{
	static const char *const ranges[] = {
		"", "\n", "10000\n", "20000 10000\n", "0 10\n", "1 65536\n", "a b\n", "-1 5\n"};
	struct findings_context c;
	char proc[64];

	root(proc);
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		write_file(proc, "sys/net/ipv4/ip_local_port_range", ranges[i]);
		write_file(proc, "sys/net/ipv4/ip_unprivileged_port_start", "many\n");
		findings_context_read(&c, proc);
		ck_assert_uint_eq(c.first_port, 32768);
		ck_assert_uint_eq(c.last_port, 60999);
		ck_assert_uint_eq(c.unprivileged_port, 1024);
	}
	remove_all(proc);
}
END_TEST

START_TEST(counter_stands_below_its_name)
{
	const char *text = "IpExt: A B\nIpExt: 1 2\nTcpExt: A B\nTcpExt: 3 4\n";

	ck_assert_uint_eq(netstat_counter(text, "TcpExt:", "A"), 3);
	ck_assert_uint_eq(netstat_counter(text, "TcpExt:", "B"), 4);
	ck_assert_uint_eq(netstat_counter(text, "IpExt:", "B"), 2);
	ck_assert_uint_eq(
		netstat_counter("TcpExt: A\nTcpExt: 18446744073709551615", "TcpExt:", "A"),
		UINT64_MAX);
}
END_TEST

START_TEST(counter_that_is_not_there_is_0)
{
	static const char *const texts[] = {"", "\n", "TcpExt:", "TcpExt: A\n",
		"TcpExt: A\nTcpExt:\n", "TcpExt: B A\nTcpExt: 1\n", "TcpExt: AB\nTcpExt: 1\n",
		"TcpExt: A\nIpExt: 1\n", "TcpExt: A\nTcpExt: x\n", "TcpExt: A\nTcpExt: -1\n",
		"TcpExt: A\nTcpExt: 18446744073709551616\n"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_uint_eq(netstat_counter(texts[i], "TcpExt:", "A"), 0);
	ck_assert_uint_eq(netstat_counter("TcpExt: A\nTcpExt: 1\n", "TcpExt:", "AB"), 0);
}
END_TEST

UNIT_MAIN("procfs/findings_context", context_without_a_procfs_is_linuxs_default,
	context_is_read_from_the_procfs, context_of_a_kernel_without_linear_timeouts_has_none,
	context_passes_over_what_makes_no_sense, counter_stands_below_its_name,
	counter_that_is_not_there_is_0)
