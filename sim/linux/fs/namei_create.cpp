// Follows fs/namei.c of Linux 6.18, its second half: making and removing names.
// Left out: device nodes (mknod), quotas, leases, access control lists.

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

bool has_op(FsType type, Op op) {
    switch (type) {
    case FsType::rootfs:
    case FsType::tmpfs:
    case FsType::ramfs:
    case FsType::foreign: return true;
    case FsType::mqueue: return op == Op::create || op == Op::unlink;
    case FsType::sysfs:
    case FsType::cgroup2: return op == Op::mkdir || op == Op::rmdir || op == Op::rename;
    case FsType::proc:
    case FsType::devpts:
    case FsType::nsfs: return false;
    }
    return false;
}

bool op_is_refused(FsType type, Op) { return type == FsType::sysfs || type == FsType::cgroup2; }

namespace {

FsType fs_type_of(const Kernel& k, Id<Dentry> d) { return k[k[d].d_sb].type; }

/// Where a file system refuses a change after the checks of the VFS. A cgroup could be made, but not in this model.
Result<> refuse(FsType type) {
    if (type == FsType::cgroup2) return fail(E::NOSYS, "not modelled yet: cgroups");
    return fail(E::PERM, "the file system does not let names be changed");
}

} // namespace

namespace {

/// A capability over an inode counts where its owner and group have names in the caller's user namespace. Source:
/// kernel/capability.c, capable_wrt_inode_uidgid().
bool capable_wrt_inode_uidgid(const Kernel& k, Id<Task> task, VfsIds ids, u32 cap) {
    const Id<Namespace> ns = current_user_ns(k, task);
    return ns_capable(k, task, ns, cap) && from_kid(k, ns, IdKind::uid, ids.uid) != kInvalidId &&
           from_kid(k, ns, IdKind::gid, ids.gid) != kInvalidId;
}

VfsIds vfsids_of(const Kernel& k, Path path) {
    return i_into_vfsids(k, mnt_idmap(k, path.mnt), d_inode(k, path.dentry));
}

/// Source: fs/namei.c, generic_permission().
Result<> generic_permission(const Kernel& k, Id<Task> task, Id<Mount> mnt, const Inode& inode, u32 mask) {
    const Cred& cred = task_cred(k, task);
    const VfsIds ids = i_into_vfsids(k, mnt_idmap(k, mnt), inode);
    u32 bits = inode.i_mode;
    if (cred.fsuid == ids.uid)
        bits >>= 6;
    else if (in_group_p(cred, ids.gid))
        bits >>= 3;
    if ((mask & ~bits & 7) == 0) return {};
    const bool dir = inode.kind == InodeKind::dir;
    if ((dir ? !(mask & MAY::WRITE) : mask == MAY::READ) &&
        capable_wrt_inode_uidgid(k, task, ids, CAP::DAC_READ_SEARCH))
        return {};
    if ((dir || !(mask & MAY::EXEC) || (inode.i_mode & 0111)) &&
        capable_wrt_inode_uidgid(k, task, ids, CAP::DAC_OVERRIDE))
        return {};
    return fail(E::ACCES, "the mode does not allow it");
}

} // namespace

bool is_immutable(const Inode& inode) {
    return inode.kind == InodeKind::ns_file || static_cast<ProcEntry>(inode.proc_entry) == ProcEntry::tgid;
}

bool has_unmapped_id(const Kernel& k, Path path) {
    const VfsIds ids = vfsids_of(k, path);
    return ids.uid == kInvalidId || ids.gid == kInvalidId;
}

