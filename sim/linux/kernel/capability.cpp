// Who may do what. Follows kernel/capability.c, security/commoncap.c and kernel/ptrace.c of Linux 6.18. User 0 of a
// user namespace has every capability in it and nobody else has any; sets of capabilities come with user namespaces.

#include "sim/linux/kernel/internal.hpp"

namespace nslab {

bool ns_capable_sys_admin(const Kernel& k, Id<Task> task, Id<Namespace> user_ns) {
    const Id<Namespace> own = task_user_ns(k, task);
    for (Id<Namespace> ns = user_ns; ns; ns = k[ns].parent) {
        if (ns == own) return task_cred(k, task).euid == 0;
        // Whoever is in a descendant, or a cousin, of the target has nothing there.
        if (k[ns].level <= k[own].level) return false;
    }
    return false;
}

bool ptrace_may_access(const Kernel& k, Id<Task> task, Id<Task> target) {
    if (task == target) return true;
    const Cred& caller = task_cred(k, task);
    const Cred& looked_at = task_cred(k, target);
    if (caller.fsuid == looked_at.uid && caller.fsgid == looked_at.gid) return true;
    return ns_capable_sys_admin(k, task, looked_at.user_ns);
}

} // namespace nslab
