# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion for bash, made by: netprobe --completion bash

# These see cur, the word at the cursor, and prev, the word before it.
_netprobe_words()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_netprobe_list()
{
    local before=

    if [[ $cur == *,* ]]; then
        before=${cur%,*},
    fi
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
}

_netprobe_files()
{
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_netprobe_targets()
{
    if [[ $cur == @* ]]; then
        mapfile -t COMPREPLY < <(compgen -P @ -f -- "${cur#@}")
    else
        mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
    fi
}

_netprobe_scan()
{
    case $prev in
    -p | --ports)
        return
        ;;
    --exclude-ports)
        return
        ;;
    --shard)
        return
        ;;
    --resume)
        _netprobe_files
        return
        ;;
    --expect)
        _netprobe_files
        return
        ;;
    --exclude)
        return
        ;;
    --rate)
        return
        ;;
    --parallel)
        return
        ;;
    -w | --timeout)
        return
        ;;
    --retries)
        return
        ;;
    --delay)
        return
        ;;
    --icmp-wait)
        return
        ;;
    --seed)
        return
        ;;
    --show)
        _netprobe_list 'open closed filtered unreachable unproved open|filtered all'
        return
        ;;
    --format)
        _netprobe_words 'table json'
        return
        ;;
    -o | --output)
        _netprobe_files
        return
        ;;
    --color)
        _netprobe_words 'auto always never'
        return
        ;;
    esac
    case $cur in
    -*)
        _netprobe_words '-p --ports --exclude-ports --udp --shard --resume --expect --exclude --all-addresses -4 --ipv4 -6 --ipv6 -n --numeric --rate --parallel -w --timeout --retries --delay --icmp-wait --seed --sequential --banner --require-data --where --show --format -j --json -o --output --color -v --verbose -q --quiet -h --help'
        ;;
    *)
        _netprobe_targets
        ;;
    esac
}

_netprobe_ping()
{
    case $prev in
    --exclude)
        return
        ;;
    --tcp)
        return
        ;;
    --udp)
        return
        ;;
    -s | --size)
        return
        ;;
    -p | --pattern)
        return
        ;;
    -t | --ttl)
        return
        ;;
    -Q | --tos)
        return
        ;;
    -M | --pmtudisc)
        _netprobe_words 'do want dont probe'
        return
        ;;
    -I | --interface)
        return
        ;;
    -c | --count)
        return
        ;;
    -i | --interval)
        return
        ;;
    --period)
        return
        ;;
    -W | --timeout)
        return
        ;;
    -w | --deadline)
        return
        ;;
    -l | --preload)
        return
        ;;
    --rate)
        return
        ;;
    --format)
        _netprobe_words 'table json'
        return
        ;;
    -o | --output)
        _netprobe_files
        return
        ;;
    --color)
        _netprobe_words 'auto always never'
        return
        ;;
    esac
    case $cur in
    -*)
        _netprobe_words '--exclude --all-addresses -4 --ipv4 -6 --ipv6 -n --numeric --tcp --udp -s --size -p --pattern -t --ttl -Q --tos -M --pmtudisc -I --interface -c --count -i --interval --period -W --timeout -w --deadline -f --flood -A --adaptive -l --preload --rate --alive --dead -D --timestamps -O --outstanding -H --names --graph --format -j --json -o --output --color -v --verbose -q --quiet -h --help'
        ;;
    *)
        _netprobe_targets
        ;;
    esac
}

_netprobe_banner()
{
    case $prev in
    -p | --ports)
        return
        ;;
    --exclude-ports)
        return
        ;;
    --exclude)
        return
        ;;
    --proto)
        _netprobe_words 'http smtp ssh ftp pop3 imap mysql postgresql redis dns telnet tls'
        return
        ;;
    --name)
        return
        ;;
    --max-redirects)
        return
        ;;
    --ca)
        _netprobe_files
        return
        ;;
    --connect-timeout)
        return
        ;;
    -w | --timeout)
        return
        ;;
    --listen)
        return
        ;;
    --deadline)
        return
        ;;
    --max-bytes)
        return
        ;;
    --max-lines)
        return
        ;;
    --rate)
        return
        ;;
    --parallel)
        return
        ;;
    --seed)
        return
        ;;
    --format)
        _netprobe_words 'table json'
        return
        ;;
    -o | --output)
        _netprobe_files
        return
        ;;
    --color)
        _netprobe_words 'auto always never'
        return
        ;;
    esac
    case $cur in
    -*)
        _netprobe_words '-p --ports --exclude-ports --exclude --all-addresses -4 --ipv4 -6 --ipv6 -n --numeric --proto --tls --no-tls --name --get --follow --max-redirects --ca --connect-timeout -w --timeout --listen --deadline --max-bytes --max-lines --rate --parallel --seed --sequential --long --format -j --json -o --output --color -v --verbose -q --quiet -h --help'
        ;;
    *)
        _netprobe_targets
        ;;
    esac
}

