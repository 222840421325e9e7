// Which namespaces a task is in: copying the set for clone(2) and unshare(2), switching it, setns(2). Follows
// kernel/nsproxy.c of Linux 6.18, and the install functions of the namespaces that are only counted so far.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// Those flags that ask for a namespace which an nsproxy points to.
static constexpr u64 kNsproxyFlags =
    CLONE::NEWNS | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWPID | CLONE::NEWNET | CLONE::NEWCGROUP | CLONE::NEWTIME;

/// The old namespace with one more reference, or a new one where the flag asks for it.
static Id<Namespace> copy_ns(Kernel& k, bool fresh, NsType type, Id<Namespace> owner, Id<Namespace> old) {
    if (fresh) return new_namespace(k, type, owner);
    get_namespace(k, old);
    return old;
}

Result<Id<Nsproxy>> create_new_namespaces(Kernel& k, u64 flags, Id<Task> task, Id<FsStruct> new_fs) {
    const Nsproxy old = std::as_const(k)[k[task].nsproxy];
    const Id<Namespace> user_ns = task_user_ns(k, task);
    Nsproxy ns;
    ns.count = 1;
    ns.mnt_ns = old.mnt_ns;
    if (flags & CLONE::NEWNS)
        ns.mnt_ns = TRY(copy_mnt_ns(k, task, old.mnt_ns, new_fs));
    else
        get_mnt_ns(k, old.mnt_ns);
    // No other namespace can be refused: that of PIDs, which can, has been refused by our callers.
    ns.uts_ns = copy_ns(k, flags & CLONE::NEWUTS, NsType::uts, user_ns, old.uts_ns);
    ns.ipc_ns = copy_ns(k, flags & CLONE::NEWIPC, NsType::ipc, user_ns, old.ipc_ns);
    ns.pid_ns_for_children = copy_ns(k, false, NsType::pid, user_ns, old.pid_ns_for_children);
    ns.cgroup_ns = copy_ns(k, flags & CLONE::NEWCGROUP, NsType::cgroup, user_ns, old.cgroup_ns);
    ns.net_ns = copy_ns(k, flags & CLONE::NEWNET, NsType::net, user_ns, old.net_ns);
    ns.time_ns_for_children = copy_ns(k, flags & CLONE::NEWTIME, NsType::time, user_ns, old.time_ns_for_children);
    ns.time_ns = copy_ns(k, false, NsType::time, user_ns, old.time_ns);
    const Id<Nsproxy> id = k.nsproxies.alloc();
    k[id] = ns;
    return id;
}

void get_nsproxy(Kernel& k, Id<Nsproxy> ns) { ++k[ns].count; }

/// Source: kernel/nsproxy.c, free_nsproxy().
static void free_nsproxy(Kernel& k, Id<Nsproxy> id) {
    const Nsproxy ns = std::as_const(k)[id];
    k.nsproxies.free(id);
    put_mnt_ns(k, ns.mnt_ns);
    for (const Id<Namespace> other :
         {ns.uts_ns, ns.ipc_ns, ns.pid_ns_for_children, ns.time_ns, ns.time_ns_for_children, ns.cgroup_ns, ns.net_ns})
        put_namespace(k, other);
}

void put_nsproxy(Kernel& k, Id<Nsproxy> ns) {
    if (--k[ns].count == 0) free_nsproxy(k, ns);
}

/// A child moves into the time namespace that its parent prepared. Source: kernel/time/namespace.c, timens_on_fork().
static void timens_on_fork(Kernel& k, Id<Nsproxy> id) {
    Nsproxy& ns = k[id];
    if (ns.time_ns == ns.time_ns_for_children) return;
    const Id<Namespace> old = ns.time_ns;
    get_namespace(k, ns.time_ns_for_children);
    ns.time_ns = ns.time_ns_for_children;
    put_namespace(k, old);
}

Result<> copy_namespaces(Kernel& k, u64 flags, Id<Task> parent, Id<Task> child) {
    const Id<Nsproxy> old = k[parent].nsproxy;
    if (!(flags & kNsproxyFlags)) {
        if ((flags & CLONE::VM) || k[old].time_ns_for_children == k[old].time_ns) {
            get_nsproxy(k, old);
            k[child].nsproxy = old;
            return {};
        }
    } else if (!ns_capable_sys_admin(k, child, task_user_ns(k, child))) {
        return fail(E::PERM, "a new namespace takes CAP_SYS_ADMIN");
    }
    // The undo list of System V semaphores would lead into the IPC namespace that is left behind.
    if ((flags & CLONE::NEWIPC) && (flags & CLONE::SYSVSEM))
        return fail(E::INVAL, "CLONE_SYSVSEM cannot reach into a new IPC namespace");
    k[child].nsproxy = old; // what is copied; not counted until it is replaced
    auto made = create_new_namespaces(k, flags, child, k[child].fs);
    if (!made) {
        k[child].nsproxy = {};
        return tl::unexpected<Error>(made.error());
    }
    if (!(flags & CLONE::VM)) timens_on_fork(k, *made);
    k[child].nsproxy = *made;
    return {};
}

