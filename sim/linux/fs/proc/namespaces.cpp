// /proc/PID/ns: one magic link for each namespace of a task. Follows fs/proc/namespaces.c and the get functions of the
// namespaces, Linux 6.18.

#include "sim/linux/fs/proc/internal.hpp"

namespace nslab {

static constexpr PidEntry kNsEntries[] = {
    {"net", InodeKind::magic_link, 0777, ProcEntry::ns_net},
    {"uts", InodeKind::magic_link, 0777, ProcEntry::ns_uts},
    {"ipc", InodeKind::magic_link, 0777, ProcEntry::ns_ipc},
    {"pid", InodeKind::magic_link, 0777, ProcEntry::ns_pid},
    {"pid_for_children", InodeKind::magic_link, 0777, ProcEntry::ns_pid_for_children},
    {"user", InodeKind::magic_link, 0777, ProcEntry::ns_user},
    {"mnt", InodeKind::magic_link, 0777, ProcEntry::ns_mnt},
    {"cgroup", InodeKind::magic_link, 0777, ProcEntry::ns_cgroup},
    {"time", InodeKind::magic_link, 0777, ProcEntry::ns_time},
    {"time_for_children", InodeKind::magic_link, 0777, ProcEntry::ns_time_for_children},
};

std::span<const PidEntry> proc_ns_entries() { return kNsEntries; }

Result<NsOfTask> proc_ns_of(const Kernel& k, Id<Task> id, ProcEntry entry) {
    const Task& task = k[id];
    // A zombie has lost its nsproxy, but not its number and its credentials.
    if (entry == ProcEntry::ns_pid) return NsOfTask{NsType::pid, task_active_pid_ns(k, id).index};
    if (entry == ProcEntry::ns_user) return NsOfTask{NsType::user, task_user_ns(k, id).index};
    if (!task.nsproxy) return fail(E::NOENT, "the process has exited and is in no such namespace", "ns_get_path_cb");
    const Nsproxy& ns = k[task.nsproxy];
    switch (entry) {
    case ProcEntry::ns_net: return NsOfTask{NsType::net, ns.net_ns.index};
    case ProcEntry::ns_uts: return NsOfTask{NsType::uts, ns.uts_ns.index};
    case ProcEntry::ns_ipc: return NsOfTask{NsType::ipc, ns.ipc_ns.index};
    case ProcEntry::ns_mnt: return NsOfTask{NsType::mnt, ns.mnt_ns.index};
    case ProcEntry::ns_cgroup: return NsOfTask{NsType::cgroup, ns.cgroup_ns.index};
    case ProcEntry::ns_time: return NsOfTask{NsType::time, ns.time_ns.index};
    case ProcEntry::ns_time_for_children: return NsOfTask{NsType::time, ns.time_ns_for_children.index};
    default: break;
    }
    // Once it is gone, the kernel still finds it.
    if (!k[ns.pid_ns_for_children].had_init)
        return fail(E::NOENT, "the PID namespace for children has no init yet", "pidns_for_children_get");
    return NsOfTask{NsType::pid, ns.pid_ns_for_children.index};
}

} // namespace nslab
