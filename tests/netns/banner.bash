# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Real servers in the laboratory's server namespace, for tests and measurements of `netprobe banner`. Each lives in
# $LAB_DIR/NAME, runs in the foreground in a mount namespace of its own (what it insists on having in /run and the
# like is a tmpfs there), and is ended by lab_down. Each has one log, $LAB_DIR/NAME.log, in its own words.
#
#   lab_certificates
#   lab_nginx; lab_sshd ...          return 1 with LAB_WHY_NOT where such a server cannot be had
#   server_said sshd 'Bad protocol'
#
# Ports (all of them on every address of both families):
#   nginx      80 81(no HEAD) 443 444(expired) 445(wrong name) 446(self-signed) 447(TLS 1.2) 8888 9443(TLS)
#   sshd       22 2222          postfix    25 2525 465(TLS) 587, 26(postscreen)
#   dovecot    143 993 110 995  vsftpd     21, 990(TLS)
#   redis      6379 6380(password) 6390(TLS)
#   postgresql 5432 5433(without TLS)        mariadb 3306 3307(without TLS, and nobody may come from IPv6)
#   dns        53               telnetd    23

# shellcheck source=tests/netns/lab.bash
source "$(dirname "${BASH_SOURCE[0]}")/lab.bash"

# Run by the mount namespace's own shell: a fresh tmpfs over each of $LAB_COVER, then the command.
# shellcheck disable=SC2016 # for the inner shell
LAB_COVERED='set -e
    for place in $LAB_COVER; do mount -t tmpfs -o mode=755 lab "$place"; done
    umask 022
    exec "$@"'

# lab_serve NAME COMMAND...: in the background, standard error and output in $LAB_DIR/NAME.log; LAB_COVER are the
# places that become empty for it.
lab_serve() {
    local name=$1

    shift
    LAB_COVER=${LAB_COVER-/run} ip netns exec "$LAB-server" unshare --ipc sh -c "$LAB_COVERED" sh "$@" \
        >>"$LAB_DIR/$name.log" 2>&1 </dev/null 3>&- 4>&- &
    LAB_PID=$!
    disown $LAB_PID
}

# lab_prepare NAME: its directory, $LAB_HOME
lab_prepare() {
    LAB_HOME=$LAB_DIR/$1
    mkdir -p "$LAB_HOME"
    chmod 755 "$LAB_HOME"
    touch "$LAB_DIR/$1.log"
}

# lab_needs PROGRAM...
lab_needs() {
    local program

    for program; do
        command -v "$program" >/dev/null && continue
        LAB_WHY_NOT="$program is not installed"
        return 1
    done
}

# Servers that give up root insist on other users.
lab_needs_users() {
    local user

    if ! lab_other_users_possible; then
        LAB_WHY_NOT="no other user can be had here"
        return 1
    fi
    for user; do
        id "$user" >/dev/null 2>&1 && continue
        LAB_WHY_NOT="there is no user $user"
        return 1
    done
}

# lab_open NAME PORT...: waits until they are
lab_open() {
    local name=$1 port

    shift
    for port; do
        lab_wait_for "${LAB_PATIENCE:-20}" lab_is_open "$port" && continue
        LAB_WHY_NOT="$name does not open port $port"
        echo "$LAB_WHY_NOT" >&2
        tail -n 20 "$LAB_DIR/$name.log" >&2
        return 1
    done
}

lab_is_open() {
    on server ss -Hltn "sport = $1" | grep -q .
}

# server_said NAME PATTERN: its lines in the log that match
server_said() {
    grep -E -- "$2" "$LAB_DIR/$1.log"
}

# ---- certificates: $LAB_DIR/tls/NAME.pem (with the chain) and NAME.key, of ca.pem

LAB_SAN="DNS:www.example.net,DNS:*.www.example.net,IP:10.77.1.1,IP:10.77.2.2,IP:fd77:1::1,IP:fd77:2::2"

