// The newer calls that make and move mounts: open_tree(2), move_mount(2), fsmount(2), and what becomes of a detached
// tree whose descriptor is closed. Follows their parts of fs/namespace.c of Linux 6.18.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/fs/stat.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

// ---- open_tree

namespace {

/// A copy of the tree at `path` in an anonymous namespace of its own, and a file that holds it.
Result<Id<File>> open_detached_copy(Kernel& k, Id<Task> task, Path path, bool recursive) {
    const Id<MntNamespace> mine = current_mnt_ns(k, task);
    const Id<MntNamespace> ns = TRY(alloc_mnt_ns(k, task, k[mine].ns.user_ns, true));
    const NamespaceLock lock(k);
    if (const Id<MntNamespace> from = k[path.mnt].mnt_ns)
        k[ns].seq_origin = is_anon_ns(k, from) ? k[from].seq_origin : k[from].ns.ns_id;
    auto copy = do_loopback_copy(k, task, path, recursive);
    if (!copy) {
        k.emptied_ns = ns;
        return tl::unexpected(copy.error());
    }
    for (Id<Mount> p = *copy; p; p = next_mnt(k, p, *copy)) {
        mnt_add_to_ns(k, ns, p);
        ++k[ns].nr_mounts;
    }
    k[ns].root = *copy;
    const Id<File> file = alloc_file(k, task, Path{*copy, path.dentry}, O::PATH);
    k[file].need_unmount = true;
    return file;
}

} // namespace

Result<Id<File>> vfs_open_tree(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags) {
    constexpr u32 kKnown = AT::EMPTY_PATH | AT::NO_AUTOMOUNT | AT::RECURSIVE | AT::SYMLINK_NOFOLLOW | OPEN_TREE::CLONE |
                           OPEN_TREE::CLOEXEC;
    if (flags & ~kKnown) return fail(E::INVAL, "unknown flags");
    if ((flags & (AT::RECURSIVE | OPEN_TREE::CLONE)) == AT::RECURSIVE)
        return fail(E::INVAL, "AT_RECURSIVE goes only with OPEN_TREE_CLONE");
    const bool detached = flags & OPEN_TREE::CLONE;
    u32 lookup = LOOKUP::AUTOMOUNT | LOOKUP::FOLLOW;
    if (flags & AT::SYMLINK_NOFOLLOW) lookup &= ~LOOKUP::FOLLOW;
    if (flags & AT::EMPTY_PATH) lookup |= LOOKUP::EMPTY;
    if (detached && !may_mount(k, task))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount namespace",
                    "may_mount");
    // The file of fsopen or a pidfd, by itself: one that is mounted nowhere, but a file all the same.
    if (!detached && (flags & AT::EMPTY_PATH) && filename == Str("") && dfd != AT::FDCWD)
        if (const Id<File> nowhere = TRY(fget(k, task, dfd)); !std::as_const(k)[nowhere].f_path.dentry) {
            const Id<File> made = alloc_file(k, task, {}, O::PATH);
            const Id<Pid> pid = std::as_const(k)[nowhere].pidfd; // a pidfd stays a file of pidfs
            if (pid && has_pidfs(k)) get_pid(k, k[made].pidfd = pid);
            return made;
        }
    if (detached && (flags & AT::EMPTY_PATH) && filename == Str("") && dfd != AT::FDCWD)
        if (k[TRY(fget(k, task, dfd))].pidfd && has_pidfs(k))
            return fail(E::NOSYS, "not modelled yet: mounts of pidfds");
    const HeldPath path = TRY(user_path_at(k, task, dfd, filename, lookup));
    if (detached) return open_detached_copy(k, task, path, flags & AT::RECURSIVE);
    return alloc_file(k, task, path, O::PATH);
}

Result<i64> sys_open_tree(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags) {
    const Id<File> file = TRY(vfs_open_tree(k, task, dfd, filename, flags));
    return fd_install(k, task, file, flags & OPEN_TREE::CLOEXEC);
}

void dissolve_on_fput(Kernel& k, Id<Mount> m) {
    if (!anon_ns_root(k, m)) return; // it has been attached meanwhile
    const NamespaceLock lock(k);
    k.emptied_ns = k[m].mnt_ns;
    umount_tree(k, m, UT::CONNECTED);
}

