// kill(2) and its like: whom a signal goes to. Follows kernel/signal.c of Linux 6.18.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

Result<> for_each_of_pgrp(Kernel& k, Id<Pid> pgrp, const std::function<Result<>(Id<Task>)>& send) {
    Result<> result = fail(E::SRCH, "there is no such process group");
    bool reached = false;
    if (!pgrp) return result;
    constexpr auto n = static_cast<std::size_t>(PidType::PGID);
    for (Id<Task> t = pid_task(k, pgrp, PidType::PGID), next; t; t = next) {
        next = k[t].pid_links[n].first;
        const auto sent = send(t);
        if (!sent && not_modelled(sent.error())) return sent;
        if (!reached) result = sent;
        reached |= bool(sent);
    }
    return result;
}

Result<> kill_pgrp(Kernel& k, Sender sender, Id<Pid> pgrp, i32 sig) {
    return for_each_of_pgrp(k, pgrp, [&](Id<Task> t) { return send_sig(k, sender, t, sig, PidType::PGID); });
}

/// kill(-1): every process that has a number above 1 in the caller's PID namespace, but its own.
static Result<> kill_all(Kernel& k, Id<Task> task, i32 sig) {
    std::vector<Id<Task>> targets;
    const Id<Namespace> ns = task_active_pid_ns(k, task);
    const Idr<Id<Pid>>& idr = std::as_const(k)[ns].idr;
    for (u32 nr = idr.first_taken(2); nr; nr = idr.first_taken(nr + 1)) {
        const Id<Task> t = pid_task(k, idr.find(nr), PidType::TGID);
        if (t && k[t].signal != k[task].signal) targets.push_back(t);
    }
    if (targets.empty()) return fail(E::SRCH, "there is no process that the signal could go to");
    Result<> result;
    for (const Id<Task> t : targets) {
        const auto sent = send_sig(k, {task}, t, sig, PidType::TGID);
        if (sent || sent.error().code != E::PERM) result = sent;
    }
    return result;
}

static Result<> kill_something(Kernel& k, Id<Task> task, i32 pid, i32 sig) {
    if (pid > 0) {
        const Id<Task> target = find_task_by_vpid(k, task, pid);
        if (!target) return fail(E::SRCH, "no process has this PID in the caller's PID namespace");
        return send_sig(k, {task}, target, sig, PidType::TGID);
    }
    if (pid == INT32_MIN) return fail(E::SRCH, "there is no such process group");
    if (pid == -1) return kill_all(k, task, sig);
    return kill_pgrp(k, {task}, pid ? find_vpid(k, task, -pid) : task_pgrp(k, task), sig);
}

/// kill(2). `sig` 0 only asks. A zombie can be signalled, and nothing happens.
/// ESRCH: nobody there, which is found before EINVAL for what is no signal; EPERM. Source: kill_something_info().
Result<> sys_kill(Kernel& k, Id<Task> task, i32 pid, i32 sig) {
    const auto result = kill_something(k, task, pid, sig);
    schedule(k, task);
    return result;
}

/// tgkill(2): one thread of a process; with `tgid` 0 tkill(2), whatever its process.
/// EINVAL: a number below 1; ESRCH: no such thread in that process. Source: kernel/signal.c, do_send_specific().
Result<> sys_tgkill(Kernel& k, Id<Task> task, std::optional<i32> tgid, i32 pid, i32 sig) {
    if (pid <= 0 || (tgid && *tgid <= 0)) return fail(E::INVAL, "a number is 1 or above");
    const Id<Task> target = find_task_by_vpid(k, task, pid);
    if (!target || (tgid && task_pid_nr_ns(k, target, task_active_pid_ns(k, task), PidType::TGID) != *tgid))
        return fail(E::SRCH, "the process has no such thread");
    const auto result = send_sig(k, {task, SI::TKILL}, target, sig, PidType::PID);
    schedule(k, task);
    return result;
}

/// Nobody pretends that the kernel, kill(2) or tgkill(2) has sent a signal, unless to itself.
static bool pretends(const Siginfo& info) { return info.code >= 0 || info.code == SI::TKILL; }

