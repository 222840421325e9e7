#include "sim/replay/show_holders.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/linux/fs/internal.hpp"
#include "sim/linux/holders.hpp"

namespace nslab {

namespace {

constexpr std::pair<NsType, const char*> kTypes[] = {
    {NsType::mnt, "mnt"},       {NsType::uts, "uts"}, {NsType::ipc, "ipc"},   {NsType::pid, "pid"},
    {NsType::cgroup, "cgroup"}, {NsType::net, "net"}, {NsType::time, "time"}, {NsType::user, "user"}};

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

} // namespace

std::string show_holders(const ModelBackend& model, const std::vector<std::pair<Actor, std::string>>& actors) {
    const Kernel& k = model.kernel();
    std::map<u32, std::string> tasks;
    for (const auto& [actor, name] : actors)
        if (const Id<Task> task = model.task(actor)) tasks[task.index] = name;
    tasks[k.init.index] = "init";
    std::map<std::pair<NsType, u32>, std::string> labels;
    for (const auto& [type, word] : kTypes) {
        std::size_t n = 0;
        for (const NsRef ns : namespaces_of(k, type)) labels[{type, ns.index}] = fmt::format("{}:{}", word, ++n);
    }
    const HolderNames names{[&](Id<Task> task) {
                                const auto it = tasks.find(task.index);
                                return it != tasks.end() ? it->second : fmt::format("process {}", k[task].pid);
                            },
                            [&](NsRef ns) {
                                return labels[{ns.type, ns.index}];
                            }};

    std::string out;
    k.nsproxies.each([&](Id<Nsproxy> id, const Nsproxy& n) {
        Holder h;
        h.tasks = holders(k, id);
        out += fmt::format("{}, count {}\n", holder_text(k, h, names), n.count);
        out +=
            fmt::format("  {}, {}, {}, {} for children, {}, {}, {} and {} for children\n",
                        labels[{NsType::mnt, n.mnt_ns.index}], labels[{NsType::uts, n.uts_ns.index}],
                        labels[{NsType::ipc, n.ipc_ns.index}], labels[{NsType::pid, n.pid_ns_for_children.index}],
                        labels[{NsType::cgroup, n.cgroup_ns.index}], labels[{NsType::net, n.net_ns.index}],
                        labels[{NsType::time, n.time_ns.index}], labels[{NsType::time, n.time_ns_for_children.index}]);
    });
    for (const auto& [type, word] : kTypes) {
        for (const NsRef ns : namespaces_of(k, type)) {
            out += fmt::format("{}, count {}, is held by\n", names.ns(ns), ns_common(k, ns.type, ns.index).count);
            for (const Holder& h : holders(k, ns)) out += fmt::format("  {}\n", holder_text(k, h, names));
        }
    }
    return out;
}

} // namespace nslab
