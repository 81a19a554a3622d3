/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_words.h"

#include "sockets_made.h"

START_TEST(state_of_what_has_no_connections_is_unconn_not_closed)
{
	ck_assert_str_eq(socket_state_word(SOCKET_TCP, SOCKET_CLOSE), "CLOSE");
	ck_assert_str_eq(socket_state_word(SOCKET_UDP, SOCKET_CLOSE), "UNCONN");
	ck_assert_str_eq(socket_state_word(SOCKET_UDPLITE, SOCKET_CLOSE), "UNCONN");
	ck_assert_str_eq(socket_state_word(SOCKET_RAW, SOCKET_CLOSE), "UNCONN");
	ck_assert_str_eq(socket_state_word(SOCKET_ICMP, SOCKET_CLOSE), "UNCONN");
	ck_assert_str_eq(socket_state_word(SOCKET_UNIX, SOCKET_CLOSE), "UNCONN");
	ck_assert_str_eq(socket_state_word(SOCKET_UDP, SOCKET_ESTABLISHED), "ESTABLISHED");
	ck_assert_str_eq(socket_state_word(SOCKET_UNIX, SOCKET_LISTEN), "LISTEN");
}
END_TEST

START_TEST(events_have_names)
{
	ck_assert_str_eq(socket_event_name(CHANGE_OPENED), "opened");
	ck_assert_str_eq(socket_event_name(CHANGE_CLOSED), "closed");
	ck_assert_str_eq(socket_event_name(CHANGE_STATE), "changed");
}
END_TEST

static const char *type_of(int type, bool brief)
{
	struct socket_entry e = made_unix(type, SOCKET_CLOSE, NULL, 0);

	return socket_unix_type(&e, brief);
}

START_TEST(types_of_unix_sockets_are_told_at_length_or_briefly)
{
	ck_assert_str_eq(type_of(SOCK_STREAM, false), "stream");
	ck_assert_str_eq(type_of(SOCK_STREAM, true), "u_str");
	ck_assert_str_eq(type_of(SOCK_DGRAM, false), "dgram");
	ck_assert_str_eq(type_of(SOCK_DGRAM, true), "u_dgr");
	ck_assert_str_eq(type_of(SOCK_SEQPACKET, false), "seqpacket");
	ck_assert_str_eq(type_of(SOCK_SEQPACKET, true), "u_seq");
	ck_assert_ptr_null(type_of(0, false));
	ck_assert_str_eq(type_of(0, true), "unix");
}
END_TEST

START_TEST(only_raw_sockets_have_a_protocol_where_others_have_a_port)
{
	for (int proto = 0; proto < SOCKET_PROTOS; proto++) {
		struct socket_entry e = {.proto = (uint8_t)proto};

		ck_assert_int_eq(socket_has_ports(&e), proto != SOCKET_RAW);
	}
}
END_TEST

START_TEST(end_is_unconnected_without_address_and_port)
{
	struct addr none = {0}, v4 = made_addr("0.0.0.0", 0), v6 = made_addr("::", 0);
	struct addr port = made_addr("0.0.0.0", 1), address = made_addr("::1", 0);

	ck_assert(socket_is_unconnected(&none));
	ck_assert(socket_is_unconnected(&v4));
	ck_assert(socket_is_unconnected(&v6));
	ck_assert(!socket_is_unconnected(&port));
	ck_assert(!socket_is_unconnected(&address));
}
END_TEST

START_TEST(send_queue_of_a_listener_is_known_with_its_backlog_only)
{
	struct socket_entry e = {.state = SOCKET_ESTABLISHED};

	ck_assert(socket_knows_send_q(&e));
	e.state = SOCKET_LISTEN;
	ck_assert(!socket_knows_send_q(&e));
	e.knows_backlog = true;
	ck_assert(socket_knows_send_q(&e));
	e.hides_queues = true;
	ck_assert(!socket_knows_send_q(&e));
	e.state = SOCKET_ESTABLISHED;
	ck_assert(!socket_knows_send_q(&e));
}
END_TEST

