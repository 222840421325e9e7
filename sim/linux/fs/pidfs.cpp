// What a pidfd can be asked: poll(2) and ioctl(2). Follows fs/pidfs.c and fs/select.c of Linux 6.18. Left out: cgroups
// and core dumps, and polling of what is no pidfd but the files that are always ready.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/fs/proc/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

namespace {

/// Ready once the process is a zombie, or the thread; a leader that has exited before its other threads is not.
/// Source: fs/pidfs.c, pidfd_poll().
u32 pidfd_poll(const Kernel& k, Id<Pid> pid) {
    const Id<Task> task = pid_task(k, pid, PidType::PID);
    if (!task) return POLL::IN | POLL::RDNORM | POLL::HUP;
    const bool waits_for_threads = thread_group_leader(k, task) && !thread_group_empty(k, task);
    return k[task].exit_state != ExitState::running && !waits_for_threads ? POLL::IN | POLL::RDNORM : 0;
}

/// The file that a poll is woken by; nothing where only a signal ends its sleep. Source: fs/pidfs.c, pidfd_poll().
Id<File> waits_for(const Kernel& k, Id<Task> task, i32 fd) {
    const auto found = fdget(k, task, fd); // none below 0
    return found && k[*found].pidfd ? *found : Id<File>{};
}

/// What of `events` is the case of a descriptor. Source: fs/select.c, do_pollfd().
Result<u32> do_pollfd(const Kernel& k, Id<Task> task, i32 fd, u32 events) {
    if (fd < 0) return 0U;
    const auto found = fdget(k, task, fd);
    if (!found) return POLL::NVAL;
    const File& file = k[*found];
    const u32 filter = events | POLL::ERR | POLL::HUP;
    if (file.pidfd) return pidfd_poll(k, file.pidfd) & filter;
    const InodeKind kind = file.f_inode ? file_inode(k, file).kind : InodeKind::device;
    const bool special = kind == InodeKind::proc_file || kind == InodeKind::fifo || kind == InodeKind::device ||
                         k[file_inode(k, file).i_sb].type == FsType::mqueue;
    if (special) return fail(E::NOSYS, "not modelled yet: polling this file");
    return (POLL::IN | POLL::OUT | POLL::RDNORM | POLL::WRNORM) & filter;
}

/// The namespace that a request opens; NULL of a request that is none. Source: fs/pidfs.c, pidfd_ioctl().
ProcEntry namespace_of(u32 cmd) {
    switch (cmd) {
    case PIDFD::GET_CGROUP_NAMESPACE: return ProcEntry::ns_cgroup;
    case PIDFD::GET_IPC_NAMESPACE: return ProcEntry::ns_ipc;
    case PIDFD::GET_MNT_NAMESPACE: return ProcEntry::ns_mnt;
    case PIDFD::GET_NET_NAMESPACE: return ProcEntry::ns_net;
    case PIDFD::GET_PID_NAMESPACE: return ProcEntry::ns_pid;
    case PIDFD::GET_PID_FOR_CHILDREN_NAMESPACE: return ProcEntry::ns_pid_for_children;
    case PIDFD::GET_TIME_NAMESPACE: return ProcEntry::ns_time;
    case PIDFD::GET_TIME_FOR_CHILDREN_NAMESPACE: return ProcEntry::ns_time_for_children;
    case PIDFD::GET_USER_NAMESPACE: return ProcEntry::ns_user;
    case PIDFD::GET_UTS_NAMESPACE: return ProcEntry::ns_uts;
    default: return ProcEntry::none;
    }
}

/// PIDFD_GET_INFO with PIDFD_INFO_EXIT. EINVAL: NULL; EFAULT; EREMOTE: the caller's PID namespace does not show the
/// process; ESRCH: it has been reaped before there was a pidfd of it. Source: fs/pidfs.c, pidfd_info().
Result<IoctlDone> pidfd_info(const Kernel& k, Id<Task> caller, Id<Pid> pid, u64 arg) {
    if (arg == static_cast<u64>(OutPtr::null)) return fail(E::INVAL, "there is nowhere to write to");
    if (arg != static_cast<u64>(OutPtr::somewhere)) return fail(E::FAULT, "there is nowhere to write to");
    const Id<Namespace> here = task_active_pid_ns(k, caller);
    if (!pidns_is_ancestor(k, k[pid].ns, here))
        return fail(E::REMOTE, "the process is in no PID namespace that the caller sees");
    PidfdInfo info;
    info.mask = PIDFD::INFO_CGROUPID;
    if (k[pid].exit_known) {
        info.mask |= PIDFD::INFO_EXIT;
        info.exit_code = k[pid].exit_code;
    }
    const Id<Task> task = pid_task(k, pid, PidType::PID);
    if (!task) return IoctlDone{0, info};
    const Cred& cred = task_cred(k, task);
    const auto id = [&](IdKind kind, u32 kid) { return from_kid_munged(k, current_user_ns(k, caller), kind, kid); };
    info.ruid = id(IdKind::uid, cred.uid);
    info.euid = id(IdKind::uid, cred.euid);
    info.suid = id(IdKind::uid, cred.suid);
    info.fsuid = id(IdKind::uid, cred.fsuid);
    info.rgid = id(IdKind::gid, cred.gid);
    info.egid = id(IdKind::gid, cred.egid);
    info.sgid = id(IdKind::gid, cred.sgid);
    info.fsgid = id(IdKind::gid, cred.fsgid);
    info.pid = task_pid_nr_ns(k, task, here);
    info.tgid = task_pid_nr_ns(k, task, here, PidType::TGID);
    const Id<Task> parent = k[task].real_parent;
    info.ppid = parent ? task_pid_nr_ns(k, parent, here, PidType::TGID) : 0;
    info.mask |= PIDFD::INFO_PID | PIDFD::INFO_CREDS;
    return IoctlDone{0, info};
}

} // namespace