Result<> inode_permission(const Kernel& k, Id<Task> task, Path path, u32 mask) {
    const Id<Inode> id = k[path.dentry].d_inode;
    const Inode& inode = k[id];
    if (mask & MAY::WRITE) {
        const bool special = inode.kind == InodeKind::fifo || inode.kind == InodeKind::device;
        if (k[inode.i_sb].s_readonly && !special) return fail(E::ROFS, "the file system is read-only");
        if (is_immutable(inode)) return fail(E::PERM, "what would be changed is immutable");
        if (has_unmapped_id(k, path))
            return fail(E::ACCES, "the id map of the mount has no name for its owner or group");
    }
    if (k[inode.i_sb].type == FsType::proc) {
        TRY(proc_permission(k, task, id));
        // An own list of descriptors is open to a process whatever has become of it.
        if (static_cast<ProcEntry>(inode.proc_entry) == ProcEntry::fd_dir && proc_task(k, inode) &&
            k[proc_task(k, inode)].signal == k[task].signal)
            return {};
        if (is_sysctl(static_cast<ProcEntry>(inode.proc_entry))) return proc_sys_permission(k, task, inode, mask);
    }
    return generic_permission(k, task, path.mnt, inode, mask);
}

Result<> fsuidgid_has_mapping(const Kernel& k, Id<Task> task, Path dir) {
    const Id<SuperBlock> sb = k[dir.dentry].d_sb;
    const Id<Namespace> ns = k[sb].s_user_ns;
    const MntIdmap* idmap = mnt_idmap(k, dir.mnt);
    if (ns == k.init_user_ns && !idmap) return {};
    const VfsIds ids = mapped_fsids(k, task, idmap, sb);
    if (ids.uid == kInvalidId || ids.gid == kInvalidId)
        return fail(E::OVERFLOW, "the id map of the mount has no name for the caller's user or group ID");
    if (from_kid(k, ns, IdKind::uid, ids.uid) == kInvalidId || from_kid(k, ns, IdKind::gid, ids.gid) == kInvalidId)
        return fail(E::OVERFLOW, "the caller's user or group ID has no name in the file system's user namespace");
    return {};
}

bool inode_owner_or_capable(const Kernel& k, Id<Task> task, Path path) {
    const u32 owner = vfsids_of(k, path).uid;
    if (task_cred(k, task).fsuid == owner) return true;
    const Id<Namespace> ns = current_user_ns(k, task);
    return from_kid(k, ns, IdKind::uid, owner) != kInvalidId && ns_capable(k, task, ns, CAP::FOWNER);
}

bool in_group_or_capable(const Kernel& k, Id<Task> task, Path path) {
    const VfsIds ids = vfsids_of(k, path);
    return in_group_p(task_cred(k, task), ids.gid) || capable_wrt_inode_uidgid(k, task, ids, CAP::FSETID);
}

Result<> may_create(const Kernel& k, Id<Task> task, Path dir, Id<Dentry> child) {
    if (child) return fail(E::EXIST, "the name exists");
    if (d_unlinked(k, dir.dentry)) return fail(E::NOENT, "the directory has been removed");
    TRY(fsuidgid_has_mapping(k, task, dir));
    return inode_permission(k, task, dir, MAY::WRITE | MAY::EXEC);
}

Result<> may_delete(const Kernel& k, Id<Task> task, Path dir, Id<Dentry> victim, bool isdir) {
    TRY(inode_permission(k, task, dir, MAY::WRITE | MAY::EXEC));
    // S_ISVTX: only the owner of the name or of the directory takes it away. Source: __check_sticky().
    const Path target{dir.mnt, victim};
    const VfsIds parent = vfsids_of(k, dir), child = vfsids_of(k, target);
    const u32 fsuid = task_cred(k, task).fsuid;
    if ((d_inode(k, dir.dentry).i_mode & 01000) && child.uid != fsuid && parent.uid != fsuid &&
        !capable_wrt_inode_uidgid(k, task, child, CAP::FOWNER))
        return fail(E::PERM, "the directory is sticky and the name is another user's");
    if (is_immutable(d_inode(k, victim))) return fail(E::PERM, "what would be removed is immutable");
    if (has_unmapped_id(k, target)) return fail(E::PERM, "the id map of the mount has no name for its owner or group");
    if (isdir && !d_is_dir(k, victim)) return fail(E::NOTDIR, "the name is of no directory");
    if (!isdir && d_is_dir(k, victim)) return fail(E::ISDIR, "the name is of a directory");
    if (d_unlinked(k, dir.dentry)) return fail(E::NOENT, "the directory has been removed");
    return {};
}

