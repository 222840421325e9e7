// Making tasks and threads. Follows kernel/fork.c of Linux 6.18. Memory and signal handlers are only counted; children
// in another cgroup come with cgroups.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

static bool all_of(u64 flags, u64 mask) { return (flags & mask) == mask; }

void task_child_add_tail(Kernel& k, Id<Task> parent, Id<Task> child) {
    const Id<Task> first = k[parent].children;
    Task& c = k[child];
    c.real_parent = c.parent = parent;
    c.sibling_next = {};
    if (first) {
        c.sibling_prev = k[first].sibling_prev;
        k[c.sibling_prev].sibling_next = child;
        k[first].sibling_prev = child;
    } else {
        c.sibling_prev = child;
        k[parent].children = child;
    }
}

void task_child_del(Kernel& k, Id<Task> child) {
    Task& c = k[child];
    if (!c.parent) return;
    const Id<Task> first = k[c.parent].children;
    if (first == child)
        k[c.parent].children = c.sibling_next;
    else
        k[c.sibling_prev].sibling_next = c.sibling_next;
    const Id<Task> behind = c.sibling_next ? c.sibling_next : k[c.parent].children;
    if (behind) k[behind].sibling_prev = c.sibling_prev;
    c.real_parent = c.parent = c.sibling_next = c.sibling_prev = {};
}

void thread_add_tail(Kernel& k, Id<Task> task) {
    SignalStruct& sig = k[k[task].signal];
    const Id<Task> first = sig.thread_head;
    Task& t = k[task];
    t.thread_next = {};
    if (!first) {
        t.thread_prev = sig.thread_head = task;
        return;
    }
    t.thread_prev = k[first].thread_prev;
    k[t.thread_prev].thread_next = task;
    k[first].thread_prev = task;
}

void thread_del(Kernel& k, Id<Task> task) {
    SignalStruct& sig = k[k[task].signal];
    Task& t = k[task];
    if (sig.thread_head == task)
        sig.thread_head = t.thread_next;
    else
        k[t.thread_prev].thread_next = t.thread_next;
    const Id<Task> behind = t.thread_next ? t.thread_next : sig.thread_head;
    if (behind) k[behind].thread_prev = t.thread_prev;
    t.thread_next = t.thread_prev = {};
}

// ---- what a child shares or copies

static Id<FsStruct> copy_fs(Kernel& k, u64 flags, Id<FsStruct> fs) {
    if (!(flags & CLONE::FS)) return copy_fs_struct(k, fs);
    ++k[fs].users;
    return fs;
}

Id<FilesStruct> dup_fd(Kernel& k, Id<FilesStruct> old) {
    const Id<FilesStruct> id = k.files_structs.alloc();
    k[id] = std::as_const(k)[old];
    k[id].count = 1;
    for (const Fd& fd : std::as_const(k)[id].fd)
        if (fd.file) ++k[fd.file].f_count;
    return id;
}

static Id<FilesStruct> copy_files(Kernel& k, u64 flags, Id<FilesStruct> files) {
    if (!(flags & CLONE::FILES)) return dup_fd(k, files);
    ++k[files].count;
    return files;
}

// ---- what a child copies of signals

void mmput(Kernel& k, Id<MmStruct> mm) {
    if (--k[mm].mm_users > 0) return;
    fput(k, std::exchange(k[mm].exe_file, {}));
    mmdrop(k, mm);
}

void mmdrop(Kernel& k, Id<MmStruct> mm) {
    if (--k[mm].mm_count > 0) return;
    const Id<Namespace> user_ns = k[mm].user_ns;
    k.mms.free(mm);
    put_namespace(k, user_ns);
}

static Id<MmStruct> copy_mm(Kernel& k, u64 flags, Id<MmStruct> old) {
    const Id<MmStruct> mm = flags & CLONE::VM ? old : k.mms.alloc();
    if (mm != old) {
        k[mm].user_ns = k[old].user_ns;
        k[mm].dumpable = k[old].dumpable;
        k[mm].exe_file = k[old].exe_file;
        ++k[k[mm].exe_file].f_count;
        get_namespace(k, k[mm].user_ns);
    }
    ++k[mm].mm_users;
    return mm;
}

