/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
	"xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
	"xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" "
	"xmlns:wsdp=\"http://schemas.xmlsoap.org/ws/2006/02/devprof\">"
	"<s:Header>"
	"<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
	"<a:MessageID>urn:uuid:389d2e23-dafb-4434-97d7-651f37790358</a:MessageID>"
	"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
	"</s:Header>"
	"<s:Body>"
	"<d:Probe>"
	"</d:Probe>"
	"</s:Body>"
	"</s:Envelope>";

/* wsdd 0.7.0, to the question that calls for devices; it keeps silent to the other one. */
static const char answer[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	"<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" "
	"xmlns:wsa=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
	"xmlns:wsd=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" "
	"xmlns:wsx=\"http://schemas.xmlsoap.org/ws/2004/09/mex\" "
	"xmlns:wsdp=\"http://schemas.xmlsoap.org/ws/2006/02/devprof\" "
	"xmlns:pnpx=\"http://schemas.microsoft.com/windows/pnpx/2005/10\" "
	"xmlns:pub=\"http://schemas.microsoft.com/windows/pub/2005/07\">"
	"<soap:Header>"
	"<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>"
	"<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action>"
	"<wsa:MessageID>urn:uuid:7106a522-e5e7-11f1-88bb-3e4104868c6e</wsa:MessageID>"
	"<wsa:RelatesTo>urn:uuid:389d2e23-dafb-4434-97d7-651f37790358</wsa:RelatesTo>"
	"<wsd:AppSequence InstanceId=\"1795291759\" "
	"SequenceId=\"urn:uuid:7106a77a-e5e7-11f1-88bb-3e4104868c6e\" MessageNumber=\"1\" />"
	"</soap:Header>"
	"<soap:Body>"
	"<wsd:ProbeMatches>"
	"<wsd:ProbeMatch>"
	"<wsa:EndpointReference>"
	"<wsa:Address>urn:uuid:e5e61fb5-d685-5b50-9ba7-acb6e6962ef3</wsa:Address>"
	"</wsa:EndpointReference>"
	"<wsd:Types>wsdp:Device pub:Computer</wsd:Types>"
	"<wsd:MetadataVersion>1</wsd:MetadataVersion>"
	"</wsd:ProbeMatch>"
	"</wsd:ProbeMatches>"
	"</soap:Body>"
	"</soap:Envelope>";

#define ID "389d2e23-dafb-4434-97d7-651f37790358"

/* By hand. */
static void expect_text(const char *text, const char *expected)
{
	expect_answer(&query_wsdiscovery, text, strlen(text), expected);
}

START_TEST(wsdiscovery_question_is_made_of_the_token)
{
	expect_question(&query_wsdiscovery, question, LEN(question), true);
}
END_TEST

START_TEST(wsdiscovery_tells_what_the_server_said)
{
	expect_answer(&query_wsdiscovery, answer, LEN(answer),
		"types=wsdp:Device "
		"pub:Computer\nendpoint=urn:uuid:e5e61fb5-d685-5b50-9ba7-acb6e6962ef3\n"
		": wsdp:Device pub:Computer");
}
END_TEST

START_TEST(wsdiscovery_answers_nobody_else)
{
	expect_told(&query_wsdiscovery, &other_token, answer, LEN(answer), "no answer");
}
END_TEST

START_TEST(wsdiscovery_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_wsdiscovery, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(wsdiscovery_is_not_what_others_say)
{
	expect_foreign_refused(&query_wsdiscovery);
}
END_TEST

START_TEST(wsdiscovery_devices_are_called)
{
	uint8_t bytes[QUERY_MAX], other[QUERY_MAX];
	size_t len = query_wsdiscovery_device.make(&asked_token, bytes);

	ck_assert_uint_gt(len, query_wsdiscovery.make(&asked_token, other));
	ck_assert_ptr_nonnull(memmem(bytes, len, "<d:Types>wsdp:Device</d:Types>", 30));
	ck_assert_ptr_nonnull(memmem(bytes, len, "urn:uuid:" ID "<", 46));
	expect_answer(&query_wsdiscovery_device, answer, LEN(answer),
		"types=wsdp:Device "
		"pub:Computer\nendpoint=urn:uuid:e5e61fb5-d685-5b50-9ba7-acb6e6962ef3\n"
		": wsdp:Device pub:Computer");
	expect_foreign_refused(&query_wsdiscovery_device);
}
END_TEST

START_TEST(wsdiscovery_namespaces_have_any_name)
{
	expect_text("<Envelope><RelatesTo a='b'>\n uuid:" ID "\n</RelatesTo><x:ProbeMatches>"
		    "<x:XAddrs>http://192.0.2.1/ </x:XAddrs><Scopes/></x:ProbeMatches></Envelope>",
		"xaddrs=http://192.0.2.1/\n: ");
	expect_text("<E:Envelope><RelatesTo>" ID
		    "</RelatesTo><ProbeMatches></ProbeMatches></E:Envelope>",
		": ");
}
END_TEST

START_TEST(wsdiscovery_relates_to_our_probe)
{
	expect_text("<Envelope><RelatesTo>489d2e23-dafb-4434-97d7-651f37790358</"
		    "RelatesTo><ProbeMatches></ProbeMatches></Envelope>",
		"no answer");
	expect_text("<Envelope><RelatesTo>" ID
		    "x</RelatesTo><ProbeMatches></ProbeMatches></Envelope>",
		"no answer");
	expect_text("<Envelope><RelatesTo></RelatesTo><ProbeMatches></ProbeMatches></Envelope>",
		"no answer");
	expect_text("<Envelope><MessageID>" ID
		    "</MessageID><ProbeMatches></ProbeMatches></Envelope>",
		"no answer");
	expect_text("<Envelope><RelatesTo>" ID "</RelatesTo></Envelope>", "no answer");
}
END_TEST

START_TEST(wsdiscovery_tags_may_lie)
{
	expect_text("<Envelope>RelatesTo " ID, "no answer");
	expect_text("<Envelope><RelatesTo", "no answer");
	expect_text("<Envelope><RelatesTo>" ID, "no answer");
	expect_text("<Envelope><NotRelatesTo>" ID
		    "</NotRelatesTo><ProbeMatches></ProbeMatches></Envelope>",
		"no answer");
}
END_TEST

UNIT_MAIN("query/wsdiscovery", wsdiscovery_question_is_made_of_the_token,
	wsdiscovery_tells_what_the_server_said, wsdiscovery_answers_nobody_else,
	wsdiscovery_cut_anywhere_is_no_answer, wsdiscovery_is_not_what_others_say,
	wsdiscovery_devices_are_called, wsdiscovery_namespaces_have_any_name,
	wsdiscovery_relates_to_our_probe, wsdiscovery_tags_may_lie)