lab_certificates() {
    local tls=$LAB_DIR/tls

    lab_needs openssl || return 1
    mkdir -p "$tls"
    lab_ca_config >"$tls/ca.cnf"
    : >"$tls/index.txt"
    openssl req -x509 -config "$tls/ca.cnf" -extensions v3_ca -days 3650 -subj "/CN=netprobe test CA" \
        -newkey rsa:2048 -nodes -keyout "$tls/ca.key" -out "$tls/ca.pem" 2>/dev/null || return 1
    lab_certificate good rsa:2048 "/O=Example/CN=www.example.net" "$LAB_SAN" 0 64
    lab_certificate expired ec "/CN=www.example.net" "$LAB_SAN" -30 -1
    lab_certificate future ec "/CN=www.example.net" "$LAB_SAN" 10 30
    lab_certificate other ec "/CN=other.example.net" "DNS:other.example.net" 0 64
    cat "$tls/ca.pem" >>"$tls/good.pem"
    openssl req -x509 -config "$tls/ca.cnf" -addext "subjectAltName=$LAB_SAN" -days 30 -subj "/CN=www.example.net" \
        -newkey ed25519 -nodes -keyout "$tls/self.key" -out "$tls/self.pem" 2>/dev/null
}

lab_ca_config() {
    cat <<-END
		[req]
		distinguished_name = name
		[name]
		[v3_ca]
		basicConstraints = critical, CA:true
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		[ca]
		default_ca = lab
		[lab]
		database = $LAB_DIR/tls/index.txt
		new_certs_dir = $LAB_DIR/tls
		certificate = $LAB_DIR/tls/ca.pem
		private_key = $LAB_DIR/tls/ca.key
		rand_serial = yes
		unique_subject = no
		default_md = sha256
		policy = any
		[any]
		organizationName = optional
		commonName = supplied
	END
}

# lab_certificate NAME KEY SUBJECT SAN FROM TO: days from now
lab_certificate() {
    local tls=$LAB_DIR/tls key=(-newkey "$2")

    [ "$2" != ec ] || key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
    openssl req -new -config "$tls/ca.cnf" "${key[@]}" -nodes -keyout "$tls/$1.key" -subj "$3" \
        -out "$tls/$1.csr" 2>/dev/null
    openssl ca -batch -notext -config "$tls/ca.cnf" -in "$tls/$1.csr" -out "$tls/$1.pem" \
        -extfile <(echo "subjectAltName=$4") -startdate "$(lab_days "$5")" -enddate "$(lab_days "$6")" 2>/dev/null
    chmod 644 "$tls/$1.key"
}

# Some minutes later than asked for in the future, so that whole days are left.
lab_days() {
    local offset=0

    [ "$1" = 0 ] && offset=-60
    [ "$1" -le 0 ] || offset=600
    date -u -d "@$(($(date +%s) + $1 * 86400 + offset))" +%Y%m%d%H%M%SZ
}

# ---- HTTP

