// Waiting for children. Follows the second half of kernel/exit.c of Linux 6.18. Tracing is left out.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

namespace {

/// Children with another exit signal than SIGCHLD are waited for with __WCLONE, all with __WALL.
/// Source: kernel/exit.c, eligible_child().
bool eligible_child(const Kernel& k, const WaitOpts& wo, Id<Task> child) {
    if (wo.type && task_pid_type(k, child, *wo.type) != wo.pid) return false;
    if (wo.flags & WAIT::ALL) return true;
    return (k[child].exit_signal != SIG::CHLD) == bool(wo.flags & WAIT::CLONE);
}

/// What the caller is told of a child.
Waited about(const Kernel& k, Id<Task> task, Id<Task> child, i32 cause, i32 status) {
    Waited w;
    w.pid = task_pid_nr_ns(k, child, task_active_pid_ns(k, task));
    w.status = status;
    w.cause = cause;
    w.uid = from_kid_munged(k, current_user_ns(k, task), IdKind::uid, task_cred(k, child).uid);
    w.found = true;
    return w;
}

/// Source: kernel/exit.c, wait_task_zombie().
std::optional<Waited> wait_task_zombie(Kernel& k, Id<Task> task, const WaitOpts& wo, Id<Task> child) {
    if (!(wo.flags & WAIT::EXITED)) return std::nullopt;
    const i32 status = exit_status(k, child);
    const Waited w = about(k, task, child, status & 0x7f ? CLD::KILLED : CLD::EXITED, status);
    if (!(wo.flags & WAIT::NOWAIT)) {
        k[child].exit_state = ExitState::dead;
        release_task(k, child);
    }
    return w;
}

/// A stop is told once, unless WNOWAIT leaves it. Source: kernel/exit.c, wait_task_stopped().
std::optional<Waited> wait_task_stopped(Kernel& k, Id<Task> task, const WaitOpts& wo, Id<Task> child) {
    SignalStruct& sig = k[k[child].signal];
    if (!(wo.flags & WAIT::UNTRACED) || !(sig.flags & SIGNAL::STOP_STOPPED) || !sig.group_exit_code)
        return std::nullopt;
    const i32 code = sig.group_exit_code;
    if (!(wo.flags & WAIT::NOWAIT)) sig.group_exit_code = 0;
    return about(k, task, child, CLD::STOPPED, (code << 8) | 0x7f);
}

/// Source: kernel/exit.c, wait_task_continued().
std::optional<Waited> wait_task_continued(Kernel& k, Id<Task> task, const WaitOpts& wo, Id<Task> child) {
    SignalStruct& sig = k[k[child].signal];
    if (!(wo.flags & WAIT::CONTINUED) || !(sig.flags & SIGNAL::STOP_CONTINUED)) return std::nullopt;
    if (!(wo.flags & WAIT::NOWAIT)) sig.flags &= ~SIGNAL::STOP_CONTINUED;
    return about(k, task, child, CLD::CONTINUED, 0xffff);
}

/// What ends the wait, if the child does; `somebody` where it may later. Source: wait_consider_task().
std::optional<Waited> wait_consider_task(Kernel& k, Id<Task> task, const WaitOpts& wo, Id<Task> child, bool& somebody) {
    if (k[child].exit_state == ExitState::dead || !eligible_child(k, wo, child)) return std::nullopt;
    // A leader is not reaped before its other threads are gone.
    if (k[child].exit_state == ExitState::zombie && thread_group_empty(k, child))
        return wait_task_zombie(k, task, wo, child);
    somebody = true;
    if (const auto stopped = wait_task_stopped(k, task, wo, child)) return stopped;
    return wait_task_continued(k, task, wo, child);
}

/// Source: kernel/exit.c, __do_wait(). ECHILD: no such child.
Result<Waited> do_wait(Kernel& k, Id<Task> task, const WaitOpts& wo) {
    bool somebody = false;
    if (wo.type == PidType::PID) {
        const Id<Task> child = wo.pid ? pid_task(k, wo.pid, PidType::TGID) : Id<Task>{};
        const Id<Task> parent = child ? k[child].real_parent : Id<Task>{};
        const bool mine =
            parent && (parent == task || (!(wo.flags & WAIT::NOTHREAD) && k[parent].signal == k[task].signal));
        if (mine)
            if (const auto found = wait_consider_task(k, task, wo, child, somebody)) return *found;
    } else {
        // The caller's own children first, then those of the threads behind it, round the ring.
        Id<Task> t = task;
        do {
            for (Id<Task> child = k[t].children; child; child = k[child].sibling_next)
                if (const auto found = wait_consider_task(k, task, wo, child, somebody)) return *found;
            t = next_thread(k, t);
        } while (t != task && !(wo.flags & WAIT::NOTHREAD));
    }
    if (!somebody) return fail(E::CHILD, "there is no such child to wait for");
    Waited nobody_yet;
    nobody_yet.blocked = !(wo.flags & WAIT::NOHANG);
    return nobody_yet;
}

/// What has become of a wait that slept: nothing where it sleeps on, or where the call is to begin anew, with other
/// numbers perhaps. EINTR: a handler without SA_RESTART has run. Source: kernel/exit.c, do_wait().
std::optional<Result<Waited>> go_on(Kernel& k, Id<Task> task) {
    if (!k[task].waits) return std::nullopt;
    const Woken woken = std::exchange(k[task].woken, Woken::no);
    Waited sleeps;
    sleeps.blocked = true;
    if (woken == Woken::no && !std::exchange(k[task].child_woke, false)) return sleeps;
    auto waited = do_wait(k, task, k[task].wait);
    if (!waited || !waited->blocked || woken == Woken::no) return waited;
    if (woken == Woken::handled) return fail(E::INTR, "a signal handler ran meanwhile");
    return std::nullopt;
}

/// The end of both calls: whoever was woken by the reaping runs.
Result<Waited> finish(Kernel& k, Id<Task> task, Result<Waited> w, const WaitOpts& wo = {}) {
    if (!w || !w->blocked) {
        stop_waiting(k, task);
        k[task].sleep = Sleep::none;
        k[task].woken = Woken::no;
    } else if (!k[task].waits) {
        k[task].sleep = Sleep::interruptible;
        k[task].waits = true;
        k[task].wait = wo;
        if (wo.pid) get_pid(k, wo.pid);
    }
    schedule(k, task);
    return w;
}

} // namespace

