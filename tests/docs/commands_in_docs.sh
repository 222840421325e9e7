#!/bin/bash
# Runs what the documents show: every ```console block of README.md and docs/*.md, in a scratch copy where ./lab and nslab
# are the program under test. docs/contributing.md, "Commands in documents", tells the rules that a block follows.
# Arguments: the program, the root of the sources, and, where not all, the documents.
set -u
program=$(readlink -f "$1") project=$(readlink -f "$2")
shift 2
documents=("$@")
((${#documents[@]})) || documents=("$project"/README.md "$project"/docs/*.md)

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
ln -s "$program" "$scratch/bin/nslab"
export PATH=$scratch/bin:$PATH LC_ALL=C.UTF-8 NO_COLOR=1
ran=0 skipped=0 failed=0

# A folder as a newcomer has it, apart from the lab, which must not build here.
fresh_copy() {
    copy=$scratch/$1
    mkdir -p "$copy"
    cp -r "$project/scenarios" "$project/docs" "$project/README.md" "$copy/"
    printf '#!/bin/sh\nexec nslab "$@"\n' >"$copy/lab"
    chmod +x "$copy/lab"
}

complain() { # complain FILE LINE WHAT
    printf '%s:%s: %s\n' "${1#"$project"/}" "$2" "$3"
    failed=$((failed + 1))
}

# judge FILE LINE COMMAND EXPECTED NEXT: what was printed against what is shown.
judge() {
    local file=$1 line=$2 command=$3 expected=$4 next=$5 pattern
    ran=$((ran + 1))
    if ((status == 4)) && [[ $command == *" check "* || $command == *" fuzz "* ]]; then
        echo "${file#"$project"/}:$line: skipped: nothing can be compared on this machine: $command"
        skipped=$((skipped + 1))
        return
    fi
    # A command may fail only where the document says so at once.
    if ((status != 0)) && [[ $next != 'echo $?' ]]; then
        complain "$file" "$line" "exit status $status: $command"
        cat "$scratch/out"
        return
    fi
    [[ $expected ]] || return
    # Every line is itself; three dots are anything, alone on a line any number of lines.
    pattern=$(sed 's/[][*?\\]/\\&/g; s/\.\.\./*/g' <<<"$expected")
    pattern=${pattern//$'*\n'/\*} # the dots may also stand for nothing
    # shellcheck disable=SC2053
    if [[ $(sed 's/[[:blank:]]*$//' "$scratch/out") != $pattern ]]; then
        complain "$file" "$line" "the document shows another output of: $command"
        diff <(printf '%s\n' "$expected") "$scratch/out"
    fi
}

# run_block FILE LINE: one shell a block, so that cd and $? mean what they say.
run_block() {
    local file=$1 line=$2 commands=() lines=() outputs=() text i=-1 status=0 previous
    while IFS= read -r text; do
        line=$((line + 1))
        if [[ $text == '$ '* || $text == '# '* && i -lt 0 ]]; then
            i=$((i + 1))
            commands[i]=${text#??} lines[i]=$line outputs[i]=
        elif ((i >= 0)); then
            outputs[i]+=${outputs[i]:+$'\n'}$text
        else
            complain "$file" "$line" "a console block begins with a prompt, \$ and a blank"
        fi
    done
    for i in "${!commands[@]}"; do
        previous=$status
        (exit "$previous")
        eval "${commands[i]}" >"$scratch/out" 2>&1 </dev/null
        status=$?
        judge "$file" "${lines[i]}" "${commands[i]}" "${outputs[i]}" "${commands[i + 1]:-}"
    done
}

run_document() {
    local file=$1 line=0 text block='' kind='' start=0 note=''
    fresh_copy "$(basename "$file")"
    cd "$copy" || exit 1
    while IFS= read -r text; do
        line=$((line + 1))
        if [[ $kind ]]; then
            if [[ $text != '```' ]]; then
                block+=$text$'\n'
                continue
            fi
            case $kind:$note in
            console:'not run: '*)
                echo "${file#"$project"/}:$start: not run: ${note#not run: }"
                skipped=$((skipped + 1))
                ;;
            console:*) run_block "$file" "$start" < <(printf %s "$block") ;;
            *:'file: '*) printf %s "$block" >"${note#file: }" ;;
            esac
            kind='' block='' note=''
        elif [[ $text == '```'* ]]; then
            kind=${text#'```'}
            kind=${kind:-plain} start=$line
        elif [[ $text == '<!-- '*' -->' ]]; then
            note=${text#'<!-- '}
            note=${note%' -->'}
        elif [[ $text ]]; then
            note=
        fi
    done <"$file"
    [[ ! $kind ]] || complain "$file" "$start" "a block that is never closed"
}

for document in "${documents[@]}"; do run_document "$document"; done
echo "$ran commands run, $skipped skipped, $failed wrong"
((failed == 0 && ran > 0))
