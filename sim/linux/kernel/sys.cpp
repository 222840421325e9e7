// Small calls about the caller itself. Follows kernel/sys.c of Linux 6.18.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

/// umask(2): never fails; gives the old mask. The mask is shared as the fs_struct is.
Result<i64> sys_umask(Kernel& k, Id<Task> task, u32 mask) {
    FsStruct& fs = k[k[task].fs];
    const u32 old = fs.umask;
    fs.umask = mask & 0777;
    return old;
}

/// getpid(2): the caller's number in its own PID namespace.
Result<i64> sys_getpid(Kernel& k, Id<Task> task) { return task_pid_vnr(k, task); }

/// getppid(2): the parent's number in the caller's PID namespace, 0 where the parent is outside of it.
Result<i64> sys_getppid(Kernel& k, Id<Task> task) {
    const Id<Task> parent = k[task].parent;
    if (!parent) return 0;
    return task_pid_nr_ns(k, parent, task_active_pid_ns(k, task));
}

} // namespace nslab
