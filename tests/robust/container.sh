#!/bin/bash
# In a container the world of `nslab check` lies deeper, and one user may be all that there is: what fails for that alone
# is skipped by name and no difference. Arguments: the program, the root of the sources.
set -u
nslab=$1
root=$2
deeper=(unshare --pid --fork --kill-child --mount-proc unshare --pid --fork --kill-child --mount-proc)
one_user=(unshare --user --map-root-user --pid --fork --kill-child --mount-proc)
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
if ((EUID != 0)) || ! "${deeper[@]}" true 2>/dev/null || ! "${one_user[@]}" true 2>/dev/null; then
    echo "skipped: only root makes the containers"
    exit 77
fi

# scenarios WHY COMMAND...: plays them in a container; WHY must be among the reasons for what is skipped.
scenarios() {
    local why=$1
    shift
    "$@" "$nslab" check --quiet "$root/scenarios/nsproxy/refusals" "$root/scenarios/pid/lessons" >"$out" 2>&1
    local status=$?
    tail -n 12 "$out"
    ((status == 0 || status == 3)) && grep -q ' 0 differ' "$out" && grep -q "$why" "$out"
}

scenarios 'in a container the world lies some PID namespaces deeper' "${deeper[@]}" || exit 1
scenarios 'without root the world lies one user namespace deeper' "${one_user[@]}" || exit 1
