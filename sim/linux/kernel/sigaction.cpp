// What a process says about its signals: actions, masks, waiting for them. Follows kernel/signal.c of Linux 6.18.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

static constexpr Sigset kNeverBlocked = sig_bit(SIG::KILL) | sig_bit(SIG::STOP);

/// rt_sigaction(2). The old action. EINVAL: no signal, another size, or SIGKILL and SIGSTOP, which have none.
/// Source: kernel/signal.c, do_sigaction().
Result<KSigaction> sys_rt_sigaction(Kernel& k, Id<Task> task, i32 sig, const std::optional<KSigaction>& act, u64 size) {
    if (size != kSigsetSize) return fail(E::INVAL, "a set of signals has 8 bytes");
    if (sig < 1 || sig > SIG::RTMAX || (act && (sig_bit(sig) & kNeverBlocked)))
        return fail(E::INVAL, "there is no such signal, or it has no action");
    const KSigaction old = sigaction_of(k, task, sig);
    if (!act) return old;
    KSigaction made = *act;
    made.mask &= ~kNeverBlocked;
    if (made.handler != kSigDfl && made.handler != kSigIgn) made.handler = kSigHandler;
    set_sigaction(k, task, sig, made);
    constexpr Sigset kIgnoredByDefault =
        sig_bit(SIG::CONT) | sig_bit(SIG::CHLD) | sig_bit(SIG::WINCH) | sig_bit(SIG::URG);
    // What is pending and would be ignored from now on is gone, even if it is blocked.
    if (made.handler == kSigIgn || (made.handler == kSigDfl && (kIgnoredByDefault & sig_bit(sig)))) {
        const auto drop = [&](Sigpending& p) {
            p.signal &= ~sig_bit(sig);
            std::erase_if(p.list, [&](const Siginfo& i) { return i.signo == sig; });
        };
        drop(k[k[task].signal].shared_pending);
        for (Id<Task> t = k[k[task].signal].thread_head; t; t = k[t].thread_next) drop(k[t].pending);
    }
    return old;
}

/// rt_sigprocmask(2). The old mask; SIGKILL and SIGSTOP cannot be blocked. What becomes unblocked is heeded at once.
/// EINVAL: another size, or an unknown `how`. Source: kernel/signal.c.
Result<u64> sys_rt_sigprocmask(Kernel& k, Id<Task> task, u32 how, const std::optional<u64>& nset, u64 size) {
    if (size != kSigsetSize) return fail(E::INVAL, "a set of signals has 8 bytes");
    const Sigset old = k[task].blocked;
    if (!nset) return old;
    const Sigset set = *nset & ~kNeverBlocked;
    switch (how) {
    case SIG_HOW::BLOCK: k[task].blocked |= set; break;
    case SIG_HOW::UNBLOCK: k[task].blocked &= ~set; break;
    case SIG_HOW::SETMASK: k[task].blocked = set; break;
    default: return fail(E::INVAL, "sigprocmask blocks, unblocks or sets");
    }
    // A signal that another thread was told of is not noticed with a mask that stays as it is.
    if (std::as_const(k)[task].blocked == old) return old;
    recalc_sigpending(k, task);
    schedule(k, task);
    return old;
}

/// rt_sigpending(2): what is blocked and pending. EINVAL: a larger size.
Result<u64> sys_rt_sigpending(Kernel& k, Id<Task> task, u64 size) {
    if (size > kSigsetSize) return fail(E::INVAL, "a set of signals has 8 bytes");
    return (k[task].pending.signal | k[k[task].signal].shared_pending.signal) & k[task].blocked;
}

/// pause(2): sleeps until a handler has run. EINTR: always.
Result<bool> sys_pause(Kernel& k, Id<Task> task) {
    if (std::exchange(k[task].woken, Woken::no) >= Woken::restarted) {
        k[task].sleep = Sleep::none;
        return fail(E::INTR, "a signal handler has run");
    }
    k[task].sleep = Sleep::interruptible;
    return true;
}

/// rt_sigtimedwait(2): takes one of the signals, the lowest first; nothing where the task sleeps until one comes.
/// EINVAL: another size; EAGAIN: none, and the timeout is nothing; EINTR: another one came, be it only to stop the
/// task.
Result<std::optional<Siginfo>> sys_rt_sigtimedwait(Kernel& k, Id<Task> task, u64 these,
                                                   const std::optional<Timespec>& timeout, u64 size) {
    if (size != kSigsetSize) return fail(E::INVAL, "a set of signals has 8 bytes");
    if (timeout && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000))
        return fail(E::INVAL, "the timeout is no time");
    if (timeout && (timeout->tv_sec || timeout->tv_nsec)) return fail(E::NOSYS, "not modelled yet: time that passes");
    const Siginfo info = dequeue_signal(k, task, these & ~kNeverBlocked);
    // That looks whether there is anything else, too, and so finds what another thread was told of.
    const bool other = recalc_sigpending(k, task);
    const bool interrupted = std::exchange(k[task].woken, Woken::no) != Woken::no;
    k[task].sleep = Sleep::none;
    k[task].awaited = 0;
    if (other) schedule(k, task);
    if (info.signo) return std::optional(info);
    if (timeout) return fail(E::AGAIN, "none of the signals is pending");
    if (interrupted || other) return fail(E::INTR, "another signal came");
    k[task].sleep = Sleep::interruptible;
    k[task].awaited = these & ~kNeverBlocked;
    return std::optional<Siginfo>{};
}

} // namespace nslab
