// Which namespaces a task is in: copying the set for clone(2) and unshare(2), switching it, setns(2). Follows
// kernel/nsproxy.c of Linux 6.18, and the copy and install functions of the namespaces that are only counted so far.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/nscommon.hpp"
#include "sim/linux/kernel/ucount.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// Those flags that ask for a namespace which an nsproxy points to.
static constexpr u64 kNsproxyFlags =
    CLONE::NEWNS | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWPID | CLONE::NEWNET | CLONE::NEWCGROUP | CLONE::NEWTIME;

/// Those of them that nothing but an nsproxy points to: root and working directory lie in a mount namespace.
static constexpr u64 kPointedTo = kNsproxyFlags & ~CLONE::NEWNS;
bool asks_only_namespaces(u64 flags) { return flags && !(flags & ~kPointedTo); }

/// Indexed by NsType.
static constexpr u64 kFlags[] = {0,
                                 CLONE::NEWNS,
                                 CLONE::NEWUTS,
                                 CLONE::NEWIPC,
                                 CLONE::NEWPID,
                                 CLONE::NEWNET,
                                 CLONE::NEWUSER,
                                 CLONE::NEWCGROUP,
                                 CLONE::NEWTIME};
static_assert(std::size(kFlags) == static_cast<std::size_t>(NsType::time) + 1);

u64 clone_flag(NsType type) { return kFlags[static_cast<std::size_t>(type)]; }

/// The PID namespaces of the machine around the world's first one: a sandbox lies in the machine's own.
static constexpr u32 kPidNsOutside = 1;

/// Whether `ns` may come to lie in `old`. EINVAL: the caller has prepared another one already, or is in a user
/// namespace outside of the old one's owner. ENOSPC: 32 levels. Source: kernel/pid_namespace.c, copy_pid_ns() and
/// create_pid_namespace().
static Result<> may_copy_pid_ns(const Kernel& k, Id<Task> current, Id<Namespace> user_ns, Id<Namespace> old) {
    if (task_active_pid_ns(k, current) != old)
        return fail(E::INVAL, "the caller's children are born into another PID namespace already", "copy_pid_ns");
    if (k[old].ns.user_ns != user_ns && !in_userns(k, k[old].ns.user_ns, user_ns))
        return fail(E::INVAL, "the owner of the PID namespace is not around the caller's user namespace",
                    "copy_pid_ns");
    if (kPidNsOutside + k[old].level >= kMaxPidNsLevel)
        return fail(E::NOSPC, "PID namespaces nest at most 32 deep", "copy_pid_ns");
    return {};
}

static inline bool is_ancestor(const Kernel& k, Id<Namespace> child, Id<Namespace> ancestor) {
    while (child && child != ancestor && k[child].level > k[ancestor].level) child = k[child].parent;
    return child == ancestor;
}

bool pidns_is_ancestor(const Kernel& k, Id<Namespace> child, Id<Namespace> ancestor) {
    return is_ancestor(k, child, ancestor);
}

