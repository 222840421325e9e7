// The root of a proc file system, and the doors that path walking, open and read come through. Follows fs/proc/root.c,
// fs/proc/self.c, fs/proc/thread_self.c and the lookups of fs/proc/base.c, Linux 6.18.

#include "sim/linux/fs/proc/internal.hpp"

namespace nslab {

/// A directory of a task: /proc/PID, or /proc/PID/task/PID.
static constexpr PidEntry kTgidDir{"", InodeKind::dir, 0555, ProcEntry::tgid};

Id<Dentry> proc_fill_super(Kernel& k, Id<SuperBlock> sb) {
    const Id<Inode> inode = new_inode(k, sb, InodeKind::dir, 0555);
    k[inode].proc_entry = static_cast<u16>(ProcEntry::root);
    const Id<Dentry> root = d_make_root(k, inode);
    proc_instantiate(k, root, {"self", InodeKind::symlink, 0777, ProcEntry::self}, {});
    proc_instantiate(k, root, {"thread-self", InodeKind::symlink, 0777, ProcEntry::thread_self}, {});
    return root;
}

static bool is_of_task(ProcEntry entry) { return entry >= ProcEntry::tgid && entry < ProcEntry::first_static; }

/// Whether a name still leads to what it did. Source: fs/proc/base.c, pid_revalidate(), and fd.c, tid_fd_revalidate().
static bool revalidate(const Kernel& k, Id<Dentry> d) {
    const Inode& inode = d_inode(k, d);
    const ProcEntry parent = proc_entry(k, k[d].d_parent);
    if (parent == ProcEntry::fd_dir || parent == ProcEntry::fdinfo_dir)
        return proc_task(k, inode) && fd_is_open(k, proc_task(k, inode), inode.proc_fd);
    return !is_of_task(proc_entry(k, d)) || proc_task(k, inode);
}

static Id<Dentry> instantiate_from(Kernel& k, Id<Dentry> dir, std::string_view name, std::span<const PidEntry> rows,
                                   Id<Task> task) {
    for (const PidEntry& row : rows)
        if (row.name == name) return proc_instantiate(k, dir, row, task);
    return {};
}

bool has_pid_permissions(const Kernel& k, Id<SuperBlock> sb, Id<Task> reader, Id<Task> target, u8 from) {
    const FsOptions& opts = k[sb].opts;
    if (opts.hidepid == kHidepidNotPtraceable) return ptrace_may_access(k, reader, target);
    return opts.hidepid < from || in_group_p(task_cred(k, reader), opts.gid) || ptrace_may_access(k, reader, target);
}

/// A directory named by a task's number in the mount's PID namespace. Source: fs/proc/base.c, proc_pid_lookup().
static Id<Dentry> proc_pid_lookup(Kernel& k, Id<Task> reader, Id<Dentry> dir, std::string_view name) {
    const auto nr = name_to_int(name);
    if (!nr) return {};
    const SuperBlock& sb = std::as_const(k)[k[dir].d_sb];
    const Id<Task> target = find_task_by_pid_ns(k, *nr, sb.ns);
    if (!target) return {};
    if (sb.opts.hidepid == kHidepidNotPtraceable && !ptrace_may_access(k, reader, target)) return {};
    PidEntry row = kTgidDir;
    row.name = name;
    return proc_instantiate(k, dir, row, target);
}

Id<Dentry> proc_lookup(Kernel& k, Id<Task> task, Id<Dentry> dir, std::string_view name) {
    if (const Id<Dentry> known = d_lookup(k, dir, name)) {
        if (revalidate(k, known)) {
            if (proc_task(k, d_inode(std::as_const(k), known))) task_dump_owner(k, std::as_const(k)[known].d_inode);
            return known;
        }
        d_invalidate(k, known);
    }
    const ProcEntry entry = proc_entry(std::as_const(k), dir);
    if (entry == ProcEntry::root) {
        if (const Id<Dentry> d = proc_pid_lookup(k, task, dir, name)) return d;
        if (std::as_const(k)[k[dir].d_sb].opts.pidonly) return {};
        return proc_lookup_static(k, dir, name);
    }
    if (entry >= ProcEntry::first_static) return proc_lookup_static(k, dir, name);

    const Id<Task> target = proc_task(k, d_inode(std::as_const(k), dir));
    if (!target) return {};
    switch (entry) {
    case ProcEntry::tgid: return instantiate_from(k, dir, name, tgid_base_stuff(), target);
    case ProcEntry::ns_dir: return instantiate_from(k, dir, name, proc_ns_entries(), target);
    case ProcEntry::fd_dir:
    case ProcEntry::fdinfo_dir: return proc_lookupfd(k, dir, name);
    case ProcEntry::task_dir: {
        const auto nr = name_to_int(name);
        const Id<Task> thread = nr ? find_task_by_pid_ns(k, *nr, std::as_const(k)[k[dir].d_sb].ns) : Id<Task>{};
        if (!thread || k[thread].signal != k[target].signal) return {};
        PidEntry row = kTgidDir;
        row.name = name;
        return proc_instantiate(k, dir, row, thread);
    }
    default: return {};
    }
}

Result<> proc_permission(const Kernel& k, Id<Task> task, Id<Inode> id) {
    const Inode& inode = k[id];
    const auto entry = static_cast<ProcEntry>(inode.proc_entry);
    const bool guarded = entry == ProcEntry::tgid || entry == ProcEntry::task_dir || entry == ProcEntry::fdinfo_dir;
    if (!guarded) return {};
    const Id<Task> target = proc_task(k, inode);
    if (!target) return fail(E::SRCH, "the process of this directory is gone");
    if (entry == ProcEntry::fdinfo_dir) {
        if (!ptrace_may_access(k, task, target)) return fail(E::ACCES, "the caller may not look at the process");
        return {};
    }
    if (has_pid_permissions(k, inode.i_sb, task, target, kHidepidNoAccess)) return {};
    return fail(k[inode.i_sb].opts.hidepid == kHidepidInvisible ? E::NOENT : E::PERM,
                "hidepid keeps the caller out of others' directories", "proc_pid_permission");
}

Result<> proc_getattr(const Kernel& k, Id<Task> task, Id<Dentry> dentry, StatBuf& st) {
    const Inode& inode = d_inode(k, dentry);
    const ProcEntry entry = proc_entry(k, dentry);
    const Id<Task> target = proc_task(k, inode);
    const bool of_process =
        target && k[target].tgid == k[target].pid && proc_entry(k, k[dentry].d_parent) == ProcEntry::root;
    switch (entry) {
    case ProcEntry::tgid:
        // task, fd, map_files, fdinfo, ns, net and attr; a thread's has neither the first nor map_files.
        st.st_nlink = of_process ? 9 : 7;
        [[fallthrough]];
    case ProcEntry::ns_dir:
    case ProcEntry::attr_dir: // pid_getattr()
        if (target && !has_pid_permissions(k, inode.i_sb, task, target, kHidepidInvisible))
            return fail(E::NOENT, "hidepid hides the process from the caller", "pid_getattr");
        break;
    case ProcEntry::task_dir: // proc_task_getattr()
        for (Id<Task> t = target ? k[k[target].signal].thread_head : Id<Task>{}; t; t = k[t].thread_next) ++st.st_nlink;
        break;
    case ProcEntry::fd_dir: // proc_fd_getattr(); 0, 1 and 2 are the terminal's
        if (target && k.plays(Behaviour::fd_dir_has_size)) st.st_size = 3 + proc_open_fds(k, target).size();
        break;
    default:
        if (inode.kind == InodeKind::dir && is_sysctl(entry)) st.st_nlink = 1;
    }
    return {};
}

bool proc_dir_is_gone(const Kernel& k, Id<Dentry> dir) {
    return is_of_task(proc_entry(k, dir)) && !proc_task(k, d_inode(k, dir));
}

Result<std::string> proc_symlink_text(const Kernel& k, Id<Task> task, Id<Dentry> link) {
    const ProcEntry entry = proc_entry(k, link);
    if (entry >= ProcEntry::first_static) return proc_static_symlink(entry);
    const Id<Namespace> ns = k[k[link].d_sb].ns;
    const std::string pid = std::to_string(task_pid_nr_ns(k, task, ns));
    const std::string tgid = std::to_string(task_pid_nr_ns(k, task, ns, PidType::TGID));
    if (pid == "0") return fail(E::NOENT, "the reader has no number in the PID namespace of this proc");
    return entry == ProcEntry::self ? tgid : tgid + "/task/" + pid;
}

} // namespace nslab