void stop_waiting(Kernel& k, Id<Task> task) {
    k[task].waits = k[task].child_woke = false;
    const Id<Pid> pid = std::exchange(k[task].wait, {}).pid;
    if (pid) put_pid(k, pid);
}

void wake_up_parent(Kernel& k, Id<Task> child, Id<Task> parent) {
    for (Id<Task> t = k[k[parent].signal].thread_head; t; t = k[t].thread_next) {
        const WaitOpts& wo = std::as_const(k)[t].wait;
        if (!k[t].waits || (wo.type && task_pid_type(k, child, *wo.type) != wo.pid)) continue;
        if ((wo.flags & WAIT::NOTHREAD) && t != k[child].parent) continue;
        k[t].child_woke = true;
    }
    wake_up(k, parent);
}

/// wait4(2): reaps the first child in order of making that has exited and that `pid` allows: -1 any, 0 one of the
/// caller's process group, above 0 that child, below -1 one of that group. With WUNTRACED and WCONTINUED it tells of
/// one that was stopped, or goes on, too.
/// EINVAL: unknown options; ESRCH: the most negative number; ECHILD: no such child; EINTR: a handler ran.
/// Source: kernel/exit.c, kernel_wait4().
Result<Waited> sys_wait4(Kernel& k, Id<Task> task, i32 pid, u32 options) {
    constexpr u32 kKnown = WAIT::NOHANG | WAIT::UNTRACED | WAIT::CONTINUED | WAIT::NOTHREAD | WAIT::ALL | WAIT::CLONE;
    if (auto waited = go_on(k, task)) return finish(k, task, *waited);
    stop_waiting(k, task);
    if (options & ~kKnown) return fail(E::INVAL, "wait4 knows no such option");
    if (pid == INT32_MIN) return fail(E::SRCH, "this process group cannot exist");
    WaitOpts wo;
    wo.flags = options | WAIT::EXITED;
    if (pid < -1) {
        wo.type = PidType::PGID;
        wo.pid = find_vpid(k, task, -pid);
    } else if (pid == 0) {
        wo.type = PidType::PGID;
        wo.pid = task_pgrp(k, task);
    } else if (pid > 0) {
        wo.type = PidType::PID;
        wo.pid = find_vpid(k, task, pid);
    }
    return finish(k, task, do_wait(k, task, wo), wo);
}

/// waitid(2): the same for a child by number, group or pidfd, which WNOWAIT leaves as it is.
/// EINVAL: unknown options, none of WEXITED, WSTOPPED and WCONTINUED, no such type or id; EBADF: no pidfd; ECHILD;
/// EAGAIN: a pidfd with PIDFD_NONBLOCK and nobody has exited. Source: kernel/exit.c, kernel_waitid().
Result<Waited> sys_waitid(Kernel& k, Id<Task> task, u32 which, i32 upid, u32 options) {
    constexpr u32 kKnown = WAIT::NOHANG | WAIT::NOWAIT | WAIT::EXITED | WAIT::UNTRACED | WAIT::CONTINUED |
                           WAIT::NOTHREAD | WAIT::CLONE | WAIT::ALL;
    if (auto waited = go_on(k, task)) return finish(k, task, *waited);
    stop_waiting(k, task);
    if (options & ~kKnown) return fail(E::INVAL, "waitid knows no such option");
    if (!(options & (WAIT::EXITED | WAIT::UNTRACED | WAIT::CONTINUED)))
        return fail(E::INVAL, "waitid wants to know what to wait for");
    WaitOpts wo;
    wo.flags = options;
    switch (which) {
    case P::ALL: break;
    case P::PID:
        if (upid <= 0) return fail(E::INVAL, "a PID is 1 or above");
        wo.type = PidType::PID;
        wo.pid = find_vpid(k, task, upid);
        break;
    case P::PGID:
        if (upid < 0) return fail(E::INVAL, "a process group is 0 or above");
        wo.type = PidType::PGID;
        wo.pid = upid ? find_vpid(k, task, upid) : task_pgrp(k, task);
        break;
    case P::PIDFD: {
        if (upid < 0) return fail(E::INVAL, "a descriptor is 0 or above");
        const File& file = std::as_const(k)[TRY(fdget(k, task, upid))];
        if (!file.pidfd) return fail(E::BADF, "the descriptor is no process");
        wo.type = PidType::PID;
        wo.pid = file.pidfd;
        if (file.f_flags & O::NONBLOCK) wo.flags |= WAIT::NOHANG;
        break;
    }
    default: return fail(E::INVAL, "there is nothing of this type to wait for");
    }
    const auto waited = do_wait(k, task, wo);
    if (waited && !waited->found && !waited->blocked && !(options & WAIT::NOHANG))
        return fail(E::AGAIN, "the pidfd does not wait, and the process has not exited");
    return finish(k, task, waited, wo);
}

} // namespace nslab