namespace {

/// What a new namespace takes over from the one in whose place it comes, beside its being there.
void init_ns(Kernel& k, Id<Task> current, const FreshNamespace& made, Id<Namespace> old) {
    const Namespace& was = std::as_const(k)[old];
    Namespace& ns = made.object;
    switch (ns.type) {
    case NsType::ipc: mq_init_ns(k, current, made.id); break;
    case NsType::pid:
        get_namespace(k, old);
        ns.parent = old;
        ns.level = was.level + 1;
        break;
    case NsType::time:
        ns.monotonic = was.monotonic;
        ns.boottime = was.boottime;
        break;
    default: break;
    }
}

/// A new namespace in the place of `slot`, counted for the caller, with its credentials. Of the other types nothing
/// inside makes a difference here.
/// ENOSPC: the user has as many as /proc/sys/user allows. EPERM: a cgroup namespace, without CAP_SYS_ADMIN in its
/// owner. Source: copy_utsname(), copy_net_ns() and so on.
[[gnu::always_inline]] inline Result<> copy_ns(Kernel& k, Id<Task> current, const Cred& cred, NsType type,
                                               Id<Namespace> user_ns, Id<Namespace>& slot) {
    if (type == NsType::cgroup && !ns_capable(k, cred, user_ns, CAP::SYS_ADMIN)) [[unlikely]]
        return fail(E::PERM, "a cgroup namespace takes CAP_SYS_ADMIN", "copy_cgroup_ns");
    if (type == NsType::pid) TRY(may_copy_pid_ns(k, current, user_ns, slot));
    const FreshNamespace made = make_namespace(k, type, user_ns, TRY(inc_ucount(k, user_ns, cred, ucount_type(type))));
    if (type != NsType::uts && type != NsType::net && type != NsType::cgroup) init_ns(k, current, made, slot);
    slot = made.id;
    return {};
}

/// Calls f with each namespace of a set beside that of another, in the order of free_nsproxy().
template <class F> [[gnu::always_inline]] inline void each_pair(const Nsproxy& a, const Nsproxy& b, const F& f) {
    f(a.mnt_ns, b.mnt_ns);
    f(a.uts_ns, b.uts_ns);
    f(a.ipc_ns, b.ipc_ns);
    f(a.pid_ns_for_children, b.pid_ns_for_children);
    f(a.time_ns, b.time_ns);
    f(a.time_ns_for_children, b.time_ns_for_children);
    f(a.cgroup_ns, b.cgroup_ns);
    f(a.net_ns, b.net_ns);
}

inline void get(Kernel& k, Id<MntNamespace> ns) { get_mnt_ns(k, ns); }
inline void get(Kernel& k, Id<Namespace> ns) { get_namespace(k, ns); }
inline void put(Kernel& k, Id<MntNamespace> ns) { put_mnt_ns(k, ns); }
inline void put(Kernel& k, Id<Namespace> ns) { put_namespace(k, ns); }

/// Drops what a set has and another does not.
[[gnu::always_inline]] inline void put_others(Kernel& k, const Nsproxy& ns, const Nsproxy& other) {
    each_pair(ns, other, [&](auto mine, auto theirs) {
        if (mine != theirs) put(k, mine);
    });
}

/// A set that is prepared beside an old one, and where both lie.
struct Prepared {
    Id<Nsproxy> id, old;
    Nsproxy* ns;
    const Nsproxy* was;
};

/// It shares all so far.
[[gnu::always_inline]] inline Prepared prepare_nsproxy(Kernel& k, Id<Nsproxy> old) {
    const Nsproxy& was = std::as_const(k)[old];
    const auto made = k.nsproxies.emplace(was);
    made.object.count = 1;
    return {made.id, old, &made.object, &was};
}

/// It is not needed.
void drop_prepared(Kernel& k, const Prepared& made) {
    put_others(k, *made.ns, *made.was);
    k.nsproxies.free(made.id);
}

/// It gets references of its own on what it shares.
void own_nsproxy(Kernel& k, const Prepared& made) {
    each_pair(*made.ns, *made.was, [&](auto mine, auto theirs) {
        if (mine == theirs) get(k, mine);
    });
}

/// Makes what the flags ask for, in the kernel's order; `cred` are those of `current`.
[[gnu::always_inline]] inline Result<> copy_asked(Kernel& k, u64 flags, Id<Task> current, const Cred& cred,
                                                  Id<Namespace> user_ns, Id<FsStruct> new_fs, Nsproxy& ns) {
    if (flags & CLONE::NEWNS) ns.mnt_ns = TRY(copy_mnt_ns(k, current, user_ns, ns.mnt_ns, new_fs));
    if (flags & CLONE::NEWUTS) TRY(copy_ns(k, current, cred, NsType::uts, user_ns, ns.uts_ns));
    if (flags & CLONE::NEWIPC) TRY(copy_ns(k, current, cred, NsType::ipc, user_ns, ns.ipc_ns));
    if (flags & CLONE::NEWPID) TRY(copy_ns(k, current, cred, NsType::pid, user_ns, ns.pid_ns_for_children));
    if (flags & CLONE::NEWCGROUP) TRY(copy_ns(k, current, cred, NsType::cgroup, user_ns, ns.cgroup_ns));
    if (flags & CLONE::NEWNET) TRY(copy_ns(k, current, cred, NsType::net, user_ns, ns.net_ns));
    if (flags & CLONE::NEWTIME) TRY(copy_ns(k, current, cred, NsType::time, user_ns, ns.time_ns_for_children));
    return {};
}

[[gnu::always_inline]] inline Result<Prepared> create(Kernel& k, u64 flags, Id<Task> current, Id<Nsproxy> old,
                                                      const Cred& cred, Id<Namespace> user_ns, Id<FsStruct> new_fs) {
    const Prepared made = prepare_nsproxy(k, old);
    if (auto copied = copy_asked(k, flags, current, cred, user_ns, new_fs, *made.ns); !copied) [[unlikely]] {
        drop_prepared(k, made);
        return tl::unexpected<Error>(copied.error());
    }
    return made;
}

} // namespace

