#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# `netprobe banner` against real servers: what it says of them, and what they say of it. What they wrote in their logs
# is kept before anything impolite is asked of them: a mismatch, an offer of TLS to a server of unknown kind, nmap.

bats_require_minimum_version 1.5.0
load banner.bash

# By their numbers alone; then those that have to be told or found out.
POLITE=21,22,23,25,53,80,110,143,443,465,587,990,993,995,3306,5432,6379
HTTPS=(444 445 446 447 448 449)

start_server() {
    "lab_$1" || echo "${LAB_WHY_NOT:-it does not start}" >"$LAB_DIR/$1.missing"
}

start_servers() {
    local server

    # at once: the data bases take their time
    for server in mariadb postgresql postfix nginx sshd dovecot vsftpd redis dns telnetd; do
        start_server $server &
    done
    wait
    lab_hostile :: 7001=never 7002=close 7003=reset 7004=half 7005=never 7006=never 7007=never
    lab_nft server "
        table inet lab {
            chain input {
                type filter hook input priority 0
                tcp dport 7005 reject with icmpx type port-unreachable
                tcp dport 7006 drop
                tcp dport 7007 reject with icmpx type admin-prohibited
            }
        }"
    if lab_etc_possible; then
        echo "nameserver $LAB_SERVER4" | lab_etc client resolv.conf
    fi
}

