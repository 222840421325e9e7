#include "sim/replay/holders.hpp"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/linux/fs/internal.hpp"

namespace nslab {
namespace {

class Holders {
  public:
    Holders(const Kernel& k, NamespaceRef ns, const TaskNames& tasks) : k_(k), ns_(ns), tasks_(tasks) {}

    std::string text() {
        nsproxies();
        pids();
        credentials();
        namespaces();
        file();
        super_blocks();
        const u32 count = ns_common(k_, ns_.type, ns_.index).count;
        std::string out = fmt::format("{}: count {}\n", ns_link_text(k_, ns_.type, ns_.index), count);
        for (const auto& [line, references] : lines_)
            out +=
                references == 1 ? fmt::format("    {}\n", line) : fmt::format("    {} ({} times)\n", line, references);
        if (found_ < count) out += fmt::format("    and {} that nobody here can name\n", count - found_);
        return out;
    }

  private:
    void add(std::string line, u32 references = 1) {
        lines_.emplace_back(std::move(line), references);
        found_ += references;
    }
    bool is(Id<Namespace> other) const { return ns_.type != NsType::mnt && other.index == ns_.index; }

    std::string name(Id<Task> task) const {
        for (const auto& [name, each] : tasks_)
            if (each == task) return name;
        return "a process without a name";
    }
    /// The actors among the tasks for which `has` is true; those without a name are counted.
    template <class F> std::string names(const F& has) const {
        std::vector<std::string> known;
        std::size_t others = 0;
        k_.tasks.each([&](Id<Task> t, const Task& task) { others += has(task) && !named(t); });
        for (const auto& [name, t] : tasks_)
            if (t && k_.tasks.live(t) && has(k_[t])) known.push_back(name);
        if (others) known.push_back(others == 1 ? "another process" : fmt::format("{} other processes", others));
        return fmt::format("{}", fmt::join(known, ", "));
    }
    bool named(Id<Task> task) const {
        for (const auto& [name, each] : tasks_)
            if (each == task) return true;
        return false;
    }

    void nsproxies() {
        k_.nsproxies.each([&](Id<Nsproxy> id, const Nsproxy& n) {
            u32 references = 0;
            if (ns_.type == NsType::mnt) references = n.mnt_ns.index == ns_.index;
            for (const Id<Namespace> each :
                 {n.uts_ns, n.ipc_ns, n.pid_ns_for_children, n.net_ns, n.time_ns, n.time_ns_for_children, n.cgroup_ns})
                references += is(each);
            if (!references) return;
            const std::string whose = names([&](const Task& t) { return t.nsproxy == id; });
            const bool children = ns_.type == NsType::pid;
            add(fmt::format("the nsproxy of {}{}", whose, children ? ", for their children" : ""), references);
        });
    }

    void pids() {
        if (ns_.type != NsType::pid) return;
        u32 references = 0;
        k_.pids.each([&](Id<Pid>, const Pid& pid) { references += is(pid.ns); });
        if (!references) return;
        add("the PIDs of " + names([&](const Task& t) { return t.thread_pid && is(k_[t.thread_pid].ns); }), references);
    }

    void credentials() {
        if (ns_.type != NsType::user) return;
        k_.creds.each([&](Id<Cred> id, const Cred& cred) {
            if (is(cred.user_ns)) add("the credentials of " + names([&](const Task& t) { return t.cred == id; }));
        });
    }

    void namespaces() {
        k_.namespaces.each([&](Id<Namespace> id, const Namespace& other) {
            const std::string link = ns_link_text(k_, other.type, id.index);
            if (is(other.parent)) add(fmt::format("{}, which is below it", link));
            // A user namespace holds its parent once, though that owns it too.
            if (is(other.ns.user_ns) && other.type != NsType::user) add(fmt::format("{}, which it owns", link));
        });
        k_.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace& other) {
            if (is(other.ns.user_ns))
                add(other.anon ? "a detached tree, which it owns"
                               : fmt::format("{}, which it owns", ns_link_text(k_, NsType::mnt, id.index)));
        });
    }

