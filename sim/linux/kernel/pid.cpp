// Numbers of tasks, process groups and sessions in every PID namespace that has them, and descriptors that are a
// process. Follows kernel/pid.c of Linux 6.18. A descriptor holds a struct pid, which outlives its task.

#include <algorithm>
#include <optional>

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// Numbers below are not handed out a second time once the counter has wrapped. Source: include/linux/pid_namespace.h.
static constexpr i32 kReservedPids = 300;

/// A number of one level, not in use yet: the one asked for, or else the next.
static Result<i32> alloc_number(Kernel& k, Id<Task> task, Id<Namespace> pid_ns, std::optional<i32> asked) {
    const Namespace& ns = std::as_const(k)[pid_ns];
    if (asked) {
        const i32 tid = *asked;
        if (tid < 1 || tid >= ns.pid_max)
            return fail(E::INVAL, "the PID asked for is below 1 or not below pid_max", "alloc_pid");
        if (tid != 1 && !ns.had_init) return fail(E::INVAL, "the PID namespace has no init yet", "alloc_pid");
        if (!checkpoint_restore_ns_capable(k, task, ns.ns.user_ns))
            return fail(E::PERM, "asking for a PID takes CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN", "alloc_pid");
        if (ns.idr.find(static_cast<u32>(tid))) return fail(E::EXIST, "the PID asked for is in use", "alloc_pid");
        return tid; // idr_alloc() leaves the cursor alone
    }
    const i32 cursor = ns.last_pid + 1;
    const i32 pid_min = cursor > kReservedPids ? kReservedPids : 1;
    const i32 start = std::max(cursor, pid_min);
    const auto end = static_cast<u32>(ns.pid_max);
    u32 nr = ns.idr.first_free(static_cast<u32>(start), end);
    if (!nr && start > pid_min) nr = ns.idr.first_free(static_cast<u32>(pid_min), end);
    if (!nr) return fail(E::AGAIN, "no PID is free", "alloc_pid");
    k[pid_ns].last_pid = static_cast<i32>(nr);
    return static_cast<i32>(nr);
}

Result<Id<Pid>> alloc_pid(Kernel& k, Id<Task> task, Id<Namespace> ns, std::span<const i32> set_tid) {
    const u32 level = k[ns].level;
    if (set_tid.size() > level + 1) return fail(E::INVAL, "set_tid names more levels than the PID namespace has");

    const Id<Pid> id = k.pids.alloc();
    Pid& pid = k[id];
    Id<Namespace> at = ns;
    Result<> result;
    for (u32 i = level + 1; i-- > 0 && result; at = k[at].parent) {
        const std::size_t place = level - i;
        const auto nr =
            alloc_number(k, task, at, place < set_tid.size() ? std::optional(set_tid[place]) : std::nullopt);
        if (nr)
            pid.numbers[i] = *nr;
        else
            result = tl::unexpected<Error>(nr.error());
    }
    if (result && !(k[ns].pid_allocated & PIDNS_ADDING))
        result = fail(E::NOMEM, "the init of the PID namespace is gone, and nobody can be added");
    if (!result) {
        // Whoever would have been the first gives the number 1 back.
        if (k[ns].pid_allocated == PIDNS_ADDING) k[ns].last_pid = 0;
        k.pids.free(id);
        return tl::unexpected<Error>(result.error());
    }
    pid.count = 1;
    pid.level = level;
    pid.ns = ns;
    pid.hashed = true;
    get_namespace(k, ns);
    at = ns;
    for (u32 i = level + 1; i-- > 0; at = k[at].parent) {
        Namespace& space = k[at];
        space.idr.set(static_cast<u32>(pid.numbers[i]), id);
        ++space.pid_allocated;
    }
    return id;
}

void get_pid(Kernel& k, Id<Pid> pid) { ++k[pid].count; }

void put_pid(Kernel& k, Id<Pid> id) {
    if (--k[id].count > 0) return;
    const Id<Namespace> ns = k[id].ns;
    k.pids.free(id);
    put_namespace(k, ns);
}

void free_pid(Kernel& k, Id<Pid> id) {
    Pid& pid = k[id];
    pid.hashed = false;
    Id<Namespace> at = pid.ns;
    for (u32 i = pid.level + 1; i-- > 0; at = k[at].parent) {
        Namespace& ns = k[at];
        ns.idr.set(static_cast<u32>(pid.numbers[i]), {});
        // The first process could not be made: there will be no other.
        if (--ns.pid_allocated == PIDNS_ADDING) ns.pid_allocated = 0;
        // The reaper may be all that is left, and wait for that in zap_pid_ns_processes().
        if ((ns.pid_allocated == 1 || ns.pid_allocated == 2) && ns.child_reaper) wake_up(k, ns.child_reaper);
    }
    put_pid(k, id);
}

// ---- which tasks a struct pid names

static Id<Pid>& task_pid_ptr(Kernel& k, Id<Task> task, PidType type) {
    Task& t = k[task];
    return type == PidType::PID ? t.thread_pid : k[t.signal].pids[static_cast<std::size_t>(type)];
}

Id<Pid> task_pid_type(const Kernel& k, Id<Task> task, PidType type) {
    const Task& t = k[task];
    return type == PidType::PID ? t.thread_pid : k[t.signal].pids[static_cast<std::size_t>(type)];
}

void attach_pid(Kernel& k, Id<Task> task, PidType type) {
    const auto n = static_cast<std::size_t>(type);
    Pid& pid = k[task_pid_type(k, task, type)];
    const Id<Task> first = pid.tasks[n];
    k[task].pid_links[n] = {first, {}};
    if (first) k[first].pid_links[n].second = task;
    pid.tasks[n] = task;
}