ask_politely() {
    local named=(--ca "$LAB_DIR/tls/ca.pem" --name www.example.net)

    json all-4 "${named[@]}" -p "$POLITE" "$LAB_SERVER4" &
    json all-6 "${named[@]}" -p "$POLITE" "$LAB_SERVER6" &
    wait
    json no-tls --no-tls -p 21,25,110,143,587,3306,5432 "$LAB_SERVER4" &
    json by-address --ca "$LAB_DIR/tls/ca.pem" "https://$LAB_SERVER4" "https://[$LAB_SERVER6]" "http://$LAB_SERVER4" \
        "http://[$LAB_SERVER6]:8888" &
    json told "${named[@]}" "smtp://$LAB_SERVER4:2525" "ssh://$LAB_SERVER4:2222" "mysql://$LAB_SERVER4:3307" \
        "mysql://[$LAB_SERVER6]:3307" \
        "postgresql://$LAB_SERVER4:5433" "redis://$LAB_SERVER4:6380" "rediss://$LAB_SERVER4:6390" \
        "smtp://$LAB_SERVER4:26" "smtp://[$LAB_SERVER6]:26" &
    json listened --listen 3s -p 22,25,26,2222,2525 "ssh://$LAB_SERVER4:22" "$LAB_SERVER4" &
    wait
    sleep 0.5
    mkdir "$LAB_DIR/polite"
    cp "$LAB_DIR"/*.log "$LAB_DIR/polite"
}

ask_http() {
    local named=(--ca "$LAB_DIR/tls/ca.pem" --name www.example.net) url="http://$LAB_SERVER4"

    # shellcheck disable=SC2086 # a list
    json tls "${named[@]}" --proto http --tls -p "$(IFS=, && echo "${HTTPS[*]}")" "$LAB_SERVER4" &
    json no-ca --name www.example.net -p 443 "$LAB_SERVER4" &
    json wrong-address --ca "$LAB_DIR/tls/ca.pem" "https://$LAB_SERVER4:445" &
    json sni --ca "$LAB_DIR/tls/ca.pem" --name other.example.net -p 443 "$LAB_SERVER4" &
    json head-refused --proto http -p 81 "$LAB_SERVER4" &
    json get --get -p 80 "$LAB_SERVER4" &
    json path "$url/query?a=b%20c&d=1" --get &
    json gone "$url/gone" &
    json unfollowed "$url/moved" &
    json followed --follow "$url/moved" &
    json to-tls --follow "${named[@]}" "$url/secure-here" &
    json loop --follow --max-redirects 3 "$url/loop" &
    json loop-default --follow "$url/loop" &
    json elsewhere --follow "$url/far" &
    json named --follow --ca "$LAB_DIR/tls/ca.pem" http://www.example.net/secure &
    json numeric -n --follow "$url/secure" &
    json no-tls-follow --no-tls --follow "$url/secure-here" &
    wait
}

ask_strangers() {
    local both=("$LAB_SERVER4" "$LAB_SERVER6")

    json odd --ca "$LAB_DIR/tls/ca.pem" --name www.example.net -p 2222,2525,8888,9443 "${both[@]}" &
    json no-offer --no-tls --listen 300ms -p 9443 "$LAB_SERVER4" &
    json proto-tls --proto tls --listen 300ms -p 443,465,8888,9443 "$LAB_SERVER4" &
    json mismatch --proto smtp -w 2s -p 22 "$LAB_SERVER4" &
    json mismatch-http --proto http -w 2s -p 22,25 "$LAB_SERVER4" &
    json mismatch-ssh --proto ssh -w 2s -p 25 "$LAB_SERVER4" &
    json silent --listen 300ms -w 300ms -p 7001 "${both[@]}" &
    json silent-told --proto smtp -w 300ms -p 7001 "${both[@]}" &
    json closed --listen 300ms -w 300ms -p 7002,7003 "${both[@]}" &
    json half --proto smtp -w 300ms -p 7004 "${both[@]}" &
    json refused --connect-timeout 1s -p 7005,7006,7007,7008 "${both[@]}" &
    json silence --connect-timeout 500ms -p 7006 "$LAB_SERVER4" &
    json unresolved -p 80 no-such-name.invalid &
    text table -p 22,80,443,7008 "$LAB_SERVER4" &
    text long --ca "$LAB_DIR/tls/ca.pem" --name www.example.net -p 443 "$LAB_SERVER4" &
    text dialogue -v --ca "$LAB_DIR/tls/ca.pem" -p 25 "$LAB_SERVER4" &
    json dialogue-json -v -p 25 "$LAB_SERVER4" &
    wait
}

make_lab() {
    lab_up direct
    lab_icmp_limit none
    lab_certificates
    start_servers
    ask_politely
    ask_http
    ask_strangers
}

lab_tests make_lab

needs() {
    local server

    for server; do
        [ ! -e "$LAB_DIR/$server.missing" ] || skip "no $server: $(cat "$LAB_DIR/$server.missing")"
    done
}

# both PORT FILTER: true in both families
both() {
    port all-4 "$1" "$2"
    port all-6 "$1" "$2"
}

# each NAME FILTER: true for every record, of which there are some
each() {
    is "$1" "map(select(.type == \"banner\")) | length > 0 and all($2)"
}

# each_ok NAME FILTER: true for every record of a server that answered, of which there are some
each_ok() {
    is "$1" "map(select(.type == \"banner\" and .state == \"ok\")) | length > 0 and all($2)"
}

# never_said NAME PATTERN: the server has not written such a line
never_said() {
    ! grep -E -- "$2" "$LAB_DIR/polite/$1.log" >&2
}

says() {
    grep -E -- "$2" "$LAB_DIR/polite/$1.log" >/dev/null && return
    echo "$1.log has no line $2:" >&2
    tail -n 20 "$LAB_DIR/polite/$1.log" >&2
    return 1
}

UPGRADED='.tls.upgraded and .tls.verified and (.tls.version | startswith("TLSv1")) and .tls.verify_error == null'
WRAPPED='(.tls.upgraded | not) and .tls.verified and (.tls.version | startswith("TLSv1"))'

# ---- of every record

@test "each port has one record, in both families" {
    needs nginx sshd postfix dovecot vsftpd redis postgresql mariadb dns telnetd
    same "$(fact all-4 '.port' .port | sort -n | paste -sd,)" "$POLITE"
    same "$(fact all-6 '.port' .port | sort -n | paste -sd,)" "$POLITE"
    each all-4 '.state == "ok" and .decided_by == "port"'
    each all-6 '.state == "ok" and .decided_by == "port"'
    exits all-4 0
    exits all-6 0
}

@test "the keys stand in the promised order" {
    local run

    for run in all-4 told closed refused mismatch followed loop silent; do
        # shellcheck disable=SC2016 # for jq
        is "$run" 'map(select(.type == "banner")) | all(keys_unsorted
            | map(if IN("http", "smtp", "ssh", "ftp", "pop3", "imap", "mysql", "postgresql", "redis", "dns", "telnet")
                then "facts" else . end) as $said
            | ["type", "host", "addr", "port", "url", "proto", "asked", "decided_by", "state", "reason", "from", "icmp",
                "detail", "phases_ms", "tls", "facts", "redirects", "bytes", "connections", "limit", "raw",
                "raw_truncated"] | map(select(IN($said[]))) == $said)'
    done
}

@test "every run begins and ends with its own record, and the end knows the exit status" {
    local run

    for run in all-4 told closed refused mismatch; do
        is "$run" '.[0].type == "run" and .[-1].type == "end" and ([.[1:-1][].type] | unique == ["banner"])'
        is "$run" ".[-1].exit == $(cat "$LAB_DIR/$run.status")"
    done
}

@test "phases are there where they took place, and their sum is no more than the whole" {
    local run

    for run in all-4 all-6 told tls followed; do
        each_ok "$run" '.phases_ms | .resolve == null and .connect >= 0 and .first_byte >= 0
            and .total + 0.002 >= .connect + (.tls // 0) + .first_byte'
        each_ok "$run" '(.tls == null) == (.phases_ms.tls == null)'
    done
    each refused '.phases_ms | .connect == null and .tls == null and .first_byte == null and .total > 0'
    each silent '.phases_ms | .connect >= 0 and .first_byte == null and .total >= 300'
}

@test "a name's lookup is a phase" {
    lab_etc_possible || skip "/etc cannot be written here"
    session named '.phases_ms.resolve >= 0 and .phases_ms.total >= .phases_ms.resolve and .host == "www.example.net"'
}

@test "bytes and raw are those of the server" {
    each_ok all-4 '.bytes > 0 and (.raw | length > 0) and .connections >= 1'
    each refused '.bytes == 0 and .connections == 0'
    needs sshd
    port all-4 22 '.raw | startswith("SSH-2.0-")'
}

# ---- HTTP

@test "nginx over HTTP: status, server, type, headers" {
    needs nginx
    both 80 '.proto == "http" and .http.status == 200 and .http.reason == "OK" and .http.version == "1.1"
        and (.http.server | startswith("nginx/")) and .http.content_type == "text/html" and .tls == null
        and (.http.headers | any(startswith("ETag: "))) and .http.title == null'
}

@test "curl -I gets the same header lines" {
    needs nginx
    command -v curl >/dev/null || skip "curl is not installed"
    same "$(fact all-4 80 '.http.headers[]' | grep -v '^Date: ')" \
        "$(on client curl -sI "http://$LAB_SERVER4/" | tr -d '\r' | sed 1d | grep -v '^Date: ' | grep . |
            sed 's/^Connection: keep-alive/Connection: close/')"
}

@test "HEAD by default, GET for the title, GET where HEAD is refused" {
    needs nginx
    session get '.http.title == "Hello & welcome"'
    session head-refused '.http.status == 200 and .http.title == "Hello & welcome"'
    same "$(grep '^81 ' "$LAB_DIR/nginx-access.log" | grep -o '"[A-Z]* .*" [0-9]*' | cut -d' ' -f1,4)" '"HEAD 405
"GET 200'
    never_said nginx-access '^80 "GET / '
}

@test "path and query of a URL are asked for" {
    needs nginx
    session path '.http.status == 200 and (.raw | contains("a=b%20c&d=1"))'
    session gone '.http.status == 410 and .state == "ok"'
    exits gone 0
}

@test "Host is the asked name, else the address, with a port that is not usual" {
    needs nginx
    says nginx-access '^80 "HEAD / HTTP/1.1" 200 host="www.example.net" sni="-"'
    says nginx-access '^443 "HEAD / HTTP/1.1" 200 host="www.example.net" sni="www.example.net"'
    says nginx-access "^80 .* host=\"$LAB_SERVER4\""
    says nginx-access "^443 .* host=\"$LAB_SERVER4\" sni=\"-\""
    says nginx-access "^443 .* host=\"\\[$LAB_SERVER6\\]\" sni=\"-\""
    says nginx-access "^8888 .* host=\"\\[$LAB_SERVER6\\]:8888\""
}

@test "redirects are told, and followed only when asked" {
    needs nginx
    session unfollowed '.http.status == 301 and (.http.location | endswith("/there")) and .connections == 1
        and ((.redirects // []) == [])'
    session followed ".http.status == 200 and .redirects == [\"301 http://$LAB_SERVER4/there\"] and .connections == 2"
}

@test "a redirect to HTTPS is followed into TLS" {
    needs nginx
    session to-tls ".http.status == 200 and .tls.verified and .redirects == [\"302 https://$LAB_SERVER4/there\"]
        and .connections == 2"
    session no-tls-follow '.tls == null and .http.status == 302 and (.detail | test("TLS"))'
}

@test "a redirect to a name is looked up, and not with -n" {
    needs nginx
    session numeric '.http.status == 301 and (.detail != null)'
    lab_etc_possible || skip "/etc cannot be written here"
    session named '.http.status == 200 and .tls.verified and .redirects == ["301 https://www.example.net/there"]'
}

@test "a loop of redirects ends where it is told to, and by itself" {
    needs nginx
    session loop '.limit == "redirects" and (.redirects | length == 3) and .http.status == 302 and .connections == 4'
    session loop-default '.limit == "redirects" and (.redirects | length == 10)'
    exits loop 0
}

@test "a redirect out of HTTP is not followed" {
    needs nginx
    session elsewhere '.http.status == 301 and .connections == 1 and .http.location == "ssh://www.example.net/"'
}

# ---- TLS

@test "a good certificate: every fact" {
    needs nginx
    both 443 '.proto == "http" and .http.status == 200 and (.tls | .version == "TLSv1.3" and .verified
        and .verify_error == null and .alpn == "http/1.1" and (.upgraded | not) and .chain == 2
        and (.subject | test("CN=www.example.net")) and (.subject | test("O=Example"))
        and .issuer == "CN=netprobe test CA" and .key == "RSA 2048" and .signature == "sha256WithRSAEncryption"
        and .days_left == 64)'
    same "$(fact all-4 443 '.tls.san | join(",")')" "$LAB_SAN"
}

@test "openssl says the same of the certificate and the cipher" {
    needs nginx
    local pem=$LAB_DIR/tls/good.pem

    same "$(fact all-4 443 .tls.fingerprint)" \
        "$(openssl x509 -in "$pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)"
    same "$(fact all-4 443 '.tls.not_before, .tls.not_after' | while read -r t; do date -d "$t" +%s; done)" \
        "$(openssl x509 -in "$pem" -noout -dates | sed 's/.*=//' | while read -r t; do date -d "$t" +%s; done)"
    same "$(fact all-4 443 '.tls.subject, .tls.issuer')" \
        "$(openssl x509 -in "$pem" -noout -subject -issuer -nameopt RFC2253 | sed 's/^[a-z]*=//')"
    same "$(fact all-4 443 .tls.cipher)" "$(on client openssl s_client -connect "$LAB_SERVER4:443" </dev/null 2>&1 |
        sed -n 's/^New, .*Cipher is //p')"
}

@test "expired, early, wrong and self-signed certificates: not verified, the reason, and a banner all the same" {
    needs nginx
    each tls '.state == "ok" and .proto == "http"'
    port tls 444 '(.tls.verified | not) and (.tls.verify_error | test("expired")) and .tls.days_left < 0
        and .http.status == 200'
    port tls 445 '(.tls.verified | not) and (.tls.verify_error | test("mismatch")) and .tls.subject == "CN=other.example.net"'
    port tls 446 '(.tls.verified | not) and (.tls.verify_error | test("self.signed")) and .tls.key == "ED25519"
        and .tls.issuer == .tls.subject'
    port tls 447 '.tls.verified and .tls.version == "TLSv1.2"'
    port tls 448 '(.tls.verified | not) and (.tls.verify_error | test("not yet valid")) and .tls.key == "EC P-256"'
    exits tls 0
}

@test "a client certificate that is asked for and not there: TLS stands, the server says so" {
    needs nginx
    port tls 449 '.tls.verified and .http.status == 400'
}

@test "a CA that this machine does not know" {
    needs nginx
    session no-ca '.state == "ok" and (.tls.verified | not) and (.tls.verify_error | test("self.signed|issuer"))'
    exits no-ca 0
}

@test "without a name the certificate has to be for the address" {
    needs nginx
    is by-address 'map(select(.type == "banner" and .tls)) | length == 2 and all(.tls.verified)'
    session wrong-address '(.tls.verified | not) and (.tls.verify_error | test("IP address mismatch"))'
}

@test "the name is sent as SNI" {
    needs nginx
    session sni '.tls.subject == "CN=other.example.net" and .tls.verified'
}

@test "nginx has nothing to complain of" {
    needs nginx
    never_said nginx '\[(emerg|alert|crit|error|warn)\]|client sent|SSL_do_handshake|while SSL handshaking'
}

# ---- SSH

@test "OpenSSH: identification and what it negotiates" {
    needs sshd
    both 22 '.proto == "ssh" and .ssh.protocol == "2.0" and (.ssh.software | startswith("OpenSSH_"))
        and (.ssh.host_key | index("ssh-ed25519")) and (.ssh.compression | index("none"))'
    same "$(fact all-4 22 .ssh.ident)" "$(on client bash -c "head -n 1 </dev/tcp/$LAB_SERVER4/22" | tr -d '\r')"
}

# nmap_algorithms NAME: of the script's output
nmap_algorithms() {
    sed -n "/^|   $1: /,/^|   [a-z_]*: /p" "$LAB_DIR/algos.nmap" | sed -n 's/^| \{7\}//p'
}

@test "nmap's ssh2-enum-algos lists the same algorithms" {
    needs sshd
    command -v nmap >/dev/null || skip "nmap is not installed"
    on client nmap -n -Pn -p 22 --script ssh2-enum-algos "$LAB_SERVER4" | sed 's/^|_ /|  /' >"$LAB_DIR/algos.nmap"
    same "$(fact all-4 22 '.ssh.kex[]')" "$(nmap_algorithms kex_algorithms)"
    same "$(fact all-4 22 '.ssh.host_key[]')" "$(nmap_algorithms server_host_key_algorithms)"
    same "$(fact all-4 22 '.ssh.ciphers[]')" "$(nmap_algorithms encryption_algorithms)"
    same "$(fact all-4 22 '.ssh.macs[]')" "$(nmap_algorithms mac_algorithms)"
    same "$(fact all-4 22 '.ssh.compression[]')" "$(nmap_algorithms compression_algorithms)"
    [ "$(fact all-4 22 '.ssh.kex[]' | wc -l)" -gt 3 ]
}

@test "OpenSSH has nothing to complain of" {
    needs sshd
    says sshd "Connection from $LAB_CLIENT4 "
    never_said sshd 'error:|Bad protocol|kex_exchange_identification|banner exchange|Did not receive identification|fatal:|[Uu]nable to negotiate'
}

# ---- mail

@test "Postfix: greeting, extensions, and TLS by STARTTLS" {
    needs postfix
    both 25 ".proto == \"smtp\" and .smtp.code == 220 and .smtp.hostname == \"mail.example.net\"
        and .smtp.greeting == \"mail.example.net ESMTP Postfix\" and .smtp.starttls
        and (.smtp.extensions | index(\"PIPELINING\")) and $UPGRADED"
    both 587 ".proto == \"smtp\" and .smtp.starttls and $UPGRADED"
}

@test "Postfix wrapped in TLS" {
    needs postfix
    both 465 ".proto == \"smtp\" and .smtp.hostname == \"mail.example.net\" and $WRAPPED
        and (.smtp.extensions | length > 3)"
}

@test "postscreen: the whole greeting, after it took its time" {
    needs postfix
    is told 'map(select(.port == 26)) | length == 2 and all(.state == "ok" and .smtp.code == 220
        and .smtp.greeting == "mail.example.net ESMTP Postfix\\nmail.example.net ESMTP Postfix"
        and .phases_ms.total >= 2000 and .smtp.starttls and .tls.upgraded)'
    port listened 26 '.proto == "smtp" and .decided_by == "greeting" and .smtp.code == 220'
}

@test "postscreen and Postfix have nothing to complain of" {
    needs postfix
    says postfix "CONNECT from \\[$LAB_CLIENT4\\].* to \\[$LAB_SERVER4\\]:26"
    says postfix "disconnect from unknown\\[$LAB_CLIENT4\\] ehlo=[12] .*quit=1"
    never_said postfix 'PREGREET|HANGUP|COMMAND|BARE NEWLINE|NON-SMTP|improper command pipelining|lost connection|timeout after|SSL_accept error|TLS library problem|warning: non-SMTP|unknown=|too many errors'
}

@test "Dovecot: IMAP and POP3, with STARTTLS and wrapped in TLS" {
    needs dovecot
    both 143 ".proto == \"imap\" and .imap.status == \"OK\" and .imap.starttls and $UPGRADED
        and (.imap.greeting | test(\"Dovecot\")) and (.imap.capabilities | index(\"IMAP4rev1\"))"
    both 110 ".proto == \"pop3\" and .pop3.starttls and $UPGRADED
        and (.pop3.greeting | test(\"Dovecot\")) and (.pop3.capabilities | index(\"UIDL\"))"
    both 993 ".proto == \"imap\" and (.imap.capabilities | index(\"AUTH=PLAIN\")) and $WRAPPED"
    both 995 ".proto == \"pop3\" and (.pop3.capabilities | index(\"USER\")) and $WRAPPED"
}

@test "Dovecot has nothing to complain of: every session said goodbye" {
    needs dovecot
    says dovecot "rip=$LAB_CLIENT4"
    never_said dovecot 'Error|Warning|Fatal|Panic|TLS handshaking|too many invalid|[Ii]nvalid|bad command|Disconnected: (Connection closed|Inactivity)'
}

# ---- FTP

@test "vsftpd: greeting, features, TLS by AUTH TLS and wrapped" {
    needs vsftpd
    both 21 ".proto == \"ftp\" and .ftp.code == 220 and .ftp.greeting == \"netprobe test FTP\" and .ftp.starttls
        and (.ftp.features | index(\"AUTH TLS\")) and $UPGRADED"
    both 990 ".proto == \"ftp\" and .ftp.code == 220 and $WRAPPED"
}

@test "vsftpd was asked nothing it does not know, and was told goodbye" {
    needs vsftpd
    says vsftpd 'FTP command: .*"AUTH TLS"'
    says vsftpd 'FTP command: .*"QUIT"'
    never_said vsftpd '"(500|501|502|503|530|421) |error|SSL_accept'
}

# ---- databases

@test "PostgreSQL: TLS, how it wants to be convinced" {
    needs postgresql
    both 5432 ".proto == \"postgresql\" and .postgresql.starttls and .postgresql.auth == [\"scram-sha-256-plus\", \"scram-sha-256\"]
        and $UPGRADED"
    port told 5433 '.postgresql.starttls == false and .tls == null and .postgresql.auth == ["scram-sha-256"]'
}

@test "PostgreSQL has nothing to complain of" {
    needs postgresql
    says postgresql "connection received: host=$LAB_CLIENT4"
    never_said postgresql 'invalid length|could not accept SSL|unsupported frontend protocol|incomplete startup packet|invalid startup|could not receive data|protocol'
}

@test "MariaDB: version, and TLS" {
    needs mariadb
    both 3306 ".proto == \"mysql\" and .mysql.protocol == 10 and (.mysql.version | test(\"^1[01]\\\\..*MariaDB\"))
        and .mysql.auth_plugin == \"mysql_native_password\" and .mysql.starttls and .mysql.thread > 0 and $UPGRADED"
    is told 'map(select(.port == 3307)) | length == 2 and any(.mysql.starttls == false and .mysql.protocol == 10)
        and any(.mysql.error_code == 1130 and (.mysql.error | test("not allowed to connect"))) and all(.tls == null)'
}

@test "MariaDB has nothing to complain of but that nobody logged in" {
    needs mariadb
    never_said mariadb 'reading communication packets|Bad handshake|bad handshake|\[ERROR\]|Got packets out of order|is blocked'
}

@test "Redis: version; where it wants a password, that; wrapped in TLS" {
    needs redis
    both 6379 '.proto == "redis" and .redis.mode == "standalone" and (.redis.os | startswith("Linux"))
        and .redis.auth_required == false'
    same "$(fact all-4 6379 .redis.version)" "$(redis-server --version | grep -o 'v=[0-9.]*' | cut -c3-)"
    port told 6380 '.state == "ok" and .redis.auth_required and .redis.version == null'
    port told 6390 ".state == \"ok\" and (.redis.version != null) and $WRAPPED"
}

@test "Redis has nothing to complain of" {
    needs redis
    says redis "Accepted $LAB_CLIENT4"
    never_said redis 'Protocol error|SECURITY ATTACK|Error accepting|WRONGTYPE'
}

# ---- DNS, telnet

@test "dnsmasq over TCP: its version" {
    needs dns
    both 53 '.proto == "dns" and .dns.rcode == "NOERROR" and (.dns.version | startswith("dnsmasq-"))'
    same "$(fact all-4 53 .dns.version)" "dnsmasq-$(dnsmasq --version | sed -n '1s/.*version \([^ ]*\).*/\1/p')"
}

