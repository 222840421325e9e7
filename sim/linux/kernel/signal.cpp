// Signals: sending, pending, what becomes of them. Follows kernel/signal.c of Linux 6.18; stopping is in jobctl.cpp. A
// handler is only known to have run, and no core is dumped. A task heeds its signals when it runs again, which is at
// the end of the call that sent them.

#include <algorithm>
#include <string>

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

namespace {

constexpr Sigset kIgnore = sig_bit(SIG::CONT) | sig_bit(SIG::CHLD) | sig_bit(SIG::WINCH) | sig_bit(SIG::URG);
constexpr Sigset kStop = sig_bit(SIG::STOP) | sig_bit(SIG::TSTP) | sig_bit(SIG::TTIN) | sig_bit(SIG::TTOU);
constexpr Sigset kOnly = sig_bit(SIG::KILL) | sig_bit(SIG::STOP);
constexpr Sigset kCoredump = sig_bit(SIG::QUIT) | sig_bit(SIG::ILL) | sig_bit(SIG::TRAP) | sig_bit(SIG::ABRT) |
                             sig_bit(SIG::FPE) | sig_bit(SIG::SEGV) | sig_bit(SIG::BUS) | sig_bit(SIG::SYS) |
                             sig_bit(SIG::XCPU) | sig_bit(SIG::XFSZ);
constexpr i32 kSigRtMin = 32;

bool has(Sigset set, i32 sig) { return (set & sig_bit(sig)) != 0; }

} // namespace

// ---- actions

KSigaction sigaction_of(const Kernel& k, Id<Task> task, i32 sig) {
    const std::vector<KSigaction>& action = k[k[task].sighand].action;
    return action.empty() ? KSigaction{} : action[static_cast<std::size_t>(sig - 1)];
}

void set_sigaction(Kernel& k, Id<Task> task, i32 sig, const KSigaction& to) {
    std::vector<KSigaction>& action = k[k[task].sighand].action;
    if (action.empty()) action.resize(static_cast<std::size_t>(SIG::RTMAX));
    action[static_cast<std::size_t>(sig - 1)] = to;
}

void flush_signal_handlers(Kernel& k, Id<SighandStruct> sighand) {
    for (KSigaction& a : k[sighand].action) a = KSigaction{a.handler == kSigIgn ? kSigIgn : kSigDfl, 0, 0};
}

/// Source: kernel/signal.c, sig_handler_ignored().
static bool handler_ignored(u64 handler, i32 sig) {
    return handler == kSigIgn || (handler == kSigDfl && has(kIgnore, sig));
}

/// Whether the signal is dropped when it is sent. `force`: it comes from an ancestor PID namespace or the kernel.
/// Source: kernel/signal.c, sig_ignored() and sig_task_ignored().
static bool sig_ignored(const Kernel& k, Id<Task> task, i32 sig, bool force) {
    // What is blocked is never ignored: the action may be another one when it is unblocked.
    if (has(k[task].blocked, sig)) return false;
    const u64 handler = sigaction_of(k, task, sig).handler;
    if (task == k.init && has(kOnly, sig)) return true;
    const bool unkillable = (k[k[task].signal].flags & SIGNAL::UNKILLABLE) != 0;
    if (unkillable && handler == kSigDfl && !(force && has(kOnly, sig))) return true;
    return handler_ignored(handler, sig);
}

// ---- queues

static void flush_sigqueue_mask(Sigset mask, Sigpending& pending) {
    if (!(pending.signal & mask)) return;
    pending.signal &= ~mask;
    std::erase_if(pending.list, [&](const Siginfo& info) { return has(mask, info.signo); });
}

static void flush_of_process(Kernel& k, Id<Task> task, Sigset mask) {
    SignalStruct& sig = k[k[task].signal];
    flush_sigqueue_mask(mask, sig.shared_pending);
    for (Id<Task> t = sig.thread_head; t; t = k[t].thread_next) flush_sigqueue_mask(mask, k[t].pending);
}

