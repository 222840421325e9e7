#pragma once
// What the files of kernel/ offer each other and fs/: tasks, nsproxy, capabilities, namespaces that are only counted.

#include <string_view>
#include <vector>

#include "sim/linux/kernel.hpp"

namespace nslab {

// ---- capability: in the first user namespace root has all of them

/// Whether the task has CAP_SYS_ADMIN in that user namespace. Source: kernel/capability.c, ns_capable().
bool ns_capable_sys_admin(const Kernel& k, Id<Task> task, Id<Namespace> user_ns);

// ---- fork.cpp, exit.cpp, pid.cpp

/// What fork(2), clone(2) and clone3(2) have in common. Source: include/linux/sched/task.h.
struct KernelCloneArgs {
    u64 flags = 0; // without the exit signal
    i32 exit_signal = SIG::CHLD;
    std::vector<i32> set_tid;
};
/// A task of its own, child of `parent`, sharing or copying what the flags say. Source: kernel/fork.c, copy_process().
Result<Id<Task>> copy_process(Kernel& k, Id<Task> parent, const KernelCloneArgs& args);
/// Ends a task: zombie, its children go to init, its files, fs and nsproxy are dropped. Source: kernel/exit.c,
/// do_exit().
void do_exit(Kernel& k, Id<Task> task, i32 exit_code);
/// Drops a task's share of a table of descriptors; the last one closes them, newest first, as exit_task_work() does.
/// The files are closed by the caller: `closed` holds each whose last reference this was. Source: fs/file.c.
void put_files_struct(Kernel& k, Id<FilesStruct> files, std::vector<Id<File>>& closed);
/// A zombie is reaped, or nobody waits for it: its PID is free and its /proc directories vanish.
/// Source: kernel/exit.c, release_task().
void release_task(Kernel& k, Id<Task> task);
/// Sends a signal that has passed all checks. Without handlers it ends the task or does nothing; the init of a PID
/// namespace never heeds it. Source: kernel/signal.c, send_signal_locked().
void send_signal(Kernel& k, Id<Task> task, i32 sig);
/// Whether `task` may look at `target` (PTRACE_MODE_READ). Source: kernel/ptrace.c, ptrace_may_access().
bool ptrace_may_access(const Kernel& k, Id<Task> task, Id<Task> target);
/// The next free number of a PID namespace, or set_tid's; it is used up even if no task follows.
/// EAGAIN: none is free; EINVAL, EPERM, EEXIST for set_tid, which `task` asks for. Source: kernel/pid.c, alloc_pid().
Result<i32> alloc_pid(Kernel& k, Id<Task> task, Id<Namespace> pid_ns, const std::vector<i32>& set_tid);
/// Makes task.pid in task.pid_ns its number. Source: kernel/pid.c, attach_pid().
void attach_pid(Kernel& k, Id<Task> task);
void detach_pid(Kernel& k, Id<Task> task);
Id<Task> find_task_by_pid_ns(const Kernel& k, i32 nr, Id<Namespace> pid_ns);
/// A task's number in a PID namespace, 0 where it has none. Source: kernel/pid.c, task_pid_nr_ns().
i32 task_pid_nr_ns(const Kernel& k, Id<Task> task, Id<Namespace> pid_ns);
inline i32 task_pid_vnr(const Kernel& k, Id<Task> task) { return k[task].pid; }
/// Whether nobody shares the caller's memory. Source: lib/is_single_threaded.c.
bool current_is_single_threaded(const Kernel& k, Id<Task> task);
/// is_child_reaper(): the init of its PID namespace.
inline bool is_child_reaper(const Kernel& k, Id<Task> task) { return k[k[task].pid_ns].child_reaper == task; }
void task_child_add_tail(Kernel& k, Id<Task> parent, Id<Task> child);
void task_child_del(Kernel& k, Id<Task> child);
/// The task of a PID as `task` sees it, NULL where there is none.
Id<Task> find_task_by_vpid(const Kernel& k, Id<Task> task, i32 pid);

// ---- nsproxy.cpp

/// The nsproxy of a new task. EINVAL, ENOSPC as the namespaces say. Source: kernel/nsproxy.c, copy_namespaces().
Result<> copy_namespaces(Kernel& k, u64 flags, Id<Task> parent, Id<Task> child);
/// An nsproxy with a copy of each namespace that `flags` asks for and a reference on each other one, in the kernel's
/// order, count 1. Where one fails, nothing is left of the others. Source: kernel/nsproxy.c, create_new_namespaces().
Result<Id<Nsproxy>> create_new_namespaces(Kernel& k, u64 flags, Id<Task> task, Id<FsStruct> new_fs);
void get_nsproxy(Kernel& k, Id<Nsproxy> ns);
void put_nsproxy(Kernel& k, Id<Nsproxy> ns);
void switch_task_namespaces(Kernel& k, Id<Task> task, Id<Nsproxy> new_ns);

// ---- namespaces that are objects with a count, an owner and an id

Id<Namespace> new_namespace(Kernel& k, NsType type, Id<Namespace> owner); // count 1
void get_namespace(Kernel& k, Id<Namespace> ns);
void put_namespace(Kernel& k, Id<Namespace> ns);
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
