#!/bin/bash
# All sequences in parts, and with a part that is stopped in the middle and goes on, come to the same as all at once:
# NSLAB SOURCES.
set -euo pipefail
nslab=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
every=(fuzz --exhaustive --depth 2 --against audit)
# How long it took is the only thing that may differ.
without_time() { sed 's/"seconds":[^,]*,//' "$1"; }
seeds() { sed 's/.*"seeds":\(\[\[[^"]*\]\]\|\[\]\),.*/\1/' "$1"; }

"$nslab" "${every[@]}" --format json >whole.json
"$nslab" "${every[@]}" --runs 128 --state part-1.json >/dev/null

# The rest is stopped again and again, now by its time and now by a signal.
stops=0 before='' merged=''
for turn in {1..200}; do
    if ((turn % 2)); then
        "$nslab" "${every[@]}" --seed 3 --state part-2.json --time 0.01s >/dev/null
    else
        "$nslab" "${every[@]}" --seed 3 --state part-2.json >/dev/null 2>error &
        sleep "0.$turn"
        kill -INT $! 2>/dev/null || true
        # Where there was nothing to play yet it says so.
        wait $! || grep -q '^nslab: stopped$' error
    fi
    now=$(seeds part-2.json)
    [[ $now == "$before" ]] || stops=$((stops + 1))
    before=$now
    "$nslab" fuzz --merge part-1.json part-2.json --format json >merged.json
    if cmp -s <(without_time merged.json) <(without_time whole.json); then
        merged=yes
        break
    fi
done
[[ $merged ]]
((stops > 1)) # it has been stopped, and has gone on

# What is no part of it is refused.
"$nslab" fuzz --exhaustive --depth 1 --against audit --state other.json >/dev/null
if "$nslab" fuzz --merge part-1.json other.json 2>error; then exit 1; fi
grep -q "other.json: " error
