#!/bin/bash
# `cmake --install` into an empty folder gives all that it should, and what it gives works. Argument: the build directory.
set -euo pipefail
build=$(readlink -f "$1")
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
fail() {
    echo "install: $*"
    exit 1
}

cmake --install "$build" --prefix "$prefix" >"$prefix/log" || fail "cmake --install: $(cat "$prefix/log")"
program=$prefix/bin/nslab
for file in bin/nslab share/man/man1/nslab.1 share/bash-completion/completions/nslab share/doc/nslab/README.md \
    share/doc/nslab/language.md share/nslab/scenarios/mount; do
    [[ -e $prefix/$file ]] || fail "$file is missing"
done

# What is installed plays what is installed.
"$program" run --quiet "$prefix/share/nslab/scenarios/mount" >/dev/null || fail "the installed scenarios do not play"

# Every subcommand that the program names has a manual page, which names every option of it.
subcommands=$("$program" --help | sed -n '/^S[Uu][Bb][Cc][Oo][Mm][Mm][Aa][Nn][Dd][Ss]:/,$ s/^  \([a-z]\+\) .*/\1/p')
[[ $subcommands ]] || fail "nslab --help names no subcommand"
for subcommand in $subcommands; do
    page=$prefix/share/man/man1/nslab-$subcommand.1
    [[ -f $page ]] || fail "nslab-$subcommand.1 is missing"
    text=$(sed 's/\\-/-/g; s/^\.It Fl -\|Fl -/--/g' "$page")
    for option in $("$program" "$subcommand" --help | grep "^  -" | grep -oE -- '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | sort -u); do
        [[ $text == *"$option"* ]] || fail "nslab-$subcommand.1 says nothing of $option"
    done
done

# The pages are well formed.
if command -v groff >/dev/null; then
    for page in "$prefix"/share/man/man1/*.1; do
        complaints=$(groff -mandoc -ww -z -Tutf8 "$page" 2>&1)
        [[ ! $complaints ]] || fail "$(basename "$page"): $complaints"
    done
fi

# Completion offers what the program has.
# shellcheck source=/dev/null
source "$prefix/share/bash-completion/completions/nslab"
complete_words() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _nslab "$program" 2>/dev/null || true
    printf '%s ' "${COMPREPLY[@]}"
}
[[ " $(complete_words nslab r)" == *" run "* ]] || fail "completion does not offer run"
[[ " $(complete_words nslab run --fo)" == *" --format "* ]] || fail "completion does not offer --format"
[[ " $(complete_words nslab run --format k)" == *" ktap "* ]] || fail "completion does not offer ktap"
[[ " $(complete_words nslab run --format = k)" == *" ktap "* ]] || fail "completion does not offer ktap behind ="
[[ " $(complete_words nslab bench --format '')" == " text json " ]] || fail "completion offers bench a format it lacks"
[[ " $(complete_words nslab fuzz --against '')" == *" audit "* ]] || fail "completion does not offer audit"