// ---- fsmount

Result<i64> sys_fsmount(Kernel& k, Id<Task> task, i32 fs_fd, u32 flags, u64 attr_flags) {
    if (!may_mount(k, task))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount namespace",
                    "may_mount");
    if (flags & ~FSMOUNT::CLOEXEC) return fail(E::INVAL, "unknown flags");
    constexpr u64 kKnown = MOUNT_ATTR::RDONLY | MOUNT_ATTR::NOSUID | MOUNT_ATTR::NODEV | MOUNT_ATTR::NOEXEC |
                           MOUNT_ATTR::ATIME | MOUNT_ATTR::NODIRATIME | MOUNT_ATTR::NOSYMFOLLOW;
    if (attr_flags & ~kKnown) return fail(E::INVAL, "unknown attributes");
    u32 mnt_flags = 0;
    if (attr_flags & MOUNT_ATTR::RDONLY) mnt_flags |= MNT::READONLY;
    if (attr_flags & MOUNT_ATTR::NOSUID) mnt_flags |= MNT::NOSUID;
    if (attr_flags & MOUNT_ATTR::NODEV) mnt_flags |= MNT::NODEV;
    if (attr_flags & MOUNT_ATTR::NOEXEC) mnt_flags |= MNT::NOEXEC;
    if (attr_flags & MOUNT_ATTR::NODIRATIME) mnt_flags |= MNT::NODIRATIME;
    if (attr_flags & MOUNT_ATTR::NOSYMFOLLOW) mnt_flags |= MNT::NOSYMFOLLOW;
    switch (attr_flags & MOUNT_ATTR::ATIME) {
    case MOUNT_ATTR::STRICTATIME: break;
    case MOUNT_ATTR::NOATIME: mnt_flags |= MNT::NOATIME; break;
    case MOUNT_ATTR::RELATIME: mnt_flags |= MNT::RELATIME; break;
    default: return fail(E::INVAL, "several kinds of atime at once");
    }
    const Id<File> fs_file = TRY(fdget(k, task, fs_fd));
    const Id<FsContext> fc = k[fs_file].fs_context;
    if (!fc) return fail(E::INVAL, "the descriptor is not one of fsopen or fspick");
    if (!k[fc].root) return fail(E::INVAL, "there is no super block yet: FSCONFIG_CMD_CREATE comes first");
    if (mount_too_revealing(k, task, k[k[fc].root].d_sb, &mnt_flags))
        return fail(E::PERM, "the mount would show what is hidden in the caller's mount namespace",
                    "mount_too_revealing");
    if (k[fc].phase != FsContext::Phase::awaiting_mount)
        return fail(E::BUSY, "the context has been mounted, or failed");

    const FsContext& context = std::as_const(k)[fc];
    const Id<Mount> m = vfs_create_mount(k, context.root, context.has_source ? context.source : "none");
    k[m].mnt_flags = mnt_flags;
    const Path place{m, context.root};

    vfs_clean_context(k, fc); // what is left configures the super block from now on
    const auto made = alloc_mnt_ns(k, task, k[current_mnt_ns(k, task)].ns.user_ns, true);
    if (!made) {
        mntput(k, m);
        return tl::unexpected<Error>(made.error());
    }
    const Id<MntNamespace> ns = *made;
    k[ns].root = m;
    k[ns].nr_mounts = 1;
    mnt_add_to_ns(k, ns, m);
    const Id<File> file = alloc_file(k, task, place, O::PATH);
    k[file].need_unmount = true;
    return fd_install(k, task, file, flags & FSMOUNT::CLOEXEC);
}

// ---- move_mount

