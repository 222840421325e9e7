// Follows fs/statfs.c of Linux 6.18: the type, and of tmpfs how much there is. All others of the model hold nothing
// that is counted: simple_statfs().

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/fs/stat.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

static StatfsBuf statfs_by_dentry(const Kernel& k, Id<Dentry> dentry) {
    const Id<SuperBlock> sb = k[dentry].d_sb;
    StatfsBuf buf;
    buf.f_type = fs_magic(k[sb].type);
    if (k[sb].type == FsType::tmpfs) shmem_statfs(k, sb, buf);
    return buf;
}

/// statfs(2). Source: fs/statfs.c.
Result<StatfsBuf> sys_statfs(Kernel& k, Id<Task> task, const Str& pathname) {
    const HeldPath path = TRY(user_path_at(k, task, AT::FDCWD, pathname, LOOKUP::FOLLOW));
    if (k[k[path->dentry].d_sb].type == FsType::foreign)
        return fail(E::NOSYS, "not modelled yet: how full a file system of a saved machine is");
    return statfs_by_dentry(k, path->dentry);
}

/// fstatfs(2). Source: fs/statfs.c.
Result<StatfsBuf> sys_fstatfs(Kernel& k, Id<Task> task, i32 fd) {
    constexpr u64 anon_inode_fs_magic = 0x09041934;
    const File& file = std::as_const(k)[TRY(fget(k, task, fd))];
    constexpr u64 pidfs_magic = 0x50494446;
    if (file.f_path.dentry) return statfs_by_dentry(k, file.f_path.dentry);
    StatfsBuf buf;
    buf.f_type = file.pidfd && has_pidfs(k) ? pidfs_magic : anon_inode_fs_magic;
    return buf;
}

} // namespace nslab
