#include "sim/replay/receivers.hpp"

#include <map>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/linux/fs/mount.hpp"

namespace nslab {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Id<Mount>>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;

/// Mounts as vertices, and an edge from each to who receives from it: along the ring of its peers, and to its slaves.
class Propagation {
  public:
    explicit Propagation(const Kernel& k) : k(k) {
        k.mounts.each([&](Id<Mount> m, const Mount&) { vertices_[m] = boost::add_vertex(m, graph_); });
        k.mounts.each([&](Id<Mount> m, const Mount& mount) {
            if (mount.mnt_share_next != m) boost::add_edge(vertices_[m], vertices_[mount.mnt_share_next], graph_);
            if (mount.mnt_master) boost::add_edge(vertices_[mount.mnt_master], vertices_[m], graph_);
        });
    }

    std::vector<Id<Mount>> reached_from(Id<Mount> m) const {
        std::vector<Id<Mount>> reached;
        struct Visitor : boost::default_bfs_visitor {
            Visitor(std::vector<Id<Mount>>& out, const Kernel& kernel) : reached(out), k(kernel) {}
            void discover_vertex(Vertex v, const Graph& g) const {
                if (k[g[v]].mnt_ns) reached.push_back(g[v]);
            }
            std::vector<Id<Mount>>& reached;
            const Kernel& k;
        };
        boost::breadth_first_search(graph_, vertices_.at(m), boost::visitor(Visitor(reached, k)));
        std::erase(reached, m);
        return reached;
    }

  private:
    const Kernel& k;
    Graph graph_;
    std::map<Id<Mount>, Vertex> vertices_;
};

/// "sh1:/a" by the first process that sees it, otherwise by its number.
std::string place_of(const Kernel& k, Id<Mount> m, const std::vector<std::pair<std::string, Id<Task>>>& tasks) {
    for (const auto& [name, task] : tasks) {
        if (!task || !k[task].fs || k[k[task].nsproxy].mnt_ns != k[m].mnt_ns) continue;
        const PathText place = path_text(k, Path{m, k[m].mnt_root}, k[k[task].fs].root);
        if (place.reachable) return fmt::format("{}:{}", name, place.text);
    }
    return fmt::format("mount {}, which no actor sees", k[m].mnt_id);
}

} // namespace

std::vector<Id<Mount>> receivers_of(const Kernel& k, Id<Mount> m) { return Propagation(k).reached_from(m); }

std::string show_receivers(const Kernel& k, const std::vector<std::pair<std::string, Id<Task>>>& tasks) {
    const Propagation graph(k);
    std::map<i32, Id<Mount>> groups; // each with its oldest mount
    k.mounts.each([&](Id<Mount> m, const Mount& mount) {
        if (!mount.mnt_group_id || mount.mnt_share_next == m) return;
        Id<Mount>& oldest = groups[mount.mnt_group_id];
        if (!oldest || mount.mnt_id_seq < k[oldest].mnt_id_seq) oldest = m;
    });
    std::string out;
    for (const auto& [group, m] : groups) {
        std::vector<std::string> places;
        for (const Id<Mount> receiver : graph.reached_from(m)) places.push_back(place_of(k, receiver, tasks));
        if (!places.empty())
            out += fmt::format("An event on {} reaches: {}\n", place_of(k, m, tasks), fmt::join(places, ", "));
    }
    return out;
}

} // namespace nslab
