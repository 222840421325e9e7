#pragma once
// What the files of kernel/ offer each other and fs/: tasks, nsproxy, capabilities, namespaces that are only counted.

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/linux/kernel.hpp"
#include "sim/linux/uapi/buffers.hpp"

namespace nslab {

// ---- cred.cpp

/// Whether it is the group of the credentials or one of their further ones. Source: kernel/groups.c, in_group_p().
bool in_group_p(const Cred& cred, u32 gid);
/// The same of the effective group, where no file is asked for. Source: kernel/groups.c, in_egroup_p().
bool in_egroup_p(const Cred& cred, u32 gid);
/// A copy that may be changed until it is committed, count 1. Source: kernel/cred.c, prepare_creds().
Id<Cred> prepare_creds(Kernel& k, Id<Cred> old);
/// Gives the task these credentials, whose reference it takes over. Source: kernel/cred.c, commit_creds().
void commit_creds(Kernel& k, Id<Task> task, Id<Cred> made);
/// The task goes into another user namespace, which may_enter_userns() has allowed. The end of setns(2).
void commit_user_ns(Kernel& k, Id<Task> task, Id<Namespace> user_ns);
void put_cred(Kernel& k, Id<Cred> cred);
inline const Cred& task_cred(const Kernel& k, Id<Task> task) { return k[k[task].cred]; }
inline Id<Namespace> task_user_ns(const Kernel& k, Id<Task> task) { return task_cred(k, task).user_ns; }
/// The user namespace of the caller's credentials. Source: include/linux/cred.h.
inline Id<Namespace> current_user_ns(const Kernel& k, Id<Task> task) { return task_user_ns(k, task); }

// ---- pid.cpp

/// A struct pid with a number in `ns` and in each namespace around it, or set_tid's (deepest first), which `task` asks
/// for; what is used up of the counters stays so even if it fails.
/// EAGAIN: none is free; EINVAL, EPERM, EEXIST for set_tid; ENOMEM: the init of `ns` is gone. Source: kernel/pid.c.
Result<Id<Pid>> alloc_pid(Kernel& k, Id<Task> task, Id<Namespace> ns, std::span<const i32> set_tid);
/// Gives the numbers back. Source: kernel/pid.c, free_pid().
void free_pid(Kernel& k, Id<Pid> pid);
void get_pid(Kernel& k, Id<Pid> pid);
void put_pid(Kernel& k, Id<Pid> pid);
/// Makes what the task's `type` points to name it. Source: kernel/pid.c, attach_pid().
void attach_pid(Kernel& k, Id<Task> task, PidType type);
/// The task is no longer named so; what names nobody any more is returned, for free_pid(). Source: detach_pid().
Id<Pid> detach_pid(Kernel& k, Id<Task> task, PidType type);
/// Another name of this type, such as a process group. Source: kernel/pid.c, change_pid().
void change_pid(Kernel& k, Id<Task> task, PidType type, Id<Pid> pid);
Id<Pid> task_pid_type(const Kernel& k, Id<Task> task, PidType type);
inline Id<Pid> task_pid(const Kernel& k, Id<Task> task) { return k[task].thread_pid; }
inline Id<Pid> task_tgid(const Kernel& k, Id<Task> task) { return task_pid_type(k, task, PidType::TGID); }
inline Id<Pid> task_pgrp(const Kernel& k, Id<Task> task) { return task_pid_type(k, task, PidType::PGID); }
inline Id<Pid> task_session(const Kernel& k, Id<Task> task) { return task_pid_type(k, task, PidType::SID); }
inline Id<Task> pid_task(const Kernel& k, Id<Pid> pid, PidType type) {
    return k[pid].tasks[static_cast<std::size_t>(type)];
}
Id<Pid> find_pid_ns(const Kernel& k, i32 nr, Id<Namespace> ns);
/// The same in the PID namespace of `task`.
Id<Pid> find_vpid(const Kernel& k, Id<Task> task, i32 nr);
/// The task, be it a leader or another thread, of a number; NULL where there is none.
Id<Task> find_task_by_pid_ns(const Kernel& k, i32 nr, Id<Namespace> pid_ns);
Id<Task> find_task_by_vpid(const Kernel& k, Id<Task> task, i32 pid);
/// A number as a PID namespace sees it, 0 where it has none there. Source: kernel/pid.c, pid_nr_ns().
i32 pid_nr_ns(const Kernel& k, Id<Pid> pid, Id<Namespace> ns);
i32 task_pid_nr_ns(const Kernel& k, Id<Task> task, Id<Namespace> pid_ns, PidType type = PidType::PID);
/// A task's number in its own PID namespace.
i32 task_pid_vnr(const Kernel& k, Id<Task> task);
/// The task's own PID namespace, which is not where its children are born. NULL once it has been reaped.
Id<Namespace> task_active_pid_ns(const Kernel& k, Id<Task> task);
/// Whether `child` is `ancestor` or lies in it. Source: kernel/pid_namespace.c, pidns_is_ancestor().
bool pidns_is_ancestor(const Kernel& k, Id<Namespace> child, Id<Namespace> ancestor);
/// An open file that is a process; it is the caller's to install. Source: kernel/fork.c, pidfd_prepare().
Id<File> pidfd_prepare(Kernel& k, Id<Task> opener, Id<Pid> pid, u32 flags);
inline constexpr u32 kPidfdThread = O::EXCL; // PIDFD_THREAD
void exchange_tids(Kernel& k, Id<Task> left, Id<Task> right);
void transfer_pid(Kernel& k, Id<Task> from, Id<Task> to, PidType type);
/// The init of its PID namespace. Source: include/linux/pid.h, is_child_reaper().
inline bool is_child_reaper(const Kernel& k, Id<Pid> pid) { return k[pid].numbers[k[pid].level] == 1; }

// ---- fork.cpp, exit.cpp, signal.cpp

/// What fork(2), clone(2) and clone3(2) have in common. Source: include/linux/sched/task.h.
struct KernelCloneArgs {
    u64 flags = 0; // without the exit signal
    i32 exit_signal = SIG::CHLD;
    std::vector<i32> set_tid;
    OutPtr pidfd = OutPtr::null, parent_tid = OutPtr::null; // where to write
    bool same_place = false;                                // both are one address
};
/// What clone(2) makes of its flags, with the exit signal in the low byte.
inline KernelCloneArgs clone_args(u64 clone_flags, OutPtr parent_tid = OutPtr::null) {
    KernelCloneArgs args;
    args.flags = clone_flags & 0xffffffff & ~CLONE::SIGNAL_MASK;
    args.exit_signal = static_cast<i32>(clone_flags & CLONE::SIGNAL_MASK);
    args.pidfd = args.parent_tid = parent_tid;
    args.same_place = true;
    return args;
}
/// A task of its own, child of `parent`, sharing or copying what the flags say. Source: kernel/fork.c, copy_process().
Result<Id<Task>> copy_process(Kernel& k, Id<Task> parent, const KernelCloneArgs& args, i32* pidfd = nullptr);
/// Ends a task: zombie, its children go to init, its files, fs and nsproxy are dropped. Source: kernel/exit.c,
/// do_exit().
void do_exit(Kernel& k, Id<Task> task, i32 exit_code);
/// Drops a task's share of a table of descriptors; the last one closes them, newest first, as exit_task_work() does.
/// The files are closed by the caller: `closed` holds each whose last reference this was. Source: fs/file.c.
void put_files_struct(Kernel& k, Id<FilesStruct> files, std::vector<Id<File>>& closed);
/// A table of its own with the same open files. Source: fs/file.c, dup_fd().
Id<FilesStruct> dup_fd(Kernel& k, Id<FilesStruct> old);
/// A zombie is reaped, or nobody waits for it: its PID is free and its /proc directories vanish.
/// Source: kernel/exit.c, release_task().
void release_task(Kernel& k, Id<Task> task);
/// The threads of a process end, each by itself. Source: kernel/exit.c, do_group_exit().
void do_group_exit(Kernel& k, Id<Task> task, i32 exit_code);
/// Goes on with the end of an init that waited in zap_pid_ns_processes() for its PID namespace to become empty.
void continue_exit(Kernel& k, Id<Task> init);
/// The child has left the memory of a parent that sleeps in vfork(). Source: kernel/fork.c, mm_release().
void mm_release(Kernel& k, Id<Task> task);
/// Whether the task has exited, or is about to: it makes no call any more.
inline bool is_exiting(const Kernel& k, Id<Task> task) {
    return k[task].exit_state != ExitState::running || k[task].exiting;
}
/// The status that a wait for the task gives. Source: kernel/exit.c, wait_task_zombie().
i32 exit_status(const Kernel& k, Id<Task> task);

// ---- signal.cpp

/// Who sends: a process, whose siginfo is made of what the receiver may know, or the kernel itself.
struct Sender {
    Id<Task> current; // NULL for the kernel: SEND_SIG_PRIV
    i32 code = SI::USER;
};
/// Sends a signal to a process or, with PidType::PID, to a thread, after checking whether the sender may.
/// EINVAL: no signal; EPERM; ESRCH. Source: kernel/signal.c, group_send_sig_info() and do_send_sig_info().
Result<> send_sig(Kernel& k, Sender sender, Id<Task> target, i32 sig, PidType type);
/// The same with a siginfo that the sender has made up. What it says of the user is translated, and nobody outside of
/// the receiver's PID namespace has a number. Source: kernel/signal.c, send_signal_locked().
Result<> send_sig_info(Kernel& k, Id<Task> current, Id<Task> target, Siginfo info, PidType type);
/// Tells the parent that the process has ended. True where nobody will wait for it. Source: do_notify_parent().
bool do_notify_parent(Kernel& k, Id<Task> task, i32 sig);
/// Every handler is gone, and what is ignored stays so. Source: kernel/signal.c, flush_signal_handlers().
void flush_signal_handlers(Kernel& k, Id<SighandStruct> sighand);
KSigaction sigaction_of(const Kernel& k, Id<Task> task, i32 sig);
void set_sigaction(Kernel& k, Id<Task> task, i32 sig, const KSigaction& action);
/// SIGKILL for all other threads of the process; how many there are. Source: kernel/signal.c, zap_other_threads().
u32 zap_other_threads(Kernel& k, Id<Task> task);
bool fatal_signal_pending(const Kernel& k, Id<Task> task);
/// Whether there are signals that the task does not block, be it that another thread was told of them; it heeds them on
/// its way back. Source: kernel/signal.c.
bool recalc_sigpending(Kernel& k, Id<Task> task);
/// Whether one of them would stop the process.
bool stop_is_pending(const Kernel& k, Id<Task> task);
/// Queues a signal for the whole process, unless it is dropped. `force`: not even an init ignores SIGKILL and SIGSTOP.
/// Source: kernel/signal.c, __send_signal_locked().
void send_signal_locked(Kernel& k, const Siginfo& info, Id<Task> target, bool force);
/// To every process of a group, whoever joined it last first. Source: kernel/signal.c, __kill_pgrp_info().
Result<> kill_pgrp(Kernel& k, Sender sender, Id<Pid> pgrp, i32 sig);
/// Calls `send` for each of them: what the first that was reached says, or else the first. ESRCH: there are none.
Result<> for_each_of_pgrp(Kernel& k, Id<Pid> pgrp, const std::function<Result<>(Id<Task>)>& send);
/// A task has something to look at when it runs again.
void wake_up(Kernel& k, Id<Task> task);
/// Tells a task that it has a signal; SIGKILL wakes also who is stopped.
/// Source: include/linux/sched/signal.h, signal_wake_up().
void signal_wake_up(Kernel& k, Id<Task> task, bool fatal);
/// Who waits for such a child in the process of `parent` looks again. Source: kernel/exit.c, __wake_up_parent().
void wake_up_parent(Kernel& k, Id<Task> child, Id<Task> parent);
/// A task sleeps in wait4(2) or waitid(2) no longer.
void stop_waiting(Kernel& k, Id<Task> task);
/// Lets go of what poll(2) sleeps for. Source: fs/select.c, poll_freewait().
void stop_polling(Kernel& k, Id<Task> task);
/// Takes the lowest pending signal of `set`, those to the thread first; signo 0 where there is none.
Siginfo dequeue_signal(Kernel& k, Id<Task> task, Sigset set);
/// Everybody who has been woken runs until it sleeps again or ends, the caller last: what happens on the way back from
/// a system call. Each call that wakes somebody ends with it.
void schedule(Kernel& k, Id<Task> current);

// ---- jobctl.cpp

/// Stops the caller, and with `sig`, or where its process is stopping already, each other thread; the last one tells
/// the parent. False where the process ends meanwhile. Source: kernel/signal.c, do_signal_stop().
bool do_signal_stop(Kernel& k, Id<Task> task, i32 sig);
/// The task counts as stopped. True where it was the last of its process. Source: task_participate_group_stop().
bool task_participate_group_stop(Kernel& k, Id<Task> task);
void task_clear_stop_pending(Kernel& k, Id<Task> task);
/// SIGCONT has been sent: whoever is stopped goes on, whatever becomes of the signal. Source: prepare_signal().
void continue_group(Kernel& k, Id<SignalStruct> signal);
/// A task that runs again tells the parent that the process goes on. False where nobody is to be told.
/// Source: kernel/signal.c, get_signal().
bool tell_stop_or_go(Kernel& k, Id<Task> task);
/// SIGCHLD to the parent, unless it ignores it or has asked for none (SA_NOCLDSTOP). Source: kernel/signal.c.
void do_notify_parent_cldstop(Kernel& k, Id<Task> task, i32 why);
/// Nobody outside of the caller's process group, but in its session, is a parent in it: SIGTSTP, SIGTTIN and SIGTTOU do
/// not stop it. Source: kernel/exit.c.
bool is_current_pgrp_orphaned(const Kernel& k, Id<Task> task);
/// SIGHUP and SIGCONT to the group of `task`, if it has stopped processes and loses the last one that looked after it:
/// by the end of `task`, or of its former parent, where that is given. Source: kernel/exit.c, kill_orphaned_pgrp().
void kill_orphaned_pgrp(Kernel& k, Id<Task> task, Id<Task> parent);

/// Which of its ids the caller asks with: those for files (in /proc), or its real ones.
enum class PtraceCreds : u8 { fs, real };
/// Whether `task` may look at `target` (PTRACE_MODE_READ). Source: kernel/ptrace.c, ptrace_may_access().
bool ptrace_may_access(const Kernel& k, Id<Task> task, Id<Task> target, PtraceCreds creds = PtraceCreds::fs);
/// Whether nobody shares the caller's memory. Source: lib/is_single_threaded.c.
bool current_is_single_threaded(const Kernel& k, Id<Task> task);
inline bool thread_group_leader(const Kernel& k, Id<Task> task) { return k[task].exit_signal >= 0; }
/// Whether the process has one thread only. Source: include/linux/sched/signal.h, thread_group_empty().
inline bool thread_group_empty(const Kernel& k, Id<Task> task) {
    return thread_group_leader(k, task) && k[k[task].signal].thread_head == task && !k[task].thread_next;
}
/// The thread behind it in the ring of its process. Source: include/linux/sched/signal.h, next_thread().
inline Id<Task> next_thread(const Kernel& k, Id<Task> task) {
    return k[task].thread_next ? k[task].thread_next : k[k[task].signal].thread_head;
}
void task_child_add_tail(Kernel& k, Id<Task> parent, Id<Task> child);
void task_child_del(Kernel& k, Id<Task> child);
/// Drops a task's share of its memory. Source: kernel/fork.c, mmput().
void mmput(Kernel& k, Id<MmStruct> mm);
/// Drops a reference that keeps the structure, and not what was in the memory.
/// Source: include/linux/sched/mm.h, mmdrop().
void mmdrop(Kernel& k, Id<MmStruct> mm);
void thread_add_tail(Kernel& k, Id<Task> task);
void thread_del(Kernel& k, Id<Task> task);

// ---- nsproxy.cpp

/// The nsproxy of a new task. EINVAL, ENOSPC as the namespaces say. Source: kernel/nsproxy.c, copy_namespaces().
Result<> copy_namespaces(Kernel& k, u64 flags, Id<Task> parent, Id<Task> child);
/// A set that is prepared has references of its own only for what the old one does not have: most calls drop the old
/// one, so that the others would be taken and dropped for nothing.
///
/// The set of `tsk` with a copy of each namespace that `flags` asks for, in the kernel's order, count 1, owned by
/// `user_ns`. `current` asks and is counted. Where one fails, nothing is left of the others. Source: kernel/nsproxy.c,
/// create_new_namespaces().
Result<Id<Nsproxy>> create_new_namespaces(Kernel& k, u64 flags, Id<Task> current, Id<Task> tsk, Id<Namespace> user_ns,
                                          Id<FsStruct> new_fs);
/// CLONE_NEW* of unshare(2): the set to switch to, NULL where none is asked for. EPERM, and what the namespaces
/// say. Source: kernel/nsproxy.c, unshare_nsproxy_namespaces().
Result<Id<Nsproxy>> unshare_nsproxy_namespaces(Kernel& k, Id<Task> task, u64 flags, Id<Cred> new_cred,
                                               Id<FsStruct> new_fs);
/// Whether unshare(2) with these flags changes nothing but the nsproxy, and that without a mount namespace.
bool asks_only_namespaces(u64 flags);
/// All of unshare(2) with such flags: the set is made, and the task switched to it at once.
Result<> unshare_only_namespaces(Kernel& k, Id<Task> task, u64 flags);
/// All of unshare(CLONE_NEWNS) by a task whose root and working directory nobody shares. These move before the copy of
/// fs_struct is made, as nothing can fail once they have. Source: kernel/fork.c, ksys_unshare() and unshare_fs().
Result<> unshare_mnt_namespace(Kernel& k, Id<Task> task);
/// What an install function of setns(2) does at last.
template <class Ns> [[gnu::always_inline]] inline void install_ns(Kernel& k, Id<Ns>& slot, Id<Ns> ns) {
    if (slot == ns) return;
    ++k[ns].ns.count;
    slot = ns;
}
/// execve(2): the task moves into the time namespace that it prepared. Source: exec_task_namespaces().
void exec_task_namespaces(Kernel& k, Id<Task> task);
/// CLONE_NEWUTS for a UTS namespace, and so on.
u64 clone_flag(NsType type);
void get_nsproxy(Kernel& k, Id<Nsproxy> ns);
void put_nsproxy(Kernel& k, Id<Nsproxy> ns);
/// The task gets a set that was prepared, and lets go of the old one.
void switch_task_namespaces(Kernel& k, Id<Task> task, Id<Nsproxy> made);
void exit_task_namespaces(Kernel& k, Id<Task> task);

// ---- namespaces that are objects with a count, an owner and an id

/// Count 1; takes over the reference of `ucounts`.
Id<Namespace> new_namespace(Kernel& k, NsType type, Id<Namespace> owner, Id<Ucounts> ucounts);
[[gnu::always_inline]] inline void get_namespace(Kernel& k, Id<Namespace> ns) { ++k[ns].ns.count; }
/// Nothing holds it any more.
void free_namespace(Kernel& k, Id<Namespace> ns);
[[gnu::always_inline]] inline void put_namespace(Kernel& k, Id<Namespace> ns) {
    if (ns && --k[ns].ns.count == 0) [[unlikely]]
        free_namespace(k, ns);
}
/// Fills in inum and ns_id, in the kernel's order. Source: kernel/nscommon.c and nstree.c.
void ns_alloc(Kernel& k, NsCommon& ns, bool anonymous);
/// Gives the inode number back, before the object is freed. Source: kernel/nscommon.c, __ns_common_free().
void ns_free(Kernel& k, NsCommon& ns);

// ---- what is still to come

/// Whether an error says that the model, not the kernel, lacks something; the call has changed nothing then.
inline bool not_modelled(const Error& e) {
    return e.code == E::NOSYS && std::string_view(e.why).substr(0, 17) == "not modelled yet:";
}

} // namespace nslab
