// The view "mounts": a tree for each mount namespace, with peers and masters.

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "sim/linux/fs/mount.hpp"
#include "viz/names.hpp"
#include "viz/samples.hpp"
#include "viz/views.hpp"

namespace nslab::viz {

namespace {

constexpr std::size_t kColumns = 3;     // of trees that grow to the right
constexpr std::size_t kLongPlace = 200; // in words

class Mounts {
  public:
    explicit Mounts(const State& state) : state_(state), k(state.kernel) {}

    Picture draw() {
        const auto tasks = mnt_ns_tasks(state_);
        std::vector<Id<MntNamespace>> namespaces;
        k.mnt_namespaces.each([&](Id<MntNamespace> ns, const MntNamespace& it) {
            if (it.root) namespaces.push_back(ns);
        });
        std::sort(namespaces.begin(), namespaces.end(), [&](auto a, auto b) {
            return std::pair(k[a].anon, k[a].ns.ns_id) < std::pair(k[b].anon, k[b].ns.ns_id);
        });
        for (const Id<MntNamespace> ns : namespaces) {
            const auto inside = tasks.find(ns);
            box(ns, inside == tasks.end() ? std::vector<std::string>{} : inside->second);
            tree(k[ns].root, mnt_ns_key(k, ns));
        }
        loose();
        ties();
        out_.sideways = leaves_ > 8;
        if (out_.sideways) columns(namespaces);
        return std::move(out_);
    }

  private:
    void box(Id<MntNamespace> ns, const std::vector<std::string>& who) {
        Box b;
        b.key = mnt_ns_key(k, ns);
        b.look.shape = Shape::rounded;
        if (k[ns].anon) {
            b.look.title = "detached tree";
            b.look.details = {"held by a descriptor"};
            b.look.border = Line::dashed;
        } else {
            b.look.title = who.empty() ? "nobody" : listed(who);
            b.look.details = {fmt::format("mnt:[{}]", k[ns].ns.inum)};
        }
        b.words = k[ns].anon ? fmt::format("A detached tree of {}, held by a descriptor", k[ns].nr_mounts)
                             : fmt::format("Mount namespace {} of {} with {} mount{}", k[ns].ns.inum,
                                           who.empty() ? "nobody" : listed(who), k[ns].nr_mounts,
                                           k[ns].nr_mounts == 1 ? "" : "s");
        out_.boxes.push_back(std::move(b));
    }

    /// Where a walk along a path stands that has come to a mount.
    struct Here {
        Id<Mount> mnt;
        std::string place; // shortened where it is long
        bool hidden;       // whether the walk ends elsewhere: something is mounted over a directory on the way
    };

    void tree(Id<Mount> root, const std::string& in) {
        auto& deepest = deepest_[in];
        std::vector<Here> way; // from the root to the mount, so that no path is walked twice
        for (Id<Mount> m = root; m; m = next_mnt(k, m, root)) {
            while (!way.empty() && way.back().mnt != k[m].mnt_parent) way.pop_back();
            way.push_back(way.empty() ? Here{m, "/", false} : below(way.back(), m));
            node(m, in, way);
            if (way.size() > deepest.first) deepest = {way.size(), mount_key(k, m)};
            if (!k[m].mnt_mounts) ++leaves_;
        }
    }

    Here below(const Here& parent, Id<Mount> m) const {
        Here here{m, parent.place, parent.hidden};
        std::vector<std::string_view> names;
        for (Id<Dentry> d = k[m].mnt_mountpoint; d != k[parent.mnt].mnt_root && k[d].d_parent != d;) {
            names.push_back(k[d].d_name);
            d = k[d].d_parent;
            here.hidden = here.hidden || (d_mountpoint(k, d) && lookup_mnt(k, parent.mnt, d));
        }
        for (auto name = names.rbegin(); name != names.rend(); ++name)
            (here.place += here.place == "/" ? "" : "/") += *name;
        here.place = shortened(here.place, kLongPlace);
        return here;
    }

