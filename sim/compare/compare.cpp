// Observations: processes, one by one.

#include "sim/compare/compare.hpp"

#include <set>
#include <string_view>

#include <fmt/format.h>

#include "sim/compare/counts.hpp"
#include "sim/compare/trees.hpp"

namespace nslab {

namespace {

using Kind = Bijection::Kind;

std::string_view state_name(ActorObservation::State s) {
    switch (s) {
    case ActorObservation::State::running: return "running";
    case ActorObservation::State::blocked: return "asleep in a call";
    case ActorObservation::State::stopped: return "stopped";
    case ActorObservation::State::zombie: return "a zombie";
    case ActorObservation::State::gone: return "gone";
    }
    return "";
}

std::string list(const std::vector<i32>& numbers) {
    std::string out;
    for (i32 n : numbers) out += (out.empty() ? "" : " ") + std::to_string(n);
    return out;
}

void compare_namespaces(const NamespaceIds& a, const NamespaceIds& b, Bijection& ids, const std::string& who,
                        std::vector<std::string>& out) {
    for (const NamespaceKind& kind : kNamespaceKinds)
        if (!ids.pair(Kind::name_space, a.*kind.member, b.*kind.member))
            out.push_back(fmt::format("{}: its {} namespace is {} in the model and {} in the kernel, but {}", who,
                                      kind.name, a.*kind.member, b.*kind.member, ids.conflict()));
}

void compare_actor(const ActorObservation& a, const ActorObservation& b, Bijection& ids, const std::string& who,
                   std::vector<std::string>& out) {
    const auto differ = [&](const char* what, const auto& model, const auto& kernel) {
        if (model == kernel) return false;
        out.push_back(fmt::format("{}: {} is {} in the model and {} in the kernel", who, what, model, kernel));
        return true;
    };
    if (a.state != b.state) {
        out.push_back(
            fmt::format("{} is {} in the model and {} in the kernel", who, state_name(a.state), state_name(b.state)));
        return;
    }
    if (a.state == ActorObservation::State::gone) return;
    differ("its PID", a.pid, b.pid);
    differ("its parent's PID", a.ppid, b.ppid);
    if (a.state == ActorObservation::State::zombie) {
        differ("its wait status", a.exit_code, b.exit_code);
        return; // the namespaces of a zombie are gone
    }
    differ("its PID in each namespace", list(a.nspid), list(b.nspid));
    differ("its process group in each namespace", list(a.nspgid), list(b.nspgid));
    differ("its session in each namespace", list(a.nssid), list(b.nssid));
    compare_namespaces(a.ns, b.ns, ids, who, out);
    differ("its root", a.root, b.root);
    differ("its working directory", a.cwd, b.cwd);
}

} // namespace

std::vector<std::string> compare(const Observation& model, const Observation& kernel, Bijection& ids,
                                 const ActorName& name) {
    std::vector<std::string> out;
    // Processes of one namespace and root see the same, which is told once.
    std::set<std::pair<std::string_view, std::string_view>> seen;
    std::size_t i = 0, j = 0;
    while (i < model.actors.size() || j < kernel.actors.size()) {
        const bool only_model =
            j == kernel.actors.size() || (i < model.actors.size() && model.actors[i].actor < kernel.actors[j].actor);
        const bool only_kernel =
            !only_model && (i == model.actors.size() || kernel.actors[j].actor < model.actors[i].actor);
        if (only_model) {
            if (const auto& a = model.actors[i++]; a.state != ActorObservation::State::gone)
                out.push_back(
                    fmt::format("{} is {} in the model and gone in the kernel", name(a.actor), state_name(a.state)));
        } else if (only_kernel) {
            if (const auto& b = kernel.actors[j++]; b.state != ActorObservation::State::gone)
                out.push_back(
                    fmt::format("{} is gone in the model and {} in the kernel", name(b.actor), state_name(b.state)));
        } else {
            const ActorObservation &a = model.actors[i++], &b = kernel.actors[j++];
            compare_actor(a, b, ids, name(a.actor), out);
            if (a.state == b.state && seen.emplace(a.mountinfo, b.mountinfo).second)
                for (std::string& line : compare_mountinfo(a.mountinfo, b.mountinfo, ids, name(a.actor)))
                    out.push_back(std::move(line));
        }
    }
    // Where what processes see differs already, what is behind it would only say it again.
    if (out.empty()) out = compare_counts(model, kernel, ids, name);
    if (out.empty() && model.whole_trees && kernel.whole_trees)
        for (std::string& line : compare_trees(model, kernel, ids, name)) out.push_back(std::move(line));
    return out;
}

} // namespace nslab
