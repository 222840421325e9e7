#!/bin/sh
# Every scenario that can be exported as a C program is exported, built and run in a sandbox, and must say what the model
# said; every one that can be exported as a shell script must end each of its commands as the model did. One of the long
# tests. Arguments: the program, the root of the sources.
set -u
nslab=$1
root=$2
if [ "$(id -u)" != 0 ] || ! unshare --mount --pid --fork true 2>/dev/null || ! command -v cc >/dev/null; then
	echo "needs root, namespaces and cc"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
good=0
bad=0
find "$root/scenarios" -name '*.scn' | sort > "$work/list"
while read -r file; do
	# Saved mountinfo is the model's alone; a sysctl of the scenario may not be the machine's.
	grep -qE '^(boot: mountinfo|sysctl:)' "$file" && continue
	static=
	contain='--mount --pid --fork --kill-child'
	# What nests PID namespaces to the last level has none to spare around it.
	case $file in */newpid-depth.scn) contain=--mount ;; esac
	if "$nslab" export "$file" --as c -o "$work/a.c" 2> "$work/out" &&
		{ ! grep -q 'return execute(' "$work/a.c" || static=-static; } &&
		cc $static -Wall -Wextra -Werror -o "$work/a" "$work/a.c" 2> "$work/out" &&
		timeout -s KILL 60 unshare $contain "$work/a" > "$work/out" 2>&1; then
		good=$((good + 1))
	else
		bad=$((bad + 1))
		echo "$file:"
		grep -B1 "model of Linux" "$work/out" || tail -3 "$work/out"
	fi
done < "$work/list"
scripts=0
while read -r file; do
	grep -qE '^(boot: mountinfo|sysctl:)' "$file" && continue
	"$nslab" export "$file" --as sh -o "$work/a.sh" 2> /dev/null || continue
	scripts=$((scripts + 1))
	timeout -s KILL 60 unshare --mount --pid --fork --kill-child sh "$work/a.sh" > "$work/out" 2>&1 && continue
	bad=$((bad + 1))
	echo "$file as a script:"
	grep -B2 "otherwise than" "$work/out" || tail -3 "$work/out"
done < "$work/list"
echo "$scripts scripts"
echo "$good programs say what the model says, $bad do not"
[ "$bad" = 0 ] && [ "$good" -gt 0 ]
