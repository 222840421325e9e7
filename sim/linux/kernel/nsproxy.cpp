// Which namespaces a task is in: copying the set for clone(2) and unshare(2), switching it, setns(2). Follows
// kernel/nsproxy.c of Linux 6.18, and the copy and install functions of the namespaces that are only counted so far.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// Those flags that ask for a namespace which an nsproxy points to.
static constexpr u64 kNsproxyFlags =
    CLONE::NEWNS | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWPID | CLONE::NEWNET | CLONE::NEWCGROUP | CLONE::NEWTIME;

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

/// A new PID namespace in `old`. EINVAL: the caller has prepared another one already, or is in a user namespace outside
/// of the old one's owner. ENOSPC: 32 levels, or ucounts. Source: kernel/pid_namespace.c, copy_pid_ns() and
/// create_pid_namespace().
static Result<Id<Namespace>> copy_pid_ns(Kernel& k, Id<Task> current, Id<Namespace> user_ns, Id<Namespace> old) {
    if (task_active_pid_ns(k, current) != old)
        return fail(E::INVAL, "the caller's children are born into another PID namespace already");
    if (!in_userns(k, k[old].ns.user_ns, user_ns))
        return fail(E::INVAL, "the owner of the PID namespace is not around the caller's user namespace");
    if (k[old].level >= kMaxPidNsLevel) return fail(E::NOSPC, "PID namespaces nest at most 32 deep");
    const Id<Ucounts> ucounts = TRY(inc_ucount(k, user_ns, task_cred(k, current).euid, UcountType::pid));
    const Id<Namespace> ns = new_namespace(k, NsType::pid, user_ns, ucounts);
    get_namespace(k, old);
    k[ns].parent = old;
    k[ns].level = std::as_const(k)[old].level + 1;
    return ns;
}

bool pidns_is_ancestor(const Kernel& k, Id<Namespace> child, Id<Namespace> ancestor) {
    while (child && k[child].level > k[ancestor].level) child = k[child].parent;
    return child == ancestor;
}

namespace {

/// A new namespace of a type whose inside makes no difference here, counted for the caller.
/// ENOSPC: the user has as many as /proc/sys/user allows. Source: copy_utsname(), copy_net_ns() and so on.
Result<Id<Namespace>> clone_ns(Kernel& k, Id<Task> current, NsType type, Id<Namespace> user_ns) {
    const Id<Ucounts> ucounts = TRY(inc_ucount(k, user_ns, task_cred(k, current).euid, ucount_type(type)));
    return new_namespace(k, type, user_ns, ucounts);
}

/// A new namespace in the place of `old`. EPERM: a cgroup namespace, without CAP_SYS_ADMIN in its owner.
Result<Id<Namespace>> copy_ns(Kernel& k, Id<Task> current, NsType type, Id<Namespace> user_ns, Id<Namespace> old) {
    if (type == NsType::cgroup && !ns_capable(k, current, user_ns, CAP::SYS_ADMIN))
        return fail(E::PERM, "a cgroup namespace takes CAP_SYS_ADMIN", "copy_cgroup_ns");
    const Id<Namespace> made = TRY(clone_ns(k, current, type, user_ns));
    if (type == NsType::ipc) mq_init_ns(k, current, made);
    if (type == NsType::time) {
        k[made].monotonic = std::as_const(k)[old].monotonic;
        k[made].boottime = std::as_const(k)[old].boottime;
    }
    return made;
}

/// Drops what an nsproxy points to, as far as it points anywhere, in the order of free_nsproxy().
void put_all(Kernel& k, const Nsproxy& ns) {
    if (ns.mnt_ns) put_mnt_ns(k, ns.mnt_ns);
    put_namespace(k, ns.uts_ns);
    put_namespace(k, ns.ipc_ns);
    put_namespace(k, ns.pid_ns_for_children);
    put_namespace(k, ns.time_ns);
    put_namespace(k, ns.time_ns_for_children);
    put_namespace(k, ns.cgroup_ns);
    put_namespace(k, ns.net_ns);
}

/// The old namespace, with one more reference.
Id<Namespace> share_ns(Kernel& k, Id<Namespace> old) {
    get_namespace(k, old);
    return old;
}

Result<> fill_nsproxy(Kernel& k, u64 flags, Id<Task> current, const Nsproxy& old, Id<Namespace> user_ns,
                      Id<FsStruct> new_fs, Nsproxy& ns) {
    if (flags & CLONE::NEWNS) {
        ns.mnt_ns = TRY(copy_mnt_ns(k, current, user_ns, old.mnt_ns, new_fs));
    } else {
        get_mnt_ns(k, old.mnt_ns);
        ns.mnt_ns = old.mnt_ns;
    }
    if (flags & CLONE::NEWUTS)
        ns.uts_ns = TRY(copy_ns(k, current, NsType::uts, user_ns, old.uts_ns));
    else
        ns.uts_ns = share_ns(k, old.uts_ns);
    if (flags & CLONE::NEWIPC)
        ns.ipc_ns = TRY(copy_ns(k, current, NsType::ipc, user_ns, old.ipc_ns));
    else
        ns.ipc_ns = share_ns(k, old.ipc_ns);
    if (flags & CLONE::NEWPID)
        ns.pid_ns_for_children = TRY(copy_pid_ns(k, current, user_ns, old.pid_ns_for_children));
    else
        ns.pid_ns_for_children = share_ns(k, old.pid_ns_for_children);
    if (flags & CLONE::NEWCGROUP)
        ns.cgroup_ns = TRY(copy_ns(k, current, NsType::cgroup, user_ns, old.cgroup_ns));
    else
        ns.cgroup_ns = share_ns(k, old.cgroup_ns);
    if (flags & CLONE::NEWNET)
        ns.net_ns = TRY(copy_ns(k, current, NsType::net, user_ns, old.net_ns));
    else
        ns.net_ns = share_ns(k, old.net_ns);
    if (flags & CLONE::NEWTIME)
        ns.time_ns_for_children = TRY(copy_ns(k, current, NsType::time, user_ns, old.time_ns_for_children));
    else
        ns.time_ns_for_children = share_ns(k, old.time_ns_for_children);
    ns.time_ns = share_ns(k, old.time_ns);
    return {};
}

/// An nsproxy with all that another has: create_new_namespaces() without flags, which cannot fail.
Id<Nsproxy> share_all_namespaces(Kernel& k, Id<Nsproxy> of) {
    Nsproxy ns = std::as_const(k)[of];
    ns.count = 1;
    get_mnt_ns(k, ns.mnt_ns);
    get_namespace(k, ns.uts_ns);
    get_namespace(k, ns.ipc_ns);
    get_namespace(k, ns.pid_ns_for_children);
    get_namespace(k, ns.cgroup_ns);
    get_namespace(k, ns.net_ns);
    get_namespace(k, ns.time_ns_for_children);
    get_namespace(k, ns.time_ns);
    return k.nsproxies.emplace(ns).id;
}

} // namespace