Result<IoctlDone> pidfd_ioctl(Kernel& k, Id<Task> caller, Id<Pid> pid, u32 cmd, u64 arg) {
    if (cmd == PIDFD::GET_INFO) return pidfd_info(k, caller, pid, arg);
    const ProcEntry entry = namespace_of(cmd);
    if (entry == ProcEntry::none) return fail(E::NOTTY, "a pidfd knows no such request");
    const Id<Task> task = pid_task(k, pid, PidType::PID);
    if (!task) return fail(E::SRCH, "the process has been reaped");
    if (arg) return fail(E::INVAL, "nothing belongs behind the request");
    if (!k[task].nsproxy) return fail(E::SRCH, "the process has exited and is in no namespace");
    if (!ptrace_may_access(k, caller, task)) return fail(E::ACCES, "the caller may not look at the process");
    NsOfTask ns{NsType::pid, k[k[task].nsproxy].pid_ns_for_children.index}; // whose link in proc needs an init
    if (entry != ProcEntry::ns_pid_for_children) ns = TRY(proc_ns_of(k, task, entry));
    const HeldPath path = ns_get_path(k, ns.type, ns.index);
    return IoctlDone{fd_install(k, caller, alloc_file(k, caller, *path, O::RDONLY), true), {}};
}

void stop_polling(Kernel& k, Id<Task> task) {
    if (const Id<File> file = std::exchange(k[task].polls, {})) fput(k, file);
}

/// poll(2) of one descriptor, with a timeout of nothing or of ever. While it sleeps it holds the file, and looks at the
/// descriptor again only when that wakes it, or a signal. EINTR: a handler ran meanwhile.
/// Source: fs/select.c, do_sys_poll(), do_poll() and __pollwait().
Result<std::optional<u32>> sys_poll(Kernel& k, Id<Task> task, i32 fd, u32 events, i32 timeout) {
    if (timeout > 0) return fail(E::NOSYS, "not modelled yet: time that passes");
    const Woken woken = std::exchange(k[task].woken, Woken::no);
    if (k[task].sleep == Sleep::interruptible && woken == Woken::no) {
        const Id<File> file = k[task].polls;
        if (!file || !pidfd_poll(k, k[file].pidfd)) return std::optional<u32>{};
    }
    stop_polling(k, task);
    k[task].sleep = Sleep::none;
    const u32 revents = TRY(do_pollfd(k, task, fd, events));
    if (revents || timeout == 0) return std::optional(revents);
    if (woken >= Woken::restarted) return fail(E::INTR, "a signal handler ran meanwhile");
    k[task].sleep = Sleep::interruptible;
    if (const Id<File> file = waits_for(k, task, fd)) {
        k[task].polls = file;
        ++k[file].f_count;
    }
    return std::optional<u32>{};
}

} // namespace nslab
