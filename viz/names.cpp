#include "viz/names.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/linux/fs/mount.hpp"
#include "viz/hash.hpp"

namespace nslab::viz {

std::string task_name(const State& state, Id<Task> task) {
    for (const auto& [name, id] : state.actors)
        if (id == task) return name;
    return fmt::format("PID {}", state.kernel[task].pid);
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
    std::string out;
    const std::size_t n = names.size() <= most + 1 ? names.size() : most;
    for (std::size_t i = 0; i < n; ++i) out += (i ? ", " : "") + names[i];
    if (n < names.size()) out += fmt::format(" and {} more", names.size() - n);
    return out;
}

std::string shortened(const std::string& path, std::size_t most) {
    constexpr std::string_view kCut = "…";
    if (path.size() <= most) return path;
    const auto inside = [&](std::size_t at) { return at < path.size() && (path[at] & 0xc0) == 0x80; }; // of a character
    // Both ends are whole names where one fits; what was cut before is not kept beside the new cut.
    const std::size_t early = std::min(path.rfind('/', most / 3), path.find(kCut));
    const std::string head = early == std::string::npos ? "" : path.substr(0, early + (path[early] == '/'));
    std::size_t tail = path.find('/', path.size() - (most - head.size() - kCut.size()));
    if (tail == std::string::npos) tail = path.size() - (most - head.size() - kCut.size());
    while (inside(tail)) ++tail;
    return head + std::string(kCut) + path.substr(tail);
}

std::map<Id<MntNamespace>, std::vector<std::string>> mnt_ns_tasks(const State& state) {
    const Kernel& k = state.kernel;
    std::map<Id<Task>, std::string> names;
    for (const auto& [name, id] : state.actors)
        if (id) names.try_emplace(id, name);
    std::vector<std::pair<i32, Id<Task>>> tasks;
    k.tasks.each([&](Id<Task> t, const Task& task) {
        if (task.nsproxy) tasks.emplace_back(task.pid, t);
    });
    std::sort(tasks.begin(), tasks.end());
    std::map<Id<MntNamespace>, std::vector<std::string>> out;
    for (const auto& [pid, t] : tasks) {
        const auto name = names.find(t);
        out[k[k[t].nsproxy].mnt_ns].push_back(name == names.end() ? fmt::format("PID {}", pid) : name->second);
    }
    return out;
}

std::string plural(std::size_t n, const std::string& thing) {
    return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s");
}

std::string ns_key(const Kernel& k, Id<Namespace> ns) { return fmt::format("ns{}", k[ns].ns.ns_id); }
std::string task_key(const Kernel& k, Id<Task> task) { return fmt::format("t{}", k[task].pid); }

std::string nsproxy_key(const Kernel& k, Id<Nsproxy> ns) {
    std::string key = fmt::format("nsproxy{}", ns.index);
    u64 hash = hash_of("");
    for (const NsPointer& p : pointers_of(k, ns)) hash = hash_of(p.key, hash);
    return key + fmt::format("-{:06x}", hash & 0xffffff);
}

std::vector<NsPointer> pointers_of(const Kernel& k, Id<Nsproxy> ns) {
    const Nsproxy& n = k[ns];
    std::vector<NsPointer> out;
    if (n.mnt_ns)
        out.push_back({"mnt", NsType::mnt, mnt_ns_key(k, n.mnt_ns), k[n.mnt_ns].ns.count, k[n.mnt_ns].ns.inum});
    const auto add = [&](const char* role, NsType type, Id<Namespace> to) {
        if (to) out.push_back({role, type, ns_key(k, to), k[to].ns.count, k[to].ns.inum});
    };
    add("uts", NsType::uts, n.uts_ns);
    add("ipc", NsType::ipc, n.ipc_ns);
    add("pid for children", NsType::pid, n.pid_ns_for_children);
    add("net", NsType::net, n.net_ns);
    add("cgroup", NsType::cgroup, n.cgroup_ns);
    add("time", NsType::time, n.time_ns);
    if (n.time_ns_for_children != n.time_ns) add("time for children", NsType::time, n.time_ns_for_children);
    return out;
}

std::vector<TaskFacts> tasks_of(const State& state) {
    const Kernel& k = state.kernel;
    std::map<Id<Task>, std::string> names;
    for (const auto& [name, id] : state.actors)
        if (id) names.try_emplace(id, name);
    std::vector<TaskFacts> out;
    k.tasks.each([&](Id<Task> t, const Task& task) {
        if (task.exit_state == ExitState::dead) return;
        TaskFacts f;
        f.id = t;
        const auto name = names.find(t);
        f.name = name == names.end() ? fmt::format("PID {}", task.pid) : name->second;
        f.nsproxy = task.nsproxy;
        f.parent = t == k.init ? Id<Task>{} : task.parent;
        f.zombie = task.exit_state == ExitState::zombie;
        f.stopped = !f.zombie && (task.jobctl & JOBCTL::STOPPED);
        f.exit_code = task.exit_code;
        const Pid& pid = k[task.thread_pid];
        f.numbers.assign(pid.numbers.begin(), pid.numbers.begin() + pid.level + 1);
        f.pid_ns = pid.ns;
        f.user_ns = k[task.cred].user_ns;
        f.group_leader = task.group_leader;
        f.init = f.group_leader == t && f.numbers.back() == 1;
        f.subreaper = k[task.signal].is_child_subreaper;
        out.push_back(std::move(f));
    });
    std::sort(out.begin(), out.end(), [](const TaskFacts& a, const TaskFacts& b) { return a.numbers < b.numbers; });
    return out;
}

std::string mount_key(const Kernel& k, Id<Mount> m) { return fmt::format("m{}", k[m].mnt_id_seq); }

std::string mnt_ns_key(const Kernel& k, Id<MntNamespace> ns) {
    // Detached trees have no number of their own; their root's is never used again.
    return k[ns].anon ? fmt::format("tree{}", k[ns].root ? k[k[ns].root].mnt_id_seq : 0)
                      : fmt::format("ns{}", k[ns].ns.ns_id);
}

std::string mount_source(const Kernel& k, Id<Mount> m) {
    const Mount& mount = k[m];
    const std::string type(sb_type_name(k[mnt_sb(k, m)]));
    const std::string source = mount.mnt_devname ? k[mount.mnt_devname].text : "none";
    std::string out = source == type || source == "none" ? type : type + " " + source;
    const std::string root = show_path(k, mount.mnt_root);
    if (root != "/") out += "[" + root + "]";
    return out;
}

std::string mount_place(const Kernel& k, Id<Mount> m) {
    Id<Mount> top = k[m].mnt_ns ? k[k[m].mnt_ns].root : m;
    if (!top)
        for (top = m; mnt_has_parent(k, top); top = k[top].mnt_parent) {}
    const PathText place = path_text(k, {m, k[m].mnt_root}, {top, k[top].mnt_root});
    return place.text;
}

std::string propagation_words(const Kernel& k, Id<Mount> m) {
    std::string out;
    if (is_mnt_shared(k, m)) out = fmt::format("shared {}", k[m].mnt_group_id);
    if (is_mnt_slave(k, m))
        out += fmt::format("{}slave of {}", out.empty() ? "" : ", ", k[k[m].mnt_master].mnt_group_id);
    if (is_mnt_unbindable(k, m)) out += out.empty() ? "unbindable" : ", unbindable";
    return out.empty() ? "private" : out;
}

} // namespace nslab::viz
