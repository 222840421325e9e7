// Follows fs/open.c of Linux 6.18.
// Left out: truncate(2) by path, chown(2), openat2(2).

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/fs/stat.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// openat(2). EINVAL: O_DIRECTORY with O_CREAT, or O_TMPFILE without writing. Source: fs/open.c, do_sys_openat2() and
/// build_open_flags().
Result<i64> sys_openat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flags, u32 mode) {
    constexpr u32 tmpfile = O::TMPFILE & ~O::DIRECTORY; // __O_TMPFILE
    if (flags & O::PATH) flags &= O::DIRECTORY | O::NOFOLLOW | O::PATH | O::CLOEXEC;
    if ((flags & O::DIRECTORY) && (flags & O::CREAT))
        return fail(E::INVAL, "O_DIRECTORY and O_CREAT do not go together");
    if (flags & tmpfile) {
        if (!(flags & O::DIRECTORY)) return fail(E::INVAL, "O_TMPFILE without its O_DIRECTORY");
        if (!(flags & O::ACCMODE)) return fail(E::INVAL, "O_TMPFILE needs writing");
    }
    const std::string_view name = TRY(getname(filename));
    const Id<File> file = TRY(do_filp_open(k, task, dfd, name, flags, mode));
    return fd_install(k, task, file, (flags & O::CLOEXEC) != 0);
}

/// chdir(2). Source: fs/open.c.
Result<> sys_chdir(Kernel& k, Id<Task> task, const Str& filename) {
    const HeldPath path = TRY(user_path_at(k, task, AT::FDCWD, filename, LOOKUP::FOLLOW | LOOKUP::DIRECTORY));
    TRY(inode_permission(k, task, *path, MAY::EXEC));
    set_fs_pwd(k, k[task].fs, *path);
    return {};
}

/// fchdir(2). Source: fs/open.c.
Result<> sys_fchdir(Kernel& k, Id<Task> task, i32 fd) {
    const Path path = k[TRY(fget(k, task, fd))].f_path;
    if (!path.dentry || !d_is_dir(k, path.dentry)) return fail(E::NOTDIR, "the descriptor is no directory");
    TRY(inode_permission(k, task, path, MAY::EXEC));
    set_fs_pwd(k, k[task].fs, path);
    return {};
}

/// chroot(2). The working directory stays where it is. Source: fs/open.c.
Result<> sys_chroot(Kernel& k, Id<Task> task, const Str& filename) {
    const HeldPath path = TRY(user_path_at(k, task, AT::FDCWD, filename, LOOKUP::FOLLOW | LOOKUP::DIRECTORY));
    TRY(inode_permission(k, task, *path, MAY::EXEC));
    if (!ns_capable(k, task, current_user_ns(k, task), CAP::SYS_CHROOT))
        return fail(E::PERM, "chroot takes CAP_SYS_CHROOT");
    set_fs_root(k, k[task].fs, *path);
    return {};
}

/// Whether it is /proc/sys or lies below it.
static bool is_proc_sys(const Kernel& k, Id<Dentry> d) {
    if (k[k[d].d_sb].type != FsType::proc) return false;
    Id<Dentry> below;
    for (; k[d].d_parent != d; d = k[d].d_parent) below = d;
    return below && k[below].d_name == "sys";
}

/// faccessat(2), where `mode` is made of R_OK 4, W_OK 2 and X_OK 1. EROFS: writing to what is mounted read-only.
static Result<> do_faccessat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 mode) {
    const HeldPath path = TRY(user_path_at(k, task, dfd, filename, LOOKUP::FOLLOW));
    const Inode& inode = d_inode(std::as_const(k), path->dentry);
    if ((mode & MAY::EXEC) && inode.kind != InodeKind::dir) {
        const FsType type = k[inode.i_sb].type;
        const bool never = type == FsType::proc || type == FsType::sysfs || type == FsType::mqueue ||
                           type == FsType::cgroup2 || type == FsType::nsfs;
        if (never || (k[path->mnt].mnt_flags & MNT::NOEXEC))
            return fail(E::ACCES, "nothing is executed from the mount");
    }
    TRY(inode_permission(k, task, *path, mode));
    if ((mode & MAY::WRITE) && !(inode.i_mode & 0222) && is_proc_sys(k, path->dentry))
        return fail(E::ACCES, "a sysctl that is not writable is so for everybody", "proc_sys_permission");
    const bool special = inode.kind == InodeKind::fifo || inode.kind == InodeKind::device;
    if ((mode & MAY::WRITE) && !special && mnt_is_readonly(k, path->mnt))
        return fail(E::ROFS, "the mount is read-only");
    return {};
}

