// pivot_root(2). Follows SYSCALL pivot_root in fs/namespace.c of Linux 6.18.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// Makes `new_root` the root of the namespace and moves the old one to `put_old`. The checks stand in the kernel's
/// order: nearly all of them give EINVAL, and the reason says which it was.
Result<> sys_pivot_root(Kernel& k, Id<Task> task, const Str& new_root, const Str& put_old) {
    if (!may_mount(k, task))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount namespace",
                    "may_mount");
    const HeldPath new_path = TRY(user_path_at(k, task, AT::FDCWD, new_root, LOOKUP::FOLLOW | LOOKUP::DIRECTORY));
    const HeldPath old_path = TRY(user_path_at(k, task, AT::FDCWD, put_old, LOOKUP::FOLLOW | LOOKUP::DIRECTORY));
    const Path root = k[k[task].fs].root;
    path_get(k, root);
    const HeldPath held_root(k, root);

    const NamespaceLock lock(k);
    const PinnedMountpoint old_mp = TRY(do_lock_mount(k, old_path, false));
    const Id<Mount> new_mnt = new_path->mnt, root_mnt = root.mnt, old_mnt = old_mp.parent;
    const Id<Mount> ex_parent = k[new_mnt].mnt_parent, root_parent = k[root_mnt].mnt_parent;

    if (is_mnt_shared(k, old_mnt)) return fail(E::INVAL, "the mount that put_old is on is shared");
    if (is_mnt_shared(k, ex_parent)) return fail(E::INVAL, "the parent of new_root is shared");
    if (is_mnt_shared(k, root_parent)) return fail(E::INVAL, "the parent of the present root is shared");
    if (!check_mnt(k, task, root_mnt)) return fail(E::INVAL, "the present root is in another mount namespace");
    if (!check_mnt(k, task, new_mnt)) return fail(E::INVAL, "new_root is in another mount namespace");
    if (is_mnt_locked(k, new_mnt)) return fail(E::INVAL, "new_root is a locked mount");
    if (d_unlinked(k, new_path->dentry)) return fail(E::NOENT, "new_root has been removed");
    if (new_mnt == root_mnt) return fail(E::BUSY, "new_root is on the present root mount");
    if (old_mnt == root_mnt) return fail(E::BUSY, "put_old is on the present root mount");
    if (!path_mounted(k, root)) return fail(E::INVAL, "the present root is not a mount point (chroot)");
    if (!mnt_has_parent(k, root_mnt)) return fail(E::INVAL, "the present root is the absolute root (rootfs)");
    if (!path_mounted(k, new_path)) return fail(E::INVAL, "new_root is not a mount point");
    if (!mnt_has_parent(k, new_mnt)) return fail(E::INVAL, "new_root is the absolute root");
    if (!is_path_reachable(k, old_mnt, old_mp.mp, new_path)) return fail(E::INVAL, "put_old is not below new_root");
    if (!is_path_reachable(k, new_mnt, new_path->dentry, root))
        return fail(E::INVAL, "new_root is not below the present root");

    k.note([&] {
        return mount_words(k, new_mnt) + " takes the place of the root, " + mount_words(k, root_mnt) +
               ", which goes to put_old; who had that as root or working directory goes along";
    });
    const Id<Dentry> root_mp = k[root_mnt].mnt_mountpoint;
    umount_mnt(k, new_mnt);
    if (is_mnt_locked(k, root_mnt)) {
        k[new_mnt].mnt_flags |= MNT::LOCKED;
        k[root_mnt].mnt_flags &= ~MNT::LOCKED;
    }
    attach_mnt(k, new_mnt, root_parent, root_mp);
    umount_mnt(k, root_mnt);
    attach_mnt(k, root_mnt, old_mnt, old_mp.mp);
    chroot_fs_refs(k, root, new_path);
    return {};
}

} // namespace nslab