void switch_task_namespaces(Kernel& k, Id<Task> task, Id<Nsproxy> new_ns) {
    const Id<Nsproxy> old = k[task].nsproxy;
    k[task].nsproxy = new_ns;
    k.note([&] {
        const std::string who = "process " + std::to_string(k[task].pid);
        return new_ns ? who + " points to another nsproxy" : who + " points to no nsproxy any more";
    });
    if (old) put_nsproxy(k, old);
}

// ---- setns(2)

namespace {

/// What setns(2) prepares before anything changes. Source: include/linux/nsproxy.h, struct nsset.
struct Nsset {
    u64 flags = 0;
    Id<Nsproxy> nsproxy;
    Id<FsStruct> fs; // the task's own where only the mount namespace changes, otherwise a copy; NULL without it
};

u64 clone_flag(NsType type) {
    switch (type) {
    case NsType::mnt: return CLONE::NEWNS;
    case NsType::uts: return CLONE::NEWUTS;
    case NsType::ipc: return CLONE::NEWIPC;
    case NsType::pid: return CLONE::NEWPID;
    case NsType::net: return CLONE::NEWNET;
    case NsType::user: return CLONE::NEWUSER;
    case NsType::cgroup: return CLONE::NEWCGROUP;
    case NsType::time: return CLONE::NEWTIME;
    case NsType::none: break;
    }
    return 0;
}

/// Puts `ns` in the place of what `slot` points to.
void replace(Kernel& k, Id<Namespace>& slot, Id<Namespace> ns) {
    get_namespace(k, ns);
    put_namespace(k, std::exchange(slot, ns));
}

/// Source: kernel/pid_namespace.c, pidns_is_ancestor().
bool pidns_is_ancestor(const Kernel& k, Id<Namespace> child, Id<Namespace> ancestor) {
    while (child && k[child].level > k[ancestor].level) child = k[child].parent;
    return child == ancestor;
}

/// The install functions of all types. Each but that of mounts and users wants CAP_SYS_ADMIN in the namespace's owner
/// and in the caller's own user namespace.
Result<> validate_ns(Kernel& k, Id<Task> task, Nsset& set, NsType type, u32 ns_index) {
    if (type == NsType::mnt) return mntns_install(k, task, set.nsproxy, set.fs, Id<MntNamespace>{ns_index});

    const Id<Namespace> ns{ns_index};
    if (type == NsType::user) {
        if (ns == task_user_ns(k, task)) return fail(E::INVAL, "the caller is in this user namespace already");
        return fail(E::NOSYS, "not modelled yet: setns to a user namespace");
    }
    if (type == NsType::time && !current_is_single_threaded(k, task))
        return fail(E::USERS, "others share the caller's memory and with it the clock");
    Nsproxy& nsproxy = k[set.nsproxy];
    if (!ns_capable_sys_admin(k, task, k[ns].ns.user_ns) || !ns_capable_sys_admin(k, task, task_user_ns(k, task)))
        return fail(E::PERM, "setns takes CAP_SYS_ADMIN, in the owner of the namespace too");

    switch (type) {
    case NsType::uts: replace(k, nsproxy.uts_ns, ns); break;
    case NsType::ipc: replace(k, nsproxy.ipc_ns, ns); break;
    case NsType::net: replace(k, nsproxy.net_ns, ns); break;
    case NsType::cgroup: replace(k, nsproxy.cgroup_ns, ns); break;
    case NsType::time:
        replace(k, nsproxy.time_ns, ns);
        replace(k, nsproxy.time_ns_for_children, ns);
        break;
    case NsType::pid:
        if (!pidns_is_ancestor(k, ns, task_active_pid_ns(k, task)))
            return fail(E::INVAL, "the PID namespace is neither the caller's own nor below it");
        replace(k, nsproxy.pid_ns_for_children, ns);
        break;
    default: break;
    }
    return {};
}

/// The namespaces of another task, as many as the flags name, in the kernel's order.
Result<> validate_nsset(Kernel& k, Id<Task> task, Nsset& set, Id<Task> target) {
    if (!target) return fail(E::SRCH, "the process of the descriptor has been reaped");
    if (!ptrace_may_access(k, task, target)) return fail(E::PERM, "the caller may not look at that process");
    if (!k[target].nsproxy) return fail(E::SRCH, "the process of the descriptor has exited");
    const Nsproxy theirs = std::as_const(k)[k[target].nsproxy];

    const std::pair<NsType, u32> wanted[] = {
        {NsType::user, task_user_ns(k, target).index},
        {NsType::mnt, theirs.mnt_ns.index},
        {NsType::uts, theirs.uts_ns.index},
        {NsType::ipc, theirs.ipc_ns.index},
        {NsType::pid, task_active_pid_ns(k, target).index},
        {NsType::cgroup, theirs.cgroup_ns.index},
        {NsType::net, theirs.net_ns.index},
        {NsType::time, theirs.time_ns.index},
    };
    for (const auto& [type, index] : wanted)
        if (set.flags & clone_flag(type)) TRY(validate_ns(k, task, set, type, index));
    return {};
}

Result<Nsset> prepare_nsset(Kernel& k, Id<Task> task, u64 flags) {
    Nsset set;
    set.flags = flags;
    set.nsproxy = TRY(create_new_namespaces(k, 0, task, k[task].fs));
    // Only a change of more than the mount namespace needs a copy that can be thrown away.
    if (flags == CLONE::NEWNS)
        set.fs = k[task].fs;
    else if (flags & CLONE::NEWNS)
        set.fs = copy_fs_struct(k, k[task].fs);
    return set;
}

void put_nsset(Kernel& k, Id<Task> task, Nsset& set) {
    if (set.fs && set.fs != k[task].fs) free_fs_struct(k, set.fs);
    if (set.nsproxy) put_nsproxy(k, set.nsproxy);
}

/// Nothing can fail any more. Source: kernel/nsproxy.c, commit_nsset().
void commit_nsset(Kernel& k, Id<Task> task, Nsset& set) {
    if (set.fs && set.fs != k[task].fs) {
        set_fs_root(k, k[task].fs, k[set.fs].root);
        set_fs_pwd(k, k[task].fs, k[set.fs].pwd);
    }
    switch_task_namespaces(k, task, std::exchange(set.nsproxy, {}));
}

} // namespace

