#!/bin/bash
# Draws the pictures of docs/gallery.md, as the comments in front of them say. Arguments: the program, the sources' root.
set -euo pipefail
program=$(readlink -f "$1")
cd "$2/docs/gallery"
sed -n 's/^<!-- draw: \(.*\) -->$/\1/p' ../gallery.md | while read -r scenario options; do
    # shellcheck disable=SC2086  # options are words
    "$program" draw "../../scenarios/$scenario" $options >/dev/null
done
