#!/bin/bash
# Each deliberate mistake still applies to the sources, and there are twenty: NSLAB SOURCES.
set -u
command -v git >/dev/null || {
    echo "skipped: git is not installed, which looks whether a patch applies"
    exit 77
}
cd "$2" || exit 1
count=0 bad=0
for patch in tests/mutations/*.patch; do
    count=$((count + 1))
    # Where the line has changed, so must the mistake; tests/mutations/run.sh says whether it is still found.
    git apply --check "$patch" || bad=1
done
((count >= 20)) || {
    echo "only $count patches"
    exit 1
}
exit "$bad"