/// Puts `pid` in the place of what names the task so far; what names nobody any more is freed by the caller.
/// Source: kernel/pid.c, __change_pid().
static Id<Pid> change_pid_to(Kernel& k, Id<Task> task, PidType type, Id<Pid> pid) {
    const auto n = static_cast<std::size_t>(type);
    const Id<Pid> old = std::exchange(task_pid_ptr(k, task, type), pid);
    const auto [next, prev] = std::exchange(k[task].pid_links[n], {});
    if (next) k[next].pid_links[n].second = prev;
    if (prev)
        k[prev].pid_links[n].first = next;
    else
        k[old].tasks[n] = next;
    const auto& tasks = k[old].tasks;
    return std::none_of(tasks.begin(), tasks.end(), [](Id<Task> t) { return bool(t); }) ? old : Id<Pid>{};
}

Id<Pid> detach_pid(Kernel& k, Id<Task> task, PidType type) { return change_pid_to(k, task, type, {}); }

void change_pid(Kernel& k, Id<Task> task, PidType type, Id<Pid> pid) {
    const Id<Pid> unused = change_pid_to(k, task, type, pid);
    attach_pid(k, task, type);
    if (unused) free_pid(k, unused);
}

/// The two exchange their numbers. Source: kernel/pid.c, exchange_tids().
void exchange_tids(Kernel& k, Id<Task> left, Id<Task> right) {
    constexpr auto n = static_cast<std::size_t>(PidType::PID);
    std::swap(k[left].thread_pid, k[right].thread_pid);
    std::swap(k[left].pid, k[right].pid);
    k[k[left].thread_pid].tasks[n] = left;
    k[k[right].thread_pid].tasks[n] = right;
}

/// `to` takes the place of `from`. Source: kernel/pid.c, transfer_pid().
void transfer_pid(Kernel& k, Id<Task> from, Id<Task> to, PidType type) {
    const auto n = static_cast<std::size_t>(type);
    const auto links = k[to].pid_links[n] = std::exchange(k[from].pid_links[n], {});
    if (links.first) k[links.first].pid_links[n].second = to;
    if (links.second)
        k[links.second].pid_links[n].first = to;
    else
        k[task_pid_type(k, to, type)].tasks[n] = to;
}

// ---- numbers

Id<Pid> find_pid_ns(const Kernel& k, i32 nr, Id<Namespace> ns) {
    return nr > 0 ? k[ns].idr.find(static_cast<u32>(nr)) : Id<Pid>{};
}

Id<Pid> find_vpid(const Kernel& k, Id<Task> task, i32 nr) { return find_pid_ns(k, nr, task_active_pid_ns(k, task)); }

Id<Task> find_task_by_pid_ns(const Kernel& k, i32 nr, Id<Namespace> pid_ns) {
    const Id<Pid> pid = find_pid_ns(k, nr, pid_ns);
    return pid ? pid_task(k, pid, PidType::PID) : Id<Task>{};
}

Id<Task> find_task_by_vpid(const Kernel& k, Id<Task> task, i32 pid) {
    return find_task_by_pid_ns(k, pid, task_active_pid_ns(k, task));
}

i32 pid_nr_ns(const Kernel& k, Id<Pid> id, Id<Namespace> ns) {
    if (!id || !ns) return 0;
    const Pid& pid = k[id];
    const u32 level = k[ns].level;
    if (level > pid.level) return 0;
    Id<Namespace> at = pid.ns;
    for (u32 i = pid.level; i > level; --i) at = k[at].parent;
    return at == ns ? pid.numbers[level] : 0;
}

i32 task_pid_nr_ns(const Kernel& k, Id<Task> task, Id<Namespace> pid_ns, PidType type) {
    return pid_nr_ns(k, task_pid_type(k, task, type), pid_ns);
}

Id<Namespace> task_active_pid_ns(const Kernel& k, Id<Task> task) {
    const Id<Pid> pid = k[task].thread_pid;
    return pid ? k[pid].ns : Id<Namespace>{};
}

i32 task_pid_vnr(const Kernel& k, Id<Task> task) { return k[k[task].thread_pid].numbers[k[k[task].thread_pid].level]; }

// ---- pidfds

/// pidfd_open(2): a descriptor, close-on-exec, that is a process, also one that is a zombie.
/// EINVAL: flags other than PIDFD_NONBLOCK and PIDFD_THREAD, or a PID below 1. ESRCH: there is none.
Result<i64> sys_pidfd_open(Kernel& k, Id<Task> task, i32 nr, u32 flags) {
    constexpr u32 kPidfdNonblock = O::NONBLOCK;
    if (flags & ~(kPidfdNonblock | kPidfdThread)) return fail(E::INVAL, "pidfd_open knows no such flag");
    if (nr <= 0) return fail(E::INVAL, "a PID is 1 or above");
    const Id<Pid> pid = find_vpid(k, task, nr);
    if (!pid) return fail(E::SRCH, "no process has this PID in the caller's PID namespace");
    if (!pid_task(k, pid, PidType::PID)) return fail(E::SRCH, "only a process group has this number");
    if (!(flags & kPidfdThread) && !pid_task(k, pid, PidType::TGID))
        return fail(E::NOENT, "this is a thread and no process", "pidfd_prepare");
    return fd_install(k, task, pidfd_prepare(k, task, pid, flags), true);
}

Id<File> pidfd_prepare(Kernel& k, Id<Task> opener, Id<Pid> pid, u32 flags) {
    const Id<File> id = alloc_file(k, opener, {}, O::RDWR | flags);
    k[id].pidfd = pid;
    k[pid].in_pidfs = true; // pidfs_register_pid()
    get_pid(k, pid);
    return id;
}

} // namespace nslab
