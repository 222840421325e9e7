#include "sim/linux/holders.hpp"

#include <algorithm>

#include "sim/linux/fs/mount.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

namespace {

using Kind = Holder::Kind;
using Visit = std::function<void(NsRef, const Holder&)>;

NsRef ref(const Kernel& k, Id<Namespace> ns) { return {k[ns].type, ns.index}; }
NsRef ref(Id<MntNamespace> ns) { return {NsType::mnt, ns.index}; }

void walk_tasks(const Kernel& k, const Visit& f) {
    k.nsproxies.each([&](Id<Nsproxy> id, const Nsproxy& n) {
        f(ref(n.mnt_ns), {Kind::nsproxy, "mnt_ns", id.index, {}, {}, {}});
        const std::pair<Id<Namespace>, const char*> pointers[] = {
            {n.uts_ns, "uts_ns"},      {n.ipc_ns, "ipc_ns"},   {n.pid_ns_for_children, "pid_ns_for_children"},
            {n.net_ns, "net_ns"},      {n.time_ns, "time_ns"}, {n.time_ns_for_children, "time_ns_for_children"},
            {n.cgroup_ns, "cgroup_ns"}};
        for (const auto& [ns, field] : pointers) f(ref(k, ns), {Kind::nsproxy, field, id.index, {}, {}, {}});
    });
    k.creds.each([&](Id<Cred> id, const Cred& cred) {
        f(ref(k, cred.user_ns), {Kind::cred, "user_ns", id.index, {}, {}, {}});
    });
    k.mms.each([&](Id<MmStruct> id, const MmStruct& mm) {
        f(ref(k, mm.user_ns), {Kind::mm, "user_ns", id.index, {}, {}, {}});
    });
    k.pids.each([&](Id<Pid> id, const Pid& pid) { f(ref(k, pid.ns), {Kind::pid, "numbers", id.index, {}, {}, {}}); });
}

void walk_namespaces(const Kernel& k, const Visit& f) {
    k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
        if (ns.parent) f(ref(k, ns.parent), {Kind::child, "parent", id.index, ref(k, id), {}, {}});
        if (ns.ns.user_ns) f(ref(k, ns.ns.user_ns), {Kind::owned, "user_ns", id.index, ref(k, id), {}, {}});
    });
    k.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace& ns) {
        f(ref(k, ns.ns.user_ns), {Kind::owned, "user_ns", id.index, ref(id), {}, {}});
        if (ns.anon) f(ref(id), {Kind::detached, "root", ns.root.index, {}, {}, {}});
    });
    k.ucounts.each([&](Id<Ucounts> id, const Ucounts& u) {
        f(ref(k, u.ns), {Kind::ucounts, "ns", id.index, {}, {}, {}});
    });
}

void walk_files(const Kernel& k, const Visit& f) {
    k.inodes.each([&](Id<Inode> id, const Inode& inode) {
        if (inode.kind == InodeKind::ns_file)
            f({inode.ns_type, inode.ns_index}, {Kind::nsfs, "stashed", id.index, {}, {}, {}});
    });
    k.supers.each([&](Id<SuperBlock> id, const SuperBlock& sb) {
        if (sb.ns && sb.type == FsType::proc) f(ref(k, sb.ns), {Kind::super, "pid_ns", id.index, {}, {}, {}});
        f(ref(k, sb.s_user_ns), {Kind::owner, "s_user_ns", id.index, {}, {}, {}});
    });
    k.fs_contexts.each([&](Id<FsContext> id, const FsContext& fc) {
        f(ref(k, fc.net_ns), {Kind::fs_context, "net_ns", id.index, {}, {}, {}});
        f(ref(k, fc.user_ns), {Kind::fs_context, "user_ns", id.index, {}, {}, {}});
        if (fc.cgroup_ns) f(ref(k, fc.cgroup_ns), {Kind::fs_context, "ns", id.index, {}, {}, {}});
        if (fc.ns && fc.type != FsType::sysfs) f(ref(k, fc.ns), {Kind::fs_context, "s_fs_info", id.index, {}, {}, {}});
    });
    k.files.each([&](Id<File> id, const File& file) {
        if (file.proc_mnt_ns) f(ref(file.proc_mnt_ns), {Kind::proc_file, "ns", id.index, {}, {}, {}});
        if (file.proc_user_ns) f(ref(k, file.proc_user_ns), {Kind::proc_file, "private", id.index, {}, {}, {}});
    });
}

// ---- who is behind a holder

template <class F> std::vector<Id<Task>> tasks_where(const Kernel& k, F&& f) {
    std::vector<Id<Task>> found;
    k.tasks.each([&](Id<Task> id, const Task& task) {
        if (f(task)) found.push_back(id);
    });
    std::sort(found.begin(), found.end(), [&](Id<Task> a, Id<Task> b) { return k[a].pid < k[b].pid; });
    return found;
}

/// The tasks that have an open file which `f` is true of, or sleep in poll(2) for one.
template <class F> std::vector<Id<Task>> openers_where(const Kernel& k, F&& f) {
    return tasks_where(k, [&](const Task& task) {
        if (task.polls && f(task.polls)) return true;
        if (!task.files) return false;
        const std::vector<Fd>& table = k[task.files].fd;
        return std::any_of(table.begin(), table.end(), [&](const Fd& fd) { return fd.file && f(fd.file); });
    });
}

