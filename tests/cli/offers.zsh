# SPDX-License-Identifier: MIT
#
# zsh offers.zsh COMPLETION LINE FILE: what zsh offers at the end of the line, a word a line, into the file.
# It completes for a terminal only, so there is one, and what completion hands over is written down.
zmodload zsh/zpty
export TERM=dumb

# until WORD comes back, five seconds at most
wait_for() {
    local text= part
    for _ in {1..100}; do
        zpty -r -t shell part && text+=$part
        [[ $text == *$1* ]] && return
        sleep 0.05
    done
}

zpty -b shell zsh -f -i
zpty -w shell "unsetopt zle_bracketed_paste; PROMPT=; autoload -Uz compinit; compinit -D -u; source ${(q)1}"
zpty -w shell "compadd() {
    if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
        local -a found
        builtin compadd -A found \"\$@\"
        print -rl -- \$found >>${(q)3}
    fi
    builtin compadd \"\$@\"
}; print -r REA''DY"
wait_for READY
# the line, Tab, and away with it
zpty -w -n shell "$2"$'\t\x15'"print -r DO''NE"$'\n'
wait_for DONE
zpty -d shell