/// rt_sigqueueinfo(2): to a process, with a siginfo of the sender's own, whose si_signo does not count.
/// EFAULT; EPERM: it pretends (which comes first), or as for kill(2); ESRCH; EINVAL. Source: kernel/signal.c.
Result<> sys_rt_sigqueueinfo(Kernel& k, Id<Task> task, i32 pid, i32 sig, const std::optional<Siginfo>& uinfo) {
    if (!uinfo) return fail(E::FAULT, "there is nothing to read");
    Siginfo info = *uinfo;
    info.signo = sig;
    if (pretends(info) && task_pid_vnr(k, task) != pid)
        return fail(E::PERM, "a code of 0 or above, or SI_TKILL, goes to oneself only", "do_rt_sigqueueinfo");
    const Id<Task> target = find_task_by_vpid(k, task, pid);
    if (!target) return fail(E::SRCH, "no process has this PID in the caller's PID namespace", "kill_proc_info");
    const auto result = send_sig_info(k, task, target, info, PidType::TGID);
    schedule(k, task);
    return result;
}

/// rt_tgsigqueueinfo(2): the same to one thread. EINVAL also: a number below 1. Source: kernel/signal.c.
Result<> sys_rt_tgsigqueueinfo(Kernel& k, Id<Task> task, i32 tgid, i32 pid, i32 sig,
                               const std::optional<Siginfo>& uinfo) {
    if (!uinfo) return fail(E::FAULT, "there is nothing to read");
    Siginfo info = *uinfo;
    info.signo = sig;
    if (pid <= 0 || tgid <= 0) return fail(E::INVAL, "a number is 1 or above", "do_rt_tgsigqueueinfo");
    if (pretends(info) && task_pid_vnr(k, task) != pid)
        return fail(E::PERM, "a code of 0 or above, or SI_TKILL, goes to oneself only", "do_rt_tgsigqueueinfo");
    const Id<Task> target = find_task_by_vpid(k, task, pid);
    if (!target || task_pid_nr_ns(k, target, task_active_pid_ns(k, task), PidType::TGID) != tgid)
        return fail(E::SRCH, "the process has no such thread", "do_send_specific");
    const auto result = send_sig_info(k, task, target, info, PidType::PID);
    schedule(k, task);
    return result;
}

/// pidfd_send_signal(2), with or without a siginfo. EBADF: no pidfd; EINVAL: unknown or several flags, a process that
/// the caller's PID namespace does not show, or a siginfo of another signal; EPERM: it pretends; ESRCH: the process has
/// been reaped. Source: kernel/signal.c.
Result<> sys_pidfd_send_signal(Kernel& k, Id<Task> task, i32 fd, i32 sig, const std::optional<Siginfo>& info,
                               u32 flags) {
    constexpr u32 kKnown = kPidfdSignalThread | kPidfdSignalThreadGroup | kPidfdSignalProcessGroup;
    if ((flags & ~kKnown) || (flags & (flags - 1))) return fail(E::INVAL, "pidfd_send_signal knows no such flags");
    const File& file = std::as_const(k)[TRY(fdget(k, task, fd))];
    const Id<Pid> pid = file.pidfd ? file.pidfd : TRY(tgid_pidfd_to_pid(k, file));
    // access_pidfd_pidns(): of the caller's own PID namespace or one below it.
    Id<Namespace> ns = k[pid].ns;
    while (ns && ns != task_active_pid_ns(k, task)) ns = k[ns].parent;
    if (!ns) return fail(E::INVAL, "the process is in no PID namespace that the caller sees");
    const bool thread = flags == kPidfdSignalThread || (flags == 0 && (file.f_flags & kPidfdThread));
    const bool group = flags == kPidfdSignalProcessGroup;
    if (info && info->signo != sig) return fail(E::INVAL, "the siginfo is of another signal");
    if (info && pretends(*info) && (pid != task_pid(k, task) || group))
        return fail(E::PERM, "a code of 0 or above, or SI_TKILL, goes to oneself only");
    const PidType type = group ? PidType::PGID : thread ? PidType::PID : PidType::TGID;
    const auto send = [&](Id<Task> t) {
        if (info) return send_sig_info(k, task, t, *info, type);
        return send_sig(k, {task, thread ? SI::TKILL : SI::USER}, t, sig, type);
    };
    Result<> result;
    if (group) {
        result = for_each_of_pgrp(k, pid, send);
    } else if (const Id<Task> target = pid_task(k, pid, PidType::PID)) {
        result = send(target);
    } else {
        result = fail(E::SRCH, "the process has been reaped");
    }
    schedule(k, task);
    return result;
}

} // namespace nslab
