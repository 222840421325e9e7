# bash completion for nslab. Subcommands and options are asked from the program itself, so they cannot drift apart from it.

_nslab() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=$1 subcommand='' word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -* ]] || { subcommand=$word && break; }
    done
    COMPREPLY=()
    case $previous in
    --format) mapfile -t COMPREPLY < <(compgen -W 'text ktap junit json' -- "$current") && return ;;
    --step) [[ $subcommand != shell ]] && mapfile -t COMPREPLY < <(compgen -W 'all last' -- "$current") && return ;;
    --view)
        mapfile -t COMPREPLY < <(compgen -W "$("$program" draw --help 2>/dev/null |
            sed -n 's/.*--view [^{]*{\([^}]*\)}.*/\1/p' | tr , ' ')" -- "$current") && return
        ;;
    --as) mapfile -t COMPREPLY < <(compgen -W 'c sh' -- "$current") && return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" ${subcommand:+"$subcommand"} --help 2>/dev/null | grep "^  -" |
            grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,')" -- "$current")
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
