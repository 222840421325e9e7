// Who may do what, and how one gives capabilities away. Follows kernel/capability.c, security/commoncap.c and
// kernel/ptrace.c of Linux 6.18. Left out: file capabilities and security modules.

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

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

bool checkpoint_restore_ns_capable(const Kernel& k, Id<Task> task, Id<Namespace> target) {
    return ns_capable(k, task, target, CAP::CHECKPOINT_RESTORE) || ns_capable(k, task, target, CAP::SYS_ADMIN);
}

// ---- execve(2)

/// Whether somebody else could meddle with a program that has more than its caller: who shares root and working
/// directory, or has promised to have no more. Source: fs/exec.c, check_unsafe_exec(). Nobody is traced here.
static bool is_unsafe_exec(const Kernel& k, Id<Task> task) {
    if (k[task].no_new_privs) return true;
    i32 own_threads = 0;
    for (Id<Task> t = k[k[task].signal].thread_head; t; t = k[t].thread_next)
        if (k[t].fs == k[task].fs) ++own_threads;
    return k[k[task].fs].users > own_threads;
}

bool cap_bprm_creds_from_file(const Kernel& k, Id<Task> task, Cred& cred) {
    const Cred& old = task_cred(k, task);
    const u32 root = make_kuid(k, cred.user_ns, 0);
    const bool real = cred.uid == root;
    bool effective = false;
    cred.cap_permitted = 0;                    // there are no file capabilities
    if (!(cred.securebits & SECBIT::NOROOT)) { // handle_privileged_root()
        effective = cred.euid == root;
        if (real || effective) cred.cap_permitted = old.cap_bset | old.cap_inheritable;
    }
    if ((cred.cap_permitted & ~old.cap_permitted) && is_unsafe_exec(k, task)) {
        // downgraded: no more than it had
        if (!ns_capable(k, task, cred.user_ns, CAP::SETUID) || k[task].no_new_privs) {
            cred.euid = cred.uid;
            cred.egid = cred.gid;
        }
        cred.cap_permitted &= old.cap_permitted;
    }
    cred.suid = cred.fsuid = cred.euid;
    cred.sgid = cred.fsgid = cred.egid;
    cred.cap_permitted |= cred.cap_ambient;
    cred.cap_effective = effective ? cred.cap_permitted : cred.cap_ambient;
    cred.securebits &= ~SECBIT::KEEP_CAPS;
    return cred.euid != old.uid || cred.egid != old.gid ||
           (!real && (effective || (cred.cap_permitted & ~cred.cap_ambient)));
}

// ---- capget(2) and capset(2)

/// The words of a set that a version has: one in the first, two since. EINVAL. Source: cap_validate_magic().
static Result<u64> cap_validate_magic(u32 version) {
    switch (version) {
    case kCapabilityVersion1: return u64{0xffffffff};
    case kCapabilityVersion2:
    case kCapabilityVersion3: return ~u64{0};
    default: return fail(E::INVAL, "the kernel knows no such version of capabilities");
    }
}

/// capget(2): the sets of a process or thread; of the first version the lower 32 of each. Without a place to write to
/// it only says the version that it knows.
/// EINVAL: another version, or a negative PID; ESRCH; EFAULT. Source: kernel/capability.c.
Result<std::optional<CapSets>> sys_capget(Kernel& k, Id<Task> task, u32 version, i32 pid, OutPtr dataptr) {
    if (dataptr == OutPtr::null) return std::optional<CapSets>{};
    const u64 words = TRY(cap_validate_magic(version));
    if (pid < 0) return fail(E::INVAL, "a PID is 0 or above");
    const Id<Task> target = pid ? find_task_by_vpid(k, task, pid) : task;
    if (!target) return fail(E::SRCH, "no process has this PID in the caller's PID namespace");
    if (dataptr == OutPtr::bad) return fail(E::FAULT, "there is nowhere to write to");
    const Cred& cred = task_cred(k, target);
    return std::optional(CapSets{cred.cap_effective & words, cred.cap_permitted & words, cred.cap_inheritable & words});
}

/// capset(2), of the caller only. What is not permitted is gone for good, and ambient ones go with it.
/// EINVAL: no such version; EPERM: another process, a capability that is not permitted, an inheritable one that is
/// neither permitted (without CAP_SETPCAP) nor in the bounding set. Source: security/commoncap.c, cap_capset().
Result<> sys_capset(Kernel& k, Id<Task> task, u32 version, i32 pid, const std::optional<CapSets>& data) {
    const u64 words = TRY(cap_validate_magic(version)) & kCapFullSet;
    if (pid != 0 && pid != task_pid_vnr(k, task)) return fail(E::PERM, "capset changes the caller only");
    if (!data) return fail(E::FAULT, "there is nothing to read");
    const CapSets to{data->effective & words, data->permitted & words, data->inheritable & words};
    const Cred& old = task_cred(k, task);
    if ((to.inheritable & ~(old.cap_inheritable | old.cap_permitted)) &&
        !cap_capable(k, old, old.user_ns, CAP::SETPCAP))
        return fail(E::PERM, "inheriting what is not permitted takes CAP_SETPCAP", "cap_capset");
    if (to.inheritable & ~(old.cap_inheritable | old.cap_bset))
        return fail(E::PERM, "what is outside of the bounding set is not inherited", "cap_capset");
    if (to.permitted & ~old.cap_permitted) return fail(E::PERM, "the capability is not permitted", "cap_capset");
    if (to.effective & ~to.permitted) return fail(E::PERM, "only what is permitted can be effective", "cap_capset");
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    Cred& cred = k[made];
    cred.cap_effective = to.effective;
    cred.cap_permitted = to.permitted;
    cred.cap_inheritable = to.inheritable;
    cred.cap_ambient &= to.permitted & to.inheritable;
    commit_creds(k, task, made);
    return {};
}