/// What the real ids of the caller may do, where that is something else than what it may do otherwise.
/// Source: fs/open.c, access_override_creds().
static Id<Cred> access_override_creds(Kernel& k, Id<Task> task) {
    constexpr u32 no_setuid_fixup = 1 << 2;
    const Cred now = task_cred(k, task);
    u64 caps = now.cap_effective;
    if (!(now.securebits & no_setuid_fixup)) caps = now.uid == make_kuid(k, now.user_ns, 0) ? now.cap_permitted : 0;
    if (now.fsuid == now.uid && now.fsgid == now.gid && now.cap_effective == caps) return {};
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    Cred& cred = k[made];
    cred.fsuid = now.uid;
    cred.fsgid = now.gid;
    cred.cap_effective = caps;
    return made;
}

/// EACCES: to what is not writable below /proc/sys. Source: fs/open.c, do_faccessat(), fs/proc/proc_sysctl.c.
Result<> sys_faccessat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 mode) {
    if (mode & ~7U) return fail(E::INVAL, "the mode has unknown bits");
    const Id<Cred> real = access_override_creds(k, task);
    if (!real) return do_faccessat(k, task, dfd, filename, mode);
    const Id<Cred> own = std::exchange(k[task].cred, real);
    auto result = do_faccessat(k, task, dfd, filename, mode);
    k[task].cred = own;
    put_cred(k, real);
    return result;
}

Result<> do_truncate(Kernel& k, Id<Dentry> dentry, u64 length) {
    constexpr u64 kMaxBytes = (u64{1} << 63) - 1;
    if (length > kMaxBytes) return fail(E::FBIG, "a file cannot be that large");
    Inode& inode = d_inode(k, dentry);
    inode.i_size = length;
    if (inode.content.size() > length) inode.content.resize(length);
    return {};
}

/// ftruncate(2). EINVAL: a negative length, no regular file, or not open for writing; EOPNOTSUPP: a pidfd.
/// Source: fs/open.c; fs/libfs.c, anon_inode_setattr().
Result<> sys_ftruncate(Kernel& k, Id<Task> task, i32 fd, u64 length) {
    if (length >> 63) return fail(E::INVAL, "the length is negative");
    const File& file = std::as_const(k)[TRY(fdget(k, task, fd))];
    if (file.pidfd && has_pidfs(k))
        return fail(E::OPNOTSUPP, "a pidfd is a file open for writing, of which nothing can be changed");
    const auto kind = file.f_inode ? file_inode(k, file).kind : InodeKind::dir;
    if ((kind != InodeKind::file && kind != InodeKind::proc_file) || !file.writer)
        return fail(E::INVAL, "the descriptor is of no file that is open for writing");
    if (kind == InodeKind::proc_file) return {}; // proc_setattr() heeds no size
    return do_truncate(k, file.f_path.dentry, length);
}

/// fchmodat(2). EROFS; EPERM: a file of a task in proc, or of nsfs. Source: fs/open.c, chmod_common().
Result<> sys_fchmodat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 mode) {
    const HeldPath path = TRY(user_path_at(k, task, dfd, filename, LOOKUP::FOLLOW));
    TRY(mnt_want_write(k, path->mnt));
    Inode& inode = d_inode(k, path->dentry);
    if (is_immutable(inode)) return fail(E::PERM, "what would be changed is immutable");
    if (has_unmapped_id(k, *path)) // notify_change()
        return fail(E::OVERFLOW, "the id map of the mount has no name for its owner or group");
    if (!inode_owner_or_capable(k, task, *path)) return fail(E::PERM, "only the owner changes the mode");
    if (inode.proc_pid) return fail(E::PERM, "modes of a task's entries in proc are fixed");
    if (!in_group_or_capable(k, task, *path)) mode &= ~02000U; // setattr_copy()
    inode.i_mode = static_cast<u16>(mode & 07777);
    return {};
}

} // namespace nslab
