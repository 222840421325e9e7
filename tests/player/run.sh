#!/bin/bash
# The pages of nslab show in a real browser: headless Chromium, driven by Playwright.
# Arguments: the program under test, the root of the sources. PLAYER_DIR is where Playwright is installed and kept.
set -u
program=$(readlink -f "$1") project=$(readlink -f "$2")
work=${PLAYER_DIR:-$(mktemp -d)}
skip() {
    echo "skipped: $*"
    exit 77
}

command -v dot >/dev/null || skip "there is no dot (package graphviz), which lays the drawings out"
command -v node >/dev/null || skip "there is no node (package nodejs), which drives the browser"
browser=$(command -v chromium || command -v chromium-browser) || skip "there is no chromium (package chromium)"
mkdir -p "$work/pages" || exit 1
if [[ ! -d $work/node_modules/playwright-core ]]; then
    command -v npm >/dev/null || skip "there is no npm (package npm), which fetches playwright-core"
    (cd "$work" && timeout 120 npm install --no-audit --no-fund --no-package-lock playwright-core@1.55 >npm.log 2>&1) || {
        tail -n 3 "$work/npm.log"
        skip "npm could not fetch playwright-core"
    }
fi

page() { # page NAME SCENARIO [OPTION...]
    local name=$1 scenario=$2
    shift 2
    "$program" show "$scenario" -o "$work/pages/$name.html" "$@" >/dev/null
}
status=0
page lesson "$project/scenarios/mount/situations/01-slave-still-votes.scn" || status=1
page processes "$project/scenarios/pid/lessons/nested-death.scn" || status=1
page hostile "$project/tests/player/hostile.scn" || status=1
# As long a lesson as is promised to stay small.
{
    echo "title: Forty steps"
    printf 'sh1# mkdir /a /b\nsh1# mount -t tmpfs disk /a\nsh1# mount --make-shared /a\nsh1# mount --bind /a /b\n'
    printf 'sh1# unshare --mount --propagation unchanged sh2 &\nsh2# mount --make-rslave /\n'
    for i in {1..17}; do printf '# Number %s.\nsh1# mkdir /a/%s\nsh1# mount -t tmpfs usb%s /a/%s\n' "$i" "$i" "$i" "$i"; done
} >"$work/pages/forty.scn"
page forty "$work/pages/forty.scn" || status=1
printf 'sh1# mkdir /a\nexpect sh1: /a is mounted\nsh1# mkdir /b\n' >"$work/pages/failing.scn"
page failing "$work/pages/failing.scn" 2>/dev/null && status=1 # it says so, and the page tells it
((status == 0)) || exit 1

NODE_PATH=$work/node_modules BROWSER=$browser PAGES=$work/pages node "$project/tests/player/player.js"
