// Stopping and going on: the group stop of a process, what its parent is told of it, and process groups that nobody
// outside looks after any more. Follows kernel/signal.c and kernel/exit.c of Linux 6.18. Tracing is left out, and so
// are the races of a stop with what ends it: a task that is told to stop does so before anybody else runs.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

/// Source: kernel/signal.c, signal_set_stop_flags().
static void signal_set_stop_flags(SignalStruct& sig, u32 flags) {
    sig.flags = (sig.flags & ~SIGNAL::STOP_MASK) | flags;
}

/// Source: kernel/signal.c, task_set_jobctl_pending().
static bool task_set_stop_pending(Kernel& k, Id<Task> task) {
    if (fatal_signal_pending(k, task) || k[task].exiting) return false;
    k[task].jobctl |= JOBCTL::STOP_PENDING | JOBCTL::STOP_CONSUME;
    return true;
}

void task_clear_stop_pending(Kernel& k, Id<Task> task) {
    k[task].jobctl &= ~(JOBCTL::STOP_PENDING | JOBCTL::STOP_CONSUME);
}

bool task_participate_group_stop(Kernel& k, Id<Task> task) {
    SignalStruct& sig = k[k[task].signal];
    const bool consume = (k[task].jobctl & JOBCTL::STOP_CONSUME) != 0;
    task_clear_stop_pending(k, task);
    if (!consume) return false;
    --sig.group_stop_count;
    if (sig.group_stop_count || (sig.flags & SIGNAL::STOP_STOPPED)) return false;
    signal_set_stop_flags(sig, SIGNAL::STOP_STOPPED);
    return true;
}

void do_notify_parent_cldstop(Kernel& k, Id<Task> task, i32 why) {
    task = k[task].group_leader;
    const Id<Task> parent = k[task].real_parent;
    if (!parent) return;
    Siginfo info;
    info.signo = SIG::CHLD;
    info.code = why;
    info.pid = task_pid_nr_ns(k, task, task_active_pid_ns(k, parent));
    info.uid = from_kid_munged(k, task_user_ns(k, parent), IdKind::uid, task_cred(k, task).uid);
    info.status = why == CLD::CONTINUED ? SIG::CONT : k[k[task].signal].group_exit_code & 0x7f;
    const KSigaction action = sigaction_of(k, parent, SIG::CHLD);
    if (action.handler != kSigIgn && !(action.flags & SA::NOCLDSTOP)) send_signal_locked(k, info, parent, false);
    wake_up_parent(k, task, parent); // it may wait for this without a signal
}

bool do_signal_stop(Kernel& k, Id<Task> task, i32 sig) {
    SignalStruct& signal = k[k[task].signal];
    if (!(k[task].jobctl & JOBCTL::STOP_PENDING)) {
        if (!sig || (signal.flags & SIGNAL::GROUP_EXIT) || signal.group_exec_task) return false;
        if (!(signal.flags & SIGNAL::STOP_STOPPED)) signal.group_exit_code = sig;
        signal.group_stop_count = 0;
        for (Id<Task> t = signal.thread_head; t; t = k[t].thread_next) {
            if ((k[t].jobctl & JOBCTL::STOPPED) || !task_set_stop_pending(k, t)) continue;
            ++signal.group_stop_count;
            if (t != task) signal_wake_up(k, t, false);
        }
    }
    const bool last = task_participate_group_stop(k, task);
    k[task].jobctl |= JOBCTL::STOPPED;
    if (last) {
        k.note([&] { return "process " + std::to_string(k[task].tgid) + " is stopped"; });
        do_notify_parent_cldstop(k, task, CLD::STOPPED);
    }
    return true;
}

void continue_group(Kernel& k, Id<SignalStruct> id) {
    SignalStruct& sig = k[id];
    for (Id<Task> t = sig.thread_head; t; t = k[t].thread_next) {
        task_clear_stop_pending(k, t);
        if (!(k[t].jobctl & JOBCTL::STOPPED)) continue;
        k[t].jobctl &= ~JOBCTL::STOPPED;
        wake_up(k, t);
    }
    u32 why = 0;
    if (sig.flags & SIGNAL::STOP_STOPPED)
        why = SIGNAL::CLD_CONTINUED;
    else if (sig.group_stop_count)
        why = SIGNAL::CLD_STOPPED; // a stop that was cut short is told as one
    if (!why) return;
    // The first thread that wakes notices and tells the parent.
    signal_set_stop_flags(sig, why | SIGNAL::STOP_CONTINUED);
    sig.group_stop_count = 0;
    sig.group_exit_code = 0;
}

bool tell_stop_or_go(Kernel& k, Id<Task> task) {
    SignalStruct& sig = k[k[task].signal];
    if (!(sig.flags & SIGNAL::CLD_MASK)) return false;
    const i32 why = sig.flags & SIGNAL::CLD_CONTINUED ? CLD::CONTINUED : CLD::STOPPED;
    sig.flags &= ~SIGNAL::CLD_MASK;
    do_notify_parent_cldstop(k, task, why);
    return true;
}

// ---- orphaned process groups

/// Whether no process of the group, but `ignored`, has a parent in another group of the same session, who could let it
/// go on. The kernel also passes over children of the machine's first process, which is in no world of ours.
/// Source: kernel/exit.c, will_become_orphaned_pgrp().
static bool will_become_orphaned_pgrp(const Kernel& k, Id<Pid> pgrp, Id<Task> ignored) {
    constexpr auto n = static_cast<std::size_t>(PidType::PGID);
    for (Id<Task> p = pid_task(k, pgrp, PidType::PGID); p; p = k[p].pid_links[n].first) {
        const Id<Task> parent = k[p].real_parent;
        if (p == ignored || !parent) continue;
        if (k[p].exit_state != ExitState::running && thread_group_empty(k, p)) continue;
        if (task_pgrp(k, parent) != pgrp && task_session(k, parent) == task_session(k, p)) return false;
    }
    return true;
}

bool is_current_pgrp_orphaned(const Kernel& k, Id<Task> task) {
    return will_become_orphaned_pgrp(k, task_pgrp(k, task), {});
}

static bool has_stopped_jobs(const Kernel& k, Id<Pid> pgrp) {
    constexpr auto n = static_cast<std::size_t>(PidType::PGID);
    for (Id<Task> p = pid_task(k, pgrp, PidType::PGID); p; p = k[p].pid_links[n].first)
        if (k[k[p].signal].flags & SIGNAL::STOP_STOPPED) return true;
    return false;
}

void kill_orphaned_pgrp(Kernel& k, Id<Task> task, Id<Task> parent) {
    const Id<Pid> pgrp = task_pgrp(k, task);
    const Id<Task> ignored = parent ? Id<Task>{} : task;
    if (!parent) parent = k[task].real_parent;
    if (!parent || task_pgrp(k, parent) == pgrp || task_session(k, parent) != task_session(k, task)) return;
    if (!will_become_orphaned_pgrp(k, pgrp, ignored) || !has_stopped_jobs(k, pgrp)) return;
    k.note(
        [&] { return "process group " + std::to_string(k[pgrp].numbers[0]) + " is orphaned, and some of it stopped"; });
    (void)kill_pgrp(k, {}, pgrp, SIG::HUP);
    (void)kill_pgrp(k, {}, pgrp, SIG::CONT);
}

} // namespace nslab