static Id<SighandStruct> copy_sighand(Kernel& k, u64 flags, Id<SighandStruct> old) {
    if (flags & CLONE::SIGHAND) {
        ++k[old].count;
        return old;
    }
    const Id<SighandStruct> id = k.sighands.alloc();
    k[id].count = 1;
    k[id].action = std::as_const(k)[old].action;
    if (flags & CLONE::CLEAR_SIGHAND) flush_signal_handlers(k, id);
    return id;
}

/// A thread is not counted before nothing can fail any more.
static Id<SignalStruct> copy_signal(Kernel& k, u64 flags, Id<Task> task, Id<SignalStruct> old) {
    if (flags & CLONE::THREAD) return old;
    const Id<SignalStruct> id = k.signals.alloc();
    SignalStruct& sig = k[id];
    sig.nr_threads = sig.live = 1;
    sig.curr_target = task;
    return id;
}

/// Source: kernel/cred.c, copy_creds().
static Result<Id<Cred>> copy_creds(Kernel& k, Id<Task> parent, u64 flags) {
    const Id<Cred> old = std::as_const(k)[parent].cred;
    if (flags & CLONE::THREAD) {
        ++k[old].usage;
        return old;
    }
    const Id<Cred> made = prepare_creds(k, old);
    if (!(flags & CLONE::NEWUSER)) return made;
    if (auto ok = create_user_ns(k, parent, made); !ok) {
        put_cred(k, made);
        return tl::unexpected<Error>(ok.error());
    }
    set_cred_ucounts(k, made);
    return made;
}

/// Names the new task: its own number, and as the leader of a process the parent's group and session. The first in a
/// PID namespace is its init.
static void attach_pids(Kernel& k, Id<Task> task, Id<Pid> pid, const SignalStruct& parent) {
    k[task].thread_pid = pid;
    SignalStruct& sig = k[k[task].signal];
    if (thread_group_leader(k, task)) {
        sig.pids = parent.pids;
        sig.pids[static_cast<std::size_t>(PidType::TGID)] = pid;
        if (is_child_reaper(k, pid)) {
            k[k[pid].ns].child_reaper = task;
            k[k[pid].ns].had_init = true;
            sig.flags |= SIGNAL::UNKILLABLE;
        }
        const SignalStruct& above = std::as_const(k)[k[k[task].real_parent].signal];
        sig.has_child_subreaper = above.has_child_subreaper || above.is_child_subreaper;
        attach_pid(k, task, PidType::TGID);
        attach_pid(k, task, PidType::PGID);
        attach_pid(k, task, PidType::SID);
    } else {
        ++sig.nr_threads;
        ++sig.live;
    }
    thread_add_tail(k, task);
    attach_pid(k, task, PidType::PID);
}

/// The checks of copy_process() that come before anything is copied, in their order.
static Result<> check_clone_flags(const Kernel& k, Id<Task> parent, u64 flags) {
    if (all_of(flags, CLONE::NEWNS | CLONE::FS))
        return fail(E::INVAL, "root and working directory cannot be shared into a new mount namespace", "copy_process");
    if (all_of(flags, CLONE::NEWUSER | CLONE::FS))
        return fail(E::INVAL, "root and working directory cannot be shared into a new user namespace", "copy_process");
    if ((flags & CLONE::THREAD) && !(flags & CLONE::SIGHAND))
        return fail(E::INVAL, "threads share their signal handlers", "copy_process");
    if ((flags & CLONE::SIGHAND) && !(flags & CLONE::VM))
        return fail(E::INVAL, "shared signal handlers need shared memory", "copy_process");
    if ((flags & CLONE::PARENT) && (k[k[parent].signal].flags & SIGNAL::UNKILLABLE))
        return fail(E::INVAL, "the init of a PID namespace has no siblings", "copy_process");
    if (flags & CLONE::THREAD) {
        if ((flags & (CLONE::NEWUSER | CLONE::NEWPID)) ||
            task_active_pid_ns(k, parent) != k[k[parent].nsproxy].pid_ns_for_children)
            return fail(E::INVAL, "all threads of a process are in one PID and one user namespace", "copy_process");
    }
    if (all_of(flags, CLONE::PIDFD | CLONE::DETACHED))
        return fail(E::INVAL, "CLONE_DETACHED is reserved beside CLONE_PIDFD", "copy_process");
    if (flags & CLONE::INTO_CGROUP) return fail(E::NOSYS, "not modelled yet: children in another cgroup");
    return {};
}

