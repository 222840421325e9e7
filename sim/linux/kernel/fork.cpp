// Making tasks, and leaving what one shares. Follows kernel/fork.c of Linux 6.18. A task is a process with one thread,
// so CLONE_THREAD ends in "not modelled yet"; so do CLONE_VFORK, which would put the parent to sleep, and CLONE_NEWUSER
// and CLONE_NEWPID until those namespaces have their slices. Memory and signal handlers are only counted.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

static bool all_of(u64 flags, u64 mask) { return (flags & mask) == mask; }

void task_child_add_tail(Kernel& k, Id<Task> parent, Id<Task> child) {
    const Id<Task> first = k[parent].children;
    Task& c = k[child];
    c.parent = parent;
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
    c.parent = c.sibling_next = c.sibling_prev = {};
}

bool current_is_single_threaded(const Kernel& k, Id<Task> task) {
    bool alone = true;
    k.tasks.each([&](Id<Task> id, const Task& other) {
        if (id != task && other.exit_state == ExitState::running && other.mm == k[task].mm) alone = false;
    });
    return alone;
}

// ---- what a child shares or copies

static Id<FsStruct> copy_fs(Kernel& k, u64 flags, Id<FsStruct> fs) {
    if (!(flags & CLONE::FS)) return copy_fs_struct(k, fs);
    ++k[fs].users;
    return fs;
}

