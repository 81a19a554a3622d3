# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Captures from the texts in $golden/captures. A capture is called by the name of its text and the form that the file has:
# complete, complete:be,nano, complete:pcapng,gz (forms: tests/golden/README.md).
#
# shellcheck disable=SC2154 # golden is set by who sources this

build=$golden/../../build
variant=${VARIANT:-release}
# shellcheck disable=SC2034 # for who sources this
netprobe=${NETPROBE:-$build/netprobe}
frames=${FRAMES:-$build/$variant/tests/tools/frames}

pack() { # FORM
    case $1 in
    gz) gzip -n ;;
    zst) zstd -q ;;
    xz) xz ;;
    '') cat ;;
    esac
}

# make_capture NAME[:FORM[,FORM...]] FILE
make_capture() {
    local name=${1%%:*} forms='' packing='' form
    for form in $(tr , ' ' <<<"${1#"$name"}" | tr -d :); do
        case $form in
        gz | zst | xz) packing=$form ;;
        *) forms+=,$form ;;
        esac
    done
    "$frames" ${forms:+-f "${forms#,}"} "$golden/captures/$name.txt" | pack "$packing" >"$2"
}
