#include "sim/replay/show.hpp"

#include <fmt/format.h>

#include "sim/backend/model.hpp"
#include "sim/replay/show_holders.hpp"
#include "sim/shell/findmnt.hpp"

namespace nslab {

std::string show_trees(Side& side, const std::string& actor) {
    struct Tree {
        u64 ns;
        std::string root, text, names;
    };
    std::vector<Tree> trees;
    const auto add = [&](const ActorObservation& seen) {
        const auto process = side.processes().find(seen.actor);
        if (process == side.processes().end() || process->second.name.empty() || seen.mountinfo.empty()) return;
        if (seen.state == ActorObservation::State::zombie || seen.state == ActorObservation::State::gone) return;
        const std::string& name = process->second.name;
        if (!actor.empty() && name != actor) return;
        for (Tree& tree : trees) {
            if (tree.ns == seen.ns.mnt && seen.actor == Actor::init) return; // of interest only where nobody else is
            if (tree.ns != seen.ns.mnt || tree.text != seen.mountinfo) continue;
            tree.names += ", " + name;
            return;
        }
        trees.push_back({seen.ns.mnt, seen.root, seen.mountinfo, name});
    };
    for (const ActorObservation& seen : side.observation().actors)
        if (seen.actor != Actor::init) add(seen);
    if (const auto* init = side.observed(Actor::init)) add(*init);

    std::string out;
    for (const Tree& tree : trees) {
        if (!out.empty()) out += "\n";
        out += fmt::format("{}{}:\n{}", tree.names, tree.root == "/" ? "" : " (root " + tree.root + ")",
                           findmnt_tree(parse_mountinfo(tree.text), {"TARGET", "SOURCE", "PROPAGATION"}));
        if (out.back() != '\n') out += "\n";
    }
    return out;
}

std::string show_holders(Side& side, const std::string& actor, const std::string& type) {
    const auto* model = dynamic_cast<const ModelBackend*>(&side.backend());
    if (!model) return {};
    std::vector<std::pair<Actor, std::string>> names;
    for (const auto& [who, process] : side.processes())
        if (!process.name.empty()) names.emplace_back(who, process.name);
    return show_holders(*model, names, side.actor(actor), type);
}

} // namespace nslab
