// Follows fs/file.c and fs/file_table.c of Linux 6.18: descriptors and open files.
// Left out: RLIMIT_NOFILE, fcntl(2).

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {
namespace {

constexpr i32 kFirstFd = 3; // 0, 1 and 2 are the terminal, of which the model knows nothing

} // namespace

Result<Id<File>> fget(const Kernel& k, Id<Task> task, i32 fd) {
    if (const Id<File> file = files_lookup_fd(k, task, fd)) return file;
    return fail(E::BADF, "the descriptor is not open");
}

tl::unexpected<Error> no_fdget(const Kernel& k, Id<Task> task, i32 fd) {
    if (const auto file = fget(k, task, fd); !file) return tl::unexpected<Error>(file.error());
    return fail(E::BADF, "the descriptor was opened with O_PATH", "fdget");
}

Id<File> alloc_file(Kernel& k, Id<Task> opener, Path p, u32 flags) {
    const Id<File> id = k.files.alloc();
    File& file = k[id];
    file.f_count = 1;
    file.f_path = p;
    file.f_cred = std::as_const(k)[opener].cred;
    ++k[file.f_cred].usage;
    file.f_flags = flags;
    if (p.dentry) {
        path_get(k, p);
        file.f_inode = std::as_const(k)[p.dentry].d_inode;
    }
    return id;
}

i32 fd_install(Kernel& k, Id<Task> task, Id<File> file, bool close_on_exec) {
    std::vector<Fd>& table = k[k[task].files].fd;
    std::size_t fd = kFirstFd;
    while (fd < table.size() && table[fd].file) ++fd;
    if (fd >= table.size()) table.resize(fd + 1);
    table[fd] = {file, close_on_exec};
    return static_cast<i32>(fd);
}

void fput(Kernel& k, Id<File> id) {
    if (--k[id].f_count) return;
    const File& file = k[id];
    if (file.proc_mnt_ns || file.proc_user_ns || file.proc_mm) proc_release(k, id);
    if (file.fs_context) put_fs_context(k, file.fs_context);
    if (file.pidfd) put_pid(k, file.pidfd);
    const Path path = file.f_path;
    const Id<Cred> cred = file.f_cred;
    const bool need_unmount = file.need_unmount;
    if (file.writer) mnt_put_write_access(k, path.mnt);
    k.files.free(id);
    put_cred(k, cred);
    if (!path.dentry) return;
    dput(k, path.dentry);
    if (need_unmount) dissolve_on_fput(k, path.mnt);
    mntput(k, path.mnt);
}

/// close(2). Source: fs/open.c and fs/file.c, file_close_fd().
Result<> sys_close(Kernel& k, Id<Task> task, i32 fd) {
    const Id<File> file = TRY(fget(k, task, fd));
    k[k[task].files].fd[static_cast<std::size_t>(fd)] = {};
    fput(k, file);
    return {};
}

/// dup(2). Source: fs/file.c.
Result<i64> sys_dup(Kernel& k, Id<Task> task, i32 fd) {
    const Id<File> file = TRY(fget(k, task, fd));
    ++k[file].f_count;
    return fd_install(k, task, file, false);
}

} // namespace nslab
