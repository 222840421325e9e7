// The calls that tell and change user and group ids. Follows kernel/sys.c and kernel/groups.c of Linux 6.18. An id is
// named as the caller's user namespace names it; what has no name there reads as 65534. Left out: RLIMIT_NPROC.

#include <algorithm>

#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

static u32 shown(const Kernel& k, Id<Task> task, IdKind kind, u32 kid) {
    return from_kid_munged(k, current_user_ns(k, task), kind, kid);
}

Result<i64> sys_getuid(Kernel& k, Id<Task> task) { return shown(k, task, IdKind::uid, task_cred(k, task).uid); }
Result<i64> sys_geteuid(Kernel& k, Id<Task> task) { return shown(k, task, IdKind::uid, task_cred(k, task).euid); }
Result<i64> sys_getgid(Kernel& k, Id<Task> task) { return shown(k, task, IdKind::gid, task_cred(k, task).gid); }
Result<i64> sys_getegid(Kernel& k, Id<Task> task) { return shown(k, task, IdKind::gid, task_cred(k, task).egid); }

/// Without user 0 among the ids the capabilities go. Source: security/commoncap.c, cap_emulate_setxuid().
static void cap_emulate_setxuid(const Kernel& k, const Cred& old, Cred& made) {
    const u32 root = make_kuid(k, old.user_ns, 0);
    const bool was = old.uid == root || old.euid == root || old.suid == root;
    const bool is = made.uid == root || made.euid == root || made.suid == root;
    if (was && !is) made.cap_permitted = made.cap_effective = made.cap_ambient = 0;
    if (old.euid == root && made.euid != root) made.cap_effective = 0;
    if (old.euid != root && made.euid == root) made.cap_effective = made.cap_permitted;
}

/// An id of setresuid(2): -1 stays what it was. EINVAL: it has no name.
static Result<u32> wanted(const Kernel& k, Id<Task> task, IdKind kind, i64 id, u32 old) {
    if (static_cast<u32>(id) == kInvalidId) return old;
    const u32 kid = make_kid(k, current_user_ns(k, task), kind, static_cast<u32>(id));
    if (kid == kInvalidId) return fail(E::INVAL, "the id has no name in the caller's user namespace");
    return kid;
}

static bool one_of(u32 id, u32 a, u32 b, u32 c) { return id == a || id == b || id == c; }

/// setresuid(2). EINVAL; EPERM: an id that the caller does not have, without CAP_SETUID. Source: kernel/sys.c.
Result<> sys_setresuid(Kernel& k, Id<Task> task, i64 ruid, i64 euid, i64 suid) {
    const Cred old = task_cred(k, task);
    const u32 r = TRY(wanted(k, task, IdKind::uid, ruid, old.uid));
    const u32 e = TRY(wanted(k, task, IdKind::uid, euid, old.euid));
    const u32 s = TRY(wanted(k, task, IdKind::uid, suid, old.suid));
    const bool had = one_of(r, old.uid, old.euid, old.suid) && one_of(e, old.uid, old.euid, old.suid) &&
                     one_of(s, old.uid, old.euid, old.suid);
    if (!had && !ns_capable(k, task, old.user_ns, CAP::SETUID))
        return fail(E::PERM, "an id that one does not have takes CAP_SETUID");
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    Cred& cred = k[made];
    cred.uid = r;
    cred.euid = cred.fsuid = e;
    cred.suid = s;
    cap_emulate_setxuid(k, old, cred);
    set_cred_ucounts(k, made);
    commit_creds(k, task, made);
    return {};
}

/// setresgid(2), the same for groups with CAP_SETGID. Source: kernel/sys.c.
Result<> sys_setresgid(Kernel& k, Id<Task> task, i64 rgid, i64 egid, i64 sgid) {
    const Cred old = task_cred(k, task);
    const u32 r = TRY(wanted(k, task, IdKind::gid, rgid, old.gid));
    const u32 e = TRY(wanted(k, task, IdKind::gid, egid, old.egid));
    const u32 s = TRY(wanted(k, task, IdKind::gid, sgid, old.sgid));
    const bool had = one_of(r, old.gid, old.egid, old.sgid) && one_of(e, old.gid, old.egid, old.sgid) &&
                     one_of(s, old.gid, old.egid, old.sgid);
    if (!had && !ns_capable(k, task, old.user_ns, CAP::SETGID))
        return fail(E::PERM, "a group that one does not have takes CAP_SETGID");
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    Cred& cred = k[made];
    cred.gid = r;
    cred.egid = cred.fsgid = e;
    cred.sgid = s;
    commit_creds(k, task, made);
    return {};
}

/// setgroups(2). EPERM: no CAP_SETGID, no group is mapped yet, or setgroups says deny. EINVAL: more than 65536, or one
/// has no name. Source: kernel/groups.c.
Result<> sys_setgroups(Kernel& k, Id<Task> task, const std::vector<i32>& grouplist) {
    constexpr std::size_t kMaxGroups = 65536;
    const Id<Namespace> ns = current_user_ns(k, task);
    if (!ns_capable(k, task, ns, CAP::SETGID) || !userns_may_setgroups(k, ns))
        return fail(E::PERM, "setgroups takes CAP_SETGID, a gid_map, and \"allow\" in /proc/self/setgroups",
                    "may_setgroups");
    if (grouplist.size() > kMaxGroups) return fail(E::INVAL, "there are too many groups");
    std::vector<u32> groups;
    for (const i32 gid : grouplist) {
        const u32 kid = make_kgid(k, ns, static_cast<u32>(gid));
        if (kid == kInvalidId) return fail(E::INVAL, "a group has no name in the caller's user namespace");
        groups.push_back(kid);
    }
    std::sort(groups.begin(), groups.end());
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    k[made].group_info = std::move(groups);
    commit_creds(k, task, made);
    return {};
}

} // namespace nslab
