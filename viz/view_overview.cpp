// The view "overview": all tasks, their nsproxies, and the namespaces of every type, on one slide.

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "sim/linux/fs/internal.hpp"
#include "viz/names.hpp"
#include "viz/samples.hpp"
#include "viz/views.hpp"

namespace nslab::viz {

namespace {

class Overview {
  public:
    explicit Overview(const State& state) : k(state.kernel), tasks_(tasks_of(state)) {}

    Picture draw() {
        out_.airy = true;
        for (const TaskFacts& t : tasks_)
            if (t.nsproxy) people_[{t.nsproxy, t.user_ns, t.pid_ns}].push_back(t.name);
        std::set<Id<Nsproxy>> seen;
        for (const TaskFacts& t : tasks_)
            if (t.nsproxy) group(std::tuple(t.nsproxy, t.user_ns, t.pid_ns));
        namespaces();
        return std::move(out_);
    }

  private:
    using Who = std::tuple<Id<Nsproxy>, Id<Namespace>, Id<Namespace>>;

    /// Tasks that share everything stand in one node.
    void group(const Who& who) {
        const auto names = people_.find(who);
        if (names == people_.end()) return;
        const auto [proxy, user, pid] = who;
        const std::string proxy_key = nsproxy_key(k, proxy);
        Node n;
        n.key = fmt::format("with-{}-{}-{}", proxy_key, user ? ns_key(k, user) : "", pid ? ns_key(k, pid) : "");
        n.kind = "tasks";
        n.look.title = listed(names->second, 3);
        n.look.shape = Shape::pill;
        n.look.details = {plural(names->second.size(), "task")};
        n.words = fmt::format("{}: {}", plural(names->second.size(), "task"), listed(names->second, 20));
        const std::string key = n.key;
        out_.nodes.push_back(std::move(n));
        people_.erase(names);

        point(key, proxy_key, "nsproxy", 0, Line::solid, 1, 8);
        if (drawn_.insert(proxy_key).second) {
            Node p;
            p.key = proxy_key;
            p.kind = "nsproxy";
            p.look.title = "nsproxy";
            p.look.border = Line::doubled;
            p.look.marks = {{Sign::counted, fmt::format("count {}", k[proxy].count)}};
            p.words = fmt::format("An nsproxy with count {}", k[proxy].count);
            out_.nodes.push_back(std::move(p));
            for (const NsPointer& to : pointers_of(k, proxy)) {
                const bool later = std::string(to.role).find("children") != std::string::npos;
                // A task's own PID namespace is no matter of its nsproxy; the two are one line while they are equal.
                if (later && to.type == NsType::pid && pid && to.key == ns_key(k, pid)) continue;
                point(proxy_key, to.key, to.role, tint_of(static_cast<i64>(to.type)),
                      later ? Line::dashed : Line::solid);
            }
        }
        if (pid) point(key, ns_key(k, pid), "pid", tint_of(static_cast<i64>(NsType::pid)), Line::dotted, 2);
        if (user) point(key, ns_key(k, user), "user", tint_of(static_cast<i64>(NsType::user)), Line::dotted, 2);
    }

    void point(const std::string& from, const std::string& to, const char* kind, u8 tint, Line line, int span = 1,
               int weight = 1) {
        Edge e;
        e.from = from;
        e.to = to;
        e.kind = kind;
        e.stroke = {"", line, Arrow::filled, tint};
        e.span = span;
        e.weight = weight;
        out_.edges.push_back(std::move(e));
    }

    /// A box for each type, in it the namespaces in the order of their making.
    void namespaces() {
        struct Found {
            NsType type;
            u64 id;
            std::string key;
            u32 inum, count;
            std::string inside;
            Id<Namespace> parent;
        };
        std::vector<Found> all;
        k.mnt_namespaces.each([&](Id<MntNamespace> ns, const MntNamespace& it) {
            if (!it.anon)
                all.push_back({NsType::mnt,
                               it.ns.ns_id,
                               mnt_ns_key(k, ns),
                               it.ns.inum,
                               it.ns.count,
                               plural(it.nr_mounts, "mount"),
                               {}});
        });
        std::map<Id<Namespace>, std::size_t> pids;
        for (const TaskFacts& t : tasks_)
            for (Id<Namespace> ns = t.pid_ns; ns; ns = k[ns].parent) ++pids[ns];
        k.namespaces.each([&](Id<Namespace> ns, const Namespace& it) {
            all.push_back({it.type, it.ns.ns_id, ns_key(k, ns), it.ns.inum, it.ns.count,
                           it.type == NsType::pid ? plural(pids[ns], "task") : "", it.parent});
        });
        std::sort(all.begin(), all.end(),
                  [](const Found& a, const Found& b) { return std::tie(a.type, a.id) < std::tie(b.type, b.id); });
        for (const Found& ns : all) {
            const std::string box = "type-" + std::string(ns_type_name(ns.type));
            if (drawn_.insert(box).second) {
                Box b;
                b.key = box;
                b.look.title = ns_type_name(ns.type);
                b.look.shape = Shape::rounded;
                b.words = fmt::format("Namespaces of type {}", ns_type_name(ns.type));
                out_.boxes.push_back(std::move(b));
            }
            Node n;
            n.key = ns.key;
            n.box = box;
            n.kind = ns_type_name(ns.type);
            n.look.title = fmt::format("{}", ns.inum);
            n.look.shape = Shape::rounded;
            n.look.tint = tint_of(static_cast<i64>(ns.type));
            n.look.marks = {
                {Sign::counted, fmt::format("count {}{}{}", ns.count, ns.inside.empty() ? "" : " · ", ns.inside)}};
            n.words = fmt::format("{}:[{}], count {}{}{}", ns_type_name(ns.type), ns.inum, ns.count,
                                  ns.inside.empty() ? "" : ", ", ns.inside);
            out_.nodes.push_back(std::move(n));
            if (ns.parent)
                point(ns_key(k, ns.parent), ns.key, "inside", tint_of(static_cast<i64>(ns.type)), Line::heavy);
            else if (const auto before = last_.find(ns.type); before != last_.end())
                point(before->second, ns.key, "order", 0, Line::none); // one below the other, not side by side
            last_[ns.type] = ns.key;
        }
    }

    const Kernel& k;
    std::vector<TaskFacts> tasks_;
    std::map<Who, std::vector<std::string>> people_;
    Picture out_;
    std::set<std::string> drawn_;
    std::map<NsType, std::string> last_; // of each type, the namespace that was drawn last
};

} // namespace

Picture draw_overview(const State& state) { return Overview(state).draw(); }

std::vector<LegendRow> legend_overview() {
    return {node_sample(Shape::pill, Line::solid, 0, "tasks that share everything"),
            node_sample(Shape::box, Line::doubled, 0, "an nsproxy, with the number of tasks that point to it"),
            node_sample(Shape::rounded, Line::solid, 1, "a namespace, with its count"),
            edge_sample(Line::solid, Arrow::filled, 0, "points to"),
            edge_sample(Line::dotted, Arrow::filled, 4, "is in it without the nsproxy: PID and user namespace"),
            edge_sample(Line::dashed, Arrow::filled, 4, "where its children will be"),
            edge_sample(Line::heavy, Arrow::filled, 4, "from the outer namespace to the one inside")};
}

} // namespace nslab::viz
