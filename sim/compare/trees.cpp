#include "sim/compare/trees.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "sim/backend/mountinfo.hpp"

namespace nslab {

namespace {

using Kind = Bijection::Kind;

/// The root of a namespace's file, "mnt:[4026531840]", holds a number of its world.
struct RootName {
    std::string text;
    u64 name_space = 0;
};
RootName root_name(const std::string& root) {
    const std::size_t open = root.find(":[");
    if (open == std::string::npos || root.back() != ']') return {root, 0};
    u64 number = 0;
    const char* end = root.data() + root.size() - 1;
    if (std::from_chars(root.data() + open + 2, end, number).ptr != end) return {root, 0};
    return {root.substr(0, open), number};
}

/// The keys that `one` has and `two` lacks, each as often as it is missing.
std::vector<std::string> missing(const std::vector<MountView>& one, const std::vector<MountView>& two) {
    std::map<std::string, int> count;
    for (const MountView& m : two) ++count[m.key];
    std::vector<std::string> out;
    for (const MountView& m : one)
        if (--count[m.key] < 0) out.push_back(m.key);
    return out;
}

MountView view(const MountinfoLine& l) {
    MountView v;
    const RootName root = root_name(l.root);
    v.where = l.mount_point;
    v.key = fmt::format("{} ({} {}{})", l.mount_point, l.fs_type, l.source, l.root == "/" ? "" : ", root " + root.text);
    const auto id = [](int n) { return static_cast<u64>(n); };
    const auto number = [&](const char* name, Kind kind, int n) {
        v.fields.push_back({name, n ? std::to_string(n) : "none", kind, id(n)});
    };
    // Ids of the machine's first mounts can be 0, so they are counted from 1 here.
    v.fields.push_back({"mount id", std::to_string(l.id), Kind::mount_id, id(l.id) + 1});
    v.fields.push_back({"parent", std::to_string(l.parent), Kind::mount_id, id(l.parent) + 1});
    v.fields.push_back(
        {"device", fmt::format("{}:{}", l.major, l.minor), Kind::device, u64{l.major} << 32 | (u64{l.minor} + 1)});
    v.fields.push_back({"namespace", l.root, Kind::name_space, root.name_space});
    v.fields.push_back({"options", l.options, std::nullopt, 0});
    number("shared", Kind::peer_group, l.shared);
    number("master", Kind::peer_group, l.master);
    number("propagate_from", Kind::peer_group, l.propagate_from);
    v.fields.push_back({"unbindable", l.unbindable ? "yes" : "no", std::nullopt, 0});
    v.fields.push_back({"super options", l.super_options, std::nullopt, 0});
    return v;
}

std::vector<MountView> views(const TreeObservation& tree) {
    std::map<u64, std::size_t> by_id;
    for (std::size_t i = 0; i < tree.mounts.size(); ++i) by_id[tree.mounts[i].id] = i;
    std::vector<MountView> out;
    for (const MountObservation& m : tree.mounts) {
        MountView v;
        const auto parent = by_id.find(m.parent);
        const RootName root = root_name(m.root);
        v.where = fmt::format("{} {}{}", m.fs_type, m.source, m.root == "/" ? "" : " root " + root.text);
        v.key = v.where + (parent == by_id.end() || m.parent == m.id
                               ? " (a root)"
                               : fmt::format(" (on {} {})", tree.mounts[parent->second].fs_type,
                                             tree.mounts[parent->second].source));
        const auto number = [&](const char* name, Kind kind, u64 n) {
            v.fields.push_back({name, n ? std::to_string(n) : "none", kind, n});
        };
        number("mount id", Kind::unique_mount_id, m.id);
        number("parent", Kind::unique_mount_id, m.parent);
        v.fields.push_back({"device", fmt::format("0:{}", m.dev), Kind::device, u64{m.dev} + 1});
        v.fields.push_back({"namespace", m.root, Kind::name_space, root.name_space});
        v.fields.push_back({"attributes", fmt::format("{:#x}", m.attr), std::nullopt, 0});
        v.fields.push_back({"propagation", fmt::format("{:#x}", m.propagation), std::nullopt, 0});
        number("peer group", Kind::peer_group, m.peer_group);
        number("master", Kind::peer_group, m.master);
        v.fields.push_back({"map of user IDs", m.uid_map, std::nullopt, 0});
        v.fields.push_back({"map of group IDs", m.gid_map, std::nullopt, 0});
        out.push_back(std::move(v));
    }
    return out;
}

} // namespace

std::vector<std::string> compare_mounts(const std::vector<MountView>& one, const std::vector<MountView>& two,
                                        Bijection& ids, const std::string& whose, const Sides& sides) {
    std::vector<std::string> out;
    for (const std::string& key : missing(one, two))
        out.push_back(fmt::format("{}: {} has a mount that {} lacks: {}", whose, sides.one, sides.two, key));
    for (const std::string& key : missing(two, one))
        out.push_back(fmt::format("{}: {} has a mount that {} lacks: {}", whose, sides.two, sides.one, key));
    if (!out.empty()) return out;
    for (std::size_t i = 0; i < one.size(); ++i) {
        if (one[i].key != two[i].key)
            return {fmt::format("{}: the order of mounts differs: number {} is {} in {} and {} in {}", whose, i + 1,
                                one[i].key, sides.one, two[i].key, sides.two)};
    }
    for (std::size_t i = 0; i < one.size(); ++i) {
        const auto &a = one[i].fields, &b = two[i].fields;
        for (std::size_t f = 0; f < std::min(a.size(), b.size()); ++f) {
            std::string but;
            if (!a[f].kind) {
                if (a[f].text == b[f].text) continue;
            } else {
                if (ids.pair(*a[f].kind, a[f].number, b[f].number)) continue;
                const bool one_has_none = *a[f].kind == Kind::peer_group && (a[f].number == 0 || b[f].number == 0);
                const bool shifted = *a[f].kind == Kind::mount_id || *a[f].kind == Kind::device;
                if (!one_has_none && !shifted) but = ", but " + ids.conflict();
            }
            out.push_back(fmt::format("{}: {}: {} is {} in {} and {} in {}{}", whose, one[i].where, a[f].name,
                                      a[f].text, sides.one, b[f].text, sides.two, but));
        }
    }
    return out;
}

std::vector<std::string> compare_mountinfo(const std::string& one, const std::string& two, Bijection& ids,
                                           const std::string& whose, const Sides& sides) {
    std::vector<MountView> a, b;
    for (const auto& line : parse_mountinfo(one)) a.push_back(view(line));
    for (const auto& line : parse_mountinfo(two)) b.push_back(view(line));
    return compare_mounts(a, b, ids, whose, sides);
}

std::vector<std::string> compare_trees(const Observation& model, const Observation& kernel, Bijection& ids,
                                       const ActorName& name) {
    const auto title = [&](const TreeObservation& t) {
        if (t.ns != 0)
            return fmt::format("the mount namespace of {}", t.holder == Actor::none ? "nobody" : name(t.holder));
        return fmt::format("the detached tree behind descriptor {} of {}", t.fd, name(t.holder));
    };
    std::vector<std::string> out;
    const auto &a = model.trees, &b = kernel.trees;
    if (a.size() != b.size()) {
        const auto sum = [](const std::vector<TreeObservation>& trees) {
            const auto spaces = std::count_if(trees.begin(), trees.end(), [](const auto& t) { return t.ns != 0; });
            return fmt::format("{} mount namespaces and {} detached trees", spaces,
                               trees.size() - static_cast<std::size_t>(spaces));
        };
        out.push_back(fmt::format("the model has {}, the kernel {}", sum(a), sum(b)));
        // Whose it is: the first that stands where the other world has another, or none.
        std::size_t i = 0;
        while (i < std::min(a.size(), b.size()) && a[i].holder == b[i].holder && a[i].fd == b[i].fd) ++i;
        const bool more = a.size() > b.size();
        out.push_back(fmt::format("only in the {}: {}", more ? "model" : "kernel", title(more ? a[i] : b[i])));
        return out;
    }
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        if ((a[i].ns != 0) != (b[i].ns != 0) || a[i].holder != b[i].holder || a[i].fd != b[i].fd) {
            out.push_back(fmt::format("where the model has {}, the kernel has {}", title(a[i]), title(b[i])));
            break;
        }
        if (!ids.pair(Kind::name_space, a[i].ns, b[i].ns))
            out.push_back(fmt::format("{} is another one: {}", title(a[i]), ids.conflict()));
        for (std::string& line : compare_mounts(views(a[i]), views(b[i]), ids, title(a[i])))
            out.push_back(std::move(line));
    }
    return out;
}

} // namespace nslab
