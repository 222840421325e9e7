// Numbers of tasks, and descriptors that are a task. Follows kernel/pid.c of Linux 6.18. A task has one number, in the
// PID namespace of the world; numbers in nested namespaces come with PID namespaces. The kernel's struct pid outlives
// its task; here a descriptor forgets a reaped task instead.

#include <algorithm>

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// Numbers below are not handed out a second time once the counter has wrapped. Source: include/linux/pid_namespace.h.
static constexpr i32 kReservedPids = 300;

static bool pid_in_use(const Namespace& ns, i32 nr) {
    return static_cast<std::size_t>(nr) < ns.idr.size() && ns.idr[static_cast<std::size_t>(nr)];
}

/// The first free number in [from, end), 0 where there is none.
static i32 first_free_pid(const Namespace& ns, i32 from, i32 end) {
    for (i32 nr = from; nr < end; ++nr)
        if (!pid_in_use(ns, nr)) return nr;
    return 0;
}

Result<i32> alloc_pid(Kernel& k, Id<Task> task, Id<Namespace> pid_ns, const std::vector<i32>& set_tid) {
    const Namespace& ns = std::as_const(k)[pid_ns];
    if (set_tid.size() > ns.level + 1) return fail(E::INVAL, "set_tid names more levels than the PID namespace has");
    if (!set_tid.empty()) {
        const i32 tid = set_tid[0];
        if (tid < 1 || tid >= k.pid_max) return fail(E::INVAL, "the PID asked for is below 1 or not below pid_max");
        if (tid != 1 && !ns.child_reaper) return fail(E::INVAL, "the PID namespace has no init yet");
        if (!ns_capable_sys_admin(k, task, ns.ns.user_ns)) return fail(E::PERM, "asking for a PID takes a capability");
        if (pid_in_use(ns, tid)) return fail(E::EXIST, "the PID asked for is in use");
        return tid; // idr_alloc() leaves the cursor alone
    }
    const i32 cursor = ns.last_pid + 1;
    const i32 pid_min = cursor > kReservedPids ? kReservedPids : 1;
    const i32 start = std::max(cursor, pid_min);
    i32 nr = first_free_pid(ns, start, k.pid_max);
    if (!nr && start > pid_min) nr = first_free_pid(ns, pid_min, k.pid_max);
    if (!nr) return fail(E::AGAIN, "no PID is free");
    k[pid_ns].last_pid = nr;
    return nr;
}

void attach_pid(Kernel& k, Id<Task> task) {
    Namespace& ns = k[k[task].pid_ns];
    const auto nr = static_cast<std::size_t>(k[task].pid);
    if (ns.idr.size() <= nr) ns.idr.resize(nr + 1);
    ns.idr[nr] = task;
}

void detach_pid(Kernel& k, Id<Task> task) { k[k[task].pid_ns].idr[static_cast<std::size_t>(k[task].pid)] = {}; }

Id<Task> find_task_by_pid_ns(const Kernel& k, i32 nr, Id<Namespace> pid_ns) {
    const Namespace& ns = k[pid_ns];
    if (nr <= 0 || !pid_in_use(ns, nr)) return {};
    return ns.idr[static_cast<std::size_t>(nr)];
}

Id<Task> find_task_by_vpid(const Kernel& k, Id<Task> task, i32 pid) {
    return find_task_by_pid_ns(k, pid, k[task].pid_ns);
}

i32 task_pid_nr_ns(const Kernel& k, Id<Task> task, Id<Namespace> pid_ns) {
    return k[task].pid_ns == pid_ns ? k[task].pid : 0;
}

/// pidfd_open(2): a descriptor, close-on-exec, that is a task, also one that is a zombie.
/// EINVAL: flags other than PIDFD_NONBLOCK and PIDFD_THREAD, or a PID below 1. ESRCH: there is none.
Result<i64> sys_pidfd_open(Kernel& k, Id<Task> task, i32 pid, u32 flags) {
    constexpr u32 kPidfdNonblock = O::NONBLOCK, kPidfdThread = O::EXCL;
    if (flags & ~(kPidfdNonblock | kPidfdThread)) return fail(E::INVAL, "pidfd_open knows no such flag");
    if (pid <= 0) return fail(E::INVAL, "a PID is 1 or above");
    const Id<Task> target = find_task_by_vpid(k, task, pid);
    if (!target) return fail(E::SRCH, "no process has this PID in the caller's PID namespace");
    const Id<File> id = k.files.alloc();
    File& file = k[id];
    file.f_count = 1;
    file.f_flags = O::RDWR | flags;
    file.is_pidfd = true;
    file.pidfd = target;
    return fd_install(k, task, id, true);
}

} // namespace nslab