/// The part of copy_process() that can fail with something to undo: namespaces and the number.
static Result<Id<Pid>> copy_namespaces_and_pid(Kernel& k, Id<Task> parent, Id<Task> child,
                                               const KernelCloneArgs& args) {
    TRY(copy_namespaces(k, args.flags, parent, child));
    const Id<Pid> pid = TRY(alloc_pid(k, parent, k[k[child].nsproxy].pid_ns_for_children, args.set_tid));
    if ((args.flags & CLONE::PIDFD) && args.pidfd != OutPtr::somewhere) {
        free_pid(k, pid); // but the number is used up: the next child gets the one behind
        return fail(E::FAULT, "there is nowhere to write the pidfd to", "copy_process");
    }
    return pid;
}

/// What a failed copy_process() leaves behind, given back.
static void cleanup(Kernel& k, Id<Task> id) {
    const Task t = std::as_const(k)[id];
    if (t.nsproxy) exit_task_namespaces(k, id);
    mmput(k, t.mm);
    if (k[t.signal].live == 1 && !k[t.signal].thread_head) k.signals.free(t.signal);
    if (--k[t.sighand].count == 0) k.sighands.free(t.sighand);
    if (--k[t.fs].users == 0) free_fs_struct(k, t.fs);
    std::vector<Id<File>> closed;
    put_files_struct(k, t.files, closed);
    for (const Id<File> file : closed) fput(k, file);
    put_cred(k, t.cred);
    k.tasks.free(id);
}

/// What the parent was sent before is heeded before there is a child, be it that another thread was told of it. The
/// kernel returns ERESTARTNOINTR and begins anew.
static Result<> heed_signals_first(Kernel& k, Id<Task> parent) {
    if (stop_is_pending(k, parent)) return fail(E::NOSYS, "not modelled yet: to be stopped before the child is made");
    if (!recalc_sigpending(k, parent)) return {};
    schedule(k, parent);
    if (is_exiting(k, parent)) return fail(E::INTR, "a signal has ended the process");
    return {};
}

Result<Id<Task>> copy_process(Kernel& k, Id<Task> parent, const KernelCloneArgs& args, i32* pidfd) {
    const u64 flags = args.flags;
    TRY(check_clone_flags(k, parent, flags));
    TRY(heed_signals_first(k, parent));

    const Id<Cred> cred = TRY(copy_creds(k, parent, flags));
    const Task old = std::as_const(k)[parent];
    const Id<Task> id = k.tasks.alloc();
    {
        Task& p = k[id];
        p.cred = cred;
        p.files = copy_files(k, flags, old.files);
        p.fs = copy_fs(k, flags, old.fs);
        p.sighand = copy_sighand(k, flags, old.sighand);
        p.signal = copy_signal(k, flags, id, old.signal);
        p.mm = copy_mm(k, flags, old.mm);
        p.blocked = old.blocked;
        p.forknoexec = true;
        p.no_new_privs = old.no_new_privs;
        p.group_leader = flags & CLONE::THREAD ? old.group_leader : id;
        p.self_exec_id = old.self_exec_id;
        p.comm = old.comm;
    }
    const auto pid = copy_namespaces_and_pid(k, parent, id, args);
    if (!pid) {
        cleanup(k, id);
        return tl::unexpected<Error>(pid.error());
    }

    // Nothing can fail any more.
    Task& p = k[id];
    p.pid = k[*pid].numbers[0];
    p.tgid = flags & CLONE::THREAD ? old.tgid : p.pid;
    if (flags & CLONE::THREAD) {
        p.exit_signal = -1;
        p.parent_exec_id = old.parent_exec_id;
        p.real_parent = p.parent = old.real_parent; // on nobody's list of children: the leader is
    } else if (flags & CLONE::PARENT) {
        // A sibling, which tells the common parent as its elder does.
        p.exit_signal = k[old.group_leader].exit_signal;
        p.parent_exec_id = old.parent_exec_id;
        task_child_add_tail(k, old.real_parent, id);
    } else {
        p.exit_signal = args.exit_signal;
        p.parent_exec_id = old.self_exec_id;
        task_child_add_tail(k, parent, id);
    }
    attach_pids(k, id, *pid, std::as_const(k)[old.signal]);
    if (flags & CLONE::VFORK) {
        p.vfork_parent = parent;
        k[parent].sleep = Sleep::vfork;
    }
    if (flags & CLONE::PIDFD) {
        const auto fd =
            fd_install(k, parent, pidfd_prepare(k, parent, *pid, flags & CLONE::THREAD ? kPidfdThread : 0), true);
        if (pidfd) *pidfd = static_cast<i32>(fd);
    }
    k.note([&] { return "process " + std::to_string(p.pid) + " is made by " + std::to_string(old.pid); });
    return id;
}

