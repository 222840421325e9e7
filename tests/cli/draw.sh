#!/bin/bash
# nslab draw as it is called from a shell: all forms of its options, and what it says to wrong ones.
# Arguments: the program under test, the root of the sources.
set -u
program=$(readlink -f "$1") project=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
lesson=$project/scenarios/lessons/three-terminals.scn
status=0
fail() {
    echo "FAILED: $*"
    status=1
}
# good OUTPUT ARGUMENT...: succeeds, and prints just these names of files, which it has written.
good() {
    local want=$1 out
    shift
    out=$("$program" draw "$@" 2>err) || fail "draw $*: $(cat err)"
    [[ $out == "$want" ]] || fail "draw $*: printed '$out', not '$want'"
    for file in $want; do [[ -s $file ]] || fail "draw $*: $file is empty"; done
}
# wrong WORDS ARGUMENT...: status 2, one line with these words, and no file.
wrong() {
    local words=$1 code
    shift
    "$program" draw "$@" >out 2>err
    code=$?
    [[ $code == 2 ]] || fail "draw $*: status $code, not 2"
    grep -qF -- "$words" err || fail "draw $*: '$(cat err)' has no '$words'"
    [[ -z $(find . -name '*.dot' -newer err) ]] || fail "draw $*: wrote a file"
}

good end.dot "$lesson" --step last -o end.dot
good seven.dot "$lesson" --step 7 -o seven.dot
good usb.dot "$lesson" --step usb -o usb.dot
good diff.dot "$lesson" --diff 4:12 -o diff.dot
good $'a-mounts.dot\na-pid.dot' "$lesson" --step 0 --view mounts --view pid -o a.dot
good $'b-alone.dot\nb-peer.dot\nb-follower.dot\nb-usb.dot\nb-own.dot\nb-umounted.dot' "$lesson" -o b.dot
"$program" draw "$lesson" --step all -o all.dot >out || fail "--step all"
[[ $(wc -l <out) -gt 15 && $(tail -n1 out) == "all-$(printf %03d $(($(wc -l <out) - 1))).dot" ]] || fail "--step all: not one a step"
[[ $("$program" draw "$lesson" --view all --step 3 -o v.dot | wc -l) == 5 ]] || fail "--view all: not one a view"
good dark.dot "$lesson" --step 7 --dark -o dark.dot
cmp -s dark.dot seven.dot && fail "--dark: is as light"
good flat.dot "$lesson" --step 7 --fold 0 -o flat.dot

wrong "there is no step 99" "$lesson" --step 99 -o x.dot
wrong "is no step; a number, all, last, alone, peer" "$lesson" --step nonsense -o x.dot
wrong "--view" "$lesson" --view nonsense
wrong "wants two steps" "$lesson" --diff 4 -o x.dot
wrong "has to come after" "$lesson" --diff 7:3 -o x.dot
wrong "there is no step 99" "$lesson" --diff 3:99 -o x.dot
wrong "--step" "$lesson" --diff 3:9 --step 3 -o x.dot
wrong "NAME.svg, NAME.png or NAME.dot" "$lesson" -o picture.gif
wrong "nowhere" "$lesson" --step 3 -o nowhere/x.dot
wrong "no.scn" no.scn
wrong "FILE"

# Too large to lay out all steps together: it says so and draws what was asked for.
# shellcheck disable=SC2016  # $i is the scenario's
printf 'title: Many\nrepeat 800 as $i\nsh1# mkdir /m$i\nsh1# mount -t tmpfs disk /m$i\nend\n' >many.scn
"$program" draw many.scn -o many.dot >out 2>err || fail "many: $(cat err)"
grep -q "too many to lay them out together" err || fail "many: does not say so: $(cat err)"
grep -q "and 798 more" many.dot || fail "many: $(grep -o 'and [0-9]* more' many.dot)"

# A scenario that fails is drawn as far as it came.
printf 'sh1# mkdir /a\nexpect sh1: /a is mounted\nsh1# mkdir /b\n' >failing.scn
"$program" draw failing.scn -o failing.dot >out 2>err
[[ $? == 1 && -s failing.dot ]] || fail "a failing scenario is not drawn"

# Without dot it says what to install, and still writes DOT.
PATH=/nowhere "$program" draw "$lesson" --step 3 -o x.svg >out 2>err
[[ $? == 2 ]] || fail "without dot: status $?"
/bin/grep -q "apt-get install graphviz" err || fail "without dot: $(cat err)"
PATH=/nowhere "$program" draw "$lesson" --step 3 -o nodot.dot >out 2>err || fail "without dot: no DOT"

if command -v dot >/dev/null; then
    good one.svg "$lesson" --step 7 -o one.svg
    good one.png "$lesson" --step 7 -o one.png
    [[ $(head -c 8 one.png | od -An -tx1 | tr -d ' \n') == 89504e470d0a1a0a ]] || fail "one.png is no PNG"
    good three-terminals.svg "$lesson" --step last
    [[ ! -s err ]] || fail "dot warns: $(cat err)"
fi
exit $status