/// Takes the lowest signal of `set` out of the queue. Source: kernel/signal.c, __dequeue_signal().
static Siginfo dequeue(Sigpending& pending, Sigset set) {
    Siginfo info;
    const Sigset there = pending.signal & set;
    if (!there) return info;
    info.signo = static_cast<i32>(__builtin_ctzll(there)) + 1;
    info.code = SI::USER;
    const auto is = [&](const Siginfo& i) { return i.signo == info.signo; };
    if (const auto first = std::find_if(pending.list.begin(), pending.list.end(), is); first != pending.list.end()) {
        info = *first;
        pending.list.erase(first);
    }
    if (std::none_of(pending.list.begin(), pending.list.end(), is)) pending.signal &= ~sig_bit(info.signo);
    return info;
}

Siginfo dequeue_signal(Kernel& k, Id<Task> task, Sigset set) {
    const Siginfo own = dequeue(k[task].pending, set);
    return own.signo ? own : dequeue(k[k[task].signal].shared_pending, set);
}

static Sigset unblocked_pending(const Kernel& k, Id<Task> task) {
    const Task& t = k[task];
    return (t.pending.signal | k[t.signal].shared_pending.signal) & ~t.blocked;
}

bool recalc_sigpending(Kernel& k, Id<Task> task) {
    if (!unblocked_pending(k, task)) return false;
    wake_up(k, task);
    return true;
}

/// Whether one of kStop without a handler stops the process: the others are for a shell that would let it go on.
static bool stops(const Kernel& k, Id<Task> task, i32 sig) {
    return sig == SIG::STOP || !is_current_pgrp_orphaned(k, task);
}

bool stop_is_pending(const Kernel& k, Id<Task> task) {
    for (Sigset left = unblocked_pending(k, task) & kStop; left; left &= left - 1) {
        const i32 sig = static_cast<i32>(__builtin_ctzll(left)) + 1;
        if (sigaction_of(k, task, sig).handler == kSigDfl && stops(k, task, sig)) return true;
    }
    return false;
}

bool fatal_signal_pending(const Kernel& k, Id<Task> task) { return has(k[task].pending.signal, SIG::KILL); }

// ---- sending

void wake_up(Kernel& k, Id<Task> task) { k.woken.push_back(task); }

void signal_wake_up(Kernel& k, Id<Task> task, bool fatal) {
    // Everybody else heeds it at once, and the flag is gone.
    if (k[task].sleep == Sleep::vfork) k[task].sigpending = true;
    if (fatal) k[task].jobctl &= ~JOBCTL::STOPPED;
    wake_up(k, task);
}

static void kill_thread(Kernel& k, Id<Task> task) {
    task_clear_stop_pending(k, task);
    k[task].pending.signal |= sig_bit(SIG::KILL);
    signal_wake_up(k, task, true);
}

/// A task that is stopped, or that has been told of a signal already and has not run since, is not bothered; not even
/// where that signal has been taken back meanwhile.
/// Source: kernel/signal.c, wants_signal().
static bool wants_signal(const Kernel& k, Id<Task> task, i32 sig) {
    const Task& t = k[task];
    if (has(t.blocked & ~t.awaited, sig) || t.exiting) return false;
    if (sig == SIG::KILL) return true;
    return !(t.jobctl & JOBCTL::STOPPED) && !t.sigpending;
}

