#!/bin/bash
# Does what a newcomer does, in a fresh root of a Debian: roots.sh SUITE [TARBALL]. The root is made by debootstrap in a
# scratch folder, or unpacked from TARBALL where there is one already (it is written where it is named and missing);
# the tree of the project is copied in as git sees it. Then ./lab build, ./lab run and ./lab test have to work there.
# Everything happens in mount and PID namespaces of its own; the scratch folder goes at the end.
set -euo pipefail
suite=${1:?suite} tarball=${2:-}
project=$(readlink -f "$(dirname "$0")/../..")
((EUID == 0)) || { echo "skipped: only root can make a root" && exit 77; }
command -v debootstrap >/dev/null || [[ -f $tarball ]] || { echo "skipped: there is no debootstrap" && exit 77; }

scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/nslab-$suite.XXXXXX")
trap 'rm -rf --one-file-system "$scratch"' EXIT
if [[ -f $tarball ]]; then
    tar -C "$scratch" -xf "$tarball"
else
    debootstrap --variant=minbase "$suite" "$scratch" >"$scratch.log" 2>&1 ||
        { tail -n 5 "$scratch.log" && echo "skipped: debootstrap could not make $suite here" && exit 77; }
    rm "$scratch.log"
    # apt there reaches its archives as apt here does (proxies and the like).
    apt-config dump Acquire >"$scratch/etc/apt/apt.conf.d/99machine"
    [[ ! $tarball ]] || tar -C "$scratch" -cf "$tarball" .
fi
mkdir "$scratch/nslab"
tar -C "$project" --exclude=./build --exclude='./build-*' --exclude=./.git -cf - . | tar -C "$scratch/nslab" -xf -

# The scratch folder becomes a real root, not only a chroot: inside a chroot nobody may make a user namespace, and what
# lies below would be seen.
# shellcheck disable=SC2016
unshare --mount --pid --fork --kill-child bash -euc '
    mount --make-rprivate /
    mount --bind "$1" "$1"
    cd "$1"
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
    pivot_root . mnt
    umount --lazy /mnt
    # Nothing of the environment here has a meaning there, but for what lab is told about the build.
    exec env -i NSLAB_CMAKE="${NSLAB_CMAKE:-}" HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /bin/bash -euc "
        cd /nslab
        ./lab build
        ./lab run --quiet scenarios
        ./lab test"' roots "$scratch"