namespace {

/// Whether a mount may be mounted on: in the caller's namespace, or in a detached tree made from it.
bool may_use_mount(const Kernel& k, Id<Task> task, Id<Mount> m) {
    if (check_mnt(k, task, m)) return true;
    return is_mounted(k, m) && check_anonymous_mnt(k, task, m);
}

Result<> can_move_mount_beneath(const Kernel& k, Id<Task> task, Id<Mount> from, Id<Mount> to, Id<Dentry> mp) {
    const Id<Mount> parent = k[to].mnt_parent;
    if (is_mnt_locked(k, to)) return fail(E::INVAL, "the mount on top is locked");
    if (k[from].overmount) return fail(E::INVAL, "the mount that is moved is itself covered");
    if (to == k[k[task].fs].root.mnt) return fail(E::INVAL, "nothing is mounted beneath the caller's root");
    if (parent == k[current_mnt_ns(k, task)].root)
        return fail(E::INVAL, "nothing is mounted beneath what is on the namespace's first mount");
    if (mount_is_ancestor(k, to, from))
        return fail(E::INVAL, "the mount on top is an ancestor of the one that is moved");
    if (propagation_would_overmount(k, parent, to, mp))
        return fail(E::INVAL, "the parent propagates to the mount on top: a copy would cover it");
    if (check_mnt(k, task, from) && propagation_would_overmount(k, parent, from, mp))
        return fail(E::INVAL, "the parent propagates to the mount that is moved: a copy would cover it");
    return {};
}

Result<> do_set_group(Kernel& k, Id<Task> task, Path from_path, Path to_path) {
    const Id<Mount> from = from_path.mnt, to = to_path.mnt;
    TRY(may_change_propagation(k, task, from));
    TRY(may_change_propagation(k, task, to));
    if (!path_mounted(k, from_path)) return fail(E::INVAL, "the source is not the root of a mount");
    if (!path_mounted(k, to_path)) return fail(E::INVAL, "the target is not the root of a mount");
    if (mnt_sb(k, from) != mnt_sb(k, to)) return fail(E::INVAL, "the two are mounts of different file systems");
    if (!is_subdir(k, k[to].mnt_root, k[from].mnt_root))
        return fail(E::INVAL, "the source shows less of the file system than the target");
    if (has_locked_children(k, from, k[to].mnt_root)) return fail(E::INVAL, "a locked mount is below the source");
    if (is_mnt_shared(k, to) || is_mnt_slave(k, to)) return fail(E::INVAL, "the target is not private");
    if (!is_mnt_shared(k, from) && !is_mnt_slave(k, from)) return fail(E::INVAL, "the source is private");
    if (is_mnt_slave(k, from)) {
        slave_add_behind(k, to, from);
        k[to].mnt_master = k[from].mnt_master;
    }
    if (is_mnt_shared(k, from)) {
        k[to].mnt_group_id = k[from].mnt_group_id;
        share_add_behind(k, to, from);
        set_mnt_shared(k, to);
    }
    return {};
}

/// One end of a move_mount(2): "" with its flag is the descriptor itself.
Result<HeldPath> move_mount_end(Kernel& k, Id<Task> task, i32 dfd, const Str& name, bool empty_path, bool follow) {
    const bool none = name.kind == Str::Kind::null || (name.kind == Str::Kind::text && name.text.empty());
    if (empty_path && none && dfd >= 0) {
        const Id<File> file = TRY(fget(k, task, dfd));
        const Path p = k[file].f_path;
        if (!p.dentry) return fail(E::INVAL, "the descriptor is of no file that has a path");
        path_get(k, p);
        return HeldPath(k, p);
    }
    return user_path_at(k, task, dfd, name, (follow ? LOOKUP::FOLLOW : 0) | (empty_path ? LOOKUP::EMPTY : 0));
}

} // namespace