/// Finds a thread to take the signal, or begins the end of the whole process. Source: kernel/signal.c,
/// complete_signal().
static void complete_signal(Kernel& k, Id<Task> p, i32 sig, PidType type) {
    SignalStruct& signal = k[k[p].signal];
    Id<Task> t = p;
    if (!wants_signal(k, t, sig)) {
        if (type == PidType::PID || thread_group_empty(k, p)) return;
        t = signal.curr_target;
        while (!wants_signal(k, t, sig)) {
            t = next_thread(k, t);
            if (t == signal.curr_target) return; // whoever unblocks it will see it
        }
        signal.curr_target = t;
    }
    // One that the main thread of an init blocks, and was kept for that, is dropped by the thread that takes it.
    const bool kept = (signal.flags & SIGNAL::UNKILLABLE) && sig != SIG::KILL;
    const bool fatal = !kept && !has(kIgnore | kStop, sig) && sigaction_of(k, p, sig).handler == kSigDfl;
    const bool waits_for_it = has(k[t].blocked & k[t].awaited, sig);
    if (fatal && !waits_for_it && !(signal.flags & SIGNAL::GROUP_EXIT) && !has(kCoredump, sig)) {
        k.note([&] { return "signal " + std::to_string(sig) + " ends process " + std::to_string(k[p].tgid); });
        signal.flags = SIGNAL::GROUP_EXIT;
        signal.group_exit_code = sig;
        signal.group_stop_count = 0;
        for (t = signal.thread_head; t; t = k[t].thread_next) kill_thread(k, t);
        return;
    }
    signal_wake_up(k, t, sig == SIG::KILL);
}

/// Source: kernel/signal.c, __send_signal_locked() and prepare_signal().
static void send_to(Kernel& k, const Siginfo& info, Id<Task> t, PidType type, bool force) {
    const i32 sig = info.signo;
    SignalStruct& signal = k[k[t].signal];
    if (signal.flags & SIGNAL::GROUP_EXIT) return; // the process is dying
    if (has(kStop, sig)) flush_of_process(k, t, sig_bit(SIG::CONT));
    if (sig == SIG::CONT) {
        flush_of_process(k, t, kStop);
        continue_group(k, k[t].signal);
    }
    if (sig_ignored(k, t, sig, force)) return;

    Sigpending& pending = type == PidType::PID ? k[t].pending : signal.shared_pending;
    if (sig < kSigRtMin && has(pending.signal, sig)) return; // is pending already
    if (sig != SIG::KILL) pending.list.push_back(info);
    pending.signal |= sig_bit(sig);
    complete_signal(k, t, sig, type);
}

void send_signal_locked(Kernel& k, const Siginfo& info, Id<Task> target, bool force) {
    send_to(k, info, target, PidType::TGID, force);
}

/// A user as the sender's user namespace calls him, for the receiver's. Source: kernel/signal.c, send_signal_locked().
static u32 uid_for(const Kernel& k, Id<Task> sender, Id<Task> target, u32 uid) {
    const Id<Namespace> from = current_user_ns(k, sender), to = task_user_ns(k, target);
    return from == to ? uid : from_kid_munged(k, to, IdKind::uid, make_kuid(k, from, uid));
}

/// Source: kernel/signal.c, check_kill_permission() and kill_ok_by_cred().
static Result<> check_kill_permission(const Kernel& k, Id<Task> current, Id<Task> t, i32 sig) {
    if (sig < 0 || sig > SIG::RTMAX) return fail(E::INVAL, "there is no such signal");
    if (!current || k[current].signal == k[t].signal) return {};
    const Cred& cred = task_cred(k, current);
    const Cred& tcred = task_cred(k, t);
    if (cred.euid == tcred.suid || cred.euid == tcred.uid || cred.uid == tcred.suid || cred.uid == tcred.uid ||
        cap_capable(k, cred, tcred.user_ns, CAP::KILL))
        return {};
    if (sig == SIG::CONT && task_session(k, t) == task_session(k, current)) return {};
    return fail(E::PERM, "the process belongs to another user");
}

