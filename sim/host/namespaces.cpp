// The kernel's reference counts in an observation.

#include <algorithm>
#include <array>

#include <fcntl.h>

#include "sim/host/counts.hpp"
#include "sim/host/world.hpp"

namespace nslab::host {

namespace {

/// The members of a record, with the name of their type and where an observation has them.
struct Member {
    int index;
    std::string_view type;
    u64 NamespaceIds::*in;
};
constexpr std::array<Member, NSLAB_NAMESPACES> kMembers = {{
    {NSLAB_UTS, "uts", &NamespaceIds::uts},
    {NSLAB_IPC, "ipc", &NamespaceIds::ipc},
    {NSLAB_MNT, "mnt", &NamespaceIds::mnt},
    {NSLAB_PID_FOR_CHILDREN, "pid", &NamespaceIds::pid_for_children},
    {NSLAB_NET, "net", &NamespaceIds::net},
    {NSLAB_TIME, "time", &NamespaceIds::time},
    {NSLAB_TIME_FOR_CHILDREN, "time", &NamespaceIds::time_for_children},
    {NSLAB_CGROUP, "cgroup", &NamespaceIds::cgroup},
    {NSLAB_PID, "pid", &NamespaceIds::pid},
    {NSLAB_USER, "user", &NamespaceIds::user},
}};

} // namespace

/// What the kernel counts, for each actor that has namespaces still. Those that the world shares with the machine are
/// left out: processes of others take and drop references to them all the time.
void World::observe_counts(Observation& all) {
    if (!options_.counts) return;
    if (pid_inum_ == 0) {
        const Agent* init = find(Actor::init);
        pid_inum_ = init ? static_cast<u32>(link_number(init->proc.get(), "ns/pid")) : 0;
        for (const Member& m : kMembers)
            machines_.insert(static_cast<u32>(link_number(AT_FDCWD, ("/proc/self/ns/" + std::string(m.type)).c_str())));
    }
    const auto counts = read_counts(pid_inum_, {});
    if (!counts) return;
    for (ActorObservation& actor : all.actors) {
        const auto task = std::find_if(counts->tasks.begin(), counts->tasks.end(), [&](const nslab_task& t) {
            return !actor.nspid.empty() && t.tid == static_cast<u32>(actor.nspid.front());
        });
        if (task == counts->tasks.end() || task->nsproxy == 0) continue;
        actor.nsproxy = task->nsproxy;
        actor.nsproxy_count = task->nsproxy_count;
        for (const Member& m : kMembers)
            if (!machines_.contains(task->ns[m.index].inum)) actor.counts.*m.in = task->ns[m.index].count;
    }
}

} // namespace nslab::host
