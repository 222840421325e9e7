#!/bin/bash
# Kills `nslab check` at random moments, 200 times, and looks at what is left: no process, no namespace, and mounts,
# cgroups and sysctls as they were. Arguments: the program, the root of the sources. NSLAB_KILLS says how often,
# NSLAB_SEED repeats the moments of an earlier run.
#
# Half of them happen as who we are, half in a user namespace, since the kernel itself counts what namespaces there are
# in one: with a limit of one more than there should be, exactly one can be made. Both have a PID namespace, in which
# every process is ours.
set -u
nslab=$1 project=$(readlink -f "$2") mode=${3:-}
: "${NSLAB_KILLS:=200}" "${NSLAB_SEED:=$((RANDOM + 1))}"
export NSLAB_KILLS NSLAB_SEED
at_once=8

if [[ ! $mode ]]; then
    "$nslab" check --quiet "$project/scenarios/pid/situations" >/dev/null 2>&1
    if (($? == 4)); then
        echo "skipped: nothing can be compared on this machine"
        exit 77
    fi
    echo "NSLAB_SEED=$NSLAB_SEED"
    inside=(unshare --pid --mount --fork --kill-child --mount-proc)
    half=$((NSLAB_KILLS / 2)) failed=0
    ((EUID == 0)) || half=0
    ((half == 0)) || NSLAB_KILLS=$half "${inside[@]}" "$0" "$nslab" "$project" plain || failed=1
    NSLAB_KILLS=$((NSLAB_KILLS - half)) "${inside[@]}" --user --map-root-user "$0" "$nslab" "$project" counted || failed=1
    exit "$failed"
fi

RANDOM=$NSLAB_SEED
# Any five scenarios take so long that a kill meets the beginning, the middle and the end of one.
mapfile -t scenarios < <(find "$project"/scenarios/{mount,nsproxy,pid} -name '*.scn' | sort)

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

# These set `left`; a process of its own to ask in would be found.
processes() { # every one but this script
    local pid
    left=()
    for pid in /proc/[0-9]*; do
        [[ ${pid#/proc/} == 1 ]] || left+=("${pid#/proc/}")
    done
}
namespaces() { # of each type how many there are beyond those in which this script runs
    local type own n
    left=()
    for type in mnt uts ipc pid net cgroup time user; do
        own=0
        [[ $type == pid || $type == mnt ]] && own=1
        for ((n = 0; n < 100; ++n)); do
            echo $((own + n + 1)) >"/proc/sys/user/max_${type}_namespaces"
            unshare "--${type/mnt/mount}" true 2>/dev/null && break
        done
        ((n == 0)) || left+=("$n $type")
    done
}
# Whether there is nothing left, at the latest in ten seconds: what is done later by the kernel takes its time.
nothing_of() {
    for _ in {1..100}; do
        "$1"
        ((${#left[@]})) || return 0
        sleep 0.1
    done
    return 1
}

failed=0 killed=0 round=0
kill_some() {
    local i at=0 moment moments=() pids=() signals=() files
    for ((i = 0; i < at_once; ++i, ++round)); do
        moments+=("$(printf %03d $((RANDOM % 1000)))")
        signals+=(KILL)
        ((round % 5 == 3)) && signals[i]=TERM
        ((round % 5 == 4)) && signals[i]=INT
        files=()
        for _ in {1..15}; do files+=("${scenarios[(RANDOM * 32768 + RANDOM) % ${#scenarios[@]}]}"); done
        # Monitor mode keeps SIGINT from being ignored, as it is in the background of a script.
        set -m
        "$nslab" check --quiet --jobs $((1 + round % 2)) "${files[@]}" >/dev/null 2>&1 &
        pids+=($!)
        set +m
    done
    mapfile -t moments < <(printf '%s\n' "${moments[@]}" | sort)
    for ((i = 0; i < at_once; ++i)); do
        moment=$((10#${moments[i]}))
        sleep "0.$(printf %03d $((moment - at)))"
        at=$moment
        kill -"${signals[i]}" "${pids[i]}" 2>/dev/null
    done
    for ((i = 0; i < at_once; ++i)); do
        # Who had ended already was not killed.
        wait "${pids[i]}" 2>/dev/null
        (($? > 128)) && killed=$((killed + 1))
    done
}

before=$(machine)
while ((killed < NSLAB_KILLS)); do
    kill_some 2>/dev/null # where the shell tells who was killed
    if ! nothing_of processes; then
        echo "processes are left behind of those that were killed up to round $round:"
        for pid in "${left[@]}"; do echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"; done
        failed=1
        break # with this script, the init of their PID namespace, they end
    fi
done
if ! difference=$(diff <(echo "$before") <(machine)); then
    # Others live on this machine too: what is back after a moment, or comes and goes by itself, was not ours.
    sleep 2
    if ! difference=$(diff <(echo "$before") <(machine)); then
        echo "the machine is not as it was:"
        echo "$difference"
        failed=1
    fi
fi
if [[ $mode == counted ]] && ! nothing_of namespaces; then
    echo "namespaces are left behind: ${left[*]}"
    failed=1
fi
echo "$mode: killed $killed times, failed: $failed"
exit "$failed"
