// ioctl(2) of the files that are namespaces. The middle of fs/nsfs.c of Linux 6.18.

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/fs/stat.hpp"
#include "sim/linux/kernel/internal.hpp"
#include "sim/linux/kernel/user_namespace.hpp"
#include "sim/linux/syscalls.hpp"

namespace nslab {

namespace {

struct NsRefOf {
    NsType type;
    u32 index;
};

/// A new descriptor of a namespace, close-on-exec. Source: fs/nsfs.c, open_namespace().
i64 open_namespace(Kernel& k, Id<Task> task, NsType type, u32 index) {
    const HeldPath path = ns_get_path(k, type, index);
    return fd_install(k, task, alloc_file(k, task, *path, O::RDONLY), true);
}

/// The user namespace that owns it, if it is the caller's or lies in it. EPERM otherwise.
/// Source: kernel/user_namespace.c, ns_get_owner().
Result<Id<Namespace>> ns_get_owner(const Kernel& k, Id<Task> task, const NsRefOf& ns) {
    const Id<Namespace> owner =
        ns.type == NsType::user ? k[Id<Namespace>{ns.index}].parent : ns_common(k, ns.type, ns.index).user_ns;
    const Id<Namespace> mine = current_user_ns(k, task);
    for (Id<Namespace> p = owner; p; p = k[p].parent)
        if (p == mine) return owner;
    return fail(E::PERM, "the owner is outside of the caller's user namespace");
}

/// Source: kernel/pid_namespace.c, pidns_get_parent().
Result<Id<Namespace>> pidns_get_parent(const Kernel& k, Id<Task> task, Id<Namespace> ns) {
    const Id<Namespace> active = task_active_pid_ns(k, task), parent = k[ns].parent;
    for (Id<Namespace> p = parent; p; p = k[p].parent)
        if (p == active) return parent;
    return fail(E::PERM, "the parent is outside of the caller's PID namespace");
}

Result<i64> get_parent(Kernel& k, Id<Task> task, const NsRefOf& ns) {
    if (ns.type == NsType::user) return open_namespace(k, task, NsType::user, TRY(ns_get_owner(k, task, ns)).index);
    if (ns.type != NsType::pid) return fail(E::INVAL, "only user and PID namespaces have a parent", "ns_ioctl");
    return open_namespace(k, task, NsType::pid, TRY(pidns_get_parent(k, task, Id<Namespace>{ns.index})).index);
}

/// The number of a process in another PID namespace, or here that of one there.
Result<i64> translate_pid(const Kernel& k, Id<Task> task, const NsRefOf& ns, u32 cmd, i32 nr) {
    if (ns.type != NsType::pid) return fail(E::INVAL, "the namespace is none of PIDs", "ns_ioctl");
    const Id<Namespace> pid_ns{ns.index};
    const bool here = cmd == NS::GET_PID_IN_PIDNS || cmd == NS::GET_TGID_IN_PIDNS; // the number is the caller's
    const Id<Task> target = here ? find_task_by_vpid(k, task, nr) : find_task_by_pid_ns(k, nr, pid_ns);
    if (!target) return fail(E::SRCH, "no task has this number", "ns_ioctl");
    const bool tgid = cmd == NS::GET_TGID_FROM_PIDNS || cmd == NS::GET_TGID_IN_PIDNS;
    const i32 found =
        task_pid_nr_ns(k, target, here ? pid_ns : task_active_pid_ns(k, task), tgid ? PidType::TGID : PidType::PID);
    if (!found) return fail(E::SRCH, "the task has no number there", "ns_ioctl");
    return found;
}

bool is_place(u64 arg) { return arg == static_cast<u64>(OutPtr::somewhere); }

Result<IoctlDone> put_number(u64 value, u64 arg) {
    if (!is_place(arg)) return fail(E::FAULT, "there is nowhere to write to", "put_user");
    return IoctlDone{0, NumberBuf{static_cast<i64>(value)}};
}

Result<IoctlDone> mnt_get_info(const Kernel& k, const NsRefOf& ns, u64 arg) {
    if (ns.type != NsType::mnt) return fail(E::INVAL, "the namespace is none of mounts", "ns_ioctl");
    if (arg == static_cast<u64>(OutPtr::null)) return fail(E::INVAL, "there is nowhere to write to", "ns_ioctl");
    if (!is_place(arg)) return fail(E::FAULT, "there is nowhere to write to", "copy_ns_info_to_user");
    constexpr u32 kSize = 16;
    const MntNamespace& space = k[Id<MntNamespace>{ns.index}];
    // Without the root mount, which nobody sees.
    return IoctlDone{0, MntNsInfo{kSize, space.nr_mounts ? space.nr_mounts - 1 : 0, space.ns.ns_id}};
}

Result<IoctlDone> ns_ioctl(Kernel& k, Id<Task> task, const NsRefOf& ns, u32 cmd, u64 arg) {
    switch (cmd) {
    case NS::GET_USERNS:
        return IoctlDone{open_namespace(k, task, NsType::user, TRY(ns_get_owner(k, task, ns)).index), {}};
    case NS::GET_PARENT: return IoctlDone{TRY(get_parent(k, task, ns)), {}};
    case NS::GET_NSTYPE: return IoctlDone{static_cast<i64>(clone_flag(ns.type)), {}};
    case NS::GET_OWNER_UID: {
        if (ns.type != NsType::user) return fail(E::INVAL, "the namespace is none of users");
        const u32 owner = k[Id<Namespace>{ns.index}].owner;
        return put_number(from_kid_munged(k, current_user_ns(k, task), IdKind::uid, owner), arg);
    }
    case NS::GET_MNTNS_ID:
        if (ns.type != NsType::mnt) return fail(E::INVAL, "the namespace is none of mounts");
        return put_number(ns_common(k, ns.type, ns.index).ns_id, arg);
    case NS::GET_ID: return put_number(ns_common(k, ns.type, ns.index).ns_id, arg);
    case NS::GET_PID_FROM_PIDNS:
    case NS::GET_TGID_FROM_PIDNS:
    case NS::GET_PID_IN_PIDNS:
    case NS::GET_TGID_IN_PIDNS: return IoctlDone{TRY(translate_pid(k, task, ns, cmd, static_cast<i32>(arg))), {}};
    case NS::MNT_GET_INFO: return mnt_get_info(k, ns, arg);
    case NS::MNT_GET_NEXT:
    case NS::MNT_GET_PREV:
        // may_see_all_namespaces(): nobody of a world is in the machine's first PID namespace.
        return fail(E::PERM, "only the machine's first PID namespace may list all mount namespaces");
    default: return fail(E::NOTTY, "a namespace knows no such request");
    }
}

} // namespace

/// ioctl(2). EBADF; ENOTTY: what is open knows no such request; and what the request refuses. Source: fs/ioctl.c.
Result<IoctlDone> sys_ioctl(Kernel& k, Id<Task> task, i32 fd, u32 cmd, u64 arg) {
    const File& file = std::as_const(k)[TRY(fdget(k, task, fd))];
    if (file.pidfd && has_pidfs(k)) return pidfd_ioctl(k, task, file.pidfd, cmd, arg);
    if (!file.f_inode || file_inode(k, file).kind != InodeKind::ns_file)
        return fail(E::NOTTY, "what is open knows no such request");
    const Inode& inode = file_inode(k, file);
    return ns_ioctl(k, task, {inode.ns_type, inode.ns_index}, cmd, arg);
}

} // namespace nslab
