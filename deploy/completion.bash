# Completion of timecapsule's commands and options in bash: what the program itself lists.
_timecapsule() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    case $before in
    --app | --site | --data | --config | --secret-file | --*-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    esac
    case ${COMP_WORDS[1]}:$before in
    *:--confirm | *:--digest) return ;;
    esac
    if [[ ${COMP_WORDS[1]} == reload && $word == --* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--preview --accept --discard --confirm --digest --data" -- "$word")
    elif [[ $word == --* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$1" help | sed -n 's/^  \(--[a-z-]*\).*/\1/p')" -- "$word")
    elif [[ $COMP_CWORD == 1 ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$1" help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _timecapsule timecapsule