@test "telnetd: options, and its text once they are settled" {
    needs telnetd
    both 23 '.proto == "telnet" and (.telnet.options | index("DO TERMINAL-TYPE")) and .tls == null'
    each all-4 'if .port == 23 then .telnet.options | all(test("^(DO|DONT|WILL|WONT) ")) else true end'
}

# ---- without TLS

@test "--no-tls: STARTTLS is seen and not used" {
    needs postfix dovecot vsftpd postgresql mariadb
    each no-tls '.tls == null and (.port == 5432 or ([.smtp, .ftp, .pop3, .imap, .mysql] | any(.starttls?)))
        and .state == "ok"'
    each no-tls '.phases_ms.tls == null'
}

# ---- which protocol

@test "a scheme and --proto name it" {
    needs sshd postfix
    port told 2222 '.proto == "ssh" and .asked == "ssh" and .decided_by == "scheme" and .state == "ok"'
    port told 2525 ".proto == \"smtp\" and .asked == \"smtp\" and .decided_by == \"scheme\" and $UPGRADED"
    session head-refused '.asked == "http" and .decided_by == "proto"'
    each all-4 'has("asked") | not'
}

@test "servers that speak first on odd ports are recognised by their greeting" {
    needs sshd postfix
    is odd 'map(select(.port == 2222)) | length == 2
        and all(.proto == "ssh" and .decided_by == "greeting" and (.ssh.kex | length > 0) and .state == "ok")'
    is odd "map(select(.port == 2525)) | length == 2
        and all(.proto == \"smtp\" and .decided_by == \"greeting\" and $UPGRADED and .state == \"ok\")"
}

@test "a silent TLS server on an odd port is offered TLS, and asked what is inside" {
    needs nginx
    is odd "map(select(.port == 9443)) | length == 2
        and all(.proto == \"http\" and .http.status == 200 and (.decided_by | IN(\"tls-offer\", \"http-offer\")) and $WRAPPED)"
    session no-offer '.tls == null and .proto == "http" and .http.status == 400'
}

@test "a silent HTTP server on an odd port is found" {
    needs nginx
    is odd 'map(select(.port == 8888)) | length == 2
        and all(.proto == "http" and .http.status == 200 and .http.server == "nginx"
            and (.decided_by | IN("http-offer", "answer")) and .tls == null)'
}

@test "--proto tls: TLS, and then what is inside" {
    needs nginx postfix
    port proto-tls 443 '.asked == "tls" and .proto == "http" and .tls != null and .http.status == 200'
    port proto-tls 465 '.asked == "tls" and .proto == "smtp" and .smtp.code == 220'
    port proto-tls 9443 '.proto == "http" and .http.status == 200'
    port proto-tls 8888 '.state == "mismatch" and .tls == null'
}

@test "something else than was asked for: mismatch, and what it is" {
    needs sshd postfix
    session mismatch '.state == "mismatch" and .asked == "smtp" and .proto == "ssh" and (.raw | startswith("SSH-2.0-"))'
    is mismatch-http 'map(select(.type == "banner")) | length == 2
        and all(.state == "mismatch" and .asked == "http" and .proto == (if .port == 22 then "ssh" else "smtp" end))'
    session mismatch-ssh '.state == "mismatch" and .proto == "smtp"'
}

# ---- no banner

@test "accepts and says nothing: silent" {
    each silent '.state == "silent" and .proto == "unknown" and .decided_by == null and .bytes == 0 and .raw == null'
    each silent-told '.state == "silent" and .asked == "smtp" and .connections == 1'
    is silent 'map(select(.type == "banner")) | length == 2'
    exits silent 1
}

@test "closes at once, or resets: closed" {
    is closed 'map(select(.type == "banner")) | length == 4 and all(.state == "closed" and .bytes == 0)'
    exits closed 1
}

@test "closes in the middle of its greeting: closed, with what it said" {
    each half '.state == "closed" and .raw == "220 mail.exam"'
}

@test "no connection: refused, by whom" {
    is refused "map(select(.port == 7008)) | length == 2 and all(.state == \"refused\" and .reason == \"rst\" and .from == .addr)"
    is refused 'map(select(.port == 7005)) | length == 2 and all(.state == "refused" and .reason == "icmp"
        and .icmp.name == "port-unreachable" and .from == .addr)'
    is refused 'map(select(.port == 7007)) | length == 2 and all(.state == "refused" and .reason == "icmp"
        and .icmp.name == "admin-prohibited")'
    exits refused 1
}