static const char *service_of(enum socket_proto proto, uint16_t port, bool numeric)
{
	struct socket_entry e = {.proto = (uint8_t)proto};

	return socket_service(&e, port, numeric);
}

START_TEST(service_is_that_of_the_protocol)
{
	ck_assert_str_eq(service_of(SOCKET_TCP, 22, false), "ssh");
	ck_assert_str_eq(service_of(SOCKET_UDP, 53, false), "domain");
	ck_assert_str_eq(service_of(SOCKET_UDPLITE, 53, false), "domain");
	ck_assert_str_eq(service_of(SOCKET_UDP, 514, false), "syslog");
	ck_assert_str_ne(service_of(SOCKET_TCP, 514, false), "syslog");
}
END_TEST

START_TEST(service_is_not_told_where_there_is_none_or_nobody_wants_it)
{
	ck_assert_ptr_null(service_of(SOCKET_TCP, 22, true));
	ck_assert_ptr_null(service_of(SOCKET_TCP, 0, false));
	ck_assert_ptr_null(service_of(SOCKET_TCP, 65534, false));
	ck_assert_ptr_null(service_of(SOCKET_ICMP, 22, false));
	ck_assert_ptr_null(service_of(SOCKET_RAW, 22, false));
	ck_assert_ptr_null(service_of(SOCKET_UNIX, 22, false));
}
END_TEST

START_TEST(interface_is_named_as_in_the_sockets_namespace)
{
	struct socket_entry here = {0}, blue = {.netns = 1};
	struct strbuf out = {0};
	struct made_machine m;

	made_machine_start(&m);
	ck_assert_str_eq(socket_interface(&m.places, &here, 7, &out), "eth0");
	ck_assert_str_eq(socket_interface(&m.places, &here, 1, &out), "lo");
	ck_assert_str_eq(socket_interface(&m.places, &here, 8, &out), "8");
	ck_assert_str_eq(socket_interface(&m.places, &blue, 7, &out), "7");
	ck_assert_ptr_null(socket_interface(&m.places, &here, 0, &out));
	strbuf_release(&out);
	made_machine_end(&m);
}
END_TEST

static void expect_path(const char *path, size_t len, const char *text)
{
	struct socket_entry e = made_unix(SOCK_STREAM, SOCKET_LISTEN, path, len);
	struct strbuf out = {0};

	strbuf_putc(&out, '>');
	socket_add_path(&out, &e);
	ck_assert_uint_eq(out.len, strlen(text) + 1);
	ck_assert_str_eq(out.text + 1, text);
	strbuf_release(&out);
}

START_TEST(abstract_name_begins_with_an_at)
{
	expect_path("/run/x", 6, "/run/x");
	expect_path("\0bus", 4, "@bus");
	expect_path("\0", 1, "@");
	expect_path("/run/xyz", 6, "/run/x");
}
END_TEST

/* Of both ends, joined by a blank. */
static void expect_ends(const struct socket_entry *e, bool numeric, const char *text)
{
	struct strbuf out = {0};
	struct made_machine m;

	made_machine_start(&m);
	socket_end_text(&out, &m.places, e, &e->local, numeric);
	strbuf_putc(&out, ' ');
	socket_end_text(&out, &m.places, e, &e->peer, numeric);
	ck_assert_str_eq(out.text, text);
	strbuf_release(&out);
	made_machine_end(&m);
}

START_TEST(end_is_address_and_port)
{
	struct socket_entry e =
		made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 22, "10.0.0.2", 65534);

	expect_ends(&e, true, "10.0.0.1:22 10.0.0.2:65534");
	expect_ends(&e, false, "10.0.0.1:ssh 10.0.0.2:65534");
	e = made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "::1", 22, "2001:db8::2", 65534);
	expect_ends(&e, true, "[::1]:22 [2001:db8::2]:65534");
	expect_ends(&e, false, "[::1]:ssh [2001:db8::2]:65534");
}
END_TEST