    void node(Id<Mount> m, const std::string& in, const std::vector<Here>& way) {
        const bool root = way.size() == 1;
        Node n;
        n.key = mount_key(k, m);
        n.box = in;
        const bool shared = is_mnt_shared(k, m), slave = is_mnt_slave(k, m),
                   covered = way.back().hidden || k[m].overmount;
        const bool locked = is_mnt_locked(k, m), readonly = k[m].mnt_flags & MNT::READONLY;
        n.look.title = shortened(way.back().place);
        const std::string source = mount_source(k, m);
        n.look.details = {shortened(source)};
        n.look.border = shared && slave ? Line::dashed_doubled
                        : shared        ? Line::doubled
                        : slave         ? Line::dashed
                                        : Line::solid;
        auto& marks = n.look.marks;
        if (shared) {
            n.look.tint = tint_of(k[m].mnt_group_id);
            marks.push_back({Sign::peers, fmt::format("shared {}", k[m].mnt_group_id)});
            groups_[k[m].mnt_group_id].push_back(m);
        }
        if (slave) {
            marks.push_back({Sign::slave, fmt::format("slave of {}", k[k[m].mnt_master].mnt_group_id)});
            slaves_.push_back(m);
        }
        if (is_mnt_unbindable(k, m)) {
            n.look.shape = Shape::octagon;
            marks.push_back({Sign::unbindable, "unbindable"});
        }
        if (marks.empty()) marks.push_back({Sign::none, "private"});
        if (readonly) marks.push_back({Sign::readonly, "ro"});
        if (locked) marks.push_back({Sign::locked, "locked"});
        if (covered) {
            marks.push_back({Sign::covered, "covered"});
            n.look.faint = true;
        }
        n.kind = fmt::format("{}{}{}{}{}", shared, slave, int(n.look.shape), locked, covered);
        n.words = fmt::format("{}: {}, {}{}{}{}", way.back().place, source, propagation_words(k, m),
                              readonly ? ", read-only" : "", locked ? ", locked" : "", covered ? ", covered" : "");
        if (!root) {
            n.under = mount_key(k, k[m].mnt_parent);
            Edge e;
            e.from = n.under;
            e.to = n.key;
            e.kind = "tree";
            e.stroke.arrow = Arrow::none;
            out_.edges.push_back(std::move(e));
        }
        out_.nodes.push_back(std::move(n));
    }

    /// Trees that were umounted lazily and are in use: they are in no namespace any more.
    void loose() {
        bool any = false;
        k.mounts.each([&](Id<Mount> m, const Mount& mount) {
            if (mount.mnt_ns || mount.internal || m == k.nsfs_mnt || mnt_has_parent(k, m)) return;
            if (!any) {
                Box b;
                b.key = "loose";
                b.look.title = "in no namespace";
                b.look.details = {"umounted, still in use"};
                b.look.border = Line::dotted;
                b.look.shape = Shape::rounded;
                b.words = "In no namespace: umounted, but still in use";
                out_.boxes.push_back(std::move(b));
                any = true;
            }
            tree(m, "loose");
        });
    }

    /// Trees that grow to the right stand beside each other, not only below each other: a screen is wide.
    void columns(const std::vector<Id<MntNamespace>>& namespaces) {
        for (std::size_t i = 1; i < namespaces.size(); ++i) {
            if (i % kColumns == 0) continue;
            Edge e;
            e.from = deepest_[mnt_ns_key(k, namespaces[i - 1])].second;
            e.to = mount_key(k, k[namespaces[i]].root);
            e.kind = "order";
            e.weight = 0;
            e.stroke.line = Line::none;
            out_.edges.push_back(std::move(e));
        }
    }

    void ties() {
        for (auto& [group, peers] : groups_) {
            for (std::size_t i = 1; i < peers.size(); ++i) {
                Edge e;
                e.from = mount_key(k, peers[i - 1]);
                e.to = mount_key(k, peers[i]);
                e.kind = "peers";
                e.stroke = {"", Line::heavy, Arrow::none, tint_of(group)};
                e.ranks = false;
                out_.edges.push_back(std::move(e));
            }
        }
        for (const Id<Mount> m : slaves_) {
            Edge e;
            e.from = mount_key(k, k[m].mnt_master);
            e.to = mount_key(k, m);
            e.kind = "master";
            e.stroke = {"", Line::dashed, Arrow::filled, tint_of(k[k[m].mnt_master].mnt_group_id)};
            e.ranks = false;
            out_.edges.push_back(std::move(e));
        }
    }

    const State& state_;
    const Kernel& k;
    Picture out_;
    std::map<i32, std::vector<Id<Mount>>> groups_;
    std::vector<Id<Mount>> slaves_;
    std::map<std::string, std::pair<std::size_t, std::string>> deepest_; // of each box: how deep, which mount
    std::size_t leaves_ = 0;
};

} // namespace

Picture draw_mounts(const State& state) { return Mounts(state).draw(); }

std::vector<LegendRow> legend_mounts() {
    return {node_sample(Shape::box, Line::solid, 0, "private"),
            node_sample(Shape::box, Line::doubled, 1, "shared, with the number of its peer group"),
            node_sample(Shape::box, Line::dashed, 0, "slave"),
            node_sample(Shape::box, Line::dashed_doubled, 2, "shared and slave"),
            node_sample(Shape::octagon, Line::solid, 0, "unbindable"),
            edge_sample(Line::heavy, Arrow::none, 1, "peers: what is mounted at one appears at the other"),
            edge_sample(Line::dashed, Arrow::filled, 1, "from the master to its slave"),
            sign_sample(Sign::locked, "locked: cannot be umounted alone"),
            sign_sample(Sign::covered, "covered by another mount"),
            sign_sample(Sign::readonly, "read-only")};
}

} // namespace nslab::viz