Result<Id<Nsproxy>> create_new_namespaces(Kernel& k, u64 flags, Id<Task> current, Id<Task> tsk, Id<Namespace> user_ns,
                                          Id<FsStruct> new_fs) {
    return TRY(create(k, flags, current, k[tsk].nsproxy, task_cred(k, current), user_ns, new_fs)).id;
}

void get_nsproxy(Kernel& k, Id<Nsproxy> ns) { ++k[ns].count; }

/// Source: kernel/nsproxy.c, free_nsproxy().
static void free_nsproxy(Kernel& k, Id<Nsproxy> id) {
    const Nsproxy ns = std::as_const(k)[id];
    k.nsproxies.free(id);
    put_others(k, ns, {});
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
    if (!(flags & CLONE::VM)) timens_on_fork(k, k[made]);
    own_nsproxy(k, {made, old, &k[made], &k[old]});
    k[child].nsproxy = made;
    return {};
}

namespace {

/// The check at the beginning of unshare_nsproxy_namespaces().
[[gnu::always_inline]] inline Result<> may_unshare(const Kernel& k, const Cred& cred, Id<Namespace> user_ns) {
    if (!ns_capable(k, cred, user_ns, CAP::SYS_ADMIN)) [[unlikely]]
        return fail(E::PERM, "a new namespace takes CAP_SYS_ADMIN", "unshare_nsproxy_namespaces");
    return {};
}

} // namespace

Result<Id<Nsproxy>> unshare_nsproxy_namespaces(Kernel& k, Id<Task> task, u64 flags, Id<Cred> new_cred,
                                               Id<FsStruct> new_fs) {
    if (!(flags & kNsproxyFlags)) return Id<Nsproxy>{};
    const Kernel& c = k;
    const Task& t = c[task];
    const Cred& cred = c[t.cred];
    const Id<Namespace> user_ns = new_cred ? c[new_cred].user_ns : cred.user_ns;
    TRY(may_unshare(c, cred, user_ns));
    return TRY(create(k, flags, task, t.nsproxy, cred, user_ns, new_fs ? new_fs : t.fs)).id;
}

void exec_task_namespaces(Kernel& k, Id<Task> task) {
    const Nsproxy& ns = std::as_const(k)[k[task].nsproxy];
    if (ns.time_ns == ns.time_ns_for_children) return;
    const Prepared made = prepare_nsproxy(k, k[task].nsproxy);
    timens_on_fork(k, *made.ns);
    switch_task_namespaces(k, task, made.id);
}

namespace {

[[gnu::noinline]] void note_switch(Kernel& k, const Task& task, const char* what) {
    if (task.pid == 0) return; // a child that has not come to be
    k.note([&] { return "process " + std::to_string(task.pid) + what; }, "switch_task_namespaces");
}

/// The task gets the set. `put_old` drops what only the old one had: who asked knows where the two differ.
template <class F>
[[gnu::always_inline]] inline void switch_to(Kernel& k, Task& task, const Prepared& made, const F& put_old) {
    task.nsproxy = made.id;
    if (k.explaining) note_switch(k, task, " points to another nsproxy");
    if (made.was->count > 1) {
        own_nsproxy(k, made);
        --k[made.old].count;
        return;
    }
    // Nobody else has the old one: it hands on what both have, instead of one more and one fewer for each.
    put_old();
    k.nsproxies.free(made.old);
}

/// Of a set those that unshare(2) has made anew, in the order of free_nsproxy().
[[gnu::always_inline]] inline void put_unshared(Kernel& k, u64 flags, const Nsproxy& was) {
    if (flags & CLONE::NEWUTS) put(k, was.uts_ns);
    if (flags & CLONE::NEWIPC) put(k, was.ipc_ns);
    if (flags & CLONE::NEWPID) put(k, was.pid_ns_for_children);
    if (flags & CLONE::NEWTIME) put(k, was.time_ns_for_children);
    if (flags & CLONE::NEWCGROUP) put(k, was.cgroup_ns);
    if (flags & CLONE::NEWNET) put(k, was.net_ns);
}

} // namespace