Result<> send_sig(Kernel& k, Sender sender, Id<Task> target, i32 sig, PidType type) {
    TRY(check_kill_permission(k, sender.current, target, sig));
    if (!sig) return {};
    Siginfo info;
    info.signo = sig;
    info.code = SI::KERNEL;
    bool force = true; // the kernel's own signals are not ignored
    if (sender.current) {
        const Id<Namespace> ns = task_active_pid_ns(k, target);
        info.code = sender.code;
        // The number that the sender has in its own PID namespace: to a receiver further out it is the wrong one.
        info.pid = task_pid_nr_ns(k, sender.current, task_active_pid_ns(k, sender.current), PidType::TGID);
        // So with the user: one whom its own user namespace has no name for is nobody, to whoever knows him too.
        const u32 uid =
            from_kid_munged(k, current_user_ns(k, sender.current), IdKind::uid, task_cred(k, sender.current).uid);
        info.uid = uid_for(k, sender.current, target, uid);
        force = task_pid_nr_ns(k, sender.current, ns) == 0;
        if (force) info.pid = 0;
    }
    send_to(k, info, target, type, force);
    return {};
}

/// A siginfo that says who sent it; others are about timers, files or addresses.
/// Source: kernel/signal.c, siginfo_layout() and has_si_pid_and_uid().
static Result<> check_layout(const Siginfo& info) {
    const bool child = info.signo == SIG::CHLD && info.code >= CLD::EXITED && info.code <= CLD::CONTINUED;
    const bool other = info.code == SI::TIMER || info.code == SI::ASYNC || (info.code > 0 && info.code < SI::KERNEL);
    if (other && !child) return fail(E::NOSYS, "not modelled yet: a siginfo of this kind");
    return {};
}

Result<> send_sig_info(Kernel& k, Id<Task> current, Id<Task> target, Siginfo info, PidType type) {
    TRY(check_kill_permission(k, info.code <= 0 ? current : Id<Task>{}, target, info.signo));
    if (!info.signo) return {};
    TRY(check_layout(info));
    info.uid = uid_for(k, current, target, info.uid);
    bool force = info.code == SI::KERNEL;
    if (task_pid_nr_ns(k, current, task_active_pid_ns(k, target)) == 0) {
        info.pid = 0;
        force = true;
    }
    send_to(k, info, target, type, force);
    return {};
}

bool do_notify_parent(Kernel& k, Id<Task> task, i32 sig) {
    const Id<Task> parent = k[task].parent;
    if (sig != SIG::CHLD && k[task].parent_exec_id != k[parent].self_exec_id) sig = SIG::CHLD;
    Siginfo info;
    info.signo = sig;
    info.pid = task_pid_nr_ns(k, task, task_active_pid_ns(k, parent));
    info.uid = from_kid_munged(k, task_user_ns(k, parent), IdKind::uid, task_cred(k, task).uid);
    const i32 code = exit_status(k, task);
    info.code = code & 0x7f ? CLD::KILLED : CLD::EXITED;
    info.status = code & 0x7f ? code & 0x7f : code >> 8;

    bool autoreap = parent == k.init; // the init of the world always waits
    const KSigaction action = sigaction_of(k, parent, SIG::CHLD);
    if (sig == SIG::CHLD && (action.handler == kSigIgn || (action.flags & SA::NOCLDWAIT))) {
        autoreap = true;
        if (action.handler == kSigIgn) sig = 0;
    }
    if (sig > 0 && sig <= SIG::RTMAX) send_signal_locked(k, info, parent, false);
    wake_up_parent(k, task, parent);
    return autoreap;
}

u32 zap_other_threads(Kernel& k, Id<Task> task) {
    u32 others = 0;
    k[k[task].signal].group_stop_count = 0;
    for (Id<Task> t = k[k[task].signal].thread_head; t; t = k[t].thread_next) {
        if (t == task) continue;
        ++others;
        if (!k[t].exiting) kill_thread(k, t);
    }
    return others;
}

// ---- heeding

/// The strongest of what wakes a task from an interruptible sleep counts.
static void wake_from_sleep(Kernel& k, Id<Task> task, Woken by) {
    if (k[task].sleep == Sleep::interruptible) k[task].woken = std::max(k[task].woken, by);
    k[task].awaited = 0;
}

