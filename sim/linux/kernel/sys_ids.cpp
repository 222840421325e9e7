// The calls that tell and change user and group ids. Follows kernel/sys.c and kernel/groups.c of Linux 6.18. An id is
// named as the caller's user namespace names it; what has no name there reads as 65534. Left out: RLIMIT_NPROC.

#include <algorithm>
#include <array>

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

/// Without user 0 among the ids the capabilities go, unless they are to be kept. Source: security/commoncap.c,
/// cap_task_fix_setuid() and cap_emulate_setxuid().
static void cap_emulate_setxuid(const Kernel& k, const Cred& old, Cred& made) {
    if (old.securebits & SECBIT::NO_SETUID_FIXUP) return;
    const u32 root = make_kuid(k, old.user_ns, 0);
    const bool was = old.uid == root || old.euid == root || old.suid == root;
    const bool is = made.uid == root || made.euid == root || made.suid == root;
    if (was && !is) {
        if (!(old.securebits & SECBIT::KEEP_CAPS)) made.cap_permitted = made.cap_effective = 0;
        made.cap_ambient = 0;
    }
    if (old.euid == root && made.euid != root) made.cap_effective = 0;
    if (old.euid != root && made.euid == root) made.cap_effective = made.cap_permitted;
}

/// A real, an effective and a saved id.
struct ResIds {
    u32 real, effective, saved;
    bool has(u32 id) const { return id == real || id == effective || id == saved; }
    friend bool operator==(const ResIds&, const ResIds&) = default;
};

/// What setresuid(2) and setresgid(2) have in common: the three ids wanted, of which -1 stays what it was.
/// EINVAL: one has no name; EPERM: one that the caller does not have, without `cap`.
static Result<ResIds> wanted_ids(const Kernel& k, Id<Task> task, IdKind kind, u32 cap, const ResIds& old,
                                 std::array<i64, 3> ids) {
    const Id<Namespace> ns = current_user_ns(k, task);
    std::array<u32, 3> kids{old.real, old.effective, old.saved};
    bool had = true;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (static_cast<u32>(ids[i]) == kInvalidId) continue;
        kids[i] = make_kid(k, ns, kind, static_cast<u32>(ids[i]));
        if (kids[i] == kInvalidId) return fail(E::INVAL, "the id has no name in the caller's user namespace");
        had = had && old.has(kids[i]);
    }
    if (!had && !ns_capable(k, task, ns, cap))
        return fail(E::PERM, kind == IdKind::uid ? "an id that one does not have takes CAP_SETUID"
                                                 : "a group that one does not have takes CAP_SETGID");
    return ResIds{kids[0], kids[1], kids[2]};
}

/// setresuid(2). EINVAL; EPERM: an id that the caller does not have, without CAP_SETUID. Source: kernel/sys.c.
Result<> sys_setresuid(Kernel& k, Id<Task> task, i64 ruid, i64 euid, i64 suid) {
    const Cred old = task_cred(k, task);
    const ResIds ids =
        TRY(wanted_ids(k, task, IdKind::uid, CAP::SETUID, {old.uid, old.euid, old.suid}, {ruid, euid, suid}));
    // Where nothing changes the credentials stay the very same, which who counts references to them sees.
    if (ids == ResIds{old.uid, old.euid, old.suid} && (euid == -1 || old.euid == old.fsuid)) return {};
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    Cred& cred = k[made];
    cred.uid = ids.real;
    cred.euid = cred.fsuid = ids.effective;
    cred.suid = ids.saved;
    cap_emulate_setxuid(k, old, cred);
    set_cred_ucounts(k, made);
    commit_creds(k, task, made);
    return {};
}

/// setresgid(2), the same for groups with CAP_SETGID. Source: kernel/sys.c.
Result<> sys_setresgid(Kernel& k, Id<Task> task, i64 rgid, i64 egid, i64 sgid) {
    const Cred& old = task_cred(k, task);
    const ResIds ids =
        TRY(wanted_ids(k, task, IdKind::gid, CAP::SETGID, {old.gid, old.egid, old.sgid}, {rgid, egid, sgid}));
    if (ids == ResIds{old.gid, old.egid, old.sgid} && (egid == -1 || old.egid == old.fsgid)) return {};
    const Id<Cred> made = prepare_creds(k, k[task].cred);
    Cred& cred = k[made];
    cred.gid = ids.real;
    cred.egid = cred.fsgid = ids.effective;
    cred.sgid = ids.saved;
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
