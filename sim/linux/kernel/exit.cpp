// The end of a task. Follows kernel/exit.c and zap_pid_ns_processes() of kernel/pid_namespace.c, Linux 6.18. PID 1 of
// the modelled world is a process that always waits: what falls to it is reaped at once. Tracing is left out.

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

i32 exit_status(const Kernel& k, Id<Task> task) {
    const SignalStruct& sig = k[k[task].signal];
    return sig.flags & SIGNAL::GROUP_EXIT ? sig.group_exit_code : k[task].exit_code;
}

// ---- being reaped

/// What names nobody any more is returned. Source: kernel/exit.c, __unhash_process().
static std::vector<Id<Pid>> unhash_process(Kernel& k, Id<Task> task) {
    std::vector<Id<Pid>> unused;
    const auto detach = [&](PidType type) {
        if (const Id<Pid> pid = detach_pid(k, task, type)) unused.push_back(pid);
    };
    detach(PidType::PID);
    if (thread_group_leader(k, task)) {
        detach(PidType::TGID);
        detach(PidType::PGID);
        detach(PidType::SID);
        task_child_del(k, task);
    }
    thread_del(k, task);
    return unused;
}

/// One task goes. Source: kernel/exit.c, release_task() and __exit_signal().
static void release_one(Kernel& k, Id<Task> task) {
    k.note([&] { return "process " + std::to_string(k[task].pid) + " is reaped"; });
    Pid& thread_pid = k[task_pid(k, task)];
    if (thread_pid.in_pidfs) { // pidfs_exit()
        thread_pid.exit_known = true;
        thread_pid.exit_code = k[task].exit_code;
    }
    proc_flush_pid(k, task_pid(k, task));
    const Id<Namespace> pid_ns = task_active_pid_ns(k, task);
    SignalStruct& sig = k[k[task].signal];
    if (sig.curr_target == task) sig.curr_target = next_thread(k, task);
    --sig.nr_threads;
    const std::vector<Id<Pid>> unused = unhash_process(k, task);
    if (k[pid_ns].child_reaper == task) k[pid_ns].child_reaper = {};
    for (const Id<Pid> pid : unused) free_pid(k, pid);
    const Task gone = std::as_const(k)[task];
    k.tasks.free(task);
    if (k[gone.signal].nr_threads == 0) k.signals.free(gone.signal);
    if (--k[gone.sighand].count == 0) k.sighands.free(gone.sighand);
    put_cred(k, gone.cred);
}

void release_task(Kernel& k, Id<Task> task) {
    const Id<Task> leader = k[task].group_leader;
    release_one(k, task);
    if (leader == task || !thread_group_empty(k, leader) || k[leader].exit_state != ExitState::zombie) return;
    // The last thread of a process whose leader has exited before.
    if (do_notify_parent(k, leader, k[leader].exit_signal)) {
        k[leader].exit_state = ExitState::dead;
        release_one(k, leader);
    }
}

// ---- who takes over the children

static Id<Task> find_alive_thread(const Kernel& k, Id<Task> task) {
    for (Id<Task> t = k[k[task].signal].thread_head; t; t = k[t].thread_next)
        if (!k[t].exiting) return t;
    return {};
}

/// Another thread, the nearest subreaper above in the same PID namespace, or the namespace's init.
/// Source: kernel/exit.c, find_new_reaper().
static Id<Task> find_new_reaper(const Kernel& k, Id<Task> father, Id<Task> child_reaper) {
    if (const Id<Task> thread = find_alive_thread(k, father)) return thread;
    if (!k[k[father].signal].has_child_subreaper) return child_reaper;
    const u32 level = k[task_pid(k, father)].level;
    // By the level: who was injected by setns() and fork() has ancestors outside.
    for (Id<Task> reaper = k[father].real_parent; reaper && k[task_pid(k, reaper)].level == level;
         reaper = k[reaper].real_parent) {
        if (!k[k[reaper].signal].is_child_subreaper) continue;
        if (const Id<Task> thread = find_alive_thread(k, reaper)) return thread;
    }
    return child_reaper;
}