@test "no answer to the connection: timeout" {
    is refused 'map(select(.port == 7006)) | length == 2 and all(.state == "timeout" and .reason == "timeout"
        and (has("from") | not))'
    session silence '.state == "timeout" and .phases_ms.total >= 500 and .phases_ms.total < 5000'
}

@test "a name that cannot be resolved: exit 2" {
    exits unresolved 2
}

# ---- text

@test "the table has a row for each session and a line that counts" {
    needs nginx sshd
    same "$(head -n 1 "$LAB_DIR/table.txt" | tr -s ' ')" "ADDRESS PORT PROTO STATE BANNER TIME"
    grep -qE "^$LAB_SERVER4 +22 +ssh +ok +.*OpenSSH_" "$LAB_DIR/table.txt"
    grep -qE "^$LAB_SERVER4 +80 +http +ok +.*nginx" "$LAB_DIR/table.txt"
    grep -qE "^$LAB_SERVER4 +443 +https +ok +.*TLSv1.3.*CN=www.example.net.*not verified" "$LAB_DIR/table.txt"
    grep -qE "^$LAB_SERVER4 +7008 +[a-z-]+ +refused " "$LAB_DIR/table.txt"
    grep -qE '^4 sessions in .* s: 3 ok, 1 refused' "$LAB_DIR/table.txt"
}