Result<Id<Dentry>> lookup_one(Kernel& k, Id<Task> task, Id<Dentry> dir, std::string_view name, u32 lookup_flags) {
    const Id<Dentry> dentry = TRY(lookup_child(k, task, dir, name));
    if (!dentry && !(lookup_flags & LOOKUP::CREATE)) return fail(E::NOENT, "the name does not exist");
    if (dentry && (lookup_flags & LOOKUP::EXCL)) return fail(E::EXIST, "the name exists");
    return dentry;
}

Result<ParentPath> filename_create(Kernel& k, Id<Task> task, i32 dfd, const Str& name, u32 lookup_flags) {
    ParentPath parent = TRY(filename_parentat(k, task, dfd, name));
    if (parent.type != Last::norm) return fail(E::EXIST, "the path ends in ., .. or /");
    // A read-only mount comes last: that the name exists matters more.
    const auto write = mnt_want_write(k, parent.path->mnt);
    u32 create_flags = LOOKUP::CREATE | LOOKUP::EXCL;
    if (parent.trailing_slash && !(lookup_flags & LOOKUP::DIRECTORY)) create_flags &= ~LOOKUP::CREATE;
    TRY(lookup_one(k, task, parent.path->dentry, parent.last, create_flags));
    if (!write) return tl::unexpected<Error>(write.error());
    return parent;
}

Result<Id<Inode>> make_inode(Kernel& k, Id<Task> task, Path dir, InodeKind kind, u16 mode) {
    const Id<SuperBlock> sb = k[dir.dentry].d_sb;
    if (k[sb].type == FsType::tmpfs) TRY(shmem_reserve_inode(k, sb));
    if (k[sb].type == FsType::mqueue && !k[sb].ns) // ipc/mqueue.c, mqueue_create_attr()
        return fail(E::ACCES, "the IPC namespace whose queues were here is gone", "mqueue_create_attr");
    if (kind != InodeKind::symlink) mode = static_cast<u16>(mode & ~k[k[task].fs].umask);
    const Id<Inode> id = new_inode(k, sb, kind, mode);
    Inode& inode = k[id];
    const VfsIds owner = mapped_fsids(k, task, mnt_idmap(k, dir.mnt), sb);
    inode.i_uid = owner.uid;
    inode.i_gid = owner.gid;
    // inode_init_owner(): a set-group-ID directory hands down its group, and to directories the bit.
    const Inode& parent = d_inode(std::as_const(k), dir.dentry);
    if ((parent.i_mode & 02000) && k[sb].type != FsType::mqueue) {
        inode.i_gid = parent.i_gid;
        if (kind == InodeKind::dir)
            inode.i_mode |= 02000;
        else if ((mode & 02010) == 02010 && !in_group_or_capable(k, task, dir)) // mode_strip_sgid()
            inode.i_mode = static_cast<u16>(inode.i_mode & ~02000);
    }
    if (kind == InodeKind::file && k[sb].type == FsType::mqueue) { // mqueue_get_inode()
        inode.i_size = 80;                                         // FILENT_SIZE
        inode.mq_ucounts = task_cred(k, task).ucounts;
        get_ucounts(k, inode.mq_ucounts);
    }
    return id;
}

