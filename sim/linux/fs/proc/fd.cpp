// /proc/PID/fd: a magic link for each open descriptor. Follows fs/proc/fd.c of Linux 6.18. Descriptors 0, 1 and 2 are
// the terminal's and not shown; what fdinfo says is not modelled.

#include "sim/linux/fs/proc/internal.hpp"

namespace nslab {

/// The open file behind a descriptor of a task, NULL where there is none. Source: fs/file.c, fget_task().
static Id<File> fget_task(const Kernel& k, Id<Task> task, u32 fd) {
    if (!k[task].files) return {};
    const std::vector<Fd>& table = k[k[task].files].fd;
    return fd < table.size() ? table[fd].file : Id<File>{};
}

bool fd_is_open(const Kernel& k, Id<Task> task, u32 fd) { return bool(fget_task(k, task, fd)); }

std::vector<i32> proc_open_fds(const Kernel& k, Id<Task> task) {
    std::vector<i32> open;
    if (!k[task].files) return open;
    const std::vector<Fd>& table = k[k[task].files].fd;
    for (std::size_t fd = 0; fd < table.size(); ++fd)
        if (table[fd].file) open.push_back(static_cast<i32>(fd));
    return open;
}

Id<Dentry> proc_lookupfd(Kernel& k, Id<Dentry> dir, std::string_view name) {
    const Id<Task> target = proc_task(k, d_inode(std::as_const(k), dir));
    const auto fd = name_to_int(name);
    if (!fd || !fd_is_open(k, target, static_cast<u32>(*fd))) return {};
    const bool link = proc_entry(std::as_const(k), dir) == ProcEntry::fd_dir;
    // Links show how the descriptor was opened; tid_fd_update_inode().
    const u32 flags = k[fget_task(k, target, static_cast<u32>(*fd))].f_flags;
    u16 mode = 0;
    if (!(flags & O::PATH)) {
        if ((flags & O::ACCMODE) != O::WRONLY) mode |= 0500;
        if ((flags & O::ACCMODE) != O::RDONLY) mode |= 0300;
    }
    PidEntry row{name, InodeKind::magic_link, mode, ProcEntry::fd_link};
    if (!link) row = {name, InodeKind::proc_file, 0444, ProcEntry::unmodelled};
    const Id<Dentry> d = proc_instantiate(k, dir, row, target);
    d_inode(k, d).proc_fd = static_cast<u32>(*fd);
    if (link) d_inode(k, d).i_size = 64;
    k[d].d_cant_mount = true; // proc_splice_unmountable(): nothing is mounted on what comes and goes
    return d;
}

Result<HeldPath> proc_fd_link(Kernel& k, Id<Task>, const Inode& link) {
    const Id<File> file = fget_task(k, proc_task(k, link), link.proc_fd);
    if (!file) return fail(E::NOENT, "the descriptor is closed");
    const Path path = std::as_const(k)[file].f_path;
    if (!path.dentry) return fail(E::NOSYS, "not modelled yet: the path of a descriptor that is no file");
    path_get(k, path);
    return HeldPath(k, path);
}

Result<std::string> proc_fd_readlink(const Kernel& k, Id<Task> reader, const Inode& link) {
    const Id<File> id = fget_task(k, proc_task(k, link), link.proc_fd);
    if (!id) return fail(E::NOENT, "the descriptor is closed");
    const File& file = k[id];
    if (file.pidfd) return std::string("anon_inode:[pidfd]");
    if (!file.f_path.dentry) return std::string("anon_inode:[fscontext]");
    return d_path(k, file.f_path, reader);
}

} // namespace nslab