@test "one port of one address: a block with everything" {
    needs nginx
    head -n 1 "$LAB_DIR/long.txt" | grep -qF "$LAB_SERVER4:443"
    for word in http ok TLSv1.3 www.example.net nginx/ "fd77:1::1" "netprobe test CA" "RSA 2048"; do
        grep -qF "$word" "$LAB_DIR/long.txt" || { echo "no $word"; cat "$LAB_DIR/long.txt"; return 1; }
    done >&2
}

@test "-v shows the dialogue, both sides, on standard error" {
    needs postfix
    local prefix="^netprobe banner: $LAB_SERVER4:25 +[0-9.]+ ms  "

    for line in '\* ' '< 220 mail.example.net ESMTP Postfix$' '> EHLO ' '< 250-PIPELINING$' '> STARTTLS$' '> QUIT$'; do
        grep -qE "$prefix$line" "$LAB_DIR/dialogue.err" || { echo "no $line"; cat "$LAB_DIR/dialogue.err"; return 1; }
    done >&2
    same "$(grep -oE '^netprobe banner: [^ ]+ +[0-9.]+ ms' "$LAB_DIR/dialogue.err" | awk '{ print $(NF - 1) }')" \
        "$(grep -oE '^netprobe banner: [^ ]+ +[0-9.]+ ms' "$LAB_DIR/dialogue.err" | awk '{ print $(NF - 1) }' | sort -n)"
    grep -qE "$prefix> EHLO " "$LAB_DIR/dialogue-json.err"
    run ! grep -q EHLO "$LAB_DIR/dialogue.txt"
}