namespace {

/// Source: fs/namei.c, vfs_mkdir().
Result<> vfs_mkdir(Kernel& k, Id<Task> task, const ParentPath& parent, u32 mode) {
    const Id<Dentry> dir = parent.path->dentry;
    TRY(may_create(k, task, *parent.path, {}));
    const FsType type = fs_type_of(k, dir);
    if (!has_op(type, Op::mkdir)) return fail(E::PERM, "the file system has no mkdir");
    if (op_is_refused(type, Op::mkdir)) return refuse(type);
    const Id<Inode> inode = TRY(make_inode(k, task, *parent.path, InodeKind::dir, static_cast<u16>(mode & 01777)));
    d_add(k, dir, parent.last, inode);
    ++d_inode(k, dir).i_nlink;
    return {};
}

/// Source: fs/namei.c, vfs_rmdir().
Result<> vfs_rmdir(Kernel& k, Id<Task> task, Path where, Id<Dentry> dentry) {
    TRY(may_delete(k, task, where, dentry, true));
    const Id<Dentry> dir = where.dentry;
    const FsType type = fs_type_of(k, dir);
    if (!has_op(type, Op::rmdir)) return fail(E::PERM, "the file system has no rmdir");
    if (d_mountpoint(k, dentry) && is_local_mountpoint(k, task, dentry))
        return fail(E::BUSY, "something of the caller's mount namespace is mounted there");
    if (op_is_refused(type, Op::rmdir)) return refuse(type);
    if (k[dentry].d_child_first) return fail(E::NOTEMPTY, "the directory is not empty");
    d_inode(k, dentry).i_nlink = 0;
    --d_inode(k, dir).i_nlink;
    dget(k, dentry);
    d_drop(k, dentry);
    k[dentry].d_cant_mount = true;
    if (d_mountpoint(k, dentry)) detach_mounts(k, dentry);
    dput(k, dentry);
    return {};
}

Result<> do_rmdir(Kernel& k, Id<Task> task, i32 dfd, const Str& name) {
    const ParentPath parent = TRY(filename_parentat(k, task, dfd, name));
    switch (parent.type) {
    case Last::dotdot: return fail(E::NOTEMPTY, "the path ends in ..");
    case Last::dot: return fail(E::INVAL, "the path ends in .");
    case Last::root: return fail(E::BUSY, "the path is /");
    case Last::norm: break;
    }
    TRY(mnt_want_write(k, parent.path->mnt));
    const Id<Dentry> dentry = TRY(lookup_one(k, task, parent.path->dentry, parent.last, 0));
    return vfs_rmdir(k, task, *parent.path, dentry);
}

/// Source: fs/namei.c, vfs_unlink().
Result<> vfs_unlink(Kernel& k, Id<Task> task, Path dir, Id<Dentry> dentry) {
    TRY(may_delete(k, task, dir, dentry, false));
    if (!has_op(fs_type_of(k, dir.dentry), Op::unlink)) return fail(E::PERM, "the file system has no unlink");
    if (d_mountpoint(k, dentry) && is_local_mountpoint(k, task, dentry))
        return fail(E::BUSY, "something of the caller's mount namespace is mounted there");
    --d_inode(k, dentry).i_nlink;
    dget(k, dentry);
    d_drop(k, dentry);
    k[dentry].d_cant_mount = true;
    if (d_mountpoint(k, dentry)) detach_mounts(k, dentry);
    dput(k, dentry);
    return {};
}

Result<> do_unlinkat(Kernel& k, Id<Task> task, i32 dfd, const Str& name) {
    const ParentPath parent = TRY(filename_parentat(k, task, dfd, name));
    if (parent.type != Last::norm) return fail(E::ISDIR, "the path ends in ., .. or /");
    TRY(mnt_want_write(k, parent.path->mnt));
    const Id<Dentry> dentry = TRY(lookup_one(k, task, parent.path->dentry, parent.last, 0));
    if (parent.trailing_slash) {
        if (d_is_dir(k, dentry)) return fail(E::ISDIR, "the name is of a directory");
        return fail(E::NOTDIR, "the path ends in / and the name is of no directory");
    }
    return vfs_unlink(k, task, *parent.path, dentry);
}

} // namespace

