#include "sim/replay/show_holders.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/holders.hpp"
#include "sim/linux/kernel/internal.hpp"

namespace nslab {

namespace {

constexpr NsType kTypes[] = {NsType::mnt,    NsType::uts, NsType::ipc,  NsType::pid,
                             NsType::cgroup, NsType::net, NsType::time, NsType::user};

/// Living namespaces of a type, the oldest first; "net:2" is the second of them.
std::vector<NsRef> namespaces_of(const Kernel& k, NsType type) {
    std::vector<NsRef> found;
    if (type == NsType::mnt)
        k.mnt_namespaces.each([&](Id<MntNamespace> id, const MntNamespace&) { found.push_back({type, id.index}); });
    else
        k.namespaces.each([&](Id<Namespace> id, const Namespace& ns) {
            if (ns.type == type) found.push_back({type, id.index});
        });
    const auto age = [&](NsRef ns) {
        const NsCommon& common = ns_common(k, ns.type, ns.index);
        return std::make_pair(common.ns_id == 0, common.ns_id); // detached trees last
    };
    std::stable_sort(found.begin(), found.end(), [&](NsRef a, NsRef b) { return age(a) < age(b); });
    return found;
}

/// A text in lines of 110 characters, those behind the first indented.
std::string wrapped(std::string text) {
    std::string out;
    for (std::size_t room = 110; text.size() > room; room = 108) {
        std::size_t at = text.rfind(' ', room);
        if (at == std::string::npos) at = text.find(' ', room);
        if (at == std::string::npos) break;
        out += text.substr(0, at) + "\n  ";
        text.erase(0, at + 1);
    }
    return out + text + "\n";
}

/// How people call the tasks and namespaces of a model: "sh2", "net:2".
class HolderLabels {
  public:
    HolderLabels(const ModelBackend& model, const std::vector<std::pair<Actor, std::string>>& actors)
        : k_(model.kernel()) {
        for (const auto& [actor, name] : actors)
            if (const Id<Task> task = model.task(actor)) tasks_[task.index] = name;
        tasks_[k_.init.index] = "init";
        for (const NsType type : kTypes) {
            std::size_t n = 0;
            for (const NsRef ns : namespaces_of(k_, type))
                labels_[{type, ns.index}] = fmt::format("{}:{}", ns_type_name(type), ++n);
        }
    }

    std::string label(NsType type, u32 index) const {
        const auto found = labels_.find({type, index});
        return found == labels_.end() ? "" : found->second;
    }
    HolderNames names() const {
        return {[this](Id<Task> task) {
                    const auto it = tasks_.find(task.index);
                    return it != tasks_.end() ? it->second : fmt::format("process {}", k_[task].pid);
                },
                [this](NsRef ns) { return label(ns.type, ns.index); }};
    }
    /// One namespace with its holders: "net:2 is held by the nsproxy of sh1, by a file open in sh3, and by the bind
    /// mount /run/netns/darlene". Below it the count.
    std::string text(NsRef ns) const {
        std::vector<std::string> phrases;
        bool shared = false; // its file, by several
        for (const Holder& h : holders(k_, ns)) {
            const auto parts = holder_text(k_, h, names());
            shared = shared || (h.kind == Holder::Kind::nsfs && h.tasks.size() + h.mounts.size() > 1);
            phrases.insert(phrases.end(), parts.begin(), parts.end());
        }
        std::string out = label(ns.type, ns.index) + " is held";
        if (phrases.empty()) out += " by nobody";
        for (std::size_t i = 0; i < phrases.size(); ++i) {
            if (i > 0 && phrases.size() > 2) out += ',';
            if (i > 0 && i + 1 == phrases.size()) out += " and";
            out += " by " + phrases[i];
        }
        return wrapped(out) + fmt::format("  count {}{}\n", ns_common(k_, ns.type, ns.index).count,
                                          shared ? ": its file counts once, however often it is open or mounted" : "");
    }

  private:
    const Kernel& k_;
    std::map<u32, std::string> tasks_;
    std::map<std::pair<NsType, u32>, std::string> labels_;
};

/// The namespace of a task by its type as /proc/PID/ns names it; NULL where the task has it no more.
NsRef namespace_of_task(const Kernel& k, Id<Task> id, const std::string& type) {
    if (!id || !k.tasks.live(id)) return {};
    if (type == "user") return {NsType::user, task_user_ns(k, id).index};
    if (type == "pid") return {NsType::pid, task_active_pid_ns(k, id).index};
    if (!k[id].nsproxy) return {};
    const Nsproxy& n = k[k[id].nsproxy];
    if (type == "mnt") return {NsType::mnt, n.mnt_ns.index};
    if (type == "uts") return {NsType::uts, n.uts_ns.index};
    if (type == "ipc") return {NsType::ipc, n.ipc_ns.index};
    if (type == "net") return {NsType::net, n.net_ns.index};
    if (type == "cgroup") return {NsType::cgroup, n.cgroup_ns.index};
    if (type == "pid_for_children") return {NsType::pid, n.pid_ns_for_children.index};
    if (type == "time") return {NsType::time, n.time_ns.index};
    return {NsType::time, n.time_ns_for_children.index};
}

} // namespace

std::string show_holders(const ModelBackend& model, const std::vector<std::pair<Actor, std::string>>& actors) {
    const Kernel& k = model.kernel();
    const HolderLabels names(model, actors);
    std::string out;
    k.nsproxies.each([&](Id<Nsproxy> id, const Nsproxy& n) {
        Holder h;
        h.tasks = holders(k, id);
        out += fmt::format("{}, count {}\n", holder_text(k, h, names.names()).front(), n.count);
        out += fmt::format(
            "  {}, {}, {}, {} for children, {}, {}, {} and {} for children\n", names.label(NsType::mnt, n.mnt_ns.index),
            names.label(NsType::uts, n.uts_ns.index), names.label(NsType::ipc, n.ipc_ns.index),
            names.label(NsType::pid, n.pid_ns_for_children.index), names.label(NsType::cgroup, n.cgroup_ns.index),
            names.label(NsType::net, n.net_ns.index), names.label(NsType::time, n.time_ns.index),
            names.label(NsType::time, n.time_ns_for_children.index));
    });
    for (const NsType type : kTypes)
        for (const NsRef ns : namespaces_of(k, type)) out += names.text(ns);
    return out;
}

std::string show_holders(const ModelBackend& model, const std::vector<std::pair<Actor, std::string>>& actors, Actor who,
                         const std::string& type) {
    const NsRef ns = namespace_of_task(model.kernel(), model.task(who), type);
    return ns.index ? HolderLabels(model, actors).text(ns) : std::string();
}

} // namespace nslab
