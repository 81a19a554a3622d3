/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] = "M-SEARCH * HTTP/1.1\r\n"
			       "HOST: 239.255.255.250:1900\r\n"
			       "MAN: \"ssdp:discover\"\r\n"
			       "MX: 1\r\n"
			       "ST: upnp:rootdevice\r\n"
			       "\r\n";

/* miniupnpd 2.3.1 */
static const char answer[] = "HTTP/1.1 200 OK\r\n"
			     "CACHE-CONTROL: max-age=120\r\n"
			     "ST: upnp:rootdevice\r\n"
			     "USN: uuid:00000000-0000-0000-0000-000000000001::upnp:rootdevice\r\n"
			     "EXT:\r\n"
			     "SERVER: Debian/6.18.44-fc-v657 UPnP/1.1 MiniUPnPd/2.3.1\r\n"
			     "LOCATION: http://10.99.0.1:5000/rootDesc.xml\r\n"
			     "OPT: \"http://schemas.upnp.org/upnp/1/0/\"; ns=01\r\n"
			     "01-NLS: 1795291561\r\n"
			     "BOOTID.UPNP.ORG: 1795291561\r\n"
			     "CONFIGID.UPNP.ORG: 1337\r\n"
			     "\r\n";

START_TEST(ssdp_question_is_always_the_same)
{
	expect_question(&query_ssdp, question, LEN(question), false);
}
END_TEST

START_TEST(ssdp_tells_what_the_server_said)
{
	expect_answer(&query_ssdp, answer, LEN(answer),
		"server=Debian/6.18.44-fc-v657 UPnP/1.1 MiniUPnPd/2.3.1\nst=upnp:rootdevice\n"
		"usn=uuid:00000000-0000-0000-0000-000000000001::upnp:rootdevice\n"
		"location=http://10.99.0.1:5000/rootDesc.xml\n"
		": Debian/6.18.44-fc-v657 UPnP/1.1 MiniUPnPd/2.3.1");
}
END_TEST

START_TEST(ssdp_answer_has_to_be_one)
{
	expect_matters(&query_ssdp, answer, LEN(answer), 0, 12);
}
END_TEST

START_TEST(ssdp_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_ssdp, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(ssdp_is_not_what_others_say)
{
	expect_foreign_refused(&query_ssdp);
}
END_TEST

START_TEST(ssdp_answer_says_what_was_found)
{
	static const char *const others[] = {"HTTP/1.1 200 OK\r\nSERVER: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nST:\r\n\r\n", "HTTP/1.1 404 Not Found\r\nST: x\r\n\r\n",
		"NOTIFY * HTTP/1.1\r\nST: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nST: x\r\n"};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		expect_refused(&query_ssdp, others[i], strlen(others[i]));
	expect_answer(&query_ssdp, "HTTP/1.1 200 OK\nst: x\n\n", 24, "st=x\n: x");
}
END_TEST

UNIT_MAIN("query/ssdp", ssdp_question_is_always_the_same, ssdp_tells_what_the_server_said,
	ssdp_answer_has_to_be_one, ssdp_cut_anywhere_is_no_answer, ssdp_is_not_what_others_say,
	ssdp_answer_says_what_was_found)
