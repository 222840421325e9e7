#pragma once
// What the files of kernel/ offer each other and fs/: tasks, nsproxy, capabilities, namespaces that are only counted.

#include "sim/linux/kernel.hpp"

namespace nslab {

// ---- capability: in the first user namespace root has all of them ---------------------------------------------------------

/// Whether the task has CAP_SYS_ADMIN in that user namespace. Source: kernel/capability.c, ns_capable().
bool ns_capable_sys_admin(const Kernel& k, Id<Task> task, Id<Namespace> user_ns);

// ---- fork.cpp, exit.cpp, pid.cpp -------------------------------------------------------------------------------------------

/// A task of its own, child of `parent`, sharing or copying what the flags say. Source: kernel/fork.c, copy_process().
Result<Id<Task>> copy_process(Kernel& k, Id<Task> parent, u64 clone_flags);
/// Ends a task: zombie, its children go to init, its files, fs and nsproxy are dropped. Source: kernel/exit.c, do_exit().
void do_exit(Kernel& k, Id<Task> task, i32 exit_code);
/// The task of a PID as `task` sees it, NULL where there is none.
Id<Task> find_task_by_vpid(const Kernel& k, Id<Task> task, i32 pid);

// ---- nsproxy.cpp -------------------------------------------------------------------------------------------------------------

/// The nsproxy of a new task. EINVAL, ENOSPC as the namespaces say. Source: kernel/nsproxy.c, copy_namespaces().
Result<> copy_namespaces(Kernel& k, u64 flags, Id<Task> parent, Id<Task> child);
void put_nsproxy(Kernel& k, Id<Nsproxy> ns);
void switch_task_namespaces(Kernel& k, Id<Task> task, Id<Nsproxy> new_ns);

// ---- namespaces that are objects with a count, an owner and an id ------------------------------------------------------------

Id<Namespace> new_namespace(Kernel& k, NsType type, Id<Namespace> owner); // count 1
void get_namespace(Kernel& k, Id<Namespace> ns);
void put_namespace(Kernel& k, Id<Namespace> ns);
/// Fills in inum and ns_id, in the kernel's order. Source: kernel/nscommon.c and nstree.c.
void ns_alloc(Kernel& k, NsCommon& ns, bool anonymous);

} // namespace nslab
