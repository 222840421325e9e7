// Listing the directories of proc, in pieces where the buffer is small: each sort counts its places in its own way, so
// that what comes or goes between two calls is seen or not. Follows the iterate functions of fs/proc/base.c, fd.c,
// root.c and generic.c, Linux 6.18.

#include <bit>

#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/fs/stat.hpp"

namespace nslab {

namespace {

constexpr u64 kDots = 2; // "." and ".." come first

/// One listing, of the directory behind an open file.
struct Listing {
    Kernel& k;
    Id<Task> reader;
    File& file;
    DirContext& ctx;
    Id<Dentry> dir = file.f_path.dentry;

    /// False where the buffer has no room. Listing a directory makes what is in it. Source: proc_fill_cache().
    bool fill(std::string_view name) {
        const Id<Dentry> d = proc_lookup(k, reader, dir, name);
        if (!d) return true;
        const Inode& inode = d_inode(std::as_const(k), d);
        return ctx.emit(inode.i_ino, dirent_type(inode.kind), name);
    }

    /// Entries that are always there: the place is which of them. False where not all are told.
    template <class Names> bool fixed(const Names& names) {
        if (!dir_emit_dots(k, file, ctx)) return false;
        for (u64& pos = file.f_pos; pos - kDots < names.size(); ++pos)
            if (!fill(name_of(names[pos - kDots]))) return false;
        return true;
    }
    static std::string_view name_of(std::string_view name) { return name; }
    static std::string_view name_of(const PidEntry& row) { return row.name; }

    /// The place of a process is its number: what has been born behind it is seen. Behind all of them nothing is any
    /// more. With subset=pid there are no dots either. Source: proc_root_readdir(), proc_pid_readdir().
    void root() {
        constexpr u64 kFirstProcess = 256, kTgid = kFirstProcess + 2, kEnd = kPidMaxLimit + kTgid;
        const SuperBlock& sb = std::as_const(k)[k[dir].d_sb];
        u64& pos = file.f_pos;
        if (pos < kFirstProcess) {
            const auto names = proc_static_names(ProcEntry::root);
            // Whoever seeks behind the last of them finds no process either.
            if (!sb.opts.pidonly && (pos >= kDots + names.size() || !fixed(names))) return;
            pos = kFirstProcess;
        }
        if (pos >= kEnd) return;
        constexpr std::string_view kSelf[] = {"self", "thread-self"};
        for (; pos < kTgid; ++pos)
            if (!fill(kSelf[pos - kFirstProcess])) return;
        const Idr<Id<Pid>>& idr = std::as_const(k)[sb.ns].idr;
        for (u32 nr = idr.first_taken(static_cast<u32>(pos - kTgid)); nr; nr = idr.first_taken(nr + 1)) {
            const Id<Task> task = pid_task(k, idr.find(nr), PidType::TGID);
            if (!task || !has_pid_permissions(k, k[dir].d_sb, reader, task, kHidepidInvisible)) continue;
            pos = nr + kTgid;
            if (!fill(std::to_string(nr))) return;
        }
        pos = kEnd;
    }

    /// The place is the descriptor's number, and at the end how many there is room for. Source: proc_readfd_common().
    void descriptors(Id<Task> target) {
        if (!dir_emit_dots(k, file, ctx) || !k[target].files) return;
        u64& pos = file.f_pos;
        for (const i32 fd : proc_open_fds(k, target)) {
            if (static_cast<u64>(fd) < pos - kDots) continue;
            pos = static_cast<u64>(fd) + kDots;
            if (!fill(std::to_string(fd))) return;
        }
        // A table grows from 64 by a power of two. Source: fs/file.c, alloc_fdtable().
        const std::size_t size = k[k[target].files].fd.size();
        pos = std::max<u64>(pos, (size <= 64 ? 64 : std::bit_ceil(std::max<std::size_t>(size, 128))) + kDots);
    }

    /// The place is how many threads have been told; who did not fit is remembered. Source: proc_task_readdir(),
    /// first_tid().
    void threads(Id<Task> target) {
        if (!dir_emit_dots(k, file, ctx)) return;
        const Id<Namespace> ns = std::as_const(k)[k[dir].d_sb].ns;
        const i32 tid = std::exchange(file.proc_tid, 0);
        u64& pos = file.f_pos;
        Id<Task> t = tid && pos > kDots ? find_task_by_pid_ns(k, tid, ns) : Id<Task>{};
        if (!t || k[t].signal != k[target].signal) {
            t = k[k[target].signal].thread_head;
            for (u64 before = pos - kDots; t && before; --before) t = k[t].thread_next;
        }
        for (; t; t = k[t].thread_next, ++pos) {
            const i32 nr = task_pid_nr_ns(k, t, ns);
            if (!nr || fill(std::to_string(nr))) continue;
            file.proc_tid = nr;
            return;
        }
    }
};

} // namespace

void proc_iterate(Kernel& k, Id<Task> reader, File& file, DirContext& ctx) {
    Listing list{k, reader, file, ctx};
    const ProcEntry entry = proc_entry(std::as_const(k), list.dir);
    if (entry == ProcEntry::root) return list.root();
    if (entry >= ProcEntry::first_static) {
        list.fixed(proc_static_names(entry));
        return;
    }
    const Id<Task> target = proc_task(k, d_inode(std::as_const(k), list.dir));
    if (!target) return;
    switch (entry) {
    case ProcEntry::tgid: list.fixed(tgid_base_stuff()); break;
    case ProcEntry::ns_dir: list.fixed(proc_ns_entries()); break;
    case ProcEntry::fd_dir:
    case ProcEntry::fdinfo_dir: list.descriptors(target); break;
    case ProcEntry::task_dir: list.threads(target); break;
    default: dir_emit_dots(k, file, ctx); break;
    }
}

} // namespace nslab
