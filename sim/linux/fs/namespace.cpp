// mount(2): new mounts, binds, moves, remounts, changes of propagation. Follows fs/namespace.c of Linux 6.18 from
// do_change_type() to SYSCALL mount. The kernel's one file is several here: mount_lists.cpp, mount_tree.cpp,
// umount.cpp, pivot_root.cpp, open_tree.cpp, mount_setattr.cpp, mnt_namespace.cpp, statmount.cpp. Left out: security
// modules.

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

Result<> may_change_propagation(const Kernel& k, Id<Task> task, Id<Mount> m) {
    const Id<MntNamespace> ns = k[m].mnt_ns;
    if (!ns) return fail(E::INVAL, "the mount is in no namespace");
    if (!ns_capable(k, task, k[ns].ns.user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount's namespace");
    return {};
}

namespace {

/// The one propagation type of mount(2) flags; 0 where there is none, several, or anything else beside it.
u64 flags_to_propagation_type(u64 flags) {
    const u64 type = flags & ~(MS::REC | MS::SILENT);
    if (type & ~(MS::SHARED | MS::PRIVATE | MS::SLAVE | MS::UNBINDABLE)) return 0;
    return (type & (type - 1)) == 0 ? type : 0;
}

Result<> do_change_type(Kernel& k, Id<Task> task, Path path, u64 flags) {
    if (!path_mounted(k, path)) return fail(E::INVAL, "the target is not a mount point");
    const u64 type = flags_to_propagation_type(flags);
    if (!type) return fail(E::INVAL, "a change of propagation takes one type, and no flags but MS_REC and MS_SILENT");
    TRY(may_change_propagation(k, task, path.mnt));
    const bool recurse = flags & MS::REC;
    if (type == MS::SHARED) invent_group_ids(k, path.mnt, recurse);
    for (Id<Mount> m = path.mnt; m; m = recurse ? next_mnt(k, m, path.mnt) : Id<Mount>{})
        change_mnt_propagation(k, m, type);
    return {};
}

/// Whether the caller may copy what is mounted there: its own namespace's, a namespace file, or a detached tree of its
/// own.
bool may_copy_tree(const Kernel& k, Id<Task> task, Path path) {
    if (check_mnt(k, task, path.mnt)) return true;
    if (d_inode(k, path.dentry).kind == InodeKind::ns_file) return true;
    return is_mounted(k, path.mnt) && check_anonymous_mnt(k, task, path.mnt);
}

} // namespace

Result<Id<Mount>> do_loopback_copy(Kernel& k, Id<Task> task, Path old, bool recurse) {
    if (is_mnt_unbindable(k, old.mnt)) return fail(E::INVAL, "the source mount is unbindable", "__do_loopback");
    if (!may_copy_tree(k, task, old))
        return fail(E::INVAL, "the source is in another mount namespace, or in none", "__do_loopback");
    if (!recurse && has_locked_children(k, old.mnt, old.dentry))
        return fail(E::INVAL, "a locked mount below the source would be left out and what it covers revealed",
                    "__do_loopback");
    const Id<Mount> copy =
        recurse ? TRY(copy_tree(k, old.mnt, old.dentry, CL::COPY_MNT_NS_FILE)) : clone_mnt(k, old.mnt, old.dentry, 0);
    k.note(
        [&] {
            std::string out = "mount " + std::to_string(k[copy].mnt_id) + " is a copy of " + mount_words(k, old.mnt);
            if (old.dentry != k[old.mnt].mnt_root) out += " that begins further down";
            if (is_mnt_shared(k, old.mnt)) out += ", and its peer";
            if (k[old.mnt].mnt_master) out += ", and a slave of the same master";
            return out + (recurse ? "; so is each mount below it" : "");
        },
        "clone_mnt");
    return copy;
}

namespace {

Result<> do_loopback(Kernel& k, Id<Task> task, Path path, const Str& old_name, bool recurse) {
    if (old_name.text.empty()) return fail(E::INVAL, "a bind needs a source");
    const HeldPath old = TRY(kern_path(k, task, old_name.text, LOOKUP::FOLLOW | LOOKUP::AUTOMOUNT));
    if (mnt_ns_loop(k, task, old->dentry))
        return fail(E::INVAL,
                    "a mount namespace cannot be mounted in itself nor in a younger one: it would hold itself");
    const NamespaceLock lock(k);
    const PinnedMountpoint mp = TRY(do_lock_mount(k, path, false));
    if (!check_mnt(k, task, mp.parent)) return fail(E::INVAL, "the target is in another mount namespace");
    const Id<Mount> copy = TRY(do_loopback_copy(k, task, old, recurse));
    if (auto grafted = graft_tree(k, task, copy, mp); !grafted) {
        umount_tree(k, copy, UT::SYNC);
        return grafted;
    }
    return {};
}

/// MS_REMOUNT | MS_BIND: the flags of this mount alone.
Result<> do_reconfigure_mnt(Kernel& k, Id<Task> task, Path path, u32 mnt_flags);
Result<> do_remount(Kernel& k, Id<Task> task, Path path, u32 sb_flags, u32 mnt_flags, const Str& data);

void set_mount_attributes(Kernel& k, Id<Mount> m, u32 mnt_flags) {
    k[m].mnt_flags = mnt_flags | (k[m].mnt_flags & ~MNT::USER_SETTABLE_MASK);
}

Result<> change_mount_ro_state(Kernel& k, Id<Mount> m, u32 mnt_flags) {
    const bool readonly = mnt_flags & MNT::READONLY;
    if (readonly == mnt_is_readonly(k, m)) return {};
    if (readonly) {
        TRY(mnt_hold_writers(k, m));
        k[m].mnt_flags |= MNT::READONLY;
        return {};
    }
    k[m].mnt_flags &= ~MNT::READONLY;
    return {};
}

Result<> check_remount(const Kernel& k, Id<Task> task, Path path, u32 mnt_flags) {
    if (!check_mnt(k, task, path.mnt)) return fail(E::INVAL, "the mount is in another mount namespace", "do_remount");
    if (!path_mounted(k, path)) return fail(E::INVAL, "the target is not a mount point", "do_remount");
    if (!can_change_locked_flags(k, path.mnt, mnt_flags))
        return fail(E::PERM, "a locked flag would be cleared", "do_remount");
    return {};
}

Result<> do_reconfigure_mnt(Kernel& k, Id<Task> task, Path path, u32 mnt_flags) {
    TRY(check_remount(k, task, path, mnt_flags));
    TRY(change_mount_ro_state(k, path.mnt, mnt_flags));
    set_mount_attributes(k, path.mnt, mnt_flags);
    k.note([&] { return "only the flags of " + mount_words(k, path.mnt) + " change, not its file system"; });
    return {};
}

/// An fs_context that ends with its scope.
class HeldContext {
  public:
    HeldContext(Kernel& k, Id<FsContext> fc) : k_(k), fc_(fc) {}
    ~HeldContext() { put_fs_context(k_, fc_); }
    HeldContext(const HeldContext&) = delete;
    HeldContext& operator=(const HeldContext&) = delete;
    operator Id<FsContext>() const { return fc_; }

  private:
    Kernel& k_;
    Id<FsContext> fc_;
};

Result<> do_remount(Kernel& k, Id<Task> task, Path path, u32 sb_flags, u32 mnt_flags, const Str& data) {
    TRY(check_remount(k, task, path, mnt_flags));
    constexpr u32 kRemountMask = MS::RDONLY | MS::SYNCHRONOUS | MS::MANDLOCK | MS::I_VERSION | MS::LAZYTIME;
    const HeldContext fc(k, TRY(fs_context_for_reconfigure(k, task, path.dentry, sb_flags, kRemountMask)));
    k[Id<FsContext>(fc)].oldapi = true;
    TRY(parse_monolithic_mount_data(k, task, fc, data));
    if (!ns_capable(k, task, k[mnt_sb(k, path.mnt)].s_user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "the super block belongs to a user namespace in which the caller has no CAP_SYS_ADMIN");
    TRY(reconfigure_super(k, task, fc));
    set_mount_attributes(k, path.mnt, mnt_flags);
    k.note([&] {
        return "the file system changes, wherever it is mounted, and the flags of " + mount_words(k, path.mnt);
    });
    return {};
}

Result<> do_move_mount_old(Kernel& k, Id<Task> task, Path path, const Str& old_name) {
    if (old_name.text.empty()) return fail(E::INVAL, "a move needs a source");
    const HeldPath old = TRY(kern_path(k, task, old_name.text, LOOKUP::FOLLOW));
    return do_move_mount(k, task, old, path, MoveTree::onto);
}

Result<> do_add_mount(Kernel& k, Id<Task> task, Id<Mount> m, const PinnedMountpoint& mp, u32 mnt_flags) {
    if (!check_mnt(k, task, mp.parent)) return fail(E::INVAL, "the target is in another mount namespace");
    if (mnt_sb(k, mp.parent) == mnt_sb(k, m) && k[mp.parent].mnt_root == mp.mp)
        return fail(E::BUSY, "the same file system is mounted at this very place already");
    k[m].mnt_flags = mnt_flags & ~MNT::INTERNAL_FLAGS;
    return graft_tree(k, task, m, mp);
}

Result<> do_new_mount(Kernel& k, Id<Task> task, Path path, const Str& fstype, u32 sb_flags, u32 mnt_flags,
                      const Str& name, const Str& data) {
    if (fstype.kind == Str::Kind::null) return fail(E::INVAL, "a new mount needs a file system type");
    const FsType type = TRY(get_fs_type(fstype.text));
    const HeldContext fc(k, TRY(fs_context_for_mount(k, task, type, sb_flags)));
    k[Id<FsContext>(fc)].oldapi = true;
    if (name.kind == Str::Kind::text) TRY(vfs_parse_fs_param(k, task, fc, "source", name));
    TRY(parse_monolithic_mount_data(k, task, fc, data));
    if (!mount_capable(k, task, fc))
        return fail(E::PERM, "the file system belongs to a user namespace in which the caller has no CAP_SYS_ADMIN",
                    "mount_capable");
    TRY(vfs_get_tree(k, task, fc));

    const FsContext& context = std::as_const(k)[Id<FsContext>(fc)];
    if (mount_too_revealing(k, task, k[context.root].d_sb, &mnt_flags))
        return fail(E::PERM, "the mount would show what is hidden in the caller's mount namespace",
                    "mount_too_revealing");
    const Id<Mount> m = vfs_create_mount(k, context.root, context.has_source ? context.source : "none");
    const NamespaceLock lock(k);
    auto place = do_lock_mount(k, path, false);
    Result<> added = place ? do_add_mount(k, task, m, *place, mnt_flags) : tl::unexpected(place.error());
    if (!added) mntput(k, m);
    return added;
}

u32 mount_flags_of(const Kernel& k, Path path, u64 flags) {
    u32 mnt_flags = 0;
    if (!(flags & MS::NOATIME)) mnt_flags |= MNT::RELATIME; // the default
    if (flags & MS::NOSUID) mnt_flags |= MNT::NOSUID;
    if (flags & MS::NODEV) mnt_flags |= MNT::NODEV;
    if (flags & MS::NOEXEC) mnt_flags |= MNT::NOEXEC;
    if (flags & MS::NOATIME) mnt_flags |= MNT::NOATIME;
    if (flags & MS::NODIRATIME) mnt_flags |= MNT::NODIRATIME;
    if (flags & MS::STRICTATIME) mnt_flags &= ~(MNT::RELATIME | MNT::NOATIME);
    if (flags & MS::RDONLY) mnt_flags |= MNT::READONLY;
    if (flags & MS::NOSYMFOLLOW) mnt_flags |= MNT::NOSYMFOLLOW;
    // A remount that says nothing of atime keeps it.
    if ((flags & MS::REMOUNT) && !(flags & (MS::NOATIME | MS::NODIRATIME | MS::RELATIME | MS::STRICTATIME))) {
        mnt_flags &= ~MNT::ATIME_MASK;
        mnt_flags |= k[path.mnt].mnt_flags & MNT::ATIME_MASK;
    }
    return mnt_flags;
}

Result<> path_mount(Kernel& k, Id<Task> task, const Str& dev_name, Path path, const Str& type, u64 flags,
                    const Str& data) {
    if ((flags & MS::MGC_MSK) == MS::MGC_VAL) flags &= ~MS::MGC_MSK;
    if (flags & MS::NOUSER) return fail(E::INVAL, "MS_NOUSER is the kernel's own");
    if (!may_mount(k, task))
        return fail(E::PERM, "CAP_SYS_ADMIN is needed in the user namespace that owns the mount namespace",
                    "may_mount");

    const u32 mnt_flags = mount_flags_of(k, path, flags);
    const u32 sb_flags = static_cast<u32>(flags & (MS::RDONLY | MS::SYNCHRONOUS | MS::MANDLOCK | MS::DIRSYNC |
                                                   MS::SILENT | MS::POSIXACL | MS::LAZYTIME | MS::I_VERSION));
    if ((flags & (MS::REMOUNT | MS::BIND)) == (MS::REMOUNT | MS::BIND))
        return do_reconfigure_mnt(k, task, path, mnt_flags);
    if (flags & MS::REMOUNT) return do_remount(k, task, path, sb_flags, mnt_flags, data);
    if (flags & MS::BIND) return do_loopback(k, task, path, dev_name, flags & MS::REC);
    if (flags & (MS::SHARED | MS::PRIVATE | MS::SLAVE | MS::UNBINDABLE)) return do_change_type(k, task, path, flags);
    if (flags & MS::MOVE) return do_move_mount_old(k, task, path, dev_name);
    return do_new_mount(k, task, path, type, sb_flags, mnt_flags, dev_name, data);
}

/// copy_mount_string(): strndup_user().
Result<> check_string(const Str& s) {
    if (s.kind == Str::Kind::bad) return fail(E::FAULT, "a string cannot be read", "copy_mount_string");
    if (s.text.size() >= kPathMax) return fail(E::INVAL, "a string is longer than PATH_MAX", "copy_mount_string");
    return {};
}

} // namespace

bool can_change_locked_flags(const Kernel& k, Id<Mount> m, u32 mnt_flags) {
    const u32 fl = k[m].mnt_flags;
    if ((fl & MNT::LOCK_READONLY) && !(mnt_flags & MNT::READONLY)) return false;
    if ((fl & MNT::LOCK_NODEV) && !(mnt_flags & MNT::NODEV)) return false;
    if ((fl & MNT::LOCK_NOSUID) && !(mnt_flags & MNT::NOSUID)) return false;
    if ((fl & MNT::LOCK_NOEXEC) && !(mnt_flags & MNT::NOEXEC)) return false;
    return !((fl & MNT::LOCK_ATIME) && (fl & MNT::ATIME_MASK) != (mnt_flags & MNT::ATIME_MASK));
}

/// mount(2). In the kernel's order: EFAULT and EINVAL of the strings; what walking the target gives; EPERM; then what
/// the operation, chosen by the flags, refuses.
Result<> sys_mount(Kernel& k, Id<Task> task, const Str& dev_name, const Str& dir_name, const Str& type, u64 flags,
                   const Str& data) {
    TRY(check_string(type));
    TRY(check_string(dev_name));
    if (data.kind == Str::Kind::bad) return fail(E::FAULT, "the data cannot be read", "copy_mount_options");
    const HeldPath path = TRY(user_path_at(k, task, AT::FDCWD, dir_name, LOOKUP::FOLLOW));
    return path_mount(k, task, dev_name, path, type, flags, data);
}

} // namespace nslab
