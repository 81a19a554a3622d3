/* SPDX-License-Identifier: MIT */
/*
 * Which ports to look at first. The order is a judgement, not a measurement: ports were gathered by
 * the kind of service that listens there (web, remote login, mail, names, directories, file
 * sharing, databases, remote desktops, printing, proxies, tunnels, message queues, clusters,
 * monitoring, telephony, industry, games), the kinds were ranked by how often a network has one,
 * and the lists were written in bands, the leading ports of each kind in the first. What is not
 * listed follows in ascending order, so that every machine has the same order.
 */
#include "netprobe/net/services.h"

#include "netprobe/base/mem.h"

#include <netinet/in.h>

enum { LAST_RANK = 65534 };

/* clang-format off */
static const uint16_t tcp[] = {
	/* nearly every network: web, login, names, mail, Windows file sharing and desktops */
	443, 80, 22, 53, 25, 445, 3389, 8080, 21, 8443,
	993, 587, 3306, 139, 135, 5432, 143, 23, 110, 995,

	/* most networks: directories, remote procedures, printing, screens, submission, web on the side */
	111, 465, 389, 636, 88, 5900, 631, 9100, 515, 2049,
	8000, 8888, 8081, 3000, 5000, 9000, 9090, 10000, 8008, 81,
	1433, 6379, 27017, 1521, 9200, 5985, 5986, 179, 853, 3128,

	/* tunnels, telephony, cameras, clusters, queues, monitoring */
	1723, 1194, 5060, 5061, 554, 6443, 2376, 2375, 10250, 5672,
	1883, 11211, 9092, 10050, 161, 873, 548, 3268, 464, 1080,
	8006, 7547, 8291, 2222, 5222, 6667, 3260, 49152, 5001, 8834,

	/* web on further ports */
	82, 83, 8001, 8002, 8009, 8010, 8082, 8083, 8084, 8085,
	8086, 8088, 8089, 8090, 8091, 8096, 8118, 8123, 8180, 8181,
	8222, 8880, 8889, 9001, 9002, 9080, 9091, 9443, 9999, 4443,
	4444, 7001, 7002, 7080, 7443, 5601, 5800, 591, 2082, 2083,
	2086, 2087, 2095, 2096, 3001, 4000, 4200, 5173, 6080, 10443,
	18080, 28017, 32400, 8545, 8112, 8161, 8172, 8200, 8300, 8500,

	/* login, file transfer, and what was usual before ssh */
	990, 989, 992, 512, 513, 514, 20, 69, 115, 2121,
	2022, 22222, 3690, 9418, 4369, 37, 79, 113, 119, 563,
	7, 9, 13, 17, 19, 43, 49, 70, 106, 199,

	/* mail, news, talk */
	24, 26, 2525, 4190, 783, 5223, 5269, 5280, 6697, 6660,
	7000, 1352, 1863, 5443, 64738, 10024, 10025, 11332, 11334, 628,

	/* Windows and directories: catalogues, calls, management, updates */
	3269, 593, 1025, 1026, 1027, 49153, 49154, 49155, 49156, 49157,
	49664, 49665, 49666, 49667, 49668, 9389, 5357, 5040, 7680, 8530,
	8531, 5355, 1801, 2103, 2105, 2107, 808, 1688, 42, 137,

	/* databases and caches */
	1434, 1526, 3050, 3307, 5433, 5984, 6432, 7474, 7687, 8087,
	9042, 9160, 9300, 26257, 27018, 27019, 28015, 33060, 50000, 1830,
	2483, 2484, 8126, 9004, 6380, 26379, 11210, 8529, 19530, 6333,

	/* clusters, containers, builds, storage, queues */
	2377, 2379, 2380, 4646, 5044, 5671, 6444, 7946, 8301, 8472,
	9093, 9094, 9876, 10255, 10256, 10257, 10259, 15672, 2181, 2888,
	3888, 4222, 61613, 61616, 8883, 5555, 50051, 50070, 8020, 9870,
	8140, 4505, 4506, 3300, 6789, 24007, 5666, 6817, 3205, 860,

	/* monitoring and logs */
	9115, 9096, 9104, 9182, 9187, 9256, 10051, 4949, 5667, 6556,
	8125, 2003, 3100, 4317, 4318, 6514, 12201, 16686, 19999, 1514,

	/* screens, tunnels, proxies */
	5901, 5902, 5903, 6000, 6001, 4899, 5938, 3283, 7070, 4022,
	3390, 1701, 4500, 500, 655, 943, 9050, 9051, 9150, 1085,
	3129, 8213, 8388, 16509, 16514, 902, 903, 623, 5120, 17988,

	/* routers, telephony, cameras, house and industry */
	2000, 5038, 8728, 8729, 2601, 2605, 4786, 646, 1720, 3478,
	5349, 37777, 34567, 8899, 102, 502, 1911, 4840, 4911, 20000,
	44818, 47808, 2404, 9600, 1962, 789, 2455, 1400, 62078, 49000,

	/* printing, scanning, media, backups, games, coins */
	721, 6566, 9101, 9102, 9103, 10080, 1556, 13724, 8612, 9220,
	3689, 1935, 8554, 7100, 6881, 51413, 9117, 25565, 25575, 27015,
	27036, 19132, 8333, 30303, 9735, 3333, 11434, 5050, 1099, 8787,
};

static const uint16_t udp[] = {
	/* names, time, management, addresses, the local link */
	53, 123, 161, 137, 67, 5353, 1900, 500, 4500, 443,
	138, 5355, 69, 514, 111, 3702, 68, 5060, 1194, 51820,

	/* directories, accounts, machines, telephony, tunnels, files */
	389, 88, 464, 1812, 1813, 623, 3478, 1434, 2049, 3389,
	520, 1701, 4789, 8472, 162, 546, 547, 631, 427, 5351,

	/* industry and house, caches, old echoes, games */
	5683, 47808, 11211, 1645, 177, 7, 19, 17, 27015, 19132,
	10001, 41641, 64738, 44818, 6881, 37, 319, 320, 2055, 6343,
};
/* clang-format on */

static uint32_t listed_up_to(const uint16_t *list, uint32_t count, uint32_t port)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += list[i] <= port;
	return found;
}

/* The index'th port, ascending, that is not in the list. */
static uint16_t unlisted(const uint16_t *list, uint32_t count, uint32_t index)
{
	uint32_t port = index + 1, before;

	/* each round makes room for the listed ports that the last one stepped over */
	do {
		before = port;
		port = index + 1 + listed_up_to(list, count, before);
	} while (port != before);
	return (uint16_t)port;
}

uint16_t service_top(uint32_t rank, int proto)
{
	const uint16_t *list = proto == IPPROTO_UDP ? udp : tcp;
	uint32_t count = proto == IPPROTO_UDP ? ARRAY_SIZE(udp) : ARRAY_SIZE(tcp);

	if (rank > LAST_RANK)
		return 0;
	return rank < count ? list[rank] : unlisted(list, count, rank - count);
}
