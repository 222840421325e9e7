# bash completion for nslab. Subcommands and options are asked from the program itself, so they cannot drift apart from it.

_nslab() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=$1 subcommand='' word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -* ]] || { subcommand=$word && break; }
    done
    case $current/$previous in # bash makes a word of the = in --format=json
    =/*) current='' ;;
    */=) previous=${COMP_WORDS[COMP_CWORD - 2]} ;;
    esac
    COMPREPLY=()
    if [[ $previous == --* && $subcommand ]]; then
        # What an option can be is in braces behind it: --format TEXT:{text,json}=text
        local values
        values=$("$program" "$subcommand" --help 2>/dev/null |
            sed -n "s/^  \(-[a-z],\)\?$previous [A-Z]*:{\([^}]*\)}.*/\2/p" | tr , ' ')
        [[ $previous == --step && $subcommand != shell ]] && values='all last'
        [[ $values ]] && mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current") && return
    fi
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" ${subcommand:+"$subcommand"} --help 2>/dev/null |
            sed -n 's/^  \(-[^ ]*\).*/\1/p' | grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,')" -- "$current")
    elif [[ ! $subcommand ]]; then
        # The list of subcommands is the last part of the help, each on a line of its own.
        mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null |
            sed -n '/^S[Uu][Bb][Cc][Oo][Mm][Mm][Aa][Nn][Dd][Ss]:/,$ s/^  \([a-z]\+\) .*/\1/p')" -- "$current")
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -F _nslab nslab