START_TEST(end_that_is_none_is_a_star)
{
	struct socket_entry e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "0.0.0.0", 22, "0.0.0.0", 0);

	expect_ends(&e, true, "0.0.0.0:22 *");
	e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "::", 22, "::", 0);
	expect_ends(&e, true, "[::]:22 *");
	e = made_unix(SOCK_STREAM, SOCKET_LISTEN, NULL, 0);
	expect_ends(&e, true, "* *");
}
END_TEST

START_TEST(end_without_a_port_has_no_brackets)
{
	struct socket_entry e = made_inet(SOCKET_RAW, SOCKET_ESTABLISHED, "::1", 0, "::2", 0);

	expect_ends(&e, true, "::1 ::2");
	e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "0.0.0.0", 0, "0.0.0.0", 0);
	expect_ends(&e, true, "0.0.0.0 *");
}
END_TEST

START_TEST(end_of_a_raw_socket_has_its_protocol)
{
	struct socket_entry e = made_inet(SOCKET_RAW, SOCKET_CLOSE, "0.0.0.0", 22, "0.0.0.0", 0);

	expect_ends(&e, false, "0.0.0.0:22 *");
	e = made_inet(SOCKET_RAW, SOCKET_CLOSE, "::", 58, "::", 0);
	expect_ends(&e, false, "[::]:58 *");
}
END_TEST

START_TEST(end_names_its_zone_or_what_it_is_bound_to)
{
	struct socket_entry e =
		made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "fe80::1", 22, "fe80::2", 65534);

	e.local.scope = e.peer.scope = 7;
	expect_ends(&e, false, "[fe80::1%eth0]:ssh [fe80::2%eth0]:65534");
	e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "0.0.0.0", 65534, "0.0.0.0", 0);
	e.interface = 1;
	expect_ends(&e, true, "0.0.0.0%lo:65534 *");
	e = made_inet(SOCKET_UDP, SOCKET_ESTABLISHED, "10.0.0.1", 65534, "10.0.0.2", 65533);
	e.interface = 7;
	expect_ends(&e, true, "10.0.0.1%eth0:65534 10.0.0.2:65533");
	e.netns = 1;
	expect_ends(&e, true, "10.0.0.1%7:65534 10.0.0.2:65533");
}
END_TEST

START_TEST(zone_goes_before_what_the_socket_is_bound_to)
{
	struct socket_entry e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "fe80::1", 65534, "fe80::2", 0);

	e.local.scope = e.peer.scope = 7;
	e.interface = 1;
	expect_ends(&e, true, "[fe80::1%eth0]:65534 fe80::2%eth0");
}
END_TEST

START_TEST(end_of_a_unix_socket_is_its_path)
{
	struct socket_entry e = made_unix(SOCK_STREAM, SOCKET_LISTEN, "\0bus", 4);
	struct strbuf out = {0};
	struct made_machine m;

	made_machine_start(&m);
	socket_end_text(&out, &m.places, &e, &e.local, false);
	ck_assert_str_eq(out.text, "@bus");
	strbuf_release(&out);
	made_machine_end(&m);
}
END_TEST

UNIT_MAIN("cmd/sockets_words", state_of_what_has_no_connections_is_unconn_not_closed,
	events_have_names, types_of_unix_sockets_are_told_at_length_or_briefly,
	only_raw_sockets_have_a_protocol_where_others_have_a_port,
	end_is_unconnected_without_address_and_port,
	send_queue_of_a_listener_is_known_with_its_backlog_only, service_is_that_of_the_protocol,
	service_is_not_told_where_there_is_none_or_nobody_wants_it,
	interface_is_named_as_in_the_sockets_namespace, abstract_name_begins_with_an_at,
	end_is_address_and_port, end_that_is_none_is_a_star, end_without_a_port_has_no_brackets,
	end_of_a_raw_socket_has_its_protocol, end_names_its_zone_or_what_it_is_bound_to,
	zone_goes_before_what_the_socket_is_bound_to, end_of_a_unix_socket_is_its_path)