template <class F> std::vector<Id<Mount>> mounts_where(const Kernel& k, F&& f) {
    std::vector<Id<Mount>> found;
    k.mounts.each([&](Id<Mount> id, const Mount& m) {
        if (!m.internal && f(m)) found.push_back(id);
    });
    std::sort(found.begin(), found.end(), [&](Id<Mount> a, Id<Mount> b) { return k[a].mnt_id_seq < k[b].mnt_id_seq; });
    return found;
}

/// Who keeps credentials that no task has any more.
void find_keepers_of_cred(const Kernel& k, Holder& h) {
    const auto keep = [&](Holder::Kept how, std::vector<Id<Task>> tasks) {
        if (!tasks.empty()) h.kept.emplace_back(how, std::move(tasks));
    };
    const Id<Cred> cred{h.index};
    keep(Holder::Kept::program,
         tasks_where(k, [&](const Task& t) { return t.mm && k[k[t.mm].exe_file].f_cred == cred; }));
    keep(Holder::Kept::file, openers_where(k, [&](Id<File> file) { return k[file].f_cred == cred; }));
    keep(Holder::Kept::context,
         openers_where(k, [&](Id<File> file) { return k[file].fs_context && k[k[file].fs_context].cred == cred; }));
}

/// Who keeps a struct pid that no task is called by any more.
void find_keepers_of_pid(const Kernel& k, Holder& h) {
    const auto keep = [&](Holder::Kept how, std::vector<Id<Task>> tasks) {
        if (!tasks.empty()) h.kept.emplace_back(how, std::move(tasks));
    };
    const Id<Pid> pid{h.index};
    const auto below = [&](Id<Dentry> d) { return d && k[k[d].d_inode].proc_pid == pid; };
    const auto named = [&](PidType type) {
        return tasks_where(k, [&](const Task& t) { return k[t.signal].pids[static_cast<std::size_t>(type)] == pid; });
    };
    keep(Holder::Kept::pidfd, openers_where(k, [&](Id<File> file) { return k[file].pidfd == pid; }));
    keep(Holder::Kept::proc, openers_where(k, [&](Id<File> file) { return below(k[file].f_path.dentry); }));
    keep(Holder::Kept::place, tasks_where(k, [&](const Task& t) {
             return t.fs && (below(k[t.fs].root.dentry) || below(k[t.fs].pwd.dentry));
         }));
    keep(Holder::Kept::group, named(PidType::PGID));
    keep(Holder::Kept::session, named(PidType::SID));
    h.mounts = mounts_where(k, [&](const Mount& m) { return below(m.mnt_root); });
}

void find_people(const Kernel& k, Holder& h) {
    switch (h.kind) {
    case Kind::nsproxy: h.tasks = holders(k, Id<Nsproxy>{h.index}); break;
    case Kind::cred:
        h.tasks = tasks_where(k, [&](const Task& t) { return t.cred.index == h.index; });
        if (h.tasks.empty()) find_keepers_of_cred(k, h);
        break;
    case Kind::mm:
        h.tasks = tasks_where(k, [&](const Task& t) { return t.mm.index == h.index; });
        if (h.tasks.empty())
            h.kept.emplace_back(Holder::Kept::proc,
                                openers_where(k, [&](Id<File> file) { return k[file].proc_mm.index == h.index; }));
        break;
    case Kind::pid:
        h.tasks = tasks_where(k, [&](const Task& t) { return t.thread_pid.index == h.index; });
        if (h.tasks.empty()) find_keepers_of_pid(k, h);
        break;
    case Kind::nsfs:
        h.tasks = openers_where(k, [&](Id<File> file) {
            return k[file].f_path.dentry && k[k[file].f_path.dentry].d_inode.index == h.index;
        });
        h.mounts = mounts_where(k, [&](const Mount& m) { return k[m.mnt_root].d_inode.index == h.index; });
        break;
    case Kind::super:
    case Kind::owner:
        h.mounts = mounts_where(k, [&](const Mount& m) { return k[m.mnt_root].d_sb.index == h.index; });
        break;
    case Kind::fs_context:
        h.tasks = openers_where(k, [&](Id<File> file) { return k[file].fs_context.index == h.index; });
        break;
    case Kind::proc_file: h.tasks = openers_where(k, [&](Id<File> file) { return file.index == h.index; }); break;
    case Kind::detached:
        h.tasks = openers_where(k, [&](Id<File> file) { return k[file].f_path.mnt.index == h.index; });
        break;
    case Kind::child:
    case Kind::owned:
    case Kind::ucounts: break;
    }
}

} // namespace

void walk_holders(const Kernel& k, const Visit& f) {
    walk_tasks(k, f);
    walk_namespaces(k, f);
    walk_files(k, f);
}

std::vector<Id<Task>> holders(const Kernel& k, Id<Nsproxy> nsproxy) {
    return tasks_where(k, [&](const Task& task) { return task.nsproxy == nsproxy; });
}

std::vector<Holder> holders(const Kernel& k, NsRef ns) {
    std::vector<Holder> found;
    walk_holders(k, [&](NsRef held, const Holder& h) {
        if (held == ns) found.push_back(h);
    });
    for (Holder& h : found) find_people(k, h);
    return found;
}

} // namespace nslab
