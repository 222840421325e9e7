#include "sim/compare/counts.hpp"

#include <map>
#include <set>

#include <fmt/format.h>

namespace nslab {

namespace {

using Kind = Bijection::Kind;
using Lines = std::vector<std::string>;

/// Who else has this nsproxy: "sh1 and sh2", "nobody".
std::string others_with(const Observation& all, const ActorObservation& who, const ActorName& name) {
    std::string out;
    for (const ActorObservation& a : all.actors)
        if (a.actor != who.actor && a.nsproxy == who.nsproxy) out += (out.empty() ? "" : " and ") + name(a.actor);
    return out.empty() ? "nobody" : out;
}

std::string times(u64 count) { return count == 1 ? "once" : fmt::format("{} times", count); }

} // namespace

Lines compare_counts(const Observation& model, const Observation& kernel, Bijection& ids, const ActorName& name) {
    Lines out;
    std::map<Actor, const ActorObservation*> there;
    for (const ActorObservation& b : kernel.actors) there[b.actor] = &b;
    std::set<u64> told; // a nsproxy or a namespace is spoken of once, whoever is in it
    for (const ActorObservation& a : model.actors) {
        const auto found = there.find(a.actor);
        if (found == there.end() || a.nsproxy == 0 || found->second->nsproxy == 0) continue;
        const ActorObservation& b = *found->second;
        if (!ids.pair(Kind::nsproxy, a.nsproxy, b.nsproxy))
            out.push_back(fmt::format("{} shares its nsproxy with {} in the model and with {} in the kernel",
                                      name(a.actor), others_with(model, a, name), others_with(kernel, b, name)));
        else if (a.nsproxy_count != b.nsproxy_count && told.insert(b.nsproxy).second)
            out.push_back(fmt::format("the nsproxy of {} is held {} in the model and {} in the kernel", name(a.actor),
                                      times(a.nsproxy_count), times(b.nsproxy_count)));
        for (const NamespaceKind& kind : kNamespaceKinds) {
            const u64 one = a.counts.*kind.member, two = b.counts.*kind.member;
            if (one != 0 && two != 0 && one != two && told.insert(b.ns.*kind.member).second)
                out.push_back(fmt::format("the {} namespace of {} is held {} in the model and {} in the kernel",
                                          kind.name, name(a.actor), times(one), times(two)));
        }
    }
    return out;
}

} // namespace nslab
