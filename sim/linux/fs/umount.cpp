// umount2(2), and what is umounted because its place goes away. The part of fs/namespace.c of Linux 6.18 from
// do_umount() to SYSCALL umount. Left out: MNT_FORCE beyond its checks (no file system here has umount_begin),
// automounts.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

namespace {

/// Umounting the caller's own root, without MNT_DETACH, makes its file system read-only instead.
Result<> do_umount_root(Kernel& k, Id<Task> task, Id<Mount> mnt) {
    const Id<SuperBlock> sb = mnt_sb(k, mnt);
    if (k[sb].s_readonly) return {};
    const Id<FsContext> fc = TRY(fs_context_for_reconfigure(k, task, k[sb].s_root, MS::RDONLY, MS::RDONLY));
    auto done = parse_monolithic_mount_data(k, task, fc, Str{});
    if (done) done = reconfigure_super(k, task, fc);
    put_fs_context(k, fc);
    return done;
}

Result<> can_umount(const Kernel& k, Id<Task> task, Path path, u32 flags) {
    if (!may_mount(k, task))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount namespace");
    if (!path_mounted(k, path)) return fail(E::INVAL, "not a mount point");
    if (!check_mnt(k, task, path.mnt)) return fail(E::INVAL, "the mount is in another mount namespace, or in none");
    if (is_mnt_locked(k, path.mnt))
        return fail(E::INVAL, "the mount is locked: it came from a more privileged namespace");
    if ((flags & UMOUNT::FORCE) && !ns_capable(k, task, k[k[path.dentry].d_sb].s_user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "MNT_FORCE takes CAP_SYS_ADMIN in the user namespace of the super block");
    return {};
}

Result<> do_umount(Kernel& k, Id<Task> task, Id<Mount> mnt, u32 flags) {
    const Id<Mount> root = k[k[task].fs].root.mnt;
    if (flags & UMOUNT::EXPIRE) {
        if (mnt == root) return fail(E::INVAL, "MNT_EXPIRE on the caller's root");
        if (flags & (UMOUNT::FORCE | UMOUNT::DETACH))
            return fail(E::INVAL, "MNT_EXPIRE goes with neither MNT_FORCE nor MNT_DETACH");
        if (k[mnt].mnt_mounts) return fail(E::BUSY, "something is mounted below");
        if (k[mnt].mnt_count != 2) return fail(E::BUSY, "the mount is in use");
        if (!k[mnt].mnt_expiry_mark) {
            k[mnt].mnt_expiry_mark = true;
            return fail(E::AGAIN, "marked as expired; a second call umounts it unless it is used meanwhile");
        }
    }
    if (mnt == root && !(flags & UMOUNT::DETACH)) {
        if (!ns_capable(k, task, k[mnt_sb(k, mnt)].s_user_ns, CAP::SYS_ADMIN))
            return fail(E::PERM,
                        "the super block belongs to a user namespace in which the caller has no CAP_SYS_ADMIN");
        return do_umount_root(k, task, mnt);
    }

    const NamespaceLock lock(k);
    if (!mnt_has_parent(k, mnt)) return fail(E::INVAL, "the absolute root of a namespace cannot be umounted");
    if (flags & UMOUNT::DETACH) {
        k.note([&] { return mount_words(k, mnt) + " goes with all below it, whoever uses it: the last user ends it"; });
        umount_tree(k, mnt, UT::PROPAGATE);
        return {};
    }
    MountList received;
    if (propagate_mount_busy(k, mnt, 2, received)) {
        if (k[mnt].mnt_mounts) return fail(E::BUSY, "something is mounted below", "propagate_mount_busy");
        if (k[mnt].mnt_count > 2)
            return fail(E::BUSY, "it is the root or working directory of a process, or a file is open on it",
                        "propagate_mount_busy");
        return fail(E::BUSY, "a mount that would go with it, by propagation, is in use", "propagate_mount_busy");
    }
    k.note([&] { return mount_words(k, mnt) + " goes: nobody uses it"; });
    umount_tree(k, mnt, UT::PROPAGATE | UT::SYNC, &received);
    return {};
}

} // namespace

Result<> sys_umount(Kernel& k, Id<Task> task, const Str& name, u32 flags) {
    if (flags & ~(UMOUNT::FORCE | UMOUNT::DETACH | UMOUNT::EXPIRE | UMOUNT::NOFOLLOW))
        return fail(E::INVAL, "unknown flags");
    const u32 follow = flags & UMOUNT::NOFOLLOW ? 0 : LOOKUP::FOLLOW;
    const Path path = TRY(user_path_at(k, task, AT::FDCWD, name, LOOKUP::MOUNTPOINT | follow)).release();
    auto result = can_umount(k, task, path, flags);
    if (result) result = do_umount(k, task, path.mnt, flags);
    // Not path_put(): that would clear the mark of MNT_EXPIRE.
    dput(k, path.dentry);
    mntput_no_expire(k, path.mnt);
    return result;
}

void detach_mounts(Kernel& k, Id<Dentry> dentry) {
    if (!d_mountpoint(k, dentry)) return;
    dget(k, dentry);
    {
        const NamespaceLock lock(k);
        while (const Id<Mount> m = k[dentry].d_mounts) {
            k.note([&] { return mount_words(k, m) + " is detached: its mount point is removed"; });
            if (k[m].mnt_flags & MNT::UMOUNT) {
                umount_mnt(k, m);
                k.unmounted.push_back(m);
            } else {
                umount_tree(k, m, UT::CONNECTED);
            }
        }
    }
    dput(k, dentry);
}

} // namespace nslab
