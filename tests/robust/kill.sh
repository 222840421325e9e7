#!/bin/bash
# Kills `nslab check` at random moments and looks at what is left: no process, and the machine's mounts, cgroups and
# sysctls as they were. Arguments: the program, the root of the sources. NSLAB_KILLS says how often, NSLAB_SEED repeats
# the moments of an earlier run.
set -u
project=$(readlink -f "$2")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
# A copy of its own, so that what is left of it can be told from other runs on this machine.
cp "$1" "$scratch/nslab"

RANDOM=${NSLAB_SEED:=$((RANDOM + 1))}
echo "NSLAB_SEED=$NSLAB_SEED"

processes() {
    local exe
    for exe in /proc/[0-9]*/exe; do
        [[ $exe -ef $scratch/nslab ]] && echo "${exe//[!0-9]/}"
    done
    true
}

# What must be the same afterwards. Values that change by themselves are left out: counters, random numbers, and names
# that this process may not read.
machine() {
    sort /proc/self/mountinfo
    hostname
    find /sys/fs/cgroup -type d 2>/dev/null | sort
    find /proc/sys -type f -readable 2>/dev/null | sort | grep -Ev \
        '/(random|pty/nr|dentry-state|file-nr|inode-nr|inode-state|ns_last_pid|quota|cad_pid|keys|.*nr_open|.*stat.*|net/)' |
        while read -r name; do printf '%s=' "$name" && cat "$name" 2>/dev/null; done
}

gone() {
    for _ in {1..100}; do
        [[ ! $(processes) ]] && return
        sleep 0.1
    done
    return 1
}

"$scratch/nslab" check --quiet "$project/scenarios/mount" >"$scratch/out" 2>&1
status=$?
if ((status == 4)); then
    echo "skipped: nothing can be compared on this machine"
    exit 77
fi
machine >"$scratch/before"

failed=0
for ((i = 0; i < ${NSLAB_KILLS:-30}; i++)); do
    signal=KILL
    ((i % 5 == 3)) && signal=TERM
    ((i % 5 == 4)) && signal=INT
    # Monitor mode keeps SIGINT from being ignored, as it is in the background of a script.
    set -m
    "$scratch/nslab" check --quiet "$project/scenarios/mount" >/dev/null 2>&1 &
    supervisor=$!
    set +m
    sleep "0.$(printf %03d $((RANDOM % 400)))"
    kill -$signal "$supervisor" 2>/dev/null
    wait "$supervisor" 2>/dev/null
    if ! gone; then
        echo "SIG$signal left processes behind:"
        for pid in $(processes); do
            tr '\0' ' ' <"/proc/$pid/cmdline"
            echo "(PID $pid)"
            kill -KILL "$pid"
        done
        failed=1
    fi
done

machine >"$scratch/after"
if ! diff "$scratch/before" "$scratch/after" >"$scratch/diff"; then
    # Others live on this machine too: what is back after a moment, or comes and goes by itself, was not ours.
    sleep 2
    machine >"$scratch/after"
    if ! diff "$scratch/before" "$scratch/after" >"$scratch/diff"; then
        echo "the machine is not as it was:"
        cat "$scratch/diff"
        failed=1
    fi
fi
exit $failed
