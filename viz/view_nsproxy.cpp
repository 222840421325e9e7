// The view "nsproxy": tasks, the nsproxy that each points to, and the namespaces that it points to, all with their
// counts. Who shares is seen as arrows that meet.

#include <set>

#include <fmt/format.h>

#include "sim/linux/fs/internal.hpp"
#include "viz/names.hpp"
#include "viz/samples.hpp"
#include "viz/views.hpp"

namespace nslab::viz {

namespace {

class Proxies {
  public:
    explicit Proxies(const State& state) : k(state.kernel), tasks_(tasks_of(state)) {}

    Picture draw() {
        out_.sideways = true;
        for (const TaskFacts& t : tasks_) task(t);
        return std::move(out_);
    }

  private:
    void task(const TaskFacts& t) {
        Node n;
        n.key = task_key(k, t.id);
        n.kind = t.zombie ? "zombie" : "task";
        n.look.title = t.name;
        n.look.shape = Shape::pill;
        if (t.name != fmt::format("PID {}", t.numbers.front()))
            n.look.details = {fmt::format("PID {}", t.numbers.front())};
        n.words = fmt::format("Task {}, PID {}", t.name, t.numbers.front());
        if (t.zombie) {
            n.look.faint = true;
            n.look.border = Line::dashed;
            n.look.marks = {{Sign::zombie, "zombie"}};
            n.words += ", a zombie: it points to no nsproxy any more";
        }
        if (t.nsproxy) n.under = nsproxy_key(k, t.nsproxy);
        const std::string key = n.key, to = n.under;
        out_.nodes.push_back(std::move(n));
        if (!t.nsproxy) return;
        nsproxy(t.nsproxy, to);
        Edge e;
        e.from = key;
        e.to = to;
        e.kind = "nsproxy";
        e.stroke.tint = 0;
        e.words = fmt::format("{} points to the nsproxy of {}", t.name, users(t.nsproxy));
        out_.edges.push_back(std::move(e));
    }

    std::string users(Id<Nsproxy> ns) const {
        std::vector<std::string> names;
        for (const TaskFacts& t : tasks_)
            if (t.nsproxy == ns) names.push_back(t.name);
        return listed(names);
    }

    void nsproxy(Id<Nsproxy> ns, const std::string& key) {
        if (!drawn_.insert(key).second) return;
        Node n;
        n.key = key;
        n.kind = "nsproxy";
        n.look.title = "nsproxy";
        n.look.border = Line::doubled;
        n.look.marks = {{Sign::counted, fmt::format("count {}", k[ns].count)}};
        n.words = fmt::format("The nsproxy of {}, count {}", users(ns), k[ns].count);
        out_.nodes.push_back(std::move(n));
        for (const NsPointer& p : pointers_of(k, ns)) {
            namespace_(p);
            Edge e;
            e.from = key;
            e.to = p.key;
            e.kind = p.role;
            e.stroke.tint = tint_of(static_cast<i64>(p.type));
            const bool later = std::string(p.role).find("children") != std::string::npos;
            if (later) e.stroke.line = Line::dashed;
            e.words = fmt::format("The nsproxy of {} points to {}:[{}]{}", users(ns), ns_type_name(p.type), p.inum,
                                  later ? ", for children" : "");
            out_.edges.push_back(std::move(e));
        }
    }

    void namespace_(const NsPointer& p) {
        if (!drawn_.insert(p.key).second) return;
        Node n;
        n.key = p.key;
        n.kind = ns_type_name(p.type);
        n.look.title = fmt::format("{}:[{}]", ns_type_name(p.type), p.inum);
        n.look.shape = Shape::rounded;
        n.look.tint = tint_of(static_cast<i64>(p.type));
        n.look.marks = {{Sign::counted, fmt::format("count {}", p.count)}};
        n.words = fmt::format("Namespace {}, count {}", n.look.title, p.count);
        out_.nodes.push_back(std::move(n));
    }

    const Kernel& k;
    std::vector<TaskFacts> tasks_;
    Picture out_;
    std::set<std::string> drawn_;
};

} // namespace

Picture draw_nsproxy(const State& state) { return Proxies(state).draw(); }

std::vector<LegendRow> legend_nsproxy() {
    return {node_sample(Shape::pill, Line::solid, 0, "a task"),
            node_sample(Shape::pill, Line::dashed, 0, "a task that has exited"),
            node_sample(Shape::box, Line::doubled, 0, "an nsproxy, with the number of tasks that point to it"),
            node_sample(Shape::rounded, Line::solid, 1, "a namespace, with its count"),
            edge_sample(Line::solid, Arrow::filled, 0, "points to"),
            edge_sample(Line::dashed, Arrow::filled, 4, "where its children will be")};
}

} // namespace nslab::viz
