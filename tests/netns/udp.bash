# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Real UDP services in the laboratory's server namespace, for tests and measurements of `netprobe scan --udp`, on every
# address of both families. They live as the servers of banner.bash do: lab_NAME returns 1 with LAB_WHY_NOT where such
# a service cannot be had.
#
#   dns (dnsmasq) 53, DHCP 67 (IPv4)     ntp (chrony) 123     snmp 161            tftp 69
#   memcached 11211                      stun (coturn) 3478   rpcbind 111         wireguard 51820
#
#   udp_services             starts them all; UDP_PORTS are those that run, UDP_MISSING says what does not, and why
#   udp_silent server 7000   a socket that takes everything and says nothing

# shellcheck source=tests/netns/banner.bash
source "$(dirname "${BASH_SOURCE[0]}")/banner.bash"

udp_services() {
    local name

    export UDP_PORTS='' UDP_MISSING=''
    for name in dns ntp snmp tftp memcached stun rpcbind wireguard; do
        LAB_WHY_NOT=
        lab_udp_$name || UDP_MISSING+="$name: $LAB_WHY_NOT"$'\n'
    done
}

# udp_open NAME PORT: waits until the port is
udp_open() {
    if ! lab_wait_for "${LAB_PATIENCE:-20}" udp_is_open "$2"; then
        LAB_WHY_NOT="$1 does not open port $2"
        echo "$LAB_WHY_NOT" >&2
        tail -n 20 "$LAB_DIR/$1.log" >&2
        return 1
    fi
    UDP_PORTS+="${UDP_PORTS:+,}$2"
}

udp_is_open() {
    on "${2:-server}" ss -Hlun "sport = $1" | grep -q .
}

# udp_has PORT
udp_has() {
    [[ ,$UDP_PORTS, = *,$1,* ]]
}

# DHCP is for the server's own network only: the option names an address that nobody has.
lab_udp_dns() {
    lab_needs dnsmasq || return 1
    lab_prepare dnsmasq
    lab_serve dnsmasq dnsmasq -k -C /dev/null -p 53 -u root -g root -R -h -x "$LAB_HOME/pid" --log-facility=- \
        --address=/example.net/192.0.2.1 --dhcp-range=10.77.2.100,10.77.2.120,1h \
        --dhcp-leasefile="$LAB_HOME/leases" --log-dhcp
    udp_open dnsmasq 53
}

# Its clock is the machine's, and stays as it is (-x).
lab_udp_ntp() {
    lab_needs chronyd || return 1
    lab_prepare chrony
    printf '%s\n' 'local stratum 3' 'allow all' 'cmdport 0' 'bindcmdaddress /' "pidfile $LAB_HOME/pid" \
        "driftfile $LAB_HOME/drift" 'user root' >"$LAB_HOME/chrony.conf"
    lab_serve chrony chronyd -x -d -u root -f "$LAB_HOME/chrony.conf"
    udp_open chrony 123
}

lab_udp_snmp() {
    lab_needs snmpd || return 1
    lab_prepare snmpd
    printf '%s\n' 'agentAddress udp:161,udp6:161' 'rocommunity public' 'rocommunity6 public' \
        'sysDescr netprobe test agent' 'sysName agent.example.net' >"$LAB_HOME/snmpd.conf"
    lab_serve snmpd env SNMP_PERSISTENT_DIR="$LAB_HOME" MIBS= snmpd -f -Lo -C -c "$LAB_HOME/snmpd.conf" \
        -p "$LAB_HOME/pid"
    udp_open snmpd 161
}

lab_udp_tftp() {
    lab_needs in.tftpd || return 1
    lab_prepare tftpd
    lab_serve tftpd in.tftpd -L -s -u root -P "$LAB_HOME/pid" "$LAB_HOME"
    udp_open tftpd 69
}

lab_udp_memcached() {
    lab_needs memcached || return 1
    lab_prepare memcached
    lab_serve memcached memcached -u root -l 0.0.0.0,:: -p 11211 -U 11211
    udp_open memcached 11211
}

lab_udp_stun() {
    lab_needs turnserver || return 1
    lab_prepare coturn
    lab_serve coturn turnserver -n -L "$LAB_SERVER4" -L "$LAB_SERVER6" -p 3478 --no-tls --no-dtls --no-cli \
        --log-file stdout --pidfile "$LAB_HOME/pid" -b "$LAB_HOME/db"
    udp_open coturn 3478
}

lab_udp_rpcbind() {
    lab_needs rpcbind || return 1
    lab_prepare rpcbind
    lab_serve rpcbind sh -c 'mkdir -m 755 /run/rpcbind && exec rpcbind -f'
    udp_open rpcbind 111
}

lab_udp_wireguard() {
    lab_needs wg || return 1
    if ! on server ip link add wg0 type wireguard 2>/dev/null; then
        LAB_WHY_NOT="this kernel has no WireGuard"
        return 1
    fi
    on server sh -c 'wg genkey | wg set wg0 listen-port 51820 private-key /dev/stdin && ip link set wg0 up'
    udp_open wireguard 51820
}

# udp_silent ROLE PORT...
udp_silent() {
    local role=$1 port

    shift
    for port; do
        lab_start "$role" socat -u "UDP6-RECV:$port" /dev/null
        lab_wait_for 10 udp_is_open "$port" "$role" || return 1
    done
}
