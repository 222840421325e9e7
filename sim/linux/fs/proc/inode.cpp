// Inodes and dentries of proc. Follows fs/proc/inode.c, and d_invalidate() of fs/dcache.c, Linux 6.18. The kernel may
// forget a name that nobody holds and makes it again at the next lookup; here it stays until what it stands for is
// gone, which nobody can tell apart.

#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

void task_dump_owner(Kernel& k, Id<Inode> id) {
    const Inode& inode = std::as_const(k)[id];
    const Task& task = std::as_const(k)[proc_task(k, inode)];
    const Cred& cred = std::as_const(k)[task.cred];
    u32 uid = cred.euid, gid = cred.egid;
    // What is in the directory of a task that nobody may look at belongs to root, of the user namespace of its memory.
    if (inode.kind != InodeKind::dir || inode.i_mode != 0555) {
        const MmStruct* mm = task.mm ? &std::as_const(k)[task.mm] : nullptr;
        if (!mm) uid = gid = 0;
        if (mm && !mm->dumpable) {
            uid = make_kuid(k, mm->user_ns, 0);
            gid = make_kgid(k, mm->user_ns, 0);
            if (uid == kInvalidId) uid = 0;
            if (gid == kInvalidId) gid = 0;
        }
    }
    if (inode.i_uid == uid && inode.i_gid == gid) return;
    k[id].i_uid = uid;
    k[id].i_gid = gid;
}

Id<Dentry> proc_instantiate(Kernel& k, Id<Dentry> dir, const PidEntry& row, Id<Task> task) {
    const Id<Inode> id = new_inode(k, k[dir].d_sb, row.kind, row.mode);
    Inode& inode = k[id];
    inode.proc_entry = static_cast<u16>(row.entry);
    if (task) {
        inode.proc_pid = task_pid(k, task);
        get_pid(k, inode.proc_pid);
        k[inode.proc_pid].in_proc = true;
        task_dump_owner(k, id);
    }
    return d_add(k, dir, row.name, id);
}

std::optional<i32> name_to_int(std::string_view name) {
    if (name.empty() || name.size() > 9 || (name.size() > 1 && name[0] == '0')) return std::nullopt;
    i32 n = 0;
    for (const char c : name) {
        if (c < '0' || c > '9') return std::nullopt;
        n = n * 10 + (c - '0');
    }
    return n;
}

/// Forgets everything below `d` that nobody holds. Source: fs/dcache.c, shrink_dcache_parent().
static void shrink_dcache_parent(Kernel& k, Id<Dentry> d) {
    Id<Dentry> child = k[d].d_child_first;
    while (child) {
        const Id<Dentry> next = k[child].d_sib_next;
        shrink_dcache_parent(k, child);
        if (k[child].d_count == 1) d_drop(k, child);
        child = next;
    }
}

/// The first mountpoint at or below `d`, the youngest names first, as d_walk() goes.
static Id<Dentry> find_submount(const Kernel& k, Id<Dentry> d) {
    if (d_mountpoint(k, d)) return d;
    const Id<Dentry> first = k[d].d_child_first;
    if (!first) return {};
    for (Id<Dentry> child = k[first].d_sib_prev;; child = k[child].d_sib_prev) {
        if (const Id<Dentry> found = find_submount(k, child)) return found;
        if (child == first) return {};
    }
}

void d_invalidate(Kernel& k, Id<Dentry> d) {
    if (k[d].d_unhashed) return;
    dget(k, d);
    d_drop(k, d);
    shrink_dcache_parent(k, d);
    while (const Id<Dentry> victim = find_submount(k, d)) {
        dget(k, victim);
        detach_mounts(k, victim);
        dput(k, victim);
        shrink_dcache_parent(k, d);
    }
    dput(k, d);
}

void proc_flush_pid(Kernel& k, Id<Pid> pid) {
    if (!k[pid].in_proc) return;
    std::vector<Id<Dentry>> dirs;
    std::as_const(k.dentries).each([&](Id<Dentry> id, const Dentry& d) {
        if (!d.d_unhashed && k[d.d_inode].proc_pid == pid && proc_entry(std::as_const(k), id) == ProcEntry::tgid)
            dirs.push_back(id);
    });
    for (const Id<Dentry> dir : dirs) {
        ++k[k[dir].d_sb].s_active;
        dget(k, dir);
    }
    for (const Id<Dentry> dir : dirs) {
        const Id<SuperBlock> sb = k[dir].d_sb;
        d_invalidate(k, dir);
        dput(k, dir);
        deactivate_super(k, sb);
    }
}

} // namespace nslab