# ---- another's eyes

# recognised NMAP-PORT NMAP-PATTERN FACT: nmap's line of the port has the words, and the fact is among them
recognised() {
    local line fact

    line=$(grep "^$1/tcp" "$LAB_DIR/versions.nmap")
    fact=$(fact all-4 "$1" "$3")
    if [[ $line =~ $2 && -n $fact && $line = *"$fact"* ]]; then
        return
    fi
    printf 'nmap: %s\nnetprobe: %s\n' "$line" "$fact" >&2
    return 1
}

# Last: it is not polite.
@test "nmap -sV finds the same services and versions" {
    command -v nmap >/dev/null || skip "nmap is not installed"
    needs nginx sshd postfix dovecot vsftpd redis postgresql mariadb dns
    on client nmap -n -Pn -sT -sV --version-light -p 21,22,25,53,80,110,143,3306,5432,6379 "$LAB_SERVER4" \
        >"$LAB_DIR/versions.nmap"
    recognised 21 ' ftp ' '"ftp"'
    recognised 22 ' ssh ' '.ssh.software | split("_")[1] | split("p")[0]'
    recognised 25 ' smtp +Postfix' '"smtp"'
    recognised 53 ' domain ' '.dns.version | split("-")[1]'
    recognised 80 ' http ' '.http.server | split("/")[1]'
    recognised 110 ' pop3 +Dovecot' '"pop3"'
    recognised 143 ' imap +Dovecot' '"imap"'
    recognised 3306 ' mysql ' '.mysql.version'
    recognised 5432 ' postgresql ' '"postgresql"'
    recognised 6379 ' redis ' '.redis.version'
}
