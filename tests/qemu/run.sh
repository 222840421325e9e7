#!/bin/bash
# Boots nslab, as one static file and as init, on the cloud kernels that Debian 12 has (6.1, and 6.12 of its backports)
# under qemu without KVM; it plays and checks scenarios/mount there and prints KTAP on the console. Passes where every
# scenario agrees, or differs only as of a release that is not the model's. Without arguments both kernels; else
# the suites to take the kernel from.
set -euo pipefail
root=$(readlink -f "$(dirname "$0")/../..")
work=$root/build/qemu
suites=("$@")
((${#suites[@]})) || suites=(bookworm bookworm-backports)
mkdir -p "$work"

for tool in qemu-system-x86_64 cpio cmake dpkg-deb; do
    command -v $tool >/dev/null || { echo "skipped: there is no $tool" && exit 77; }
done

# The program, and the initramfs: /init is nslab itself, and nothing else is there but the scenarios.
cmake -G Ninja -S "$root" -B "$work/static" -DNSLAB_STATIC=ON -DNSLAB_TESTS=OFF >"$work/cmake.log" 2>&1
ninja -C "$work/static" nslab >"$work/ninja.log" || { cat "$work/ninja.log" && exit 1; }
rm -rf "$work/initramfs"
mkdir -p "$work/initramfs"
install -s "$work/static/nslab" "$work/initramfs/init"
mkdir -p "$work/initramfs/scenarios"
! ldd "$work/initramfs/init" >/dev/null 2>&1 || { echo "the program is not static" && exit 1; }
cp -r "$root/scenarios/mount" "$work/initramfs/scenarios/"
(cd "$work/initramfs" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initramfs.gz"

# kernel SUITE: the newest cloud kernel of that suite, fetched once, through apt's own client but with lists of its own,
# so that the machine's settings stay as they are.
kernel() {
    local apt=$work/apt/$1 options deb
    compgen -G "$apt/boot/vmlinuz-*" && return
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $1 main" >"$apt/list"
    options=(-qq -o "Dir::Etc::SourceList=$apt/list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
        -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update >&2 || return 77
    deb=$(apt-cache "${options[@]}" depends linux-image-cloud-amd64 | sed -n 's/.*Depends: *\(linux-image-[0-9].*\)/\1/p')
    (cd "$apt" && rm -rf ./*.deb boot && apt-get "${options[@]}" download "$deb" >&2 && dpkg-deb -x ./*.deb .) || return 77
    echo "$apt"/boot/vmlinuz-*
}

status=0
for suite in "${suites[@]}"; do
    if ! image=$(kernel "$suite"); then
        echo "skipped: no kernel of $suite can be had here"
        ((status == 0)) && status=77
        continue
    fi
    log=$work/$suite.log
    # panic=-1 and -no-reboot: should init die, the machine ends at once instead of hanging.
    # Without cx16, since qemu 7.2's cmpxchg16b loses its way in the allocator of newer kernels.
    timeout 900 qemu-system-x86_64 -accel tcg -cpu qemu64,-cx16 -m 2048 -nographic -no-reboot -nodefaults -serial stdio \
        -kernel "$image" -initrd "$work/initramfs.gz" \
        -append "console=ttyS0 quiet panic=-1 -- init /scenarios/mount" </dev/null >"$log" 2>&1 || true
    tr -d '\r' <"$log" >"$log.txt"
    echo "$(basename "$image"):"
    # init says how it ended, with the exit status of check: 3 is 'only what another release explains'.
    if grep -q '^# nslab init: exit status [03]$' "$log.txt"; then
        grep -E '^(not ok|# (Totals|nslab init))' "$log.txt" | sed 's/^/    /'
        ((status == 77)) && status=0
    else
        tail -n 40 "$log.txt"
        status=1
    fi
done
exit $status