Result<Id<Nsproxy>> create_new_namespaces(Kernel& k, u64 flags, Id<Task> current, Id<Task> tsk, Id<Namespace> user_ns,
                                          Id<FsStruct> new_fs) {
    const Nsproxy old = std::as_const(k)[k[tsk].nsproxy];
    Nsproxy ns;
    ns.count = 1;
    if (auto filled = fill_nsproxy(k, flags, current, old, user_ns, new_fs, ns); !filled) {
        put_all(k, ns);
        return tl::unexpected<Error>(filled.error());
    }
    return k.nsproxies.emplace(ns).id;
}

void get_nsproxy(Kernel& k, Id<Nsproxy> ns) { ++k[ns].count; }

/// Source: kernel/nsproxy.c, free_nsproxy().
static void free_nsproxy(Kernel& k, Id<Nsproxy> id) {
    const Nsproxy ns = std::as_const(k)[id];
    k.nsproxies.free(id);
    put_all(k, ns);
}

void put_nsproxy(Kernel& k, Id<Nsproxy> ns) {
    if (--k[ns].count == 0) free_nsproxy(k, ns);
}

Result<> copy_namespaces(Kernel& k, u64 flags, Id<Task> parent, Id<Task> child) {
    const Id<Nsproxy> old = k[parent].nsproxy;
    const Id<Namespace> user_ns = task_user_ns(k, child);
    if (!(flags & kNsproxyFlags)) {
        if ((flags & CLONE::VM) || k[old].time_ns_for_children == k[old].time_ns) {
            get_nsproxy(k, old);
            k[child].nsproxy = old;
            return {};
        }
    } else if (!ns_capable(k, parent, user_ns, CAP::SYS_ADMIN)) {
        return fail(E::PERM, "a new namespace takes CAP_SYS_ADMIN");
    }
    // The undo list of System V semaphores would lead into the IPC namespace that is left behind.
    if ((flags & CLONE::NEWIPC) && (flags & CLONE::SYSVSEM))
        return fail(E::INVAL, "CLONE_SYSVSEM cannot reach into a new IPC namespace");
    const Id<Nsproxy> made = TRY(create_new_namespaces(k, flags, parent, parent, user_ns, k[child].fs));
    if (!(flags & CLONE::VM)) timens_on_fork(k, made);
    k[child].nsproxy = made;
    return {};
}

Result<Id<Nsproxy>> unshare_nsproxy_namespaces(Kernel& k, Id<Task> task, u64 flags, Id<Cred> new_cred,
                                               Id<FsStruct> new_fs) {
    if (!(flags & kNsproxyFlags)) return Id<Nsproxy>{};
    const Id<Namespace> user_ns = new_cred ? k[new_cred].user_ns : current_user_ns(k, task);
    if (!ns_capable(k, task, user_ns, CAP::SYS_ADMIN)) return fail(E::PERM, "a new namespace takes CAP_SYS_ADMIN");
    return create_new_namespaces(k, flags, task, task, user_ns, new_fs ? new_fs : k[task].fs);
}