// ---- prctl(2)

/// PR_SET_SECUREBITS. EPERM: a locked bit, a lock, an unknown bit, or no CAP_SETPCAP.
static Result<> set_securebits(const Cred& old, u64 bits, bool capable) {
    if ((((old.securebits & SECBIT::ALL_LOCKS) >> 1) & (old.securebits ^ bits)) ||
        (old.securebits & SECBIT::ALL_LOCKS & ~bits))
        return fail(E::PERM, "what is locked does not change", "cap_task_prctl");
    if (bits & ~u64{SECBIT::ALL_LOCKS | SECBIT::ALL_BITS})
        return fail(E::PERM, "there is no such secure bit", "cap_task_prctl");
    const u64 changed = old.securebits ^ bits;
    if (!capable && (!changed || (changed & ~u64{SECBIT::UNPRIVILEGED})))
        return fail(E::PERM, "secure bits take CAP_SETPCAP", "cap_task_prctl");
    return {};
}

/// What PR_CAP_AMBIENT makes of the ambient set; for PR_CAP_AMBIENT_IS_SET the answer is in `is_set`.
static Result<u64> ambient(const Cred& old, std::array<u64, 4> args, bool& is_set) {
    const auto& [what, cap, fourth, fifth] = args;
    if (what == PR::CAP_AMBIENT_CLEAR_ALL) {
        if (cap | fourth | fifth) return fail(E::INVAL, "nothing belongs behind it", "cap_task_prctl");
        return u64{0};
    }
    if (cap > CAP::LAST_CAP || (fourth | fifth)) return fail(E::INVAL, "there is no such capability", "cap_task_prctl");
    const u64 bit = u64{1} << cap;
    switch (what) {
    case PR::CAP_AMBIENT_IS_SET: is_set = (old.cap_ambient & bit) != 0; return old.cap_ambient;
    case PR::CAP_AMBIENT_RAISE:
        if (!(old.cap_permitted & old.cap_inheritable & bit) || (old.securebits & SECBIT::NO_CAP_AMBIENT_RAISE))
            return fail(E::PERM, "only what is permitted and inheritable can be ambient", "cap_task_prctl");
        return old.cap_ambient | bit;
    case PR::CAP_AMBIENT_LOWER: return old.cap_ambient & ~bit;
    default: return fail(E::INVAL, "this cannot be done to ambient capabilities", "cap_task_prctl");
    }
}

std::optional<Result<i64>> cap_task_prctl(Kernel& k, Id<Task> task, u32 option, std::array<u64, 4> args) {
    const Cred old = task_cred(k, task);
    const u64 arg2 = args[0];
    const bool capable = cap_capable(k, old, old.user_ns, CAP::SETPCAP);
    const auto commit = [&](auto&& change) {
        const Id<Cred> made = prepare_creds(k, k[task].cred);
        change(k[made]);
        commit_creds(k, task, made);
        return Result<i64>(0);
    };
    switch (option) {
    case PR::CAPBSET_READ:
        if (arg2 > CAP::LAST_CAP) return fail(E::INVAL, "there is no such capability");
        return i64(old.cap_bset >> arg2 & 1);
    case PR::CAPBSET_DROP:
        if (!capable) return fail(E::PERM, "the bounding set takes CAP_SETPCAP", "cap_prctl_drop");
        if (arg2 > CAP::LAST_CAP) return fail(E::INVAL, "there is no such capability", "cap_prctl_drop");
        return commit([&](Cred& cred) { cred.cap_bset &= ~(u64{1} << arg2); });
    case PR::GET_SECUREBITS: return i64(old.securebits);
    case PR::SET_SECUREBITS:
        if (const auto may = set_securebits(old, arg2, capable); !may) return tl::unexpected<Error>(may.error());
        return commit([&](Cred& cred) { cred.securebits = static_cast<u32>(arg2); });
    case PR::GET_KEEPCAPS: return i64((old.securebits & SECBIT::KEEP_CAPS) != 0);
    case PR::SET_KEEPCAPS:
        if (arg2 > 1) return fail(E::INVAL, "capabilities are kept (1) or not (0)");
        if (old.securebits & SECBIT::KEEP_CAPS_LOCKED) return fail(E::PERM, "what is locked does not change");
        return commit([&](Cred& cred) {
            cred.securebits = arg2 ? cred.securebits | SECBIT::KEEP_CAPS : cred.securebits & ~SECBIT::KEEP_CAPS;
        });
    case PR::CAP_AMBIENT: {
        bool is_set = false;
        const auto set = ambient(old, args, is_set);
        if (!set) return tl::unexpected<Error>(set.error());
        if (args[0] == PR::CAP_AMBIENT_IS_SET) return i64(is_set);
        return commit([&](Cred& cred) { cred.cap_ambient = *set; });
    }
    default: return std::nullopt;
    }
}

// ---- looking at others

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
