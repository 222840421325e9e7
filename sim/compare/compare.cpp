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

std::string numbers(const std::vector<std::pair<i32, u64>>& fds) {
    std::string out;
    for (const auto& [fd, ns] : fds) out += (out.empty() ? "" : " ") + std::to_string(fd);
    return out.empty() ? "none" : out;
}

/// Lines of a file, on one line.
std::string lines_of(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n')
            out += out.ends_with(' ') ? "" : "; ";
        else if (c != ' ' || (!out.empty() && out.back() != ' '))
            out += c;
    }
    if (out.ends_with("; ")) out.resize(out.size() - 2);
    return out.empty() ? "empty" : out;
}

void compare_namespaces(const NamespaceIds& a, const NamespaceIds& b, Bijection& ids, const std::string& who,
                        std::vector<std::string>& out) {
    for (const NamespaceKind& kind : kNamespaceKinds)
        if (!ids.pair(Kind::name_space, a.*kind.member, b.*kind.member))
            out.push_back(fmt::format("{}: its {} namespace is {} in the model and {} in the kernel, but {}", who,
                                      kind.name, a.*kind.member, b.*kind.member, ids.conflict()));
}

/// Capabilities that a world does not have at all, in a container for one, are left out.
template <class F>
void compare_cred(const CredObservation& a, const CredObservation& b, u64 capabilities, const F& differ) {
    differ("its user ids", list(a.uid), list(b.uid));
    differ("its group ids", list(a.gid), list(b.gid));
    differ("its supplementary groups", list(a.groups), list(b.groups));
    const auto caps = [&](const char* what, u64 one, u64 two) {
        differ(what, fmt::format("{:x}", one & capabilities), fmt::format("{:x}", two & capabilities));
    };
    caps("its inheritable capabilities", a.inheritable, b.inheritable);
    caps("its permitted capabilities", a.permitted, b.permitted);
    caps("its effective capabilities", a.effective, b.effective);
    caps("its bounding set of capabilities", a.bounding, b.bounding);
    caps("its ambient capabilities", a.ambient, b.ambient);
    differ("its uid_map", lines_of(a.uid_map), lines_of(b.uid_map));
    differ("its gid_map", lines_of(a.gid_map), lines_of(b.gid_map));
    differ("its projid_map", lines_of(a.projid_map), lines_of(b.projid_map));
    if (!b.setgroups.empty()) differ("its setgroups", lines_of(a.setgroups), lines_of(b.setgroups));
}

template <class F> void compare_signals(const SignalObservation& a, const SignalObservation& b, const F& differ) {
    const auto set = [&](const char* what, u64 one, u64 two) {
        differ(what, fmt::format("{:x}", one), fmt::format("{:x}", two));
    };
    set("its set of pending signals", a.pending, b.pending);
    set("its process's set of pending signals", a.shared_pending, b.shared_pending);
    set("its set of blocked signals", a.blocked, b.blocked);
    set("its set of ignored signals", a.ignored, b.ignored);
    set("its set of caught signals", a.caught, b.caught);
}

void compare_actor(const ActorObservation& a, const ActorObservation& b, u64 capabilities, Bijection& ids,
                   const std::string& who, std::vector<std::string>& out) {
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
    differ("its process in each namespace", list(a.nstgid), list(b.nstgid));
    differ("its PID in each namespace", list(a.nspid), list(b.nspid));
    differ("its process group in each namespace", list(a.nspgid), list(b.nspgid));
    differ("its session in each namespace", list(a.nssid), list(b.nssid));
    if (a.state == ActorObservation::State::zombie) {
        differ("its wait status", a.exit_code, b.exit_code);
        return; // the namespaces of a zombie are gone
    }
    compare_cred(a.cred, b.cred, capabilities, differ);
    compare_signals(a.signals, b.signals, differ);
    compare_namespaces(a.ns, b.ns, ids, who, out);
    if (!differ("its open descriptors", numbers(a.fds), numbers(b.fds)))
        for (std::size_t i = 0; i < a.fds.size(); ++i)
            if (!ids.pair(Kind::name_space, a.fds[i].second, b.fds[i].second))
                out.push_back(fmt::format("{}: its descriptor {} is another file of a namespace: {}", who,
                                          a.fds[i].first, ids.conflict()));
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
            compare_actor(a, b, model.capabilities & kernel.capabilities, ids, name(a.actor), out);
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