void exec_task_namespaces(Kernel& k, Id<Task> task) {
    const Nsproxy& ns = std::as_const(k)[k[task].nsproxy];
    if (ns.time_ns == ns.time_ns_for_children) return;
    const Id<Nsproxy> made = share_all_namespaces(k, k[task].nsproxy);
    timens_on_fork(k, made);
    switch_task_namespaces(k, task, made);
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
    Id<Cred> cred;   // the task's own, or with CLONE_NEWUSER a copy
};

/// Puts `ns` in the place of what `slot` points to.
void replace(Kernel& k, Id<Namespace>& slot, Id<Namespace> ns) {
    get_namespace(k, ns);
    put_namespace(k, std::exchange(slot, ns));
}

/// The install functions of all types. Each but that of users wants CAP_SYS_ADMIN in the namespace's owner and in the
/// user namespace that the caller will be in. The caller's own credentials are asked all the time.
Result<> validate_ns(Kernel& k, Id<Task> task, Nsset& set, NsType type, u32 ns_index) {
    const Id<Namespace> own = k[set.cred].user_ns;
    if (type == NsType::mnt) return mntns_install(k, task, set.nsproxy, set.fs, own, Id<MntNamespace>{ns_index});
    const Id<Namespace> ns{ns_index};
    if (type == NsType::user) return userns_install(k, task, set.cred, ns);
    if (type == NsType::time) return timens_install(k, task, set.nsproxy, own, ns);

    Nsproxy& nsproxy = k[set.nsproxy];
    if (!ns_capable(k, task, k[ns].ns.user_ns, CAP::SYS_ADMIN) || !ns_capable(k, task, own, CAP::SYS_ADMIN))
        return fail(E::PERM, "setns takes CAP_SYS_ADMIN, in the owner of the namespace too");
    switch (type) {
    case NsType::uts: replace(k, nsproxy.uts_ns, ns); break;
    case NsType::ipc: replace(k, nsproxy.ipc_ns, ns); break;
    case NsType::net: replace(k, nsproxy.net_ns, ns); break;
    case NsType::cgroup: replace(k, nsproxy.cgroup_ns, ns); break;
    case NsType::pid:
        if (!pidns_is_ancestor(k, ns, task_active_pid_ns(k, task)))
            return fail(E::INVAL, "the PID namespace is neither the caller's own nor below it", "pidns_install");
        replace(k, nsproxy.pid_ns_for_children, ns);
        break;
    default: break;
    }
    return {};
}

/// The namespaces of another task, as many as the flags name, in the kernel's order.
Result<> validate_nsset(Kernel& k, Id<Task> task, Nsset& set, Id<Task> target) {
    if (!target) return fail(E::SRCH, "the process of the descriptor has been reaped");
    if (!ptrace_may_access(k, task, target, PtraceCreds::real))
        return fail(E::PERM, "the caller may not look at that process");
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

Nsset prepare_nsset(Kernel& k, Id<Task> task, u64 flags) {
    Nsset set;
    set.flags = flags;
    set.nsproxy = share_all_namespaces(k, k[task].nsproxy);
    set.cred = flags & CLONE::NEWUSER ? prepare_creds(k, k[task].cred) : k[task].cred;
    // Only a change of more than the mount namespace needs a copy that can be thrown away.
    if (flags == CLONE::NEWNS)
        set.fs = k[task].fs;
    else if (flags & CLONE::NEWNS)
        set.fs = copy_fs_struct(k, k[task].fs);
    return set;
}

void put_nsset(Kernel& k, Id<Task> task, Nsset& set) {
    if (set.cred && set.cred != k[task].cred) put_cred(k, set.cred);
    if (set.fs && set.fs != k[task].fs) free_fs_struct(k, set.fs);
    if (set.nsproxy) put_nsproxy(k, set.nsproxy);
}

/// Nothing can fail any more. Source: kernel/nsproxy.c, commit_nsset().
void commit_nsset(Kernel& k, Id<Task> task, Nsset& set) {
    if (set.flags & CLONE::NEWUSER) commit_creds(k, task, std::exchange(set.cred, {}));
    if (set.fs && set.fs != k[task].fs) {
        set_fs_root(k, k[task].fs, k[set.fs].root);
        set_fs_pwd(k, k[task].fs, k[set.fs].pwd);
    }
    if (set.flags & CLONE::NEWTIME) timens_commit(k, k[set.nsproxy].time_ns);
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

    Nsset set = prepare_nsset(k, task, flags);
    auto valid = is_pidfd ? validate_nsset(k, task, set, target) : validate_ns(k, task, set, type, ns_index);
    if (valid) commit_nsset(k, task, set);
    put_nsset(k, task, set);
    return valid;
}

} // namespace nslab
