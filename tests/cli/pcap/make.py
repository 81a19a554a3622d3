#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the captures of this folder, which are committed: tests/cli/pcap/make.py, with scapy, and gzip, zstd and
xz for the packed ones. Nobody runs it but who changes them."""
import os
import struct
import subprocess

from scapy.all import ICMP, IP, Dot1AD, Dot1Q, Ether, GRE, IPv6, Raw, TCP, UDP, VXLAN

START = 1772600767.0  # 2026-03-04 05:06:07
ETHERNET, RAW, COOKED2 = 1, 101, 276
CLIENT, SERVER = "192.0.2.1", "198.51.100.2"
FOLDER = os.path.dirname(os.path.abspath(__file__))


def options(tsval=0, tsecr=0, mss=1460, scale=7):
    return [("MSS", mss), ("SAckOK", b""), ("Timestamp", (tsval, tsecr)), ("NOP", None), ("WScale", scale)]


class Conversation:
    """Packets of one connection, each [seconds from the start, bytes of its IP packet]."""

    def __init__(self, at, port, server_port, client=CLIENT, server=SERVER):
        self.at, self.ports, self.hosts = at, (port, server_port), (client, server)
        self.next, self.id, self.packets = [1000, 5000], [port & 0xfff, 9000], []
        self.ip = IPv6 if ":" in client else IP

    def add(self, after, side, flags, payload=b"", opts=(), ttl=None, ack=None, seq=None, rst=False):
        ttl = ttl if ttl is not None else (64, 57)[side]
        ip = self.ip(src=self.hosts[side], dst=self.hosts[1 - side])
        if self.ip is IP:
            ip.ttl, ip.id, ip.flags = ttl, self.id[side], "DF"
        else:
            ip.hlim = ttl
        self.id[side] += 1
        tcp = TCP(sport=self.ports[side], dport=self.ports[1 - side], flags=flags, window=64240, options=list(opts),
                  seq=self.next[side] if seq is None else seq,
                  ack=(self.next[1 - side] if ack is None else ack) if "A" in flags else 0)
        packet = bytes(ip / tcp / Raw(payload)) if payload else bytes(ip / tcp)
        if seq is None and not rst:
            self.next[side] += len(payload) + ("S" in flags) + ("F" in flags)
        self.packets.append([self.at + after, packet])
        return packet

    def handshake(self, synack=0.0102, ack=0.00004, **kind):
        self.add(0, 0, "S", opts=options(100, 0, **kind))
        self.add(synack, 1, "SA", opts=options(900, 100, 1400, 8))
        self.add(synack + ack, 0, "A")


def fates():
    talks = []

    def talk(at, port, server_port, **hosts):
        talks.append(Conversation(at, port, server_port, **hosts))
        return talks[-1]

    t = talk(0, 40001, 80)
    t.handshake()
    t.add(0.0110, 0, "PA", b"GET / HTTP/1.0\r\n\r\n")
    t.add(0.0320, 1, "PA", b"x" * 100)
    t.add(0.0330, 0, "FA")
    t.add(0.0430, 1, "FA")
    t.add(0.0431, 0, "A")

    t = talk(0.1, 40002, 81)
    t.add(0, 0, "S", opts=options(100))
    t.add(0.0105, 1, "RA", seq=0, rst=True)

    t = talk(0.2, 40003, 443)
    for after in (0, 1, 3):
        t.add(after, 0, "S", opts=options(int(100 + 1000 * after)), seq=1000)

    t = talk(0.3, 40004, 25)
    syn = t.add(0, 0, "S", opts=options(100))
    t.packets.append([t.at + 0.002, bytes(IP(src="192.0.2.254", dst=CLIENT, ttl=64, id=7) / ICMP(type=3, code=13) /
                                          Raw(syn[:28]))])

    t = talk(0.4, 40005, 22)
    t.add(0, 0, "S", opts=options(100))
    t.add(0.0102, 1, "SA", opts=options(900, 100), seq=5000, ack=1001)
    t.add(1.0302, 1, "SA", opts=options(1920, 100), seq=5000, ack=1001)

    t = talk(0.5, 40006, 80)
    t.add(0, 0, "S", opts=options(100), seq=1000)
    t.add(1.0, 0, "S", opts=options(1100))
    t.add(1.0102, 1, "SA", opts=options(900, 1100))
    t.add(1.01024, 0, "A")

    t = talk(0.6, 40007, 80)
    t.add(0, 0, "PA", b"the middle")
    t.add(0.0102, 1, "A")

    t = talk(0.7, 40008, 443)
    t.handshake()
    t.add(0.0110, 0, "PA", b"hello")
    t.add(0.0115, 1, "R", ttl=255, rst=True)

    t = talk(0.8, 40009, 22, client="2001:db8::1", server="2001:db8::2")
    t.handshake(0.0202)
    return [p for t in talks for p in t.packets]


def inside():
    """The same handshake where a filter for `port 80` does not look."""
    out = []
    for number, (outer, into) in enumerate((
            (Ether(type=0x8100) / Dot1Q(vlan=10, type=0x0800), b""),
            (Ether(type=0x88a8) / Dot1AD(vlan=20, type=0x8100) / Dot1Q(vlan=30, type=0x0800), b""),
            (Ether() / IP(src="10.1.0.1", dst="10.1.0.2") / GRE(proto=0x0800), b""),
            (Ether() / IP(src="10.1.0.1", dst="10.1.0.2") / UDP(sport=49152, dport=4789, chksum=0) /
             VXLAN(vni=42, flags=8), bytes(Ether(type=0x0800)[0])))):
        t = Conversation(number, 41001 + number, 80)
        t.handshake()
        out += [[at, bytes(outer / Raw(into + packet))] for at, packet in t.packets]
    return out


def cooked(packet, interface, kind):
    return struct.pack(">HHIHBB8s", 0x0800, 0, interface, 1, kind, 6, b"\2\0\0\0\0\1\0\0") + packet


def passing():
    """What a router sees of two attempts on all its interfaces: the first goes through, the second stays."""
    t = Conversation(0, 42001, 80)
    t.handshake()
    out = []
    for at, packet in t.packets:
        hop = IP(packet)
        hop.ttl -= 1
        del hop.chksum
        into = 2 if hop.src == CLIENT else 3
        out += [[at, cooked(packet, into, 0)], [at + 0.000020, cooked(bytes(hop), 5 - into, 4)]]
    t = Conversation(0.5, 42002, 81)
    t.add(0, 0, "S", opts=options(100), seq=1000)
    t.add(1, 0, "S", opts=options(1100), seq=1000)
    return out + [[at, cooked(packet, 2, 0)] for at, packet in t.packets]


def ether(packets):
    return [[at, bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02",
                             type=0x86dd if packet[0] >> 4 == 6 else 0x0800)) + packet] for at, packet in packets]


def write_pcap(name, link, packets):
    with open(os.path.join(FOLDER, name), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link))
        for at, packet in sorted(packets, key=lambda p: p[0]):
            usec = round((START + at) * 1e6)
            f.write(struct.pack("<IIII", usec // 10**6, usec % 10**6, len(packet), len(packet)) + packet)


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def write_pcapng(name, interfaces, packets):
    """Packets are [seconds, bytes, interface]."""
    with open(os.path.join(FOLDER, name), "wb") as f:
        f.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
        for link, title in interfaces:
            f.write(block(1, struct.pack("<HHI", link, 0, 0) + option(2, title) + struct.pack("<HH", 0, 0)))
        for at, packet, interface in sorted(packets, key=lambda p: p[0]):
            usec = round((START + at) * 1e6)
            f.write(block(6, struct.pack("<IIIII", interface, usec >> 32, usec & 0xffffffff, len(packet),
                                         len(packet)) + packet))


def clamped():
    """Both sides of a router that lowers the MSS; then one attempt through a tunnel device without link headers."""
    t = Conversation(0, 43001, 443)
    t.handshake()
    near = ether(t.packets)
    far = []
    for at, packet in near:
        hop = Ether(packet)
        hop[IP].ttl -= 1
        opts = hop[TCP].options
        hop[TCP].options = [("MSS", 1380) if o[0] == "MSS" and o[1] > 1400 else o for o in opts]
        del hop[IP].chksum, hop[TCP].chksum
        far.append([at + 0.00003, bytes(hop)])
    t = Conversation(1, 43002, 80)
    t.add(0, 0, "S", opts=options(100))
    t.add(0.010, 1, "RA", seq=0, rst=True)
    return ([p + [0 if IP(p[1][14:]).src == CLIENT else 1] for p in near] +
            [p + [1 if IP(p[1][14:]).src == CLIENT else 0] for p in far] + [p + [2] for p in t.packets])


def hostile():
    """A name that would clear a terminal and begin a line of its own; two interfaces, so that it is shown."""
    return [[at, packet, interface] for at, packet, interface in clamped() if interface < 2]


write_pcap("fates.pcap", ETHERNET, ether(fates()))
write_pcap("inside.pcap", ETHERNET, inside())
write_pcap("passing.pcap", COOKED2, passing())
write_pcapng("clamped.pcapng", [(ETHERNET, b"eth0"), (ETHERNET, b"eth1"), (RAW, b"tun0")], clamped())
write_pcapng("hostile.pcapng", [(ETHERNET, b"\x1b[2J\xff\n7"), (ETHERNET, b"\xe2\x80\xae\x07")], hostile())
for command, end in (["gzip", "-9n"], "gz"), (["zstd", "-19", "-q"], "zst"), (["xz", "-9"], "xz"):
    with open(os.path.join(FOLDER, "fates.pcap"), "rb") as f, \
            open(os.path.join(FOLDER, "fates.pcap." + end), "wb") as packed:
        subprocess.run(command + ["-c"], stdin=f, stdout=packed, check=True)
