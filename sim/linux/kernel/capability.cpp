// Who may do what. Follows kernel/capability.c, security/commoncap.c and kernel/ptrace.c of Linux 6.18. Left out: file
// capabilities and security modules.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"

namespace nslab {

bool cap_capable(const Kernel& k, const Cred& cred, Id<Namespace> target, u32 cap) {
    for (Id<Namespace> ns = target;; ns = k[ns].parent) {
        if (ns == cred.user_ns) return cred.cap_effective >> cap & 1;
        // Whoever is in a descendant, or a cousin, of the target has nothing there.
        if (k[ns].level <= k[cred.user_ns].level) return false;
        // Whoever made a user namespace has everything in it, seen from its parent.
        if (k[ns].parent == cred.user_ns && k[ns].owner == cred.euid) return true;
    }
}

bool file_ns_capable(const Kernel& k, Id<File> file, Id<Namespace> target, u32 cap) {
    return cap_capable(k, k[k[file].f_cred], target, cap);
}

void cap_bprm_creds_from_file(const Kernel& k, Cred& cred) {
    const u32 root = make_kuid(k, cred.user_ns, 0);
    const bool real = cred.uid == root, effective = cred.euid == root;
    cred.cap_permitted = real || effective ? cred.cap_bset | cred.cap_inheritable : cred.cap_ambient;
    cred.cap_effective = effective ? cred.cap_permitted : cred.cap_ambient;
    if (real || effective) cred.cap_ambient = 0;
}

bool ptrace_may_access(const Kernel& k, Id<Task> task, Id<Task> target, PtraceCreds creds) {
    if (k[task].signal == k[target].signal) return true;
    const Cred& caller = task_cred(k, task);
    const Cred& other = task_cred(k, target);
    const u32 uid = creds == PtraceCreds::fs ? caller.fsuid : caller.uid;
    const u32 gid = creds == PtraceCreds::fs ? caller.fsgid : caller.gid;
    const bool same = uid == other.euid && uid == other.suid && uid == other.uid && gid == other.egid &&
                      gid == other.sgid && gid == other.gid;
    if (!same && !ns_capable(k, task, other.user_ns, CAP::SYS_PTRACE)) return false;
    // task_still_dumpable(), also of one that has exited.
    const Id<MmStruct> mm = k[target].mm;
    const bool dumpable = mm ? k[mm].dumpable : k[target].user_dumpable;
    if (!dumpable && !ns_capable(k, task, mm ? k[mm].user_ns : k.init_user_ns, CAP::SYS_PTRACE)) return false;
    // cap_ptrace_access_check(): nobody looks at somebody who may do more.
    const u64 caps = creds == PtraceCreds::fs ? caller.cap_effective : caller.cap_permitted;
    if (caller.user_ns == other.user_ns && (other.cap_permitted & ~caps) == 0) return true;
    return ns_capable(k, task, other.user_ns, CAP::SYS_PTRACE);
}

} // namespace nslab