# lab_nginx [CONFIG]: with other server blocks in the place of the usual ones
lab_nginx() {
    lab_needs nginx || return 1
    lab_prepare nginx
    printf '<!DOCTYPE html>\n<html><head><title>Hello &amp;\n  welcome</title></head><body>x</body></html>\n' \
        >"$LAB_HOME/index.html"
    {
        cat <<-END
			user root;
			daemon off;
			master_process off;
			pid $LAB_HOME/pid;
			error_log $LAB_DIR/nginx.log ${LAB_NGINX_LEVEL:-info};
			worker_rlimit_nofile 65536;
			events { worker_connections 16384; multi_accept on; }
			http {
			    types { text/html html; }
			    client_body_temp_path $LAB_HOME/body;
			    proxy_temp_path $LAB_HOME/proxy;
			    fastcgi_temp_path $LAB_HOME/fastcgi;
			    uwsgi_temp_path $LAB_HOME/uwsgi;
			    scgi_temp_path $LAB_HOME/scgi;
			    log_format lab '\$server_port "\$request" \$status host="\$http_host" sni="\$ssl_server_name"';
			    access_log ${LAB_NGINX_ACCESS:-$LAB_DIR/nginx-access.log lab};
			    root $LAB_HOME;
			    ssl_protocols TLSv1.2 TLSv1.3;
		END
        "${1:-lab_nginx_servers}"
        echo '}'
    } >"$LAB_HOME/nginx.conf"
    # shellcheck disable=SC2016 # for the inner shell
    lab_serve nginx sh -c 'ulimit -n 65536 2>/dev/null; exec nginx -e "$1" -c "$2"' sh \
        "$LAB_DIR/nginx.log" "$LAB_HOME/nginx.conf"
    lab_open nginx 80
}

# nginx_server PORT OPTIONS CERTIFICATE DIRECTIVE...
nginx_server() {
    printf 'server {\n    listen [::]:%s ipv6only=off backlog=8192 %s;\n' "$1" "$2"
    [ "$3" = - ] || printf '    ssl_certificate %s;\n    ssl_certificate_key %s;\n' \
        "$LAB_DIR/tls/$3.pem" "$LAB_DIR/tls/$3.key"
    shift 3
    printf '    %s\n' "$@"
    echo '}'
}

# A server that is listed again by another name: SNI chooses.
nginx_server_named() {
    printf 'server {\n    listen [::]:443 ssl;\n    server_name %s;\n' "$1"
    printf '    ssl_certificate %s;\n    ssl_certificate_key %s;\n}\n' "$LAB_DIR/tls/$2.pem" "$LAB_DIR/tls/$2.key"
}

# shellcheck disable=SC2016 # nginx' variables
lab_nginx_servers() {
    nginx_server 80 default_server - \
        'location = /moved { return 301 /there; }' \
        'location = /there { return 200 "here\n"; }' \
        'location = /secure { return 301 https://www.example.net/there; }' \
        'location = /secure-here { return 302 https://'"$LAB_SERVER4"'/there; }' \
        'location = /loop { return 302 /loop; }' \
        'location ~ ^/down/([0-9]+)$ { return 302 /down/$1$1; }' \
        'location = /far { return 301 ssh://www.example.net/; }' \
        'location = /query { return 200 "$args\n"; }' \
        'location = /gone { return 410; }'
    nginx_server 81 default_server - \
        'if ($request_method = HEAD) { return 405; }'
    nginx_server 443 'ssl default_server' good \
        'location = /there { return 200 "safe\n"; }'
    nginx_server_named other.example.net other
    nginx_server 444 'ssl default_server' expired
    nginx_server 445 'ssl default_server' other
    nginx_server 446 'ssl default_server' self
    nginx_server 447 'ssl http2 default_server' good 'ssl_protocols TLSv1.2;'
    nginx_server 448 'ssl default_server' future
    nginx_server 449 'ssl default_server' good 'ssl_verify_client on;' "ssl_client_certificate $LAB_DIR/tls/ca.pem;"
    nginx_server 8888 default_server - 'server_tokens off;'
    nginx_server 9443 'ssl default_server' good
}

# ---- SSH

lab_sshd() {
    lab_needs /usr/sbin/sshd || return 1
    lab_needs_users sshd || return 1
    lab_prepare sshd
    ssh-keygen -q -t ed25519 -N '' -f "$LAB_HOME/ed25519"
    ssh-keygen -q -t ecdsa -N '' -f "$LAB_HOME/ecdsa"
    cat >"$LAB_HOME/sshd_config" <<-END
		Port 22
		Port 2222
		HostKey $LAB_HOME/ed25519
		HostKey $LAB_HOME/ecdsa
		PidFile $LAB_HOME/pid
		UsePAM no
		MaxStartups 200
		LogLevel VERBOSE
	END
    # shellcheck disable=SC2016 # for the inner shell
    lab_serve sshd sh -c 'mkdir -m 755 /run/sshd && exec /usr/sbin/sshd -D -e -f "$1"' sh "$LAB_HOME/sshd_config"
    lab_open sshd 22 2222
}

# ---- mail

# Postfix, with postscreen on port 26. It tells postscreen's clients to wait, and holds against them what they say
# before they are asked to.
lab_postfix() {
    local etc queue

    lab_needs postfix || return 1
    lab_needs_users postfix || return 1
    lab_prepare postfix
    etc=$LAB_HOME/etc queue=$LAB_HOME/queue
    mkdir -p "$etc" "$queue" "$LAB_HOME/data"
    chown postfix "$LAB_HOME/data"
    cat >"$etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $queue
		data_directory = $LAB_HOME/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		maillog_file = $LAB_DIR/postfix.log
		maillog_file_prefixes = $LAB_DIR
		setgid_group = postdrop
		myhostname = mail.example.net
		mydestination =
		alias_maps =
		local_recipient_maps =
		inet_protocols = all
		inet_interfaces = all
		smtpd_peername_lookup = no
		smtpd_tls_security_level = may
		smtpd_tls_chain_files = $LAB_DIR/tls/good.key, $LAB_DIR/tls/good.pem
		smtpd_tls_loglevel = 1
		smtpd_client_connection_count_limit = 0
		postscreen_greet_wait = 2s
		postscreen_greet_action = enforce
		postscreen_pipelining_enable = yes
		postscreen_pipelining_action = enforce
		postscreen_non_smtp_command_enable = yes
		postscreen_bare_newline_enable = yes
		postscreen_access_list =
		postscreen_dnsbl_sites =
	END
    cat >"$etc/master.cf" <<-END
		25 inet n - n - - smtpd
		2525 inet n - n - - smtpd
		587 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
		465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
		26 inet n - n - 1 postscreen
		smtpd pass - - n - - smtpd
		dnsblog unix - - n - 0 dnsblog
		tlsproxy unix - - n - 0 tlsproxy
		pickup unix n - n 60 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		anvil unix - - n - 1 anvil
		tlsmgr unix - - n 1000? 1 tlsmgr
		scache unix - - n - 1 scache
		proxymap unix - - n - - proxymap
		postlog unix-dgram n - n - 1 postlogd
	END
    lab_serve postfix postfix -c "$etc" start-fg
    lab_open postfix 25 465 26
}

lab_dovecot() {
    lab_needs dovecot || return 1
    lab_needs_users dovenull dovecot || return 1
    lab_prepare dovecot
    mkdir -p "$LAB_HOME/run" "$LAB_HOME/state"
    cat >"$LAB_HOME/dovecot.conf" <<-END
		protocols = imap pop3
		listen = *, ::
		base_dir = $LAB_HOME/run
		state_dir = $LAB_HOME/state
		log_path = $LAB_DIR/dovecot.log
		mail_location = maildir:$LAB_HOME/mail
		disable_plaintext_auth = yes
		auth_verbose = yes
		ssl = yes
		ssl_cert = <$LAB_DIR/tls/good.pem
		ssl_key = <$LAB_DIR/tls/good.key
		ssl_dh =
		passdb {
		  driver = static
		  args = password=secret
		}
		userdb {
		  driver = static
		  args = uid=65534 gid=65534 home=$LAB_HOME/mail
		}
	END
    lab_serve dovecot dovecot -F -c "$LAB_HOME/dovecot.conf"
    lab_open dovecot 143 993 110 995
}

# ---- FTP

lab_vsftpd() {
    lab_needs vsftpd || return 1
    lab_needs_users nobody ftp || return 1
    lab_prepare vsftpd
    mkdir -p "$LAB_HOME/empty"
    vsftpd_config 21 >"$LAB_HOME/plain.conf"
    vsftpd_config 990 implicit_ssl=YES >"$LAB_HOME/implicit.conf"
    lab_serve vsftpd vsftpd "$LAB_HOME/plain.conf"
    lab_serve vsftpd vsftpd "$LAB_HOME/implicit.conf"
    lab_open vsftpd 21 990
}

# vsftpd_config PORT SETTING...
vsftpd_config() {
    printf '%s\n' background=NO listen=NO listen_ipv6=YES "listen_port=$1" anonymous_enable=YES local_enable=NO \
        "secure_chroot_dir=$LAB_HOME/empty" nopriv_user=nobody isolate_network=NO xferlog_enable=YES \
        log_ftp_protocol=YES "vsftpd_log_file=$LAB_DIR/vsftpd.log" 'ftpd_banner=netprobe test FTP' \
        ssl_enable=YES allow_anon_ssl=YES "rsa_cert_file=$LAB_DIR/tls/good.pem" \
        "rsa_private_key_file=$LAB_DIR/tls/good.key" debug_ssl=YES require_ssl_reuse=NO "${@:2}"
}

# ---- databases

lab_redis() {
    lab_needs redis-server || return 1
    lab_prepare redis
    redis_config 6379 "tls-port 6390" >"$LAB_HOME/open.conf"
    redis_config 6380 "requirepass secret" >"$LAB_HOME/closed.conf"
    lab_serve redis redis-server "$LAB_HOME/open.conf"
    lab_serve redis redis-server "$LAB_HOME/closed.conf"
    lab_open redis 6379 6380 6390
}

redis_config() {
    printf '%s\n' "port $1" 'bind 0.0.0.0 ::' 'protected-mode no' 'daemonize no' "dir $LAB_HOME" 'save ""' \
        'loglevel debug' "tls-cert-file $LAB_DIR/tls/good.pem" "tls-key-file $LAB_DIR/tls/good.key" \
        "tls-ca-cert-file $LAB_DIR/tls/ca.pem" 'tls-auth-clients no' "${@:2}"
}

# Who has no TLS asks for nothing and is told the methods of pg_hba.conf.
lab_postgresql() {
    local bin

    bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1)
    lab_needs "$bin/postgres" || return 1
    lab_needs_users postgres || return 1
    lab_prepare postgresql
    install -o postgres -m 600 "$LAB_DIR/tls/good.key" "$LAB_HOME/server.key"
    chown postgres "$LAB_HOME"
    echo secret >"$LAB_HOME/password"
    setpriv --reuid postgres --regid postgres --clear-groups "$bin/initdb" -D "$LAB_HOME/data" -A scram-sha-256 \
        --pwfile="$LAB_HOME/password" --locale=C -E UTF8 -N >"$LAB_HOME/initdb.log" 2>&1 || {
        LAB_WHY_NOT="initdb fails"
        return 1
    }
    printf '%s\n' 'hostssl all all all scram-sha-256' 'host all all all md5' >"$LAB_HOME/data/pg_hba.conf"
    cp -a "$LAB_HOME/data" "$LAB_HOME/data-plain"
    postgresql_serve "$bin" data 5432 -c ssl=on -c ssl_cert_file="$LAB_DIR/tls/good.pem" \
        -c ssl_key_file="$LAB_HOME/server.key"
    postgresql_serve "$bin" data-plain 5433 -c ssl=off
    lab_open postgresql 5432 5433
}