void switch_task_namespaces(Kernel& k, Id<Task> task, Id<Nsproxy> id) {
    Task& t = k[task];
    const Prepared made{id, t.nsproxy, &k[id], &std::as_const(k)[t.nsproxy]};
    switch_to(k, t, made, [&] { put_others(k, *made.was, *made.ns); });
}

Result<> unshare_only_namespaces(Kernel& k, Id<Task> id, u64 flags) {
    Task& task = k[id];
    const Cred& cred = std::as_const(k)[task.cred];
    TRY(may_unshare(k, cred, cred.user_ns));
    flags &= kPointedTo; // for the compiler: nothing else is here
    const Prepared made = TRY(create(k, flags, id, task.nsproxy, cred, cred.user_ns, {}));
    switch_to(k, task, made, [&] { put_unshared(k, flags, *made.was); });
    return {};
}

Result<> unshare_mnt_namespace(Kernel& k, Id<Task> id) {
    Task& task = k[id];
    const Cred& cred = std::as_const(k)[task.cred];
    TRY(may_unshare(k, cred, cred.user_ns));
    const Id<MntNamespace> old = std::as_const(k)[task.nsproxy].mnt_ns;
    const Id<MntNamespace> ns = TRY(copy_mnt_ns(k, id, cred.user_ns, old, task.fs));
    const Prepared made = prepare_nsproxy(k, task.nsproxy);
    made.ns->mnt_ns = ns;
    switch_to(k, task, made, [&] { put(k, old); });
    task.fs = replace_fs_struct(k, task.fs);
    return {};
}

void exit_task_namespaces(Kernel& k, Id<Task> task) {
    const Id<Nsproxy> old = std::exchange(k[task].nsproxy, {});
    if (k.explaining) note_switch(k, k[task], " points to no nsproxy any more");
    if (old) put_nsproxy(k, old);
}

// ---- setns(2)

