// Whether a new mount of proc or sysfs shows what somebody has hidden: the part of fs/namespace.c of Linux 6.18 from
// mnt_already_visible() to mount_too_revealing().

#include "sim/linux/fs/mount.hpp"

namespace nslab {

namespace {

/// Types that show the whole machine. Source: SB_I_USERNS_VISIBLE in fs/proc/root.c and fs/sysfs/mount.c.
bool userns_visible(FsType type) { return type == FsType::proc || type == FsType::sysfs; }

/// A mount that may not be taken away covers something.
bool hides_something(const Kernel& k, Id<Mount> m) {
    for (Id<Mount> child = k[m].mnt_mounts; child; child = k[child].mnt_child_next)
        if (is_mnt_locked(k, child) && !d_inode(k, k[child].mnt_mountpoint).i_empty_dir) return true;
    return false;
}

/// Whether this mount shows as much as one with `new_flags` would.
bool shows_as_much(const Kernel& k, Id<Mount> m, u32 flags, u32 new_flags) {
    if (k[m].mnt_root != k[mnt_sb(k, m)].s_root) return false;
    if ((flags & MNT::LOCK_READONLY) && !(new_flags & MNT::READONLY)) return false;
    if ((flags & MNT::LOCK_ATIME) && (flags & MNT::ATIME_MASK) != (new_flags & MNT::ATIME_MASK)) return false;
    return !hides_something(k, m);
}

} // namespace

bool mount_too_revealing(const Kernel& k, Id<Task> task, Id<SuperBlock> sb, u32* new_mnt_flags) {
    const Id<MntNamespace> ns = current_mnt_ns(k, task);
    if (k[ns].ns.user_ns == k.init_user_ns || !userns_visible(k[sb].type)) return false;
    for (Id<Mount> m = k[ns].mounts_first; m; m = k[m].mnt_ns_next) {
        if (k[mnt_sb(k, m)].type != k[sb].type) continue;
        u32 flags = k[m].mnt_flags;
        if (k[mnt_sb(k, m)].s_readonly) flags |= MNT::LOCK_READONLY;
        if (!shows_as_much(k, m, flags, *new_mnt_flags)) continue;
        *new_mnt_flags |= flags & (MNT::LOCK_READONLY | MNT::LOCK_ATIME);
        return false;
    }
    return true;
}

} // namespace nslab