# postgresql_serve BIN DATA PORT OPTIONS...
postgresql_serve() {
    local bin=$1 data=$2 port=$3

    shift 3
    LAB_COVER='/run /dev/shm' lab_serve postgresql sh -c 'chmod 1777 /dev/shm; exec "$@"' sh \
        setpriv --reuid postgres --regid postgres --clear-groups "$bin/postgres" -D "$LAB_HOME/$data" -p "$port" \
        -c listen_addresses='*' -c unix_socket_directories= -c fsync=off -c shared_buffers=16MB \
        -c log_connections=on -c log_disconnections=on -c log_min_messages=info "$@"
}

lab_mariadb() {
    lab_needs mariadbd mariadb-install-db || return 1
    lab_prepare mariadb
    mariadb-install-db --no-defaults --user=root --datadir="$LAB_HOME/data" --skip-test-db \
        --auth-root-authentication-method=normal --skip-name-resolve --innodb-flush-log-at-trx-commit=0 \
        >"$LAB_HOME/install.log" 2>&1 || {
        LAB_WHY_NOT="mariadb-install-db fails"
        return 1
    }
    cp -a "$LAB_HOME/data" "$LAB_HOME/data-plain"
    echo "CREATE USER IF NOT EXISTS lab@'%' IDENTIFIED BY 'secret';" >"$LAB_HOME/3306.sql"
    echo "CREATE USER IF NOT EXISTS lab@'10.%' IDENTIFIED BY 'secret';" >"$LAB_HOME/3307.sql"
    mariadb_serve data 3306 --ssl-cert="$LAB_DIR/tls/good.pem" --ssl-key="$LAB_DIR/tls/good.key"
    mariadb_serve data-plain 3307 --skip-ssl
    lab_open mariadb 3306 3307
}