namespace {

/// What setns(2) prepares before anything changes. Source: include/linux/nsproxy.h, struct nsset.
struct Nsset {
    u64 flags;
    Prepared nsproxy;
    Id<FsStruct> fs; // the task's own where only the mount namespace changes, otherwise a copy; NULL without it
    Id<Cred> cred;   // the task's own, or with CLONE_NEWUSER a copy
};

/// Those that do more than to point somewhere else.
constexpr u64 kMore = CLONE::NEWNS | CLONE::NEWUSER | CLONE::NEWTIME;

/// What points to a namespace of the other types. Indexed by NsType.
constexpr Id<Namespace> Nsproxy::*kSlots[] = {
    nullptr,          nullptr, &Nsproxy::uts_ns,    &Nsproxy::ipc_ns, &Nsproxy::pid_ns_for_children,
    &Nsproxy::net_ns, nullptr, &Nsproxy::cgroup_ns, nullptr};

/// Whether the caller may point to a namespace of those types. All but that of users want CAP_SYS_ADMIN in the
/// namespace's owner and in the user namespace that the caller will be in, `own`. The caller's own credentials are
/// asked all the time. Source: utsns_install(), pidns_install() and so on.
[[gnu::always_inline]] inline Result<> may_install(const Kernel& k, Id<Task> task, const Cred& current,
                                                   Id<Namespace> own, NsType type, Id<Namespace> ns) {
    const Id<Namespace> owner = k[ns].ns.user_ns;
    if (!ns_capable(k, current, owner, CAP::SYS_ADMIN) ||
        (owner != own && !ns_capable(k, current, own, CAP::SYS_ADMIN))) [[unlikely]]
        return fail(E::PERM, "setns takes CAP_SYS_ADMIN, in the owner of the namespace too", "validate_ns");
    if (type == NsType::pid && !is_ancestor(k, ns, task_active_pid_ns(k, task))) [[unlikely]]
        return fail(E::INVAL, "the PID namespace is neither the caller's own nor below it", "pidns_install");
    return {};
}

/// The install functions of all types.
Result<> validate_ns(Kernel& k, Id<Task> task, const Cred& current, Nsset& set, u64 flag, NsType type, u32 ns_index) {
    const Id<Namespace> own = set.flags & CLONE::NEWUSER ? std::as_const(k)[set.cred].user_ns : current.user_ns;
    const Id<Namespace> ns{ns_index};
    if (flag & kMore) {
        if (type == NsType::mnt) {
            const Id<MntNamespace> space{ns_index};
            TRY(mntns_install(k, current, set.fs, own, space));
            install_ns(k, set.nsproxy.ns->mnt_ns, space);
            return {};
        }
        if (type == NsType::user) {
            TRY(may_enter_userns(k, task, ns));
            set_user_ns(k, set.cred, ns);
            return {};
        }
        return timens_install(k, task, *set.nsproxy.ns, own, ns);
    }
    TRY(may_install(k, task, current, own, type, ns));
    install_ns(k, set.nsproxy.ns->*kSlots[static_cast<std::size_t>(type)], ns);
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
        if (const u64 flag = set.flags & clone_flag(type))
            TRY(validate_ns(k, task, task_cred(k, task), set, flag, type, index));
    return {};
}

Nsset prepare_nsset(Kernel& k, const Task& task, u64 flags) {
    Nsset set{flags, prepare_nsproxy(k, task.nsproxy), {}, task.cred};
    if (flags & CLONE::NEWUSER) set.cred = prepare_creds(k, task.cred);
    // Only a change of more than the mount namespace needs a copy that can be thrown away.
    if (flags == CLONE::NEWNS)
        set.fs = task.fs;
    else if (flags & CLONE::NEWNS)
        set.fs = copy_fs_struct(k, task.fs);
    return set;
}

void put_nsset(Kernel& k, const Task& task, const Nsset& set) {
    if (set.cred != task.cred) put_cred(k, set.cred);
    if (set.fs && set.fs != task.fs) free_fs_struct(k, set.fs);
    drop_prepared(k, set.nsproxy);
}

/// Nothing can fail any more. Source: kernel/nsproxy.c, commit_nsset().
void commit_nsset(Kernel& k, Id<Task> id, Task& task, const Nsset& set) {
    if (set.flags & CLONE::NEWUSER) commit_creds(k, id, set.cred);
    if (set.fs && set.fs != task.fs) {
        set_fs_root(k, task.fs, k[set.fs].root);
        set_fs_pwd(k, task.fs, k[set.fs].pwd);
    }
    if (set.flags & CLONE::NEWTIME) timens_commit(k, set.nsproxy.ns->time_ns);
    switch_to(k, task, set.nsproxy, [&] { put_others(k, *set.nsproxy.was, *set.nsproxy.ns); });
    if (set.fs && set.fs != task.fs) free_fs_struct(k, set.fs);
}

// setns(2) to the namespace that a file is. A function a sort, as short as it can be: it asks first where it can,
// prepares, and commits when nothing can fail any more.

[[gnu::noinline, gnu::cold]] tl::unexpected<Error> give_up(Kernel& k, const Prepared& made, const Error& error) {
    drop_prepared(k, made);
    return tl::unexpected<Error>(error);
}

/// The task points to `ns`, and for the rest to what it pointed to.
template <class Ns>
[[gnu::always_inline]] inline void point_to(Kernel& k, Task& task, Id<Ns> Nsproxy::*slot, Id<Ns> ns) {
    const Prepared made = prepare_nsproxy(k, task.nsproxy);
    install_ns(k, made.ns->*slot, ns);
    switch_to(k, task, made, [&] {
        if (made.was->*slot != ns) put(k, made.was->*slot);
    });
}

/// The task's own root and working directory move.
[[gnu::noinline]] Result<> setns_mnt(Kernel& k, Task& task, Id<MntNamespace> ns) {
    const Cred& current = std::as_const(k)[task.cred];
    TRY(mntns_install(k, current, task.fs, current.user_ns, ns));
    point_to(k, task, &Nsproxy::mnt_ns, ns);
    return {};
}

/// The nsproxy is another one, although nothing in it is.
[[gnu::noinline]] Result<> setns_user(Kernel& k, Id<Task> id, Task& task, Id<Namespace> ns) {
    TRY(may_enter_userns(k, id, ns));
    commit_user_ns(k, id, ns);
    switch_to(k, task, prepare_nsproxy(k, task.nsproxy), [] {});
    return {};
}

[[gnu::noinline]] Result<> setns_time(Kernel& k, Id<Task> id, Task& task, Id<Namespace> ns) {
    const Prepared made = prepare_nsproxy(k, task.nsproxy);
    if (auto valid = timens_install(k, id, *made.ns, task_user_ns(k, id), ns); !valid) [[unlikely]]
        return give_up(k, made, valid.error());
    timens_commit(k, made.ns->time_ns);
    switch_to(k, task, made, [&] { put_others(k, *made.was, *made.ns); });
    return {};
}

/// Nothing but the nsproxy changes, and nothing can fail behind the check, so that it comes first.
[[gnu::always_inline]] inline Result<> setns_pointer(Kernel& k, Id<Task> id, Task& task, const Inode& inode) {
    const Id<Namespace> ns{inode.ns_index};
    const Cred& current = std::as_const(k).creds[task.cred];
    TRY(may_install(k, id, current, current.user_ns, inode.ns_type, ns));
    point_to(k, task, kSlots[static_cast<std::size_t>(inode.ns_type)], ns);
    return {};
}

/// setns(2) to what a process has of the namespaces that the flags name.
[[gnu::noinline]] Result<> setns_pidfd(Kernel& k, Id<Task> task, Id<Pid> pidfd, u64 flags) {
    if (!flags) return fail(E::INVAL, "a pidfd needs to be told which namespaces to take", "sys_setns");
    if (flags & ~(kNsproxyFlags | CLONE::NEWUSER)) return fail(E::INVAL, "setns knows no such flag", "sys_setns");
    const Id<Task> target = pid_task(k, pidfd, PidType::PID);
    Task& t = k[task];
    Nsset set = prepare_nsset(k, t, flags);
    if (auto valid = validate_nsset(k, task, set, target); !valid) {
        put_nsset(k, t, set);
        return valid;
    }
    commit_nsset(k, task, t, set);
    return {};
}

[[gnu::noinline, gnu::cold]] Result<> setns_no_file(Kernel& k, Id<Task> task, Id<Pid> pidfd, u64 flags) {
    if (pidfd) return setns_pidfd(k, task, pidfd, flags);
    return fail(E::INVAL, "the descriptor is neither a namespace nor a process", "sys_setns");
}

} // namespace