/// Source: kernel/exit.c, reparent_leader(). Those that nobody waits for are `dead`.
static void reparent_leader(Kernel& k, Id<Task> father, Id<Task> child, std::vector<Id<Task>>& dead) {
    if (k[child].exit_state == ExitState::dead) return;
    k[child].exit_signal = SIG::CHLD; // whatever it was: nobody shall slay init
    if (k[child].exit_state == ExitState::zombie && thread_group_empty(k, child) &&
        do_notify_parent(k, child, SIG::CHLD)) {
        k[child].exit_state = ExitState::dead;
        dead.insert(dead.begin(), child);
    }
    kill_orphaned_pgrp(k, child, father);
}

/// Source: kernel/exit.c, forget_original_parent(), behind find_child_reaper().
static void forget_original_parent(Kernel& k, Id<Task> father, Id<Task> child_reaper, std::vector<Id<Task>>& dead) {
    if (!k[father].children) return;
    const Id<Task> reaper = find_new_reaper(k, father, child_reaper);
    while (const Id<Task> child = k[father].children) {
        task_child_del(k, child);
        task_child_add_tail(k, reaper, child);
        k.note(
            [&] { return "process " + std::to_string(k[child].pid) + " falls to " + std::to_string(k[reaper].pid); });
        for (Id<Task> t = k[k[child].signal].thread_head; t; t = k[t].thread_next) {
            k[t].real_parent = k[t].parent = reaper;
            if (k[t].pdeath_signal) (void)send_sig(k, {father}, t, k[t].pdeath_signal, PidType::TGID);
        }
        if (k[reaper].signal != k[father].signal) reparent_leader(k, father, child, dead);
    }
}

// ---- the end of a PID namespace

/// Nobody is added any more, children are reaped as they end, and everybody is killed in the order of the numbers.
/// Source: kernel/pid_namespace.c, zap_pid_ns_processes().
static void zap_pid_ns_processes(Kernel& k, Id<Namespace> pid_ns, Id<Task> me) {
    k[pid_ns].pid_allocated &= ~PIDNS_ADDING;
    KSigaction ignore = sigaction_of(k, me, SIG::CHLD);
    ignore.handler = kSigIgn;
    set_sigaction(k, me, SIG::CHLD, ignore);
    const Idr<Id<Pid>>& idr = std::as_const(k)[pid_ns].idr;
    for (u32 nr = idr.first_taken(2); nr; nr = idr.first_taken(nr + 1)) {
        const Id<Task> task = pid_task(k, idr.find(nr), PidType::PID);
        if (task && !fatal_signal_pending(k, task)) (void)send_sig(k, {}, task, SIG::KILL, PidType::TGID);
    }
    k[me].sleep = Sleep::zap_pid_ns;
    wake_up(k, me);
}

/// Whether the namespace is empty but for its init. The zombies among its children are reaped; those of parents outside
/// are not, and it waits for them. Source: zap_pid_ns_processes(), its second half.
static bool is_zapped(Kernel& k, Id<Namespace> pid_ns, Id<Task> me) {
    for (Id<Task> t = k[k[me].signal].thread_head; t; t = k[t].thread_next)
        for (Id<Task> child = k[t].children, next; child; child = next) {
            next = k[child].sibling_next;
            if (k[child].exit_state != ExitState::zombie || !thread_group_empty(k, child)) continue;
            k[child].exit_state = ExitState::dead;
            release_task(k, child);
        }
    return k[pid_ns].pid_allocated == (thread_group_leader(k, me) ? 1U : 2U);
}

// ---- exiting

/// Source: kernel/exit.c, exit_notify(), behind find_child_reaper().
static void exit_notify(Kernel& k, Id<Task> task, Id<Task> child_reaper) {
    std::vector<Id<Task>> dead;
    forget_original_parent(k, task, child_reaper, dead);
    if (k[k[task].signal].live == 0) kill_orphaned_pgrp(k, k[task].group_leader, {});
    k[task].exit_state = ExitState::zombie;
    const bool autoreap = !thread_group_leader(k, task) ||
                          (thread_group_empty(k, task) && do_notify_parent(k, task, k[task].exit_signal));
    if (autoreap) {
        k[task].exit_state = ExitState::dead;
        dead.insert(dead.begin(), task);
    }
    for (const Id<Task> each : dead) release_task(k, each);
}

void continue_exit(Kernel& k, Id<Task> init) {
    if (!is_zapped(k, task_active_pid_ns(k, init), init)) return;
    k[init].sleep = Sleep::none;
    exit_notify(k, init, init);
}