# mariadb_serve DATA PORT OPTIONS...
mariadb_serve() {
    local data=$1 port=$2

    shift 2
    lab_serve mariadb mariadbd --no-defaults --user=root --datadir="$LAB_HOME/$data" --port="$port" \
        --socket="$LAB_HOME/$port.sock" --pid-file="$LAB_HOME/$port.pid" --bind-address='*' --skip-name-resolve \
        --innodb-buffer-pool-size=8M --log-warnings=4 --tmpdir="$LAB_HOME" --init-file="$LAB_HOME/$port.sql" "$@"
}

# ---- DNS, telnet

lab_dns() {
    lab_needs dnsmasq || return 1
    lab_prepare dns
    lab_serve dns dnsmasq --no-daemon --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts \
        --log-queries=extra --log-facility=- --address=/example.net/10.77.1.1
    lab_open dns 53
}

# inetd's kind of server: it finds its client as standard input and output.
lab_telnetd() {
    lab_needs telnetd socat || return 1
    lab_prepare telnetd
    printf '#!/bin/sh\nprintf "%%s" "mail login: "\nexec sleep 60\n' >"$LAB_HOME/login"
    chmod 755 "$LAB_HOME/login"
    lab_serve telnetd socat TCP6-LISTEN:23,ipv6only=0,reuseaddr,fork,backlog=64 \
        "EXEC:telnetd -h -E $LAB_HOME/login,nofork"
    lab_open telnetd 23
}

