// The view "propagation": peer groups and their masters, over all namespaces. Where does an event go from here?

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "sim/linux/fs/mount.hpp"
#include "viz/names.hpp"
#include "viz/samples.hpp"
#include "viz/views.hpp"

namespace nslab::viz {

namespace {

constexpr std::size_t kMembers = 6; // of a group that are listed

class Propagation {
  public:
    explicit Propagation(const State& state) : k(state.kernel), tasks_(mnt_ns_tasks(state)) {}

    Picture draw() {
        std::vector<Id<Mount>> mounts;
        k.mounts.each([&](Id<Mount> m, const Mount& mount) {
            if (mount.mnt_ns && (mount.mnt_group_id || mount.mnt_master)) mounts.push_back(m);
        });
        std::sort(mounts.begin(), mounts.end(), [&](auto a, auto b) { return k[a].mnt_id_seq < k[b].mnt_id_seq; });
        for (const Id<Mount> m : mounts)
            if (k[m].mnt_group_id) groups_[k[m].mnt_group_id].push_back(m);
        for (const auto& [group, members] : groups_) add_group(group, members);
        for (const Id<Mount> m : mounts)
            if (!k[m].mnt_group_id) add_slave(m);
        return std::move(out_);
    }

  private:
    std::string place(Id<Mount> m) const {
        if (k[k[m].mnt_ns].anon) return "detached tree:" + shortened(mount_place(k, m));
        const auto who = tasks_.find(k[m].mnt_ns);
        if (who == tasks_.end())
            return fmt::format("mnt:[{}]:{}", k[k[m].mnt_ns].ns.inum, shortened(mount_place(k, m)));
        // init is of interest only where nobody else is.
        const auto& names = who->second;
        return names[names.size() > 1 && names[0] == "init" ? 1 : 0] + ":" + shortened(mount_place(k, m));
    }
    static std::string group_key(i32 group) { return fmt::format("g{}", group); }

    void master_edge(Id<Mount> slave, const std::string& key) {
        // The master may have been umounted and is then in no namespace; its group still carries events.
        const i32 group = k[k[slave].mnt_master].mnt_group_id;
        if (!groups_.contains(group) || !masters_[key].insert(group).second) return;
        Edge e;
        e.from = group_key(group);
        e.to = key;
        e.kind = "master";
        e.stroke = {"", Line::dashed, Arrow::filled, tint_of(group)};
        e.words = fmt::format("From peer group {} to {}", group, out_.nodes.back().look.title);
        out_.edges.push_back(std::move(e));
    }

    void add_group(i32 group, const std::vector<Id<Mount>>& members) {
        Node n;
        n.key = group_key(group);
        n.kind = fmt::format("group{}", members.size());
        n.look.title = fmt::format("peer group {}", group);
        n.look.shape = Shape::rounded;
        n.look.tint = tint_of(group);
        n.look.border = Line::doubled;
        std::vector<std::string> places;
        bool slave = false;
        for (const Id<Mount> m : members) {
            places.push_back(place(m));
            slave |= is_mnt_slave(k, m);
        }
        if (slave) n.look.border = Line::dashed_doubled;
        const std::size_t shown = places.size() <= kMembers + 1 ? places.size() : kMembers;
        n.look.details.assign(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(shown));
        if (shown < places.size()) n.look.details.push_back(fmt::format("and {} more", places.size() - shown));
        n.words = fmt::format("Peer group {}: {}", group, listed(places, 20));
        const std::string key = n.key;
        out_.nodes.push_back(std::move(n));
        for (const Id<Mount> m : members)
            if (is_mnt_slave(k, m)) master_edge(m, key);
    }

    void add_slave(Id<Mount> m) {
        Node n;
        n.key = mount_key(k, m);
        n.kind = fmt::format("slave of {}", k[k[m].mnt_master].mnt_group_id);
        n.look.title = place(m);
        n.look.border = Line::dashed;
        n.look.marks = {{Sign::slave, "slave"}};
        n.words = fmt::format("{} is a slave of peer group {}", n.look.title, k[k[m].mnt_master].mnt_group_id);
        if (groups_.contains(k[k[m].mnt_master].mnt_group_id)) n.under = group_key(k[k[m].mnt_master].mnt_group_id);
        const std::string key = n.key;
        out_.nodes.push_back(std::move(n));
        master_edge(m, key);
    }

    const Kernel& k;
    std::map<Id<MntNamespace>, std::vector<std::string>> tasks_;
    Picture out_;
    std::map<i32, std::vector<Id<Mount>>> groups_;
    std::map<std::string, std::set<i32>> masters_; // of each node, so that an arrow is drawn once
};

} // namespace

Picture draw_propagation(const State& state) { return Propagation(state).draw(); }

std::vector<LegendRow> legend_propagation() {
    return {node_sample(Shape::rounded, Line::doubled, 1, "peers: an event at one reaches all"),
            node_sample(Shape::rounded, Line::dashed_doubled, 2, "peers that are slaves of another group, too"),
            node_sample(Shape::box, Line::dashed, 0, "a slave: receives, sends nothing back"),
            edge_sample(Line::dashed, Arrow::filled, 1, "the way of events, from masters to slaves")};
}

} // namespace nslab::viz