/// setns(2): `fd` is a namespace's file, with `flags` 0 or its type, or a pidfd, with the types to take over.
/// EBADF: no open file. EINVAL: another type, no type or an unknown one, or neither sort of file. ESRCH: the pidfd's
/// process has exited. Otherwise what the namespaces say. Source: kernel/nsproxy.c.
Result<> sys_setns(Kernel& k, Id<Task> task, i32 fd, u64 flags) {
    flags &= 0xffffffff; // an int
    if (fd >= 0 && fd <= 2) return fail(E::INVAL, "the descriptor is neither a namespace nor a process");
    const File& file = std::as_const(k)[TRY(fdget(k, task, fd))];

    NsType type = NsType::none;
    u32 ns_index = 0;
    const bool is_pidfd = bool(file.pidfd);
    const Id<Task> target = is_pidfd ? pid_task(k, file.pidfd, PidType::PID) : Id<Task>{};
    if (file.f_path.dentry && d_inode(std::as_const(k), file.f_path.dentry).kind == InodeKind::ns_file) {
        const Inode& inode = d_inode(std::as_const(k), file.f_path.dentry);
        type = inode.ns_type;
        ns_index = inode.ns_index;
        if (flags && flags != clone_flag(type)) return fail(E::INVAL, "the namespace is of another type");
        flags = clone_flag(type);
    } else if (is_pidfd) {
        if (!flags) return fail(E::INVAL, "a pidfd needs to be told which namespaces to take");
        if (flags & ~(kNsproxyFlags | CLONE::NEWUSER)) return fail(E::INVAL, "setns knows no such flag");
    } else {
        return fail(E::INVAL, "the descriptor is neither a namespace nor a process");
    }

    Nsset set = TRY(prepare_nsset(k, task, flags));
    auto valid = is_pidfd ? validate_nsset(k, task, set, target) : validate_ns(k, task, set, type, ns_index);
    if (valid) commit_nsset(k, task, set);
    put_nsset(k, task, set);
    return valid;
}

} // namespace nslab
