// Signals: sending, pending, what becomes of them. Follows kernel/signal.c of Linux 6.18. A handler is only known to
// have run; no core is dumped; stopping a process is not modelled yet. A task heeds its signals when it runs again,
// which is at the end of the call that sent them.

#include <algorithm>
#include <string>

#include "sim/linux/fs/internal.hpp"
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

bool fatal_signal_pending(const Kernel& k, Id<Task> task) { return has(k[task].pending.signal, SIG::KILL); }

// ---- sending

void wake_up(Kernel& k, Id<Task> task) { k.woken.push_back(task); }

static bool wants_signal(const Kernel& k, Id<Task> task, i32 sig) {
    return !has(k[task].blocked, sig) && !k[task].exiting;
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
            t = k[t].thread_next ? k[t].thread_next : signal.thread_head;
            if (t == signal.curr_target) return; // whoever unblocks it will see it
        }
        signal.curr_target = t;
    }
    const bool fatal = !has(kIgnore | kStop, sig) && sigaction_of(k, p, sig).handler == kSigDfl;
    if (fatal && !(signal.flags & SIGNAL::GROUP_EXIT) && !has(kCoredump, sig)) {
        k.note([&] { return "signal " + std::to_string(sig) + " ends process " + std::to_string(k[p].tgid); });
        signal.flags = SIGNAL::GROUP_EXIT;
        signal.group_exit_code = sig;
        signal.group_stop_count = 0;
        for (t = signal.thread_head; t; t = k[t].thread_next) {
            k[t].pending.signal |= sig_bit(SIG::KILL);
            wake_up(k, t);
        }
        return;
    }
    wake_up(k, t);
}

/// Source: kernel/signal.c, __send_signal_locked() and prepare_signal().
static void send_signal_locked(Kernel& k, const Siginfo& info, Id<Task> t, PidType type, bool force) {
    const i32 sig = info.signo;
    SignalStruct& signal = k[k[t].signal];
    if (signal.flags & SIGNAL::GROUP_EXIT) return; // the process is dying
    if (has(kStop, sig)) flush_of_process(k, t, sig_bit(SIG::CONT));
    if (sig == SIG::CONT) flush_of_process(k, t, kStop);
    if (sig_ignored(k, t, sig, force)) return;

    Sigpending& pending = type == PidType::PID ? k[t].pending : signal.shared_pending;
    if (sig < kSigRtMin && has(pending.signal, sig)) return; // is pending already
    if (sig != SIG::KILL) pending.list.push_back(info);
    pending.signal |= sig_bit(sig);
    complete_signal(k, t, sig, type);
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
    const bool runs = !is_exiting(k, target) && !(k[k[target].signal].flags & SIGNAL::GROUP_EXIT);
    if (has(kStop, sig) && runs && !has(k[target].blocked, sig) && sigaction_of(k, target, sig).handler == kSigDfl) {
        const Id<Namespace> ns = task_active_pid_ns(k, target);
        const bool inside = sender.current && task_pid_nr_ns(k, sender.current, ns);
        const bool heeded = !(k[k[target].signal].flags & SIGNAL::UNKILLABLE) || (sig == SIG::STOP && !inside);
        if (heeded) return fail(E::NOSYS, "not modelled yet: stopped processes");
    }
    Siginfo info;
    info.signo = sig;
    info.code = SI::KERNEL;
    bool force = true; // the kernel's own signals are not ignored
    if (sender.current) {
        const Id<Namespace> ns = task_active_pid_ns(k, target);
        info.code = sender.code;
        // The number that the sender has in its own PID namespace: to a receiver further out it is the wrong one.
        info.pid = task_pid_nr_ns(k, sender.current, task_active_pid_ns(k, sender.current), PidType::TGID);
        info.uid = from_kid_munged(k, task_user_ns(k, target), IdKind::uid, task_cred(k, sender.current).uid);
        force = task_pid_nr_ns(k, sender.current, ns) == 0;
        if (force) info.pid = 0;
    }
    send_signal_locked(k, info, target, type, force);
    return {};
}

bool do_notify_parent(Kernel& k, Id<Task> task, i32 sig) {
    const Id<Task> parent = k[task].parent;
    if (sig != SIG::CHLD && k[task].parent_exec_id != k[parent].self_exec_id) sig = SIG::CHLD;
    Siginfo info;
    info.signo = sig;
    info.pid = task_pid_nr_ns(k, task, task_active_pid_ns(k, parent));
    info.uid = from_kid_munged(k, task_user_ns(k, parent), IdKind::uid, task_cred(k, task).uid);
    const i32 code = k[task].exit_code;
    info.code = code & 0x7f ? CLD::KILLED : CLD::EXITED;
    info.status = code & 0x7f ? code & 0x7f : code >> 8;

    bool autoreap = parent == k.init; // the init of the world always waits
    const KSigaction action = sigaction_of(k, parent, SIG::CHLD);
    if (sig == SIG::CHLD && (action.handler == kSigIgn || (action.flags & SA::NOCLDWAIT))) {
        autoreap = true;
        if (action.handler == kSigIgn) sig = 0;
    }
    if (sig > 0 && sig <= SIG::RTMAX) send_signal_locked(k, info, parent, PidType::TGID, false);
    wake_up(k, parent);
    return autoreap;
}