# ---- listeners with bad manners (tests/tools/hostile.c)

# lab_hostile ADDR PORT=BEHAVIOUR...: returns when the ports are open.
lab_hostile() {
    lab_prepare hostile
    lab_serve hostile "$LAB_BUILD/tests/tools/hostile" "$@"
    lab_wait_for 10 grep -q ready "$LAB_DIR/hostile.log" && return
    cat "$LAB_DIR/hostile.log" >&2
    return 1
}

# lab_hostile_all: every behaviour, on the ports that hostile_port tells
lab_hostile_all() {
    # shellcheck disable=SC2046 # words
    lab_hostile :: $("$LAB_BUILD/tests/tools/hostile" | awk '{ print 7100 + NR "=" $1 }')
}

# hostile_port BEHAVIOUR
hostile_port() {
    "$LAB_BUILD/tests/tools/hostile" | awk -v name="$1" '$1 == name { print 7100 + NR }'
}

# hostile_ports: all of them, as netprobe takes them
hostile_ports() {
    "$LAB_BUILD/tests/tools/hostile" | awk 'END { print "7101-" 7100 + NR }'
}

# ---- asking. Names of runs are names of files in $LAB_DIR: NAME.json are the records, NAME.txt is the text for
# people, NAME.err what went to standard error, NAME.status the exit status, NAME.figures seconds and kilobytes.

# bannered FILE ARGUMENTS...: fails on a crash or a run that does not end
bannered() {
    local file=$1 status

    shift
    on client "$LAB_BUILD/tests/tools/measure" "$LAB_DIR/${file%.*}.figures" \
        timeout -k 5 "${LAB_PATIENCE:-60}" "$LAB_NETPROBE" banner "$@" \
        >"$LAB_DIR/$file" 2>"$LAB_DIR/${file%.*}.err" </dev/null 3>&- 4>&-
    read -r _ _ status _ <"$LAB_DIR/${file%.*}.figures"
    echo "$status" >"$LAB_DIR/${file%.*}.status"
    [ "$status" -le 2 ]
}

# json NAME ARGUMENTS...
json() {
    local name=$1

    shift
    bannered "$name.json" --json "$@"
}

# text NAME ARGUMENTS...
text() {
    local name=$1

    shift
    bannered "$name.txt" "$@"
}

# session NAME FILTER: true for the record of its one session
session() {
    is "$1" "map(select(.type == \"banner\")) | length == 1 and (.[0] | $2)"
}

# port NAME PORT FILTER: true for the record of that port, of which there is one
port() {
    jq -es "map(select(.type == \"banner\" and .port == $2)) | length == 1 and (.[0] | $3)" "$LAB_DIR/$1.json" \
        >/dev/null && return
    echo "not true of port $2 in $1.json: $3" >&2
    jq -c "select(.port == $2)" "$LAB_DIR/$1.json" | cut -c 1-3000 >&2
    return 1
}

# fact NAME PORT FILTER: as text
fact() {
    jq -r "select(.type == \"banner\" and .port == $2) | $3" "$LAB_DIR/$1.json"
}
