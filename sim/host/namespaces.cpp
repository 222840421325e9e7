// The kernel's reference counts in an observation, and which namespaces of the world there are: also those that no
// process is in any more, since a file, a mount, a zombie or another namespace holds them.

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
    u64 flag;
    u64 NamespaceIds::*in;
};
constexpr std::array<Member, NSLAB_NAMESPACES> kMembers = {{
    {NSLAB_UTS, "uts", CLONE::NEWUTS, &NamespaceIds::uts},
    {NSLAB_IPC, "ipc", CLONE::NEWIPC, &NamespaceIds::ipc},
    {NSLAB_MNT, "mnt", CLONE::NEWNS, &NamespaceIds::mnt},
    {NSLAB_PID_FOR_CHILDREN, "pid", CLONE::NEWPID, &NamespaceIds::pid_for_children},
    {NSLAB_NET, "net", CLONE::NEWNET, &NamespaceIds::net},
    {NSLAB_TIME, "time", CLONE::NEWTIME, &NamespaceIds::time},
    {NSLAB_TIME_FOR_CHILDREN, "time", CLONE::NEWTIME, &NamespaceIds::time_for_children},
    {NSLAB_CGROUP, "cgroup", CLONE::NEWCGROUP, &NamespaceIds::cgroup},
    {NSLAB_PID, "pid", CLONE::NEWPID, &NamespaceIds::pid},
    {NSLAB_USER, "user", CLONE::NEWUSER, &NamespaceIds::user},
}};

} // namespace

/// Asks the kernel for the counts. Namespaces that are new are remembered, which finds all where it is done behind each
/// call that makes some; those that are no more are forgotten. False where nothing can be had.
bool World::count(Counts& counts) {
    if (!options_.counts) return false;
    if (pid_inum_ == 0) {
        const Agent* init = find(Actor::init);
        pid_inum_ = init ? static_cast<u32>(link_number(init->proc.get(), "ns/pid")) : 0;
        for (const Member& m : kMembers)
            machines_.insert(static_cast<u32>(link_number(AT_FDCWD, ("/proc/self/ns/" + std::string(m.type)).c_str())));
        // An ordinary user's world has a first user namespace of its own, but what began before it, such as the memory
        // of its first processes and its files of namespaces, belongs to the one around.
        machines_.insert(static_cast<u32>(user_inum_));
    }
    std::vector<u64> known;
    for (const SeenNamespace& ns : seen_) known.push_back(ns.now.common);
    auto answer = read_counts(pid_inum_, known);
    if (!answer) return false;
    counts = std::move(*answer);

    // What lay at the address of a namespace may be another by now, or anything.
    std::vector<SeenNamespace> living;
    for (std::size_t i = 0; i < seen_.size() && i < counts.known.size(); ++i) {
        const nslab_ns& now = counts.known[i];
        if (now.count == 0 || now.inum != seen_[i].now.inum || now.id != seen_[i].now.id) continue;
        living.push_back(seen_[i]);
        living.back().now = now;
    }
    seen_ = std::move(living);
    for (const nslab_task& task : counts.tasks)
        for (const Member& m : kMembers) {
            const nslab_ns& ns = task.ns[m.index];
            const auto same = [&](const SeenNamespace& s) { return s.now.common == ns.common; };
            if (ns.common != 0 && std::none_of(seen_.begin(), seen_.end(), same))
                seen_.push_back({ns, m.flag, ++last_seen_});
        }
    return true;
}

/// What the kernel counts, for each actor that has namespaces still, and for each namespace. Those that the world
/// shares with the machine have no counts: processes of others take and drop references to them all the time.
void World::observe_counts(Observation& all) {
    Counts counts;
    if (!count(counts)) return;
    all.all_namespaces = true;
    for (const SeenNamespace& ns : seen_) {
        if (ns.now.count == NSLAB_UNCOUNTED) all.all_namespaces = false;
        all.namespaces.push_back({ns.type, ns.id, ns.now.inum, machines_.contains(ns.now.inum) ? 0 : ns.now.count});
    }
    for (ActorObservation& actor : all.actors) {
        const auto task = std::find_if(counts.tasks.begin(), counts.tasks.end(), [&](const nslab_task& t) {
            return !actor.nspid.empty() && t.tid == static_cast<u32>(actor.nspid.front());
        });
        if (task == counts.tasks.end() || task->nsproxy == 0) continue;
        actor.nsproxy = task->nsproxy;
        actor.nsproxy_count = task->nsproxy_count;
        actor.fs = task->fs;
        actor.files = task->files;
        actor.mm = task->mm;
        actor.sighand = task->sighand;
        for (const Member& m : kMembers)
            if (const nslab_ns& ns = task->ns[m.index]; ns.common != 0 && !machines_.contains(ns.inum))
                actor.counts.*m.in = ns.count;
    }
}

} // namespace nslab::host