    /// All files and mounts of a namespace are of one dentry in nsfs, which holds one reference.
    void file() {
        const Id<Dentry> dentry = ns_common(k_, ns_.type, ns_.index).stashed;
        std::vector<std::string> uses;
        for (const auto& [actor, t] : tasks_) {
            if (!t || !k_.tasks.live(t) || !k_[t].files) continue;
            const auto& table = k_[k_[t].files].fd;
            for (std::size_t fd = 0; fd < table.size(); ++fd) {
                if (!table[fd].file) continue;
                const File& open = k_[table[fd].file];
                if (dentry && open.f_path.dentry == dentry) uses.push_back(fmt::format("open in {} as {}", actor, fd));
                if (ns_.type == NsType::mnt && open.proc_mnt_ns.index == ns_.index)
                    add(fmt::format("an open mountinfo of {}, descriptor {}", actor, fd));
            }
        }
        if (!dentry) return;
        k_.mounts.each([&](Id<Mount> m, const Mount& mount) {
            if (mount.mnt_root == dentry && mount.mnt_ns) uses.push_back("bound on " + place(m));
        });
        add(uses.empty() ? "its file" : fmt::format("its file, {}", fmt::join(uses, ", ")));
    }

    void super_blocks() {
        if (ns_.type != NsType::pid && ns_.type != NsType::net) return;
        std::map<u32, std::string> shown;
        k_.mounts.each([&](Id<Mount> m, const Mount& mount) {
            const Id<SuperBlock> sb = k_[mount.mnt_root].d_sb;
            if (!is(k_[sb].ns) || !mount.mnt_ns) return;
            std::string& places = shown[sb.index];
            places += (places.empty() ? "" : ", ") + place(m);
        });
        for (const auto& [sb, places] : shown)
            add(fmt::format("the {} that is mounted on {}", ns_.type == NsType::pid ? "proc" : "sysfs", places));
    }

    /// "sh1:/a" by the first process that sees it.
    std::string place(Id<Mount> m) const {
        for (const auto& [name, t] : tasks_) {
            if (!t || !k_.tasks.live(t) || !k_[t].fs || !k_[t].nsproxy) continue;
            if (k_[k_[t].nsproxy].mnt_ns != k_[m].mnt_ns) continue;
            const PathText path = path_text(k_, Path{m, k_[m].mnt_root}, k_[k_[t].fs].root);
            if (path.reachable) return fmt::format("{}:{}", name, path.text);
        }
        return "a place that no actor sees";
    }

    const Kernel& k_;
    NamespaceRef ns_;
    const TaskNames& tasks_;
    std::vector<std::pair<std::string, u32>> lines_;
    u32 found_ = 0;
};

} // namespace

NamespaceRef namespace_of_task(const Kernel& k, Id<Task> id, const std::string& type) {
    if (!id || !k.tasks.live(id)) return {};
    const Task& task = k[id];
    if (type == "user") return {NsType::user, task.cred ? k[task.cred].user_ns.index : 0};
    if (type == "pid") return {NsType::pid, task.thread_pid ? k[task.thread_pid].ns.index : 0};
    if (!task.nsproxy) return {};
    const Nsproxy& n = k[task.nsproxy];
    if (type == "mnt") return {NsType::mnt, n.mnt_ns.index};
    if (type == "uts") return {NsType::uts, n.uts_ns.index};
    if (type == "ipc") return {NsType::ipc, n.ipc_ns.index};
    if (type == "net") return {NsType::net, n.net_ns.index};
    if (type == "cgroup") return {NsType::cgroup, n.cgroup_ns.index};
    if (type == "pid_for_children") return {NsType::pid, n.pid_ns_for_children.index};
    if (type == "time") return {NsType::time, n.time_ns.index};
    if (type == "time_for_children") return {NsType::time, n.time_ns_for_children.index};
    return {};
}

std::string show_holders(const Kernel& k, NamespaceRef ns, const TaskNames& tasks) {
    return ns.index ? Holders(k, ns, tasks).text() : std::string();
}

std::string show_all_holders(const Kernel& k, const TaskNames& tasks) {
    std::map<u64, NamespaceRef> by_age;
    k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
        by_age[ns.ns.ns_id] = NamespaceRef{ns.type, id.index};
    });
    k.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace& ns) {
        if (!ns.anon) by_age[ns.ns.ns_id] = NamespaceRef{NsType::mnt, id.index};
    });
    std::string out;
    for (const auto& [age, ns] : by_age) out += show_holders(k, ns, tasks);
    return out;
}

} // namespace nslab
