// Follows fs/read_write.c of Linux 6.18, with the reading and writing of tmpfs, proc and mqueue.
// Left out: holes within what has been written, RLIMIT_FSIZE, and files of more than 64 MiB of data.

#include <algorithm>

#include "sim/linux/fs/namei.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {
namespace {

constexpr u64 kMaxContent = u64{64} << 20;
constexpr u64 kMaxRwCount = 0x7ffff000;
constexpr std::string_view kEmptyQueue = "QSIZE:0          NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n";

bool may_read(const File& file) { return (file.f_flags & O::ACCMODE) != O::WRONLY; }
bool may_write(const File& file) { return (file.f_flags & O::ACCMODE) != O::RDONLY; }

std::string slice(std::string_view text, u64 pos, u64 count) {
    if (pos >= text.size()) return {};
    return std::string(text.substr(pos, count));
}

} // namespace

/// read(2). EBADF: not open for reading; EISDIR; EINVAL: nothing to read there; ENODATA: a context of fsopen(2) has no
/// message. Source: fs/read_write.c, vfs_read().
Result<std::string> sys_read(Kernel& k, Id<Task> task, i32 fd, u64 count) {
    const Id<File> id = TRY(fdget(k, task, fd));
    const File& file = std::as_const(k)[id];
    if (!may_read(file)) return fail(E::BADF, "the descriptor is not open for reading");
    count = std::min(count, kMaxRwCount);
    if (file.fs_context) return fail(E::NODATA, "the context has no message");
    if (!file.f_path.dentry) return fail(E::INVAL, "the descriptor has nothing to read");

    const Inode& inode = file_inode(k, file);
    const u64 pos = file.f_pos;
    std::string data;
    switch (inode.kind) {
    case InodeKind::dir: return fail(E::ISDIR, "a directory is read with getdents64");
    case InodeKind::ns_file:
    case InodeKind::symlink:
    case InodeKind::magic_link: return fail(E::INVAL, "the file has nothing to read");
    case InodeKind::fifo:
    case InodeKind::device: return fail(E::NOSYS, "not modelled yet: reading fifos and devices");
    case InodeKind::proc_file: return proc_read(k, task, id, count);
    case InodeKind::file:
        if (k[inode.i_sb].type == FsType::mqueue) {
            data = slice(kEmptyQueue, pos, count);
            break;
        }
        data = slice(std::string_view(inode.content).substr(0, inode.i_size), pos, count);
        if (pos < inode.i_size) data.resize(std::min(count, inode.i_size - pos));
        break;
    }
    k[id].f_pos = pos + data.size();
    return data;
}

/// write(2). EBADF: not open for writing; EINVAL: nothing to write there; ENOSPC: the size= of a tmpfs is used up.
/// Source: fs/read_write.c, vfs_write(), and mm/shmem.c.
Result<i64> sys_write(Kernel& k, Id<Task> task, i32 fd, const std::string& data) {
    const Id<File> id = TRY(fdget(k, task, fd));
    if (std::as_const(k)[id].fs_context) return fail(E::INVAL, "a context takes no text");
    if (!may_write(std::as_const(k)[id])) return fail(E::BADF, "the descriptor is not open for writing");
    const Id<Dentry> dentry = std::as_const(k)[id].f_path.dentry;
    if (!dentry) return fail(E::INVAL, "the descriptor has nothing to write");
    const Inode& old = d_inode(std::as_const(k), dentry);
    if (old.kind == InodeKind::proc_file) {
        const i64 taken = TRY(proc_write(k, task, id, data));
        if (!proc_write_leaves_position(k, id)) k[id].f_pos += static_cast<u64>(taken);
        return taken;
    }
    if (old.kind != InodeKind::file || k[old.i_sb].type == FsType::mqueue)
        return fail(E::INVAL, "the file has nothing to write");

    File& file = k[id];
    Inode& inode = d_inode(k, dentry);
    if (data.empty()) return 0;
    if (file.f_flags & O::APPEND) file.f_pos = inode.i_size;
    u64 count = data.size();
    if (file.f_pos + count > kMaxContent) return fail(E::NOSYS, "not modelled yet: files of more than 64 MiB");
    const u64 end = std::max<u64>(inode.content.size(), file.f_pos + count);
    if (k[inode.i_sb].type == FsType::tmpfs) {
        const u64 limit = shmem_room(k, inode.i_sb, k[dentry].d_inode);
        if (end > limit) {
            if (limit <= file.f_pos) return fail(E::NOSPC, "the tmpfs is full");
            count = limit - file.f_pos;
        }
    }
    if (inode.content.size() < file.f_pos + count) inode.content.resize(file.f_pos + count);
    inode.content.replace(file.f_pos, count, data, 0, count);
    file.f_pos += count;
    inode.i_size = std::max(inode.i_size, file.f_pos);
    return static_cast<i64>(count);
}

/// lseek(2). ESPIPE: there is nothing to seek in; EINVAL: a negative place, or a `whence` that the file does not know;
/// ENXIO: SEEK_DATA or SEEK_HOLE behind the end. Source: fs/read_write.c.
Result<i64> sys_lseek(Kernel& k, Id<Task> task, i32 fd, i64 offset, u32 whence) {
    constexpr u32 set = 0, cur = 1, seek_end = 2, seek_hole = 4; // 3 is SEEK_DATA
    const Id<File> id = TRY(fdget(k, task, fd));
    File& file = k[id];
    if (whence > seek_hole) return fail(E::INVAL, "whence is unknown");
    if (!file.f_path.dentry) return fail(E::SPIPE, "there is nothing to seek in");
    const Inode& inode = file_inode(k, file);
    if (inode.kind == InodeKind::ns_file) return fail(E::SPIPE, "there is nothing to seek in");
    if (is_seq_file(k, file.f_path.dentry)) return proc_lseek(k, task, id, offset, whence);
    const FsType type = k[inode.i_sb].type;
    const bool sysctl = inode.kind == InodeKind::proc_file;
    const bool generic_dir = type == FsType::proc || type == FsType::sysfs || type == FsType::cgroup2;
    if (inode.kind != InodeKind::file && !sysctl && !(inode.kind == InodeKind::dir && generic_dir) && whence > cur)
        return fail(E::INVAL, "there is no end to seek from");

    const i64 size = static_cast<i64>(inode.i_size);
    // Data ends where its last page does; whether there are holes before that is not kept.
    const i64 data_end = std::min(static_cast<i64>((inode.content.size() + 4095) & ~std::size_t{4095}), size);
    switch (whence) {
    case set: break;
    case cur:
        if (__builtin_add_overflow(offset, static_cast<i64>(file.f_pos), &offset))
            return fail(E::INVAL, "the place is out of range");
        break;
    case seek_end:
        if (__builtin_add_overflow(offset, size, &offset)) return fail(E::INVAL, "the place is out of range");
        break;
    default:
        if (offset < 0 && (type == FsType::mqueue || sysctl)) break; // default_llseek() looks at that last
        if (offset < 0 || offset >= size) return fail(E::NXIO, "the place is behind the end");
        if (whence == seek_hole)
            offset = std::max(offset, data_end);
        else if (offset >= data_end)
            return fail(E::NXIO, "there is no data behind the place");
        break;
    }
    if (offset < 0) return fail(E::INVAL, "the place is negative");
    file.f_pos = static_cast<u64>(offset);
    file.proc_tid = 0; // proc_dir_llseek()
    return offset;
}

} // namespace nslab
