#!/bin/bash
# Applies each deliberate mistake of this directory to a copy of the sources, builds, and looks whether the campaign finds
# it within a minute, and how many scenarios do: run.sh COPY [PATCH...]. COPY is made where it is missing, from the sources
# that this script is part of, and built once; a mistake then takes one file and a link. Prints a table for
# docs/mutations.md. Status 1 where one is found by neither.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
sources=$(readlink -f "$here/../..")
copy=${1:?usage: run.sh COPY [PATCH...]}
shift
patches=("$@")
((${#patches[@]})) || patches=("$here"/*.patch)

if [[ ! -d $copy/build ]]; then
    mkdir -p "$copy"
    (cd "$sources" && tar --exclude='./build*' --exclude=./.git -cf - .) | tar -xf - -C "$copy"
    # shellcheck disable=SC2086
    cmake -G Ninja -S "$copy" -B "$copy/build" -DNSLAB_TESTS=OFF ${MUTATIONS_CMAKE--DCMAKE_BUILD_TYPE=Release} >/dev/null
    ninja -C "$copy/build" --quiet nslab
fi
cd "$copy"
copy=$PWD

missed=0
echo "| mistake | campaign | scenarios whose expectations fail | differ from the kernel |"
echo "| --- | --- | --- | --- |"
for patch in "${patches[@]}"; do
    patch -p1 --quiet --no-backup-if-mismatch <"$patch"
    undo() { patch -p1 --quiet --reverse --no-backup-if-mismatch <"$patch"; }
    if ! ninja -C build --quiet nslab >build/mutation.log 2>&1; then
        tail -n 20 build/mutation.log >&2
        undo
        exit 2
    fi
    begin=$EPOCHREALTIME status=0
    build/nslab fuzz --seed 1 --time 60s --most 1 >build/campaign.log 2>&1 || status=$?
    seconds=$(awk "BEGIN { printf \"%.0f\", $EPOCHREALTIME - $begin }")
    case $status in
    0) campaign="not in $seconds s" ;;
    1) campaign="$seconds s" ;;
    *) campaign="status $status" ;;
    esac
    # The kernel is asked only where the expectations see nothing: each difference is looked at again for two seconds.
    differ='' failed=$(build/nslab run --quiet --format junit scenarios 2>/dev/null | grep -c '<failure' || true)
    ((failed > 0)) || differ=$(build/nslab check --quiet --format junit scenarios 2>/dev/null | grep -c '<failure' || true)
    ((status == 1 || failed > 0 || differ > 0)) || missed=1
    echo "| $(head -n 1 "$patch") | $campaign | $failed | $differ |"
    undo
done
exit "$missed"