/// mkdirat(2). EEXIST before EROFS; ENOENT: the directory has been removed, or it is one of proc; EPERM: the file
/// system makes no directories. Source: fs/namei.c, do_mkdirat().
Result<> sys_mkdirat(Kernel& k, Id<Task> task, i32 dfd, const Str& pathname, u32 mode) {
    const ParentPath parent = TRY(filename_create(k, task, dfd, pathname, LOOKUP::DIRECTORY));
    return vfs_mkdir(k, task, parent, mode);
}

/// unlinkat(2), with AT_REMOVEDIR rmdir(2). EBUSY: a mount point of the caller's mount namespace; in others what is
/// mounted there is umounted. Source: fs/namei.c, do_unlinkat() and do_rmdir().
Result<> sys_unlinkat(Kernel& k, Id<Task> task, i32 dfd, const Str& pathname, u32 flag) {
    if (flag & ~AT::REMOVEDIR) return fail(E::INVAL, "unknown flags");
    return flag & AT::REMOVEDIR ? do_rmdir(k, task, dfd, pathname) : do_unlinkat(k, task, dfd, pathname);
}

/// symlinkat(2). ENOENT also for an empty target. Source: fs/namei.c, do_symlinkat().
Result<> sys_symlinkat(Kernel& k, Id<Task> task, const Str& target, i32 newdfd, const Str& linkpath) {
    const std::string_view text = TRY(getname(target));
    const ParentPath parent = TRY(filename_create(k, task, newdfd, linkpath, 0));
    const Id<Dentry> dir = parent.path->dentry;
    TRY(may_create(k, task, *parent.path, {}));
    if (!has_op(fs_type_of(k, dir), Op::symlink)) return fail(E::PERM, "the file system has no symlinks");
    const Id<Inode> inode = TRY(make_inode(k, task, *parent.path, InodeKind::symlink, 0777));
    k[inode].content = text;
    d_add(k, dir, parent.last, inode);
    return {};
}

/// linkat(2). EXDEV: another mount, also of the same file system; EPERM: a directory. Source: fs/namei.c, do_linkat().
Result<> sys_linkat(Kernel& k, Id<Task> task, i32 olddfd, const Str& oldpath, i32 newdfd, const Str& newpath,
                    u32 flags) {
    if (flags & ~(AT::SYMLINK_FOLLOW | AT::EMPTY_PATH)) return fail(E::INVAL, "unknown flags");
    u32 how = flags & AT::SYMLINK_FOLLOW ? LOOKUP::FOLLOW : 0;
    if (flags & AT::EMPTY_PATH) how |= LOOKUP::EMPTY;
    const HeldPath old = TRY(user_path_at(k, task, olddfd, oldpath, how));
    const ParentPath parent = TRY(filename_create(k, task, newdfd, newpath, 0));
    if (old->mnt != parent.path->mnt) return fail(E::XDEV, "the two paths are on different mounts");
    if (has_unmapped_id(k, *old)) // may_linkat()
        return fail(E::OVERFLOW, "the id map of the mount has no name for the file's owner or group");

    const Id<Dentry> dir = parent.path->dentry;
    const Id<Inode> inode = k[old->dentry].d_inode;
    TRY(may_create(k, task, *parent.path, {}));
    if (!has_op(fs_type_of(k, dir), Op::link)) return fail(E::PERM, "the file system has no links");
    if (k[inode].kind == InodeKind::dir) return fail(E::PERM, "a directory has only one name");
    if (k[inode].i_nlink == 0 && !k[inode].i_linkable) return fail(E::NOENT, "the file has been removed");
    if (k[inode].i_nlink && fs_type_of(k, dir) == FsType::tmpfs) TRY(shmem_reserve_inode(k, k[dir].d_sb));
    ++k[inode].i_nlink;
    k[inode].i_linkable = false;
    d_add(k, dir, parent.last, inode);
    return {};
}

} // namespace nslab
