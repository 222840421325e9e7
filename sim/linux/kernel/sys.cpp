// Small calls about the caller itself. Follows kernel/sys.c of Linux 6.18.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// umask(2): never fails; gives the old mask. The mask is shared as the fs_struct is.
Result<i64> sys_umask(Kernel& k, Id<Task> task, u32 mask) {
    FsStruct& fs = k[k[task].fs];
    const u32 old = fs.umask;
    fs.umask = mask & 0777;
    return old;
}

/// getpid(2): the caller's number in its own PID namespace.
Result<i64> sys_getpid(Kernel& k, Id<Task> task) { return task_pid_vnr(k, k[task].group_leader); }

/// getppid(2): the parent's number in the caller's PID namespace, 0 where the parent is outside of it.
Result<i64> sys_getppid(Kernel& k, Id<Task> task) {
    const Id<Task> parent = k[task].real_parent;
    if (!parent) return 0;
    return task_pid_nr_ns(k, parent, task_active_pid_ns(k, task), PidType::TGID);
}

/// gettid(2): the number of the calling thread.
Result<i64> sys_gettid(Kernel& k, Id<Task> task) { return task_pid_vnr(k, task); }

// ---- process groups and sessions

/// setpgid(2): 0 is the caller, and for the group the process itself.
/// EINVAL: a negative group, or a thread; ESRCH: neither the caller nor a child of it; EPERM: a session leader, another
/// session, or no such group in it; EACCES: a child that has called execve(). Source: kernel/sys.c.
Result<> sys_setpgid(Kernel& k, Id<Task> task, i32 pid, i32 pgid) {
    const Id<Task> leader = k[task].group_leader;
    if (!pid) pid = task_pid_vnr(k, leader);
    if (!pgid) pgid = pid;
    if (pgid < 0) return fail(E::INVAL, "a process group is 1 or above");
    const Id<Task> p = find_task_by_vpid(k, task, pid);
    if (!p) return fail(E::SRCH, "no process has this PID in the caller's PID namespace");
    if (!thread_group_leader(k, p)) return fail(E::INVAL, "this is a thread and no process");
    const Id<Task> parent = k[p].real_parent;
    if (parent && k[parent].signal == k[task].signal) {
        if (task_session(k, p) != task_session(k, leader)) return fail(E::PERM, "the child is in another session");
        if (!k[p].forknoexec) return fail(E::ACCES, "the child has called execve()");
    } else if (p != leader) {
        return fail(E::SRCH, "the process is neither the caller nor a child of it");
    }
    if (k[k[p].signal].leader) return fail(E::PERM, "a session leader stays in its process group");
    Id<Pid> pgrp = task_pid(k, p);
    if (pgid != pid) {
        pgrp = find_vpid(k, task, pgid);
        const Id<Task> g = pgrp ? pid_task(k, pgrp, PidType::PGID) : Id<Task>{};
        if (!g || task_session(k, g) != task_session(k, leader))
            return fail(E::PERM, "the session has no such process group");
    }
    if (task_pgrp(k, p) != pgrp) change_pid(k, p, PidType::PGID, pgrp);
    schedule(k, task);
    return {};
}

/// A process of the caller's PID namespace, 0 is the caller. ESRCH.
static Result<Id<Task>> process_of(const Kernel& k, Id<Task> task, i32 pid) {
    if (!pid) return task;
    const Id<Task> p = find_task_by_vpid(k, task, pid);
    if (!p) return fail(E::SRCH, "no process has this PID in the caller's PID namespace");
    return p;
}

/// getpgid(2): 0 where the group's number lies outside of the caller's PID namespace.
Result<i64> sys_getpgid(Kernel& k, Id<Task> task, i32 pid) {
    return task_pid_nr_ns(k, TRY(process_of(k, task, pid)), task_active_pid_ns(k, task), PidType::PGID);
}

/// getsid(2), likewise.
Result<i64> sys_getsid(Kernel& k, Id<Task> task, i32 pid) {
    return task_pid_nr_ns(k, TRY(process_of(k, task, pid)), task_active_pid_ns(k, task), PidType::SID);
}