/// Signals to the process that this thread would have taken are left to others, the next of the ring first.
/// Source: kernel/signal.c.
static void retarget_shared_pending(Kernel& k, Id<Task> task) {
    Sigset retarget = k[k[task].signal].shared_pending.signal & ~k[task].blocked;
    for (Id<Task> t = next_thread(k, task); retarget && t != task; t = next_thread(k, t)) {
        if (k[t].exiting || !(retarget & ~k[t].blocked)) continue;
        retarget &= k[t].blocked;
        if (!k[t].sigpending) signal_wake_up(k, t, false);
    }
}

/// Source: kernel/signal.c.
static void exit_signals(Kernel& k, Id<Task> task) {
    k[task].exiting = true;
    if (thread_group_empty(k, task) || (k[k[task].signal].flags & SIGNAL::GROUP_EXIT)) return;
    if ((k[task].jobctl & JOBCTL::STOP_PENDING) && task_participate_group_stop(k, task))
        do_notify_parent_cldstop(k, task, CLD::STOPPED);
    retarget_shared_pending(k, task);
}

void do_exit(Kernel& k, Id<Task> task, i32 code) {
    SignalStruct& sig = k[k[task].signal];
    if (sig.live == 1 && !(sig.flags & SIGNAL::GROUP_EXIT)) { // synchronize_group_exit()
        sig.flags = SIGNAL::GROUP_EXIT;
        sig.group_exit_code = code;
    }
    // Killed while it waits for a child of vfork(): the child has nobody to wake any more.
    if (k[task].sleep == Sleep::vfork)
        std::as_const(k).tasks.each([&](Id<Task> id, const Task& t) {
            if (t.vfork_parent == task) k[id].vfork_parent = {};
        });
    k[task].sleep = Sleep::none;
    stop_waiting(k, task);
    stop_polling(k, task);
    exit_signals(k, task);
    --sig.live;
    k[task].exit_code = code;
    mm_release(k, task);
    k[task].user_dumpable = k[k[task].mm].dumpable;
    mmput(k, std::exchange(k[task].mm, {}));
    std::vector<Id<File>> closed;
    put_files_struct(k, std::exchange(k[task].files, {}), closed);
    const Id<FsStruct> fs = std::exchange(k[task].fs, {});
    if (--k[fs].users == 0) free_fs_struct(k, fs);
    exit_task_namespaces(k, task);
    // Files are really closed by exit_task_work(), the last first.
    for (auto file = closed.rbegin(); file != closed.rend(); ++file) fput(k, *file);

    // Source: kernel/exit.c, find_child_reaper().
    const Id<Namespace> pid_ns = task_active_pid_ns(k, task);
    Id<Task> reaper = k[pid_ns].child_reaper;
    if (reaper == task) {
        reaper = find_alive_thread(k, task);
        if (!reaper) return zap_pid_ns_processes(k, pid_ns, task); // continue_exit() goes on from here
        k[pid_ns].child_reaper = reaper;
    }
    exit_notify(k, task, reaper);
}

void do_group_exit(Kernel& k, Id<Task> task, i32 exit_code) {
    SignalStruct& sig = k[k[task].signal];
    if (sig.flags & SIGNAL::GROUP_EXIT) {
        exit_code = sig.group_exit_code;
    } else if (sig.group_exec_task) {
        exit_code = 0;
    } else {
        sig.group_exit_code = exit_code;
        sig.flags = SIGNAL::GROUP_EXIT;
        zap_other_threads(k, task);
    }
    do_exit(k, task, exit_code);
}

/// exit_group(2). The caller may be gone altogether afterwards: a child of init is reaped at once.
/// The init of the world does not exit: the kernel would panic.
void sys_exit_group(Kernel& k, Id<Task> task, i32 error_code) {
    if (task == k.init) return;
    do_group_exit(k, task, (error_code & 0xff) << 8);
    schedule(k, task);
}

/// exit(2): the calling thread only.
void sys_exit(Kernel& k, Id<Task> task, i32 error_code) {
    if (task == k.init) return;
    do_exit(k, task, (error_code & 0xff) << 8);
    schedule(k, task);
}

} // namespace nslab
