#!/bin/bash
# A campaign that GNU parallel splits comes to the same as the whole one: NSLAB SOURCES.
set -euo pipefail
nslab=$1
command -v parallel >/dev/null || {
    echo "skipped: GNU parallel is not installed (parallel)"
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# The command of docs/fuzz.md, with one seed a part and in the model alone.
HOME=$scratch parallel --will-cite "$nslab" fuzz --against audit --seed '{= $_ = 1 + 1 * ($_ - 1) =}' --runs 64 \
    --state part-{}.json ::: 1 2 3 >/dev/null
"$nslab" fuzz --merge part-*.json --format json >merged.json
"$nslab" fuzz --against audit --seed 1 --runs 192 --format json >whole.json
# How long it took is the only thing that may differ.
without_time() { sed 's/"seconds":[^,]*,//' "$1"; }
cmp <(without_time merged.json) <(without_time whole.json)
# Twice the same seed is no campaign.
if "$nslab" fuzz --merge part-1.json part-1.json 2>error; then exit 1; fi
grep -q "part-1.json: seed 1 was merged already" error
# Going on from a file that has it all plays nothing more.
"$nslab" fuzz --against audit --seed 1 --runs 64 --state part-1.json --format json >again.json
cmp <(without_time again.json) <("$nslab" fuzz --merge part-1.json --format json | sed 's/"seconds":[^,]*,//')