/// setsid(2): a session and a process group of its own. EPERM: it leads a session, or a group has its number.
Result<i64> sys_setsid(Kernel& k, Id<Task> task) {
    const Id<Task> leader = k[task].group_leader;
    const Id<Pid> sid = task_pid(k, leader);
    SignalStruct& signal = k[k[leader].signal];
    if (signal.leader) return fail(E::PERM, "the caller leads a session already");
    if (pid_task(k, sid, PidType::PGID)) return fail(E::PERM, "a process group has the caller's number");
    signal.leader = true;
    if (task_session(k, leader) != sid) change_pid(k, leader, PidType::SID, sid);
    if (task_pgrp(k, leader) != sid) change_pid(k, leader, PidType::PGID, sid);
    schedule(k, task);
    return pid_nr_ns(k, sid, task_active_pid_ns(k, task));
}

// ---- prctl(2)

/// Every descendant knows that it may have a subreaper above it. Source: kernel/exit.c...
/// propagate_has_child_subreaper.
static void propagate_has_child_subreaper(Kernel& k, Id<Task> task) {
    for (Id<Task> t = k[k[task].signal].thread_head; t; t = k[t].thread_next)
        for (Id<Task> child = k[t].children; child; child = k[child].sibling_next) {
            SignalStruct& signal = k[k[child].signal];
            // Whoever has it already has passed it on; an init reaps for its own namespace.
            if (signal.has_child_subreaper || is_child_reaper(k, task_pid(k, child))) continue;
            signal.has_child_subreaper = true;
            propagate_has_child_subreaper(k, child);
        }
}

/// Where an option writes what it tells. EFAULT: nowhere.
static Result<PrctlDone> written(u64 where, i64 value) {
    if (where != static_cast<u64>(OutPtr::somewhere)) return fail(E::FAULT, "there is nowhere to write to");
    return PrctlDone{0, value};
}

/// PR_SET_NO_NEW_PRIVS, which is never taken back, and PR_GET_NO_NEW_PRIVS. EINVAL: other arguments.
static Result<PrctlDone> no_new_privs(Kernel& k, Id<Task> task, bool set, std::array<u64, 4> args) {
    if (args[0] != (set ? 1U : 0U) || args[1] || args[2] || args[3])
        return fail(E::INVAL, "it is set with 1 and zeros, and asked for with zeros", "sys_prctl");
    if (set) k[task].no_new_privs = true;
    return PrctlDone{set ? 0 : k[task].no_new_privs, {}};
}

/// prctl(2) with what is about capabilities (capability.cpp), PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER,
/// PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_DUMPABLE, PR_GET_DUMPABLE, PR_SET_NO_NEW_PRIVS and PR_GET_NO_NEW_PRIVS:
/// what is returned or written.
/// EINVAL: no signal, or no such value; EFAULT: nowhere to write; EPERM. Source: kernel/sys.c.
Result<PrctlDone> sys_prctl(Kernel& k, Id<Task> task, u32 option, std::array<u64, 4> args) {
    if (const auto done = cap_task_prctl(k, task, option, args)) return PrctlDone{TRY(Result<i64>(*done)), {}};
    SignalStruct& signal = k[k[task].signal];
    const u64 arg2 = args[0];
    switch (option) {
    case PR::SET_PDEATHSIG:
        if (arg2 > static_cast<u64>(SIG::RTMAX)) return fail(E::INVAL, "there is no such signal");
        k[task].pdeath_signal = static_cast<i32>(arg2);
        return PrctlDone{};
    case PR::GET_PDEATHSIG: return written(arg2, k[task].pdeath_signal);
    case PR::GET_DUMPABLE: return PrctlDone{k[k[task].mm].dumpable, {}};
    case PR::SET_DUMPABLE:
        if (arg2 > 1) return fail(E::INVAL, "others may look at it (1) or not (0)");
        k[k[task].mm].dumpable = arg2 != 0;
        return PrctlDone{};
    case PR::SET_CHILD_SUBREAPER:
        signal.is_child_subreaper = arg2 != 0;
        if (arg2) propagate_has_child_subreaper(k, task);
        return PrctlDone{};
    case PR::GET_CHILD_SUBREAPER: return written(arg2, signal.is_child_subreaper);
    case PR::SET_NO_NEW_PRIVS: return no_new_privs(k, task, true, args);
    case PR::GET_NO_NEW_PRIVS: return no_new_privs(k, task, false, args);
    default: return fail(E::NOSYS, "not modelled yet: this option of prctl");
    }
}

} // namespace nslab