u32 zap_other_threads(Kernel& k, Id<Task> task) {
    u32 others = 0;
    for (Id<Task> t = k[k[task].signal].thread_head; t; t = k[t].thread_next) {
        if (t == task) continue;
        ++others;
        if (k[t].exiting) continue;
        k[t].pending.signal |= sig_bit(SIG::KILL);
        wake_up(k, t);
    }
    return others;
}

// ---- heeding

/// What a task does about its signals on its way back to the program. Source: kernel/signal.c, get_signal().
static void get_signal(Kernel& k, Id<Task> task) {
    while (!is_exiting(k, task)) {
        SignalStruct& signal = k[k[task].signal];
        if ((signal.flags & SIGNAL::GROUP_EXIT) || (signal.group_exec_task && signal.group_exec_task != task))
            return do_group_exit(k, task, signal.group_exit_code);
        const i32 sig = dequeue_signal(k, task, ~k[task].blocked).signo;
        if (!sig) return;
        KSigaction action = sigaction_of(k, task, sig);
        if (action.handler == kSigIgn) continue;
        if (action.handler != kSigDfl) {
            if (action.flags & SA::RESETHAND) set_sigaction(k, task, sig, {kSigDfl, action.flags, action.mask});
            if (k[task].sleep == Sleep::interruptible)
                (action.flags & SA::RESTART ? k[task].restarted : k[task].handled) = true;
            continue;
        }
        if (has(kIgnore, sig)) continue;
        // Even one that was sent before the process became unkillable, or was blocked then.
        if ((signal.flags & SIGNAL::UNKILLABLE) && !has(kOnly, sig)) continue;
        if (has(kStop, sig)) continue;
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

// ---- kill(2) and its like

/// Source: kernel/signal.c, __kill_pgrp_info(): whoever joined the group last comes first.
static Result<> kill_pgrp(Kernel& k, Sender sender, Id<Pid> pgrp, i32 sig) {
    Result<> result = fail(E::SRCH, "there is no such process group");
    bool reached = false;
    if (!pgrp) return result;
    constexpr auto n = static_cast<std::size_t>(PidType::PGID);
    for (Id<Task> t = pid_task(k, pgrp, PidType::PGID), next; t; t = next) {
        next = k[t].pid_links[n].first;
        const auto sent = send_sig(k, sender, t, sig, PidType::PGID);
        if (!sent && not_modelled(sent.error())) return sent;
        if (!reached) result = sent;
        reached |= bool(sent);
    }
    return result;
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

/// pidfd_send_signal(2). EBADF: no pidfd; EINVAL: unknown or several flags, or a process that the caller's PID
/// namespace does not show; ESRCH: it has been reaped. Source: kernel/signal.c.
Result<> sys_pidfd_send_signal(Kernel& k, Id<Task> task, i32 fd, i32 sig, u32 flags) {
    constexpr u32 kKnown = kPidfdSignalThread | kPidfdSignalThreadGroup | kPidfdSignalProcessGroup;
    if ((flags & ~kKnown) || (flags & (flags - 1))) return fail(E::INVAL, "pidfd_send_signal knows no such flags");
    const File& file = std::as_const(k)[TRY(fdget(k, task, fd))];
    if (!file.pidfd) return fail(E::BADF, "the descriptor is no process");
    const Id<Pid> pid = file.pidfd;
    // access_pidfd_pidns(): of the caller's own PID namespace or one below it.
    Id<Namespace> ns = k[pid].ns;
    while (ns && ns != task_active_pid_ns(k, task)) ns = k[ns].parent;
    if (!ns) return fail(E::INVAL, "the process is in no PID namespace that the caller sees");
    const bool thread = flags == kPidfdSignalThread || (flags == 0 && (file.f_flags & kPidfdThread));
    Result<> result;
    if (flags == kPidfdSignalProcessGroup) {
        result = kill_pgrp(k, {task}, pid, sig);
    } else if (const Id<Task> target = pid_task(k, pid, PidType::PID)) {
        result = send_sig(k, {task, thread ? SI::TKILL : SI::USER}, target, sig, thread ? PidType::PID : PidType::TGID);
    } else {
        result = fail(E::SRCH, "the process has been reaped");
    }
    schedule(k, task);
    return result;
}

} // namespace nslab