/// A handler will run when nothing else is left to be heeded. Until then, and a stop may come between, what it blocks
/// is blocked. Source: kernel/signal.c, signal_delivered().
static void set_up_handler(Task& task, i32 sig, const KSigaction& action) {
    if (!task.saved_sigmask) task.saved_sigmask = task.blocked;
    task.blocked |= action.mask | (action.flags & SA::NODEFER ? 0 : sig_bit(sig));
}

/// All of them run and return. False where there are none.
static bool run_handlers(Task& task) {
    if (!task.saved_sigmask) return false;
    task.blocked = *std::exchange(task.saved_sigmask, std::nullopt);
    return true;
}

/// What a task does about its signals on its way back to the program. Source: kernel/signal.c, get_signal().
static void get_signal(Kernel& k, Id<Task> task) {
    // What it waits for in rt_sigtimedwait(2) that call takes, before it comes back to here.
    const Sigset awaited = k[task].awaited;
    while (!is_exiting(k, task)) {
        if (k[task].jobctl & JOBCTL::STOPPED) return;
        if (k[task].sleep == Sleep::vfork && !fatal_signal_pending(k, task)) return;
        if (tell_stop_or_go(k, task)) continue;
        SignalStruct& signal = k[k[task].signal];
        if ((signal.flags & SIGNAL::GROUP_EXIT) || (signal.group_exec_task && signal.group_exec_task != task)) {
            k[task].pending.signal &= ~sig_bit(SIG::KILL);
            return do_group_exit(k, task, signal.group_exit_code);
        }
        if ((k[task].jobctl & JOBCTL::STOP_PENDING) && do_signal_stop(k, task, 0)) {
            wake_from_sleep(k, task, Woken::silently);
            continue;
        }
        const i32 sig = dequeue_signal(k, task, ~k[task].blocked & ~awaited).signo;
        if (!sig && run_handlers(k[task])) continue; // what they blocked may be pending
        if (!sig) return;
        const KSigaction action = sigaction_of(k, task, sig);
        const bool handled = action.handler != kSigIgn && action.handler != kSigDfl;
        wake_from_sleep(k, task,
                        !handled                     ? Woken::silently
                        : action.flags & SA::RESTART ? Woken::restarted
                                                     : Woken::handled);
        if (handled && (action.flags & SA::RESETHAND))
            set_sigaction(k, task, sig, {kSigDfl, action.flags, action.mask});
        if (handled) set_up_handler(k[task], sig, action);
        if (handled || action.handler == kSigIgn || has(kIgnore, sig)) continue;
        // Even one that was sent before the process became unkillable, or was blocked then.
        if ((signal.flags & SIGNAL::UNKILLABLE) && !has(kOnly, sig)) continue;
        if (has(kStop, sig)) {
            if (stops(k, task, sig)) do_signal_stop(k, task, sig);
            continue;
        }
        k.note([&] { return "signal " + std::to_string(sig) + " ends process " + std::to_string(k[task].tgid); });
        return do_group_exit(k, task, sig);
    }
}

void schedule(Kernel& k, Id<Task> current) {
    bool own = false;
    for (;;) {
        for (std::size_t i = 0; i < k.woken.size(); ++i) {
            const Id<Task> task = k.woken[i];
            if (!k.tasks.live(task)) continue;
            if (task == current && k[task].sleep != Sleep::zap_pid_ns) {
                own = true;
                continue;
            }
            if (k[task].sleep == Sleep::zap_pid_ns)
                continue_exit(k, task);
            else
                get_signal(k, task);
        }
        k.woken.clear();
        if (!own || !k.tasks.live(current)) return;
        own = false;
        get_signal(k, current);
        if (k.woken.empty()) return;
    }
}

} // namespace nslab
