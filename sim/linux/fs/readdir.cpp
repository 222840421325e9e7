// Follows fs/readdir.c and the directories of fs/libfs.c (simple_offset_*) of Linux 6.18.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/fs/stat.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {
namespace {

constexpr u64 kOffsetFirst = 2, kOffsetEnd = 0x7fffffff; // DIR_OFFSET_FIRST, DIR_OFFSET_EOD

Id<Dentry> newest_child(const Kernel& k, Id<Dentry> dir) {
    const Id<Dentry> first = k[dir].d_child_first;
    return first ? k[first].d_sib_prev : Id<Dentry>{};
}

/// Where a listing goes on: at the child whose place is `pos` or, where that one is gone, the nearest below; if there
/// is none either, the kernel begins again. Source: fs/libfs.c, offset_dir_lookup().
Id<Dentry> offset_dir_lookup(const Kernel& k, Id<Dentry> dir, u64 pos) {
    Id<Dentry> best;
    if (pos > kOffsetFirst)
        for (Id<Dentry> d = k[dir].d_child_first; d; d = k[d].d_sib_next)
            if (k[d].d_offset <= pos && (!best || k[d].d_offset > k[best].d_offset)) best = d;
    return best ? best : newest_child(k, dir);
}

/// Children, the newest first. Source: fs/libfs.c, offset_iterate_dir().
void iterate_children(const Kernel& k, Id<Dentry> dir, u64* pos, DirContext* ctx) {
    if (*pos == kOffsetEnd) return;
    for (Id<Dentry> d = offset_dir_lookup(k, dir, *pos); d;) {
        *pos = k[d].d_offset;
        const Inode& inode = d_inode(k, d);
        if (!ctx->emit(inode.i_ino, dirent_type(inode.kind), k[d].d_name)) return;
        d = k[dir].d_child_first == d ? Id<Dentry>{} : k[d].d_sib_prev;
    }
    *pos = kOffsetEnd;
}

} // namespace

bool DirContext::emit(u64 ino, u8 type, std::string_view name) {
    const u64 reclen = (19 + name.size() + 1 + 7) & ~u64{7};
    if (reclen > left) {
        full = true;
        return false;
    }
    left -= reclen;
    entries.push_back({ino, type, std::string(name)});
    return true;
}

bool dir_emit_dots(const Kernel& k, File& file, DirContext& ctx) {
    const Id<Dentry> dir = file.f_path.dentry;
    constexpr std::string_view kNames[] = {".", ".."};
    for (u64& pos = file.f_pos; pos < kOffsetFirst; ++pos) {
        const Id<Dentry> d = pos == 0 ? dir : k[dir].d_parent;
        if (!ctx.emit(d_inode(k, d).i_ino, dirent_type(InodeKind::dir), kNames[pos])) return false;
    }
    return true;
}

u8 dirent_type(InodeKind kind) { return static_cast<u8>(type_bits(kind) >> 12); }

/// getdents64(2), "." and ".." included. ENOTDIR; ENOENT: the directory has been removed; EINVAL: the buffer is too
/// small for one entry. Source: fs/readdir.c, iterate_dir().
Result<std::vector<DirEntry>> sys_getdents64(Kernel& k, Id<Task> task, i32 fd, u64 count) {
    const Id<File> file = TRY(fdget(k, task, fd));
    const Id<Dentry> dir = k[file].f_path.dentry;
    if (!dir || !d_is_dir(k, dir)) return fail(E::NOTDIR, "the descriptor is no directory");
    if (d_unlinked(k, dir)) return fail(E::NOENT, "the directory has been removed");

    if (k[k[dir].d_sb].type == FsType::proc && proc_dir_is_gone(k, dir))
        return fail(E::NOENT, "the process of this directory is gone");

    DirContext ctx{{}, count};
    File& open = k[file];
    if (k[k[dir].d_sb].type == FsType::proc)
        proc_iterate(k, task, open, ctx);
    else if (dir_emit_dots(k, open, ctx))
        iterate_children(k, dir, &open.f_pos, &ctx);
    if (ctx.entries.empty() && ctx.full) return fail(E::INVAL, "the buffer is too small for one entry");
    return std::move(ctx.entries);
}

} // namespace nslab
