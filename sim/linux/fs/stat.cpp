// Follows fs/stat.c of Linux 6.18. Left out: times, blocks, statx(2).

#include "sim/linux/fs/stat.hpp"
#include "sim/linux/fs/namei.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

u32 type_bits(InodeKind kind) {
    switch (kind) {
    case InodeKind::dir: return S::IFDIR;
    case InodeKind::file:
    case InodeKind::proc_file:
    case InodeKind::ns_file: return S::IFREG;
    case InodeKind::symlink:
    case InodeKind::magic_link: return S::IFLNK;
    case InodeKind::fifo: return S::IFIFO;
    case InodeKind::device: return S::IFCHR;
    }
    return 0;
}

namespace {

/// A directory of tmpfs and mqueue grows by 20 for each name, from 40. Source: mm/shmem.c, BOGO_DIRENT_SIZE, and
/// ipc/mqueue.c, DIRENT_SIZE.
u64 dir_size(const Kernel& k, Id<Dentry> dir) {
    const FsType type = k[k[dir].d_sb].type;
    if (type != FsType::tmpfs && type != FsType::mqueue && type != FsType::rootfs) return 0;
    u64 size = 40;
    for (Id<Dentry> d = k[dir].d_child_first; d; d = k[d].d_sib_next) size += 20;
    return size;
}

Result<StatBuf> vfs_getattr(const Kernel& k, Id<Task> task, Path path) {
    const Id<Dentry> dentry = path.dentry;
    const Inode& inode = d_inode(k, dentry);
    StatBuf st;
    st.st_dev = k[inode.i_sb].s_dev;
    st.st_ino = inode.kind == InodeKind::ns_file ? ns_common(k, inode.ns_type, inode.ns_index).inum : inode.i_ino;
    st.st_mode = type_bits(inode.kind) | inode.i_mode;
    st.st_nlink = inode.i_nlink;
    // As the mount shows them, and the caller's user namespace calls them.
    const VfsIds ids = i_into_vfsids(k, mnt_idmap(k, path.mnt), inode);
    st.st_uid = from_kid_munged(k, current_user_ns(k, task), IdKind::uid, ids.uid);
    st.st_gid = from_kid_munged(k, current_user_ns(k, task), IdKind::gid, ids.gid);
    st.st_size = inode.kind == InodeKind::dir       ? dir_size(k, dentry)
                 : inode.kind == InodeKind::symlink ? inode.content.size()
                                                    : inode.i_size;
    if (k[inode.i_sb].type == FsType::proc) TRY(proc_getattr(k, task, dentry, st));
    return st;
}

/// Source: fs/stat.c, vfs_fstat(). A file without a path (fsopen) is one of anon_inodefs, and all of those have one
/// inode; a pidfd has that of its process, on a device that nothing else is on: pidfs_getattr().
Result<StatBuf> vfs_fstat(const Kernel& k, Id<Task> task, i32 fd) {
    const File& file = k[TRY(fget(k, task, fd))];
    if (file.f_path.dentry) return vfs_getattr(k, task, file.f_path);
    StatBuf st;
    st.st_mode = 0600;
    st.st_nlink = 1;
    st.st_uid = from_kid_munged(k, current_user_ns(k, task), IdKind::uid, 0);
    st.st_gid = from_kid_munged(k, current_user_ns(k, task), IdKind::gid, 0);
    if (file.pidfd && has_pidfs(k)) {
        constexpr u32 pidfs_dev = 0xfffff;
        st.st_dev = pidfs_dev;
        st.st_ino = file.pidfd.index;
        st.st_mode = 0700;
    }
    return st;
}

} // namespace

/// newfstatat(2): stat, lstat (AT_SYMLINK_NOFOLLOW) and fstat (AT_EMPTY_PATH and "" or NULL). Source: fs/stat.c,
/// vfs_fstatat().
Result<StatBuf> sys_newfstatat(Kernel& k, Id<Task> task, i32 dfd, const Str& filename, u32 flag) {
    constexpr u32 sync_type = 0x6000; // AT_STATX_SYNC_TYPE
    const bool nameless = (flag & AT::EMPTY_PATH) && (filename.kind == Str::Kind::null ||
                                                      (filename.kind == Str::Kind::text && filename.text.empty()));
    if (nameless && dfd >= 0) return vfs_fstat(k, task, dfd);
    if (flag & ~(AT::SYMLINK_NOFOLLOW | AT::NO_AUTOMOUNT | AT::EMPTY_PATH | sync_type))
        return fail(E::INVAL, "unknown flags");
    u32 lookup_flags = flag & AT::SYMLINK_NOFOLLOW ? 0 : LOOKUP::FOLLOW;
    if (flag & AT::EMPTY_PATH) lookup_flags |= LOOKUP::EMPTY;
    const HeldPath path = TRY(user_path_at(k, task, dfd, nameless ? Str("") : filename, lookup_flags));
    return vfs_getattr(k, task, *path);
}

/// readlinkat(2). EINVAL: no symlink (ENOENT where the path is ""). Source: fs/stat.c, do_readlinkat().
Result<std::string> sys_readlinkat(Kernel& k, Id<Task> task, i32 dfd, const Str& pathname) {
    const HeldPath path = TRY(user_path_at(k, task, dfd, pathname, LOOKUP::EMPTY));
    const Inode& inode = d_inode(std::as_const(k), path->dentry);
    if (inode.kind == InodeKind::magic_link) return proc_readlink(k, task, path->dentry);
    if (inode.kind != InodeKind::symlink)
        return fail(pathname.text.empty() ? E::NOENT : E::INVAL, "the path leads to no symlink");
    if (k[inode.i_sb].type == FsType::proc) return proc_symlink_text(k, task, path->dentry);
    return inode.content;
}

} // namespace nslab
