// Mounts, by the old calls and the newer ones.

#include "sim/fuzz/kinds.hpp"

namespace nslab::fuzz {

namespace {

// ---- mount(2) and umount2(2)

u64 mount_flags(Chooser& c) { return c.bits({MS::RDONLY, MS::NOSUID, MS::NODEV, MS::NOEXEC, MS::NOATIME}); }

/// Of a mount point that nobody wants, the fields stay: mount(2) reads them all the same.
Str source(Chooser& c) { return c.rarely(20) ? Str() : Str(c.random.of({"disk", "usb", "none"})); }

Syscall mount_new(Chooser& c) {
    const char* type = c.random.of({"tmpfs", "tmpfs", "tmpfs", "tmpfs", "ramfs", "ramfs", "proc"});
    sys::Mount call{source(c), c.path(), type, mount_flags(c), nullptr};
    if (c.rarely(12)) call.data = c.random.of({"size=4k", "nr_inodes=3", "mode=0700", "nonsense"});
    if (c.rarely(40)) call.filesystemtype = c.random.of({Str(), Str("nosuchfs"), Str::bad_pointer(), Str("mqueue")});
    return call;
}
Syscall mount_bind(Chooser& c) {
    u64 flags = MS::BIND;
    if (c.random.percent(40)) flags |= MS::REC;
    if (c.rarely(30)) flags |= c.random.of({MS::SHARED, MS::MOVE, MS::RDONLY, MS::SILENT});
    const bool from_mount = c.random.percent(60);
    return sys::Mount{from_mount ? c.mounted() : c.path(), c.path(), nullptr, flags, nullptr};
}
Syscall mount_propagation(Chooser& c) {
    u64 flags = c.propagation();
    if (c.random.percent(35)) flags |= MS::REC;
    if (c.rarely(25)) flags |= c.random.of({MS::SILENT, MS::RDONLY, MS::PRIVATE, MS::SHARED});
    return sys::Mount{"none", c.mounted(), nullptr, flags, nullptr};
}
Syscall mount_move(Chooser& c) { return sys::Mount{c.mounted(), c.path(), nullptr, MS::MOVE, nullptr}; }
Syscall mount_remount(Chooser& c) {
    u64 flags = MS::REMOUNT | c.bits({MS::RDONLY, MS::RDONLY, MS::NOSUID, MS::NOATIME, MS::RELATIME, MS::STRICTATIME,
                                      MS::NODIRATIME, MS::NOEXEC, MS::NOSYMFOLLOW});
    if (c.random.percent(60)) flags |= MS::BIND;
    sys::Mount call{"none", c.mounted(), nullptr, flags, nullptr};
    if (c.rarely(10)) call.data = c.random.of({"size=8k", "nr_inodes=5", "size=0"});
    return call;
}
Syscall umount2(Chooser& c) {
    u32 flags = 0;
    if (c.random.percent(35)) flags = UMOUNT::DETACH;
    if (c.rarely(8))
        flags = static_cast<u32>(
            c.bits({UMOUNT::FORCE, UMOUNT::EXPIRE, UMOUNT::EXPIRE, UMOUNT::NOFOLLOW, UMOUNT::DETACH, 16}));
    Str target = c.mounted();
    // Without a root nothing goes on: it is made read-only, or everything is gone.
    if (target.text == "/") c.pointless = true;
    return sys::Umount2{std::move(target), flags};
}
Syscall pivot_root(Chooser& c) {
    if (c.rarely(3)) return sys::PivotRoot{".", "."};
    return sys::PivotRoot{c.mounted(), c.path()};
}

// ---- the newer calls

u32 at_flags(Chooser& c) {
    u32 flags = c.random.percent(40) ? AT::RECURSIVE : 0;
    if (c.rarely(8)) flags |= c.random.of({AT::SYMLINK_NOFOLLOW, AT::NO_AUTOMOUNT, AT::EMPTY_PATH});
    return flags;
}
Syscall open_tree(Chooser& c) {
    u32 flags = at_flags(c);
    if (c.random.percent(80))
        flags |= OPEN_TREE::CLONE;
    else
        flags &= ~AT::RECURSIVE | (c.rarely(10) ? AT::RECURSIVE : 0);
    if (c.rarely(12)) return sys::OpenTree{c.fd(), "", flags | AT::EMPTY_PATH};
    return sys::OpenTree{c.dfd(), c.rarely(3) ? c.path() : c.mounted(), flags};
}
Syscall move_mount(Chooser& c) {
    sys::MoveMount call;
    if (c.random.percent(65)) {
        call.from_dfd = c.fd();
        call.from_pathname = "";
        call.flags = MOVE_MOUNT::F_EMPTY_PATH;
    } else {
        call.from_pathname = c.mounted();
    }
    if (c.rarely(8)) {
        call.to_dfd = c.fd();
        call.to_pathname = c.rarely(2) ? Str("") : Str("x");
        call.flags |= MOVE_MOUNT::T_EMPTY_PATH;
    } else {
        call.to_pathname = c.rarely(4) ? c.mounted() : c.path();
    }
    if (c.rarely(5)) call.flags |= MOVE_MOUNT::BENEATH;
    if (c.rarely(8)) call.flags |= MOVE_MOUNT::SET_GROUP;
    if (c.rarely(30)) call.flags |= c.random.of({MOVE_MOUNT::F_SYMLINKS, MOVE_MOUNT::T_SYMLINKS, u32{0x400}});
    return call;
}
Syscall fsopen(Chooser& c) {
    return sys::Fsopen{c.random.of({"tmpfs", "tmpfs", "ramfs", "proc", "nosuchfs"}), c.rarely(6) ? FSOPEN::CLOEXEC : 0};
}
Syscall fsconfig(Chooser& c) {
    sys::Fsconfig call;
    call.fd = c.fd();
    const u32 what = c.random.below(10);
    if (what < 6) {
        call.cmd = FSCONFIG::CMD_CREATE;
        if (c.rarely(10)) call.cmd = c.random.of({FSCONFIG::CMD_RECONFIGURE, FSCONFIG::CMD_CREATE_EXCL});
    } else if (what < 9) {
        call.cmd = FSCONFIG::SET_STRING;
        call.key = c.random.of({"source", "size", "mode", "nonsense"});
        call.value = c.random.of({"disk", "4k", "0700"});
    } else {
        call.cmd = FSCONFIG::SET_FLAG;
        call.key = c.random.of({"ro", "rw", "nonsense"});
    }
    return call;
}
Syscall fsmount(Chooser& c) {
    return sys::Fsmount{c.fd(), 0,
                        c.bits({MOUNT_ATTR::RDONLY, MOUNT_ATTR::NOSUID, MOUNT_ATTR::NOATIME, MOUNT_ATTR::NODIRATIME})};
}
Syscall fspick(Chooser& c) { return sys::Fspick{AT::FDCWD, c.mounted(), c.rarely(9) ? FSPICK::EMPTY_PATH : 0}; }

MountAttr mount_attr(Chooser& c) {
    constexpr u64 kinds[] = {MOUNT_ATTR::RDONLY, MOUNT_ATTR::NOSUID,  MOUNT_ATTR::NODEV,       MOUNT_ATTR::NODIRATIME,
                             MOUNT_ATTR::NOEXEC, MOUNT_ATTR::NOATIME, MOUNT_ATTR::STRICTATIME, MOUNT_ATTR::NOSYMFOLLOW};
    MountAttr attr;
    if (c.random.percent(60)) attr.attr_set = kinds[c.random.below(std::size(kinds))];
    if (c.random.percent(30)) attr.attr_clr = kinds[c.random.below(std::size(kinds))];
    if ((attr.attr_set & MOUNT_ATTR::ATIME) && !c.rarely(6)) attr.attr_clr |= MOUNT_ATTR::ATIME;
    if (c.random.percent(45)) attr.propagation = c.propagation();
    if (c.rarely(40)) attr.propagation |= MS::SHARED | MS::SLAVE;
    if (c.rarely(5)) {
        (c.rarely(4) ? attr.attr_clr : attr.attr_set) |= MOUNT_ATTR::IDMAP;
        attr.userns_fd = static_cast<u32>(c.fd());
    }
    return attr;
}
Syscall mount_setattr(Chooser& c) {
    if (c.rarely(4)) return sys::MountSetattr{c.fd(), "", at_flags(c) | AT::EMPTY_PATH, mount_attr(c)};
    return sys::MountSetattr{AT::FDCWD, c.mounted(), at_flags(c), mount_attr(c)};
}
Syscall open_tree_attr(Chooser& c) {
    return sys::OpenTreeAttr{AT::FDCWD, c.mounted(), at_flags(c) | OPEN_TREE::CLONE, mount_attr(c)};
}

Syscall listmount(Chooser& c) {
    sys::Listmount call;
    call.req.mnt_id = c.rarely(9) ? 7 : kLsmtRoot;
    if (c.rarely(4)) call.nr_mnt_ids = c.random.of({u64{0}, u64{1}, u64{2}});
    if (c.rarely(9)) call.flags = c.random.of({1u, 2u});
    return call;
}

/// What a mount of the two worlds is called differs; these numbers are no mount's in either. What it says of those that
/// are there is compared after each step.
Syscall statmount(Chooser& c) {
    constexpr u64 kNone = u64{1} << 40;
    sys::Statmount call;
    call.req.mnt_id = c.random.of({u64{7}, kNone, kLsmtRoot});
    call.req.param = STATMOUNT::MNT_BASIC;
    if (c.rarely(4)) call.req.mnt_ns_id = kNone;
    if (c.rarely(9)) call.flags = 1;
    return call;
}

constexpr Kind kKinds[] = {
    {"mount", 60, mount_new},
    {"mount", 70, mount_bind},
    {"mount", 60, mount_propagation},
    {"mount", 18, mount_move},
    {"mount", 10, mount_remount},
    {"umount2", 60, umount2},
    {"pivot_root", 5, pivot_root},
    {"open_tree", 22, open_tree},
    {"move_mount", 30, move_mount},
    {"fsopen", 5, fsopen},
    {"fsconfig", 7, fsconfig},
    {"fsmount", 6, fsmount},
    {"fspick", 2, fspick},
    {"mount_setattr", 18, mount_setattr},
    {"open_tree_attr", 4, open_tree_attr},
    {"listmount", 2, listmount},
    {"statmount", 1, statmount},
};

} // namespace

std::span<const Kind> kinds_of_mounts() { return kKinds; }

} // namespace nslab::fuzz