/// A table of its own with the same open files. Source: fs/file.c, dup_fd().
static Id<FilesStruct> dup_fd(Kernel& k, Id<FilesStruct> old) {
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

/// Those flags whose namespaces have not come to the model yet. Checked where the kernel would begin to copy.
static Result<> check_modelled(u64 flags) {
    if (flags & CLONE::NEWUSER) return fail(E::NOSYS, "not modelled yet: user namespaces");
    if (flags & CLONE::NEWPID) return fail(E::NOSYS, "not modelled yet: nested PID namespaces");
    return {};
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
    if ((flags & CLONE::PARENT) && is_child_reaper(k, parent))
        return fail(E::INVAL, "the init of a PID namespace has no siblings", "copy_process");
    if (flags & CLONE::THREAD) {
        if ((flags & (CLONE::NEWUSER | CLONE::NEWPID)) || k[parent].pid_ns != k[k[parent].nsproxy].pid_ns_for_children)
            return fail(E::INVAL, "all threads of a process are in one PID and one user namespace", "copy_process");
    }
    if (all_of(flags, CLONE::PIDFD | CLONE::DETACHED))
        return fail(E::INVAL, "CLONE_DETACHED is reserved beside CLONE_PIDFD", "copy_process");
    if (flags & CLONE::THREAD) return fail(E::NOSYS, "not modelled yet: threads");
    if (flags & CLONE::VFORK) return fail(E::NOSYS, "not modelled yet: a parent that sleeps until its child execs");
    if (flags & CLONE::INTO_CGROUP) return fail(E::NOSYS, "not modelled yet: children in another cgroup");
    return check_modelled(flags);
}

/// The part of copy_process() that can fail with something to undo: namespaces and the number. The new PID.
static Result<i32> copy_namespaces_and_pid(Kernel& k, Id<Task> parent, Id<Task> child, const KernelCloneArgs& args) {
    TRY(copy_namespaces(k, args.flags, parent, child));
    const i32 nr = TRY(alloc_pid(k, child, k[k[child].nsproxy].pid_ns_for_children, args.set_tid));
    // The number is used up by now: the next child gets the one behind.
    if (args.flags & CLONE::PIDFD) return fail(E::FAULT, "there is nowhere to write the pidfd to", "copy_process");
    return nr;
}

Result<Id<Task>> copy_process(Kernel& k, Id<Task> parent, const KernelCloneArgs& args) {
    const u64 flags = args.flags;
    TRY(check_clone_flags(k, parent, flags));

    const Task old = std::as_const(k)[parent];
    const Id<Task> id = k.tasks.alloc();
    {
        Task& p = k[id];
        p.user_ns = old.user_ns;
        p.uid = old.uid;
        p.gid = old.gid;
        p.mm = flags & CLONE::VM ? old.mm : ++k.mm_seq;
        p.sighand = flags & CLONE::SIGHAND ? old.sighand : ++k.mm_seq;
        p.files = copy_files(k, flags, old.files);
        p.fs = copy_fs(k, flags, old.fs);
    }
    const auto nr = copy_namespaces_and_pid(k, parent, id, args);
    if (!nr) {
        if (k[id].nsproxy) switch_task_namespaces(k, id, {});
        if (--k[k[id].fs].users == 0) free_fs_struct(k, k[id].fs);
        std::vector<Id<File>> closed;
        put_files_struct(k, k[id].files, closed);
        for (const Id<File> file : closed) fput(k, file);
        k.tasks.free(id);
        return tl::unexpected<Error>(nr.error());
    }

    // Nothing can fail any more.
    Task& p = k[id];
    get_namespace(k, p.user_ns);
    p.pid_ns = k[p.nsproxy].pid_ns_for_children;
    get_namespace(k, p.pid_ns);
    p.pid = *nr;
    attach_pid(k, id);
    // CLONE_PARENT makes a sibling, which tells the common parent as its elder does.
    p.exit_signal = flags & CLONE::PARENT ? old.exit_signal : args.exit_signal;
    task_child_add_tail(k, flags & CLONE::PARENT ? old.parent : parent, id);
    k.note([&] { return "process " + std::to_string(*nr) + " is made by " + std::to_string(old.pid); });
    return id;
}

/// clone(2), and with it fork(2): a child that shares or copies what the flags say. Its PID in the caller's namespace.
/// EINVAL: flags that contradict each other; EFAULT: CLONE_PIDFD, since no place for it is given; ENOSPC, EAGAIN.
/// Source: kernel/fork.c.
Result<i64> sys_clone(Kernel& k, Id<Task> task, u64 clone_flags) {
    KernelCloneArgs args;
    args.flags = clone_flags & 0xffffffff & ~CLONE::SIGNAL_MASK;
    args.exit_signal = static_cast<i32>(clone_flags & CLONE::SIGNAL_MASK);
    // Both would be written to one place.
    if (all_of(args.flags, CLONE::PIDFD | CLONE::PARENT_SETTID))
        return fail(E::INVAL, "CLONE_PIDFD and CLONE_PARENT_SETTID have one place to write to");
    return task_pid_vnr(k, TRY(copy_process(k, task, args)));
}

/// clone3(2): the same with 64 flags, CLONE_NEWTIME among them, and PIDs to choose.
/// EINVAL also: unknown flags, a signal above 64, an exit signal with CLONE_PARENT. EEXIST, EPERM: set_tid.
/// Source: kernel/fork.c, copy_clone_args_from_user() and clone3_args_valid().
Result<i64> sys_clone3(Kernel& k, Id<Task> task, u64 flags, u64 exit_signal, const std::vector<i32>& set_tid) {
    constexpr std::size_t kMaxPidNsLevel = 32;
    if (set_tid.size() > kMaxPidNsLevel) return fail(E::INVAL, "set_tid names more levels than there can be");
    if (exit_signal > static_cast<u64>(SIG::RTMAX)) return fail(E::INVAL, "the exit signal is no signal");
    if (flags & ~(u64{0xffffffff} | CLONE::CLEAR_SIGHAND | CLONE::INTO_CGROUP))
        return fail(E::INVAL, "clone3 knows no such flag");
    if (flags & (CLONE::DETACHED | (CLONE::SIGNAL_MASK & ~CLONE::NEWTIME)))
        return fail(E::INVAL, "CLONE_DETACHED and the bits of clone(2)'s signal are reserved in clone3");
    if (all_of(flags, CLONE::SIGHAND | CLONE::CLEAR_SIGHAND))
        return fail(E::INVAL, "shared signal handlers cannot be cleared");
    if ((flags & (CLONE::THREAD | CLONE::PARENT)) && exit_signal)
        return fail(E::INVAL, "the exit signal is inherited with CLONE_PARENT and CLONE_THREAD");
    if (all_of(flags, CLONE::PIDFD | CLONE::PARENT_SETTID))
        return fail(E::INVAL, "CLONE_PIDFD and CLONE_PARENT_SETTID have one place to write to");
    return task_pid_vnr(k, TRY(copy_process(k, task, {flags, static_cast<i32>(exit_signal), set_tid})));
}

// ---- unshare(2)

/// Source: kernel/fork.c, check_unshare_flags().
static Result<> check_unshare_flags(const Kernel& k, Id<Task> task, u64 flags) {
    constexpr u64 kKnown = CLONE::THREAD | CLONE::FS | CLONE::NEWNS | CLONE::SIGHAND | CLONE::VM | CLONE::FILES |
                           CLONE::SYSVSEM | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWNET | CLONE::NEWUSER |
                           CLONE::NEWPID | CLONE::NEWCGROUP | CLONE::NEWTIME;
    if (flags & ~kKnown) return fail(E::INVAL, "unshare knows no such flag");
    if (flags & (CLONE::SIGHAND | CLONE::VM)) {
        bool shared = false;
        k.tasks.each([&](Id<Task> id, const Task& other) {
            if (id != task && other.exit_state == ExitState::running && other.sighand == k[task].sighand) shared = true;
        });
        if (shared) return fail(E::INVAL, "signal handlers that are shared cannot be left");
    }
    if ((flags & CLONE::VM) && !current_is_single_threaded(k, task))
        return fail(E::INVAL, "memory that is shared cannot be left");
    return {};
}

/// Flags that others imply. Source: kernel/fork.c, ksys_unshare().
static u64 implied_unshare_flags(u64 flags) {
    if (flags & CLONE::NEWUSER) flags |= CLONE::THREAD | CLONE::FS;
    if (flags & CLONE::VM) flags |= CLONE::SIGHAND;
    if (flags & CLONE::SIGHAND) flags |= CLONE::THREAD;
    if (flags & CLONE::NEWNS) flags |= CLONE::FS;
    return flags;
}

/// The nsproxy with the new namespaces, NULL where none is asked for. Source: unshare_nsproxy_namespaces().
static Result<Id<Nsproxy>> unshare_nsproxy_namespaces(Kernel& k, Id<Task> task, u64 flags, Id<FsStruct> new_fs) {
    constexpr u64 kNew = CLONE::NEWNS | CLONE::NEWUTS | CLONE::NEWIPC | CLONE::NEWNET | CLONE::NEWPID |
                         CLONE::NEWCGROUP | CLONE::NEWTIME;
    if (!(flags & kNew)) return Id<Nsproxy>{};
    if (!ns_capable_sys_admin(k, task, k[task].user_ns)) return fail(E::PERM, "a new namespace takes CAP_SYS_ADMIN");
    return create_new_namespaces(k, flags, task, new_fs ? new_fs : k[task].fs);
}

/// unshare(2): leaves what the flags name for copies of its own.
/// EINVAL: unknown flags, or memory or handlers that others share; EPERM; ENOSPC. Source: kernel/fork.c,
/// ksys_unshare().
Result<> sys_unshare(Kernel& k, Id<Task> task, u64 unshare_flags) {
    const u64 flags = implied_unshare_flags(unshare_flags);
    TRY(check_unshare_flags(k, task, flags));
    TRY(check_modelled(flags));

    Id<FsStruct> new_fs;
    Id<FilesStruct> new_fd;
    // A new mount namespace moves root and working directory, so it needs a copy even of what nobody shares.
    if ((flags & CLONE::FS) && ((flags & CLONE::NEWNS) || k[k[task].fs].users > 1))
        new_fs = copy_fs_struct(k, k[task].fs);
    if ((flags & CLONE::FILES) && k[k[task].files].count > 1) new_fd = dup_fd(k, k[task].files);

    const auto made = unshare_nsproxy_namespaces(k, task, flags, new_fs);
    if (made) {
        if (*made) switch_task_namespaces(k, task, *made);
        if (new_fs) {
            std::swap(k[task].fs, new_fs);
            if (--k[new_fs].users > 0) new_fs = {}; // the others keep it
        }
        if (new_fd) std::swap(k[task].files, new_fd);
    }
    // What is left over: the old ones, or where it failed the copies.
    if (new_fd) {
        std::vector<Id<File>> closed;
        put_files_struct(k, new_fd, closed);
        for (const Id<File> file : closed) fput(k, file);
    }
    if (new_fs) free_fs_struct(k, new_fs);
    if (!made) return tl::unexpected<Error>(made.error());
    return {};
}

} // namespace nslab