Result<> do_move_mount(Kernel& k, Id<Task> task, Path old_path, Path new_path, MoveTree where) {
    const Id<Mount> old = old_path.mnt;
    const bool beneath = where == MoveTree::beneath;
    if (!path_mounted(k, old_path)) return fail(E::INVAL, "the source is not a mount point");
    if (d_is_dir(k, new_path.dentry) != d_is_dir(k, old_path.dentry))
        return fail(E::INVAL, "one of source and target is a directory and the other is not");

    const NamespaceLock lock(k);
    const PinnedMountpoint mp = TRY(do_lock_mount(k, new_path, beneath));
    if (check_mnt(k, task, old)) {
        if (!mnt_has_parent(k, old)) return fail(E::INVAL, "the root of a namespace cannot be moved");
        if (is_mnt_locked(k, old)) return fail(E::INVAL, "the source is a locked mount");
        if (is_mnt_shared(k, k[old].mnt_parent)) return fail(E::INVAL, "the parent of the source is shared");
        if (!check_mnt(k, task, mp.parent)) return fail(E::INVAL, "the target is in another mount namespace");
    } else {
        if (!anon_ns_root(k, old))
            return fail(E::INVAL, "the source is in another mount namespace, or not the root of a detached tree");
        if (k[old].mnt_ns == k[mp.parent].mnt_ns)
            return fail(E::INVAL, "source and target are in the same detached tree");
        if (!may_use_mount(k, task, mp.parent)) return fail(E::INVAL, "the target is in another mount namespace");
    }
    if (beneath) {
        Id<Mount> over = new_path.mnt;
        if (mp.parent != k[over].mnt_parent) over = k[mp.parent].overmount;
        TRY(can_move_mount_beneath(k, task, old, over, mp.mp));
    }
    if (is_mnt_shared(k, mp.parent) && tree_contains_unbindable(k, old))
        return fail(E::INVAL, "the tree has an unbindable mount and the parent of the target is shared");
    if (!check_for_nsfs_mounts(k, task, old))
        return fail(E::LOOP, "the tree has a mount namespace in it that would come to hold itself");
    if (mount_is_ancestor(k, old, mp.parent)) return fail(E::LOOP, "the target is below the source");
    return attach_recursive_mnt(k, task, old, mp);
}

Result<> sys_move_mount(Kernel& k, Id<Task> task, i32 from_dfd, const Str& from, i32 to_dfd, const Str& to, u32 flags) {
    if (!may_mount(k, task))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount namespace",
                    "may_mount");
    if (flags & ~MOVE_MOUNT::MASK) return fail(E::INVAL, "unknown flags");
    if ((flags & MOVE_MOUNT::BENEATH) && !k.plays(Behaviour::move_mount_beneath))
        return fail(E::INVAL, "unknown flags");
    if ((flags & MOVE_MOUNT::BENEATH) && (flags & MOVE_MOUNT::SET_GROUP))
        return fail(E::INVAL, "MOVE_MOUNT_BENEATH and MOVE_MOUNT_SET_GROUP exclude each other");
    HeldPath to_path, from_path;
    const auto walk_target = [&]() -> Result<> {
        to_path =
            TRY(move_mount_end(k, task, to_dfd, to, flags & MOVE_MOUNT::T_EMPTY_PATH, flags & MOVE_MOUNT::T_SYMLINKS));
        return {};
    };
    const bool target_first = k.plays(Behaviour::target_is_walked_first);
    const Result<> target = target_first ? walk_target() : Result<>();
    // EINVAL of the place is that of a file without a path, which the kernel finds and refuses last.
    if (!target && target.error().code != E::INVAL) return target;
    from_path =
        TRY(move_mount_end(k, task, from_dfd, from, flags & MOVE_MOUNT::F_EMPTY_PATH, flags & MOVE_MOUNT::F_SYMLINKS));
    if (!target) {
        // That file is no directory, and what it is on lies in no namespace: a file that is moved comes as far as to be
        // told that.
        const Path source = from_path;
        if (flags & MOVE_MOUNT::SET_GROUP) TRY(may_change_propagation(k, task, source.mnt));
        if (!(flags & (MOVE_MOUNT::SET_GROUP | MOVE_MOUNT::BENEATH)) && path_mounted(k, source) &&
            !d_is_dir(k, source.dentry) && k.plays(Behaviour::unmounted_place_is_noent))
            return fail(E::NOENT, "the place is on a mount that is in no namespace", "do_lock_mount");
        return target;
    }
    if (!target_first) TRY(walk_target());
    if (flags & MOVE_MOUNT::SET_GROUP) return do_set_group(k, task, from_path, to_path);
    return do_move_mount(k, task, from_path, to_path, flags & MOVE_MOUNT::BENEATH ? MoveTree::beneath : MoveTree::onto);
}

} // namespace nslab