_netprobe_sockets()
{
    case $prev in
    --state)
        _netprobe_list 'established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait closed close-wait last-ack listening closing all connected synchronized bucket big'
        return
        ;;
    --port)
        return
        ;;
    --local)
        return
        ;;
    --peer)
        return
        ;;
    --process)
        return
        ;;
    --user)
        return
        ;;
    --unit)
        return
        ;;
    -N | --netns)
        return
        ;;
    --proc)
        _netprobe_files
        return
        ;;
    --top)
        return
        ;;
    --watch)
        if [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then
            return
        fi
        ;;
    -c | --count)
        return
        ;;
    --sort)
        _netprobe_list 'proto state local peer port recv-q send-q user process unit inode rtt'
        return
        ;;
    --format)
        _netprobe_words 'table json'
        return
        ;;
    -o | --output)
        _netprobe_files
        return
        ;;
    --color)
        _netprobe_words 'auto always never'
        return
        ;;
    esac
    case $cur in
    -*)
        _netprobe_words '-t --tcp -u --udp -x --unix -w --raw --icmp --udplite -l --listening -a --all -4 --ipv4 -6 --ipv6 --state --port --local --peer --process --user --unit -N --netns --proc -p --processes -e --extended -n --numeric --summary --top --explain --watch -c --count --sort --format -j --json -o --output --color -v --verbose -q --quiet -h --help'
        ;;
    *)
        _netprobe_targets
        ;;
    esac
}

_netprobe_pcap()
{
    case $prev in
    -i | --interface)
        return
        ;;
    -r | --read)
        _netprobe_files
        return
        ;;
    --snaplen)
        return
        ;;
    -c | --count)
        return
        ;;
    --duration)
        return
        ;;
    --max-flows)
        return
        ;;
    --host)
        return
        ;;
    --port)
        return
        ;;
    --state)
        _netprobe_list 'unanswered half-open complete refused rejected simultaneous split midstream'
        return
        ;;
    --slow)
        return
        ;;
    --flow)
        return
        ;;
    --svg)
        _netprobe_files
        return
        ;;
    -w | --write)
        _netprobe_files
        return
        ;;
    --format)
        _netprobe_words 'table json'
        return
        ;;
    -o | --output)
        _netprobe_files
        return
        ;;
    --color)
        _netprobe_words 'auto always never'
        return
        ;;
    esac
    case $cur in
    -*)
        _netprobe_words '-i --interface -r --read --snaplen --promiscuous -c --count --duration --max-flows --host --port --state --failed --slow --flow --ladder --packets --summary --follow --svg -w --write -n --numeric --format -j --json -o --output --color -v --verbose -q --quiet -h --help'
        ;;
    *)
        _netprobe_targets
        ;;
    esac
}

_netprobe_program()
{
    case $prev in
    --completion)
        _netprobe_words 'bash zsh fish'
        return
        ;;
    esac
    case $cur in
    -*)
        _netprobe_words '-h --help --version --completion'
        ;;
    *)
        _netprobe_words 'scan ping banner sockets pcap'
        ;;
    esac
}

_netprobe()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}

    # bash cuts --name=value into three words
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    COMPREPLY=()
    if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
        scan)
            _netprobe_scan
            return
            ;;
        ping)
            _netprobe_ping
            return
            ;;
        banner)
            _netprobe_banner
            return
            ;;
        sockets)
            _netprobe_sockets
            return
            ;;
        pcap)
            _netprobe_pcap
            return
            ;;
        esac
    fi
    _netprobe_program
}

complete -F _netprobe netprobe
