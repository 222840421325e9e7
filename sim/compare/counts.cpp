#include "sim/compare/counts.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace nslab {

namespace {

using Kind = Bijection::Kind;
using Lines = std::vector<std::string>;

/// What tasks can share, each with its flag of clone(2).
struct Shared {
    const char* what;
    Kind kind;
    u64 ActorObservation::*member;
};
constexpr Shared kShared[] = {{"nsproxy", Kind::nsproxy, &ActorObservation::nsproxy},
                              {"root and working directory", Kind::fs, &ActorObservation::fs},
                              {"descriptors", Kind::files, &ActorObservation::files},
                              {"memory", Kind::mm, &ActorObservation::mm},
                              {"signal handlers", Kind::sighand, &ActorObservation::sighand}};

/// Who else has this object: "sh1 and sh2", "nobody".
std::string others_with(const Observation& all, const ActorObservation& who, u64 ActorObservation::*member,
                        const ActorName& name) {
    std::string out;
    for (const ActorObservation& a : all.actors)
        if (a.actor != who.actor && a.*member == who.*member) out += (out.empty() ? "" : " and ") + name(a.actor);
    return out.empty() ? "nobody" : out;
}

std::string times(u64 count) { return count == 1 ? "once" : fmt::format("{} times", count); }

/// "the uts namespace of sh1", or, where nobody is in it, what is known.
std::string name_of(const Observation& all, const NamespaceObservation& ns, const ActorName& name) {
    for (const ActorObservation& a : all.actors)
        for (const NamespaceKind& kind : kNamespaceKinds)
            if (kind.flag == ns.type && a.ns.*kind.member == ns.inum)
                return fmt::format("the {} namespace of {}", kind.name, name(a.actor));
    for (const NamespaceKind& kind : kNamespaceKinds)
        if (kind.flag == ns.type) return fmt::format("a {} namespace that no process is in", kind.name);
    return "a namespace";
}

std::vector<NamespaceObservation> of_type(const Observation& all, u64 type) {
    std::vector<NamespaceObservation> out;
    std::copy_if(all.namespaces.begin(), all.namespaces.end(), std::back_inserter(out),
                 [&](const NamespaceObservation& ns) { return ns.type == type; });
    return out;
}

/// All namespaces of a type, those too that only a file, a mount or another namespace holds. Both worlds list them in
/// the order of their making.
void compare_all_of(u64 type, const Observation& model, const Observation& kernel, Bijection& ids,
                    const ActorName& name, Lines& out) {
    const auto one = of_type(model, type), two = of_type(kernel, type);
    std::size_t i = 0, j = 0;
    while (i < one.size() && j < two.size()) {
        const NamespaceObservation &a = one[i], &b = two[j];
        if (ids.pair(Kind::unique_name_space, a.id, b.id)) {
            ++i, ++j;
            ids.pair(Kind::name_space, a.inum, b.inum);
            if (b.count != 0 && a.count != b.count)
                out.push_back(fmt::format("{} is held {} in the model and {} in the kernel", name_of(model, a, name),
                                          times(a.count), times(b.count)));
        } else if (one.size() - i > two.size() - j) {
            out.push_back(
                fmt::format("{} is alive in the model and gone in the kernel", name_of(model, one[i++], name)));
        } else {
            out.push_back(
                fmt::format("{} is gone in the model and alive in the kernel", name_of(kernel, two[j++], name)));
        }
    }
    for (; i < one.size(); ++i)
        out.push_back(fmt::format("{} is alive in the model and gone in the kernel", name_of(model, one[i], name)));
    for (; j < two.size(); ++j)
        out.push_back(fmt::format("{} is gone in the model and alive in the kernel", name_of(kernel, two[j], name)));
}

} // namespace

Lines compare_counts(const Observation& model, const Observation& kernel, Bijection& ids, const ActorName& name) {
    Lines out;
    const bool all = model.all_namespaces && kernel.all_namespaces;
    std::map<Actor, const ActorObservation*> there;
    for (const ActorObservation& b : kernel.actors) there[b.actor] = &b;
    std::set<u64> told; // what is shared is spoken of once, whoever has it
    // execve(2) may leave a table of descriptors or put another in its place, as the threads that it ends are slow or
    // quick, and on the kernel it is an agent's: only who shares one with whom can be compared, not which it was
    // before.
    Bijection tables;
    for (const ActorObservation& a : model.actors) {
        const auto found = there.find(a.actor);
        if (found == there.end() || a.nsproxy == 0 || found->second->nsproxy == 0) continue;
        const ActorObservation& b = *found->second;
        bool shares_the_same = true;
        for (const Shared& s : kShared) {
            const u64 one = a.*s.member, two = b.*s.member;
            // execve(2) may end other threads and then make an nsproxy, where one of theirs was.
            if (s.kind == Kind::nsproxy && ids.pair_of(s.kind, static_cast<u32>(a.actor), one, two)) continue;
            if (s.kind != Kind::nsproxy && (s.kind == Kind::files ? tables : ids).pair(s.kind, one, two)) continue;
            shares_the_same = false;
            out.push_back(fmt::format("{} shares its {} with {} in the model and with {} in the kernel", name(a.actor),
                                      s.what, others_with(model, a, s.member, name),
                                      others_with(kernel, b, s.member, name)));
        }
        if (shares_the_same && a.nsproxy_count != b.nsproxy_count && told.insert(b.nsproxy).second)
            out.push_back(fmt::format("the nsproxy of {} is held {} in the model and {} in the kernel", name(a.actor),
                                      times(a.nsproxy_count), times(b.nsproxy_count)));
        for (const NamespaceKind& kind : kNamespaceKinds) {
            const u64 one = a.counts.*kind.member, two = b.counts.*kind.member;
            if (!all && one != 0 && two != 0 && one != two && told.insert(b.ns.*kind.member).second)
                out.push_back(fmt::format("the {} namespace of {} is held {} in the model and {} in the kernel",
                                          kind.name, name(a.actor), times(one), times(two)));
        }
    }
    if (all)
        for (const u64 type : {CLONE::NEWNS, CLONE::NEWUTS, CLONE::NEWIPC, CLONE::NEWPID, CLONE::NEWNET, CLONE::NEWUSER,
                               CLONE::NEWCGROUP, CLONE::NEWTIME})
            compare_all_of(type, model, kernel, ids, name, out);
    return out;
}

} // namespace nslab
