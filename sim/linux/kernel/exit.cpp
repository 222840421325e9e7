// The end of a task and what its parent learns of it. Follows kernel/exit.c of Linux 6.18. PID 1 of the modelled world
// is a process that always waits: what falls to it is reaped at once. Subreapers, tracing and stopped tasks are left
// out.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

void put_files_struct(Kernel& k, Id<FilesStruct> files, std::vector<Id<File>>& closed) {
    if (--k[files].count > 0) return;
    const std::vector<Fd> table = std::as_const(k)[files].fd;
    k.files_structs.free(files);
    for (const Fd& fd : table) {
        if (!fd.file) continue;
        if (k[fd.file].f_count > 1)
            --k[fd.file].f_count;
        else
            closed.push_back(fd.file);
    }
}

/// Source: kernel/exit.c, __unhash_process(). What names nobody any more.
static std::vector<Id<Pid>> unhash_process(Kernel& k, Id<Task> task) {
    std::vector<Id<Pid>> unused;
    const auto detach = [&](PidType type) {
        if (const Id<Pid> pid = detach_pid(k, task, type)) unused.push_back(pid);
    };
    const bool group_dead = k[k[task].signal].nr_threads == 1;
    --k[k[task].signal].nr_threads;
    detach(PidType::PID);
    if (group_dead) {
        detach(PidType::TGID);
        detach(PidType::PGID);
        detach(PidType::SID);
        task_child_del(k, task);
    }
    thread_del(k, task);
    return unused;
}

void release_task(Kernel& k, Id<Task> task) {
    k.note([&] { return "process " + std::to_string(k[task].pid) + " is reaped"; });
    const Id<Pid> pid = task_pid(k, task);
    proc_flush_task(k, task);
    for (const Id<Pid> unused : unhash_process(k, task)) free_pid(k, unused);
    (void)pid;
    const Task gone = std::as_const(k)[task];
    k.tasks.free(task);
    if (k[gone.signal].nr_threads == 0) k.signals.free(gone.signal);
    if (--k[gone.sighand].count == 0) k.sighands.free(gone.sighand);
    put_cred(k, gone.cred);
}

static bool init_reaps(const Kernel& k, Id<Task> task) {
    return k[task].exit_state == ExitState::zombie && k[task].parent == k.init;
}

/// The children go to the init of the PID namespace, at the end of its own. Source: forget_original_parent().
static void forget_original_parent(Kernel& k, Id<Task> father) {
    const Id<Task> reaper = k[task_active_pid_ns(k, father)].child_reaper;
    while (const Id<Task> child = k[father].children) {
        task_child_del(k, child);
        k.note([&] { return "process " + std::to_string(k[child].pid) + " falls to init"; });
        k[child].exit_signal = SIG::CHLD; // whatever it was: nobody shall slay init
        task_child_add_tail(k, reaper, child);
        if (init_reaps(k, child)) release_task(k, child);
    }
}

/// Source: kernel/exit.c, exit_notify().
static void exit_notify(Kernel& k, Id<Task> task) {
    forget_original_parent(k, task);
    k[task].exit_state = ExitState::zombie;
    const Id<Task> parent = k[task].parent;
    const i32 sig = k[task].exit_signal;
    if (init_reaps(k, task)) release_task(k, task);
    // clone(2) may have chosen a signal that the parent does not survive.
    if (parent && sig > 0 && sig <= SIG::RTMAX) send_signal(k, parent, sig);
}

void do_exit(Kernel& k, Id<Task> task, i32 exit_code) {
    k[task].exit_code = exit_code;
    k[task].exiting = true;
    --k[k[task].signal].live;
    const Id<MmStruct> mm = std::exchange(k[task].mm, {});
    mmput(k, mm);
    std::vector<Id<File>> closed;
    put_files_struct(k, std::exchange(k[task].files, {}), closed);
    const Id<FsStruct> fs = std::exchange(k[task].fs, {});
    if (--k[fs].users == 0) free_fs_struct(k, fs);
    switch_task_namespaces(k, task, {});
    // Files are really closed by exit_task_work(), the last first.
    for (auto file = closed.rbegin(); file != closed.rend(); ++file) fput(k, *file);
    exit_notify(k, task);
}

/// exit_group(2). The caller may be gone altogether afterwards: a child of init is reaped at once.
/// The init of the world does not exit: the kernel would panic.
void sys_exit(Kernel& k, Id<Task> task, i32 error_code) {
    if (task == k.init) return;
    do_exit(k, task, (error_code & 0xff) << 8);
}

// ---- wait4(2)

/// Children with another exit signal than SIGCHLD are waited for with __WCLONE, all with __WALL.
/// Source: kernel/exit.c, eligible_child().
static bool eligible_child(const Kernel& k, Id<Task> child, u32 options) {
    if (options & WAIT::ALL) return true;
    return (k[child].exit_signal != SIG::CHLD) == bool(options & WAIT::CLONE);
}

/// wait4(2): reaps the first child in order of making that has exited and that `pid` allows: -1 any, 0 one of the
/// caller's process group (all are in one), above 0 that child, below -1 one of that group (there is none).
/// EINVAL: unknown options; ESRCH: the most negative number; ECHILD: no such child. Source: kernel/exit.c,
/// kernel_wait4().
Result<Waited> sys_wait4(Kernel& k, Id<Task> task, i32 pid, u32 options) {
    constexpr u32 kKnown = WAIT::NOHANG | WAIT::UNTRACED | WAIT::CONTINUED | WAIT::NOTHREAD | WAIT::ALL | WAIT::CLONE;
    if (options & ~kKnown) return fail(E::INVAL, "wait4 knows no such option");
    if (pid == INT32_MIN) return fail(E::SRCH, "this process group cannot exist");

    bool somebody = false;
    for (Id<Task> child = k[task].children; child; child = k[child].sibling_next) {
        if (pid > 0 && child != find_task_by_vpid(k, task, pid)) continue;
        if (pid < -1 || !eligible_child(k, child, options)) continue;
        somebody = true;
        if (k[child].exit_state != ExitState::zombie) continue;
        const Waited waited{task_pid_nr_ns(k, child, task_active_pid_ns(k, task)), k[child].exit_code, false};
        release_task(k, child);
        return waited;
    }
    if (!somebody) return fail(E::CHILD, "there is no such child to wait for");
    Waited nobody_yet;
    nobody_yet.blocked = !(options & WAIT::NOHANG);
    return nobody_yet;
}

} // namespace nslab