/// setns(2): `fd` is a namespace's file, with `flags` 0 or its type, or a pidfd, with the types to take over.
/// EBADF: no open file. EINVAL: another type, no type or an unknown one, or neither sort of file. ESRCH: the pidfd's
/// process has exited. Otherwise what the namespaces say. Source: kernel/nsproxy.c.
Result<> sys_setns(Kernel& k, Id<Task> task, i32 fd, u64 flags) {
    flags &= 0xffffffff; // an int
    if (fd >= 0 && fd <= 2) [[unlikely]]
        return setns_no_file(k, task, {}, flags);
    const Kernel& c = k;
    const File& file = c[TRY(fdget(c, task, fd))];
    if (!file.f_inode || file_inode(c, file).kind != InodeKind::ns_file) [[unlikely]]
        return setns_no_file(k, task, file.pidfd, flags);
    const Inode& inode = file_inode(c, file);
    const u64 flag = clone_flag(inode.ns_type);
    if (flags && flags != flag) [[unlikely]]
        return fail(E::INVAL, "the namespace is of another type");
    Task& t = k.tasks[task];
    switch (flag) {
    case CLONE::NEWNS: return setns_mnt(k, t, Id<MntNamespace>{inode.ns_index});
    case CLONE::NEWUSER: return setns_user(k, task, t, Id<Namespace>{inode.ns_index});
    case CLONE::NEWTIME: return setns_time(k, task, t, Id<Namespace>{inode.ns_index});
    default: return setns_pointer(k, task, t, inode);
    }
}

} // namespace nslab
