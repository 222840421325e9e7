// What a process may do: capabilities, what it has promised, and the files of proc that decide over namespaces.

#include "sim/fuzz/kinds.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab::fuzz {

namespace {

constexpr u64 bit(u32 cap) { return u64{1} << cap; }

u32 cap(Chooser& c) {
    if (c.rarely(12)) return c.random.of({CAP::LAST_CAP, CAP::LAST_CAP + 1, 63u, 64u});
    return c.random.of({CAP::SYS_ADMIN, CAP::SETPCAP, CAP::KILL, CAP::SETUID, CAP::SETGID, CAP::DAC_OVERRIDE,
                        CAP::SYS_PTRACE, CAP::SYS_CHROOT, CAP::CHECKPOINT_RESTORE, CAP::CHOWN, CAP::SETFCAP});
}
/// Those that decide something here and that root of a container has too: which others there are is no matter of ours.
constexpr u64 kDeciding = bit(CAP::CHOWN) | bit(CAP::DAC_OVERRIDE) | bit(CAP::DAC_READ_SEARCH) | bit(CAP::FOWNER) |
                          bit(CAP::FSETID) | bit(CAP::KILL) | bit(CAP::SETGID) | bit(CAP::SETUID) | bit(CAP::SETPCAP) |
                          bit(CAP::SYS_CHROOT) | bit(CAP::SYS_PTRACE) | bit(CAP::SYS_ADMIN) | bit(CAP::SETFCAP) |
                          bit(CAP::CHECKPOINT_RESTORE);

/// All but a few, a few, or what the caller has already.
u64 cap_set(Chooser& c, u64 now) {
    const u64 few = (bit(cap(c) & 63) | c.bits({bit(CAP::SYS_ADMIN), bit(CAP::SETPCAP), bit(CAP::SETUID)}));
    switch (c.random.below(8)) {
    case 0: return 0;
    case 1: return few & (kDeciding | ~kCapFullSet);
    case 2: return kDeciding & ~few;
    case 3: return kDeciding | ~kCapFullSet;
    case 4: return (now | few) & kDeciding;
    case 5: return now & ~few & kDeciding;
    default: return now & kDeciding;
    }
}
u32 version(Chooser& c) {
    if (!c.rarely(6)) return kCapabilityVersion3;
    return c.random.of({kCapabilityVersion1, kCapabilityVersion2, u32{7}});
}
Syscall capget(Chooser& c) {
    sys::Capget call{version(c), c.rarely(3) ? 0 : c.pid(), OutPtr::somewhere};
    if (c.rarely(12)) call.dataptr = c.random.of({OutPtr::null, OutPtr::bad});
    return call;
}
Syscall capset(Chooser& c) {
    sys::Capset call;
    call.version = version(c);
    if (c.rarely(6)) call.pid = c.pid();
    const Cred& cred = task_cred(c.kernel(), c.task());
    if (!c.rarely(20))
        call.data =
            CapSets{cap_set(c, cred.cap_effective), cap_set(c, cred.cap_permitted), cap_set(c, cred.cap_inheritable)};
    // Mostly what may be asked for.
    if (call.data && c.random.percent(50)) {
        call.data->permitted &= cred.cap_permitted;
        call.data->effective &= call.data->permitted;
        call.data->inheritable &= cred.cap_inheritable | cred.cap_permitted;
    }
    return call;
}
u64 securebits(Chooser& c) {
    return task_cred(c.kernel(), c.task()).securebits ^
           c.bits({SECBIT::NOROOT, SECBIT::NOROOT_LOCKED, SECBIT::NO_SETUID_FIXUP, SECBIT::NO_SETUID_FIXUP_LOCKED,
                   SECBIT::KEEP_CAPS, SECBIT::KEEP_CAPS_LOCKED, SECBIT::NO_CAP_AMBIENT_RAISE,
                   SECBIT::EXEC_RESTRICT_FILE, SECBIT::EXEC_RESTRICT_FILE_LOCKED, u64{0x1000}});
}
Syscall prctl(Chooser& c) {
    switch (c.random.below(16)) {
    case 0: return sys::Prctl{PR::GET_KEEPCAPS};
    case 1: return sys::Prctl{PR::SET_KEEPCAPS, c.random.of({u64{1}, u64{1}, u64{0}, u64{2}})};
    case 2: return sys::Prctl{PR::CAPBSET_READ, cap(c)};
    case 3: return sys::Prctl{PR::CAPBSET_DROP, cap(c)};
    case 4: return sys::Prctl{PR::GET_SECUREBITS};
    case 5:
    case 6: return sys::Prctl{PR::SET_SECUREBITS, securebits(c)};
    case 7: return sys::Prctl{PR::SET_NO_NEW_PRIVS, u64{!c.rarely(8)}, 0, 0, u64{c.rarely(12)}};
    case 8: return sys::Prctl{PR::GET_NO_NEW_PRIVS, u64{c.rarely(12)}};
    case 9: return sys::Prctl{PR::GET_DUMPABLE};
    case 10: return sys::Prctl{PR::SET_DUMPABLE, c.random.of({u64{1}, u64{0}, u64{2}})};
    case 11: return sys::Prctl{PR::CAP_AMBIENT, PR::CAP_AMBIENT_CLEAR_ALL, u64{c.rarely(8)}};
    case 12: return sys::Prctl{PR::CAP_AMBIENT, PR::CAP_AMBIENT_IS_SET, cap(c)};
    case 13: return sys::Prctl{PR::CAP_AMBIENT, PR::CAP_AMBIENT_LOWER, cap(c)};
    case 14: return sys::Prctl{PR::CAP_AMBIENT, u64{5}, cap(c)};
    default: return sys::Prctl{PR::CAP_AMBIENT, PR::CAP_AMBIENT_RAISE, cap(c), u64{c.rarely(12)}};
    }
}

// ---- files of proc that are written

Syscall open_sysctl(Chooser& c) {
    std::string file = c.random.of({"sys/kernel/ns_last_pid", "sys/kernel/ns_last_pid", "sys/kernel/pid_max"});
    // The limits of the first user namespace may be the machine's, and nobody writes them.
    if (current_user_ns(c.kernel(), c.task()) != c.kernel().init_user_ns && c.random.percent(60))
        file = std::string("sys/user/max_") + c.random.of({"user", "pid", "mnt", "uts", "net", "ipc", "time"}) +
               "_namespaces";
    return sys::Openat{AT::FDCWD, "/proc/" + file, c.random.of({O::RDONLY, O::WRONLY, O::RDWR, O::RDWR}), 0};
}
Syscall open_offsets(Chooser& c) {
    return sys::Openat{AT::FDCWD, c.proc() + "/timens_offsets", c.random.of({O::RDONLY, O::WRONLY, O::RDWR}), 0};
}
/// What the files above take, and the maps of ids.
Syscall write_proc(Chooser& c) {
    return sys::Write{c.proc_fd(), c.random.of({"7",
                                                "20\n",
                                                " 300",
                                                "301",
                                                "400",
                                                "4194303",
                                                "4194304",
                                                "1",
                                                "0",
                                                "2",
                                                "-1",
                                                "010",
                                                "0x11",
                                                "5x",
                                                "5 6",
                                                "0 0 1",
                                                "0 0 4294967295",
                                                "0 0 1001",
                                                "0 5 1\n",
                                                "0 0 5\n1000 1000 1\n",
                                                "deny",
                                                "monotonic 7 0",
                                                "boottime -1 0\nmonotonic 3 999999999\n"})};
}
/// A mount whose ids are seen through those of a user namespace.
Syscall map_mount(Chooser& c) {
    MountAttr attr;
    (c.rarely(12) ? attr.attr_clr : attr.attr_set) |= MOUNT_ATTR::IDMAP;
    attr.userns_fd = static_cast<u32>(c.user_namespace_fd());
    const u32 flags = c.rarely(3) ? AT::RECURSIVE : 0;
    return sys::MountSetattr{c.detached_fd(), "", flags | AT::EMPTY_PATH, attr};
}
Syscall map_detached(Chooser& c) {
    MountAttr attr;
    attr.attr_set = MOUNT_ATTR::IDMAP;
    attr.userns_fd = static_cast<u32>(c.user_namespace_fd());
    return sys::OpenTreeAttr{AT::FDCWD, c.mounted(), (c.rarely(3) ? AT::RECURSIVE : 0) | OPEN_TREE::CLONE, attr};
}

constexpr Kind kKinds[] = {
    {"capget", 2, capget},
    {"capset", 6, capset},
    {"prctl", 8, prctl},
    {"openat", 4, open_sysctl},
    {"openat", 2, open_offsets},
    {"write", 8, write_proc},
    {"mount_setattr", 6, map_mount},
    {"open_tree_attr", 4, map_detached},
};

} // namespace

std::span<const Kind> kinds_of_rights() { return kKinds; }

} // namespace nslab::fuzz
