// Follows fs/statfs.c of Linux 6.18, for the type alone.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/fs/stat.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// statfs(2). Source: fs/statfs.c.
Result<StatfsBuf> sys_statfs(Kernel& k, Id<Task> task, const Str& pathname) {
    const HeldPath path = TRY(user_path_at(k, task, AT::FDCWD, pathname, LOOKUP::FOLLOW));
    return StatfsBuf{fs_magic(k[k[path->dentry].d_sb].type)};
}

/// fstatfs(2). Source: fs/statfs.c.
Result<StatfsBuf> sys_fstatfs(Kernel& k, Id<Task> task, i32 fd) {
    constexpr u64 anon_inode_fs_magic = 0x09041934;
    const File& file = std::as_const(k)[TRY(fget(k, task, fd))];
    constexpr u64 pidfs_magic = 0x50494446;
    if (file.pidfd && has_pidfs(k)) return StatfsBuf{pidfs_magic};
    if (!file.f_path.dentry) return StatfsBuf{anon_inode_fs_magic};
    return StatfsBuf{fs_magic(k[k[file.f_path.dentry].d_sb].type)};
}

} // namespace nslab