/// Source: kernel/fork.c, kernel_clone().
static Result<Cloned> kernel_clone(Kernel& k, Id<Task> task, const KernelCloneArgs& args) {
    if (all_of(args.flags, CLONE::PIDFD | CLONE::PARENT_SETTID) && args.same_place)
        return fail(E::INVAL, "CLONE_PIDFD and CLONE_PARENT_SETTID have one place to write to");
    Cloned made;
    const Id<Task> child = TRY(copy_process(k, task, args, &made.pidfd));
    made.pid = task_pid_nr_ns(k, child, task_active_pid_ns(k, task));
    if ((args.flags & CLONE::PARENT_SETTID) && args.parent_tid == OutPtr::somewhere) made.parent_tid = made.pid;
    made.blocked = (args.flags & CLONE::VFORK) != 0;
    return made;
}

/// clone(2), and with it fork(2): a child that shares or copies what the flags say. Its PID in the caller's namespace.
/// EINVAL: flags that contradict each other; EFAULT: CLONE_PIDFD without a place to write to; ENOSPC, EAGAIN.
/// Source: kernel/fork.c.
Result<Cloned> sys_clone(Kernel& k, Id<Task> task, const KernelCloneArgs& args) { return kernel_clone(k, task, args); }

/// clone3(2): the same with 64 flags, CLONE_NEWTIME among them, and PIDs to choose.
/// EINVAL also: unknown flags, a signal above 64, an exit signal with CLONE_PARENT. EEXIST, EPERM: set_tid.
/// Source: kernel/fork.c, copy_clone_args_from_user() and clone3_args_valid().
Result<Cloned> sys_clone3(Kernel& k, Id<Task> task, const KernelCloneArgs& args, u64 exit_signal) {
    const u64 flags = args.flags;
    if (args.set_tid.size() > kMaxPidNsLevel) return fail(E::INVAL, "set_tid names more levels than there can be");
    if (exit_signal > static_cast<u64>(SIG::RTMAX)) return fail(E::INVAL, "the exit signal is no signal");
    if (flags & ~(u64{0xffffffff} | CLONE::CLEAR_SIGHAND | CLONE::INTO_CGROUP))
        return fail(E::INVAL, "clone3 knows no such flag");
    if (flags & (CLONE::DETACHED | (CLONE::SIGNAL_MASK & ~CLONE::NEWTIME)))
        return fail(E::INVAL, "CLONE_DETACHED and the bits of clone(2)'s signal are reserved in clone3");
    if (all_of(flags, CLONE::SIGHAND | CLONE::CLEAR_SIGHAND))
        return fail(E::INVAL, "shared signal handlers cannot be cleared");
    if ((flags & (CLONE::THREAD | CLONE::PARENT)) && exit_signal)
        return fail(E::INVAL, "the exit signal is inherited with CLONE_PARENT and CLONE_THREAD");
    return kernel_clone(k, task, args);
}

} // namespace nslab
